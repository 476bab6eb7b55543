import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from clientscape.segment.clusterers import gaussian_mixture
from clientscape.segment.em import FLOOR, Clouds, converged, divided
from clientscape.segment.mixtures import Mixture

SHAPES = ("full", "tied", "diag", "spherical")


def round_blobs(n, d, seed):
    rng = np.random.default_rng(seed)
    return (2.5 * rng.normal(size=(5, d)))[rng.integers(5, size=n)] + rng.normal(size=(n, d))


def log_counts(n, d, seed):
    """Skewed counts with many ties, as orders are, and amounts beside them."""
    rng = np.random.default_rng(seed)
    busy = rng.gamma(0.8, 2, size=(n, 1))
    counts = np.log1p(rng.poisson(busy * rng.uniform(0.5, 3, size=d)))
    amounts = np.log1p(rng.lognormal(3, 1, size=(n, d)) * (1 + busy))
    X = np.where(np.arange(d) < d // 2, counts, amounts)
    return (X - X.mean(axis=0)) / X.std(axis=0)


def likeliest(X, labels, n_clouds, covariance):
    clouds, likelihoods = converged(X, divided(X, labels, n_clouds, covariance), covariance)
    return clouds.of(np.array([likelihoods.argmax()]))


def mean_log_likelihood(fitted, X):
    return np.logaddexp.reduce(fitted.log_densities(X), axis=0).mean()


def by_scipy(fitted, X):
    """Each cloud's log density with its weight, (k, n)."""
    parts = zip(fitted.weights_, fitted.means_, fitted.covariances_, strict=True)
    return np.array([np.log(w) + multivariate_normal(m, S).logpdf(X) for w, m, S in parts])


@pytest.mark.parametrize("data", [round_blobs, log_counts])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("n", "d", "k"), [(600, 3, 5), (5000, 4, 4)])
@pytest.mark.parametrize("covariance", SHAPES)
def test_from_the_starts_of_scikit_learn_it_is_as_likely_as_the_best_of_scikit_learn(data, seed, n, d, k, covariance):
    X = data(n, d, seed)
    theirs = GaussianMixture(k, covariance_type=covariance, n_init=2, reg_covar=FLOOR, max_iter=300, random_state=seed)
    score = theirs.fit(X).score(X)
    drawn = np.random.RandomState(seed)
    labels = np.array([KMeans(k, n_init=1, random_state=drawn).fit(X).labels_ for _ in range(2)])
    found = likeliest(X, labels, k, covariance)
    ours = Mixture(k, covariance, 2, n, seed)
    ours.weights_, ours.means_, ours.covariances_ = found.weights[0], found.means[0], found.covariances[0]
    assert mean_log_likelihood(ours, X) > score - 1e-3 * abs(score)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("n", "d", "k"), [(600, 3, 5), (6000, 6, 8)])
def test_from_its_own_starts_it_is_as_likely_as_scikit_learn(seed, n, d, k):
    # Of clouds without ties: with ties the starts end in maxima that differ by several percent, here as there.
    X = round_blobs(n, d, seed)
    score = GaussianMixture(k, n_init=3, reg_covar=FLOOR, max_iter=300, random_state=seed).fit(X).score(X)
    ours = gaussian_mixture(n_segments=k, seed=seed).fit(X)
    assert mean_log_likelihood(ours, X) > score - 1e-3 * abs(score)


@pytest.mark.parametrize("covariance", SHAPES)
def test_from_the_same_start_it_goes_where_scikit_learn_goes(covariance):
    X = round_blobs(900, 3, 4)
    posterior = np.eye(3)[np.arange(900) % 3]
    posterior[X[:, 0] > 1] = [0, 0, 1]
    theirs = GaussianMixture(3, covariance_type=covariance, reg_covar=0, max_iter=300)
    theirs._initialize_parameters = lambda X, random_state, xp=None: theirs._initialize(X, posterior)
    theirs.fit(X)
    ours = likeliest(X, posterior.argmax(axis=1)[None], 3, covariance)
    assert_allclose(ours.weights[0], theirs.weights_, rtol=1e-9)
    assert_allclose(ours.means[0], theirs.means_, rtol=1e-9, atol=1e-9)
    expected = theirs.covariances_
    if covariance == "spherical":
        expected = expected[:, None, None] * np.eye(3)
    elif covariance == "diag":
        expected = expected[:, None, :] * np.eye(3)
    assert_allclose(ours.covariances[0], np.broadcast_to(expected, (3, 3, 3)), rtol=1e-8, atol=1e-9)


def test_one_step_from_two_halves_by_hand():
    """From halves {0, 1}, {2, 3}: means 1/2 and 5/2, variances 1/4, weights 1/2; one step of EM by its definition."""
    x = np.array([0.0, 1, 2, 3])
    at = np.exp(-((x[:, None] - [0.5, 2.5]) ** 2) / (2 * 0.25))
    share = at / at.sum(axis=1, keepdims=True)
    mean = share.T @ x / share.sum(axis=0)
    found = _after_one_step(x[:, None], np.array([[0, 0, 1, 1]]))
    assert_allclose(found.means[0, :, 0], mean, rtol=1e-12)
    assert_allclose(found.covariances[0, :, 0, 0], share.T @ x**2 / share.sum(axis=0) - mean**2, rtol=1e-12)


