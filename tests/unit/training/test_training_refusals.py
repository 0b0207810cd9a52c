"""What the functions of training refuse."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from coursekit import optim
from coursekit.schedules import Exponential
from coursekit.training import fit, fit_many
from tests.unit.training.cases import (
    LRS,
    D,
    built,
    each,
    generator,
    mse,
    network,
    other,
    problem,
    same,
)

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

NOT_PAIRS: list[Any] = [
    None, X, (X,), (X, Y, X), (X, Y[1:]), (X, Y.tolist()), (X.float(), Y), (X[:0], Y[:0]),
    (torch.tensor(1.0, dtype=D), Y), (X.to("meta"), Y), (X, Y.to("meta")), "xy", [[1.0], [2.0]],
]  # fmt: skip

NOT_COUNTS: list[Any] = [0, -3, 1.0, True, "2"]

FROZEN = built(0).requires_grad_(requires_grad=False)

BAD_FIT: dict[str, list[Any]] = {
    "model": [None, mse, nn.Identity(), nn.Linear],
    "train": NOT_PAIRS,
    "loss": [None, 3, "mse", lambda output, target: output - target, lambda output, target: 1.0,
             lambda output, target: mse(output, target).detach()],
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
    "loss": [None, 3, lambda output, target: output - target, lambda output, target: 1.0,
             lambda output, target: mse(output, target).detach()],
    "rule": [None, "SGD", optim.SGD, torch.optim.SGD, {"lr": 0.1}, Exponential(0.5),
             optim.SGD(lr=LRS[:2]), optim.SGD(lr=LRS.unsqueeze(-1)),
             optim.Muon(), optim.Adafactor()],
    "epochs": [None, *NOT_COUNTS],
    "seeds": [None, 3, "123", [], [0, -1, 2], [0, 1.0, 2], [0, 1], [0, 1, 2**63]],
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


def test_an_optimizer_of_another_model_would_train_nothing() -> None:
    left = torch.optim.SGD(built(0).parameters(), lr=0.1)  # the cell with the model was run again
    with pytest.raises(ValueError, match=r"^optimizer must be over the model's parameters"):
        fit(**{**GOOD, "optimizer": left})


def test_a_part_of_a_model_may_be_trained_alone() -> None:
    below, above = nn.Linear(X.shape[-1], 4).to(X), nn.Linear(4, Y.shape[-1]).to(X)
    first = below.weight.detach().clone()
    optimizer = torch.optim.SGD(above.parameters(), lr=0.1)
    fit(nn.Sequential(below, above), (X, Y), mse, optimizer, 1)
    assert torch.equal(below.weight, first)


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
