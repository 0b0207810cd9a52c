"""Training: one network as a plain torch loop does it, many as each would go alone."""

import io
import math
import re
import sys
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler
from tqdm import tqdm

from coursekit import _progress, optim
from coursekit.data import minibatches, sine
from coursekit.schedules import Exponential, ReduceOnPlateau
from coursekit.training import fit, fit_many

mse = nn.functional.mse_loss
D = torch.float64


def problem(n: int = 10, seed: int = 0, datasets: int | None = None) -> tuple[Tensor, Tensor]:
    x, y = sine(n, 0.1, seed=seed, datasets=datasets)
    return x.unsqueeze(-1), y.unsqueeze(-1)


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)).double()


def built(seed: int, make: Callable[[], nn.Module] = network) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def same(first: nn.Module, second: nn.Module, tolerance: float = 0.0) -> None:
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def interrupt_at(call: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A loss during whose ``call``-th evaluation Ctrl-C is pressed."""
    calls = iter(range(1, 10**6))

    def loss(output: Tensor, target: Tensor) -> Tensor:
        if next(calls) == call:
            raise KeyboardInterrupt
        return mse(output, target)

    return loss


# fit: one network

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.05),
    "LBFGS": lambda parameters: torch.optim.LBFGS(parameters, lr=0.1, max_iter=3),
    "coursekit": lambda parameters: optim.TorchOptimizer(parameters, optim.Adam(lr=0.05)),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 4])
def test_fit_is_the_loop_one_would_write(
    make: Callable[[Any], torch.optim.Optimizer], batch_size: int | None
) -> None:
    x, y = problem()
    ours, theirs = built(0), built(0)
    train_loss, validation_loss = [], []
    optimizer, order = make(theirs.parameters()), generator(5)
    for _ in range(4):
        total = 0.0
        for rows in minibatches(10, batch_size or 10, order if batch_size else None):
            losses: list[Tensor] = []

            def closure(rows: Tensor = rows, losses: list[Tensor] = losses) -> Tensor:
                optimizer.zero_grad()
                loss = mse(theirs(x[rows]), y[rows])
                loss.backward()  # type: ignore[no-untyped-call]
                losses.append(loss)
                return loss

            optimizer.step(closure)  # type: ignore[arg-type]
            total += losses[0].item() * len(rows)
        train_loss.append(total / 10)
        validation_loss.append(mse(theirs(x + 1), y).item())

    history = fit(
        ours,
        (x, y),
        mse,
        make(ours.parameters()),
        4,
        batch_size=batch_size,
        generator=generator(5),
        validation=(x + 1, y),
    )
    same(ours, theirs)
    frame = history.to_frame()
    assert frame.columns.tolist() == ["epoch", "train_loss", "validation_loss", "lr"]
    assert frame["epoch"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(frame["train_loss"], train_loss, rtol=1e-12)
    np.testing.assert_allclose(frame["validation_loss"], validation_loss, rtol=1e-12)
    assert history.interrupted is False


def test_a_smaller_last_batch_counts_by_its_size() -> None:
    x, y = problem()
    model = built(0)
    frozen = torch.optim.SGD(model.parameters(), lr=0.0)
    history = fit(
        model,
        (x, y),
        mse,
        frozen,
        1,
        batch_size=4,
        generator=generator(),
        metrics={"worst": lambda output, target: (output - target).abs().mean()},
    )
    row = history.to_frame().iloc[0]
    assert row["train_loss"] == pytest.approx(mse(model(x), y).item(), rel=1e-12)
    assert row["train_worst"] == pytest.approx((model(x) - y).abs().mean().item(), rel=1e-12)


def test_metrics_are_recorded_for_both_parts_in_the_order_given() -> None:
    x, y = problem()
    model = built(0)
    history = fit(
        model,
        (x, y),
        mse,
        torch.optim.SGD(model.parameters(), lr=0.1),
        2,
        validation=(x + 1, y),
        metrics={
            "mae": nn.functional.l1_loss,
            "top": lambda output, target: (output - target).max(),
        },
    )
    frame = history.to_frame()
    assert frame.columns.tolist()[:4] == ["epoch", "train_loss", "validation_loss", "lr"]
    assert frame.columns.tolist()[4:] == [
        "train_mae",
        "validation_mae",
        "train_top",
        "validation_top",
    ]
    start = built(0)(x)
    assert frame["train_mae"][0] == pytest.approx((start - y).abs().mean().item())
    assert frame["validation_mae"][1] == pytest.approx((model(x + 1) - y).abs().mean().item())
    assert frame["validation_top"][1] == pytest.approx((model(x + 1) - y).max().item())


@pytest.mark.parametrize("schedule", [Exponential(0.5), lambda step: 0.5**step])
def test_a_schedule_counts_updates_and_leaves_the_rate_as_it_was(schedule: Any) -> None:
    ours, theirs = built(0), built(0)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    x, y = problem()
    rates, order = [], generator()
    for _ in range(2):
        for rows in minibatches(10, 4, order):
            optimizer.zero_grad()
            mse(theirs(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            rates.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
    groups = [{"params": ours[0].parameters()}, {"params": ours[2].parameters(), "lr": 0.1}]  # type: ignore[index]
    mine = torch.optim.SGD(groups, lr=0.1)
    history = fit(
        ours, (x, y), mse, mine, 2, batch_size=4, generator=generator(), schedule=schedule
    )
    same(ours, theirs, 1e-15)
    assert history.to_frame()["lr"].tolist() == pytest.approx([rates[2], rates[5]], rel=1e-15)
    assert [group["lr"] for group in mine.param_groups] == [0.1, 0.1]


def test_torch_schedulers_step_once_an_epoch() -> None:
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.8)
    schedule = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    history = fit(
        model,
        problem(),
        mse,
        optimizer,
        5,
        batch_size=3,
        generator=generator(),
        schedule=schedule,
    )
    assert history.to_frame()["lr"].tolist() == [0.8, 0.8, 0.4, 0.4, 0.2]


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("validated", [True, False])
def test_plateaus_are_judged_by_the_loss_that_matters(ours: bool, validated: bool) -> None:
    x, y = problem()
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule: Any = (
        ReduceOnPlateau(factor=0.5, patience=1)
        if ours
        else lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    )
    # What is learned is the opposite of what is validated: the one falls, the other rises.
    validation = (x, -y - 5) if validated else None
    history = fit(
        model, (x, y + 5), mse, optimizer, 7, validation=validation, schedule=schedule
    ).to_frame()
    expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025] if validated else [0.1] * 7
    assert history["lr"].tolist() == pytest.approx(expected)
    assert history["train_loss"].is_monotonic_decreasing


def test_patience_stops_and_brings_back_the_best_epoch() -> None:
    x, y = problem()
    short, long = built(0), built(0)
    target = built(0)  # where training from this start passes after two epochs
    fit(target, (x, y + 5), mse, torch.optim.SGD(target.parameters(), lr=0.05), 2)
    validation = (x, target(x).detach())
    fit(short, (x, y + 5), mse, torch.optim.SGD(short.parameters(), lr=0.05), 2)
    history = fit(
        long,
        (x, y + 5),
        mse,
        torch.optim.SGD(long.parameters(), lr=0.05),
        50,
        validation=validation,
        patience=3,
    )
    assert history.best_epoch == 2
    assert len(history.frame) == 5
    same(long, short)


def test_one_sample_a_batch_and_one_epoch_of_patience_are_enough() -> None:
    x, y = problem()
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    history = fit(
        model,
        (x, y + 5),
        mse,
        optimizer,
        9,
        batch_size=1,
        generator=generator(),
        validation=(x, -y - 5),  # rises as the other falls
        patience=1,
    )
    assert len(history.frame) == 2
    assert history.best_epoch == 1


def test_an_equal_loss_is_no_new_lowest() -> None:
    model = built(0)
    frozen = torch.optim.SGD(model.parameters(), lr=0.0)
    history = fit(model, problem(), mse, frozen, 9, validation=problem(), patience=2)
    assert len(history.frame) == 3


def test_without_batches_no_order_is_drawn() -> None:
    order = generator()
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, problem(), mse, optimizer, 2, generator=order)
    fit_many(model, problem(), mse, optim.SGD(), 2, generator=order)
    assert torch.equal(order.get_state(), generator().get_state())


def test_without_patience_the_last_epoch_stands() -> None:
    x, y = problem()
    model, same_run = built(0), built(0)
    history = fit(
        model,
        (x, y + 5),
        mse,
        torch.optim.SGD(model.parameters(), lr=0.05),
        6,
        validation=(x, -y - 5),
    )
    fit(same_run, (x, y + 5), mse, torch.optim.SGD(same_run.parameters(), lr=0.05), 6)
    assert len(history.frame) == 6
    assert history.best_epoch == 1
    same(model, same_run)


def test_patience_survives_losses_that_are_no_numbers() -> None:
    x, y = problem()
    model = built(0)
    history = fit(
        model,
        (x, y),
        mse,
        torch.optim.SGD(model.parameters(), lr=0.1),
        9,
        validation=(x * math.nan, y),
        patience=4,
    )
    assert len(history.frame) == 4
    with pytest.raises(ValueError, match="no epoch"):
        _ = history.best_epoch


class Recorder(nn.Module):
    """A linear model that notes the modes in which it and its part are called."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Linear(1, 1).double()
        self.seen: list[tuple[bool, bool, bool]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append((self.training, self.part.training, torch.is_grad_enabled()))
        return self.part(x)  # type: ignore[no-any-return]


def test_modes_are_set_for_each_part_and_put_back() -> None:
    model = Recorder()
    model.part.eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, problem(), mse, optimizer, 2, validation=problem(seed=1))
    assert model.seen == [(True, True, True), (False, False, False)] * 2
    assert model.training
    assert not model.part.training


@pytest.mark.parametrize(("call", "rows"), [(1, 0), (3, 1), (6, 2)])
def test_ctrl_c_returns_the_history_so_far(call: int, rows: int) -> None:
    model = built(0).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(
        model,
        problem(),
        interrupt_at(call),
        optimizer,
        100,
        validation=problem(seed=1),
        schedule=Exponential(0.9),
        metrics={"mae": nn.functional.l1_loss},
    )
    assert history.interrupted
    assert history.frame["epoch"].tolist() == list(range(1, rows + 1))
    assert history.frame.columns.tolist()[-2:] == ["train_mae", "validation_mae"]
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert not model.training


def test_ctrl_c_brings_back_the_best_epoch_too() -> None:
    x, y = problem()
    model, best = built(0), built(0)
    loss = interrupt_at(6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    history = fit(model, (x, y + 5), loss, optimizer, 50, validation=(x, -y - 5), patience=9)
    fit(best, (x, y + 5), mse, torch.optim.SGD(best.parameters(), lr=0.05), 1)
    assert history.interrupted
    assert len(history.frame) == 2
    same(model, best)


def test_a_diverging_run_is_recorded_not_raised() -> None:
    model = nn.Linear(1, 1).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e6)
    history = fit(model, problem(), mse, optimizer, 60)
    assert not np.isfinite(history.frame["train_loss"].iloc[-1])
    assert history.best_epoch == 1


def test_history_gives_copies() -> None:
    model = built(0)
    history = fit(model, problem(), mse, torch.optim.SGD(model.parameters(), lr=0.1), 2)
    copy = history.to_frame()
    copy["epoch"] = 0
    assert history.frame["epoch"].tolist() == [1, 2]


def test_training_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, problem(), mse, optimizer, 2, batch_size=3, generator=generator())
    fit_many(network, problem(), mse, optim.SGD(), 2, seeds=[4, 5])
    assert torch.equal(torch.get_rng_state(), before)


