"""One network: as a plain torch loop does it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from coursekit import optim
from coursekit.data import minibatches
from coursekit.schedules import Exponential, ReduceOnPlateau
from coursekit.training import fit, fit_many
from tests.unit.training.cases import (
    built,
    generator,
    interrupt_at,
    mse,
    network,
    problem,
    same,
)

OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "Adam": lambda parameters: torch.optim.Adam(parameters, lr=0.05),
    "LBFGS": lambda parameters: torch.optim.LBFGS(parameters, lr=0.1, max_iter=3),
    "coursekit": lambda parameters: optim.TorchOptimizer(parameters, optim.Adam(lr=0.05)),
}


def test_without_a_schedule_the_learning_rates_are_the_owner_s() -> None:
    model, lr = built(0), torch.tensor(0.1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    halved = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.register_step_post_hook(lambda *_: halved.step())
    fit(model, problem(), mse, optimizer, 3)
    assert float(optimizer.param_groups[0]["lr"]) == pytest.approx(0.1 / 8)


def test_after_a_schedule_the_owner_s_learning_rate_is_back() -> None:
    model, lr = built(0), torch.tensor(0.1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    fit(model, problem(), mse, optimizer, 3, schedule=Exponential(0.5))
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == pytest.approx(0.1)


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


def test_a_mean_is_over_more_than_its_numbers_can_count() -> None:
    x = torch.full((2000, 1), 10.0, dtype=torch.float16)
    model = nn.Linear(1, 1, dtype=torch.float16)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    frozen = torch.optim.SGD(model.parameters(), lr=0.0)
    metrics = {"most": lambda output, target: torch.tensor(200, dtype=torch.uint8)}
    history = fit(model, (x, 10 * x), nn.functional.l1_loss, frozen, 1, metrics=metrics)
    row = history.to_frame().iloc[0]
    assert row["train_loss"] == 100
    assert row["train_most"] == 200


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
