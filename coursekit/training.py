"""Train a network, or hundreds of small ones at once, and keep the history.

Both :func:`fit` and :func:`fit_many` count in epochs and record the training loss as it was met: an
epoch's is the mean over its samples, each taken before the update that its batch led to. So with
one batch an epoch, the first row is the loss at the start.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.utils import parameters_to_vector
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from coursekit import _require
from coursekit._require import Number
from coursekit.data import minibatches
from coursekit.optim import Rule, hyper_parameters
from coursekit.schedules import ReduceOnPlateau

if TYPE_CHECKING:
    import pandas as pd
    from tqdm import tqdm

__all__ = ["History", "ManyFits", "fit", "fit_many"]

Loss = Callable[[Tensor, Tensor], Tensor]
"""Takes a model's output and the targets, returns one number: their mean loss."""

Pair = tuple[Tensor, Tensor]
"""Inputs and targets with as many rows each; :class:`coursekit.data.Samples` is one."""

SECONDS_BEFORE_BAR = 1.0
"""A run shorter than this shows no progress bar to anyone."""


@dataclass(frozen=True, eq=False)
class History:
    """What :func:`fit` saw, epoch by epoch.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an epoch: ``epoch`` (from 1), ``train_loss``, ``validation_loss`` (where there was a
        validation set), ``lr`` (of the first parameter group at the epoch's last update), and
        ``train_...``, ``validation_...`` for each metric.
    interrupted : bool
        Whether Ctrl-C ended the run; the epoch under way then has no row.
    """

    frame: pd.DataFrame
    interrupted: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame, free to be changed."""
        return self.frame.copy()

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, or training loss if there is no other."""
        losses = self.frame.get("validation_loss", self.frame["train_loss"])
        if not losses.notna().any():
            raise ValueError("no epoch of this history has a loss that is a number")
        return int(self.frame["epoch"].iloc[int(losses.argmin())])


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
        such a run ends, the model has the parameters and buffers of its best epoch.
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
        If an argument is not of the kind described, sizes, dtypes or devices don't fit,
        ``batch_size`` comes without ``generator``, ``patience`` without ``validation``, or ``loss``
        or a metric does not return one number. Nothing is raised because a run diverges.

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
    x, y = _pair("train", train, like=_checked_module("model", model))
    judges = _judges(loss, metrics)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {optimizer!r}")
    size = _batch_size(batch_size, len(x))
    if batch_size is not None:
        _require.generator("generator", generator, when="with batch_size")
    if validation is not None:
        _pair("validation", validation, like=x)
    rates = _Rates(optimizer, schedule)
    best = _Best(model, patience, validation is not None)
    bar = _bar(epochs, progress)

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
    model: nn.Module, batch: Pair, judges: Mapping[str, Loss], optimizer: Optimizer, rates: _Rates
) -> Seen:
    """Take one step; return what the batch was judged before it."""
    x, y = batch
    others = {name: judge for name, judge in judges.items() if name != "loss"}
    seen: dict[str, Tensor] = {}

    def closure() -> Tensor:
        optimizer.zero_grad()
        output = model(x)
        loss = _one_number("loss", judges["loss"](output, y))
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
        f"{part}_{name}": float(sum(size * values[name] for size, values in seen)) / total
        for name in seen[0][1]
    }


def _frame(
    rows: list[dict[str, float]], judges: Mapping[str, Loss], validated: bool
) -> pd.DataFrame:
    import pandas as pd

    parts = ("train", "validation") if validated else ("train",)
    loss, *metrics = ([f"{part}_{name}" for part in parts] for name in judges)
    return pd.DataFrame(
        rows, columns=["epoch", *loss, "lr", *(c for pair in metrics for c in pair)]
    )