# The progress bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(progress: bool | None = None) -> None:
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, problem(), mse, optimizer, 3, progress=progress)
    fit_many(network, problem(), mse, optim.SGD(), 3, seeds=[0], progress=progress)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0.0)
    monkeypatch.delenv("COURSEKIT_PROGRESS", raising=False)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    state = SimpleNamespace(_allow_stdin=False)
    shell = SimpleNamespace(kernel=state)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    return state


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("terminal", "asks", "setting", "progress", "shown"),
    [
        (True, False, None, None, True),  # a terminal
        (False, True, None, None, True),  # a notebook with a person behind it
        (False, False, None, None, False),  # a notebook executed for storage, a pipe, a test
        (True, True, "0", None, False),
        (False, False, "1", None, True),
        (False, False, "yes", None, False),  # only 0 and 1 mean something
        (False, False, "0", True, True),
        (True, True, "1", False, False),
    ],
)
def test_a_bar_is_shown_to_a_person_who_waits(
    monkeypatch: pytest.MonkeyPatch,
    kernel: SimpleNamespace,
    terminal: bool,
    asks: bool,
    setting: str | None,
    progress: bool | None,
    shown: bool,
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    kernel._allow_stdin = asks
    if setting is not None:
        monkeypatch.setenv("COURSEKIT_PROGRESS", setting)
    run(progress)
    assert ("epoch" in stream.getvalue()) == shown


def test_no_bar_where_nobody_waits_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _progress.SECONDS_BEFORE_BAR == 1.0
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 1000.0)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    run(progress=True)
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_a_kernel_that_says_nothing_of_questions_has_no_one_behind_it(
    monkeypatch: pytest.MonkeyPatch, kernel: SimpleNamespace
) -> None:
    del kernel._allow_stdin
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    run()
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_the_bar_says_what_the_loss_was(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("tqdm.tqdm", partial(tqdm, mininterval=0))
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, problem(), mse, optimizer, 3, progress=True)
    for epoch, loss in enumerate(history.frame["train_loss"], start=1):
        assert f"loss {loss:.4g}" in stream.getvalue()
        assert f"{epoch}/3" in stream.getvalue()
    assert re.search(r"[\d?]epoch/s|s/epoch\b", stream.getvalue())
    assert stream.getvalue().split("\r")[-2].strip() == ""  # nothing stays when it is over


