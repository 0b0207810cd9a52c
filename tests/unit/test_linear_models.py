"""Ridge, lasso and elastic net against scikit-learn, closed forms and optimality conditions."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, Ridge
from torch import Tensor

from coursekit import linear_models
from coursekit.linear_models import (
    LassoFit,
    LinearFit,
    fit_elastic_net,
    fit_lasso,
    fit_ridge,
    max_strength,
)
from coursekit.penalties import elastic_net, l2, proximal_step

close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


def double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def diabetes() -> tuple[Tensor, Tensor]:
    """Return the data set that scikit-learn bundles: 442 patients, 10 columns of norm 1."""
    X, y = load_diabetes(return_X_y=True)
    return torch.from_numpy(X), torch.from_numpy(y)


def made(n: int = 30, p: int = 6, seed: int = 0, data_sets: int = 1) -> tuple[Tensor, Tensor]:
    """Return data with correlated columns, an offset and few true coefficients."""
    g = torch.Generator().manual_seed(seed)
    X = torch.randn(data_sets, n, p, generator=g, dtype=torch.float64)
    X = 2 + X + 0.7 * X[..., :1]
    noise = torch.randn(data_sets, n, generator=g, dtype=torch.float64)
    y = 5 + X[..., 0] - 2 * X[..., 1] + 0.3 * noise
    return (X[0], y[0]) if data_sets == 1 else (X, y)


def objective(
    X: Tensor, y: Tensor, fit: LassoFit | LinearFit, strength: Any, l1_ratio: float = 1.0
) -> Tensor:
    """Return the elastic net's objective from its definition."""
    residuals = y - fit.coef @ X.mT - fit.intercept[..., None]
    loss = (residuals**2).sum(-1) / (2 * len(y))
    ones = fit.coef.abs().sum(-1)
    squares = (fit.coef**2).sum(-1)
    penalty: Tensor = strength * (l1_ratio * ones + (1 - l1_ratio) / 2 * squares)
    return loss + penalty


def sklearn_path(make: Callable[[float], Any], strengths: Tensor) -> tuple[Tensor, Tensor]:
    X, y = diabetes()
    fits = [make(a).fit(X.numpy(), y.numpy()) for a in strengths.tolist()]
    coef = torch.from_numpy(np.stack([fit.coef_ for fit in fits]))
    return coef, double(*(fit.intercept_ for fit in fits))


floats = st.floats(-1e3, 1e3)


STRENGTHS = torch.logspace(-4, 3, 15, dtype=torch.float64)


