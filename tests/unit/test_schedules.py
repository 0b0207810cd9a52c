"""Schedules against torch.optim.lr_scheduler over whole runs, and against what defines them."""

import inspect
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from itertools import product
from math import cos, inf, nan, pi
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor
from torch.optim import lr_scheduler as reference

from coursekit import schedules
from coursekit.schedules import (
    Constant,
    Cosine,
    CosineWarmRestarts,
    Exponential,
    InverseTime,
    Linear,
    MultiStep,
    OneCycle,
    PlateauState,
    ReduceOnPlateau,
    Schedule,
    Step,
    Warmup,
)

Scheduler = reference.LRScheduler
Factory = Callable[[torch.optim.Optimizer], Scheduler]

BASE_LR = 0.8
STEPS = 130


def optimizer(lr: float = BASE_LR) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def torch_curve(make: Factory, steps: int = STEPS) -> Tensor:
    """Return the factors that torch's scheduler goes through."""
    sgd = optimizer()
    scheduler = make(sgd)
    rates = [sgd.param_groups[0]["lr"]]
    for _ in range(steps - 1):
        sgd.step()
        scheduler.step()
        rates.append(sgd.param_groups[0]["lr"])
    return torch.tensor(rates, dtype=torch.float64) / BASE_LR


def assert_equal_to_torch(schedule: Schedule, make: Factory, steps: int = STEPS) -> None:
    expected = torch_curve(make, steps)
    whole = schedule(torch.arange(steps))
    assert isinstance(whole, Tensor)
    torch.testing.assert_close(whole, expected, rtol=1e-12, atol=1e-12)
    one_by_one = [schedule(t) for t in range(steps)]
    assert one_by_one == pytest.approx(whole.tolist(), rel=1e-14, abs=1e-14)


ONE_OF_EACH: list[Schedule] = [
    Constant(0.5),
    Step(7, gamma=0.5),
    MultiStep((3, 9), gamma=0.5),
    Exponential(0.9),
    InverseTime(0.1),
    Linear(total_iters=9),
    Cosine(20, min_factor=0.1),
    CosineWarmRestarts(5, T_mult=2),
    Warmup(4, then=Cosine(10)),
    OneCycle(30),
]