def test_an_executed_notebook_stores_no_bar_and_a_waiting_reader_sees_one() -> None:
    from jupyter_client.manager import start_new_kernel

    code = """
import torch
from torch import nn
from coursekit import _progress, training
_progress.SECONDS_BEFORE_BAR = 0.0
model = nn.Linear(1, 1)
data = torch.ones(3, 1), torch.ones(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
_ = training.fit(model, data, nn.functional.mse_loss, optimizer, 3)
"""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        outputs = {}
        for asks in (False, True):
            messages: list[dict[str, Any]] = []
            reply = client.execute_interactive(
                code, allow_stdin=asks, timeout=60, output_hook=messages.append
            )
            assert reply["content"]["status"] == "ok"
            outputs[asks] = [
                message["content"].get("text")
                for message in messages
                if message["msg_type"] not in {"status", "execute_input"}
            ]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert outputs[False] == []
    assert "epoch" in "".join(outputs[True])


# fit_many: as each alone

LRS = torch.tensor([0.05, 0.1, 0.2], dtype=D)
RULES = {
    "SGD": optim.SGD(lr=0.1, weight_decay=0.01),
    "Adam": optim.Adam(lr=0.05),
    "SGD, a rate each": optim.SGD(lr=LRS),
    "Adam, all its own": optim.Adam(
        lr=LRS,
        beta1=torch.tensor([0.0, 0.5, 0.9], dtype=D),
        beta2=torch.tensor([0.5, 0.9, 0.99], dtype=D),
        eps=torch.tensor([1e-8, 0.1, 0.5], dtype=D),
        weight_decay=torch.tensor([0.0, 0.1, 0.2], dtype=D),
    ),
}


