"""Losses against torch.nn.functional in value and gradient, and against what defines them."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from coursekit import losses

Loss = Callable[..., Tensor]

REDUCTIONS = ("none", "mean", "sum")
PAIRWISE = ("l1_loss", "mse_loss", "huber_loss", "smooth_l1_loss")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
SHAPES = ((), (1,), (7,), (4, 3), (2, 3, 5))
CLASS_SHAPES = ((5,), (1, 5), (6, 5), (4, 1), (3, 4, 2), (2, 3, 4, 2))


def pair(name: str) -> tuple[Loss, Loss]:
    return getattr(losses, name), getattr(F, name)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=generator(seed), dtype=torch.float64)


def labels(shape: tuple[int, ...], classes: int, seed: int = 0) -> Tensor:
    return torch.randint(classes, shape, generator=generator(seed))


def without_classes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return () if len(shape) == 1 else (shape[0], *shape[2:])


def value_and_gradient(loss: Loss, x: Tensor, *args: Any, **options: Any) -> tuple[Tensor, Tensor]:
    """Return the loss and the gradient of a weighted sum of it, so that no entry hides another."""
    x = x.clone().requires_grad_()
    value = loss(x, *args, **options)
    weights = torch.linspace(1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)
    (gradient,) = torch.autograd.grad((weights * value).sum(), x)
    return value.detach(), gradient


def assert_parity(name: str, x: Tensor, *args: Any, **options: Any) -> None:
    ours, reference = pair(name)
    mine = value_and_gradient(ours, x, *args, **options)
    theirs = value_and_gradient(reference, x, *args, **options)
    for got, expected in zip(mine, theirs, strict=True):
        assert got.dtype == expected.dtype
        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", losses.__all__)
def test_signature_is_torchs_without_the_deprecated_arguments(name: str) -> None:
    ours, reference = pair(name)
    theirs = inspect.signature(reference).parameters
    expected = [(k, p.default) for k, p in theirs.items() if k not in ("size_average", "reduce")]
    got = [(k, p.default) for k, p in inspect.signature(ours).parameters.items()]
    assert got == expected


class TestPairwise:
    @pytest.mark.parametrize("name", PAIRWISE)
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity(self, name: str, shape: tuple[int, ...], reduction: str) -> None:
        x, y = 3 * normal(*shape), normal(*shape, seed=1)
        assert_parity(name, x, y, reduction=reduction)

    @pytest.mark.parametrize("name", ["l1_loss", "mse_loss", "huber_loss"])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_with_weights(self, name: str, reduction: str) -> None:
        x, y, w = 3 * normal(4, 3), normal(4, 3, seed=1), uniform(4, 3, seed=2)
        assert_parity(name, x, y, reduction=reduction, weight=w)

    @pytest.mark.parametrize("name", ["l1_loss", "mse_loss", "huber_loss"])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_a_weight_broadcasts(self, name: str, reduction: str) -> None:
        loss, _ = pair(name)
        x, y, w = 3 * normal(4, 3), normal(4, 3, seed=1), uniform(4, 1, seed=2)
        whole = loss(x, y, reduction=reduction, weight=w.expand(4, 3))
        assert loss(x, y, reduction=reduction, weight=w).equal(whole)

    @pytest.mark.parametrize(
        ("name", "option"), [("huber_loss", "delta"), ("smooth_l1_loss", "beta")]
    )
    @pytest.mark.parametrize("threshold", [1e-6, 0.3, 2.0, 1e6])
    def test_parity_at_other_thresholds(self, name: str, option: str, threshold: float) -> None:
        x, y = 3 * normal(50), normal(50, seed=1)
        assert_parity(name, x, y, **{option: threshold})

    @pytest.mark.parametrize("name", PAIRWISE)
    def test_parity_at_the_kinks(self, name: str) -> None:
        x = torch.tensor([-1e3, -1.0, -0.5, 0.0, 0.5, 1.0, 1e3], dtype=torch.float64)
        assert_parity(name, x, torch.zeros_like(x), reduction="none")

    def test_smooth_l1_with_beta_zero_is_l1(self) -> None:
        x, y = torch.cat([normal(5), torch.zeros(1)]), torch.zeros(6).double()
        assert_parity("smooth_l1_loss", x, y, beta=0.0)
        assert losses.smooth_l1_loss(x, y, beta=0.0) == losses.l1_loss(x, y)

    @given(error=st.floats(-1e3, 1e3), delta=st.floats(1.001e3, 1e6))
    def test_huber_with_a_large_delta_is_half_of_mse(self, error: float, delta: float) -> None:
        x, y = torch.tensor([error]).double(), torch.zeros(1).double()
        torch.testing.assert_close(losses.huber_loss(x, y, delta=delta), losses.mse_loss(x, y) / 2)

    @given(error=st.floats(-1e3, 1e3), delta=st.floats(1e-12, 1e-9))
    def test_huber_over_a_small_delta_is_l1(self, error: float, delta: float) -> None:
        x, y = torch.tensor([error]).double(), torch.zeros(1).double()
        got = losses.huber_loss(x, y, delta=delta) / delta
        torch.testing.assert_close(got, losses.l1_loss(x, y), rtol=0, atol=1e-9)

    @given(error=st.floats(-1e3, 1e3), beta=st.floats(1e-3, 1e3))
    def test_huber_is_beta_times_smooth_l1(self, error: float, beta: float) -> None:
        x, y = torch.tensor([error]).double(), torch.zeros(1).double()
        got = losses.huber_loss(x, y, delta=beta)
        torch.testing.assert_close(got, beta * losses.smooth_l1_loss(x, y, beta=beta))

    def test_the_best_constant_is_the_mean_for_mse_and_the_median_for_l1(self) -> None:
        y = torch.tensor([0.0, 1.0, 2.0, 3.0, 100.0], dtype=torch.float64)
        candidates = torch.linspace(0, 100, 1001, dtype=torch.float64)[:, None].expand(-1, 5)
        targets = y.expand(1001, 5)
        mse = losses.mse_loss(candidates, targets, "none").mean(1)
        l1 = losses.l1_loss(candidates, targets, "none").mean(1)
        assert candidates[mse.argmin(), 0] == pytest.approx(y.mean().item())
        assert candidates[l1.argmin(), 0] == pytest.approx(y.median().item())

    @given(a=st.floats(0.01, 100), b=st.floats(-100, 100))
    def test_scale_and_shift(self, a: float, b: float) -> None:
        x, y = normal(8), normal(8, seed=1)
        l1, mse = losses.l1_loss(x, y), losses.mse_loss(x, y)
        torch.testing.assert_close(losses.l1_loss(a * x + b, a * y + b), a * l1)
        torch.testing.assert_close(losses.mse_loss(a * x + b, a * y + b), a**2 * mse)


class TestClasses:
    @pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
    @pytest.mark.parametrize("shape", CLASS_SHAPES)
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity(self, name: str, shape: tuple[int, ...], reduction: str) -> None:
        classes = shape[min(1, len(shape) - 1)]
        for weighted, ignore_index in product((False, True), (-100, -1, 1, 99)):
            y = labels(without_classes(shape), classes)
            if y.numel() > 1:
                y.view(-1)[1] = ignore_index
            w = uniform(classes, seed=2) if weighted else None
            options: dict[str, Any] = {"ignore_index": ignore_index, "reduction": reduction}
            assert_parity(name, 3 * normal(*shape), y, w, **options)

    @pytest.mark.parametrize("shape", CLASS_SHAPES)
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("soft", [False, True])
    def test_parity_with_label_smoothing(
        self, shape: tuple[int, ...], reduction: str, soft: bool
    ) -> None:
        dim = min(1, len(shape) - 1)
        y = (
            normal(*shape, seed=1).softmax(dim)
            if soft
            else labels(without_classes(shape), shape[dim])
        )
        if not soft and y.numel() > 1:
            y.view(-1)[0] = -100
        for weighted, label_smoothing in product((False, True), (0.1, 0.5, 1.0)):
            w = uniform(shape[dim], seed=2) if weighted else None
            options: dict[str, Any] = {"reduction": reduction, "label_smoothing": label_smoothing}
            assert_parity("cross_entropy", 3 * normal(*shape), y, w, **options)

    @pytest.mark.parametrize("shape", CLASS_SHAPES)
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("weighted", [False, True])
    def test_parity_with_probabilities(
        self, shape: tuple[int, ...], reduction: str, weighted: bool
    ) -> None:
        dim = min(1, len(shape) - 1)
        y = normal(*shape, seed=1).softmax(dim)
        w = uniform(shape[dim], seed=2) if weighted else None
        assert_parity("cross_entropy", 3 * normal(*shape), y, w, reduction=reduction)

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_on_logits_of_a_thousand(self, reduction: str) -> None:
        x = torch.tensor(list(product([-1000.0, 0.0, 1000.0], repeat=3)), dtype=torch.float64)
        for y in range(3):
            target = torch.full((len(x),), y)
            assert_parity("cross_entropy", x, target, reduction=reduction)
            assert losses.cross_entropy(x, target, reduction=reduction).isfinite().all()
            assert_parity("cross_entropy", x, target, reduction=reduction, label_smoothing=0.1)

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_when_a_class_is_ruled_out(self, reduction: str) -> None:
        x = normal(4, 3)
        x[:, 0] = -torch.inf
        assert_parity("cross_entropy", x, torch.tensor([1, 2, 2, 1]), reduction=reduction)

    @pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_when_all_is_ignored(self, name: str, reduction: str) -> None:
        assert_parity(name, normal(2, 3), torch.tensor([-100, -100]), reduction=reduction)

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_when_what_is_ignored_is_not_finite(self, reduction: str) -> None:
        x = normal(3, 2).log_softmax(1)
        x[1] = -torch.inf
        assert_parity("nll_loss", x, torch.tensor([0, -100, 1]), reduction=reduction)

    def test_probabilities_have_a_gradient_too(self) -> None:
        x, q = normal(4, 3), normal(4, 3, seed=1).softmax(1)

        def swapped(loss: Loss) -> Loss:
            return lambda q: loss(x, q)

        mine = value_and_gradient(swapped(losses.cross_entropy), q)
        theirs = value_and_gradient(swapped(F.cross_entropy), q)
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)

    @given(shift=st.floats(-1e4, 1e4), seed=st.integers(0, 1000))
    def test_cross_entropy_does_not_see_a_shift_of_all_logits(
        self, shift: float, seed: int
    ) -> None:
        x, y = normal(6, 4, seed=seed), labels((6,), 4, seed=seed)
        got = losses.cross_entropy(x + shift, y, reduction="none")
        expected = losses.cross_entropy(x, y, reduction="none")
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9)

    @given(order=st.permutations(range(4)), seed=st.integers(0, 1000))
    def test_cross_entropy_does_not_see_the_order_of_classes(
        self, order: list[int], seed: int
    ) -> None:
        x, y, w = normal(6, 4, seed=seed), labels((6,), 4, seed=seed), uniform(4, seed=seed)
        place = torch.tensor(order).argsort()
        got = losses.cross_entropy(x[:, order], place[y], w[order])
        torch.testing.assert_close(got, losses.cross_entropy(x, y, w))

    @given(seed=st.integers(0, 1000), label_smoothing=st.floats(0, 1))
    def test_an_index_is_a_one_hot_distribution(self, seed: int, label_smoothing: float) -> None:
        x, y = normal(6, 4, seed=seed), labels((6,), 4, seed=seed)
        one_hot = F.one_hot(y, 4).double()
        loss = partial(losses.cross_entropy, label_smoothing=label_smoothing)
        torch.testing.assert_close(loss(x, y), loss(x, one_hot))

    @given(seed=st.integers(0, 1000))
    def test_the_best_prediction_is_the_target_distribution(self, seed: int) -> None:
        q, other = normal(4, seed=seed).softmax(0), normal(4, seed=seed + 1)
        entropy = -(q * q.log()).sum()
        assert losses.cross_entropy(q.log(), q) == pytest.approx(entropy.item())
        assert losses.cross_entropy(other, q) >= entropy

    @pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_when_a_class_weighs_nothing(self, name: str, reduction: str) -> None:
        x, y = normal(4, 3).log_softmax(1), torch.tensor([0, 1, 2, 0])
        assert_parity(name, x, y, torch.tensor([0.0, 1.0, 2.0]).double(), reduction=reduction)

    def test_the_mean_divides_by_the_weights_of_the_targets(self) -> None:
        x, y, w = normal(3, 2), torch.tensor([0, 0, 1]), torch.tensor([1.0, 10.0]).double()
        got = losses.cross_entropy(x, y, w)
        torch.testing.assert_close(got, losses.cross_entropy(x, y, w, reduction="sum") / 12)


class TestBinary:
    @pytest.mark.parametrize("name", BINARY)
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("hard", [False, True])
    def test_parity(
        self, name: str, shape: tuple[int, ...], reduction: str, weighted: bool, hard: bool
    ) -> None:
        x = uniform(*shape) if name == "binary_cross_entropy" else 3 * normal(*shape)
        y = uniform(*shape, seed=1)
        y = y.round() if hard else y
        w = uniform(*shape, seed=2) if weighted else None
        assert_parity(name, x, y, w, reduction=reduction)

    @pytest.mark.parametrize("weight_shape", [(), (3,), (1, 3), (4, 1)])
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_parity_with_weights_that_broadcast(
        self, weight_shape: tuple[int, ...], reduction: str
    ) -> None:
        p, x, y = uniform(4, 3), 3 * normal(4, 3), uniform(4, 3, seed=1)
        w, c = uniform(*weight_shape, seed=2), 5 * uniform(*weight_shape, seed=3)
        assert_parity("binary_cross_entropy", p, y, w, reduction=reduction)
        logits = "binary_cross_entropy_with_logits"
        assert_parity(logits, x, y, w, reduction=reduction)
        assert_parity(logits, x, y, reduction=reduction, pos_weight=c)
        assert_parity(logits, x, y, w, reduction=reduction, pos_weight=c)

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
    def test_parity_on_logits_of_a_thousand(self, reduction: str, label: float) -> None:
        x = torch.tensor([-1000.0, -100.0, -40.0, 0.0, 40.0, 100.0, 1000.0], dtype=torch.float64)
        y, c = torch.full_like(x, label), torch.full_like(x, 3.0)
        name = "binary_cross_entropy_with_logits"
        assert_parity(name, x, y, reduction=reduction)
        assert_parity(name, x, y, reduction=reduction, pos_weight=c)

    def test_no_digit_is_lost_where_the_loss_is_tiny(self) -> None:
        x = torch.tensor([40.0], dtype=torch.float64)
        loss = losses.binary_cross_entropy_with_logits(x, torch.ones_like(x))
        assert loss.item() == pytest.approx(torch.tensor(-40.0).double().exp().item(), rel=1e-12)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_parity_where_a_probability_is_tiny(self, dtype: torch.dtype) -> None:
        p = torch.tensor([1e-3, 1e-7, 1e-10, 1e-20, 1e-38], dtype=dtype)
        no = torch.zeros_like(p)
        ours = losses.binary_cross_entropy(p, no, reduction="none")
        theirs = F.binary_cross_entropy(p, no, reduction="none")
        torch.testing.assert_close(ours, theirs, rtol=2 * torch.finfo(dtype).eps, atol=0)

    def test_curvature_is_p_times_one_minus_p_everywhere(self) -> None:
        x = torch.tensor([-1000.0, -3.0, 0.0, 3.0, 1000.0], dtype=torch.float64)

        def total(x: Tensor) -> Tensor:
            return losses.binary_cross_entropy_with_logits(x, torch.ones_like(x), reduction="sum")

        hessian: Tensor = torch.autograd.functional.hessian(total, x)  # type: ignore[no-untyped-call]
        p = x.sigmoid()
        torch.testing.assert_close(hessian.diagonal(), p * (1 - p))

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_a_certain_mistake_costs_a_hundred(self, dtype: torch.dtype) -> None:
        p = torch.tensor([0.0, 1.0, 0.0, 1.0, 1e-44], dtype=dtype)
        y = torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0], dtype=dtype)
        value, gradient = value_and_gradient(losses.binary_cross_entropy, p, y, reduction="none")
        assert value.tolist() == [100, 100, 0, 0, 100]
        assert value.equal(F.binary_cross_entropy(p, y, reduction="none"))
        assert gradient.isfinite().all()
        assert gradient[:2].tolist() == [0, 0]

    def test_a_probability_just_above_the_floor_keeps_its_logarithm(self) -> None:
        p = torch.tensor([1e-43, 1e-30], dtype=torch.float64)
        assert_value = losses.binary_cross_entropy(p, torch.ones_like(p), reduction="none")
        torch.testing.assert_close(assert_value, -p.log())

    @given(x=st.floats(-30, 30), y=st.floats(0, 1))
    def test_logits_are_probabilities_before_the_sigmoid(self, x: float, y: float) -> None:
        logit, target = torch.tensor([x]).double(), torch.tensor([y]).double()
        got = losses.binary_cross_entropy_with_logits(logit, target)
        expected = losses.binary_cross_entropy(logit.sigmoid(), target)
        torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-9)

    @given(x=st.floats(-1e3, 1e3), y=st.floats(0, 1))
    def test_it_is_the_cross_entropy_of_two_classes(self, x: float, y: float) -> None:
        logit, target = torch.tensor([x]).double(), torch.tensor([y]).double()
        got = losses.binary_cross_entropy_with_logits(logit, target)
        two = torch.stack([torch.zeros_like(logit), logit], 1)
        expected = losses.cross_entropy(two, torch.stack([1 - target, target], 1))
        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-12)

    @given(x=st.floats(-50, 50), y=st.floats(0, 1))
    def test_swapping_the_classes_changes_nothing(self, x: float, y: float) -> None:
        logit, target = torch.tensor([x]).double(), torch.tensor([y]).double()
        got = losses.binary_cross_entropy_with_logits(-logit, 1 - target)
        expected = losses.binary_cross_entropy_with_logits(logit, target)
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-12)


def calls() -> Iterator[tuple[str, tuple[Tensor, ...], dict[str, Any]]]:
    """Yield each loss with arguments that it takes."""
    x, p = normal(4, 3), uniform(4, 3)
    for name in PAIRWISE:
        yield name, (x, p), {}
    yield "nll_loss", (x.log_softmax(1), labels((4,), 3)), {}
    yield "cross_entropy", (x, labels((4,), 3)), {"label_smoothing": 0.1}
    yield "cross_entropy", (x, p), {}
    yield "binary_cross_entropy", (p, p.round()), {}
    yield "binary_cross_entropy_with_logits", (x, p.round()), {"pos_weight": p[0]}


CALLS = list(calls())
NAMES = [name for name, _, _ in CALLS]


@pytest.mark.parametrize(("name", "args", "options"), CALLS, ids=NAMES)
class TestAll:
    def test_float32_stays_float32(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any]
    ) -> None:
        single = [a.float() if a.is_floating_point() else a for a in args]
        options = {k: v.float() if isinstance(v, Tensor) else v for k, v in options.items()}
        got, expected = (loss(*single, **options) for loss in pair(name))
        assert got.dtype == torch.float32
        torch.testing.assert_close(got, expected)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_a_mean_over_more_than_float16_can_count(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any], dtype: torch.dtype
    ) -> None:
        """Also where torch's own cross-entropy is nan, and in bfloat16 half a percent off."""
        many = [a.repeat(20_000, *[1] * (a.ndim - 1)) for a in args]
        half = [a.to(dtype) if a.is_floating_point() else a for a in many]
        options = {k: v.to(dtype) if isinstance(v, Tensor) else v for k, v in options.items()}
        got = pair(name)[0](*half, **options)
        assert got.dtype == dtype
        exact = [a.double() if a.is_floating_point() else a for a in half]
        options = {k: v.double() if isinstance(v, Tensor) else v for k, v in options.items()}
        expected = pair(name)[0](*exact, **options)
        torch.testing.assert_close(got.double(), expected, rtol=2 * torch.finfo(dtype).eps, atol=0)

    def test_runs_under_vmap(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any]
    ) -> None:
        loss, _ = pair(name)
        runs = [torch.stack([a, a.flip(0)]) for a in args]
        batched = torch.func.vmap(lambda x, y: loss(x, y, **options))(*runs)
        serial = torch.stack([loss(x, y, **options) for x, y in zip(*runs, strict=True)])
        torch.testing.assert_close(batched, serial, rtol=1e-14, atol=1e-14)

    def test_inputs_are_not_changed(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any]
    ) -> None:
        before = [a.clone() for a in args]
        pair(name)[0](*args, **options)
        assert all(a.equal(b) for a, b in zip(args, before, strict=True))

    def test_nan_gives_nan_in_its_own_row(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any]
    ) -> None:
        x, y = args[0].clone(), args[1]
        x[1] = torch.nan
        loss = pair(name)[0](x, y, reduction="none", **options)
        clean = pair(name)[0](*args, reduction="none", **options)
        assert loss[1].isnan().all()
        assert loss[[0, 2, 3]].equal(clean[[0, 2, 3]])

    @pytest.mark.parametrize("reduction", ["Mean", "average", "", None, 3])
    def test_refuses_an_unknown_reduction(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any], reduction: object
    ) -> None:
        with pytest.raises((ValueError, TypeError), match="reduction must be one of"):
            pair(name)[0](*args, reduction=reduction, **options)

    @pytest.mark.parametrize("bad", [1.0, None, [1.0], torch.tensor([1, 2])])
    def test_refuses_what_is_no_floating_point_tensor(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any], bad: object
    ) -> None:
        with pytest.raises(TypeError, match="input must be a"):
            pair(name)[0](bad, args[1], **options)

    @pytest.mark.parametrize("bad", [1.0, None, [1.0], torch.ones(4, 3, dtype=torch.int32)])
    def test_refuses_a_target_of_another_kind(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any], bad: object
    ) -> None:
        with pytest.raises(TypeError, match="target must"):
            pair(name)[0](args[0], bad, **options)

    def test_refuses_an_empty_tensor(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError, match="input must not be empty"):
            pair(name)[0](args[0][:0], args[1][:0], **options)

    @given(shape=st.lists(st.integers(1, 5), max_size=3))
    def test_refuses_a_target_of_another_shape(
        self, name: str, args: tuple[Tensor, ...], options: dict[str, Any], shape: list[int]
    ) -> None:
        x, y = args
        bad = torch.ones(shape, dtype=y.dtype)
        if bad.shape != y.shape:
            with pytest.raises(ValueError, match=r"target must have input's shape .* got "):
                pair(name)[0](x, bad, **options)


