"""Train one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from coursekit import _progress, _require
from coursekit._require import Number
from coursekit.data import minibatches
from coursekit.schedules import ReduceOnPlateau
from coursekit.training._arguments import (
    Loss,
    Pair,
    all_judges,
    checked_module,
    pair,
    rows_a_batch,
    with_gradient,
)
from coursekit.training._best import Best
from coursekit.training._rates import Rates
from coursekit.training.history import History

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fit"]


def fit(
    model: nn.Module,
    train: Pair,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    *,
    batch_size: int | None = None,
    validation: Pair | None = None,
    schedule: Callable[[int], Number] | LRScheduler | ReduceOnPlateau | None = None,
    generator: Generator | None = None,
    patience: int | None = None,
    metrics: Mapping[str, Loss] | None = None,
    progress: bool | None = None,
) -> History:
    r"""Train ``model`` in place.

    Parameters
    ----------
    model
        Any module; in training mode while it trains, in evaluation mode while it is validated,
        and in the mode it came in afterwards.
    train
        Inputs ``(n, ...)`` and targets ``(n, ...)``, on the model's device; floating-point inputs
        of its dtype.
    loss
        ``loss(output, target)``, the mean loss of a batch.
    optimizer
        One of ``torch.optim``, or :class:`coursekit.optim.TorchOptimizer`, over the model's
        parameters. It is handed a closure, so that ``LBFGS`` works too.
    epochs
        Passes over the training set, at least 1.
    batch_size
        Samples a batch, the last one of an epoch possibly smaller; None takes all at once.
    validation
        Like ``train``; judged after every epoch, never trained on.
    schedule
        One of :mod:`coursekit.schedules`, or any callable ``schedule(step)``, step 0, 1, ...
        counting updates: the factor on the optimizer's own learning rates, which come back after
        the run. :class:`~coursekit.schedules.ReduceOnPlateau` is shown the validation loss after
        every epoch, or the training loss if there is no other. Or one of
        ``torch.optim.lr_scheduler`` on this optimizer, stepped after every epoch.
    generator
        What the order of the samples is drawn from, anew in every epoch; needed with
        ``batch_size``. (Layers that draw, such as dropout, use torch's global generator.)
    patience
        Stop early: after this many epochs in a row without a new lowest validation loss. However
        such a run ends, the model has the parameters and buffers of its best epoch (of its last, if
        none had a finite loss).
    metrics
        Further functions of output and target by name, recorded as the loss is.
    progress
        True or False shows or hides a progress bar on stderr. None shows one to a person who
        waits more than a second: at a terminal, or in a notebook whose frontend can ask for input
        (one executed for storage can't), unless the environment variable
        ``COURSEKIT_PROGRESS`` is 0 (never) or 1 (always).

    Returns
    -------
    History
        One row an epoch. Ctrl-C ends the run and returns the rows so far.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described, sizes, dtypes or devices don't fit, the
        optimizer has none of the model's parameters, ``batch_size`` comes without ``generator``,
        ``patience`` without ``validation``, or ``loss`` or a metric does not return one number.
        Nothing is raised because a run diverges.

    Examples
    --------
    >>> from coursekit import data
    >>> x, y = data.line(64, slope=2, intercept=1, noise=0, seed=0, dtype=torch.float32)
    >>> model = nn.Linear(1, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    >>> train = x.unsqueeze(-1), y.unsqueeze(-1)
    >>> history = fit(model, train, nn.functional.mse_loss, optimizer, epochs=200)
    >>> history.to_frame().columns.tolist()
    ['epoch', 'train_loss', 'lr']
    >>> round(model.weight.item(), 2), round(model.bias.item(), 2)
    (2.0, 1.0)
    """
    x, y = pair("train", train, like=checked_module("model", model))
    judges = all_judges(loss, metrics)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {optimizer!r}")
    moved = {id(one) for group in optimizer.param_groups for one in group["params"]}
    if moved.isdisjoint(map(id, model.parameters())):
        raise ValueError(
            "optimizer must be over the model's parameters, got one over others: "
            "make it anew after the model"
        )
    size = rows_a_batch(batch_size, len(x))
    if batch_size is not None:
        _require.generator("generator", generator, when="with batch_size")
    if validation is not None:
        pair("validation", validation, like=x)
    rates = Rates(optimizer, schedule)
    best = Best(model, patience, validation is not None)
    bar = _progress.bar("epoch", _require.integer("epochs", epochs, low=1), progress)

    modes = [(module, module.training) for module in model.modules()]
    rows: list[dict[str, float]] = []
    interrupted = False
    try:
        for epoch in bar:
            model.train()
            order = minibatches(len(x), size, generator if batch_size else None)
            batches = ((x[i], y[i]) for i in (indices.to(x.device) for indices in order))
            seen = [_update(model, batch, judges, optimizer, rates) for batch in batches]
            row = {"epoch": epoch, "lr": rates.current} | _means("train", seen)
            if validation is not None:
                row |= _means("validation", [_judged(model, validation, judges)])
            rows.append(row)
            bar.set_postfix_str(f"loss {row['train_loss']:.4g}", refresh=False)
            rates.after_epoch(row.get("validation_loss", row["train_loss"]))
            if best.is_past(row):
                break
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.close()
        rates.restore()
        best.restore()
        for module, mode in modes:
            module.training = mode
    return History(_frame(rows, judges, validation is not None), interrupted)


Seen = tuple[int, dict[str, Tensor]]
"""How many samples were judged, and their means."""


def _update(
    model: nn.Module, batch: Pair, judges: Mapping[str, Loss], optimizer: Optimizer, rates: Rates
) -> Seen:
    """Take one step; return what the batch was judged before it."""
    x, y = batch
    others = {name: judge for name, judge in judges.items() if name != "loss"}
    seen: dict[str, Tensor] = {}

    def closure() -> Tensor:
        optimizer.zero_grad()
        output = model(x)
        loss = _one_number("loss", judges["loss"](output, y))
        with_gradient(loss)
        if not seen:
            # An optimizer such as LBFGS asks more than once: the first answer is that before the
            # step. And a metric that is no such thing says so while nothing has moved.
            seen.update({"loss": loss.detach()} | _judge(others, output.detach(), y))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    rates.before_update()
    optimizer.step(closure)  # type: ignore[arg-type]
    return len(x), seen


@torch.no_grad()
def _judged(model: nn.Module, part: Pair, judges: Mapping[str, Loss]) -> Seen:
    model.eval()
    x, y = part
    return len(x), _judge(judges, model(x), y)


def _judge(judges: Mapping[str, Loss], output: Tensor, y: Tensor) -> dict[str, Tensor]:
    return {name: _one_number(name, judge(output, y)) for name, judge in judges.items()}


def _one_number(name: str, value: object) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must return a torch.Tensor, got {value!r}")
    if value.numel() != 1:
        raise ValueError(f"{name} must return one number, got shape {tuple(value.shape)}")
    return value


def _means(part: str, seen: Sequence[Seen]) -> dict[str, float]:
    """Return the means over all samples seen, which a smaller last batch enters by its size."""
    total = sum(size for size, _ in seen)
    return {
        f"{part}_{name}": float(sum(size * _wide(values[name]) for size, values in seen)) / total
        for name in seen[0][1]
    }


def _wide(value: Tensor) -> Tensor:
    """Return ``value`` as what holds the sum of many: float16 ends at 65,504, uint8 at 255."""
    wide = torch.float32 if value.is_floating_point() else torch.int64
    return value.to(torch.promote_types(value.dtype, wide))


def _frame(
    rows: list[dict[str, float]], judges: Mapping[str, Loss], validated: bool
) -> pd.DataFrame:
    import pandas as pd

    parts = ("train", "validation") if validated else ("train",)
    loss, *metrics = ([f"{part}_{name}" for part in parts] for name in judges)
    return pd.DataFrame(
        rows, columns=["epoch", *loss, "lr", *(c for pair in metrics for c in pair)]
    )