def alone(rule: Any, run: int) -> Any:
    """The rule with the hyper-parameters that one run has."""
    values = optim.hyper_parameters(rule)
    own = {k: v[run].item() if isinstance(v, Tensor) else v for k, v in values.items()}
    return type(rule)(**own)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("per_run", ["", "data", "batches", "data and batches"])
@pytest.mark.parametrize("batch_size", [None, 4])
def test_many_fits_are_each_what_it_would_be_alone(
    rule: Any, per_run: str, batch_size: int | None
) -> None:
    own_data = "data" in per_run
    datasets = 3 if own_data else None
    train, validation = problem(datasets=datasets), problem(seed=1, datasets=datasets)
    orders: Any = generator(7)
    if "batches" in per_run:
        orders = [generator(seed) for seed in (7, 8, 9)]
    schedule = Exponential(0.95)
    fits = fit_many(
        network,
        train,
        mse,
        rule,
        5,
        seeds=[3, 1, 2],
        batch_size=batch_size,
        validation=validation,
        schedule=schedule,
        generator=orders,
        data_per_run=own_data,
    )
    assert fits.train_loss.shape == fits.validation_loss.shape == (5, 3)  # type: ignore[union-attr]
    for r, seed in enumerate([3, 1, 2]):
        model = built(seed)
        history = fit(
            model,
            (train[0][r], train[1][r]) if own_data else train,
            mse,
            optim.TorchOptimizer(model.parameters(), alone(rule, r)),
            5,
            batch_size=batch_size,
            validation=(validation[0][r], validation[1][r]) if own_data else validation,
            schedule=schedule,
            generator=generator(7 + r if "batches" in per_run else 7),
        ).to_frame()
        same(fits.module(r), model, 1e-10)
        np.testing.assert_allclose(fits.train_loss[:, r], history["train_loss"], rtol=1e-10)
        np.testing.assert_allclose(
            fits.validation_loss[:, r],  # type: ignore[index]
            history["validation_loss"],
            rtol=1e-10,
        )