@pytest.mark.parametrize("name", [name for name in losses.__all__ if name != "smooth_l1_loss"])
@pytest.mark.parametrize("bad", [-1.0, -1e-300, torch.nan, torch.inf])
def test_refuses_a_weight_that_is_negative_or_not_finite(name: str, bad: float) -> None:
    args = next(args for n, args, _ in CALLS if n == name)
    weight = torch.tensor([1.0, bad, 1.0], dtype=torch.float64)
    with pytest.raises(
        ValueError, match=r"weight must be finite and >= 0, got (-1|-1e-300|nan|inf)"
    ):
        pair(name)[0](*args, weight=weight)


@pytest.mark.parametrize("name", [name for name in losses.__all__ if name != "smooth_l1_loss"])
def test_refuses_a_weight_of_another_shape_or_kind(name: str) -> None:
    args = next(args for n, args, _ in CALLS if n == name)
    loss, _ = pair(name)
    with pytest.raises(ValueError, match=r"weight must .*shape \(.*\), got \(2,\)"):
        loss(*args, weight=torch.ones(2).double())
    with pytest.raises(ValueError, match=r"weight must .*, got \(5, 4, 3\)"):
        loss(*args, weight=torch.ones(5, 4, 3).double())
    with pytest.raises(ValueError, match=r"weight must have input's dtype torch\.float64"):
        loss(*args, weight=torch.ones(3))
    with pytest.raises(TypeError, match=r"weight must be a torch\.Tensor, got 2\.0"):
        loss(*args, weight=2.0)
    with pytest.raises(TypeError, match="weight must be a floating-point tensor"):
        loss(*args, weight=torch.ones(3, dtype=torch.int64))


