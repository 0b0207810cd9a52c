"""Learning-rate schedules, each written as its equation.

A schedule turns a step into a factor of the base learning rate::

    lr_t = lr * schedule(t)             # one step
    curve = schedule(torch.arange(n))   # a whole run at once

Steps count from 0, the first update. The factors are those that ``torch.optim.lr_scheduler``
reaches by multiplying from step to step, here in closed form, so any step can be asked for in any
order. Where torch takes a learning rate (``eta_min``, ``max_lr``), a schedule takes its ratio to
the base rate. Every factor, rate of decay or ratio among the fields is a number or a tensor that
broadcasts against the steps: ``Exponential(gamma)(torch.arange(n))`` with ``gamma`` of shape
``(k, 1)`` gives ``k`` curves.

A schedule of your own is a subclass of :class:`Schedule` with one method, ``at``.

:class:`ReduceOnPlateau` looks at a metric instead of the step, so it carries a state, as the update
rules of :mod:`coursekit.optim` do.

Examples
--------
>>> import torch
>>> from coursekit.schedules import Cosine, Warmup
>>> schedule = Warmup(2, then=Cosine(T_max=4), start_factor=0.5)
>>> schedule(1)
0.75
>>> schedule(torch.arange(2, 7))
tensor([1.0000, 0.8536, 0.5000, 0.1464, 0.0000], dtype=torch.float64)
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, nan, pi
from numbers import Real
from typing import Any, NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number

__all__ = [
    "Constant",
    "Cosine",
    "CosineWarmRestarts",
    "Exponential",
    "InverseTime",
    "Linear",
    "MultiStep",
    "OneCycle",
    "PlateauState",
    "ReduceOnPlateau",
    "Schedule",
    "Step",
    "Warmup",
]


class Schedule(ABC):
    """What all schedules share: a call checks the step and hands it to the equation, ``at``.

    Examples
    --------
    >>> class EveryOther(Schedule):
    ...     def at(self, t):
    ...         return t % 2
    >>> EveryOther()(3)
    1.0
    """

    @abstractmethod
    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``, float64 of any shape; the schedule's equation."""

    def __call__(self, step: int | Tensor) -> Number:
        """Return the factor of the base learning rate at a step.

        Parameters
        ----------
        step
            Number of updates already taken, >= 0: an int or an integer tensor of any shape.

        Returns
        -------
        float or Tensor
            For an int a float, or, if a field of the schedule is a tensor with dimensions, a tensor
            of its shape and floating dtype, which goes with parameters of that dtype. For a tensor
            with dimensions a float64 tensor of the broadcast shape; for one without, what an int
            gives, as a tensor.

        Raises
        ------
        TypeError
            If ``step`` is neither an int nor an integer tensor.
        ValueError
            If a step is negative, the tensor is empty, or a field does not broadcast against it.
        """
        if not isinstance(step, Tensor):
            t = torch.tensor(_require.integer("step", step, low=0), dtype=torch.float64)
            _fields_broadcast(self, t.shape)
            factor = self.at(t)
            return factor if factor.ndim else factor.item()
        if step.is_floating_point():
            raise TypeError(f"step must be an integer or an integer tensor, got {step.dtype}")
        _require.number("step", step, low=0)
        _fields_broadcast(self, step.shape)
        return self.at(step.to(torch.float64))


def _store(
    schedule: object, name: str, ask: Callable[..., Number] = _require.number, **limits: Any
) -> None:
    """Hold a field to its limits and keep it as the number that it is checked to be."""
    value = ask(name, getattr(schedule, name), **limits)
    object.__setattr__(schedule, name, value)  # it is frozen


def _fields_broadcast(schedule: Schedule, shape: torch.Size) -> torch.Size:
    """Return the shape of the factors at steps of ``shape``."""
    if type(schedule).__module__ == __name__:  # what a reader's own has for fields is the reader's
        fields = vars(schedule)
        shape = _require.all_broadcast(fields, "step", shape)
        for value in fields.values():
            if isinstance(value, Schedule):
                shape = _fields_broadcast(value, shape)
    return shape