def test_a_seed_that_comes_again_is_built_once() -> None:
    calls = []

    def make() -> nn.Module:
        calls.append(1)
        return network()

    fits = fit_many(make, problem(), mse, optim.SGD(lr=0.1), 2, seeds=[7, 3, 7])
    alone = fit_many(network, problem(), mse, optim.SGD(lr=0.1), 2, seeds=[3])
    assert len(calls) == 2
    torch.testing.assert_close(fits.theta[0], fits.theta[2], rtol=0.0, atol=0.0)
    torch.testing.assert_close(fits.theta[1], alone.theta[0])


def test_one_seed_or_module_starts_all_configurations() -> None:
    rule = optim.SGD(lr=LRS)
    by_seed = fit_many(network, problem(), mse, rule, 3, seeds=[5])
    module = built(5)
    by_module = fit_many(module, problem(), mse, rule, 3)
    assert torch.equal(by_seed.theta, by_module.theta)
    assert by_seed.theta.shape == (3, 13)
    same(module, built(5))
    assert all(part.training for part in module.modules())
    assert not torch.equal(by_seed.theta[0], by_seed.theta[1])


def test_data_sets_alone_can_make_the_runs() -> None:
    fits = fit_many(built(0), problem(datasets=4), mse, optim.SGD(), 2, data_per_run=True)
    assert fits.interrupted is False
    assert fits.train_loss.shape == (2, 4)
    assert len(set(fits.train_loss[0].tolist())) == 4


def test_a_module_without_configurations_is_one_run() -> None:
    assert fit_many(built(0), problem(), mse, optim.SGD(), 2).train_loss.shape == (2, 1)


def test_a_tensor_without_dimensions_is_one_number() -> None:
    tensor = fit_many(built(0), problem(), mse, optim.SGD(lr=torch.tensor(0.1, dtype=D)), 2)
    number = fit_many(built(0), problem(), mse, optim.SGD(lr=0.1), 2)
    assert torch.equal(tensor.theta, number.theta)


def test_a_schedule_may_differ_by_run() -> None:
    gammas = torch.tensor([0.5, 1.0], dtype=D)
    fits = fit_many(
        built(0), problem(), mse, optim.SGD(lr=LRS[:2]), 4, schedule=Exponential(gammas)
    )
    for r, gamma in enumerate(gammas.tolist()):
        rule = optim.SGD(lr=LRS[r].item())
        one = fit_many(built(0), problem(), mse, rule, 4, schedule=Exponential(gamma))
        torch.testing.assert_close(fits.theta[r], one.theta[0], rtol=1e-12, atol=0)


def test_float32_stays_float32() -> None:
    x, y = (part.float() for part in problem())
    rule = optim.Adam(lr=LRS.float())
    schedule = Exponential(torch.tensor([0.9, 0.8, 0.7], dtype=D))
    fits = fit_many(built(0).float(), (x, y), mse, rule, 2, schedule=schedule)
    assert fits.theta.dtype == fits.train_loss.dtype == torch.float32


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_diverging_run_leaves_its_neighbours_bit_for_bit(bad: int) -> None:
    lr = LRS.clone()
    tame = fit_many(network, problem(), mse, optim.SGD(lr=lr), 40, seeds=[0, 1, 2])
    lr[bad] = 1e200
    wild = fit_many(network, problem(), mse, optim.SGD(lr=lr), 40, seeds=[0, 1, 2])
    others = [run for run in range(3) if run != bad]
    assert torch.equal(wild.theta[others], tame.theta[others])
    assert torch.equal(wild.train_loss[:, others], tame.train_loss[:, others])
    assert not wild.train_loss[-1, bad].isfinite()