def test_refuses_a_pos_weight_that_is_negative_or_does_not_fit() -> None:
    x, y = normal(4, 3), uniform(4, 3).round()
    loss = losses.binary_cross_entropy_with_logits
    with pytest.raises(ValueError, match="pos_weight must be finite and >= 0, got -1"):
        loss(x, y, pos_weight=torch.tensor(-1.0).double())
    with pytest.raises(
        ValueError, match=r"pos_weight must broadcast to shape \(4, 3\), got \(4,\)"
    ):
        loss(x, y, pos_weight=torch.ones(4).double())


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_refuses_a_bad_delta(bad: float) -> None:
    with pytest.raises(ValueError, match="delta must be finite and > 0"):
        losses.huber_loss(normal(3), normal(3), delta=bad)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_refuses_a_bad_beta(bad: float) -> None:
    with pytest.raises(ValueError, match="beta must be finite and >= 0"):
        losses.smooth_l1_loss(normal(3), normal(3), beta=bad)


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_refuses_a_bad_label_smoothing(bad: float) -> None:
    with pytest.raises(ValueError, match=r"label_smoothing must be in \[0, 1\]"):
        losses.cross_entropy(normal(2, 3), labels((2,), 3), label_smoothing=bad)


@pytest.mark.parametrize("option", ["delta", "beta", "label_smoothing", "ignore_index"])
@pytest.mark.parametrize("bad", ["1", None, True, torch.ones(2)])
def test_refuses_an_option_of_another_kind(option: str, bad: object) -> None:
    name = {"delta": "huber_loss", "beta": "smooth_l1_loss"}.get(option, "cross_entropy")
    args = next(args for n, args, _ in CALLS if n == name)
    with pytest.raises(TypeError, match=f"{option} must be"):
        pair(name)[0](*args, **{option: bad})


@pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
@pytest.mark.parametrize("bad", [-1, 3, 100])
def test_refuses_a_class_that_is_not_there(name: str, bad: int) -> None:
    with pytest.raises(ValueError, match=rf"target must be in \[0, 2\] or .*\(-100\), got {bad}"):
        pair(name)[0](normal(2, 3), torch.tensor([0, bad]))


def test_refuses_a_scalar_where_classes_are_needed() -> None:
    with pytest.raises(ValueError, match="input must have at least 1 dimension"):
        losses.cross_entropy(torch.tensor(1.0), torch.tensor(0))


@pytest.mark.parametrize("shape", [(2,), (2, 4), (3, 5), (2, 5, 1)])
def test_names_the_shape_that_class_indices_must_have(shape: tuple[int, ...]) -> None:
    message = rf"target must have .* without the class dimension, \(2, 5\), got \({shape[0]},"
    with pytest.raises(ValueError, match=message):
        losses.nll_loss(normal(2, 3, 5), torch.zeros(shape, dtype=torch.int64))


def test_names_the_kinds_of_target_that_cross_entropy_takes() -> None:
    message = r"int64 class indices or floating-point probabilities, got torch\.int32$"
    with pytest.raises(TypeError, match=message):
        losses.cross_entropy(normal(2, 3), torch.zeros(2, dtype=torch.int32))