class TestAgainstTorch:
    @pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 2.5])
    def test_constant(self, factor: float) -> None:
        assert_equal_to_torch(Constant(factor), lambda o: reference.LambdaLR(o, lambda t: factor))

    @pytest.mark.parametrize("step_size", [1, 7, 200])
    @pytest.mark.parametrize("gamma", [0.1, 0.95, 1.0, 1.01])
    def test_step(self, step_size: int, gamma: float) -> None:
        assert_equal_to_torch(
            Step(step_size, gamma), lambda o: reference.StepLR(o, step_size, gamma)
        )

    @pytest.mark.parametrize("milestones", [(), (0,), (1, 2), (3, 50, 90), (50, 3), (5, 5), (999,)])
    @pytest.mark.parametrize("gamma", [0.1, 0.7])
    def test_multi_step(self, milestones: tuple[int, ...], gamma: float) -> None:
        assert_equal_to_torch(
            MultiStep(milestones, gamma), lambda o: reference.MultiStepLR(o, milestones, gamma)
        )

    @pytest.mark.parametrize("gamma", [0.5, 0.99, 1.0, 1.05])
    def test_exponential(self, gamma: float) -> None:
        assert_equal_to_torch(Exponential(gamma), lambda o: reference.ExponentialLR(o, gamma))

    @pytest.mark.parametrize("decay", [0.0, 0.01, 3.0])
    def test_inverse_time(self, decay: float) -> None:
        assert_equal_to_torch(
            InverseTime(decay), lambda o: reference.LambdaLR(o, lambda t: 1 / (1 + decay * t))
        )

    def test_inverse_time_is_adagrads_lr_decay(self) -> None:
        theta = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        adagrad = torch.optim.Adagrad([theta], lr=1.0, lr_decay=0.3, eps=0.0)
        steps, before = [], 0.0
        for _ in range(20):
            theta.grad = torch.ones_like(theta)
            adagrad.step()
            steps.append(before - theta.item())
            before = theta.item()
        t = torch.arange(20)
        expected = InverseTime(0.3)(t) / (t + 1.0).double().sqrt()
        torch.testing.assert_close(torch.tensor(steps).double(), expected)

    @pytest.mark.parametrize(("start", "end"), [(1 / 3, 1.0), (1.0, 0.0), (0.25, 0.5), (0.01, 0.9)])
    @pytest.mark.parametrize("total_iters", [1, 5, 40, 500])
    def test_linear(self, start: float, end: float, total_iters: int) -> None:
        assert_equal_to_torch(
            Linear(start, end, total_iters),
            lambda o: reference.LinearLR(o, start, end, total_iters),
        )

    @pytest.mark.parametrize("T_max", [1, 2, 25, 129, 1000])
    @pytest.mark.parametrize("min_factor", [0.0, 0.2, 1.0])
    def test_cosine_and_beyond_its_end(self, T_max: int, min_factor: float) -> None:
        eta_min = min_factor * BASE_LR
        assert_equal_to_torch(
            Cosine(T_max, min_factor), lambda o: reference.CosineAnnealingLR(o, T_max, eta_min)
        )

    @pytest.mark.parametrize("T_0", [1, 3, 10, 200])
    @pytest.mark.parametrize("T_mult", [1, 2, 3])
    @pytest.mark.parametrize("min_factor", [0.0, 0.2])
    def test_cosine_warm_restarts(self, T_0: int, T_mult: int, min_factor: float) -> None:
        eta_min = min_factor * BASE_LR
        assert_equal_to_torch(
            CosineWarmRestarts(T_0, T_mult, min_factor),
            lambda o: reference.CosineAnnealingWarmRestarts(o, T_0, T_mult, eta_min),
        )

    @pytest.mark.parametrize("total_steps", [2, 9, 100, 130])
    @pytest.mark.parametrize("anneal_strategy", ["cos", "linear"])
    @pytest.mark.parametrize("three_phase", [False, True])
    def test_one_cycle(self, total_steps: int, anneal_strategy: Any, three_phase: bool) -> None:
        for pct_start, factors in product((0.0, 0.3, 0.45, 1.0), ((25.0, 1e4), (4.0, 10.0))):
            self.compare_one_cycle(total_steps, pct_start, anneal_strategy, three_phase, factors)

    def compare_one_cycle(
        self,
        total_steps: int,
        pct_start: float,
        anneal_strategy: Any,
        three_phase: bool,
        factors: tuple[float, float],
    ) -> None:
        div_factor, final_div_factor = factors

        def make(o: torch.optim.Optimizer) -> Scheduler:
            return reference.OneCycleLR(
                o,
                max_lr=BASE_LR,
                total_steps=total_steps,
                pct_start=pct_start,
                anneal_strategy=anneal_strategy,
                cycle_momentum=False,
                div_factor=div_factor,
                final_div_factor=final_div_factor,
                three_phase=three_phase,
            )

        ours = OneCycle(
            total_steps, pct_start, anneal_strategy, div_factor, final_div_factor, three_phase
        )
        assert_equal_to_torch(ours, make, total_steps)

    @pytest.mark.parametrize("total_iters", [1, 4, 30])
    @pytest.mark.parametrize("start_factor", [1 / 3, 0.01, 1.0])
    @pytest.mark.parametrize(
        ("then", "make_then"),
        [
            (Constant(), lambda o: reference.LambdaLR(o, lambda t: 1.0)),
            (Exponential(0.97), lambda o: reference.ExponentialLR(o, 0.97)),
            (Step(9, 0.5), lambda o: reference.StepLR(o, 9, 0.5)),
            (MultiStep((4, 40)), lambda o: reference.MultiStepLR(o, [4, 40])),
            (InverseTime(0.2), lambda o: reference.LambdaLR(o, lambda t: 1 / (1 + 0.2 * t))),
            (Cosine(100), lambda o: reference.CosineAnnealingLR(o, 100)),
            (Linear(1.0, 0.0, 90), lambda o: reference.LinearLR(o, 1.0, 0.0, 90)),
            (CosineWarmRestarts(7, 2), lambda o: reference.CosineAnnealingWarmRestarts(o, 7, 2)),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Schedule) else "",
    )
    def test_warmup(
        self, total_iters: int, start_factor: float, then: Schedule, make_then: Factory
    ) -> None:
        def make(o: torch.optim.Optimizer) -> Scheduler:
            climb = reference.LinearLR(o, start_factor, 1.0, total_iters)
            return reference.SequentialLR(o, [climb, make_then(o)], [total_iters])

        assert_equal_to_torch(Warmup(total_iters, then, start_factor), make)