def test_predictions_are_each_modules_own() -> None:
    x, _ = problem(seed=3)
    fits = fit_many(network, problem(), mse, optim.SGD(lr=0.1), 3, seeds=[0, 1, 2])
    predictions = fits.predict(x)
    assert predictions.shape == (3, 10, 1)
    assert not predictions.requires_grad
    xs = torch.stack([x, x + 1, x + 2])
    own = fits.predict(xs, data_per_run=True)
    for r in range(3):
        torch.testing.assert_close(predictions[r], fits.module(r)(x), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(own[r], fits.module(r)(xs[r]), rtol=1e-12, atol=1e-12)
        for name, parameter in fits.module(r).named_parameters():
            assert torch.equal(fits.parameters[name][r], parameter)


def test_a_module_of_the_result_is_its_own() -> None:
    fits = fit_many(built(0), problem(), mse, optim.SGD(lr=LRS), 2)
    before = fits.theta.clone()
    one, two = fits.module(1), fits.module(2)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.zero_()
    assert torch.equal(nn.utils.parameters_to_vector(two.parameters()), before[2])
    assert torch.equal(fits.theta, before)


@pytest.mark.parametrize("validated", [True, False])
def test_many_fits_make_a_tidy_frame(validated: bool) -> None:
    validation = problem(seed=1) if validated else None
    fits = fit_many(built(0), problem(), mse, optim.SGD(lr=LRS), 2, validation=validation)
    frame = fits.to_frame()
    assert frame["epoch"].tolist() == [1, 1, 1, 2, 2, 2]
    assert frame["run"].tolist() == [0, 1, 2] * 2
    np.testing.assert_array_equal(frame["train_loss"], fits.train_loss.flatten())
    assert ("validation_loss" in frame) == validated
    if fits.validation_loss is not None:
        np.testing.assert_array_equal(frame["validation_loss"], fits.validation_loss.flatten())


def test_dropout_draws_for_each_run_and_is_off_when_judged() -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Linear(1, 30), nn.Dropout(0.5), nn.Linear(30, 1)).double()

    x, y = problem()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        fits = fit_many(make, (x, y), mse, optim.SGD(lr=0.0), 2, seeds=[0, 0, 0], validation=(x, y))
    assert len(set(fits.train_loss.flatten().tolist())) == 6
    expected = mse(built(0, make).eval()(x), y).item()
    assert fits.validation_loss is not None
    assert fits.validation_loss[0].tolist() == pytest.approx([expected] * 3)
    assert torch.equal(fits.predict(x)[0], fits.predict(x)[1])
    assert not fits.module(0).training


@pytest.mark.parametrize("classes", [True, False])
def test_losses_with_other_targets_work(classes: bool) -> None:
    x = torch.linspace(-1, 1, 12, dtype=D).unsqueeze(-1)
    y = (x[:, 0] > 0).long() if classes else (x > 0).double()
    loss = (
        nn.functional.cross_entropy if classes else nn.functional.binary_cross_entropy_with_logits
    )
    rule = optim.SGD(lr=torch.tensor([1.0, 2.0], dtype=D))
    model = nn.Linear(1, 2 if classes else 1).double()
    fits = fit_many(model, (x, y), loss, rule, 100)
    assert bool((fits.train_loss[-1] < 0.5 * fits.train_loss[0]).all())