@pytest.mark.parametrize("name", losses.__all__)
def test_refuses_tensors_on_another_device(name: str) -> None:
    x, y = next(args for n, args, _ in CALLS if n == name)
    with pytest.raises(ValueError, match="target must have input's device cpu, got meta"):
        pair(name)[0](x, y.to("meta"))
    if name != "smooth_l1_loss":
        with pytest.raises(ValueError, match="weight must have input's device cpu, got meta"):
            pair(name)[0](x, y, weight=torch.ones(3, dtype=x.dtype, device="meta"))


def test_refuses_probabilities_where_nll_needs_indices() -> None:
    with pytest.raises(
        TypeError, match=r"^target must hold int64 class indices, got torch\.float64"
    ):
        losses.nll_loss(normal(2, 3), uniform(2, 3))


def test_refuses_to_ignore_probabilities() -> None:
    with pytest.raises(ValueError, match=r"ignore_index must be negative .* got 0"):
        losses.cross_entropy(normal(2, 3), uniform(2, 3), ignore_index=0)


@pytest.mark.parametrize("bad", [-0.1, 1.1, 2.0])
def test_refuses_probabilities_outside_the_unit_interval(bad: float) -> None:
    good = uniform(3)
    wrong = torch.tensor([0.5, bad, 0.5]).double()
    for loss, args, name in (
        (losses.binary_cross_entropy, (wrong, good), "input"),
        (losses.binary_cross_entropy, (good, wrong), "target"),
        (losses.binary_cross_entropy_with_logits, (good, wrong), "target"),
        (losses.cross_entropy, (good, wrong), "target"),
    ):
        with pytest.raises(ValueError, match=rf"{name} must be in \[0, 1\], got {bad:g}"):
            loss(*args)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("name", "args", "options"), CALLS, ids=NAMES)
def test_runs_on_cuda(name: str, args: tuple[Tensor, ...], options: dict[str, Any]) -> None:
    there = [a.cuda() for a in args]
    moved = {k: v.cuda() if isinstance(v, Tensor) else v for k, v in options.items()}
    got = pair(name)[0](*there, **moved)
    assert got.is_cuda
    torch.testing.assert_close(got.cpu(), pair(name)[0](*args, **options))