@dataclass(frozen=True)
class Constant(Schedule):
    r"""The same factor at every step: :math:`f_t = c`.

    It never ends, where torch's ``ConstantLR`` goes back to 1 after ``total_iters``.

    Parameters
    ----------
    factor
        :math:`c \ge 0`.

    Raises
    ------
    TypeError, ValueError
        If the factor is not as above.

    Examples
    --------
    >>> Constant(0.5)(100)
    0.5
    """

    factor: Number = 1.0

    def __post_init__(self) -> None:
        _store(self, "factor", low=0)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        return self.factor + 0 * t


@dataclass(frozen=True)
class Step(Schedule):
    r"""A drop by ``gamma`` every ``step_size`` steps, as torch's ``StepLR``.

    .. math:: f_t = \gamma^{\lfloor t / s \rfloor}

    Parameters
    ----------
    step_size
        Steps :math:`s` between drops, >= 1.
    gamma
        What each drop multiplies by, >= 0.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    Examples
    --------
    >>> Step(step_size=3, gamma=0.5)(torch.arange(2, 7))
    tensor([1.0000, 0.5000, 0.5000, 0.5000, 0.2500], dtype=torch.float64)
    """

    step_size: int
    gamma: Number = 0.1

    def __post_init__(self) -> None:
        _require.integer("step_size", self.step_size, low=1)
        _store(self, "gamma", low=0)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        return self.gamma ** torch.floor(t / self.step_size)


@dataclass(frozen=True)
class MultiStep(Schedule):
    r"""A drop by ``gamma`` at each of the given steps, as torch's ``MultiStepLR``.

    .. math:: f_t = \gamma^{k_t}, \qquad k_t = \#\{i : m_i \le t\}

    Parameters
    ----------
    milestones
        Steps :math:`m_i \ge 0` at which the factor drops, in any order; twice the same drops twice.
    gamma
        What each drop multiplies by, >= 0.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    Examples
    --------
    >>> MultiStep(milestones=(2, 3), gamma=0.5)(torch.arange(5))
    tensor([1.0000, 1.0000, 0.5000, 0.2500, 0.2500], dtype=torch.float64)
    """

    milestones: Sequence[int]
    gamma: Number = 0.1

    def __post_init__(self) -> None:
        if isinstance(self.milestones, str) or not isinstance(self.milestones, Sequence):
            raise TypeError(f"milestones must be a sequence of integers, got {self.milestones!r}")
        for milestone in self.milestones:
            _require.integer("milestones", milestone, low=0)
        _store(self, "gamma", low=0)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        milestones = torch.tensor(self.milestones, device=t.device)
        k = (milestones <= t.unsqueeze(-1)).sum(-1, dtype=t.dtype)
        return self.gamma**k


@dataclass(frozen=True)
class Exponential(Schedule):
    r"""A drop by ``gamma`` at every step, as torch's ``ExponentialLR``.

    .. math:: f_t = \gamma^t

    With :math:`\gamma > 1` it grows: a learning-rate range test.

    Parameters
    ----------
    gamma
        What each step multiplies by, >= 0.

    Raises
    ------
    TypeError, ValueError
        If the field is not as above.

    Examples
    --------
    >>> Exponential(gamma=0.5)(torch.arange(4))
    tensor([1.0000, 0.5000, 0.2500, 0.1250], dtype=torch.float64)
    """

    gamma: Number

    def __post_init__(self) -> None:
        _store(self, "gamma", low=0)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        return self.gamma**t


@dataclass(frozen=True)
class InverseTime(Schedule):
    r"""The decay of stochastic approximation: fast first, never quite at rest.

    .. math:: f_t = \frac{1}{1 + d\,t}

    With :math:`d > 0` the factors sum to infinity while their squares do not, which is Robbins and
    Monro's condition for convergence under noise. torch has no such scheduler;
    ``torch.optim.Adagrad`` applies it as ``lr_decay``.

    Parameters
    ----------
    decay
        :math:`d \ge 0`; the factor is 1/2 after :math:`1/d` steps.

    Raises
    ------
    TypeError, ValueError
        If the field is not as above.

    References
    ----------
    H. Robbins and S. Monro (1951), A stochastic approximation method.

    Examples
    --------
    >>> InverseTime(decay=0.5)(torch.arange(4))
    tensor([1.0000, 0.6667, 0.5000, 0.4000], dtype=torch.float64)
    """

    decay: Number

    def __post_init__(self) -> None:
        _store(self, "decay", low=0)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        return 1 / (1 + self.decay * t)


