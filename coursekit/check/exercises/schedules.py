"""Learning-rate schedules: the factor of the base rate at a step, counted from zero."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from math import ceil, cos, exp, inf, pi, sin, sqrt
from typing import Any

from coursekit.check._declare import exercise
from coursekit.check._exercise import Bugs, Call, Scenario, Script, read_numbers
from coursekit.check._text import Text

__all__ = [
    "cosine_schedule",
    "even_steps",
    "exponential_schedule",
    "inverse_time_schedule",
    "multi_step_schedule",
    "one_cycle_schedule",
    "step_schedule",
    "warm_restarts_schedule",
    "warmup_schedule",
]

schedule = partial(exercise, "factor", read=read_numbers, measured=False)
# One step's ratio of yours to what is right says nothing of the other steps'.


def _over(steps: Sequence[int], *settings: tuple[Any, ...]) -> tuple[Scenario, ...]:
    """Ask for the factor at these steps, for every setting."""

    def play() -> Script:
        for setting in settings:
            for step in steps:
                yield Call(Text("step {t}", "第 {t} 步").format(t=step), (step, *setting))

    return (Scenario(play),)


def _shifted(bugs: Bugs, step: int) -> int:
    """Return the step that a schedule which is early or late takes this one for."""
    if "late" in bugs:
        return step - 1 if "unguarded" in bugs else max(step - 1, 0)
    return step + 1 if "early" in bugs else step


# --- step -----------------------------------------------------------------------------------------


@schedule(_over(range(9), (3, 0.5), (2, 0.1), (4, 0.9), (1, 0.7)), spellings=("unguarded",))
def step_schedule(bugs: Bugs, step: int, step_size: int, gamma: float) -> float:
    r"""Check a step decay, :math:`\gamma^{\lfloor t / s \rfloor}`.

    Function
    --------
    two ints, steps counting from 0, and a float; the factor of the base learning rate back, a
    number.

    Examples
    --------
    >>> from coursekit import check
    >>> check.step_schedule(lambda step, step_size, gamma: gamma ** (step / step_size)).mistake
    'smooth'
    """
    t = _shifted(bugs, step)
    drops: float = t // step_size
    if "smooth" in bugs:
        drops = t / step_size
    if "rounds_up" in bugs:
        drops = ceil(t / step_size)
    if "rounds" in bugs:
        drops = round(t / step_size)
    if "once" in bugs:
        drops = min(drops, 1)
    if "one_more" in bugs:
        drops += 1
    if "remainder" in bugs:
        drops = t % step_size
    if "constant" in bugs:
        return 1.0
    if "linear" in bugs:
        return max(1 - drops * (1 - gamma), -inf if "unguarded" in bugs else 0.0)
    if "product" in bugs:
        return gamma * drops
    if "subtracts_gamma" in bugs:
        return 1 - gamma * drops
    if "only_there" in bugs:
        drops = int(t % step_size == 0 and (t > 0 or "unguarded" not in bugs))
    return float(gamma**-drops if "upward" in bugs else gamma**drops)


# --- multi-step -----------------------------------------------------------------------------------


@schedule(
    _over(range(9), ([2, 5], 0.5), ([3, 4, 7], 0.1), ([6, 1], 0.5), ([3, 6, 3], 0.5)),
    spellings=("unguarded", "bisected"),
)
def multi_step_schedule(bugs: Bugs, step: int, milestones: list[int], gamma: float) -> float:
    r"""Check a decay at milestones, :math:`\gamma^{k}` with :math:`k = \#\{i : m_i \le t\}`.

    Function
    --------
    an int counting from 0, a list of ints in any order and a float; the factor of the base learning
    rate back, a number.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_schedule(step, milestones, gamma):
    ...     return gamma ** sum(step > milestone for milestone in milestones)
    >>> check.multi_step_schedule(my_schedule).mistake
    'late'
    """
    t = step + 1 if "early" in bugs else step - 1 if "late" in bugs else step
    drops = sum(milestone <= t for milestone in milestones)
    if "repeated_once" in bugs:
        drops = sum(milestone <= t for milestone in set(milestones))
    if "ahead" in bugs:
        drops = sum(milestone > t for milestone in milestones)
    if "once" in bugs:
        drops = min(drops, 1)
    if "only_there" in bugs:
        drops = int(t in milestones)
    if "in_order" in bugs:
        late = [index for index, milestone in enumerate(milestones) if milestone > t]
        drops = late[0] if late else len(milestones)
        if "bisected" in bugs:
            drops = bisect_right(milestones, t)
    if "one_fewer" in bugs:
        drops = max(drops - 1, 0)
    if "constant" in bugs:
        return 1.0
    if "linear" in bugs:
        return gamma * drops if drops or "unguarded" in bugs else 1.0
    return float(gamma**-drops if "upward" in bugs else gamma**drops)


# --- exponential ----------------------------------------------------------------------------------


@schedule(_over(range(6), (0.5,), (0.9,), (1.1,)), spellings=("unguarded",))
def exponential_schedule(bugs: Bugs, step: int, gamma: float) -> float:
    r"""Check an exponential decay, :math:`\gamma^t`.

    Function
    --------
    an int counting from 0 and a float; a number back.

    Examples
    --------
    >>> from coursekit import check
    >>> check.exponential_schedule(lambda step, gamma: gamma ** (step + 1)).mistake
    'early'
    """
    t = _shifted(bugs, step)
    if "constant" in bugs:
        return 1.0
    if "natural" in bugs:
        return exp(-gamma * t)
    if "complement" in bugs:
        return (1 - gamma) ** t
    if "linear" in bugs:
        return max(1 - (1 - gamma) * t, -inf if "unguarded" in bugs else 0.0)
    if "product" in bugs:
        return gamma * t
    if "power" in bugs:
        return float(t**gamma)
    return float(gamma**-t if "upward" in bugs else gamma**t)


# --- even steps -----------------------------------------------------------------------------------


@schedule(_over((0, 1, 2, 5, 20), (0.9,), (0.5,), (0.99,)))
def even_steps(bugs: Bugs, step: int, alpha: float) -> float:
    r"""Check the factor that makes RMSprop's steps even on a constant slope.

    After :math:`t + 1` equal gradients the average holds the share :math:`1 - \alpha^{t+1}` of
    their square, :math:`t` counting from 0, and the step is too long by one over its root:

    .. math:: \sqrt{1 - \alpha^{t+1}}

    Function
    --------
    an int counting from 0 and a float; the factor of the learning rate back, a number.

    Examples
    --------
    >>> from math import sqrt
    >>> from coursekit import check
    >>> check.even_steps(lambda step, alpha: sqrt(1 - alpha**step)).mistake
    'late'
    """
    seen = _shifted(bugs | {"unguarded"}, step) + 1
    if "complement" in bugs:
        alpha = 1 - alpha
    if "first_only" in bugs:
        seen = 1
    share = 1 - alpha**seen
    if "constant" in bugs:
        return 1.0
    if "no_brackets" in bugs:
        share = 1 - alpha ** (seen - 1) + 1
    if "unweighted" in bugs:
        share /= 1 - alpha
    if "root_inside" in bugs:
        return 1 - sqrt(alpha**seen)
    if "newest" in bugs:
        return sqrt(alpha**seen)
    if "sum" in bugs:
        return sqrt(seen)
    factor = share if "no_root" in bugs else sqrt(share)
    return 1 / factor if "inverted" in bugs else factor


# --- inverse time ---------------------------------------------------------------------------------


@schedule(_over(range(6), (0.5,), (0.1,), (2.0,), (0.0,)), spellings=("unguarded",))
def inverse_time_schedule(bugs: Bugs, step: int, decay: float) -> float:
    r"""Check an inverse-time decay, :math:`1 / (1 + d\,t)` (Robbins & Monro 1951).

    Function
    --------
    an int counting from 0 and a float >= 0, where 0 leaves the rate as it is; a number back.

    Examples
    --------
    >>> from coursekit import check
    >>> check.inverse_time_schedule(lambda step, decay: 1 / (decay * step)).mistake
    'raises'
    """
    t = _shifted(bugs, step)
    if "constant" in bugs:
        return 1.0
    if "no_one" in bugs:
        return 1 / (decay * t) if t else inf
    if "root" in bugs:
        return 1 / sqrt(1 + decay * t)
    if "power" in bugs:
        return (1 + decay) ** -t
    if "decay_as_power" in bugs:
        return float((1 + t) ** -decay)
    if "adds" in bugs:
        return 1 / (1 + decay + t)
    if "waits" in bugs:
        return 1 / max(decay * t, 1)
    if "no_decay" in bugs:
        return 1 / (1 + t)
    if "decay_below" in bugs:
        return 1 / (1 + t / decay)
    if "exponential" in bugs:
        return exp(-decay * t)
    if "linear" in bugs:
        return 1 - decay * t
    return 1 + decay * t if "upward" in bugs else 1 / (1 + decay * t)


# --- cosine ---------------------------------------------------------------------------------------


def _half_cosine(bugs: Bugs, progress: float, min_factor: float) -> float:
    angle = progress * (1 if "no_pi" in bugs else 2 * pi if "whole_period" in bugs else pi)
    if "degrees" in bugs:
        angle = 180 * progress
    wave = sin(angle) if "sine" in bugs else cos(angle)
    if "upward" in bugs:
        wave = -wave
    half = 1 + wave if "no_half" in bugs else (1 + wave) / 2
    if "half_of_one" in bugs:
        half = 1 / 2 + wave
    if "sign_changes" in bugs:
        half = wave / 2
    if "bare_cosine" in bugs:
        half = wave
    if "straight" in bugs:
        half = 1 - progress
    if "constant" in bugs:
        half = 1.0
    if "quarter" in bugs:
        half = cos(angle / 2)
    if "no_minimum" in bugs:
        min_factor = 0.0
    if "cut_off" in bugs:
        return max(min_factor, half)
    if "minimum_not_added" in bugs:
        return (1 - min_factor) * half
    return min_factor + (1 if "minimum_on_top" in bugs else 1 - min_factor) * half


@schedule(
    (*_over((0, 4, 1, 2, 3), (4, 0.0), (4, 0.2), (8, 0.1)), *_over((0, 1), (1, 0.1))),
    spellings=("unguarded",),
)
def cosine_schedule(bugs: Bugs, step: int, T_max: int, min_factor: float) -> float:
    r"""Check a cosine decay (Loshchilov & Hutter 2017), up to step ``T_max``.

    .. math:: f_{\min} + \tfrac12 (1 - f_{\min}) \bigl(1 + \cos(\pi t / T)\bigr)

    Function
    --------
    two ints, steps counting from 0, and the lowest factor, a float; a number back. Steps beyond
    ``T_max`` are not tried.

    Examples
    --------
    >>> from math import cos, pi
    >>> from coursekit import check
    >>> def my_cosine(step, T_max, min_factor):
    ...     return min_factor + (1 + cos(pi * step / T_max)) / 2
    >>> check.cosine_schedule(my_cosine).mistake
    'minimum_on_top'
    """
    t = _shifted(bugs, step)
    length = T_max - 1 if "one_shorter" in bugs else T_max
    if "unguarded" not in bugs:
        length = max(length, 1)
    return _half_cosine(bugs, t // length if "whole_division" in bugs else t / length, min_factor)


# --- cosine with warm restarts --------------------------------------------------------------------


@schedule(
    _over(range(15), (2, 2, 0.0), (4, 1, 0.2), (2, 3, 0.1), (1, 2, 0.1)),
    spellings=("unguarded", "by_factor"),
)
def warm_restarts_schedule(
    bugs: Bugs, step: int, T_0: int, T_mult: int, min_factor: float
) -> float:
    r"""Check a cosine decay with warm restarts (Loshchilov & Hutter 2017).

    Cycle :math:`i` is :math:`T_0 T_{\text{mult}}^i` steps long, and within each the factor follows
    the cosine of :func:`cosine_schedule`.

    Function
    --------
    three ints, steps counting from 0, and a float; a number back.

    Examples
    --------
    >>> from math import cos, pi
    >>> from coursekit import check
    >>> def my_restarts(step, T_0, T_mult, min_factor):
    ...     return min_factor + (1 - min_factor) * (1 + cos(pi * (step % T_0) / T_0)) / 2
    >>> check.warm_restarts_schedule(my_restarts).mistake
    'equal_cycles'
    """
    t = _shifted(bugs, step)
    start, length, cycle = 0, T_0, 0
    while t >= start + length + ("restarts_late" in bugs) and "no_restart" not in bugs:
        if "one_restart" in bugs and cycle:
            break
        skipped = length * T_mult if "skips_ahead" in bugs else length
        start, cycle = start + skipped, cycle + 1
        if "equal_cycles" not in bugs:
            added = T_0 * T_mult if "unguarded" in bugs else T_0 * (T_mult - 1)
            added = T_mult if "by_factor" in bugs else added
            length = length + added if "adds_length" in bugs else length * T_mult
    since = t if "clock_runs_on" in bugs else t - start
    if "stays_down" in bugs:
        start, length, cycle, since = 0, T_0, 0, min(t, T_0)
    if "one_shorter" in bugs:
        length = length - 1 if "unguarded" in bugs else max(length - 1, 1)
    if "first_length" in bugs:
        length = T_0
    factor = _half_cosine(bugs, since / length, min_factor)
    return factor / 2**cycle if "lower_tops" in bugs else factor


# --- warm-up --------------------------------------------------------------------------------------


@schedule(_over(range(8), (4, 0.2), (6, 0.5), (3, 0.1), (1, 0.25)), spellings=("unguarded",))
def warmup_schedule(bugs: Bugs, step: int, total_iters: int, start_factor: float) -> float:
    r"""Check a linear warm-up, :math:`a + (1 - a) \min(t / n, 1)` (Goyal et al. 2017).

    Function
    --------
    two ints, steps counting from 0, and a float; a number back.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_warmup(step, total_iters, start_factor):
    ...     return start_factor + (1 - start_factor) * step / total_iters
    >>> check.warmup_schedule(my_warmup).mistake
    'goes_on'
    """
    t = _shifted(bugs, step)
    length = total_iters - 1 if "one_shorter" in bugs else total_iters
    progress = t / (length if "unguarded" in bugs else max(length, 1))
    if "goes_on" not in bugs:
        progress = min(progress, 1.0)
    if "downward" in bugs:
        progress = 1 - progress
    if "falls_back" in bugs and step >= total_iters + ("unguarded" in bugs):
        return start_factor
    if "larger_of_two" in bugs:
        return max(start_factor, progress)
    if "constant" in bugs:
        return 1.0
    if "stays" in bugs:
        return start_factor if step < total_iters else 1.0
    if "from_zero" in bugs:
        return progress
    if "start_on_top" in bugs:
        return start_factor + progress
    if "geometric" in bugs:
        return float(start_factor ** (1 - progress))
    if "quadratic" in bugs:
        progress = progress**2
    if "half_cosine" in bugs:
        progress = (1 - cos(pi * progress)) / 2
    if "times_start" in bugs:
        return start_factor * progress
    if "cut_off" in bugs:
        return min(1.0, start_factor + progress)
    return start_factor + (1 - start_factor) * progress


# --- one cycle ------------------------------------------------------------------------------------


@schedule(
    _over(
        (0, 9, *range(1, 9)),
        (10, 0.3, 25.0, 100.0),
        (10, 0.4, 4.0, 10.0),
        (20, 0.25, 2.0, 5.0),
        (10, 0.25, 10.0, 100.0),
        (10, 0.37, 10.0, 100.0),
    )
)
def one_cycle_schedule(
    bugs: Bugs,
    step: int,
    total_steps: int,
    pct_start: float,
    div_factor: float,
    final_div_factor: float,
) -> float:
    r"""Check a one-cycle schedule (Smith & Topin 2019), two phases of half a cosine, as in torch.

    From :math:`1/d` it climbs to 1 at step :math:`p\,n - 1` and falls to :math:`1/(d\,d')` at step
    :math:`n - 1`.

    Function
    --------
    two ints, steps counting from 0, and three floats; the factor of the maximum rate back.

    Examples
    --------
    >>> from coursekit import check
    >>> from coursekit.schedules import OneCycle
    >>> def my_cycle(step, total_steps, pct_start, div_factor, final_div_factor):
    ...     d, e = div_factor, final_div_factor
    ...     return OneCycle(total_steps, pct_start, "linear", d, e)(step)
    >>> check.one_cycle_schedule(my_cycle).mistake
    'straight'
    """
    first = 1 / div_factor
    last = first / final_div_factor
    if "final_of_maximum" in bugs:
        last = 1 / final_div_factor
    if "ends_at_first" in bugs:
        last = first
    if "ends_at_zero" in bugs:
        last = 0.0
    if "from_zero" in bugs:
        first = 0.0
    if "starts_at_factor" in bugs:
        first = div_factor
    share = 0.5 if "half_and_half" in bugs else pct_start
    top = share * total_steps
    if "rounds_peak" in bugs:
        top = int(top)
    if "rounds_peak_nearest" in bugs:
        top = round(top)
    peak = top - (0 if "late_peak" in bugs else 1)
    if "peak_of_last" in bugs:
        peak = share * (total_steps - 1)
    end = total_steps - (0 if "late_end" in bugs else 1)
    if step <= peak:
        a, b, u = first, 1.0, step / peak
    else:
        a, b, u = 1.0, last, (step - peak) / (end - peak)
    if "clock_runs_on" in bugs and step > peak:
        u = step / end
    if "ends_swapped" in bugs:
        a, b = b, a
    straight = {"straight", "straight_climb" if step <= peak else "straight_fall"} & bugs
    factor = a + (b - a) * (u if straight else (1 - cos(pi * u)) / 2)
    if "constant" in bugs:
        factor = 1.0
    if "upside_down" in bugs:
        factor = 1 + first - factor
    return div_factor * factor if "of_first" in bugs else factor
