"""Descents: the path taken, many runs at once, and what a run that diverges may not do."""

import io
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, cast

import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from coursekit import _progress, descent
from coursekit.descent import descend
from coursekit.optim import (
    RULES,
    SGD,
    Adam,
    Momentum,
    RMSprop,
    Rprop,
    Rule,
    hyper_parameters,
)
from coursekit.schedules import Constant, Step
from coursekit.surfaces import Surface, bowl, get, names

F64 = torch.float64

rosenbrock = get("rosenbrock")


def square(theta: Tensor) -> Tensor:
    return theta.square().sum(-1)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=F64, generator=seeded(seed))


@dataclass(frozen=True)
class Careless:
    """A reader's rule that gets the shape or dtype of what it returns wrong."""

    wrong: Callable[[Tensor], Tensor]
    lr: float = 0.1

    def init(self, theta: Tensor) -> None:
        return None

    def update(self, theta: Tensor, grad: Tensor, state: None) -> tuple[Tensor, None]:
        return self.wrong(theta - self.lr * grad), state


VECTORS = [rule for rule in RULES if rule.dims < 2]  # type: ignore[attr-defined]
MATRICES = [rule for rule in RULES if rule.dims == 2]  # type: ignore[attr-defined]


# --- the path --------------------------------------------------------------------------------


@pytest.mark.parametrize("rule_type", VECTORS, ids=lambda r: r.__name__)
def test_the_path_is_that_of_the_rule_stepped_by_hand(rule_type: Callable[..., Rule]) -> None:
    rule = rule_type(lr=1e-3)
    path = descend(rosenbrock, rosenbrock.start, rule, 30)
    theta, state = rosenbrock.start, rule.init(rosenbrock.start)
    for step in range(31):
        assert torch.equal(path.points[step], theta)
        assert torch.equal(path.values[step], rosenbrock(theta))
        x, y = theta
        grad = torch.stack((-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)))
        by_autograd = torch.autograd.functional.jacobian(rosenbrock, theta)  # type: ignore[no-untyped-call]
        torch.testing.assert_close(by_autograd, grad, rtol=1e-12, atol=1e-12)
        theta, state = rule.update(theta, by_autograd, state)


def test_it_arrives() -> None:
    valley = bowl(100.0)
    path = descend(valley, valley.start, SGD(lr=2 / 101), 1000)
    assert path.values[-1] < 1e-15
    assert (path.values.diff() < 0).all()