DEFAULTS = {
    Step: reference.StepLR,
    MultiStep: reference.MultiStepLR,
    Exponential: reference.ExponentialLR,
    Linear: reference.LinearLR,
    Cosine: reference.CosineAnnealingLR,
    CosineWarmRestarts: reference.CosineAnnealingWarmRestarts,
    OneCycle: reference.OneCycleLR,
    ReduceOnPlateau: reference.ReduceLROnPlateau,
}
RENAMED = {"eta_min": "min_factor", "min_lr": "min_factor"}


@pytest.mark.parametrize("ours", DEFAULTS, ids=lambda c: c.__name__)
def test_fields_and_defaults_are_torchs(ours: type) -> None:
    theirs = {RENAMED.get(k, k): p.default for k, p in parameters(DEFAULTS[ours]).items()}
    mine = {k: p.default for k, p in parameters(ours).items()}
    if ours is OneCycle:
        theirs["total_steps"] = inspect.Parameter.empty  # torch has a second way to give it
    assert mine == {k: theirs[k] for k in mine}
    left = {
        "optimizer", "last_epoch", "max_lr", "epochs", "steps_per_epoch",
        "cycle_momentum", "base_momentum", "max_momentum",
    }  # fmt: skip
    assert set(theirs) - set(mine) <= left


def test_a_warmup_by_itself_has_the_defaults_of_linear_lr() -> None:
    theirs, mine = parameters(reference.LinearLR), parameters(Warmup)
    for name in ("total_iters", "start_factor"):
        assert mine[name].default == theirs[name].default
    assert Warmup().then == Constant(1.0)
    assert Warmup()(torch.arange(9)).equal(Linear()(torch.arange(9)))  # type: ignore[union-attr, arg-type]


def parameters(thing: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(thing).parameters)


