"""Run a descent, or ten thousand of them at once, and keep the whole path or its end."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral
from types import EllipsisType, FunctionType
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Generator, Tensor

from coursekit import _progress, _require
from coursekit._require import Number
from coursekit._scheduled import Scheduled
from coursekit.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Momentum,
    Nesterov,
    RMSprop,
    Rule,
    hyper_parameters,
)
from coursekit.surfaces import Surface

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Path", "descend"]

Objective = Callable[[Tensor], Tensor]
Noise = Number | Callable[[Tensor, Generator | None], Tensor]
Schedule = Callable[[int], Number]

ROW_BY_ROW = (SGD, Momentum, Nesterov, Adagrad, RMSprop, Adadelta, Adam, AMSGrad, AdamW)
"""Rules that are known to step every run by itself, whatever runs stand beside it."""

BLOCK = 2**17
"""Numbers a thread steps at once: with all that a step makes of them they fit a core's cache."""


@dataclass(frozen=True, eq=False)
class Path:
    """Where a descent has been, the start included.

    Parameters
    ----------
    points : Tensor of shape (steps + 1, ..., d)
        The parameters before the first step and after each.
    values : Tensor of shape (steps + 1, ...)
        The objective there.
    steps : Tensor of shape (steps + 1,), optional
        After how many steps each row was kept: 0, 1, 2, ... unless :func:`descend` was told to
        keep fewer.
    interrupted : bool
        Whether Ctrl-C ended the descent. What was not reached is left out, or NaN where other
        runs did reach it.
    """

    points: Tensor
    values: Tensor
    steps: Tensor | None = None
    interrupted: bool = False

    def to_frame(self) -> "DataFrame":
        """Return the path as a tidy pandas frame, a row for each step of each run.

        Returns
        -------
        pandas.DataFrame
            With columns ``step``, ``run``, ``x0`` ... ``x{d-1}``, ``value``. Runs are numbered from
            0 in the order of the leading dimensions, the last of them fastest.

        Examples
        --------
        >>> from coursekit.optim import SGD
        >>> path = descend(lambda theta: theta.square().sum(-1), torch.ones(1), SGD(lr=0.25), 2)
        >>> print(path.to_frame().to_string(index=False))
         step  run   x0  value
            0    0 1.00 1.0000
            1    0 0.50 0.2500
            2    0 0.25 0.0625
        """
        import pandas as pd

        length, runs = self.points.shape[0], self.values[0].numel()
        d = self.points[0].numel() // runs
        points = self.points.reshape(length * runs, d).cpu().numpy()
        steps = torch.arange(length) if self.steps is None else self.steps
        columns = {
            "step": steps.repeat_interleave(runs).numpy(),
            "run": torch.arange(runs).repeat(length).numpy(),
            **{f"x{i}": points[:, i] for i in range(d)},
            "value": self.values.reshape(-1).cpu().numpy(),
        }
        return pd.DataFrame(columns)