def _after_one_step(X, labels):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clientscape.segment.em.MOST_STEPS", 1)
        found = likeliest(X, labels, 2, "full")
    assert isinstance(found, Clouds)
    return found


@pytest.mark.parametrize("covariance", SHAPES)
def test_densities_are_those_of_scipy_however_far_a_customer_is(covariance):
    X = log_counts(800, 5, 3)
    fitted = gaussian_mixture(n_segments=4, covariance=covariance, seed=0).fit(X)
    for asked in (X, 1e3 * X, 1e6 * X):
        assert_allclose(fitted.log_densities(asked), by_scipy(fitted, asked), rtol=1e-8)
    far = 1e6 * X
    labels, confidence = fitted.placed(far)
    assert_array_equal(labels, by_scipy(fitted, far).argmax(axis=0))
    assert ((confidence > 0) & (confidence <= 1)).all()


def test_confidence_is_the_posterior():
    X = round_blobs(500, 3, 1)
    fitted = gaussian_mixture(n_segments=5, seed=0).fit(X)
    joint = by_scipy(fitted, X)
    posterior = np.exp(joint - np.logaddexp.reduce(joint, axis=0))
    assert_allclose(fitted.confidence(X), posterior.max(axis=0), rtol=1e-10)
    assert_array_equal(fitted.labels_, posterior.argmax(axis=0))


def test_clouds_are_counted_in_the_order_of_their_means():
    fitted = gaussian_mixture(n_segments=5, seed=0).fit(round_blobs(500, 3, 1))
    assert (np.diff(fitted.means_[:, 0]) > 0).all()


@pytest.mark.parametrize(("covariance", "n_parameters"), [("full", 17), ("tied", 11), ("diag", 14), ("spherical", 11)])
def test_the_losses_are_those_of_schwarz_and_akaike(covariance, n_parameters):
    """Three clouds in the plane: 2 free weights, 6 means, and 3 x 3, 3, 3 x 2 or 3 variances."""
    X = round_blobs(400, 2, 3)
    fitted = gaussian_mixture(n_segments=3, covariance=covariance, seed=0).fit(X)
    log_likelihood = 400 * mean_log_likelihood(fitted, X)
    assert fitted.facts_["aic_loss"] == pytest.approx(2 * n_parameters - 2 * log_likelihood)
    assert fitted.facts_["bic_loss"] == pytest.approx(n_parameters * np.log(400) - 2 * log_likelihood)


def test_a_cloud_on_a_line_is_held_up_and_counted():
    rng = np.random.default_rng(0)
    line = np.column_stack([rng.normal(size=200), np.full(200, 8.0)])
    fitted = gaussian_mixture(n_segments=2, seed=0).fit(np.vstack([line, rng.normal(size=(200, 2))]))
    assert fitted.facts_["collapsed_segments"] == 1
    assert fitted.facts_["smallest_variance"] == pytest.approx(FLOOR)
    assert np.isnan(fitted.facts_["bic_loss"])
    assert np.isnan(fitted.facts_["aic_loss"])
    assert_allclose(np.linalg.eigvalsh(fitted.covariances_).min(axis=1).max(), 1, rtol=0.3)  # the other is not touched


def three_apart():
    """Three clouds of spread 1, 7 apart, 150 customers each."""
    return np.repeat([[0, 0], [7, 0], [0, 7]], 150, axis=0) + np.random.default_rng(7).normal(size=(450, 2))


def test_sound_clouds_have_losses_and_no_collapse():
    facts = gaussian_mixture(n_segments=3, seed=0).fit(three_apart()).facts_
    assert facts["collapsed_segments"] == 0
    assert facts["smallest_variance"] == pytest.approx(1, rel=0.3)
    assert np.isfinite([facts["bic_loss"], facts["aic_loss"]]).all()


def test_the_losses_find_how_many_clouds_there_are():
    X = three_apart()
    losses = {k: gaussian_mixture(n_segments=k, seed=0).fit(X).facts_["bic_loss"] for k in range(2, 7)}
    assert min(losses, key=losses.get) == 3


@pytest.mark.parametrize("covariance", SHAPES)
def test_a_cloud_that_holds_nobody_does_no_harm(covariance):
    X = round_blobs(300, 2, 0)
    found = likeliest(X, np.zeros((2, 300), dtype=int), 3, covariance)  # nobody begins in two of the clouds
    assert np.isfinite(found.means).all()
    assert np.isfinite(found.covariances).all()
    assert found.weights.sum() == pytest.approx(1)


def test_many_blocks_of_customers_are_as_one():
    X = round_blobs(3000, 3, 2)
    labels = np.arange(3000)[None] % 4
    whole = likeliest(X, labels, 4, "full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clientscape.segment.em._BLOCK", 77)
        parts = likeliest(X, labels, 4, "full")
    assert_allclose(parts.means, whole.means, rtol=1e-6, atol=1e-8)


def test_a_far_origin_costs_no_digits():
    X = round_blobs(600, 3, 5)
    near, far = (Mixture(5, "full", 2, 10_000, 0).fit(X + off) for off in (0, 1e5))
    assert_allclose(far.confidence(X + 1e5), near.confidence(X), atol=1e-5)