class TestShapes:
    @given(t=st.integers(0, 10**6), T=st.integers(1, 10**4))
    def test_cosine_is_symmetric_about_its_bottom(self, t: int, T: int) -> None:
        cosine = Cosine(T, min_factor=0.1)
        assert cosine(t) == pytest.approx(cosine(2 * T + t), abs=1e-6)
        assert cosine(min(t, T)) == pytest.approx(cosine(2 * T - min(t, T)), abs=1e-9)

    @given(T=st.integers(2, 500), low=st.floats(0, 0.9))
    def test_cosine_only_falls_until_its_bottom(self, T: int, low: float) -> None:
        curve = Cosine(T, low)(torch.arange(T + 1))
        assert (curve.diff() < 0).all()  # type: ignore[union-attr]
        assert curve[0] == 1  # type: ignore[index]
        assert curve[-1] == pytest.approx(low)  # type: ignore[index]

    @given(T_0=st.integers(1, 20), T_mult=st.integers(1, 4), cycle=st.integers(0, 9))
    def test_a_restart_is_at_the_full_rate(self, T_0: int, T_mult: int, cycle: int) -> None:
        start = sum(T_0 * T_mult**i for i in range(cycle))
        restarts = CosineWarmRestarts(T_0, T_mult)
        assert restarts(start) == 1
        if start:
            last = T_0 * T_mult ** (cycle - 1)
            before = 0.5 * (1 + cos(pi * (last - 1) / last))
            assert restarts(start - 1) == pytest.approx(before, abs=1e-12)

    @given(
        total=st.integers(1, 300),
        pct=st.floats(0, 1),
        strategy=st.sampled_from(["cos", "linear"]),
        three_phase=st.booleans(),
    )
    def test_one_cycle_stays_between_its_ends(
        self, total: int, pct: float, strategy: str, three_phase: bool
    ) -> None:
        assume(not three_phase or pct <= 0.5)
        schedule = OneCycle(total, pct, strategy, 25.0, 1e4, three_phase)
        curve = schedule(torch.arange(total + 20))
        assert isinstance(curve, Tensor)
        assert (curve <= 1 + 1e-12).all()
        assert (curve >= 1 / 25e4 - 1e-12).all()
        if total > 1 and pct < 0.5:
            torch.testing.assert_close(curve[total - 1 :], torch.full((21,), 1 / 25e4).double())

    def test_one_cycle_whose_climb_is_one_step_long_starts_at_the_top(self) -> None:
        schedule = OneCycle(4, pct_start=0.25, anneal_strategy="linear", final_div_factor=1.0)
        curve = schedule(torch.arange(4))
        expected = torch.tensor([1.0, 0.68, 0.36, 0.04], dtype=torch.float64)
        torch.testing.assert_close(curve, expected)

    @given(n=st.integers(1, 50), start=st.floats(0, 1), t=st.integers(0, 200))
    def test_warmup_hands_over_where_the_climb_ends(self, n: int, start: float, t: int) -> None:
        then = Exponential(0.9)
        warm = Warmup(n, then, start)
        assert warm(0) == pytest.approx(start)
        assert warm(n + t) == then(t)

    def test_warmups_nest(self) -> None:
        inner = Warmup(3, Cosine(5), start_factor=0.5)
        assert Warmup(2, inner, start_factor=0.0)(torch.arange(2, 12)).equal(  # type: ignore[union-attr]
            inner(torch.arange(10))  # type: ignore[arg-type]
        )

    @pytest.mark.parametrize("schedule", ONE_OF_EACH, ids=lambda s: type(s).__name__)
    def test_an_int_gives_a_float_and_a_tensor_its_shape(self, schedule: Schedule) -> None:
        assert type(schedule(3)) is float
        grid = schedule(torch.arange(12, dtype=torch.int32).reshape(3, 4))
        assert isinstance(grid, Tensor)
        assert grid.dtype == torch.float64
        assert grid.shape == (3, 4)
        one_by_one = [schedule(t) for t in range(12)]
        assert grid.flatten().tolist() == pytest.approx(one_by_one, rel=1e-14)

    @pytest.mark.parametrize(
        "make",
        [
            lambda x: Constant(x),
            lambda x: Step(3, x),
            lambda x: MultiStep((2, 5), x),
            lambda x: Exponential(x),
            lambda x: InverseTime(x),
            lambda x: Linear(x, 1.0, 4),
            lambda x: Linear(1.0, x, 4),
            lambda x: Cosine(6, x),
            lambda x: CosineWarmRestarts(3, 2, x),
            lambda x: Warmup(3, Constant(), x),
            lambda x: Warmup(3, Exponential(x)),
            lambda x: OneCycle(10, div_factor=x),
            lambda x: OneCycle(10, final_div_factor=x, three_phase=True),
        ],
    )
    def test_a_batch_of_fields_is_that_many_schedules(
        self, make: Callable[[Any], Schedule]
    ) -> None:
        values = [0.2, 0.5, 0.9]
        column = torch.tensor(values, dtype=torch.float64)[:, None]
        together = make(column)(torch.arange(10))
        assert isinstance(together, Tensor)
        apart = torch.stack([torch.as_tensor(make(v)(torch.arange(10))) for v in values])
        torch.testing.assert_close(together, apart, rtol=1e-15, atol=0)
        at_once = make(column)(4)
        assert isinstance(at_once, Tensor)
        torch.testing.assert_close(at_once, apart[:, 4:5], rtol=1e-15, atol=0)

    def test_a_schedule_of_ones_own(self) -> None:
        class Triangle(Schedule):
            def at(self, t: Tensor) -> Tensor:
                return 1 - (t % 4) / 4

        assert Triangle()(5) == 0.75
        assert Warmup(2, Triangle())(4) == 0.5

    @pytest.mark.parametrize("schedule", [*ONE_OF_EACH, ReduceOnPlateau()])
    def test_schedules_are_frozen(self, schedule: Any) -> None:
        name = next(iter(vars(schedule)))
        with pytest.raises(FrozenInstanceError):
            setattr(schedule, name, 1)