class TestRidge:
    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_equals_scikit_learn(self, fit_intercept: bool) -> None:
        fit = fit_ridge(*diabetes(), STRENGTHS, fit_intercept)
        coef, intercept = sklearn_path(
            lambda a: Ridge(alpha=a, fit_intercept=fit_intercept, solver="cholesky"), STRENGTHS
        )
        close(fit.coef, coef)
        close(fit.intercept, intercept)

    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_solves_the_normal_equations(self, fit_intercept: bool) -> None:
        X, y = made()
        fit = fit_ridge(X, y, 3.0, fit_intercept)
        ones = torch.ones(len(X), 1, dtype=X.dtype)
        design = torch.cat([X, ones], 1) if fit_intercept else X
        penalty = 3.0 * torch.eye(design.shape[1], dtype=X.dtype)
        if fit_intercept:
            penalty[-1, -1] = 0  # the intercept is not penalised
        solution = torch.linalg.solve(design.T @ design + penalty, design.T @ y)
        close(fit.coef, solution[:6])
        close(fit.intercept, solution[6] if fit_intercept else double(0)[0])

    def test_strength_zero_is_least_squares(self) -> None:
        X, y = made()
        fit = fit_ridge(X, y, 0.0, fit_intercept=False)
        close(fit.coef, torch.linalg.lstsq(X, y).solution)

    def test_strength_zero_is_the_shortest_of_many_solutions(self) -> None:
        X, y = made(n=4, p=9)
        fit = fit_ridge(X, y, 0.0)
        close(fit.coef @ X.T + fit.intercept, y)
        close(fit.coef, torch.linalg.pinv(X - X.mean(0)) @ (y - y.mean()))

    def test_a_column_twice_shares_its_coefficient(self) -> None:
        X, y = made()
        twice = fit_ridge(torch.cat([X, X[:, :1]], 1), y, torch.tensor([0.0, 1.0]))
        close(twice.coef[:, 0], twice.coef[:, -1])

    def test_constant_inputs_explain_nothing(self) -> None:
        X, y = torch.ones(5, 2), torch.arange(5.0)
        fit = fit_ridge(X, y, torch.tensor([0.0, 1.0]))
        assert fit.coef.tolist() == [[0, 0], [0, 0]]
        assert fit.intercept.tolist() == [2, 2]

    @pytest.mark.parametrize("n", [3, 6, 7, 11])
    def test_constant_inputs_whose_mean_is_rounded_explain_nothing(self, n: int) -> None:
        X, y = torch.full((n, 1), 0.1, dtype=torch.float64), made(n=n)[1]
        fit = fit_ridge(X, y, 0.0)
        assert fit.coef.tolist() == [0]
        assert fit.intercept == y.mean()
        assert max_strength(X, y) == 0

    @given(shift=st.floats(-100, 100), strength=st.floats(0.01, 100))
    def test_moving_all_targets_moves_the_intercept_only(
        self, shift: float, strength: float
    ) -> None:
        X, y = made()
        before, after = fit_ridge(X, y, strength), fit_ridge(X, y + shift, strength)
        close(after.coef, before.coef)
        close(after.intercept, before.intercept + shift)

    @given(weak=st.floats(0, 100), more=st.floats(0.1, 100))
    def test_a_stronger_penalty_gives_a_shorter_vector(self, weak: float, more: float) -> None:
        fit = fit_ridge(*made(), double(weak, weak + more))
        lengths = l2(fit.coef)
        assert lengths[1] < lengths[0]

    def test_one_call_is_the_calls_one_by_one(self) -> None:
        X, y = made()
        path = fit_ridge(X, y, STRENGTHS.reshape(3, 5))
        assert path.coef.shape == (3, 5, 6)
        assert path.intercept.shape == (3, 5)
        for i, a in enumerate(STRENGTHS.tolist()):
            alone = fit_ridge(X, y, a)
            close(path.coef[i // 5, i % 5], alone.coef)
            close(path.intercept[i // 5, i % 5], alone.intercept)

    def test_leading_dimensions_are_data_sets(self) -> None:
        X, y = made(data_sets=3)
        grid = fit_ridge(X, y, STRENGTHS[:, None])
        assert grid.coef.shape == (15, 3, 6)
        each = fit_ridge(X, y, STRENGTHS[:3])
        for i in range(3):
            close(grid.coef[:, i], fit_ridge(X[i], y[i], STRENGTHS).coef)
            close(each.coef[i], fit_ridge(X[i], y[i], STRENGTHS[i]).coef)
            close(each.intercept[i], fit_ridge(X[i], y[i], STRENGTHS[i]).intercept)

    def test_what_is_rounding_is_judged_in_each_data_set(self) -> None:
        X, y = made(data_sets=2)
        scales = double(1, 1e-20)
        both = fit_ridge(X * scales[:, None, None], y, 0.0)
        for i, scale in enumerate(scales):
            close(both.coef[i] * scale, fit_ridge(X[i], y[i], 0.0).coef)


def diabetes_strengths() -> Tensor:
    return max_strength(*diabetes()) * torch.logspace(0.1, -3, 20, dtype=torch.float64)


class TestLasso:
    @pytest.mark.parametrize("method", ["fista", "ista"])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_equals_scikit_learn_with_the_same_zeros(
        self, method: str, fit_intercept: bool
    ) -> None:
        strengths = diabetes_strengths()
        fit = fit_lasso(*diabetes(), strengths, fit_intercept, method, tol=1e-11)
        coef, intercept = sklearn_path(
            lambda a: Lasso(alpha=a, fit_intercept=fit_intercept, tol=1e-13, max_iter=10**6),
            strengths,
        )
        torch.testing.assert_close(fit.coef, coef, rtol=1e-6, atol=1e-4)
        torch.testing.assert_close(fit.intercept, intercept, rtol=1e-9, atol=1e-9)
        assert torch.equal(fit.coef == 0, coef == 0)
        assert 0 < (fit.coef == 0).sum() < fit.coef.numel()

    @pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 0.9])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_elastic_net_equals_scikit_learn(self, l1_ratio: float, fit_intercept: bool) -> None:
        strengths = diabetes_strengths() / l1_ratio
        fit = fit_elastic_net(*diabetes(), strengths, l1_ratio, fit_intercept, tol=1e-12)
        coef, intercept = sklearn_path(
            lambda a: ElasticNet(
                alpha=a, l1_ratio=l1_ratio, fit_intercept=fit_intercept, tol=1e-13, max_iter=10**6
            ),
            strengths,
        )
        torch.testing.assert_close(fit.coef, coef, rtol=1e-6, atol=1e-4)
        torch.testing.assert_close(fit.intercept, intercept, rtol=1e-9, atol=1e-9)
        assert torch.equal(fit.coef == 0, coef == 0)

    @pytest.mark.parametrize("method", ["fista", "ista"])
    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
    def test_optimality_conditions(self, method: str, seed: int, l1_ratio: float) -> None:
        X, y = made(seed=seed)
        strengths = max_strength(X, y) * torch.logspace(0, -3, 10, dtype=X.dtype)
        w, c, _ = fit_elastic_net(X, y, strengths, l1_ratio, method=method, steps=2000, tol=1e-15)
        residuals = y - w @ X.T - c[:, None]
        correlations = residuals @ X / len(y) - (1 - l1_ratio) * strengths[:, None] * w
        bound = (l1_ratio * strengths)[:, None].expand_as(w)
        torch.testing.assert_close(residuals.mean(-1), torch.zeros_like(c), rtol=0, atol=1e-12)
        moved = w != 0
        expected = (bound * w.sign())[moved]
        torch.testing.assert_close(correlations[moved], expected, rtol=1e-5, atol=1e-7)
        assert (correlations.abs() <= bound * (1 + 1e-6))[~moved].all()

    @pytest.mark.parametrize("seed", range(10))
    @pytest.mark.parametrize("fit_intercept", [True, False])
    def test_max_strength_is_where_the_first_coefficient_moves(
        self, seed: int, fit_intercept: bool
    ) -> None:
        X, y = made(seed=seed)
        for rho, rounding in ((1.0, 0.0), (0.4, 1e-12)):
            edge = max_strength(X, y, rho, fit_intercept)
            strengths = edge * double(2, 1 + rounding, 0.99)
            path = fit_elastic_net(X, y, strengths, rho, fit_intercept)
            assert path.coef.count_nonzero(-1).tolist() == [0, 0, 1]
            mean = y.mean() if fit_intercept else double(0)[0]
            assert path.intercept[0] == mean

    def test_max_strength_of_many_data_sets_and_ratios(self) -> None:
        X, y = made(data_sets=3)
        rho = double(0.1, 0.5, 1)
        whole = max_strength(X, y, rho)
        for i in range(3):
            close(whole[i], max_strength(X[i], y[i], rho[i]))
        close(max_strength(X[0], y[0], rho), max_strength(X[0], y[0]) / rho)

    def test_fista_is_ahead_of_ista_after_as_many_steps(self) -> None:
        X, y = diabetes()
        strengths = max_strength(X, y) * double(0.1, 0.01, 0.001)
        best = objective(X, y, fit_lasso(X, y, strengths, tol=1e-12), strengths)
        for k in (20, 40, 80, 160):
            ista, fista = (
                objective(X, y, fit_lasso(X, y, strengths, True, method, k, 0.0), strengths) - best
                for method in ("ista", "fista")
            )
            assert (fista < 0.8 * ista + 1e-9).all()

    def test_the_rates_of_beck_and_teboulle_hold(self) -> None:
        X, y = diabetes()
        strength = 0.01 * max_strength(X, y).item()
        best_fit = fit_lasso(X, y, strength, tol=1e-12)
        best = objective(X, y, best_fit, strength).item()
        L = torch.linalg.matrix_norm(X - X.mean(0), 2).item() ** 2 / len(y)
        distance = (best_fit.coef**2).sum().item()
        for k in (1, 3, 10, 30, 100, 300):
            bounds = {"ista": L * distance / (2 * k), "fista": 2 * L * distance / (k + 1) ** 2}
            for method, bound in bounds.items():
                fit = fit_lasso(X, y, strength, method=method, steps=k, tol=0.0)
                assert objective(X, y, fit, strength).item() - best <= bound

    def test_the_steps_are_those_of_the_papers(self) -> None:
        X, y = made()
        strength, n = 0.05, len(y)
        A, b = X - X.mean(0), y - y.mean()
        L = torch.linalg.matrix_norm(A, 2) ** 2 / n
        for method in ("ista", "fista"):
            w = previous = z = torch.zeros(6, dtype=torch.float64)
            t = 1.0
            for k in range(1, 26):
                grad = A.T @ (A @ z - b) / n
                previous, w = w, proximal_step(z, grad, 1 / L, strength)
                t, before = (1 + (1 + 4 * t * t) ** 0.5) / 2, t
                z = w + (before - 1) / t * (w - previous) if method == "fista" else w
                close(fit_lasso(X, y, strength, True, method, k, 0.0).coef, w)

    @pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
    @pytest.mark.parametrize("steps", [1, 5, 50, 500])
    def test_the_gap_bounds_the_excess(self, l1_ratio: float, steps: int) -> None:
        X, y = made()
        strengths = max_strength(X, y) * torch.logspace(0, -3, 10, dtype=X.dtype)
        best = fit_elastic_net(X, y, strengths, l1_ratio, steps=2000, tol=1e-16)
        fit = fit_elastic_net(X, y, strengths, l1_ratio, method="ista", steps=steps, tol=0.0)
        excess = objective(X, y, fit, strengths, l1_ratio) - objective(
            X, y, best, strengths, l1_ratio
        )
        assert (fit.gap >= excess - 1e-12).all()
        assert (fit.gap >= 0).all()
        assert (fit.gap <= 0.51 * ((y - y.mean()) ** 2).mean()).all() or steps < 5

    @pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
    def test_the_gap_is_the_duality_gap(self, l1_ratio: float) -> None:
        X, y = made()
        a, n = 0.05, len(y)
        fit = fit_elastic_net(X, y, a, l1_ratio, steps=3, tol=0.0)
        A, b = X - X.mean(0), y - y.mean()
        extra = (n * a * (1 - l1_ratio)) ** 0.5 * torch.eye(6, dtype=X.dtype)
        A, b = torch.cat([A, extra]), torch.cat([b, torch.zeros(6, dtype=X.dtype)])
        r = b - A @ fit.coef
        primal = (r @ r) / (2 * n) + a * l1_ratio * fit.coef.abs().sum()
        nu = r / n
        nu = nu * (a * l1_ratio / (A.T @ nu).abs().max()).clamp(max=1)
        dual = nu @ b - n / 2 * (nu @ nu)
        close(fit.gap, primal - dual)

    @pytest.mark.parametrize("tol", [1e-2, 1e-5, 1e-8])
    def test_tol_is_a_share_of_the_targets_mean_square(self, tol: float) -> None:
        X, y = made()
        allowed = tol * ((y - y.mean()) ** 2).mean()
        fit = fit_lasso(X, y, 0.01, tol=tol)
        assert fit.gap <= allowed
        strict = fit_lasso(X, y, 0.01, tol=tol / 1e3)
        assert strict.gap < fit.gap

    @pytest.mark.parametrize("method", ["fista", "ista"])
    def test_the_units_of_the_targets_do_not_matter(self, method: str) -> None:
        X, y = made()
        for unit in (2.0**-10, 2.0**10):  # powers of two: not even rounding differs
            fit = fit_lasso(X, y, 0.1, method=method, tol=1e-4)
            other = fit_lasso(X, unit * y, unit * 0.1, method=method, tol=1e-4)
            assert other.coef.equal(unit * fit.coef)
            assert other.gap.equal(unit**2 * fit.gap)

    def test_too_few_steps_leave_a_gap(self) -> None:
        X, y = diabetes()
        fit = fit_lasso(X, y, 0.01, steps=20)
        assert fit.gap > 1e-10 * y.var()

    def test_one_call_is_the_calls_one_by_one(self) -> None:
        X, y = made()
        strengths = (max_strength(X, y) * torch.logspace(0, -3, 6, dtype=X.dtype)).reshape(2, 3)
        path = fit_lasso(X, y, strengths, steps=50, tol=0.0)
        assert path.coef.shape == (2, 3, 6)
        assert path.intercept.shape == path.gap.shape == (2, 3)
        for i in range(6):
            alone = fit_lasso(X, y, strengths[i // 3, i % 3].item(), steps=50, tol=0.0)
            assert alone.coef.shape == (6,)
            for part, whole in zip(alone, path, strict=True):
                close(whole[i // 3, i % 3], part)

    def test_leading_dimensions_are_data_sets(self) -> None:
        X, y = made(data_sets=3)
        strengths, ratios = double(0.01, 0.1)[:, None], double(0.2, 0.5, 1)
        grid = fit_elastic_net(X, y, strengths, ratios, steps=40, tol=0.0)
        assert grid.coef.shape == (2, 3, 6)
        for i in range(3):
            alone = fit_elastic_net(
                X[i], y[i], strengths[:, 0], ratios[i].item(), steps=40, tol=0.0
            )
            for part, whole in zip(alone, grid, strict=True):
                close(whole[:, i], part)

    def test_constant_inputs_explain_nothing(self) -> None:
        fit = fit_lasso(torch.ones(5, 2), torch.arange(5.0), torch.tensor([0.1, 1.0]))
        assert fit.coef.tolist() == [[0, 0], [0, 0]]
        assert fit.intercept.tolist() == [2, 2]
        assert fit.gap.tolist() == [0, 0]

    @settings(max_examples=20)
    @given(shift=st.floats(-100, 100))
    def test_moving_all_targets_moves_the_intercept_only(self, shift: float) -> None:
        X, y = made()
        before, after = fit_lasso(X, y, 0.1, tol=1e-11), fit_lasso(X, y + shift, 0.1, tol=1e-11)
        torch.testing.assert_close(after.coef, before.coef, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(after.intercept, before.intercept + shift, rtol=1e-4, atol=1e-4)

    def test_zeros_have_no_sign(self) -> None:
        X, y = made()
        coef = fit_lasso(X, y, max_strength(X, y) * double(1, 0.3)).coef
        assert (coef == 0).any()
        assert not torch.signbit(coef[coef == 0]).any()

    def test_float32_stays_float32(self) -> None:
        X, y = made()
        for fit in (fit_ridge, fit_lasso):
            single: Any = fit(X.float(), y.float(), torch.tensor([0.1, 1.0], dtype=torch.float64))
            whole: Any = fit(X, y, double(0.1, 1))
            assert {part.dtype for part in single} == {torch.float32}
            torch.testing.assert_close(single.coef.double(), whole.coef, rtol=1e-3, atol=1e-3)


FITS: dict[str, Callable[..., Any]] = {
    "fit_ridge": fit_ridge,
    "fit_lasso": fit_lasso,
    "fit_elastic_net": fit_elastic_net,
    "max_strength": lambda X, y, strength=None, **options: max_strength(X, y, **options),
}


@pytest.mark.parametrize("name", FITS)
class TestBadData:
    @pytest.mark.parametrize("bad", [None, 1.0, [[1.0]], np.ones((4, 2)), torch.ones(4, 2).long()])
    def test_data_of_another_kind(self, name: str, bad: object) -> None:
        with pytest.raises(TypeError, match="X must be a"):
            FITS[name](bad, torch.ones(4), 1.0)
        with pytest.raises(TypeError, match="y must be a"):
            FITS[name](torch.ones(4, 2), bad, 1.0)

    @given(shape=st.lists(st.integers(1, 5), max_size=3))
    def test_shapes(self, name: str, shape: list[int]) -> None:
        if shape != [4]:
            with pytest.raises(ValueError, match=r"y must have shape \(4,\) for X, got \("):
                FITS[name](torch.ones(4, 2), torch.ones(shape), 1.0)
        if len(shape) < 2:
            with pytest.raises(ValueError, match="X must have at least 2 dimension"):
                FITS[name](torch.ones(shape), torch.ones(4), 1.0)

    @pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
    def test_data_that_are_not_finite(self, name: str, bad: float) -> None:
        X, y = torch.ones(4, 2), torch.ones(4)
        with pytest.raises(ValueError, match="X must be finite"):
            FITS[name](torch.full_like(X, bad), y, 1.0)
        with pytest.raises(ValueError, match="y must be finite"):
            FITS[name](X, torch.full_like(y, bad), 1.0)

    def test_empty_data(self, name: str) -> None:
        with pytest.raises(ValueError, match="X must not be empty"):
            FITS[name](torch.ones(0, 2), torch.ones(0), 1.0)

    def test_another_dtype(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"y must have X's dtype torch\.float32, got"):
            FITS[name](torch.ones(4, 2), torch.ones(4).double(), 1.0)

    @pytest.mark.parametrize("bad", [0, 1, None, "yes"])
    def test_fit_intercept(self, name: str, bad: object) -> None:
        with pytest.raises(TypeError, match="fit_intercept must be True or False, got"):
            FITS[name](torch.ones(4, 2), torch.ones(4), 1.0, fit_intercept=bad)


@pytest.mark.parametrize("name", ["fit_ridge", "fit_lasso", "fit_elastic_net"])
class TestBadStrength:
    @given(bad=st.floats(max_value=0, exclude_max=True) | st.sampled_from([torch.nan, torch.inf]))
    def test_numbers(self, name: str, bad: float) -> None:
        X, y = torch.ones(4, 2), torch.ones(4)
        with pytest.raises(ValueError, match="strength must be finite and >"):
            FITS[name](X, y, bad)
        with pytest.raises(ValueError, match="strength must be finite and >"):
            FITS[name](X, y, double(1, bad))

    def test_zero_is_for_ridge_only(self, name: str) -> None:
        X, y = made()
        if name == "fit_ridge":
            fit_ridge(X, y, 0.0)
        else:
            with pytest.raises(ValueError, match="strength must be finite and > 0, got 0"):
                FITS[name](X, y, 0.0)

    @pytest.mark.parametrize("bad", [1e39, 1e-50])
    def test_what_is_no_such_number_in_single_precision(self, name: str, bad: float) -> None:
        X, y = (each.float() for each in made())
        if name == "fit_ridge":
            assert fit_ridge(X, y, bad).coef.isfinite().all()
        else:
            with pytest.raises(ValueError, match=r"strength must be finite and > 0, got .* in ten"):
                FITS[name](X, y, bad)

    @pytest.mark.parametrize("bad", ["1", None, True, [1.0]])
    def test_another_kind(self, name: str, bad: object) -> None:
        with pytest.raises(TypeError, match="strength must be a real number"):
            FITS[name](torch.ones(4, 2), torch.ones(4), bad)

    def test_what_does_not_broadcast(self, name: str) -> None:
        X, y = made(data_sets=3)
        with pytest.raises(ValueError, match=r"strength must broadcast .*\(3,\), got shape \(2,\)"):
            FITS[name](X, y, double(1, 2))


@pytest.mark.parametrize("fit", [fit_lasso, fit_elastic_net])
def test_refuses_bad_options(fit: Callable[..., LassoFit]) -> None:
    call = partial(fit, *made(), 1.0)
    with pytest.raises(ValueError, match=r"method must be one of .* did you mean 'fista'"):
        call(method="fist")
    with pytest.raises(TypeError, match="method must be one of"):
        call(method=1)
    for steps in (0, -3):
        with pytest.raises(ValueError, match=f"steps must be an integer >= 1, got {steps}"):
            call(steps=steps)
    with pytest.raises(TypeError, match=r"steps must be an integer, got 1\.5"):
        call(steps=1.5)
    for tol in (-1e-300, torch.nan, torch.inf):
        with pytest.raises(ValueError, match="tol must be finite and >= 0"):
            call(tol=tol)
    with pytest.raises(TypeError, match="tol must be a real number"):
        call(tol="small")
    call(steps=1, tol=0.0)


@pytest.mark.parametrize("name", ["fit_elastic_net", "max_strength"])
def test_refuses_a_bad_l1_ratio(name: str) -> None:
    X, y = made()
    for bad in (0.0, -0.1, 1.1, torch.nan):
        for value in (bad, double(0.5, bad)):
            with pytest.raises(ValueError, match=r"l1_ratio must be in \(0, 1\], got"):
                FITS[name](X, y, 1.0, l1_ratio=value)
    for kind in (None, "1", True):
        with pytest.raises(TypeError, match="l1_ratio must be a real number"):
            FITS[name](X, y, 1.0, l1_ratio=kind)
    many = made(data_sets=3)
    with pytest.raises(
        ValueError, match=r"l1_ratio must broadcast against X's leading dim.* \(2,\)"
    ):
        FITS[name](*many, 1.0, l1_ratio=double(0.5, 1))


def test_refuses_ratios_that_do_not_go_with_the_strengths() -> None:
    with pytest.raises(ValueError, match=r"l1_ratio must broadcast .* strength of shape \(3,\)"):
        fit_elastic_net(*made(), double(1, 2, 3), double(0.5, 1))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_runs_on_cuda() -> None:
    X, y = made()
    for fit in (fit_ridge, fit_lasso):
        there: Any = fit(X.cuda(), y.cuda(), double(0.1, 1))
        here: Any = fit(X, y, double(0.1, 1))
        assert all(part.is_cuda for part in there)
        torch.testing.assert_close(there.coef.cpu(), here.coef, rtol=1e-6, atol=1e-6)


def test_defaults_are_scikit_learns() -> None:
    def defaults(thing: Any) -> dict[str, Any]:
        return {k: p.default for k, p in inspect.signature(thing).parameters.items()}

    for ours, theirs in ((fit_ridge, Ridge), (fit_lasso, Lasso), (fit_elastic_net, ElasticNet)):
        assert defaults(ours)["fit_intercept"] == defaults(theirs)["fit_intercept"]
    assert defaults(fit_elastic_net)["l1_ratio"] == defaults(ElasticNet)["l1_ratio"]
    assert defaults(elastic_net)["l1_ratio"] == defaults(ElasticNet)["l1_ratio"]
    X, y = made()
    assert max_strength(X, y) == max_strength(X, y, 1.0, True) != max_strength(X, y, 1.0, False)
    for mine, other in zip(fit_lasso(X, y, 0.1), fit_elastic_net(X, y, 0.1, 1.0), strict=True):
        assert torch.equal(mine, other)


def test_everything_public_is_listed() -> None:
    public = {
        name
        for name, value in vars(linear_models).items()
        if getattr(value, "__module__", None) == linear_models.__name__ and not name.startswith("_")
    }
    assert public == set(linear_models.__all__)


def test_what_is_wrong_with_the_data_is_said_in_full() -> None:
    X, y = torch.zeros(2, 5, 3), torch.zeros(2, 4)
    with pytest.raises(TypeError, match=r"^X must be a torch.Tensor"):
        linear_models.fit_lasso([[1.0]], y, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^X must .*dimension"):
        linear_models.fit_lasso(torch.zeros(3), y, 1.0)
    with pytest.raises(ValueError, match=r"^y must have shape \(2, 5\) for X, got \(2, 4\)$"):
        linear_models.fit_lasso(X, y, 1.0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("fit", [fit_ridge, fit_lasso, fit_elastic_net, max_strength])
def test_refuses_half_precision(fit: Callable[..., object], dtype: torch.dtype) -> None:
    X, y = (part.to(dtype) for part in made())
    with pytest.raises(TypeError, match=f"^X must have dtype float32 or float64, got {dtype}"):
        fit(X, y, 1.0)
