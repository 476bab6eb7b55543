"""MBG/NBD: BG/NBD, but a customer may also drop out right after the first order (Batislam, Denizel & Filiztekin 2007).

While a customer lives, he orders at a rate ~ Gamma(r, alpha); after each order, the first one too, he drops out
with a chance p ~ Beta(a, b). "Empirical Validation and Comparison of Models for Customer Base Analysis",
International Journal of Research in Marketing 24(3).
"""

from clientscape.clv.beta_geometric import BetaGeometric


class MBGNBD(BetaGeometric):
    """MBG/NBD by maximum likelihood; `status_` says whether to believe it.

    After `fit`: `r_ alpha_ a_ b_` (alpha in the caller's unit of time, the others have none), and what
    `Estimated` lists.
    """

    CHANCES_AT_FIRST = 1
