"""Penalties against torch and their definitions."""

from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from coursekit import penalties
from coursekit.linear_models import fit_lasso
from coursekit.penalties import elastic_net, l1, l2, proximal_step, soft_threshold

close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


def double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


floats = st.floats(-1e3, 1e3)


class TestPenalties:
    @given(st.lists(floats, min_size=1, max_size=6), st.floats(0, 1))
    def test_are_their_definitions(self, values: list[float], rho: float) -> None:
        theta = double(*values)
        ones, squares = sum(abs(v) for v in values), sum(v * v for v in values)
        assert l1(theta).item() == pytest.approx(ones)
        assert l2(theta).item() == pytest.approx(squares)
        expected = rho * ones + (1 - rho) / 2 * squares
        assert elastic_net(theta, rho).item() == pytest.approx(expected)

    def test_leading_dimensions_are_runs(self) -> None:
        theta = torch.arange(-12, 12.0).reshape(2, 3, 4)
        for penalty in (l1, l2, elastic_net):
            whole = penalty(theta)
            assert whole.shape == (2, 3)
            assert whole[1, 2] == penalty(theta[1, 2])

    def test_the_ends_of_the_elastic_net(self) -> None:
        theta = double(3, -4)
        assert elastic_net(theta, 1.0) == l1(theta)
        assert elastic_net(theta, 0.0) == l2(theta) / 2
        both = elastic_net(theta, torch.tensor([0.0, 1.0]))
        assert both.tolist() == [12.5, 7]

    def test_an_end_of_the_elastic_net_does_not_see_the_other_penalty_overflow(self) -> None:
        theta = torch.tensor([1e20])
        assert elastic_net(theta, 1.0) == l1(theta)
        both = elastic_net(torch.stack([theta, theta]), torch.tensor([1.0, 0.5]))
        assert both.tolist() == [theta.item(), inf]
        leaf = torch.tensor([300.0], dtype=torch.float16, requires_grad=True)
        elastic_net(leaf, 1.0).backward()  # type: ignore[no-untyped-call]
        assert leaf.grad is not None
        assert leaf.grad.item() == 1
        assert elastic_net(torch.tensor([inf]), 0.0) == inf

    def test_the_gradient_is_that_of_weight_decay(self) -> None:
        theta = double(3, -4).requires_grad_()
        (grad,) = torch.autograd.grad(0.1 / 2 * l2(theta), theta)
        close(grad, 0.1 * theta.detach())


class TestSoftThreshold:
    @given(x=floats, tau=st.floats(0, 1e3))
    def test_is_the_sign_times_what_is_left(self, x: float, tau: float) -> None:
        left = max(abs(x) - tau, 0.0)
        expected = left if x > 0 else -left
        assert soft_threshold(double(x), tau).item() == expected

    @given(x=floats, tau=st.floats(0, 1e3), other=floats)
    def test_minimises_its_problem(self, x: float, tau: float, other: float) -> None:
        def cost(u: float) -> float:
            return 0.5 * (u - x) ** 2 + tau * abs(u)

        best = soft_threshold(double(x), tau).item()
        nearby = best + other / 1e3
        assert cost(best) <= min(cost(other), cost(nearby)) * (1 + 1e-12) + 1e-12

    @given(a=floats, b=floats, tau=st.floats(0, 100))
    def test_never_takes_two_points_further_apart(self, a: float, b: float, tau: float) -> None:
        moved = soft_threshold(double(a, b), tau)
        assert abs(moved[0] - moved[1]) <= abs(a - b) + 1e-12
        assert soft_threshold(double(-a), tau) == -moved[0]

    @given(x=floats, first=st.floats(0, 100), second=st.floats(0, 100))
    def test_twice_is_once_by_the_sum(self, x: float, first: float, second: float) -> None:
        twice = soft_threshold(soft_threshold(double(x), first), second)
        close(twice, soft_threshold(double(x), first + second))

    def test_is_the_closed_form_of_lasso_on_orthonormal_inputs(self) -> None:
        y = double(3, -1, 0.2, -0.5)
        fit = fit_lasso(torch.eye(4, dtype=torch.float64), y, 0.1, fit_intercept=False)
        close(fit.coef, soft_threshold(y, 4 * 0.1))

    def test_zero_has_no_sign(self) -> None:
        small = soft_threshold(double(-0.5, 0.5, -1, 1), 1.0)
        assert not torch.signbit(small).any()
        assert small.count_nonzero() == 0

    @pytest.mark.parametrize(("tau", "slopes"), [(0.0, [1, 1, 1]), (0.5, [1, 0, 1])])
    def test_its_slope_is_counted_once(self, tau: float, slopes: list[float]) -> None:
        x = double(-1, 0, 1).requires_grad_()
        soft_threshold(x, tau).sum().backward()  # type: ignore[no-untyped-call]
        assert x.grad is not None
        assert x.grad.tolist() == slopes

    def test_broadcasts_and_keeps_nan_to_itself(self) -> None:
        x = torch.tensor([[3.0, torch.nan, torch.inf]])
        got = soft_threshold(x, torch.tensor([[1.0], [4.0]]))
        expected = torch.tensor([[2.0, torch.nan, torch.inf], [0.0, torch.nan, torch.inf]])
        torch.testing.assert_close(got, expected, equal_nan=True)

    @given(theta=floats, g=floats, lr=st.floats(0, 10), strength=st.floats(0, 10))
    def test_a_proximal_step_minimises_its_model(
        self, theta: float, g: float, lr: float, strength: float
    ) -> None:
        def cost(u: float) -> float:
            return lr * (g * u + strength * abs(u)) + 0.5 * (u - theta) ** 2

        best = proximal_step(double(theta), double(g), lr, strength).item()
        scale = 1 + abs(cost(best)) + theta**2 + (lr * g) ** 2
        for other in (best + 0.01, best - 0.01, 0.0, theta):
            assert cost(best) <= cost(other) + 1e-12 * scale

    def test_a_proximal_step_without_penalty_is_a_gradient_step(self) -> None:
        theta, g = double(1, -2), double(0.5, 0.25)
        assert proximal_step(theta, g, 0.1, 0.0).equal(theta - 0.1 * g)

    def test_proximal_steps_run_side_by_side(self) -> None:
        lr, strength = torch.tensor([[0.1], [1.0]]), torch.tensor([[2.0], [3.0]])
        theta, g = torch.tensor([[1.0, -2.0]]).expand(2, 2), torch.ones(2, 2)
        together = proximal_step(theta, g, lr, strength)
        for i in range(2):
            alone = proximal_step(theta[i], g[i], lr[i].item(), strength[i].item())
            torch.testing.assert_close(together[i], alone)