class _Rates:
    """The optimizer's learning rates under a schedule: set for each update or after an epoch."""

    def __init__(self, optimizer: Optimizer, schedule: object) -> None:
        self.groups = optimizer.param_groups
        self.own = [group["lr"] for group in self.groups]
        for lr in self.own:
            if isinstance(lr, Tensor) and lr.numel() != 1:
                raise ValueError(
                    f"optimizer must have one learning rate a parameter group, which the history "
                    f"records, got a tensor of shape {tuple(lr.shape)}"
                )
        self.step = 0
        self.schedule = schedule
        if isinstance(schedule, ReduceOnPlateau):
            self.plateau = schedule.init()
        elif isinstance(schedule, LRScheduler):
            if schedule.optimizer is not optimizer:
                raise ValueError("schedule must be a scheduler of this optimizer, got another's")
        elif schedule is not None and not callable(schedule):
            raise TypeError(f"schedule must be a schedule or a function, got {schedule!r}")

    def before_update(self) -> None:
        if callable(self.schedule):
            factor = _require.number(f"schedule({self.step})", self.schedule(self.step), low=0)
            if isinstance(factor, Tensor) and factor.numel() != 1:
                raise ValueError(
                    f"schedule({self.step}) must be one number, got shape {tuple(factor.shape)}"
                )
            self._multiply(float(factor))
            self.step += 1

    def after_epoch(self, loss: float) -> None:
        if isinstance(self.schedule, ReduceOnPlateau):
            factor, self.plateau = self.schedule.update(loss, self.plateau)
            self._multiply(factor.item())
        elif isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(loss)
        elif isinstance(self.schedule, LRScheduler):
            self.schedule.step()

    @property
    def current(self) -> float:
        return float(self.groups[0]["lr"])

    def restore(self) -> None:
        if not isinstance(self.schedule, LRScheduler):
            self._multiply(1.0)

    def _multiply(self, factor: float) -> None:
        for group, lr in zip(self.groups, self.own, strict=True):
            group["lr"] = lr * factor


class _Best:
    """The best epoch so far, for early stopping; without patience it is never past."""

    def __init__(self, model: nn.Module, patience: int | None, validated: bool) -> None:
        if patience is not None:
            _require.integer("patience", patience, low=1)
            if not validated:
                raise ValueError("patience must come with a validation set, got validation=None")
        self.model = model
        self.patience = patience
        self.loss = float("inf")
        self.since = 0
        self.state: dict[str, Tensor] | None = None

    def is_past(self, row: Mapping[str, float]) -> bool:
        if self.patience is None:
            return False
        if row["validation_loss"] < self.loss:
            self.loss, self.since = row["validation_loss"], 0
            self.state = copy.deepcopy(self.model.state_dict())
        else:
            self.since += 1
        return self.since >= self.patience

    def restore(self) -> None:
        if self.state is not None:
            self.model.load_state_dict(self.state)