def test_inputs_may_be_indices() -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Embedding(3, 2), nn.Linear(2, 1)).double()

    x, y = torch.tensor([0, 1, 2, 0]), torch.tensor([[1.0], [2.0], [3.0], [1.0]], dtype=D)
    fits = fit_many(make, (x, y), mse, optim.SGD(lr=0.1), 3, seeds=[0], validation=(x, y))
    model = built(0, make)
    rule = optim.TorchOptimizer(model.parameters(), optim.SGD(lr=0.1))
    fit(model, (x, y), mse, rule, 3, validation=(x, y))
    same(fits.module(0), model, 1e-12)
    torch.testing.assert_close(fits.predict(x)[0], model(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize(("call", "rows"), [(1, 0), (5, 4)])
def test_ctrl_c_returns_the_fits_so_far(call: int, rows: int, validated: bool) -> None:
    validation = problem(seed=1) if validated else None
    fits = fit_many(
        network,
        problem(),
        interrupt_at(call if not validated else 2 * call - 1),
        optim.SGD(lr=0.1),
        99,
        seeds=[0, 1],
        validation=validation,
    )
    assert fits.interrupted
    assert fits.train_loss.shape == (rows, 2)
    assert (fits.validation_loss is not None) == validated
    if fits.validation_loss is not None:
        assert fits.validation_loss.shape == (rows, 2)
    if rows:
        whole = fit_many(network, problem(), mse, optim.SGD(lr=0.1), rows, seeds=[0, 1])
        assert torch.equal(fits.theta, whole.theta)
        assert torch.equal(fits.train_loss, whole.train_loss)
    assert not fits.theta.requires_grad
    assert len(fits.to_frame()) == 2 * rows


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_what_runs_on_the_cpu_runs_on_cuda() -> None:
    x, y = (part.cuda() for part in problem())
    model = built(0).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, (x, y), mse, optimizer, 3, batch_size=4, generator=generator())
    fits = fit_many(
        network, (x, y), mse, optim.SGD(lr=0.1), 3, seeds=[0], batch_size=4, generator=generator()
    )
    assert fits.theta.device.type == "cuda"
    same(fits.module(0), model, 1e-10)


# What is refused

X, Y = problem()
FITTED = built(0)
GOOD: dict[str, Any] = {
    "model": FITTED,
    "train": (X, Y),
    "loss": mse,
    "optimizer": torch.optim.SGD(FITTED.parameters(), lr=0.1),
    "epochs": 1,
}
MANY: dict[str, Any] = {
    "model": network,
    "train": (X, Y),
    "loss": mse,
    "rule": optim.SGD(lr=LRS),
    "epochs": 1,
    "seeds": [0, 1, 2],
}
other = torch.optim.SGD(built(0).parameters(), lr=0.1)
NOT_PAIRS: list[Any] = [
    None, X, (X,), (X, Y, X), (X, Y[1:]), (X, Y.tolist()), (X.float(), Y), (X[:0], Y[:0]),
    (torch.tensor(1.0, dtype=D), Y), (X.to("meta"), Y), (X, Y.to("meta")), "xy", [[1.0], [2.0]],
]  # fmt: skip
NOT_COUNTS: list[Any] = [0, -3, 1.0, True, "2"]
FROZEN = built(0).requires_grad_(requires_grad=False)
BAD_FIT: dict[str, list[Any]] = {
    "model": [None, mse, nn.Identity(), nn.Linear],
    "train": NOT_PAIRS,
    "loss": [None, 3, "mse", lambda output, target: output - target, lambda output, target: 1.0],
    "optimizer": [None, "SGD", torch.optim.SGD, optim.Adam()],
    "epochs": [None, *NOT_COUNTS],
    "batch_size": NOT_COUNTS,
    "validation": NOT_PAIRS[1:],
    "schedule": [0.5, "cosine", lr_scheduler.StepLR(other, 2), lambda step: -1.0,
                 lambda step: math.nan, lambda step: "1"],
    "patience": NOT_COUNTS,
    "metrics": [["mae"], {1: mse}, {"loss": mse}, {"mae": None},
                {"mae": lambda output, target: output}],
    "progress": [1, "yes"],
}  # fmt: skip
BAD_MANY: dict[str, list[Any]] = {
    "model": [None, nn.Identity, lambda: None, lambda: FROZEN,
              lambda: nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)).double(),
              lambda: nn.Linear(1, 1 + torch.initial_seed() % 2).double()],
    "train": NOT_PAIRS,
    "loss": [None, 3, lambda output, target: output - target],
    "rule": [None, "SGD", optim.SGD, torch.optim.SGD, {"lr": 0.1}, Exponential(0.5),
             optim.SGD(lr=LRS[:2]), optim.SGD(lr=LRS.unsqueeze(-1))],
    "epochs": [None, *NOT_COUNTS],
    "seeds": [None, 3, "123", [], [0, -1, 2], [0, 1.0, 2], [0, 1]],
    "batch_size": NOT_COUNTS,
    "validation": NOT_PAIRS[1:],
    "schedule": [0.5, "cosine", lambda step: -1.0, lambda step: math.nan],
    "data_per_run": [1, "yes"],
    "progress": [1, "yes"],
}  # fmt: skip


def fresh(arguments: dict[str, Any]) -> dict[str, Any]:
    arguments = {**arguments}
    if "batch_size" in arguments or "patience" in arguments:
        arguments |= {"generator": generator(), "validation": (X, Y)}
    return arguments


def each(table: dict[str, list[Any]]) -> pytest.MarkDecorator:
    """Try every bad value of every argument."""
    return pytest.mark.parametrize(
        ("argument", "bad"), [(name, bad) for name, values in table.items() for bad in values]
    )


@each(BAD_FIT)
def test_fit_refuses_bad_arguments_by_name(argument: str, bad: Any) -> None:
    named = "(metrics|mae)" if argument == "metrics" else argument
    with pytest.raises((TypeError, ValueError), match=f"^{named}"):
        fit(**fresh({**GOOD, argument: bad}))