def descend(
    objective: Objective,
    start: Tensor,
    rule: Rule,
    steps: int,
    schedule: Schedule | None = None,
    noise: Noise | None = None,
    generator: Generator | None = None,
    *,
    keep: str | int = "all",
    compile: bool = False,  # noqa: A002 (as torch says)
    progress: bool | None = None,
) -> Path:
    r"""Follow an update rule downhill, every run in ``start`` and ``rule`` at once.

    Leading dimensions are independent runs. The gradient is that of the objective's sum over the
    runs, which is each run's own; a run that diverges carries on with infinity or NaN and leaves
    the others, bit for bit, as they are beside one that does not.

    Parameters
    ----------
    objective : callable
        Maps points ``(..., d)`` to values ``(...)`` by torch operations, each row on its own. Under
        a rule for matrices, here and below, a point is ``(..., m, n)``.
    start : Tensor of shape (..., d)
        Where to start, float32 or float64; the path has its dtype and device. It is expanded to
        what it and the rule's hyper-parameters broadcast to: ``start`` of shape ``(2,)`` under
        ``lr`` of shape ``(10_000, 1)`` makes ten thousand runs from one point. A tensor whose last
        dimension is d rather than 1 gives each coordinate its own hyper-parameter.
    rule : Rule
        One of :mod:`coursekit.optim`, or any dataclass with its ``init`` and ``update``.
    steps : int
        How many steps to take.
    schedule : callable, optional
        ``schedule(step)``, for step 0, 1, ..., returns the factor that multiplies ``rule.lr``: a
        number, or a tensor that broadcasts to ``theta`` to give each run its own.
    noise : float, Tensor or callable, optional
        The standard deviation of Gaussian noise added to every gradient, independent for each run,
        step and coordinate; a tensor broadcasts against ``start`` as a hyper-parameter does. Or a
        callable ``noise(theta, generator)`` that returns what is to be added.
    generator : torch.Generator, optional
        What Gaussian noise is drawn from: needed with it, so that no run depends on global state.
    keep : "all", "last" or int
        What of the path to keep: every point, the last one alone, or the start, every
        ``keep``-th point after it and the last. The path is most of the memory that a descent
        takes: ten million runs of 200 steps in the plane would keep 24 GB of it in float32.
    compile : bool
        Let ``torch.compile`` fuse a step, once for each objective and kind of rule. That takes
        some ten seconds and a C++ compiler (or a GPU), and pays where many runs take many steps.
        The path is the same up to rounding. The objective must be a function of theta alone: what
        else it reads is read once. Where it can't be compiled, a RuntimeWarning says why and the
        descent goes on without.
    progress : bool, optional
        True or False shows or hides a progress bar on stderr; None shows one to a person who
        waits, as :func:`coursekit.training.fit` does.

    Returns
    -------
    Path
        Points and values, the start included. Ctrl-C ends the descent and returns what there is.

    Raises
    ------
    TypeError
        If an argument, or what a function returns, is not of the kind described, or ``noise`` that
        is no function comes without a generator.
    ValueError
        If ``start`` is empty or not finite, shapes or devices don't fit, ``steps``, ``noise`` or
        what ``schedule`` returns is negative, ``keep`` not as above, or autograd finds no way from
        the objective's values back to ``theta``. Nothing is raised because a run diverges.

    Notes
    -----
    More runs than fit a core's cache are taken in blocks that do, each through all its steps,
    where that can change nothing: on a :class:`~coursekit.surfaces.Surface`, under a rule of
    :mod:`coursekit.optim` that steps each run by itself, without noise.

    Examples
    --------
    On :math:`\theta^2/2` each step multiplies :math:`\theta` by :math:`1 - \eta`:

    >>> from coursekit.optim import SGD
    >>> lr = torch.tensor([[0.5], [1.0], [3.0]])
    >>> path = descend(lambda theta: 0.5 * theta.square().sum(-1), torch.ones(1), SGD(lr), 2)
    >>> path.points[:, :, 0]
    tensor([[ 1.0000,  1.0000,  1.0000],
            [ 0.5000,  0.0000, -2.0000],
            [ 0.2500,  0.0000,  4.0000]])
    """
    _require.function("objective", objective)
    steps = _require.integer("steps", steps, low=0)
    if schedule is not None:
        _require.function("schedule", schedule)
    kept = _kept(keep, steps)
    _require.boolean("compile", compile)
    theta = _every_run(start, rule, noise, generator)
    if noise is not None and not callable(noise):
        noise = _require.number("noise", noise)
    alone = noise is None and not compile and _stands_alone(objective, rule, theta)
    if alone and schedule is not None:
        factors = [schedule(step) for step in range(steps)]
        schedule = factors.__getitem__
        alone = not any(isinstance(factor, Tensor) for factor in factors)
    blocks: list[_Block] = list(_blocks(theta, rule)) if alone else [(..., theta, rule)]
    points = _empty(len(kept), theta, coordinates_first=compile)
    values = theta.new_empty((len(kept), *theta.shape[: -_last_dims(rule)]))

    bar = _progress.Counter("step", steps * len(blocks), progress)
    now, finished, interrupted = None, 0, False
    try:
        for where, part, rule_there in blocks:
            now = _Descent(objective, part, rule_there, schedule, noise, generator, compile)
            rows = zip(points[:, where], values[:, where], strict=True)
            now.follow(steps, dict(zip(kept, rows, strict=True)), bar.count)
            finished += 1
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.close()
    path = Path(points, values, torch.tensor(kept), interrupted)
    if interrupted and len(blocks) == 1:
        return _so_far(path, now, objective)
    for number, (where, _, _) in enumerate(blocks[finished:]):
        reached = now.rows if now is not None and number == 0 else 0
        points[reached:, where], values[reached:, where] = torch.nan, torch.nan
    return path