@dataclass(frozen=True, eq=False)
class ManyFits:
    """What :func:`fit_many` trained.

    Parameters
    ----------
    model : torch.nn.Module
        The architecture that all runs share. Its own parameters mean nothing.
    theta : Tensor of shape (runs, parameters)
        Each run's parameters in one row, in the order of ``model.parameters()``.
    train_loss : Tensor of shape (epochs, runs)
        The mean loss over an epoch's samples, as :func:`fit` records it.
    validation_loss : Tensor of shape (epochs, runs), or None
        The loss on the validation set after each epoch.
    interrupted : bool
        Whether Ctrl-C ended the run; the epoch under way then has no row.
    """

    model: nn.Module
    theta: Tensor
    train_loss: Tensor
    validation_loss: Tensor | None
    interrupted: bool = False

    @property
    def parameters(self) -> dict[str, Tensor]:
        """Each of the model's parameters by name, with shape ``(runs, ...)``."""
        return _Stateless(self.model).named(self.theta)

    def predict(self, x: Tensor, *, data_per_run: bool = False) -> Tensor:
        """Return every run's output, in evaluation mode.

        Parameters
        ----------
        x
            Inputs ``(n, ...)`` for all runs, or with ``data_per_run`` ``(runs, n, ...)``.
        data_per_run
            Whether each run has inputs of its own.

        Returns
        -------
        Tensor of shape (runs, n, ...)

        Raises
        ------
        TypeError, ValueError
            If ``x`` has another dtype, device or number of runs than the parameters.
        """
        own = _require.boolean("data_per_run", data_per_run)
        _inputs("x", x, like=self.theta, rows_at=int(own))
        if own and len(x) != len(self.theta):
            raise ValueError(f"x must have inputs for {len(self.theta)} runs, got {len(x)}")
        with torch.no_grad():
            return vmap(_Stateless(self.model), in_dims=(0, 0 if own else None))(self.theta, x)

    def module(self, run: int) -> nn.Module:
        """Return one run's network as a module of its own.

        Parameters
        ----------
        run
            From 0 to ``runs - 1``.

        Returns
        -------
        torch.nn.Module
            A copy; training it leaves this result alone.

        Raises
        ------
        TypeError, ValueError
            If there is no such run.
        """
        _require.integer("run", run, low=0, high=len(self.theta) - 1)
        module = copy.deepcopy(self.model)
        nn.utils.vector_to_parameters(self.theta[run].clone(), module.parameters())
        return module

    def to_frame(self) -> pd.DataFrame:
        """Return the losses as a tidy frame, a row for each epoch of each run.

        Returns
        -------
        pandas.DataFrame
            Columns ``epoch`` (from 1), ``run`` (from 0), ``train_loss`` and, where there was a
            validation set, ``validation_loss``; the run changes fastest.
        """
        import pandas as pd

        epochs, runs = self.train_loss.shape
        columns = {
            "epoch": torch.arange(1, epochs + 1).repeat_interleave(runs).numpy(),
            "run": torch.arange(runs).repeat(epochs).numpy(),
            "train_loss": self.train_loss.flatten().cpu().numpy(),
        }
        if self.validation_loss is not None:
            columns["validation_loss"] = self.validation_loss.flatten().cpu().numpy()
        return pd.DataFrame(columns)