@pytest.mark.parametrize("penalty", [l1, l2, elastic_net])
def test_penalties_refuse_bad_parameters(penalty: Callable[[Any], Tensor]) -> None:
    for kind in (None, 1.0, [1.0], torch.tensor([1, 2])):
        with pytest.raises(TypeError, match="theta must be a"):
            penalty(kind)
    with pytest.raises(ValueError, match="theta must not be empty"):
        penalty(torch.ones(0))
    with pytest.raises(ValueError, match="theta must have at least 1 dimension"):
        penalty(torch.tensor(1.0))


def test_elastic_net_refuses_a_bad_l1_ratio() -> None:
    for bad in (-0.1, 1.1, torch.nan):
        with pytest.raises(ValueError, match=r"l1_ratio must be in \[0, 1\], got"):
            elastic_net(torch.ones(2), bad)
    with pytest.raises(
        ValueError, match=r"l1_ratio must broadcast against theta.* \(3,\), got shape \(2,\)"
    ):
        elastic_net(torch.ones(3, 2), torch.ones(2))


def test_soft_threshold_refuses_bad_arguments() -> None:
    for kind in (None, 1.0, torch.tensor([1, 2])):
        with pytest.raises(TypeError, match="x must be a"):
            soft_threshold(kind, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="x must not be empty"):
        soft_threshold(torch.ones(0), 1.0)
    for bad in (-1.0, torch.nan, torch.inf, torch.tensor([0.5, -1.0])):
        with pytest.raises(ValueError, match="threshold must be finite and >= 0, got"):
            soft_threshold(torch.ones(2), bad)
    with pytest.raises(TypeError, match="threshold must be a real number"):
        soft_threshold(torch.ones(2), "1")  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"threshold must broadcast against x.* \(2,\), got shape \(3,\)"
    ):
        soft_threshold(torch.ones(2), torch.ones(3))


@pytest.mark.parametrize("name", ["lr", "strength"])
def test_proximal_step_refuses_bad_arguments(name: str) -> None:
    theta, options = torch.ones(2), {"lr": 0.1, "strength": 0.1}
    for bad in (-1.0, torch.nan, torch.inf):
        with pytest.raises(ValueError, match=f"{name} must be finite and >= 0, got"):
            proximal_step(theta, theta, **{**options, name: bad})
    with pytest.raises(ValueError, match=rf"{name} must broadcast against theta.* shape \(3,\)"):
        proximal_step(theta, theta, **{**options, name: torch.ones(3)})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"theta with lr of shape \(2, 3\), got shape \(4,\)"):
        proximal_step(theta[:, None], theta[:, None], torch.ones(3), torch.ones(4))
    with pytest.raises(ValueError, match="grad must have theta's shape"):
        proximal_step(theta, torch.ones(3), **options)
    with pytest.raises(TypeError, match="theta must be a"):
        proximal_step(None, theta, **options)  # type: ignore[arg-type]


def test_everything_public_is_listed() -> None:
    public = {
        name
        for name, value in vars(penalties).items()
        if getattr(value, "__module__", None) == penalties.__name__ and not name.startswith("_")
    }
    assert public == set(penalties.__all__)