def plateau_metrics(seed: int, n: int = 200) -> list[float]:
    """Return a falling, noisy metric that stalls for long stretches."""
    g = torch.Generator().manual_seed(seed)
    falling = torch.exp(-torch.arange(n).div(30, rounding_mode="floor") / 3).double()
    return (falling + 0.01 * torch.randn(n, generator=g, dtype=torch.float64)).tolist()


def run_plateau(plateau: ReduceOnPlateau, metrics: Any) -> tuple[list[Tensor], PlateauState]:
    state = plateau.init()
    factors = []
    for metric in metrics:
        factor, state = plateau.update(metric, state)
        assert factor is state.factor
        factors.append(factor)
    return factors, state


class TestReduceOnPlateau:
    @pytest.mark.parametrize(("mode", "worst"), [("min", inf), ("max", -inf)])
    def test_it_begins_with_nothing_seen(self, mode: str, worst: float) -> None:
        state = ReduceOnPlateau(mode=mode).init()
        assert [float(part) for part in state] == [1, worst, 0, 0]

    @pytest.mark.parametrize("mode", ["min", "max"])
    @pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
    @pytest.mark.parametrize(("min_factor", "eps"), [(0.0, 1e-8), (0.05, 1e-8), (0.0, 0.02)])
    def test_parity(self, mode: Any, threshold_mode: Any, min_factor: float, eps: float) -> None:
        for threshold, patience, cooldown in product((0.0, 1e-4, 0.05), (0, 1, 5), (0, 1, 4)):
            self.compare(mode, threshold_mode, threshold, patience, cooldown, min_factor, eps)

    def compare(
        self,
        mode: Any,
        threshold_mode: Any,
        threshold: float,
        patience: int,
        cooldown: int,
        min_factor: float,
        eps: float,
    ) -> None:
        sgd = optimizer()
        theirs = reference.ReduceLROnPlateau(
            sgd,
            mode,
            0.5,
            patience,
            threshold,
            threshold_mode,
            cooldown,
            min_factor * BASE_LR,
            eps * BASE_LR,
        )
        ours = ReduceOnPlateau(
            mode, 0.5, patience, threshold, threshold_mode, cooldown, min_factor, eps
        )
        state = ours.init()
        for metric in plateau_metrics(patience):
            metric = metric if mode == "min" else -metric
            theirs.step(metric)
            factor, state = ours.update(metric, state)
            expected = sgd.param_groups[0]["lr"] / BASE_LR
            assert factor.item() == pytest.approx(expected, rel=1e-12, abs=1e-12)
            assert state.best.item() == theirs.best
            assert state.bad_steps.item() == theirs.num_bad_epochs
            assert state.cooldown.item() == theirs.cooldown_counter

    @pytest.mark.parametrize("bad", [nan, inf, -inf])
    def test_parity_on_metrics_that_are_not_finite(self, bad: float) -> None:
        metrics = [1.0, bad, 0.5, bad, bad, bad, 0.4, 0.3]
        sgd = optimizer(1.0)
        theirs = reference.ReduceLROnPlateau(sgd, patience=1)
        expected = []
        for metric in metrics:
            theirs.step(metric)
            expected.append(sgd.param_groups[0]["lr"])
        factors, _ = run_plateau(ReduceOnPlateau(patience=1), metrics)
        assert [f.item() for f in factors] == pytest.approx(expected)

    @pytest.mark.parametrize("mode", ["min", "max"])
    @pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
    def test_as_good_as_the_best_is_not_better(self, mode: str, threshold_mode: str) -> None:
        plateau = ReduceOnPlateau(mode, threshold=0.25, threshold_mode=threshold_mode)
        step = 0.75 if mode == "min" else 1.25
        _, state = run_plateau(plateau, [1.0, step, 1.0])
        assert [state.best.item(), state.bad_steps.item()] == [1.0, 2.0]

    def test_runs_side_by_side_are_the_runs_apart(self) -> None:
        apart = [plateau_metrics(seed) for seed in range(6)]
        plateau = ReduceOnPlateau(factor=0.7, patience=2, cooldown=1)
        together, state = run_plateau(plateau, torch.tensor(apart, dtype=torch.float64).T)
        for i, metrics in enumerate(apart):
            alone, last = run_plateau(plateau, metrics)
            assert [f[i].item() for f in together] == [f.item() for f in alone]
            assert [part[i] for part in state] == list(last)

    def test_a_batch_of_fields_is_that_many_plateaus(self) -> None:
        factors = [0.2, 0.5, 0.9]
        batched = ReduceOnPlateau(factor=torch.tensor(factors, dtype=torch.float64), patience=1)
        together, _ = run_plateau(batched, plateau_metrics(0))
        for i, factor in enumerate(factors):
            alone, _ = run_plateau(ReduceOnPlateau(factor=factor, patience=1), plateau_metrics(0))
            assert together[-1][i].item() == pytest.approx(alone[-1].item(), rel=1e-14)

    def test_the_state_handed_in_is_not_changed(self) -> None:
        plateau = ReduceOnPlateau(patience=0)
        _, state = plateau.update(1.0, plateau.init())
        before = PlateauState(*(part.clone() for part in state))
        plateau.update(2.0, state)
        assert state == before

    def test_a_metric_with_a_graph_leaves_none_in_the_state(self) -> None:
        plateau = ReduceOnPlateau()
        _, state = plateau.update(torch.ones((), requires_grad=True), plateau.init())
        assert not state.best.requires_grad

    @given(patience=st.integers(0, 20), factor=st.floats(0.01, 0.99))
    def test_a_metric_that_never_improves_drops_every_patience_plus_one(
        self, patience: int, factor: float
    ) -> None:
        plateau = ReduceOnPlateau(factor=factor, patience=patience, eps=0.0)
        factors, _ = run_plateau(plateau, [1.0] * (1 + 3 * (patience + 1)))
        assert factors[-1].item() == pytest.approx(factor**3)
        assert factors[-2].item() == pytest.approx(factor**2)

    @pytest.mark.parametrize("bad", [None, "1", True, [1.0]])
    def test_refuses_a_metric_of_another_kind(self, bad: Any) -> None:
        plateau = ReduceOnPlateau()
        with pytest.raises(TypeError, match="metric must be a number or a tensor, got"):
            plateau.update(bad, plateau.init())

    def test_refuses_a_metric_that_does_not_fit(self) -> None:
        plateau = ReduceOnPlateau()
        _, state = plateau.update(torch.ones(3), plateau.init())
        with pytest.raises(ValueError, match=r"metric must broadcast .* \(3,\), got shape \(2,\)"):
            plateau.update(torch.ones(2), state)
        with pytest.raises(ValueError, match="metric must not be empty"):
            plateau.update(torch.ones(0), state)
        apart = ReduceOnPlateau(factor=torch.full((3,), 0.5), threshold=torch.full((2,), 0.1))
        said = r"threshold must broadcast against the metric with factor of shape \(3,\), got"
        with pytest.raises(ValueError, match=said):
            apart.update(1.0, apart.init())
        with pytest.raises(TypeError, match="metric must be a floating-point tensor"):
            plateau.update(torch.ones(3, dtype=torch.int64), state)
        with pytest.raises(
            ValueError, match=r"metric must not be beyond a float's range, got 1000"
        ):
            plateau.update(10**400, state)

    @pytest.mark.parametrize("bad", [None, 1.0, (1.0, 2.0, 0.0, 0.0)])
    def test_refuses_a_state_of_another_kind(self, bad: Any) -> None:
        with pytest.raises(TypeError, match="state must be a PlateauState, got"):
            ReduceOnPlateau().update(1.0, bad)