def fit_many(
    model: nn.Module | Callable[[], nn.Module],
    train: Pair,
    loss: Loss,
    rule: Rule,
    epochs: int,
    *,
    seeds: Sequence[int] | None = None,
    batch_size: int | None = None,
    validation: Pair | None = None,
    schedule: Callable[[int], Number] | None = None,
    generator: Generator | Sequence[Generator] | None = None,
    data_per_run: bool = False,
    progress: bool | None = None,
) -> ManyFits:
    r"""Train many networks of one small architecture in one vmapped call.

    The parameters of run :math:`r` are a row :math:`\theta_r` of one matrix. Its gradient is a row
    of the gradient of the summed losses, because no other run's loss depends on it:

    .. math:: \nabla_{\theta_r} \sum_s L_s(\theta_s) = \nabla L_r(\theta_r)

    A run that diverges carries on with infinity or NaN and leaves the others unchanged.

    Parameters
    ----------
    model
        A function of no arguments that builds a network (on the CPU), called once under each of
        ``seeds``; or a module, from a copy of whose parameters every run starts. All parameters
        are trained, so all must require a gradient.
    train
        Inputs ``(n, ...)`` and targets ``(n, ...)``; floating-point inputs of the parameters'
        dtype. The runs are trained on the device that these are on.
    loss
        ``loss(output, target)``, the mean loss of one run's batch, by torch operations.
    rule
        One of :mod:`coursekit.optim`. A hyper-parameter is a number, or a tensor of shape
        ``(runs,)``: one for each run.
    epochs
        Passes over the training set, at least 1.
    seeds
        One run each; needed with a function, refused with a module. Where the rule has one number
        for each of several runs, a single seed or module starts all of them.
    batch_size
        Samples a batch, the last one of an epoch possibly smaller; None takes all at once.
    validation
        Like ``train``; judged after every epoch, never trained on.
    schedule
        ``schedule(step)``, step 0, 1, ... counting updates: the factor on ``rule.lr``, one number
        or one for each run, shape ``(runs,)``.
    generator
        What the order of the samples is drawn from, anew in every epoch; needed with
        ``batch_size``. One generator gives all runs the same batches, a list of them, one for each
        run, each run its own.
    data_per_run
        Whether ``train`` and ``validation`` hold a data set for each run, as
        :mod:`coursekit.data`'s ``datasets=runs`` makes them: ``(runs, n, ...)``.
    progress
        As in :func:`fit`.

    Returns
    -------
    ManyFits
        Losses, parameters, predictions. Ctrl-C ends the run and returns what there is.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described, the numbers of runs disagree, sizes, dtypes or
        devices don't fit, ``batch_size`` comes without ``generator``, the model updates running
        statistics (batch normalisation), or ``loss`` does not return one number a run. Nothing is
        raised because a run diverges.

    Notes
    -----
    Networks are built under ``torch``'s default generator, which is seeded for each and then put
    back: the global random state is left as it was, unless the model itself draws (dropout).

    Examples
    --------
    Four learning rates from one start, on :math:`y = 2x`:

    >>> from coursekit.optim import SGD
    >>> x = torch.linspace(-1, 1, 20).unsqueeze(-1)
    >>> lr = torch.tensor([0.01, 0.1, 0.5, 10.0])
    >>> mse = nn.functional.mse_loss
    >>> fits = fit_many(lambda: nn.Linear(1, 1), (x, 2 * x), mse, SGD(lr), 50, seeds=[0])
    >>> fits.train_loss.shape
    torch.Size([50, 4])
    >>> fits.train_loss[-1] < 0.01
    tensor([False,  True,  True, False])
    """
    network, start = _starts(model, seeds)
    own = _require.boolean("data_per_run", data_per_run)
    if isinstance(train, tuple | list) and train and isinstance(train[0], Tensor):
        start = start.to(train[0].device)
    x, y = _pair("train", train, like=start, rows_at=int(own))
    lengths = {"seeds": len(start)} | ({"train": len(x)} if own else {})
    rule, runs = _run_by_run(rule, lengths)
    if validation is not None:
        _pair("validation", validation, like=x, rows_at=int(own))
        if own and len(validation[0]) != runs:
            raise ValueError(f"validation must have {runs} runs, got {len(validation[0])}")
    _require.function("loss", loss)
    n = x.shape[int(own)]
    if batch_size is not None:
        _generators(generator, runs)
    size = _batch_size(batch_size, n)
    if schedule is not None:
        _require.function("schedule", schedule)
    bar = _bar(epochs, progress)

    network = network.to(x.device)
    stateless = _Stateless(network)
    theta = start.expand(runs, -1).clone()
    state = rule.init(theta)
    step = 0
    rows: list[Tensor] = []
    interrupted = False
    try:
        network.train()
        for _ in bar:
            seen = theta.new_zeros(runs)
            for batch, each in _batches((x, y), own, size, generator if batch_size else None):
                theta.requires_grad_()
                losses = _losses(stateless, theta, batch, each, loss)
                (grad,) = torch.autograd.grad(losses.sum(), theta)
                with torch.no_grad():
                    now = _scheduled(rule, schedule, step, theta)
                    theta, state = now.update(theta, grad, state)
                    seen += losses * (batch[1].shape[int(each)] / n)
                step += 1
            row = [seen]
            if validation is not None:
                network.eval()
                with torch.no_grad():
                    row.append(_losses(stateless, theta, validation, own, loss))
                network.train()
            rows.append(torch.stack(row))
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.close()
    table = torch.stack(rows, dim=1) if rows else theta.new_empty(2, 0, runs)
    judged = None if validation is None else table[1]
    return ManyFits(network.eval(), theta.detach(), table[0], judged, interrupted)


def _scheduled(
    rule: Rule, schedule: Callable[[int], Number] | None, step: int, theta: Tensor
) -> Rule:
    if schedule is None:
        return rule
    factor = _require.number(f"schedule({step})", schedule(step), low=0)
    if isinstance(factor, Tensor):
        # A row a run, as theta has them, and not wider than it.
        factor = factor.to(theta).reshape(-1, 1)
    return replace(rule, lr=rule.lr * factor)


