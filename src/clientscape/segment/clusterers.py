"""Clusterers behind one face.

`labels_` is always what `predict` says of the training customers, so that scoring the training log
reproduces the training table. -1 is unplaced. Above `fit_on` customers a fit sees a stratified sample of so many
(see `sampling.stratified`), and places the others by what it learnt. Fitted objects hold plain arrays.
"""

from typing import Annotated, Literal, Protocol, Self

from annotated_types import Ge, Gt
from numpy.typing import ArrayLike

from clientscape.segment.centres import Centres
from clientscape.segment.density import Density
from clientscape.segment.em import Covariance
from clientscape.segment.matrices import Labels, Matrix
from clientscape.segment.mixtures import Mixture

Customers = Annotated[int, Ge(2)]
Starts = Annotated[int, Ge(1)]


class Clusterer(Protocol):
    """Learns groups from the training customers and places any customer in one of them.

    `predict` gives labels (n,), `confidence` numbers in [0, 1] (n,), `placed` both. All refuse coordinates that are
    not finite, or not those of the fit, with an InputError, `fit` also fewer customers than it is to make segments of.
    `facts_` always holds `fitted_on`, the number of customers that the fit saw.
    """

    labels_: Labels
    facts_: dict[str, float]

    def fit(self, X: ArrayLike) -> Self:
        """Learn the groups."""

    def predict(self, X: ArrayLike) -> Labels:
        """Place customers."""

    def confidence(self, X: ArrayLike) -> Matrix:
        """Tell how sure the places are."""

    def placed(self, X: ArrayLike) -> tuple[Labels, Matrix]:
        """Do both for the price of one."""


def kmeans(*, n_segments: Customers, n_init: Starts = 10, fit_on: Customers = 100_000, seed: int) -> Clusterer:
    """Compact groups around centres (Lloyd 1982) [labels]."""
    return Centres("kmeans", n_segments, fit_on, seed, n_init)


def minibatch_kmeans(
    *, n_segments: Customers, n_init: Starts = 3, fit_on: Customers = 1_000_000, seed: int
) -> Clusterer:
    """Compact groups around centres that a few customers at a time move (Sculley 2010) [labels].

    Each start is judged on one batch only, and the best of them goes on.
    """
    return Centres("minibatch_kmeans", n_segments, fit_on, seed, n_init)


def bisecting_kmeans(*, n_segments: Customers, n_init: Starts = 3, fit_on: Customers = 100_000, seed: int) -> Clusterer:
    """Compact groups by halving the widest again and again (Steinbach, Karypis, Kumar 2000) [labels].

    Each customer is placed at the nearest centre of a last group, whatever half he was in on the way.
    """
    return Centres("bisecting_kmeans", n_segments, fit_on, seed, n_init)


def ward(*, n_segments: Customers, fit_on: Customers = 10_000, seed: int) -> Clusterer:
    """Compact groups by joining the two whose union spreads least (Ward 1963) [labels].

    Each customer is placed at the nearest mean of a group. Memory grows with the square of `fit_on`: at the default it
    takes 0.7 GB. Fits on the same customers that differ in `n_segments` share one tree.
    """
    return Centres("ward", n_segments, fit_on, seed)


def gaussian_mixture(
    *,
    n_segments: Customers,
    covariance: Covariance = "full",
    n_init: Starts = 3,
    fit_on: Customers = 100_000,
    seed: int,
) -> Clusterer:
    """Overlapping normal clouds, each customer in the likeliest (EM; Dempster, Laird, Rubin 1977) [labels].

    No variance of a cloud is below 0.001 (`em.FLOOR`). Clouds that reach it are counted in `collapsed_segments`, and
    `bic_loss` and `aic_loss` are then NaN.
    """
    return Mixture(n_segments, covariance, n_init, fit_on, seed)


def hdbscan(
    *,
    min_cluster_size: Customers,
    min_samples: Starts = 10,
    noise: Literal["keep", "nearest"] = "keep",
    limit: Annotated[float, Gt(0)] = 2.0,
    fit_on: Customers = 20_000,
    seed: int,
) -> Clusterer:
    """Dense regions of any shape; customers between them stay unplaced (Campello, Moulavi, Sander 2013) [labels].

    `min_cluster_size` and `min_samples` count customers of the whole: a sample is asked for its share of them, for 5
    at least, and never for more than was asked for. `noise` nearest places whoever is within `limit` times the
    usual distance of neighbours in the nearest segment. Fits that differ in `min_cluster_size` share one tree.
    """
    return Density(min_cluster_size, min_samples, noise, limit, fit_on, seed)