COUNTS: list[tuple[Callable[[Any], Any], str, int]] = [
    (lambda v: Step(v), "step_size", 1),
    (lambda v: MultiStep((3, v)), "milestones", 0),
    (lambda v: Linear(total_iters=v), "total_iters", 1),
    (lambda v: Cosine(v), "T_max", 1),
    (lambda v: CosineWarmRestarts(v), "T_0", 1),
    (lambda v: CosineWarmRestarts(3, v), "T_mult", 1),
    (lambda v: Warmup(v), "total_iters", 1),
    (lambda v: OneCycle(v), "total_steps", 1),
    (lambda v: ReduceOnPlateau(patience=v), "patience", 0),
    (lambda v: ReduceOnPlateau(cooldown=v), "cooldown", 0),
]
# make, field, lowest, highest, whether the lowest and the highest themselves are allowed
REALS: list[tuple[Callable[[Any], Any], str, float, float, bool, bool]] = [
    (lambda v: Constant(v), "factor", 0, inf, True, False),
    (lambda v: Step(3, v), "gamma", 0, inf, True, False),
    (lambda v: MultiStep((3,), v), "gamma", 0, inf, True, False),
    (lambda v: Exponential(v), "gamma", 0, inf, True, False),
    (lambda v: InverseTime(v), "decay", 0, inf, True, False),
    (lambda v: Linear(v), "start_factor", 0, inf, True, False),
    (lambda v: Linear(1.0, v), "end_factor", 0, inf, True, False),
    (lambda v: Cosine(3, v), "min_factor", 0, 1, True, True),
    (lambda v: CosineWarmRestarts(3, 1, v), "min_factor", 0, 1, True, True),
    (lambda v: Warmup(3, Constant(), v), "start_factor", 0, 1, True, True),
    (lambda v: OneCycle(3, v), "pct_start", 0, 1, True, True),
    (lambda v: OneCycle(3, div_factor=v), "div_factor", 0, inf, False, False),
    (lambda v: OneCycle(3, final_div_factor=v), "final_div_factor", 0, inf, False, False),
    (lambda v: ReduceOnPlateau(factor=v), "factor", 0, 1, True, False),
    (lambda v: ReduceOnPlateau(threshold=v), "threshold", 0, inf, True, False),
    (lambda v: ReduceOnPlateau(min_factor=v), "min_factor", 0, 1, True, True),
    (lambda v: ReduceOnPlateau(eps=v), "eps", 0, inf, True, False),
]