@dataclass(frozen=True)
class Linear(Schedule):
    r"""A straight line from one factor to another, then level, as torch's ``LinearLR``.

    .. math:: f_t = a + (b - a)\,\min(t / n, 1)

    Parameters
    ----------
    start_factor
        The first factor, :math:`a \ge 0`.
    end_factor
        The last factor, :math:`b \ge 0`.
    total_iters
        Steps :math:`n \ge 1` from the first to the last.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    Examples
    --------
    >>> Linear(start_factor=1.0, end_factor=0.0, total_iters=4)(torch.arange(6))
    tensor([1.0000, 0.7500, 0.5000, 0.2500, 0.0000, 0.0000], dtype=torch.float64)
    """

    start_factor: Number = 1 / 3
    end_factor: Number = 1.0
    total_iters: int = 5

    def __post_init__(self) -> None:
        _store(self, "start_factor", low=0)
        _store(self, "end_factor", low=0)
        _require.integer("total_iters", self.total_iters, low=1)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        progress = (t / self.total_iters).clamp(max=1)
        return self.start_factor + (self.end_factor - self.start_factor) * progress


@dataclass(frozen=True)
class Cosine(Schedule):
    r"""Half a cosine from 1 down to ``min_factor``, as torch's ``CosineAnnealingLR``.

    .. math:: f_t = f_{\min} + \tfrac12 (1 - f_{\min}) \bigl(1 + \cos(\pi t / T)\bigr)

    Over the first :math:`T` steps it only falls. Beyond, it climbs back as the equation says (and
    torch does).

    Parameters
    ----------
    T_max
        Steps :math:`T \ge 1` from the top to the bottom.
    min_factor
        The lowest factor, in [0, 1]: torch's ``eta_min`` divided by the base learning rate.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    References
    ----------
    I. Loshchilov and F. Hutter (2017), SGDR: stochastic gradient descent with warm restarts.

    Examples
    --------
    >>> Cosine(T_max=4)(torch.arange(5))
    tensor([1.0000, 0.8536, 0.5000, 0.1464, 0.0000], dtype=torch.float64)
    """

    T_max: int
    min_factor: Number = 0.0

    def __post_init__(self) -> None:
        _require.integer("T_max", self.T_max, low=1)
        _store(self, "min_factor", low=0, high=1)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        return _cosine(1.0, self.min_factor, t / self.T_max)