class _Descent:
    """Some runs under way: where they are, how far they have come, how many rows are written."""

    def __init__(
        self,
        objective: Objective,
        theta: Tensor,
        rule: Rule,
        schedule: Schedule | None,
        noise: Noise | None,
        generator: Generator | None,
        compile: bool,  # noqa: A002
    ) -> None:
        self.objective = objective
        self.theta = theta.clone()
        if compile:
            # Where a coordinate's numbers stand side by side a fused step takes many at once, and
            # a rate that is a tensor needs no new step when it changes.
            self.theta = _empty(1, theta, coordinates_first=True)[0].copy_(theta)
            rule = replace(rule, lr=torch.as_tensor(rule.lr, dtype=theta.dtype).to(theta.device))
        self.last = _last_dims(rule)
        self.state = rule.init(self.theta)
        self.scheduled = Scheduled(rule, schedule, _factor_a_run)
        self.noise, self.generator = noise, generator
        self.fused = _Fused(objective, rule) if compile else None
        self.taken = self.rows = 0

    def follow(
        self, steps: int, rows: dict[int, tuple[Tensor, Tensor]], count: Callable[[], None]
    ) -> None:
        """Take the steps and write the points and values that are to be kept."""
        start = self.theta
        with torch.no_grad():
            for step in range(steps):
                if step == 0:  # a state may begin with the rate, and the first has its factor
                    self.state = self.scheduled.at(0, self.theta).init(self.theta)
                value, theta, self.state = (self.fused or _Descent.plain_step)(self, step)
                if step in rows:
                    _write(rows[step], self.theta, value)
                    self.rows += 1
                self.theta = _require.alike("start", start, "rule.update(...)", theta)
                self.taken = step + 1
                count()
            _write(rows[steps], self.theta, _value(self.objective, self.theta, self.last))
            self.rows += 1

    def plain_step(self, step: int) -> tuple[Tensor, Tensor, Any]:
        """Return the value at theta, and the next theta and state."""
        value, grad = self.value_and_grad()
        if self.noise is not None:
            grad = grad + self.drawn()
        theta, state = self.scheduled.at(step, self.theta).update(self.theta, grad, self.state)
        return value, theta, state

    def value_and_grad(self) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            theta = self.theta.detach().requires_grad_()
            value = _value(self.objective, theta, self.last)
            grad = None
            if value.requires_grad:
                # Of the sum, and not with ones for each value: those would load sympy first.
                (grad,) = torch.autograd.grad(value.sum(), theta, allow_unused=True)
            if grad is None:
                raise ValueError("objective must compute its value from theta by torch operations")
        return value.detach(), grad

    def drawn(self) -> Tensor:
        """Return what noise adds to the gradient."""
        theta, generator, noise = self.theta, self.generator, self.noise
        if callable(noise):
            added = _require.tensor("noise(theta, generator)", noise(theta, generator))
            _require.broadcasts("noise(theta, generator)", added, "theta", theta, widening=False)
            return added
        unit = torch.randn(theta.shape, generator=generator, dtype=theta.dtype, device=theta.device)
        return (0.0 if noise is None else noise) * unit


class _Fused:
    """A step in one piece, made by ``torch.compile``; a plain one where that fails."""

    made: ClassVar[dict[object, Callable[..., tuple[Tensor, Tensor, Any]]]] = {}

    def __init__(self, objective: Objective, rule: Rule) -> None:
        # torch.compile counts what it makes from one piece of code and stops at eight: each
        # objective and kind of rule has a piece of its own. One that is gone gives its number back.
        key = (id(objective), type(rule))
        if key not in self.made:
            own = FunctionType(_whole_step.__code__.replace(), globals())
            self.made[key] = torch.compile(own, fullgraph=True)
        self.key = key
        self.failed = False

    def __call__(self, descent: _Descent, step: int) -> tuple[Tensor, Tensor, Any]:
        if self.failed:
            return descent.plain_step(step)
        theta, noise = descent.theta, descent.noise
        added = None if noise is None else descent.drawn()
        rule = descent.scheduled.at(step, theta)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what torch says to itself while it compiles
                return self.made[self.key](descent.objective, theta, descent.state, rule, added)
        except Exception as error:
            if step:
                raise
            self.failed, said = True, error
            del self.made[self.key]
        value, grad = descent.value_and_grad()  # what is wrong with the objective is said here
        reason = str(said).strip().partition("\n")[0]
        warnings.warn(
            f"compile=True goes on without: torch.compile can't make one step of this ({reason})",
            RuntimeWarning,
            stacklevel=4,
        )
        grad = grad if added is None else grad + added
        return (value, *rule.update(theta, grad, descent.state))


def _whole_step(
    objective: Objective, theta: Tensor, state: Any, rule: Rule, added: Tensor | None
) -> tuple[Tensor, Tensor, Any]:
    def summed(theta: Tensor) -> tuple[Tensor, Tensor]:
        value = objective(theta)
        return value.sum(), value

    grad, (_, value) = torch.func.grad_and_value(summed, has_aux=True)(theta)
    if added is not None:
        grad = grad + added
    return (value, *rule.update(theta, grad, state))


def _write(row: tuple[Tensor, Tensor], theta: Tensor, value: Tensor) -> None:
    row[0].copy_(theta)
    row[1].copy_(value)