class TestBadInput:
    @pytest.mark.parametrize(("make", "name", "low"), COUNTS)
    @given(value=st.integers(-(10**6), 10**6))
    def test_counts(self, make: Callable[[Any], Any], name: str, low: int, value: int) -> None:
        if value >= low:
            make(value)
        else:
            with pytest.raises(
                ValueError, match=f"{name} must be an integer >= {low}, got {value}"
            ):
                make(value)

    @pytest.mark.parametrize(("make", "name", "low"), COUNTS)
    @pytest.mark.parametrize("bad", [1.0, "3", None, True, torch.tensor(3)])
    def test_counts_of_another_kind(
        self, make: Callable[[Any], Any], name: str, low: int, bad: object
    ) -> None:
        make(low)
        with pytest.raises(TypeError, match=f"{name} must be an integer"):
            make(bad)

    @pytest.mark.parametrize(("make", "name", "low", "high", "low_ok", "high_ok"), REALS)
    @given(value=st.floats() | st.floats(-2, 2))
    def test_reals(
        self,
        make: Callable[[Any], Any],
        name: str,
        low: float,
        high: float,
        low_ok: bool,
        high_ok: bool,
        value: float,
    ) -> None:
        if low < value < high or (value == low and low_ok) or (value == high and high_ok):
            make(value)
        else:
            with pytest.raises(ValueError, match=f"{name} must be "):
                make(value)

    @pytest.mark.parametrize(("make", "name", "low", "high", "low_ok", "high_ok"), REALS)
    @pytest.mark.parametrize("bad", ["0.5", None, True, [0.5]])
    def test_reals_of_another_kind(
        self,
        make: Callable[[Any], Any],
        name: str,
        low: float,
        high: float,
        low_ok: bool,
        high_ok: bool,
        bad: object,
    ) -> None:
        for edge, allowed in ((float(low), low_ok), (float(high), high_ok)):
            if allowed:
                make(edge)
            else:
                with pytest.raises(ValueError, match=name):
                    make(edge)
        with pytest.raises(TypeError, match=f"{name} must be a real number"):
            make(bad)

    @pytest.mark.parametrize(
        ("make", "name"),
        [
            (lambda v: OneCycle(3, anneal_strategy=v), "anneal_strategy"),
            (lambda v: ReduceOnPlateau(mode=v), "mode"),
            (lambda v: ReduceOnPlateau(threshold_mode=v), "threshold_mode"),
        ],
    )
    def test_names(self, make: Callable[[Any], Any], name: str) -> None:
        with pytest.raises(ValueError, match=f"{name} must be one of .*, got 'mni'"):
            make("mni")
        with pytest.raises(TypeError, match=f"{name} must be one of .*, got 1"):
            make(1)

    @pytest.mark.parametrize("bad", [3, "12", None, {3}, torch.tensor([3])])
    def test_milestones_of_another_kind(self, bad: Any) -> None:
        with pytest.raises(TypeError, match="milestones must be a sequence of integers, got"):
            MultiStep(bad)

    @pytest.mark.parametrize("bad", [None, 1.0, lambda t: t, Cosine, ReduceOnPlateau()])
    def test_then_of_another_kind(self, bad: Any) -> None:
        with pytest.raises(TypeError, match="then must be a Schedule, got"):
            Warmup(3, then=bad)

    def test_three_phase_of_another_kind(self) -> None:
        with pytest.raises(TypeError, match="three_phase must be True or False, got 1"):
            OneCycle(3, three_phase=1)  # type: ignore[arg-type]

    @pytest.mark.parametrize("schedule", ONE_OF_EACH, ids=lambda s: type(s).__name__)
    def test_steps(self, schedule: Schedule) -> None:
        for negative in (-1, torch.tensor([0, -1])):
            with pytest.raises(ValueError, match=r"step must be .*>= 0, got -1"):
                schedule(negative)
        with pytest.raises(ValueError, match="step must hold at least one number"):
            schedule(torch.arange(0))
        for kind in (1.0, "1", None, True, [1], torch.ones(2), torch.tensor([True])):
            with pytest.raises(TypeError, match="step must be a"):
                schedule(kind)  # type: ignore[arg-type]