@dataclass(frozen=True)
class CosineWarmRestarts(Schedule):
    r"""Half a cosine again and again, as torch's ``CosineAnnealingWarmRestarts``.

    .. math:: f_t = f_{\min} + \tfrac12 (1 - f_{\min}) \bigl(1 + \cos(\pi\, t_i / T_i)\bigr)

    where :math:`t_i` counts the steps since the last restart and cycle :math:`i` is
    :math:`T_i = T_0\, T_{\text{mult}}^i` steps long.

    Parameters
    ----------
    T_0
        Steps in the first cycle, >= 1.
    T_mult
        How many times longer each cycle is than the one before, an int >= 1.
    min_factor
        The factor a cycle falls to, in [0, 1]: torch's ``eta_min`` divided by the base learning
        rate.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    References
    ----------
    I. Loshchilov and F. Hutter (2017), SGDR: stochastic gradient descent with warm restarts.

    Examples
    --------
    >>> CosineWarmRestarts(T_0=2, T_mult=2)(torch.arange(1, 7))
    tensor([0.5000, 1.0000, 0.8536, 0.5000, 0.1464, 1.0000], dtype=torch.float64)
    """

    T_0: int
    T_mult: int = 1
    min_factor: Number = 0.0

    def __post_init__(self) -> None:
        _require.integer("T_0", self.T_0, low=1)
        _require.integer("T_mult", self.T_mult, low=1)
        _store(self, "min_factor", low=0, high=1)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        t_i, T_i = self._cycle(t)
        return _cosine(1.0, self.min_factor, t_i / T_i)

    def _cycle(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return the steps since the last restart and the length of the cycle."""
        T_i = torch.full_like(t, self.T_0)
        if self.T_mult == 1:
            return t % T_i, T_i
        # Whole numbers, not a rounded logarithm, so that a restart is never a step early or late.
        while bool((t >= T_i).any()):
            over = t >= T_i
            t, T_i = torch.where(over, t - T_i, t), torch.where(over, T_i * self.T_mult, T_i)
        return t, T_i


@dataclass(frozen=True)
class Warmup(Schedule):
    r"""A straight climb to the full rate, then any other schedule, started when the climb ends.

    .. math::

        f_t = \begin{cases}
            a + (1 - a)\, t / n & t < n \\
            g_{t - n}           & t \ge n
        \end{cases}

    As torch's ``LinearLR`` and the scheduler of :math:`g` under a ``SequentialLR`` with the
    milestone :math:`n`.

    Parameters
    ----------
    total_iters
        Steps :math:`n \ge 1` of warming up.
    then
        The schedule :math:`g` that follows, counting from 0; constant by default.
    start_factor
        The first factor, :math:`a` in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    References
    ----------
    P. Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour.

    Examples
    --------
    >>> Warmup(2, then=Exponential(0.5), start_factor=0.0)(torch.arange(5))
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.2500], dtype=torch.float64)
    """

    total_iters: int = 5
    then: Schedule = field(default_factory=Constant)
    start_factor: Number = 1 / 3

    def __post_init__(self) -> None:
        _require.integer("total_iters", self.total_iters, low=1)
        if not isinstance(self.then, Schedule):
            raise TypeError(f"then must be a Schedule, got {self.then!r}")
        _store(self, "start_factor", low=0, high=1)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        n = self.total_iters
        climb = self.start_factor + (1 - self.start_factor) * t / n
        return torch.where(t < n, climb, self.then.at((t - n).clamp(min=0)))


@dataclass(frozen=True)
class OneCycle(Schedule):
    r"""Up to the maximum and down again, once in a run, as torch's ``OneCycleLR``.

    The factor is relative to the **maximum** rate, so the optimizer's learning rate is torch's
    ``max_lr``. From :math:`1/d` it climbs to 1 at step :math:`p\,n - 1` and falls to
    :math:`1/(d\,d')` at step :math:`n - 1`, where it then stays (torch raises). Where
    :math:`p\,n < 1` the peak lies before the run, which begins on the way down. Between two
    factors :math:`a`, :math:`b`, with :math:`u` from 0 to 1,

    .. math::

        f = b + \tfrac12 (a - b) (1 + \cos \pi u) \quad\text{or}\quad f = a + (b - a)\,u

    With ``three_phase`` the fall mirrors the climb, back to :math:`1/d` at step
    :math:`2 p\,n - 2`, and the rest of the run goes on to :math:`1/(d\,d')`; where none
    is left, as with :math:`p` well above 1/2, the run ends, as torch's does, in the mirror.
    Only the learning rate is scheduled: it is torch's with ``cycle_momentum=False``.

    Parameters
    ----------
    total_steps
        Steps :math:`n \ge 1` of the run.
    pct_start
        The share :math:`p` of the run, in [0, 1], that climbs.
    anneal_strategy
        ``"cos"``, or ``"linear"`` as in the paper.
    div_factor
        :math:`d > 0`, the maximum over the first rate.
    final_div_factor
        :math:`d' > 0`, the first over the last rate.
    three_phase
        Whether the fall is a mirrored climb and a tail, as in the paper.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    References
    ----------
    L. N. Smith and N. Topin (2019), Super-convergence: very fast training of neural networks using
    large learning rates.

    Examples
    --------
    >>> OneCycle(total_steps=6, pct_start=0.5, div_factor=4.0, final_div_factor=10.0)(2)
    1.0
    >>> OneCycle(total_steps=6, pct_start=0.5, div_factor=4.0, final_div_factor=10.0)(5)
    0.025
    """

    total_steps: int
    pct_start: float = 0.3
    anneal_strategy: str = "cos"
    div_factor: Number = 25.0
    final_div_factor: Number = 1e4
    three_phase: bool = False

    def __post_init__(self) -> None:
        _require.integer("total_steps", self.total_steps, low=1)
        _store(self, "pct_start", _require.real, low=0, high=1)
        _require.choice("anneal_strategy", self.anneal_strategy, _ANNEALINGS)
        _store(self, "div_factor", low=0, low_open=True)
        _store(self, "final_div_factor", low=0, low_open=True)
        _require.boolean("three_phase", self.three_phase)

    def at(self, t: Tensor) -> Tensor:
        """Return the factors at the steps ``t``."""
        first = 1 / self.div_factor
        peak, end = self.pct_start * self.total_steps - 1, self.total_steps - 1.0
        corners: list[tuple[float, Number]] = [(0.0, first), (peak, 1.0)]
        if self.three_phase:
            corners.append((2 * peak, first))
        corners.append((end, first / self.final_div_factor))
        return self._through(corners, t)

    def _through(self, corners: list[tuple[float, Number]], t: Tensor) -> Tensor:
        """Return the factors at ``t`` on the curve through the corners (step, factor)."""
        anneal = _ANNEALINGS[self.anneal_strategy]
        t = t.clamp(max=corners[-1][0])
        factor = torch.full_like(t, nan)
        # From the last phase to the first, so that a corner belongs to the phase that ends there.
        for (start, a), (end, b) in reversed(list(pairwise(corners))):
            u = (t - start) / (end - start) if end != start else torch.ones_like(t)
            factor = torch.where(t <= end, anneal(a, b, u), factor)
        return factor


class PlateauState(NamedTuple):
    """What :class:`ReduceOnPlateau` carries from metric to metric, each a tensor.

    ``factor`` of the base learning rate, ``best`` metric so far, ``bad_steps`` since it was last
    beaten, ``cooldown`` steps still to wait.
    """

    factor: Tensor
    best: Tensor
    bad_steps: Tensor
    cooldown: Tensor


@dataclass(frozen=True)
class ReduceOnPlateau:
    r"""A drop whenever a metric has stopped improving, as torch's ``ReduceLROnPlateau``.

    A metric :math:`x` is better than the best so far, :math:`x^*`, with threshold
    :math:`\epsilon`, if

    .. math::

        \begin{array}{lll}
                             & \text{mode min}            & \text{mode max} \\
            \text{rel:}       & x < x^* (1 - \epsilon)     & x > x^* (1 + \epsilon) \\
            \text{abs:}       & x < x^* - \epsilon         & x > x^* + \epsilon
        \end{array}

    After more than ``patience`` metrics in a row that are not, the factor is multiplied by
    ``factor``. NaN is never better. The state is not changed but returned anew; metrics with
    dimensions are independent runs.

    Parameters
    ----------
    mode
        ``"min"`` if less is better, ``"max"`` if more is.
    factor
        What a drop multiplies by, in [0, 1).
    patience
        Bad metrics that are let pass before a drop, an int >= 0.
    threshold
        :math:`\epsilon \ge 0`: what does not count as an improvement.
    threshold_mode
        ``"rel"`` or ``"abs"``.
    cooldown
        Metrics after a drop during which none counts as bad, an int >= 0.
    min_factor
        The factor never falls below this, in [0, 1]: torch's ``min_lr`` divided by the base
        learning rate.
    eps
        A drop by less than this, or just this, is not made; >= 0: torch's ``eps`` divided by the
        base learning rate.

    Raises
    ------
    TypeError, ValueError
        If a field is not as above.

    Examples
    --------
    >>> plateau = ReduceOnPlateau(factor=0.5, patience=1)
    >>> state = plateau.init()
    >>> for loss in [3.0, 2.0, 2.0, 2.0, 1.0]:
    ...     factor, state = plateau.update(loss, state)
    ...     print(loss, factor.item())
    3.0 1.0
    2.0 1.0
    2.0 1.0
    2.0 0.5
    1.0 0.5
    """

    mode: str = "min"
    factor: Number = 0.1
    patience: int = 10
    threshold: Number = 1e-4
    threshold_mode: str = "rel"
    cooldown: int = 0
    min_factor: Number = 0.0
    eps: Number = 1e-8

    def __post_init__(self) -> None:
        _require.choice("mode", self.mode, ("min", "max"))
        _store(self, "factor", low=0, high=1, high_open=True)
        _require.integer("patience", self.patience, low=0)
        _store(self, "threshold", low=0)
        _require.choice("threshold_mode", self.threshold_mode, ("rel", "abs"))
        _require.integer("cooldown", self.cooldown, low=0)
        _store(self, "min_factor", low=0, high=1)
        _store(self, "eps", low=0)

    def init(self) -> PlateauState:
        """Return the state before the first metric: factor 1, nothing seen."""
        worst = inf if self.mode == "min" else -inf
        factor, best, zero = torch.tensor([1.0, worst, 0.0], dtype=torch.float64)
        return PlateauState(factor, best, bad_steps=zero, cooldown=zero)

    def update(self, metric: float | Tensor, state: PlateauState) -> tuple[Tensor, PlateauState]:
        """Take in one metric; return the factor from here on and the new state.

        Parameters
        ----------
        metric
            A number, or a floating-point tensor with one metric a run. NaN and infinities pass.
        state
            What ``init`` or the last ``update`` returned.

        Returns
        -------
        tuple of Tensor and PlateauState
            The factor of the base learning rate, shape of ``metric`` and of fields with dimensions,
            float64 if there are none; the new state.

        Raises
        ------
        TypeError
            If ``metric`` is neither a number nor a floating-point tensor, or ``state`` is not a
            ``PlateauState``.
        ValueError
            If ``metric`` is an empty tensor or beyond a float's range, or it, the state and the
            fields do not broadcast against each other.
        """
        x, state = self._check(metric, state)
        better = self._is_better(x, state.best)
        best = torch.where(better, x, state.best)
        bad_steps = torch.where(better | (state.cooldown > 0), 0, state.bad_steps + 1)
        cooldown = (state.cooldown - 1).clamp(min=0)

        drop = bad_steps > self.patience
        lower = torch.clamp(state.factor * self.factor, min=self.min_factor)
        factor = torch.where(drop & (state.factor - lower > self.eps), lower, state.factor)
        bad_steps = torch.where(drop, 0, bad_steps)
        cooldown = torch.where(drop, self.cooldown, cooldown)
        return factor, PlateauState(factor, best, bad_steps, cooldown)

    def _is_better(self, x: Tensor, best: Tensor) -> Tensor:
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * x < sign * best * (1 - sign * self.threshold)
        return sign * x < sign * best - self.threshold

    def _check(self, metric: float | Tensor, state: PlateauState) -> tuple[Tensor, PlateauState]:
        if not isinstance(state, PlateauState):
            raise TypeError(f"state must be a PlateauState, got {state!r}")
        if isinstance(metric, bool) or not isinstance(metric, Real | Tensor):
            raise TypeError(f"metric must be a number or a tensor, got {metric!r}")
        if isinstance(metric, Tensor):
            metric = _require.tensor("metric", metric).detach()
        else:
            try:
                metric = float(metric)
            except OverflowError:
                raise ValueError(
                    f"metric must not be beyond a float's range, got {_require.shown(metric)}"
                ) from None
        x = torch.as_tensor(metric, dtype=torch.float64)
        state = PlateauState(*(part.to(x.device) for part in state))
        shape = _require.shapes_broadcast("metric", x, "the state", state.best.shape)
        _require.all_broadcast(vars(self), "the metric", shape)
        return x, state


def _cosine(start: Number, end: Number, u: Tensor) -> Tensor:
    return end + 0.5 * (start - end) * (1 + torch.cos(pi * u))


def _line(start: Number, end: Number, u: Tensor) -> Tensor:
    return start + (end - start) * u


_ANNEALINGS = {"cos": _cosine, "linear": _line}