@each(BAD_MANY)
def test_fit_many_refuses_bad_arguments_by_name(argument: str, bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^(seeds, )?{argument}"):
        fit_many(**fresh({**MANY, argument: bad}))


@pytest.mark.parametrize("bad", BAD_MANY["rule"][:6])
def test_a_rule_is_an_instance_that_updates(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"^rule must be an update rule"):
        fit_many(**{**MANY, "rule": bad})


def test_a_loss_is_one_number_and_not_one_a_sample() -> None:
    with pytest.raises(ValueError, match=r"^loss must return one number, got shape \(10, 1\)"):
        fit_many(**{**MANY, "loss": lambda output, target: output - target})


def test_each_runs_validation_has_as_many_targets_as_inputs() -> None:
    x, y = problem(datasets=3)
    with pytest.raises(ValueError, match=r"^validation must have as many targets as inputs"):
        fit_many(**{**MANY, "train": (x, y)}, data_per_run=True, validation=(x, y[:, 1:]))
    fits = fit_many(**MANY)
    with pytest.raises(ValueError, match=r"^x must have at least 2 dimension"):
        fits.predict(X[:3, 0], data_per_run=True)


SCALAR = torch.tensor(1.0, dtype=D)


@pytest.mark.parametrize("bad", [(SCALAR, Y), (X, SCALAR)])
def test_inputs_and_targets_come_in_rows(bad: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match=r"^train must have at least 1 dimension"):
        fit(**{**GOOD, "train": bad})
    ones = tuple(part if part.ndim == 0 else torch.ones(3, 2, 1, dtype=D) for part in bad)
    with pytest.raises(ValueError, match=r"^train must have at least 2 dimension"):
        fit_many(**{**MANY, "train": ones}, data_per_run=True)


@pytest.mark.parametrize("bad", [None, 0, "cpu", [generator()], [generator(), None, None]])
def test_batches_need_generators(bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^generator"):
        fit_many(**MANY, batch_size=2, generator=bad)
    with pytest.raises(TypeError, match=r"^generator"):
        fit(**GOOD, batch_size=2, generator=bad)


def test_patience_needs_a_validation_set() -> None:
    with pytest.raises(ValueError, match=r"^patience must .* got validation=None"):
        fit(**GOOD, patience=2)


def test_numbers_of_runs_must_agree() -> None:
    x, y = problem(datasets=2)
    with pytest.raises(ValueError, match=r"'seeds': 3, 'train': 2, 'rule.lr': 3"):
        fit_many(**{**MANY, "train": (x, y)}, data_per_run=True)
    three = problem(datasets=3)
    with pytest.raises(ValueError, match=r"^validation"):
        fit_many(**{**MANY, "train": three}, data_per_run=True, validation=(x, y))
    with pytest.raises(ValueError, match=r"^seeds"):
        fit_many(**{**MANY, "model": built(0)})


@pytest.mark.parametrize(
    ("x", "per_run"), [(None, False), (X.float(), False), (X[:0], False), (X, True), (X, 1)]
)
def test_predict_refuses_what_does_not_fit(x: Any, per_run: Any) -> None:
    fits = fit_many(**MANY)
    with pytest.raises((TypeError, ValueError), match=r"^(x|data_per_run) "):
        fits.predict(x, data_per_run=per_run)


@pytest.mark.parametrize("run", [-1, 3, 1.0, None])
def test_there_is_no_such_run(run: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^run "):
        fit_many(**MANY).module(run)


def test_refusing_comes_before_training() -> None:
    model = built(0)
    bad = {**GOOD, "model": model, "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}
    with pytest.raises(TypeError, match="progress"):
        fit(**bad, progress=1)  # type: ignore[arg-type]
    same(model, built(0))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lr": torch.tensor([0.1, 0.2])}, ValueError, "optimizer must have one learning rate"),
        ({"schedule": lambda step: torch.ones(2)}, ValueError, r"schedule\(0\) must be one number"),
        ({"schedule": lambda step: -1.0}, ValueError, r"schedule\(0\) must be finite and >= 0"),
        ({"metrics": {"m": lambda out, y: out}}, ValueError, "m must return one number"),
        ({"metrics": {"m": lambda out, y: 1.0}}, TypeError, "m must return a torch.Tensor"),
        ({"loss": lambda out, y: out - y}, ValueError, "loss must return one number"),
    ],
)
def test_what_can_not_be_recorded_is_refused_before_a_weight_moves(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    model = nn.Linear(2, 1)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    x, y = torch.ones(4, 2), torch.zeros(4, 1)
    lr = change.pop("lr", 0.1)
    groups: list[dict[str, Any]] = [{"params": [model.weight]}, {"params": [model.bias]}]
    optimizer = optim.TorchOptimizer(groups, optim.SGD(0.1))
    optimizer.param_groups[0]["lr"] = lr
    arguments: dict[str, Any] = {"loss": nn.functional.mse_loss} | change
    loss = arguments.pop("loss")
    with pytest.raises(error, match=f"^{message}"):
        fit(model, (x, y), loss, optimizer, 1, **arguments)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