def test_every_schedule_is_public() -> None:
    classes = {n for n, c in vars(schedules).items() if inspect.isclass(c)}
    ours = {n for n in classes if getattr(schedules, n).__module__ == schedules.__name__}
    assert ours == set(schedules.__all__)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("schedule", ONE_OF_EACH, ids=lambda s: type(s).__name__)
def test_runs_on_cuda(schedule: Schedule) -> None:
    t = torch.arange(40)
    there, here = schedule(t.cuda()), schedule(t)
    assert isinstance(there, Tensor)
    assert there.is_cuda
    torch.testing.assert_close(there.cpu(), here)


@pytest.mark.parametrize(
    "schedule",
    [
        Exponential(torch.tensor([0.5, 0.9])),
        OneCycle(6, div_factor=torch.full((2,), 4.0), final_div_factor=torch.ones(2, 1)),
        Warmup(2, then=Cosine(3, min_factor=torch.tensor([0.1, 0.2]))),
    ],
)
def test_a_field_that_does_not_go_with_the_steps_is_named(schedule: Schedule) -> None:
    said = r"^(gamma|div_factor|min_factor) must broadcast against step of shape \(3,\), got shape"
    with pytest.raises(ValueError, match=said):
        schedule(torch.arange(3))
    assert schedule(1).shape[-1] == 2  # type: ignore[union-attr]


def test_fields_that_do_not_go_together_are_named() -> None:
    schedule = Linear(start_factor=torch.ones(2), end_factor=torch.ones(3))
    said = r"^end_factor must broadcast against step with start_factor of shape \(2,\), got"
    with pytest.raises(ValueError, match=said):
        schedule(0)


def test_a_schedule_of_ones_own_may_hold_a_table() -> None:
    class Table(Schedule):
        def __init__(self) -> None:
            self.factors = torch.tensor([1.0, 0.5, 0.25, 0.0])

        def at(self, t: Tensor) -> Tensor:
            return self.factors[t.long()]

    assert Table()(torch.arange(3)).tolist() == [1.0, 0.5, 0.25]  # type: ignore[union-attr]


def test_factors_are_as_exact_as_what_they_go_with() -> None:
    gamma = torch.tensor([[0.5], [0.9]])
    for dtype in (torch.float32, torch.float64):
        schedule = Exponential(gamma.to(dtype))
        assert schedule(3).dtype == dtype  # type: ignore[union-attr]
        assert schedule(torch.arange(3)).dtype == torch.float64  # type: ignore[union-attr]
    assert Exponential(torch.tensor([1, 2]))(3).dtype == torch.float64  # type: ignore[union-attr]