class _Stateless:
    """A network as a function of the vector of its parameters."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.shapes = {name: parameter.shape for name, parameter in network.named_parameters()}
        self.sizes = [shape.numel() for shape in self.shapes.values()]

    def __call__(self, theta: Tensor, x: Tensor) -> Tensor:
        return cast("Tensor", functional_call(self.network, self.named(theta), (x,)))

    def named(self, theta: Tensor) -> dict[str, Tensor]:
        """Return the parameters that the last dimension of ``theta`` lists, by name, as views."""
        pieces = torch.split(theta, self.sizes, dim=-1)
        return {
            name: piece.reshape(*theta.shape[:-1], *shape)
            for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)
        }


def _losses(network: _Stateless, theta: Tensor, batch: Pair, each: bool, loss: Loss) -> Tensor:
    """Return every run's loss, on the same batch or on ``each`` its own."""

    def of_one(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
        return loss(network(theta, x), y)

    axis = 0 if each else None
    losses: Tensor = vmap(of_one, in_dims=(0, axis, axis), randomness="different")(theta, *batch)
    if losses.numel() != len(theta):
        raise ValueError(f"loss must return one number, got shape {tuple(losses.shape[1:])}")
    return losses.flatten()


def _starts(
    model: nn.Module | Callable[[], nn.Module], seeds: Sequence[int] | None
) -> tuple[nn.Module, Tensor]:
    """Return the architecture, and a row of initial parameters for every seed."""
    if isinstance(model, nn.Module):
        if seeds is not None:
            raise ValueError(f"seeds must be None with a module, got {seeds!r}")
        order, made = [0], {0: copy.deepcopy(model)}
    else:
        _require.function("model", model)
        if not isinstance(seeds, Sequence) or isinstance(seeds, str):
            raise TypeError(f"seeds must be a list of integers, got {seeds!r}")
        if not seeds:
            raise ValueError("seeds must hold at least one seed, got none")
        order = [_require.integer("seeds", seed, low=0) for seed in seeds]
        # In a grid each seed comes many times, and starts from the same parameters every time.
        made = {seed: _built(model, seed) for seed in dict.fromkeys(order)}
    for module in made.values():
        _checked_module("model", module)
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                raise ValueError(f"model must require a gradient of every parameter, not so {name}")
        for name, part in module.named_modules():
            if getattr(part, "track_running_stats", False):
                raise ValueError(f"model must keep no running statistics, got {part} in {name!r}")
    rows = {s: parameters_to_vector(module.parameters()).detach() for s, module in made.items()}
    if len({row.shape for row in rows.values()}) > 1:
        raise ValueError("model must build networks with as many parameters under every seed")
    return made[order[0]], torch.stack([rows[seed] for seed in order])


def _built(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return build()


def _run_by_run(rule: Rule, lengths: dict[str, int]) -> tuple[Rule, int]:
    """Return the rule with a row of each hyper-parameter for a run, and the number of runs."""
    rows = {}
    for name, value in hyper_parameters(rule).items():
        if isinstance(value, Tensor) and value.ndim > 0:
            if value.ndim > 1:
                raise ValueError(
                    f"rule.{name} must be one number or one a run, shape (runs,), "
                    f"got shape {tuple(value.shape)}"
                )
            lengths = {**lengths, f"rule.{name}": len(value)}
            rows[name] = value.unsqueeze(-1)
    if len(set(lengths.values()) - {1}) > 1:
        raise ValueError(f"seeds, rule and train must agree on the number of runs, got {lengths}")
    return replace(rule, **rows), max(lengths.values())


Batch = tuple[Pair, bool]
"""Inputs and targets, and whether they are each run's own."""


def _batches(
    data: Pair, own: bool, size: int, generator: Generator | Sequence[Generator] | None
) -> Iterator[Batch]:
    """Yield one epoch's batches."""
    n = data[0].shape[int(own)]
    if generator is None:
        yield data, own
    elif isinstance(generator, Sequence):
        for orders in zip(*(minibatches(n, size, one) for one in generator), strict=True):
            rows = torch.stack(orders).to(data[0].device)
            runs = torch.arange(len(rows), device=rows.device).unsqueeze(-1)
            yield _both(data, (runs, rows) if own else rows), True
    else:
        for order in minibatches(n, size, generator):
            rows = order.to(data[0].device)
            yield _both(data, (slice(None), rows) if own else rows), own


def _both(data: Pair, index: object) -> Pair:
    x, y = data
    return x[index], y[index]  # type: ignore[index]


def _generators(generator: object, runs: int) -> None:
    given = list(generator) if isinstance(generator, Sequence) else [generator]
    if not all(isinstance(one, Generator) for one in given):
        raise TypeError(
            f"generator must be a torch.Generator, or a list of them, with batch_size, "
            f"got {generator!r}"
        )
    if isinstance(generator, Sequence) and len(given) != runs:
        raise ValueError(f"generator must be one, or one for each of {runs} runs, got {len(given)}")


# What both ask of their arguments


def _checked_module(name: str, value: object) -> Tensor:
    """Return the first parameter of ``value``, a module."""
    if not isinstance(value, nn.Module):
        raise TypeError(f"{name} must be a torch.nn.Module, got {value!r}")
    first = next(value.parameters(), None)
    if first is None:
        raise ValueError(f"{name} must have parameters to train, got {value!r}")
    return first


def _inputs(name: str, value: object, *, like: Tensor, rows_at: int = 0) -> Tensor:
    """Return ``value``, inputs for parameters such as ``like``."""
    x = _require.tensor(name, value, min_dims=rows_at + 1, floating=False)
    if x.is_floating_point() and x.dtype != like.dtype:
        raise TypeError(f"{name} must have the parameters' dtype {like.dtype}, got {x.dtype}")
    if x.device != like.device:
        raise ValueError(f"{name} must be on the device {like.device}, got {x.device}")
    return x


def _pair(name: str, value: object, *, like: Tensor, rows_at: int = 0) -> Pair:
    """Return ``value``, inputs and as many targets."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name} must be a pair of tensors, inputs and targets, got {value!r}")
    x = _inputs(name, value[0], like=like, rows_at=rows_at)
    y = _require.tensor(name, value[1], min_dims=rows_at + 1, floating=False)
    if x.shape[: rows_at + 1] != y.shape[: rows_at + 1]:
        raise ValueError(
            f"{name} must have as many targets as inputs, "
            f"got shapes {tuple(x.shape)} and {tuple(y.shape)}"
        )
    if x.device != y.device:
        raise ValueError(f"{name} must be on one device, got {x.device} and {y.device}")
    return x, y


def _batch_size(value: int | None, n: int) -> int:
    return n if value is None else min(n, _require.integer("batch_size", value, low=1))


def _judges(loss: Loss, metrics: Mapping[str, Loss] | None) -> dict[str, Loss]:
    if metrics is not None and not isinstance(metrics, Mapping):
        raise TypeError(f"metrics must map names to functions, got {metrics!r}")
    judges = {"loss": loss}
    for name, metric in (metrics or {}).items():
        if not isinstance(name, str):
            raise TypeError(f"metrics must have strings for names, got {name!r}")
        if name == "loss":
            raise ValueError("metrics must not be named 'loss': that is recorded anyway")
        judges[name] = metric
    for name, judge in judges.items():
        _require.function(name, judge)
    return judges


def _bar(epochs: int, progress: bool | None) -> tqdm[int]:
    from tqdm import tqdm

    _require.integer("epochs", epochs, low=1)
    shown = _person_waits() if progress is None else _require.boolean("progress", progress)
    return tqdm(
        range(1, epochs + 1),
        unit="epoch",
        file=sys.stderr,
        delay=SECONDS_BEFORE_BAR,
        leave=False,
        disable=not shown,
    )


def _person_waits() -> bool:
    """Tell whether someone watches this process, as opposed to a script that stores its output."""
    setting = os.environ.get("COURSEKIT_PROGRESS", "")
    if setting in {"0", "1"}:
        return setting == "1"
    if sys.stderr.isatty():
        return True
    # In a kernel, a frontend with a person behind it allows questions to be asked on stdin;
    # nbclient, nbconvert and nbval, which execute notebooks for storage or comparison, do not.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))