@given(st.floats(0.01, 0.99), st.integers(0, 40))
@settings(max_examples=25)
def test_plain_descent_on_a_quadratic_is_a_power(lr: float, steps: int) -> None:
    path = descend(lambda x: square(x) / 2, torch.ones(1, dtype=F64), SGD(lr), steps)
    wanted = (1 - lr) ** torch.arange(steps + 1, dtype=F64)
    torch.testing.assert_close(path.points[:, 0], wanted, rtol=1e-12, atol=1e-300)
    torch.testing.assert_close(path.values, wanted**2 / 2, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("lead", [(), (1,), (4,), (2, 3)])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_shapes_and_dtype(dtype: torch.dtype, lead: tuple[int, ...], steps: int) -> None:
    start = torch.ones(*lead, 5, dtype=dtype)
    path = descend(square, start, SGD(0.1), steps)
    assert path.points.shape == (steps + 1, *lead, 5)
    assert path.values.shape == (steps + 1, *lead)
    assert path.points.dtype == path.values.dtype == dtype
    assert not path.points.requires_grad
    assert not path.values.requires_grad
    assert torch.equal(path.points[0], start)


def test_start_is_left_as_it_was_and_not_shared() -> None:
    start = torch.ones(2, dtype=F64, requires_grad=True)
    path = descend(square, start, SGD(0.1), 3)
    path.points.zero_()
    assert torch.equal(start, torch.ones(2, dtype=F64))
    assert start.grad is None


def test_start_is_safe_from_a_noise_that_changes_its_argument() -> None:
    start = torch.ones(2)
    descend(square, start, SGD(0.1), 1, noise=lambda theta, generator: theta.zero_())
    assert torch.equal(start, torch.ones(2))


def test_it_runs_where_gradients_are_switched_off() -> None:
    with torch.no_grad():
        path = descend(square, torch.ones(2), SGD(0.25), 1)
    assert path.points[-1].tolist() == [0.5, 0.5]


# --- as it was before it was made faster ------------------------------------------------------


def by_the_first_loop(
    objective: Callable[[Tensor], Tensor],
    start: Tensor,
    rule: Any,
    steps: int,
    schedule: Callable[[int], Any] | None = None,
    noise: Any = None,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """The loop that the course began with: plain, and the standard of every later one."""
    theta = start.detach()
    for value in (*hyper_parameters(rule).values(), noise):
        if isinstance(value, Tensor):
            theta = theta.expand(torch.broadcast_shapes(theta.shape, value.shape))  # type: ignore[no-untyped-call]
    theta = theta.clone()
    state = rule.init(theta)
    points = theta.new_empty((steps + 1, *theta.shape))
    values = theta.new_empty((steps + 1, *theta.shape[:-1]))
    points[0] = theta
    for step in range(steps):
        leaf = theta.detach().requires_grad_()
        value = objective(leaf)
        (grad,) = torch.autograd.grad(value.sum(), leaf)
        with torch.no_grad():
            values[step] = value
            if noise is not None:
                grad = grad + noise * torch.randn(
                    theta.shape, generator=generator, dtype=theta.dtype
                )
            now = rule if schedule is None else replace(rule, lr=rule.lr * schedule(step))
            theta, state = now.update(theta, grad, state)
            points[step + 1] = theta
    values[steps] = objective(theta)
    return points, values


def same_bits(one: Tensor, other: Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


@pytest.fixture(params=[None, 14], ids=["whole", "blocks of 7"])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    if request.param:
        monkeypatch.setattr(descent, "BLOCK", request.param)
        monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    return cast("int | None", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("rule_type", VECTORS, ids=lambda r: r.__name__)
def test_every_run_is_bit_for_bit_what_the_first_loop_makes_it(
    rule_type: Callable[..., Rule],
) -> None:
    surfaces = [*map(get, names()), bowl(20.0, 0.4)]
    for there, dtype in product(surfaces, (torch.float32, F64)):
        lr = torch.logspace(-4, 0, 31, dtype=dtype)[:, None]
        start = there.start.to(dtype) + random(31, 2).to(dtype) / 10
        rule = rule_type(lr=lr)
        path = descend(there, start, rule, 12)
        points, values = by_the_first_loop(there, start, rule, 12)
        same_bits(path.points, points)
        same_bits(path.values, values)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    "schedule",
    [
        None,
        Constant(0.5),
        Step(3, 0.5),
        lambda step: 0.9**step,
        lambda step: torch.linspace(0.1, 1, 31)[:, None] ** step,
        lambda step: 0.5 if step % 2 else torch.full((31, 1), 0.25),
    ],
)
@pytest.mark.parametrize("noisy", [False, True])
def test_so_it_is_under_every_schedule_and_with_noise(schedule: Any, noisy: bool) -> None:
    start = rosenbrock.start.float()
    rule = Adam(lr=torch.logspace(-3, -1, 31)[:, None], beta1=torch.tensor(0.8))
    drawn: list[dict[str, Any]] = [
        {"noise": torch.tensor([[0.1]]), "generator": seeded(3)} if noisy else {} for _ in range(2)
    ]
    path = descend(rosenbrock, start, rule, 9, schedule, **drawn[0])
    points, values = by_the_first_loop(rosenbrock, start, rule, 9, schedule, **drawn[1])
    same_bits(path.points, points)
    same_bits(path.values, values)


def test_blocks_are_taken_where_they_may_be_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(descent, "BLOCK", 6)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    seen: list[int] = []

    def counting(theta: Tensor) -> Tensor:
        seen.append(len(theta))
        return square(theta)

    watched = Surface("watched", counting, torch.zeros(1, 2), ((-1, 1), (-1, 1)), torch.ones(2))
    start = random(31, 2)
    descend(watched, start, SGD(0.1), 1)
    assert set(seen) == {3, 1}
    for objective, rule, options in (
        (counting, SGD(0.1), {}),
        (watched, Careless(lambda theta: theta), {}),
        (watched, SGD(0.1), {"noise": 0.1, "generator": seeded()}),
        (watched, SGD(0.1), {"schedule": lambda step: torch.tensor([[0.5]])}),
    ):
        seen.clear()
        descend(objective, start, rule, 1, **options)
        assert set(seen) == {31}


def test_a_factor_that_stays_makes_no_new_rule() -> None:
    made: list[float] = []

    @dataclass(frozen=True)
    class Counted(SGD):
        def __post_init__(self) -> None:
            made.append(cast(float, self.lr))
            super().__post_init__()

    rule = Counted(1.0)
    descend(square, torch.ones(2), rule, 20, schedule=Step(10, 0.5))
    assert made == [1.0, 1.0, 0.5]


# --- what is kept ----------------------------------------------------------------------------


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("keep", "steps"),
    [
        ("all", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("last", [7]),
        (1, [0, 1, 2, 3, 4, 5, 6, 7]),
        (3, [0, 3, 6, 7]),
        (7, [0, 7]),
        (100, [0, 7]),
    ],
)
def test_what_is_kept_is_a_part_of_the_path(keep: Any, steps: list[int]) -> None:
    start = random(31, 2)
    whole = descend(rosenbrock, start, Momentum(1e-3), 7)
    part = descend(rosenbrock, start, Momentum(1e-3), 7, keep=keep)
    assert part.steps is not None
    assert part.steps.tolist() == steps
    same_bits(part.points, whole.points[steps])
    same_bits(part.values, whole.values[steps])
    frame = whole.to_frame()
    pd.testing.assert_frame_equal(
        part.to_frame(), frame[frame["step"].isin(steps)].reset_index(drop=True)
    )


def test_nothing_to_take_leaves_the_start() -> None:
    for keep in ("all", "last", 2):
        path = descend(square, torch.ones(2), SGD(0.1), 0, keep=keep)
        assert path.points.tolist() == [[1.0, 1.0]]
        assert path.values.tolist() == [2.0]


# --- Ctrl-C, the bar -------------------------------------------------------------------------


def pressed_at(call: int) -> Callable[[Tensor], Tensor]:
    """The square, during whose ``call``-th evaluation Ctrl-C is pressed."""
    calls = iter(range(1, 10**6))

    def objective(theta: Tensor) -> Tensor:
        if next(calls) == call:
            raise KeyboardInterrupt
        return square(theta)

    return objective


@pytest.mark.parametrize(
    ("keep", "call", "steps"),
    [
        ("all", 1, [0]),
        ("all", 4, [0, 1, 2, 3]),
        ("last", 4, [3]),
        (2, 4, [0, 2, 3]),
        (3, 4, [0, 3]),
        ("all", 9, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_ctrl_c_gives_what_there_is(keep: Any, call: int, steps: list[int]) -> None:
    whole = descend(square, torch.ones(3, 2), SGD(0.1), 8)
    path = descend(pressed_at(call), torch.ones(3, 2), SGD(0.1), 8, keep=keep)
    assert path.interrupted
    assert not whole.interrupted
    assert path.steps is not None
    assert path.steps.tolist() == steps
    same_bits(path.points, whole.points[steps])
    same_bits(path.values, whole.values[steps])
    assert torch.is_grad_enabled()


def test_ctrl_c_between_blocks_leaves_out_what_was_not_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(descent, "BLOCK", 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    start = random(7, 2)
    slow = Surface("slow", pressed_at(8), torch.zeros(1, 2), ((-1, 1), (-1, 1)), start[0])
    path = descend(slow, start, SGD(0.1), 4)
    whole = descend(square, start, SGD(0.1), 4)
    assert path.interrupted
    same_bits(path.points[:, :2], whole.points[:, :2])
    same_bits(path.points[:2, 2:4], whole.points[:2, 2:4])
    assert path.points[2:, 2:4].isnan().all()
    assert path.points[:, 4:].isnan().all()
    assert path.values[2:, 2:4].isnan().all()


def test_a_bar_counts_the_steps_for_a_person_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0.0)
    for progress, shown in ((True, True), (False, False), (None, False)):
        stderr = io.StringIO()
        monkeypatch.setattr("sys.stderr", stderr)
        descend(square, torch.ones(2), SGD(0.1), 3, progress=progress)
        assert ("/3" in stderr.getvalue()) is shown


# --- compiled --------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler on this machine")
def test_a_compiled_step_is_the_same_up_to_rounding() -> None:
    lr = torch.logspace(-4, -2, 50, dtype=F64)[:, None]
    start = rosenbrock.start + random(50, 2) / 10
    for schedule in (None, Step(2, 0.5)):
        plain = descend(rosenbrock, start, Adam(lr), 8, schedule)
        fused = descend(rosenbrock, start, Adam(lr), 8, schedule, compile=True)
        assert fused.points.shape == plain.points.shape
        torch.testing.assert_close(fused.points, plain.points, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(fused.values, plain.values, rtol=1e-10, atol=1e-12)
    drawn: dict[str, Any] = {"noise": 0.1, "keep": "last"}
    plain = descend(rosenbrock, start, Adam(lr), 8, generator=seeded(), **drawn)
    fused = descend(rosenbrock, start, Adam(lr), 8, generator=seeded(), compile=True, **drawn)
    torch.testing.assert_close(fused.points, plain.points, rtol=1e-10, atol=1e-12)


def test_without_a_compiler_it_says_why_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_compiler(function: object, **options: object) -> Callable[..., None]:
        def fails(*arguments: object) -> None:
            raise RuntimeError("no g++ to be found\nin a long story")

        return fails

    monkeypatch.setattr(torch, "compile", no_compiler)
    start = random(5, 2)
    given: list[dict[str, Any]] = [{}, {"noise": 0.1}]
    for options in given:
        plain = partial(descend, square, start, Adam(0.1), 6, **options)
        message = r"^compile=True goes on .*\(no g\+\+ to be found\)$"
        with pytest.warns(RuntimeWarning, match=message) as said:
            got = plain(generator=seeded(), compile=True)
        assert [one.filename for one in said] == [__file__]
        wanted = plain(generator=seeded())
        torch.testing.assert_close(got.points, wanted.points, rtol=1e-12, atol=1e-12)
    with pytest.raises(ValueError, match=r"^objective\(theta\) must have shape"):
        descend(lambda x: x, start, Adam(0.1), 6, compile=True)


# --- many runs at once -----------------------------------------------------------------------


def test_hyper_parameters_make_runs() -> None:
    lr = torch.logspace(-4, -3, 7, dtype=F64)[:, None]
    together = descend(rosenbrock, rosenbrock.start, Momentum(lr), 50)
    assert together.points.shape == (51, 7, 2)
    for i in range(7):
        alone = descend(rosenbrock, rosenbrock.start, Momentum(lr[i].item()), 50)
        assert torch.equal(together.points[:, i], alone.points)
        assert torch.equal(together.values[:, i], alone.values)


def test_hyper_parameters_and_starts_make_a_grid_of_runs() -> None:
    lr = torch.tensor([0.1, 0.2], dtype=F64).reshape(2, 1, 1, 1)
    beta = torch.tensor([0.5, 0.7, 0.9], dtype=F64).reshape(3, 1, 1)
    start = random(4, 2)
    together = descend(square, start, Momentum(lr, beta), 20)
    assert together.points.shape == (21, 2, 3, 4, 2)
    alone = descend(square, start[3], Momentum(0.2, 0.9), 20)
    assert torch.equal(together.points[:, 1, 2, 3], alone.points)


def test_a_rate_of_the_starts_own_width_is_a_rate_a_coordinate() -> None:
    path = descend(square, torch.ones(2), SGD(torch.tensor([0.5, 0.25])), 1)
    assert path.points[-1].tolist() == [0.0, 0.5]


@given(st.integers(1, 8), st.integers(0, 2**32), st.sampled_from(VECTORS))
@settings(max_examples=40)
def test_runs_from_many_starts_are_the_runs_one_by_one(
    runs: int, seed: int, rule_type: Callable[..., Rule]
) -> None:
    start = random(runs, 2, seed=seed)
    together = descend(rosenbrock, start, rule_type(), 15)
    for i in range(runs):
        alone = descend(rosenbrock, start[i], rule_type(), 15)
        torch.testing.assert_close(
            together.points[:, i], alone.points, rtol=0, atol=0, equal_nan=True
        )


@pytest.mark.parametrize("rule_type", MATRICES, ids=lambda r: r.__name__)
def test_a_rule_for_matrices_walks_in_many_matrices(rule_type: Callable[..., Rule]) -> None:
    target, start = random(3, 2), random(4, 3, 2, seed=1)

    def distance(theta: Tensor) -> Tensor:
        return (theta - target).square().sum((-2, -1))

    lr = torch.tensor([0.01, 0.02, 0.05, 0.1], dtype=F64).reshape(4, 1, 1)
    path = descend(distance, start, rule_type(lr=lr), 20)
    assert path.points.shape == (21, 4, 3, 2)
    assert path.values.shape == (21, 4)
    assert (path.values[-1] < path.values[0]).all()
    assert list(path.to_frame().columns) == ["step", "run", *(f"x{i}" for i in range(6)), "value"]
    assert len(path.to_frame()) == 21 * 4
    for i in range(4):
        alone = descend(distance, start[i], rule_type(lr=lr[i].item()), 20)
        torch.testing.assert_close(path.points[:, i], alone.points, rtol=1e-11, atol=1e-11)
    with pytest.raises(ValueError, match=r"start must have at least 2 dimension\(s\)"):
        descend(square, torch.ones(2), rule_type(), 1)
    with pytest.raises(ValueError, match=r"lr must have last dimensions as \(3, 1\), got shape"):
        descend(distance, start[:, :, :1], rule_type(lr=torch.ones(1, 2, dtype=F64)), 1)


@pytest.mark.parametrize("rule_type", VECTORS, ids=lambda r: r.__name__)
def test_a_run_that_diverges_leaves_its_neighbours_alone(rule_type: Callable[..., Rule]) -> None:
    lr = torch.full((3, 1), 1e-3, dtype=F64)
    calm = descend(rosenbrock, rosenbrock.start, rule_type(lr=lr), 60)
    lr[1] = 1e200
    wild = descend(rosenbrock, rosenbrock.start, rule_type(lr=lr), 60)
    bounded = rule_type is Rprop  # whose steps have a largest size
    assert bounded or not wild.values[-1, 1] < 1e100
    assert calm.values.isfinite().all()
    for part in ("points", "values"):
        assert torch.equal(getattr(calm, part)[:, [0, 2]], getattr(wild, part)[:, [0, 2]])


# --- schedule --------------------------------------------------------------------------------


def test_the_schedule_multiplies_the_rate_step_by_step() -> None:
    asked: list[int] = []

    def halving(step: int) -> float:
        asked.append(step)
        return 0.5**step

    path = descend(lambda x: x.sum(-1), torch.zeros(1), SGD(lr=8.0), 4, schedule=halving)
    assert asked == [0, 1, 2, 3]
    assert path.points[:, 0].tolist() == [0.0, -8.0, -12.0, -14.0, -15.0]


def test_a_schedule_may_differ_from_run_to_run() -> None:
    decay = torch.tensor([[1.0], [0.5]])
    path = descend(
        lambda x: x.sum(-1), torch.zeros(2, 1), SGD(lr=1.0), 3, schedule=lambda step: decay**step
    )
    assert path.points[-1, :, 0].tolist() == [-3.0, -1.75]


# --- noise -----------------------------------------------------------------------------------


def test_noise_has_the_deviation_asked_for_and_is_independent() -> None:
    deviation = torch.tensor([[0.5], [2.0]], dtype=F64)
    path = descend(
        lambda x: 0 * x.sum(-1),
        torch.zeros(2, 20_000, dtype=F64),
        SGD(lr=1.0),
        2,
        noise=deviation,
        generator=seeded(),
    )
    drawn = -path.points.diff(dim=0)
    spread = drawn.std(dim=-1)
    torch.testing.assert_close(spread, deviation.T.expand(2, 2), rtol=0.03, atol=0.0)
    assert drawn.mean(dim=-1).abs().max() < 0.06
    correlation = torch.corrcoef(drawn.reshape(4, -1)).fill_diagonal_(0)
    assert correlation.abs().max() < 0.03


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_noise_is_drawn_in_the_dtype_of_start(dtype: torch.dtype) -> None:
    start = torch.zeros(5, dtype=dtype)
    path = descend(lambda x: 0 * x.sum(-1), start, SGD(1.0), 1, noise=1.0, generator=seeded())
    assert torch.equal(-path.points[1], torch.randn(5, dtype=dtype, generator=seeded()))


def test_the_noise_floor_is_that_of_theory() -> None:
    # x <- (1 - lr) x - lr noise has the stationary variance lr s^2 / (2 - lr)
    lr, deviation = 0.3, 0.7
    path = descend(
        lambda x: square(x) / 2,
        torch.zeros(4000, 1, dtype=F64),
        SGD(lr),
        60,
        noise=deviation,
        generator=seeded(1),
    )
    assert path.points[-1].var().item() == pytest.approx(
        lr * deviation**2 / (2 - lr), rel=4 * math.sqrt(2 / 4000)
    )


def test_noise_comes_from_its_generator_and_from_nowhere_else() -> None:
    def noisy(seed: int) -> Tensor:
        return descend(square, torch.ones(3), SGD(0.1), 5, noise=1.0, generator=seeded(seed)).points

    before = torch.get_rng_state()
    assert torch.equal(noisy(1), noisy(1))
    assert not torch.equal(noisy(1), noisy(2))
    assert torch.equal(torch.get_rng_state(), before)


def test_noise_of_zero_is_no_noise() -> None:
    noisy = descend(square, torch.ones(3), SGD(0.1), 5, noise=0.0, generator=seeded())
    assert torch.equal(noisy.points, descend(square, torch.ones(3), SGD(0.1), 5).points)


def test_a_tensor_of_deviations_makes_runs() -> None:
    deviation = torch.tensor([[0.0], [1.0]])
    path = descend(square, torch.ones(3), SGD(0.1), 5, noise=deviation, generator=seeded())
    assert path.points.shape == (6, 2, 3)
    assert torch.equal(path.points[:, 0], descend(square, torch.ones(3), SGD(0.1), 5).points)


def test_noise_may_be_a_function_of_where_one_is() -> None:
    def doubling(theta: Tensor, generator: Generator | None) -> Tensor:
        assert generator is given_generator
        return 2 * theta

    given_generator = seeded()
    path = descend(square, torch.ones(2), SGD(0.25), 1, noise=doubling, generator=given_generator)
    assert path.points[-1].tolist() == [0.0, 0.0]


def test_noise_may_be_shared_by_all_runs() -> None:
    def shared(theta: Tensor, generator: Generator | None) -> Tensor:
        return torch.randn(theta.shape[-1:], generator=generator)

    path = descend(square, torch.ones(4, 2), SGD(0.1), 5, noise=shared, generator=seeded())
    assert torch.equal(path.points, path.points[:, :1].expand_as(path.points))
    assert path.points[1, 0, 0] != path.points[1, 0, 1]


# --- frames ----------------------------------------------------------------------------------


def test_the_frame_has_a_row_for_each_step_of_each_run() -> None:
    path = descend(square, random(2, 3, 4), SGD(0.1), 5)
    frame = path.to_frame()
    assert list(frame.columns) == ["step", "run", "x0", "x1", "x2", "x3", "value"]
    assert len(frame) == 6 * 6
    assert not frame.duplicated(["step", "run"]).any()
    row = frame[(frame["step"] == 4) & (frame["run"] == 1 * 3 + 2)].iloc[0]
    assert row[["x0", "x1", "x2", "x3"]].tolist() == path.points[4, 1, 2].tolist()
    assert row["value"] == path.values[4, 1, 2].item()


def test_the_frame_of_one_run_and_its_dtypes() -> None:
    frame = descend(square, torch.ones(1), SGD(0.25), 2).to_frame()
    wanted = pd.DataFrame(
        {
            "step": [0, 1, 2],
            "run": [0, 0, 0],
            "x0": pd.Series([1.0, 0.5, 0.25], dtype="float32"),
            "value": pd.Series([1.0, 0.25, 0.0625], dtype="float32"),
        }
    )
    pd.testing.assert_frame_equal(frame, wanted)


def test_the_frame_of_no_steps_holds_the_start() -> None:
    frame = descend(square, torch.ones(2, 1), SGD(0.25), 0).to_frame()
    assert frame[["step", "run", "x0", "value"]].to_numpy().tolist() == [[0, 0, 1, 1], [0, 1, 1, 1]]


def test_a_frame_does_not_share_memory_with_the_path() -> None:
    path = descend(square, torch.ones(1), SGD(0.25), 2)
    frame = path.to_frame()
    path.points.zero_()
    path.values.zero_()
    assert frame["x0"].tolist() == [1.0, 0.5, 0.25]
    assert frame["value"].tolist() == [1.0, 0.25, 0.0625]


# --- bad input -------------------------------------------------------------------------------

ONES = torch.ones(2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"objective": 3}, TypeError, "objective must be callable, got 3"),
        ({"objective": lambda x: 1.0}, TypeError, r"objective\(theta\) must be a torch.Tensor"),
        (
            {"objective": lambda x: x},
            ValueError,
            r"objective\(theta\) must have shape \(\) for theta of shape \(2,\), got \(2,\)",
        ),
        (
            {"objective": lambda x: x.sum(), "start": torch.ones(3, 2)},
            ValueError,
            r"objective\(theta\) must have shape \(3,\) for theta of shape \(3, 2\), got \(\)",
        ),
        (
            {"objective": lambda x: torch.tensor(1.0)},
            ValueError,
            "objective must compute its value from theta",
        ),
        (
            {"objective": lambda x: torch.tensor(1.0, requires_grad=True) * 2},
            ValueError,
            "objective must compute its value from theta",
        ),
        ({"objective": lambda x: x.detach().sum(-1)}, ValueError, "objective must compute"),
        ({"start": [1.0, 2.0]}, TypeError, "start must be a torch.Tensor"),
        ({"start": torch.tensor(1.0)}, ValueError, "start must have at least 1 dimension"),
        ({"start": torch.ones(0, 2)}, ValueError, "start must not be empty"),
        ({"start": torch.ones(2, dtype=torch.int64)}, TypeError, "start must be a floating-point"),
        (
            {"start": torch.ones(2, dtype=torch.float16)},
            TypeError,
            "start must have dtype float32 or float64, got torch.float16",
        ),
        ({"start": torch.tensor([1.0, math.nan])}, ValueError, "start must be finite"),
        ({"start": torch.tensor([1.0, math.inf])}, ValueError, "start must be finite"),
        ({"rule": SGD}, TypeError, "rule must be an update rule"),
        ({"rule": 0.1}, TypeError, "rule must be an update rule"),
        ({"rule": None}, TypeError, "rule must be an update rule"),
        (
            {"rule": SGD(torch.ones(3))},
            ValueError,
            r"lr must broadcast against start of shape \(2,\), got shape \(3,\)",
        ),
        (
            {"rule": SGD(torch.ones(3)), "start": torch.ones(1)},
            ValueError,
            r"lr must have a last dimension of 1 or start's 1, got shape \(3,\)",
        ),
        (
            {"rule": Adam(torch.ones(3, 1), eps=torch.ones(4, 1))},
            ValueError,
            r"eps must broadcast against start with lr of shape \(3, 2\), got shape \(4, 1\)",
        ),
        (
            {"rule": SGD(torch.ones(3, 1, dtype=F64))},
            TypeError,
            "lr must not be wider than start's torch.float32, got torch.float64",
        ),
        ({"keep": "most"}, ValueError, r"keep must be one of \['all', 'last'\], got 'most'"),
        ({"keep": 0}, ValueError, "keep must be an integer >= 1, got 0"),
        ({"keep": 1.5}, TypeError, "keep must be 'all', 'last' or an integer, got 1.5"),
        ({"keep": True}, TypeError, "keep must be 'all', 'last' or an integer, got True"),
        ({"compile": 1}, TypeError, "compile must be True or False, got 1"),
        ({"progress": 1}, TypeError, "progress must be True or False, got 1"),
        ({"steps": -1}, ValueError, "steps must be an integer >= 0, got -1"),
        ({"steps": 1.0}, TypeError, "steps must be an integer, got 1.0"),
        ({"steps": True}, TypeError, "steps must be an integer, got True"),
        ({"schedule": 0.5}, TypeError, "schedule must be callable, got 0.5"),
        ({"schedule": lambda t: -1.0}, ValueError, r"schedule\(0\) must be finite and >= 0"),
        (
            {"schedule": lambda t: math.nan if t == 1 else 1.0},
            ValueError,
            r"schedule\(1\) must be finite and >= 0, got nan",
        ),
        ({"schedule": lambda t: None}, TypeError, r"schedule\(0\) must be a real number"),
        (
            {"schedule": lambda t: torch.ones(3, 1)},
            ValueError,
            r"schedule\(0\) must broadcast to theta's shape \(2,\), got \(3, 1\)",
        ),
        ({"noise": 1.0}, TypeError, "generator must be a torch.Generator to draw noise, got None"),
        ({"noise": 1.0, "generator": 3}, TypeError, "generator must be a torch.Generator"),
        ({"noise": -1.0, "generator": seeded()}, ValueError, "noise must be finite and >= 0"),
        ({"noise": math.nan, "generator": seeded()}, ValueError, "noise must be finite and >= 0"),
        ({"noise": "much", "generator": seeded()}, TypeError, "noise must be a real number"),
        (
            {"noise": torch.ones(3), "generator": seeded()},
            ValueError,
            "noise must broadcast against start",
        ),
        (
            {"noise": torch.ones(2, 1, dtype=F64), "generator": seeded()},
            TypeError,
            "noise must not be wider than start's",
        ),
        (
            {"noise": lambda theta, generator: 1.0},
            TypeError,
            r"noise\(theta, generator\) must be a torch.Tensor",
        ),
        (
            {"noise": lambda theta, generator: torch.ones(3, 2)},
            ValueError,
            r"noise\(theta, generator\) must broadcast to theta's shape \(2,\), got \(3, 2\)",
        ),
    ],
)
def test_bad_arguments_are_named(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments: dict[str, Any] = {"objective": square, "start": ONES, "rule": SGD(), "steps": 3}
    with pytest.raises(error, match=f"^{message}"):
        descend(**{**arguments, **change})


def test_a_readers_rule_must_keep_shape_and_dtype() -> None:
    with pytest.raises(ValueError, match=r"^rule.update\(...\) must have start's shape"):
        descend(square, torch.ones(3, 2), Careless(lambda theta: theta[0]), 3)
    with pytest.raises(ValueError, match=r"^rule.update\(...\) must have start's dtype"):
        descend(square, torch.ones(3, 2), Careless(lambda theta: theta.double()), 3)
    path = descend(square, torch.ones(3, 2), Careless(lambda theta: theta), 3)
    assert torch.equal(path.points, descend(square, torch.ones(3, 2), SGD(0.1), 3).points)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.floats(), max_size=3),
    st.builds(
        lambda shape, dtype, fill: torch.full(shape, fill).to(dtype),
        st.lists(st.integers(0, 3), max_size=3),
        st.sampled_from([torch.float16, torch.float32, F64, torch.int64, torch.bool]),
        st.sampled_from([0.0, 1.0, -1.0, math.nan, math.inf]),
    ),
)


@given(
    st.sampled_from(["objective", "start", "rule", "steps", "schedule", "noise", "generator"]),
    ANYTHING,
)
@settings(max_examples=300)
def test_whatever_is_passed_either_runs_or_is_named(argument: str, value: Any) -> None:
    arguments: dict[str, Any] = {
        "objective": square,
        "start": ONES,
        "rule": SGD(),
        "steps": 2,
        "noise": 0.1,
        "generator": seeded(),
    }
    message = argument
    try:
        descend(**{**arguments, argument: value})
    except (TypeError, ValueError) as error:
        message = str(error)
    assert message.startswith(argument)


@given(st.sampled_from(["objective", "schedule", "noise"]), ANYTHING)
@settings(max_examples=200)
def test_whatever_a_function_returns_either_runs_or_is_named(argument: str, value: Any) -> None:
    arguments: dict[str, Any] = {"objective": square, "start": ONES, "rule": SGD(), "steps": 2}
    message = argument
    try:
        descend(**{**arguments, argument: lambda *_: value})
    except (TypeError, ValueError) as error:
        message = str(error)
    assert message.startswith(argument)


# --- elsewhere -------------------------------------------------------------------------------


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_gpu_takes_the_same_path() -> None:
    lr = torch.logspace(-4, -2, 5, dtype=F64)[:, None]
    here = descend(rosenbrock, rosenbrock.start, Adam(lr), 50)
    generator = Generator("cuda").manual_seed(0)
    there = descend(
        rosenbrock, rosenbrock.start.cuda(), Adam(lr.cuda()), 50, noise=0.0, generator=generator
    )
    assert there.points.is_cuda
    torch.testing.assert_close(there.points.cpu(), here.points, rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(there.to_frame(), here.to_frame(), rtol=1e-9)
    with pytest.raises(ValueError, match="generator must be on start's device cuda:0, got cpu"):
        descend(square, ONES.cuda(), RMSprop(), 1, noise=1.0, generator=seeded())
