"""BG/NBD: repeat orders of customers who may drop out after any of them (Fader, Hardie & Lee 2005).

While a customer lives, he orders at a rate ~ Gamma(r, alpha); after each repeat order he drops out with a
chance p ~ Beta(a, b). "Counting Your Customers the Easy Way", Marketing Science 24(2): the likelihood is eq. 6,
P(X(t) = n) eq. 8, E[X(t)] eq. 9, a customer's expectation eq. 10; P(alive) as in "Computing P(alive) Using the
BG/NBD Model" (2008).
"""

from clientscape.clv.beta_geometric import BetaGeometric


class BGNBD(BetaGeometric):
    """BG/NBD by maximum likelihood; `status_` says whether to believe it.

    After `fit`: `r_ alpha_ a_ b_` (alpha in the caller's unit of time, the others have none), and what
    `Estimated` lists. A customer without a repeat order is alive for certain.
    """

    CHANCES_AT_FIRST = 0