def _so_far(path: Path, now: _Descent | None, objective: Objective) -> Path:
    """Return what there is of an interrupted descent: the rows written, and where it stands."""
    kept = torch.arange(len(path.points)) if path.steps is None else path.steps
    rows = 0 if now is None else now.rows
    points, values, steps = path.points[:rows], path.values[:rows], kept[:rows]
    if now is not None and not (rows and int(kept[rows - 1]) == now.taken):
        with torch.no_grad():
            value = _value(objective, now.theta, now.last).to(values)
        points = torch.cat((points, now.theta.unsqueeze(0)))
        values = torch.cat((values, value.unsqueeze(0)))
        steps = torch.cat((steps, torch.tensor([now.taken])))
    return Path(points, values, steps, interrupted=True)


def _kept(keep: object, steps: int) -> list[int]:
    """Return after which steps a point is kept."""
    if isinstance(keep, str):
        return (
            [steps]
            if _require.choice("keep", keep, ("all", "last")) == "last"
            else list(range(steps + 1))
        )
    if isinstance(keep, bool) or not isinstance(keep, Integral):
        raise TypeError(f"keep must be 'all', 'last' or an integer, got {keep!r}")
    every = _require.integer("keep", keep, low=1)
    return [*range(0, steps, every), steps]


def _empty(rows: int, theta: Tensor, *, coordinates_first: bool) -> Tensor:
    """Return room for so many points; each coordinate's numbers side by side, if wanted."""
    if coordinates_first:
        return theta.new_empty((rows, theta.shape[-1], *theta.shape[:-1])).movedim(1, -1)
    return theta.new_empty((rows, *theta.shape))


def _stands_alone(objective: Objective, rule: Rule, theta: Tensor) -> bool:
    """Tell whether there are many runs, and each is known to go as it would go alone."""
    many = theta.ndim == 2 and theta.numel() > 2 * BLOCK * torch.get_num_threads()
    return (
        many
        and theta.device.type == "cpu"
        and isinstance(objective, Surface)
        and type(rule) in ROW_BY_ROW
    )


_Block = tuple[slice | EllipsisType, Tensor, Rule]
"""Where some runs are among all, where they start, and the hyper-parameters that they have."""


def _blocks(theta: Tensor, rule: Rule) -> Iterator[_Block]:
    """Yield all runs, as many at a time as fit the cache."""
    runs, d = theta.shape
    size = max(1, BLOCK * torch.get_num_threads() // d)
    rows = {
        name: value
        for name, value in hyper_parameters(rule).items()
        if isinstance(value, Tensor) and value.ndim == 2 and len(value) == runs
    }
    for first in range(0, runs, size):
        where = slice(first, first + size)
        yield where, theta[where], replace(rule, **{name: v[where] for name, v in rows.items()})


def _every_run(
    start: Tensor, rule: Rule, noise: Noise | None, generator: Generator | None
) -> Tensor:
    """Return ``start`` with a row for every run that it and the hyper-parameters ask for."""
    last = _last_dims(rule)
    _require.parameters("start", start, min_dims=last, finite=True, empty=False)
    batched = hyper_parameters(rule)
    if noise is not None and not callable(noise):
        batched["noise"] = _require.number("noise", noise, low=0)
        source = _require.generator("generator", generator, when="to draw noise")
        if source.device != start.device:
            raise ValueError(
                f"generator must be on start's device {start.device}, got {source.device}"
            )
    theta = start.detach()
    _require.all_broadcast(batched, "start", theta.shape)
    for name, value in batched.items():
        if isinstance(value, Tensor):
            theta = theta.expand(_require.broadcasts(name, value, "start", theta))
            if theta.shape[-last:] != start.shape[-last:]:
                where = "a last dimension of 1 or start's" if last == 1 else "last dimensions as"
                size = start.shape[-1] if last == 1 else tuple(start.shape[-last:])
                raise ValueError(f"{name} must have {where} {size}, got shape {tuple(value.shape)}")
    return theta


def _last_dims(rule: Rule) -> int:
    """Return how many of the last dimensions are one run's: two for a rule that steps matrices."""
    return max(1, getattr(rule, "dims", 1))


def _value(objective: Objective, theta: Tensor, last: int) -> Tensor:
    value = _require.tensor("objective(theta)", objective(theta))
    if value.shape != theta.shape[:-last]:
        raise ValueError(
            f"objective(theta) must have shape {tuple(theta.shape[:-last])} for theta of shape "
            f"{tuple(theta.shape)}, got {tuple(value.shape)}"
        )
    return value


def _factor_a_run(name: str, factor: Tensor, theta: Tensor) -> Tensor:
    """Return a schedule's factors, which must broadcast to theta."""
    _require.broadcasts(name, factor, "theta", theta, widening=False)
    return factor
