"""Bias and variance: the identity, closed forms, and the libraries that fit one by one."""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from torch import Tensor

from coursekit import bias_variance as bv
from coursekit import data

D = torch.float64
GRID = torch.linspace(-0.9, 0.9, 7, dtype=D)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=D)


# The decomposition


@given(
    datasets=st.integers(1, 6),
    points=st.integers(1, 4),
    leading=st.sampled_from([(), (3,), (2, 2)]),
    seed=st.integers(0, 1000),
    scale=st.floats(1e-3, 1e3),
)
def test_the_parts_sum_to_the_error(
    datasets: int, points: int, leading: tuple[int, ...], seed: int, scale: float
) -> None:
    predictions = scale * random(*leading, datasets, points, seed=seed)
    truth, noise = scale * random(points, seed=seed + 1), random(points, seed=seed + 2).square()
    for unbiased in {False, datasets > 1}:
        parts = bv.decompose(predictions, truth, noise, unbiased=unbiased)
        assert {part.shape for part in parts} == {(*leading, points)}
        total = parts.bias_squared + parts.variance + parts.noise
        torch.testing.assert_close(total, parts.error, rtol=1e-12, atol=1e-12)


def test_each_part_is_its_definition() -> None:
    predictions, truth = random(5, 3), random(3, seed=1)
    parts = bv.decompose(predictions, truth, 0.7)
    p, f = predictions.numpy(), truth.numpy()
    np.testing.assert_allclose(parts.bias_squared, (p.mean(0) - f) ** 2, rtol=1e-12)
    np.testing.assert_allclose(parts.variance, p.var(0, ddof=0), rtol=1e-12)
    np.testing.assert_allclose(parts.noise, [0.7] * 3)
    np.testing.assert_allclose(parts.error, ((p - f) ** 2).mean(0) + 0.7, rtol=1e-12)
    corrected = bv.decompose(predictions, truth, 0.7, unbiased=True)
    np.testing.assert_allclose(corrected.variance, p.var(0, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(
        corrected.bias_squared, (p.mean(0) - f) ** 2 - p.var(0, ddof=1) / 5, rtol=1e-12
    )
    assert torch.equal(corrected.error, parts.error)


@pytest.mark.parametrize("seed", range(3))
def test_only_the_corrected_parts_are_right_on_average(seed: int) -> None:
    """Three data sets, bias 0.5, variance 4, many times over."""
    predictions = 1.5 + 2 * random(40_000, 3, 1, seed=seed)
    truth = torch.ones(1, dtype=D)
    plain = bv.decompose(predictions, truth)
    corrected = bv.decompose(predictions, truth, unbiased=True)
    for part, expected in (
        (plain.bias_squared, 0.25 + 4 / 3),
        (plain.variance, 4 * 2 / 3),
        (corrected.bias_squared, 0.25),
        (corrected.variance, 4),
        (plain.error, 0.25 + 4),
    ):
        error = float(part.std()) / math.sqrt(40_000)
        assert abs(float(part.mean()) - expected) < 5 * error


def test_truth_and_noise_may_differ_by_experiment() -> None:
    predictions, truth, noise = random(2, 4, 3), random(2, 3, seed=1), random(2, 1).square()
    both = bv.decompose(predictions, truth, noise)
    for i in range(2):
        one = bv.decompose(predictions[i], truth[i], noise[i])
        for part, whole in zip(one, both, strict=True):
            torch.testing.assert_close(part, whole[i], rtol=1e-15, atol=0)


def test_infinite_predictions_stay_in_their_point() -> None:
    predictions = random(4, 3)
    clean = bv.decompose(predictions, torch.zeros(3, dtype=D))
    predictions[2, 1] = math.inf
    parts = bv.decompose(predictions, torch.zeros(3, dtype=D))
    for part, before in zip(parts, clean, strict=True):
        assert torch.equal(part[[0, 2]], before[[0, 2]])
    assert not parts.error[1].isfinite()


def test_means_are_over_points_and_frames_list_the_entries() -> None:
    parts = bv.decompose(random(2, 2, 4, 3), random(3, seed=1), 0.5)
    means = parts.mean()
    assert means.error.shape == (2, 2)
    frame = means.to_frame()
    assert frame.columns.tolist() == ["bias_squared", "variance", "noise", "error"]
    for name, part in parts._asdict().items():
        np.testing.assert_allclose(frame[name], part.numpy().mean(-1).ravel(), rtol=1e-14)
    assert len(parts.to_frame()) == 12
    np.testing.assert_array_equal(parts.to_frame()["error"], parts.error.flatten())


# Resampling


def test_bootstrap_draws_rows_with_replacement_and_evenly() -> None:
    rows = bv.bootstrap(8, 5000, seed=0)
    assert rows.shape == (5000, 8)
    counts = rows.flatten().bincount()
    assert len(counts) == 8
    assert bool(((counts - 5000).abs() < 5 * math.sqrt(40_000 * 7 / 64)).all())
    distinct = torch.tensor([len(set(row)) for row in rows.tolist()]).double()
    expected = 8 * (1 - (7 / 8) ** 8)
    assert abs(float(distinct.mean()) - expected) < 5 * float(distinct.std()) / math.sqrt(5000)
    assert torch.equal(rows, bv.bootstrap(8, 5000, seed=0))
    assert not torch.equal(rows, bv.bootstrap(8, 5000, seed=1))


def test_bootstrap_takes_one_row_and_the_largest_seed() -> None:
    assert bv.bootstrap(1, 1, seed=2**63 - 1).tolist() == [[0]]


@pytest.mark.parametrize("size", ["degree", "k"])
def test_bootstrap_decomposition_is_mlxtends_on_the_same_resamples(size: str) -> None:
    evaluate = pytest.importorskip("mlxtend.evaluate", reason="mlxtend is not installed")
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    x, y = data.sine(40, 0.3, seed=0)
    at, target = data.sine(15, 0.3, low=0.1, high=0.9, seed=1)
    random_state = np.random.RandomState(3)
    rows = torch.tensor(np.stack([random_state.choice(40, size=40) for _ in range(20)]))
    if size == "degree":
        estimator: Any = make_pipeline(PolynomialFeatures(3), LinearRegression())
        predictions = bv.fit_polynomial([3], x[rows], y[rows], at)
    else:
        estimator = KNeighborsRegressor(1)  # ties among a row's copies then don't matter
        predictions = bv.fit_knn([1], x[rows], y[rows], at)
    expected = evaluate.bias_variance_decomp(
        estimator,
        x[:, None].numpy(),
        y.numpy(),
        at[:, None].numpy(),
        target.numpy(),
        loss="mse",
        num_rounds=20,
        random_seed=3,
    )
    ours = bv.decompose(predictions, target).mean()
    np.testing.assert_allclose(
        [ours.error.item(), ours.bias_squared.item(), ours.variance.item()], expected, rtol=1e-9
    )


# Polynomials


def test_the_basis_is_legendres() -> None:
    z = torch.linspace(-1, 1, 9, dtype=D)
    for highest in (0, 1, 6):
        expected = np.polynomial.legendre.legvander(z.numpy(), highest)
        np.testing.assert_allclose(bv._legendre(z, highest), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shared", [True, False])
def test_polynomials_are_numpys_fits_one_by_one(shared: bool) -> None:
    x, y = data.sine(25, 0.3, low=-1, seed=0, datasets=4)
    if shared:
        x = x[0]
    degrees = [0, 1, 3, 9, 4]
    predictions = bv.fit_polynomial(degrees, x, y, GRID)
    assert predictions.shape == (5, 4, 7)
    for i, degree in enumerate(degrees):
        for j in range(4):
            inputs = x if shared else x[j]
            fitted = np.polynomial.Legendre.fit(inputs.numpy(), y[j].numpy(), degree)
            np.testing.assert_allclose(predictions[i, j], fitted(GRID.numpy()), rtol=1e-8)


def test_a_fit_does_not_depend_on_what_is_fitted_beside_it() -> None:
    x, y = data.sine(20, 0.3, seed=0, datasets=3)
    at = x[0, :5]
    batched = bv.fit_polynomial(range(6), x, y, at)
    for degree in range(6):
        for j in range(3):
            one = bv.fit_polynomial([degree], x[j], y[j], at)
            torch.testing.assert_close(batched[degree, j], one[0], rtol=1e-10, atol=1e-10)


def test_a_polynomial_is_recovered_wherever_its_inputs_lie() -> None:
    x = 1e3 + torch.linspace(0, 5, 12, dtype=D)
    at = torch.tensor([1e3 + 2.5, 1e3 + 7.0], dtype=D)

    def f(x: Tensor) -> Tensor:
        z = x - 1e3
        return 2 - z + 0.5 * z**3

    torch.testing.assert_close(
        bv.fit_polynomial([3, 8], x, f(x), at), f(at).expand(2, 2), rtol=1e-8, atol=0
    )


def test_targets_may_have_any_leading_dimensions() -> None:
    x, y = random(8), random(2, 3, 8, seed=1)
    fits = bv.fit_polynomial([2], x, y, GRID)
    assert fits.shape == (1, 2, 3, 7)
    torch.testing.assert_close(fits[0, 1, 2], bv.fit_polynomial([2], x, y[1, 2], GRID)[0])


def test_interpolation_goes_through_the_points() -> None:
    x, y = random(6), random(6, seed=1)
    torch.testing.assert_close(bv.fit_polynomial([5], x, y, x)[0], y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [1, 3])
def test_equal_inputs_allow_a_mean(n: int) -> None:
    x, y = torch.full((n,), 2.0, dtype=D), random(n)
    assert bv.fit_polynomial([0], x, y, GRID)[0].tolist() == pytest.approx([float(y.mean())] * 7)


@pytest.mark.parametrize("features", [0, 1, 2])
def test_smoothers_are_the_fits_as_matrices(features: int) -> None:
    x, y = random(12, *((features,) if features else ())), random(5, 12, seed=1)
    at = random(4, *((features,) if features else ()), seed=2)
    S = bv.knn_smoother([1, 4, 12], x, at)
    torch.testing.assert_close(
        (S @ y.T).mT, bv.fit_knn([1, 4, 12], x, y, at), rtol=1e-12, atol=1e-12
    )
    torch.testing.assert_close(S.sum(-1), torch.ones(3, 4, dtype=D), rtol=1e-12, atol=0)
    if not features:
        S = bv.polynomial_smoother([0, 2, 5], x, at)
        fits = bv.fit_polynomial([0, 2, 5], x, y, at)
        torch.testing.assert_close((S @ y.T).mT, fits, rtol=1e-8, atol=1e-8)


def test_the_polynomial_smoother_is_the_hat_matrix() -> None:
    x = random(9)
    V = torch.linalg.vander(x, N=4)
    expected = V @ torch.linalg.solve(V.T @ V, V.T)
    (S,) = bv.polynomial_smoother([3], x, x)
    torch.testing.assert_close(S, expected, rtol=1e-9, atol=1e-9)
    assert float(S.trace()) == pytest.approx(4)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("fit", "theory", "sizes"),
    [
        (bv.fit_polynomial, bv.polynomial_theory, [0, 1, 3, 6]),
        (bv.fit_knn, bv.knn_theory, [1, 2, 5, 30]),
    ],
)
def test_thousands_of_data_sets_agree_with_the_closed_form(
    fit: Callable[..., Tensor], theory: Callable[..., bv.Decomposition], sizes: list[int], seed: int
) -> None:
    m, sigma = 20_000, 0.5
    x = torch.linspace(-1, 1, 30, dtype=D)
    y = torch.sin(3 * x) + sigma * random(m, 30, seed=seed)
    truth = torch.sin(3 * GRID)
    expected = theory(sizes, x, GRID, lambda x: torch.sin(3 * x), sigma**2)
    measured = bv.decompose(fit(sizes, x, y, GRID), truth, sigma**2, unbiased=True)
    assert {part.shape for part in expected} == {(4, 7)}
    # Predictions are Gaussian: Var of a sample variance is 2 V²/(m-1), of the mean V/m.
    V, bias = expected.variance, expected.bias_squared.sqrt()
    assert bool(((measured.variance - V).abs() < 5 * V * math.sqrt(2 / (m - 1))).all())
    spread = 2 * bias * (V / m).sqrt() + 5 * V / m
    assert bool(((measured.bias_squared - bias**2).abs() < 5 * spread).all())
    torch.testing.assert_close(measured.noise, expected.noise)
    total = expected.bias_squared + expected.variance + expected.noise
    torch.testing.assert_close(total, expected.error, rtol=1e-12, atol=1e-12)


def test_variance_of_nearest_neighbours_is_noise_over_k() -> None:
    parts = bv.knn_theory([1, 4], random(9, 2), random(3, 2, seed=1), lambda x: x[:, 0], 0.8)
    torch.testing.assert_close(parts.variance, torch.tensor([[0.8] * 3, [0.2] * 3], dtype=D))


def test_mean_variance_at_the_design_is_noise_times_parameters_over_n() -> None:
    x = random(20)
    parts = bv.polynomial_theory([0, 2, 7], x, x, torch.sin, 0.8).mean()
    torch.testing.assert_close(parts.variance, 0.8 * torch.tensor([1.0, 3, 8], dtype=D) / 20)


def test_enough_degrees_have_no_bias() -> None:
    x = random(20)
    parts = bv.polynomial_theory([1, 2, 3], x, GRID, lambda x: 1 + x - 2 * x**2, 0.1)
    assert bool((parts.bias_squared[0] > 1e-3).any())
    assert bool((parts.bias_squared[1:] < 1e-20).all())


# Nearest neighbours


@pytest.mark.parametrize("features", [0, 1, 3])
@pytest.mark.parametrize("shared", [True, False])
def test_neighbours_are_scikit_learns(features: int, shared: bool) -> None:
    extra = (features,) if features else ()
    x, y, at = random(3, 20, *extra), random(3, 20, seed=1), random(6, *extra, seed=2)
    if shared:
        x = x[0]
    ks = [1, 7, 20, 3]
    predictions = bv.fit_knn(ks, x, y, at)
    assert predictions.shape == (4, 3, 6)
    for i, k in enumerate(ks):
        for j in range(3):
            inputs = (x if shared else x[j]).reshape(20, -1).numpy()
            model = KNeighborsRegressor(k).fit(inputs, y[j].numpy())
            expected = model.predict(at.reshape(6, -1).numpy())
            np.testing.assert_allclose(predictions[i, j], expected, rtol=1e-12, atol=1e-12)


def test_one_neighbour_remembers_and_all_of_them_average() -> None:
    x, y = random(15), random(15, seed=1)
    memory, average = bv.fit_knn([1, 15], x, y, x)
    assert torch.equal(memory, y)
    torch.testing.assert_close(average, y.mean().expand(15), rtol=1e-12, atol=0)


def test_close_neighbours_far_from_zero_are_told_apart() -> None:
    x = 1000 + torch.linspace(0, 1, 60)
    y = torch.arange(60.0)
    assert torch.equal(bv.fit_knn([1], x, y, x)[0], y)


def test_ties_go_to_the_lower_row() -> None:
    x = torch.tensor([1.0, -1.0, 1.0, -1.0])
    y = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert bv.fit_knn([1, 2], x, y, torch.zeros(1)).flatten().tolist() == [1.0, 1.5]


# Random features


def linear_problem(datasets: int = 60) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    w = random(8, seed=3)
    x, y = data.linear(40, w, 0.5, seed=0, datasets=datasets)
    at, truth = data.linear(100, w, 0.0, seed=1)
    return x, y, at, truth


def test_the_test_error_peaks_where_width_meets_samples_and_falls_again() -> None:
    x, y, at, truth = linear_problem()
    widths = [20, 40, 400]
    parts = bv.decompose(bv.fit_random_features(widths, x, y, at, seed=0, scale=0.3), truth, 0.25)
    narrow, peak, wide = parts.mean().error.tolist()
    assert peak > 20 * narrow
    assert wide < narrow
    assert int(parts.mean().variance.argmax()) == 1


def test_wide_networks_pass_through_their_data_and_narrow_ones_cannot() -> None:
    x, y, _, _ = linear_problem(1)
    fits = bv.fit_random_features([39, 80], x[0], y[0], x[0], seed=0)
    torch.testing.assert_close(fits[1], y[0], rtol=1e-7, atol=1e-7)
    assert float((fits[0] - y[0]).abs().max()) > 1e-3


def test_very_wide_networks_are_ridgeless_kernel_regression() -> None:
    """E[φ(x) φ(x')] is the Gaussian kernel exp(-s²|x - x'|²/2) (Rahimi and Recht)."""
    x, y, at = random(8, 2), random(8, seed=1), random(5, 2, seed=2)
    scale = 1.7
    kernel = KernelRidge(alpha=1e-12, kernel="rbf", gamma=scale**2 / 2)
    expected = kernel.fit(x.numpy(), y.numpy()).predict(at.numpy())
    draws = bv.fit_random_features([2000], x, y.expand(60, 8), at, seed=0, scale=scale)[0]
    error = draws.std(0) / math.sqrt(60)
    assert bool(((draws.mean(0) - torch.tensor(expected)).abs() < 5 * error + 0.02).all())


@pytest.mark.parametrize("width", [3, 6, 15])
def test_weights_are_the_shortest_least_squares_solution(width: int) -> None:
    x, y, at = random(6, 3), random(6, seed=1), random(4, 3, seed=2)
    generator = torch.Generator().manual_seed(5)
    W = torch.randn(3, 20, generator=generator, dtype=D)
    b = 2 * math.pi * torch.rand(20, generator=generator, dtype=D)
    phi, phi_at = (
        (np.sqrt(2) * torch.cos(0.7 * part @ W + b).numpy())[:, :width] for part in (x, at)
    )
    weights = np.linalg.lstsq(phi, y.numpy(), rcond=None)[0]
    ours = bv.fit_random_features([width, 20], x, y, at, seed=5, scale=0.7)[0]
    np.testing.assert_allclose(ours, phi_at @ weights, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("width", "strength"), [*product([3, 8, 30], [1e-3, 0.1, 2.0]), (3, 1e-12), (3, 1e-20)]
)
def test_random_features_with_a_penalty_are_ridge(width: int, strength: float) -> None:
    generator = torch.Generator().manual_seed(width)
    x = torch.randn(8, 2, generator=generator, dtype=torch.float64)
    y = torch.randn(8, generator=generator, dtype=torch.float64)
    at = torch.randn(5, 2, generator=generator, dtype=torch.float64)
    ours = bv.fit_random_features([width], x, y, at, seed=1, scale=0.5, strength=strength)[0]
    features = torch.Generator().manual_seed(1)
    W = torch.randn(2, width, generator=features, dtype=torch.float64)
    b = torch.rand(1, width, generator=features, dtype=torch.float64) * 2 * torch.pi
    phi, phi_at = (2**0.5 * torch.cos(0.5 * inputs @ W + b) for inputs in (x, at))
    ridge = Ridge(alpha=strength * width, fit_intercept=False).fit(phi.numpy(), y.numpy())
    theirs = torch.tensor(ridge.predict(phi_at.numpy()))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def test_a_negative_strength_is_refused() -> None:
    x = torch.randn(4, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="strength must be"):
        bv.fit_random_features([3], x, x[:, 0], x, seed=0, strength=-1.0)


def test_a_narrower_network_has_the_first_features_of_a_wider_one() -> None:
    x, y, at, _ = linear_problem(3)
    together = bv.fit_random_features([5, 30], x, y, at, seed=0)
    torch.testing.assert_close(together[1], bv.fit_random_features([30], x, y, at, seed=0)[0])
    assert together.shape == (2, 3, 100)


def test_frequencies_and_phases_are_drawn_for_each_data_set() -> None:
    x, y, at = random(6, 3), random(2, 6, seed=1), random(4, 3, seed=2)
    generator = torch.Generator().manual_seed(2**63 - 1)
    W = torch.randn(2, 3, 4, generator=generator, dtype=D)
    b = 2 * math.pi * torch.rand(2, 1, 4, generator=generator, dtype=D)
    weights = torch.linalg.pinv(torch.cos(x @ W + b)) @ y.unsqueeze(-1)
    expected = (torch.cos(at @ W + b) @ weights).squeeze(-1)
    ours = bv.fit_random_features([4], x, y, at, seed=2**63 - 1)[0]
    torch.testing.assert_close(ours, expected, rtol=1e-8, atol=1e-8)


def test_each_data_set_has_features_of_its_own_and_a_seed_is_its_features() -> None:
    x, y, at, _ = linear_problem(1)
    first, second = bv.fit_random_features([10], x[0], y[0].expand(2, 40), at, seed=0)[0]
    assert not torch.allclose(first, second)
    again = bv.fit_random_features([10], x[0], y[0].expand(2, 40), at, seed=0)[0]
    assert torch.equal(again[0], first)
    other = bv.fit_random_features([10], x[0], y[0].expand(2, 40), at, seed=1)[0]
    assert not torch.allclose(other[0], first)


def test_drawing_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    bv.fit_random_features([3], random(5), random(5), GRID, seed=0)
    bv.bootstrap(5, 3, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_what_runs_on_the_cpu_runs_on_cuda() -> None:
    x, y, at = random(4, 20), random(4, 20, seed=1), GRID
    for fit in (bv.fit_polynomial, bv.fit_knn, lambda *a: bv.fit_random_features(*a, seed=0)):
        here = fit([1, 5], x, y, at)
        there = fit([1, 5], x.cuda(), y.cuda(), at.cuda())
        torch.testing.assert_close(there.cpu(), here, rtol=1e-8, atol=1e-8)
        parts = bv.decompose(there, at.cuda(), 0.5)
        assert parts.error.device.type == "cuda"


# What is refused

X, Y = random(6), random(2, 6, seed=1)
NOT_INPUTS: list[Any] = [None, [1.0], 3.0, torch.ones(6, dtype=torch.int64),
                         torch.empty(0, dtype=D),
                         torch.tensor(1.0, dtype=D), torch.full((6,), math.nan, dtype=D),
                         torch.full((6,), math.inf, dtype=D)]  # fmt: skip
NOT_SIZES: list[Any] = [None, 3, "12", [], [-1], [1.0], [True], ["1"], torch.tensor([1]), [None]]
BAD: dict[str, list[Any]] = {
    "x": [*NOT_INPUTS, X[:5], random(3, 6), random(2, 5)],
    "y": [*NOT_INPUTS, Y.float()],
    "at": [*NOT_INPUTS, random(2, 2, 2), GRID.float()],
    "degrees": [*NOT_SIZES, [6]],
    "ks": [*NOT_SIZES, [0], [7]],
    "widths": [*NOT_SIZES, [0]],
    "seed": [None, -1, 1.0, "0", 2**63],
    "scale": [None, 0.0, -1.0, math.nan, "1"],
    "function": [None, 3.0, lambda x: x[:2], lambda x: x.float(), lambda x: 1.0],
    "noise_variance": [None, -1.0, math.nan, "1"],
}
FITS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "polynomial": (bv.fit_polynomial, {"degrees": [1], "x": X, "y": Y, "at": GRID}),
    "knn": (bv.fit_knn, {"ks": [1], "x": X, "y": Y, "at": GRID}),
    "random_features": (
        bv.fit_random_features,
        {"widths": [1], "x": X, "y": Y, "at": GRID, "seed": 0, "scale": 1.0},
    ),
    "polynomial_smoother": (bv.polynomial_smoother, {"degrees": [1], "x": X, "at": GRID}),
    "knn_smoother": (bv.knn_smoother, {"ks": [1], "x": X, "at": GRID}),
    "polynomial_theory": (
        bv.polynomial_theory,
        {"degrees": [1], "x": X, "at": GRID, "function": torch.sin, "noise_variance": 1.0},
    ),
    "knn_theory": (
        bv.knn_theory,
        {"ks": [1], "x": X, "at": GRID, "function": torch.sin, "noise_variance": 1.0},
    ),
}


@pytest.mark.parametrize(
    ("fit", "argument"), [(fit, argument) for fit, (_, good) in FITS.items() for argument in good]
)
def test_fits_refuse_bad_arguments_by_name(fit: str, argument: str) -> None:
    function, good = FITS[fit]
    for bad in BAD[argument]:
        if argument == "x" and "y" not in good and isinstance(bad, Tensor) and bad.shape == (5,):
            continue  # without targets, any number of inputs is a design
        with pytest.raises((TypeError, ValueError), match=rf"^{argument}\b"):
            function(**{**good, argument: bad})


def test_a_degree_is_too_high_for_repeated_inputs() -> None:
    x = torch.tensor([[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 2.0]])
    y = torch.zeros(2, 4)
    bv.fit_polynomial([2], x, y, torch.zeros(1))
    with pytest.raises(ValueError, match=r"^degrees .* 3, got 3"):
        bv.fit_polynomial([3], x, y, torch.zeros(1))


@pytest.mark.parametrize("fit", [bv.fit_knn, bv.fit_polynomial])
def test_features_must_agree(fit: Callable[..., Tensor]) -> None:
    with pytest.raises(ValueError, match=r"^at must have (x's 2 features, got 3|1 dimension)"):
        fit([1], random(6, 2), random(6), random(4, 3))


def test_an_input_for_each_target_is_asked_for_with_the_shapes() -> None:
    with pytest.raises(ValueError, match=r"^x must .* shape \(2, 6\), got \(3, 6\)"):
        bv.fit_knn([1], random(3, 6), Y, GRID)


def test_a_function_gives_one_number_for_each_row_of_features() -> None:
    with pytest.raises(ValueError, match=r"^function must return shape \(6,\) .* got \(6, 2\)"):
        bv.knn_theory([1], random(6, 2), random(3, 2), lambda x: x, 1.0)


def test_a_polynomial_has_one_feature() -> None:
    with pytest.raises(ValueError, match=r"^at must have 1 dimension"):
        bv.fit_polynomial([1], X[:, None], X, GRID[:, None])


P, T = random(2, 4, 3), random(3, seed=1)
BAD_PARTS: dict[str, list[Any]] = {
    "predictions": [None, [[1.0]], random(3), torch.ones(2, 3, dtype=torch.int64),
                    torch.empty(0, 3, dtype=D)],
    "truth": [None, 1.0, random(2), random(4, 3), random(1, 2, 3), T.float().long(),
              torch.tensor([math.nan] * 3, dtype=D), torch.tensor([math.inf] * 3, dtype=D)],
    "noise_variance": [None, "1", -1.0, math.nan, math.inf, random(3).square().neg(),
                       torch.ones(2, dtype=D), torch.ones(4, 3, dtype=D)],
    "unbiased": [1, None, "yes"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "bad"), [(name, bad) for name, values in BAD_PARTS.items() for bad in values]
)
def test_decompose_refuses_bad_arguments_by_name(argument: str, bad: Any) -> None:
    good = {"predictions": P, "truth": T, "noise_variance": 0.5, "unbiased": False}
    with pytest.raises((TypeError, ValueError), match=rf"^{argument}\b"):
        bv.decompose(**{**good, argument: bad})


def test_what_does_not_broadcast_is_told_against_what() -> None:
    with pytest.raises(ValueError, match=r"against predictions, less their data sets, of shape"):
        bv.decompose(P, random(2))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_more_data_sets_than_half_precision_can_count(dtype: torch.dtype) -> None:
    half = (8 * random(2000, 3)).to(dtype)
    found = bv.decompose(half, half[0], 0.5, unbiased=True)
    exact = bv.decompose(half.double(), half[0].double(), 0.5, unbiased=True)
    for part, expected in zip(found, exact, strict=True):
        assert part.dtype == dtype
        torch.testing.assert_close(part.double(), expected, rtol=torch.finfo(dtype).eps, atol=0)


def test_one_data_set_has_no_unbiased_variance() -> None:
    assert bv.decompose(P[:, :1], T).variance.abs().max() == 0
    with pytest.raises(ValueError, match=r"^unbiased must be False .* got True"):
        bv.decompose(P[:, :1], T, unbiased=True)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((0, 1, 0), "n"), ((1.0, 1, 0), "n"), ((3, 0, 0), "rounds"), ((3, 1, -1), "seed"),
     ((3, None, 0), "rounds"), ((3, 1, None), "seed"), ((3, 1, 2**63), "seed")],
)  # fmt: skip
def test_bootstrap_refuses_bad_arguments_by_name(arguments: Any, named: str) -> None:
    n, rounds, seed = arguments
    with pytest.raises((TypeError, ValueError), match=rf"^{named} "):
        bv.bootstrap(n, rounds, seed=seed)


@pytest.mark.parametrize("fit", FITS)
def test_fits_refuse_half_precision(fit: str) -> None:
    function, good = FITS[fit]
    halves = {
        name: value.half() if isinstance(value, Tensor) else value for name, value in good.items()
    }
    with pytest.raises(
        TypeError, match=r"^x must have dtype float32 or float64, got torch.float16"
    ):
        function(**halves)


def test_parts_that_autograd_follows_make_a_frame() -> None:
    parts = bv.decompose(torch.ones(2, 3, requires_grad=True), torch.zeros(3))
    assert parts.to_frame()["error"].tolist() == [1.0, 1.0, 1.0]
