"""Learning-rate schedules: the factor of the base rate at a step, counted from zero."""

from collections.abc import Sequence
from math import ceil, cos, exp, inf, pi, sin, sqrt
from typing import Any

from coursekit.check._common import Function, mistake
from coursekit.check._exercise import Bugs, Call, Exercise, Mistake, Scenario, Script, read_numbers
from coursekit.check._judge import judge
from coursekit.check._text import Text
from coursekit.check._verdict import Verdict


def _over(steps: Sequence[int], *settings: tuple[Any, ...]) -> tuple[Scenario, ...]:
    """Ask for the factor at these steps, for every setting."""

    def play() -> Script:
        for setting in settings:
            for step in steps:
                yield Call(Text("step {t}", "第 {t} 步").format(t=step), (step, *setting))

    return (Scenario(play),)


def _schedule(
    name: str,
    parameters: tuple[str, ...],
    solve: Any,
    scenarios: tuple[Scenario, ...],
    *mistakes: Mistake,
) -> Exercise:
    return Exercise(
        f"{name}_schedule",
        ("step", *parameters),
        ("factor",),
        solve,
        scenarios,
        (*mistakes, _CONSTANT),
        read=read_numbers,
        measured=False,  # the ratio at one step says nothing of the others
    )


_CONSTANT = mistake(
    "constant",
    "a factor of 1 at every step",
    "每一步的系数都是 1",
    "What in your function depends on `step`?",
    "你的函数里哪里与 `step` 有关？",
)
_EARLY = mistake(
    "early",
    "a schedule that is one step early",
    "早了一步的调度",
    "Steps count from 0. Try the smallest number at which something should happen.",
    "步数从 0 数起。用应当发生变化的最小步数试一试。",
)
_LATE = mistake(
    "late",
    "a schedule that is one step late",
    "晚了一步的调度",
    "Steps count from 0. Try the smallest number at which something should happen.",
    "步数从 0 数起。用应当发生变化的最小步数试一试。",
)
_UPWARD = mistake(
    "upward",
    "a learning rate that goes up instead of down",
    "学习率该降却升了",
    "Compute the factor by hand for two steps, one early and one late.",
    "手算靠前和靠后各一步的系数，比一比。",
)
_NO_MINIMUM = mistake(
    "no_minimum",
    "a curve that takes no notice of `min_factor`",
    "没有用到 `min_factor` 的曲线",
    "At which value should the curve end?",
    "曲线最后应当落在哪个值？",
)
_MINIMUM_ON_TOP = mistake(
    "minimum_on_top",
    "`min_factor` added on top: the curve starts above 1",
    "直接加上了 `min_factor`：曲线从 1 以上开始",
    "At which value should the curve begin?",
    "曲线应当从哪个值开始？",
)
_NO_HALF = mistake(
    "no_half",
    "a cosine without the ½: the curve starts at 2",
    "余弦前少了 ½：曲线从 2 开始",
    "What are the largest and the smallest value of `1 + cos`?",
    "`1 + cos` 的最大值和最小值各是多少？",
)
_SIGN_CHANGES = mistake(
    "sign_changes",
    "half the cosine, without the 1: later the factor becomes negative",
    "只取了余弦值的一半，没有加 1：后面系数会变成负数",
    "What happens to a step whose learning rate is negative?",
    "学习率为负的一步会怎样？",
)
_WHOLE_PERIOD = mistake(
    "whole_period",
    "a whole period of the cosine: the curve comes back up",
    "走了余弦的整个周期：曲线又升了回来",
    "By which angle does the cosine fall from its top to its bottom?",
    "余弦从最高到最低，角度变化多少？",
)
_NO_PI = mistake(
    "no_pi",
    "a cosine without π",
    "余弦里少了 π",
    "By which angle does the cosine fall from its top to its bottom?",
    "余弦从最高到最低，角度变化多少？",
)


# --- step -----------------------------------------------------------------------------------------


def _step(bugs: Bugs, step: int, step_size: int, gamma: float) -> float:
    t = step + 1 if "early" in bugs else max(step - 1, 0) if "late" in bugs else step
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
        return max(1 - drops * (1 - gamma), 0.0)
    return float(gamma**-drops if "upward" in bugs else gamma**drops)


STEP = _schedule(
    "step",
    ("step_size", "gamma"),
    _step,
    _over(range(9), (3, 0.5), (2, 0.1), (4, 0.9)),
    _EARLY,
    _LATE,
    mistake(
        "smooth",
        "a decay at every step, not in stairs",
        "每一步都在衰减，而不是成台阶",
        "Between two drops the factor should not change.",
        "两次下降之间，系数不应当变。",
    ),
    mistake(
        "rounds_up",
        "a drop right after the first step: the division is rounded up",
        "除法向上取整：第一步之后就下降了",
        "How many drops lie behind you at step 1?",
        "到第 1 步为止下降过几次？",
    ),
    mistake(
        "rounds",
        "drops half a stair early: the division is rounded to the nearest",
        "除法四舍五入：提前半个台阶就下降了",
        "How many whole stairs fit into `step` steps?",
        "`step` 步里有几个完整的台阶？",
    ),
    mistake(
        "once",
        "one drop, and no more after it",
        "只下降了一次",
        "What should happen at `2 * step_size`?",
        "到 `2 * step_size` 时应当发生什么？",
    ),
    mistake(
        "one_more",
        "a drop before the first step",
        "还没开始就已经下降了一次",
        "The first step is taken with the base rate.",
        "第一步用的是基础学习率。",
    ),
    mistake(
        "remainder",
        "the remainder of the division, not its whole part",
        "取了余数，而不是商",
        "How many whole stairs fit into `step` steps?",
        "`step` 步里有几个完整的台阶？",
    ),
    mistake(
        "linear",
        "drops of equal size, not by an equal factor",
        "每次下降同样的量，而不是同样的倍数",
        "Two drops, each to a tenth: is that a hundredth?",
        "两次都降到十分之一，结果是百分之一吗？",
    ),
    _UPWARD,
)


def step_schedule(function: Function) -> Verdict:
    r"""Check a step decay, :math:`\gamma^{\lfloor t / s \rfloor}`.

    Parameters
    ----------
    function
        ``function(step, step_size, gamma) -> factor``: two ints, steps counting from 0, and a
        float; the factor of the base learning rate back, a number.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> check.step_schedule(lambda step, step_size, gamma: gamma ** (step / step_size)).mistake
    'smooth'
    """
    return judge(STEP, function)


# --- multi-step -----------------------------------------------------------------------------------


def _multi_step(bugs: Bugs, step: int, milestones: list[int], gamma: float) -> float:
    t = step + 1 if "early" in bugs else step - 1 if "late" in bugs else step
    drops = sum(milestone <= t for milestone in milestones)
    if "ahead" in bugs:
        drops = sum(milestone > t for milestone in milestones)
    if "once" in bugs:
        drops = min(drops, 1)
    if "only_there" in bugs:
        drops = milestones.count(t)
    if "in_order" in bugs:
        late = [index for index, milestone in enumerate(milestones) if milestone > t]
        drops = late[0] if late else len(milestones)
    if "constant" in bugs:
        return 1.0
    if "linear" in bugs:
        return gamma * drops if drops else 1.0
    return float(gamma**-drops if "upward" in bugs else gamma**drops)


MULTI_STEP = _schedule(
    "multi_step",
    ("milestones", "gamma"),
    _multi_step,
    _over(range(9), ([2, 5], 0.5), ([3, 4, 7], 0.1), ([6, 1], 0.5)),
    _EARLY,
    _LATE,
    mistake(
        "once",
        "one drop, and no more after it",
        "只下降了一次",
        "How many milestones lie behind you after the last one?",
        "过了最后一个里程碑，一共经过了几个？",
    ),
    mistake(
        "only_there",
        "a drop at the milestone itself, undone right after it",
        "只在里程碑那一步下降，下一步又回去了",
        "What should the factor be between two milestones?",
        "两个里程碑之间，系数应当是多少？",
    ),
    mistake(
        "ahead",
        "a count of the milestones still ahead",
        "数的是还没到的里程碑",
        "How many drops lie behind you at step 0?",
        "到第 0 步为止下降过几次？",
    ),
    mistake(
        "in_order",
        "a count that relies on the milestones being in order",
        "默认了里程碑是排好序的",
        "Which milestone does your function look at first, and what does it conclude from it?",
        "你的函数先看哪个里程碑？由此得出了什么结论？",
    ),
    mistake(
        "linear",
        "`gamma` multiplied by the number of drops, not raised to it",
        "`gamma` 乘了下降次数，而不是它的幂",
        "Two drops by a half: is that a quarter?",
        "两次减半，结果是四分之一吗？",
    ),
    _UPWARD,
)


def multi_step_schedule(function: Function) -> Verdict:
    r"""Check a decay at milestones, :math:`\gamma^{k}` with :math:`k = \#\{i : m_i \le t\}`.

    Parameters
    ----------
    function
        ``function(step, milestones, gamma) -> factor``: an int counting from 0, a list of ints in
        any order and a float; the factor of the base learning rate back, a number.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_schedule(step, milestones, gamma):
    ...     return gamma ** sum(step > milestone for milestone in milestones)
    >>> check.multi_step_schedule(my_schedule).mistake
    'late'
    """
    return judge(MULTI_STEP, function)


# --- exponential ----------------------------------------------------------------------------------


def _exponential(bugs: Bugs, step: int, gamma: float) -> float:
    t = step + 1 if "early" in bugs else max(step - 1, 0) if "late" in bugs else step
    if "constant" in bugs:
        return 1.0
    if "natural" in bugs:
        return exp(-gamma * t)
    if "complement" in bugs:
        return (1 - gamma) ** t
    if "linear" in bugs:
        return max(1 - (1 - gamma) * t, 0.0)
    if "product" in bugs:
        return gamma * t
    if "power" in bugs:
        return float(t**gamma)
    return float(gamma**-t if "upward" in bugs else gamma**t)


EXPONENTIAL = _schedule(
    "exponential",
    ("gamma",),
    _exponential,
    _over(range(6), (0.5,), (0.9,), (1.1,)),
    _EARLY,
    _LATE,
    mistake(
        "natural",
        "`exp(-gamma * step)`: here `gamma` is the factor itself, not a rate",
        "`exp(-gamma * step)`：这里的 `gamma` 就是系数，不是速率",
        "What should the factor be after one step?",
        "一步之后系数应当是多少？",
    ),
    mistake(
        "complement",
        "powers of `1 - gamma`",
        "取了 `1 - gamma` 的幂",
        "With `gamma = 0.9`, how much should be left after one step?",
        "`gamma = 0.9` 时，一步之后应当剩下多少？",
    ),
    mistake(
        "linear",
        "a straight line",
        "一条直线",
        "Each step multiplies by the same factor. Is the difference of two steps always the same?",
        "每一步都乘同一个数。相邻两步之差会一直相同吗？",
    ),
    mistake(
        "product",
        "`gamma` multiplied by the step, not raised to it",
        "`gamma` 乘了步数，而不是它的幂",
        "What is the factor at step 0?",
        "第 0 步的系数是多少？",
    ),
    mistake(
        "power",
        "the step raised to `gamma`: base and exponent in each other's place",
        "步数的 `gamma` 次方：底数和指数互换了",
        "What is the factor at step 0?",
        "第 0 步的系数是多少？",
    ),
    _UPWARD,
)


def exponential_schedule(function: Function) -> Verdict:
    r"""Check an exponential decay, :math:`\gamma^t`.

    Parameters
    ----------
    function
        ``function(step, gamma) -> factor``: an int counting from 0 and a float; a number back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> check.exponential_schedule(lambda step, gamma: gamma ** (step + 1)).mistake
    'early'
    """
    return judge(EXPONENTIAL, function)


# --- inverse time ---------------------------------------------------------------------------------


def _inverse_time(bugs: Bugs, step: int, decay: float) -> float:
    t = step + 1 if "early" in bugs else max(step - 1, 0) if "late" in bugs else step
    if "constant" in bugs:
        return 1.0
    if "no_one" in bugs:
        return 1 / (decay * t) if t else inf
    if "root" in bugs:
        return 1 / sqrt(1 + decay * t)
    if "power" in bugs:
        return (1 + decay) ** -t
    if "no_decay" in bugs:
        return 1 / (1 + t)
    if "decay_below" in bugs:
        return 1 / (1 + t / decay)
    if "exponential" in bugs:
        return exp(-decay * t)
    if "linear" in bugs:
        return 1 - decay * t
    return 1 + decay * t if "upward" in bugs else 1 / (1 + decay * t)


INVERSE_TIME = _schedule(
    "inverse_time",
    ("decay",),
    _inverse_time,
    _over(range(6), (0.5,), (0.1,), (2.0,)),
    _EARLY,
    _LATE,
    mistake(
        "no_one",
        "a denominator without the 1: a division by zero at step 0",
        "分母里少了 1：第 0 步会除以零",
        "The first step is taken with the base rate.",
        "第一步用的是基础学习率。",
        error="ZeroDivisionError",
    ),
    mistake(
        "root",
        "a decay by the root of the time",
        "按时间的平方根衰减",
        "After `1 / decay` steps the factor should be a half.",
        "`1 / decay` 步之后系数应当是二分之一。",
    ),
    mistake(
        "power",
        "an exponential decay: each step divides by `1 + decay`",
        "指数衰减：每一步都除以 `1 + decay`",
        "By what share does your factor fall at each step? Should that share stay the same?",
        "你的系数每一步降低几分之几？这个比例应当一直不变吗？",
    ),
    mistake(
        "exponential",
        "an exponential decay, `exp(-decay * step)`",
        "指数衰减 `exp(-decay * step)`",
        "By what share does your factor fall at each step? Should that share stay the same?",
        "你的系数每一步降低几分之几？这个比例应当一直不变吗？",
    ),
    mistake(
        "no_decay",
        "a curve that takes no notice of `decay`",
        "没有用到 `decay` 的曲线",
        "What should change when `decay` is zero?",
        "`decay` 为零时应当怎样？",
    ),
    mistake(
        "decay_below",
        "the step divided by `decay`, not multiplied",
        "步数除以了 `decay`，而不是相乘",
        "A larger `decay` should fall faster.",
        "`decay` 越大，应当降得越快。",
    ),
    mistake(
        "linear",
        "a straight line, which becomes negative",
        "一条直线，会变成负数",
        "What happens to a step whose learning rate is negative?",
        "学习率为负的一步会怎样？",
    ),
    _UPWARD,
)


def inverse_time_schedule(function: Function) -> Verdict:
    r"""Check an inverse-time decay, :math:`1 / (1 + d\,t)` (Robbins & Monro 1951).

    Parameters
    ----------
    function
        ``function(step, decay) -> factor``: an int counting from 0 and a float; a number back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> check.inverse_time_schedule(lambda step, decay: 1 / (decay * step)).mistake
    'no_one'
    """
    return judge(INVERSE_TIME, function)


# --- cosine ---------------------------------------------------------------------------------------


def _half_cosine(bugs: Bugs, progress: float, min_factor: float) -> float:
    angle = progress * (1 if "no_pi" in bugs else 2 * pi if "whole_period" in bugs else pi)
    wave = sin(angle) if "sine" in bugs else cos(angle)
    if "upward" in bugs:
        wave = -wave
    half = 1 + wave if "no_half" in bugs else (1 + wave) / 2
    if "sign_changes" in bugs:
        half = wave / 2
    if "straight" in bugs:
        half = 1 - progress
    if "constant" in bugs:
        half = 1.0
    if "no_minimum" in bugs:
        min_factor = 0.0
    return min_factor + (1 if "minimum_on_top" in bugs else 1 - min_factor) * half


def _cosine(bugs: Bugs, step: int, T_max: int, min_factor: float) -> float:
    t = step + 1 if "early" in bugs else max(step - 1, 0) if "late" in bugs else step
    length = T_max - 1 if "one_shorter" in bugs else T_max
    return _half_cosine(bugs, t / length, min_factor)


_COSINE_MISTAKES = (
    _NO_HALF,
    _SIGN_CHANGES,
    _WHOLE_PERIOD,
    _NO_PI,
    mistake(
        "sine",
        "a sine in the place of the cosine",
        "该用余弦的地方用了正弦",
        "What is the factor at step 0?",
        "第 0 步的系数是多少？",
    ),
    mistake(
        "straight",
        "a straight line",
        "一条直线",
        "The cosine is flat at both ends.",
        "余弦在两端是平的。",
    ),
    _NO_MINIMUM,
    _MINIMUM_ON_TOP,
    _UPWARD,
)

COSINE = _schedule(
    "cosine",
    ("T_max", "min_factor"),
    _cosine,
    _over((0, 4, 1, 2, 3), (4, 0.0), (4, 0.2), (8, 0.1)),
    _EARLY,
    _LATE,
    mistake(
        "one_shorter",
        "a curve that reaches the bottom one step early",
        "早一步就到底的曲线",
        "At which step should the lowest value be reached?",
        "应当在第几步到达最低值？",
    ),
    *_COSINE_MISTAKES,
)


def cosine_schedule(function: Function) -> Verdict:
    r"""Check a cosine decay (Loshchilov & Hutter 2017), up to step ``T_max``.

    .. math:: f_{\min} + \tfrac12 (1 - f_{\min}) \bigl(1 + \cos(\pi t / T)\bigr)

    Parameters
    ----------
    function
        ``function(step, T_max, min_factor) -> factor``: two ints, steps counting from 0, and the
        lowest factor, a float; a number back. Steps beyond ``T_max`` are not tried.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from math import cos, pi
    >>> from coursekit import check
    >>> def my_cosine(step, T_max, min_factor):
    ...     return min_factor + (1 + cos(pi * step / T_max)) / 2
    >>> check.cosine_schedule(my_cosine).mistake
    'minimum_on_top'
    """
    return judge(COSINE, function)


# --- cosine with warm restarts --------------------------------------------------------------------


def _warm_restarts(bugs: Bugs, step: int, T_0: int, T_mult: int, min_factor: float) -> float:
    t = step + 1 if "early" in bugs else max(step - 1, 0) if "late" in bugs else step
    start, length, cycle = 0, T_0, 0
    while t >= start + length and "no_restart" not in bugs:
        start, cycle = start + length, cycle + 1
        if "equal_cycles" not in bugs:
            length = T_0 * (1 + cycle * (T_mult - 1)) if "adds_length" in bugs else length * T_mult
    since = t if "clock_runs_on" in bugs else t - start
    if "one_shorter" in bugs:
        length -= 1
    factor = _half_cosine(bugs, since / length, min_factor)
    return factor / 2**cycle if "lower_tops" in bugs else factor


WARM_RESTARTS = _schedule(
    "warm_restarts",
    ("T_0", "T_mult", "min_factor"),
    _warm_restarts,
    _over(range(15), (2, 2, 0.0), (4, 1, 0.2), (2, 3, 0.1)),
    _EARLY,
    _LATE,
    mistake(
        "no_restart",
        "one cosine without restarts: it climbs back as slowly as it fell",
        "没有重启的余弦：怎么降下来就怎么升回去",
        "What should the factor be at step `T_0`, and one step before it?",
        "第 `T_0` 步和它前一步的系数各应当是多少？",
    ),
    mistake(
        "equal_cycles",
        "cycles all of the first one's length",
        "每个周期都和第一个一样长",
        "What does `T_mult` multiply?",
        "`T_mult` 乘的是什么？",
    ),
    mistake(
        "adds_length",
        "cycles that grow by equal amounts, not by an equal factor",
        "周期长度每次增加同样的量，而不是同样的倍数",
        "How long is the third cycle with `T_0 = 2` and `T_mult = 2`?",
        "`T_0 = 2`、`T_mult = 2` 时，第三个周期有多长？",
    ),
    mistake(
        "clock_runs_on",
        "a cosine that counts all steps, not those since the restart",
        "余弦里数的是全部步数，而不是重启以来的步数",
        "What is to be zero right after a restart?",
        "刚重启时，什么应当归零？",
    ),
    mistake(
        "one_shorter",
        "cycles that reach the bottom one step early",
        "每个周期早一步就到底",
        "How many steps does the first cycle have, and which is its last?",
        "第一个周期有几步？最后一步是第几步？",
        error="ZeroDivisionError",
    ),
    mistake(
        "lower_tops",
        "restarts to half the height of the one before",
        "每次重启只回到前一次的一半高",
        "A restart goes back to the base rate.",
        "重启会回到基础学习率。",
    ),
    *_COSINE_MISTAKES,
)


def warm_restarts_schedule(function: Function) -> Verdict:
    r"""Check a cosine decay with warm restarts (Loshchilov & Hutter 2017).

    Cycle :math:`i` is :math:`T_0 T_{\text{mult}}^i` steps long, and within each the factor follows
    the cosine of :func:`cosine_schedule`.

    Parameters
    ----------
    function
        ``function(step, T_0, T_mult, min_factor) -> factor``: three ints, steps counting from 0,
        and a float; a number back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from math import cos, pi
    >>> from coursekit import check
    >>> def my_restarts(step, T_0, T_mult, min_factor):
    ...     return min_factor + (1 - min_factor) * (1 + cos(pi * (step % T_0) / T_0)) / 2
    >>> check.warm_restarts_schedule(my_restarts).mistake
    'equal_cycles'
    """
    return judge(WARM_RESTARTS, function)


# --- warm-up --------------------------------------------------------------------------------------


def _warmup(bugs: Bugs, step: int, total_iters: int, start_factor: float) -> float:
    t = step + 1 if "early" in bugs else max(step - 1, 0) if "late" in bugs else step
    progress = t / (total_iters - 1 if "one_shorter" in bugs else total_iters)
    if "goes_on" not in bugs:
        progress = min(progress, 1.0)
    if "downward" in bugs:
        progress = 1 - progress
    if "falls_back" in bugs and step >= total_iters:
        return start_factor
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
    return start_factor + (1 - start_factor) * progress


WARMUP = _schedule(
    "warmup",
    ("total_iters", "start_factor"),
    _warmup,
    _over(range(8), (4, 0.2), (6, 0.5), (3, 0.1)),
    _EARLY,
    _LATE,
    mistake(
        "one_shorter",
        "a climb that arrives one step early",
        "早一步就升到顶",
        "At which step should the factor become 1?",
        "系数应当在第几步变成 1？",
    ),
    mistake(
        "from_zero",
        "a climb from zero, whatever `start_factor` is",
        "不管 `start_factor` 是多少，都从零升起",
        "What is the factor at step 0?",
        "第 0 步的系数是多少？",
    ),
    mistake(
        "start_on_top",
        "`start_factor` added on top: the climb ends above 1",
        "直接加上了 `start_factor`：升过了 1",
        "Where does the climb end?",
        "升到哪里为止？",
    ),
    mistake(
        "goes_on",
        "a climb that does not stop at 1",
        "升到 1 也没有停",
        "What should happen after `total_iters` steps?",
        "`total_iters` 步之后应当怎样？",
    ),
    mistake(
        "falls_back",
        "a fall back to `start_factor` after the climb",
        "升完以后又掉回 `start_factor`",
        "What should happen after `total_iters` steps?",
        "`total_iters` 步之后应当怎样？",
    ),
    mistake(
        "stays",
        "a jump: `start_factor` up to the end of the warm-up",
        "没有爬升，只有一跳：预热期内一直是 `start_factor`",
        "What is the factor half-way?",
        "走到一半时系数是多少？",
    ),
    mistake(
        "geometric",
        "a climb by equal factors, not by equal amounts",
        "每一步乘同样的倍数，而不是加同样的量",
        "A straight line: what is the factor half-way?",
        "如果是直线，走到一半时系数是多少？",
    ),
    mistake(
        "quadratic",
        "a climb along a parabola",
        "沿抛物线上升",
        "A straight line: what is the factor half-way?",
        "如果是直线，走到一半时系数是多少？",
    ),
    mistake(
        "downward",
        "a line that runs down instead of up",
        "该升的线降了",
        "Should the first step be the smallest or the largest?",
        "第一步应当最小还是最大？",
    ),
)


def warmup_schedule(function: Function) -> Verdict:
    r"""Check a linear warm-up, :math:`a + (1 - a) \min(t / n, 1)` (Goyal et al. 2017).

    Parameters
    ----------
    function
        ``function(step, total_iters, start_factor) -> factor``: two ints, steps counting from 0,
        and a float; a number back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_warmup(step, total_iters, start_factor):
    ...     return start_factor + (1 - start_factor) * step / total_iters
    >>> check.warmup_schedule(my_warmup).mistake
    'goes_on'
    """
    return judge(WARMUP, function)


# --- one cycle ------------------------------------------------------------------------------------


def _one_cycle(
    bugs: Bugs,
    step: int,
    total_steps: int,
    pct_start: float,
    div_factor: float,
    final_div_factor: float,
) -> float:
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
    share = 0.5 if "half_and_half" in bugs else pct_start
    peak = share * total_steps - (0 if "late_peak" in bugs else 1)
    end = total_steps - (0 if "late_end" in bugs else 1)
    if step <= peak:
        a, b, u = first, 1.0, step / peak
    else:
        a, b, u = 1.0, last, (step - peak) / (end - peak)
    factor = a + (b - a) * u if "straight" in bugs else a + (b - a) * (1 - cos(pi * u)) / 2
    if "constant" in bugs:
        factor = 1.0
    if "upside_down" in bugs:
        factor = 1 + first - factor
    return div_factor * factor if "of_first" in bugs else factor


ONE_CYCLE = _schedule(
    "one_cycle",
    ("total_steps", "pct_start", "div_factor", "final_div_factor"),
    _one_cycle,
    _over((0, 9, *range(1, 9)), (10, 0.3, 25.0, 100.0), (10, 0.4, 4.0, 10.0), (20, 0.25, 2.0, 5.0)),
    mistake(
        "late_peak",
        "a maximum one step late",
        "最高点晚了一步",
        "The climb takes `pct_start * total_steps` steps. Counting from 0, which is its last?",
        "上升占 `pct_start * total_steps` 步。从 0 数起，最后一步是第几步？",
    ),
    mistake(
        "late_end",
        "a fall that would end one step after the last",
        "要到最后一步之后才降到底",
        "Counting from 0, which is the last of `total_steps` steps?",
        "从 0 数起，`total_steps` 步里的最后一步是第几步？",
    ),
    mistake(
        "half_and_half",
        "a climb as long as the fall, whatever `pct_start` is",
        "不管 `pct_start` 是多少，升和降各占一半",
        "Which share of the run goes up?",
        "上升占全程的多大比例？",
    ),
    mistake(
        "final_of_maximum",
        "a last rate relative to the maximum, not to the first rate",
        "最后的学习率是相对最大值算的，而不是相对初始值",
        "`final_div_factor` divides the first rate, which is divided already.",
        "`final_div_factor` 除的是初始学习率，而它已经除过一次了。",
    ),
    mistake(
        "ends_at_first",
        "an end at the first rate",
        "最后回到了初始学习率",
        "What does `final_div_factor` divide?",
        "`final_div_factor` 除的是什么？",
    ),
    mistake(
        "ends_at_zero",
        "an end at zero",
        "最后降到了零",
        "What does `final_div_factor` divide?",
        "`final_div_factor` 除的是什么？",
    ),
    mistake(
        "from_zero",
        "a start from zero",
        "从零开始",
        "What does `div_factor` divide?",
        "`div_factor` 除的是什么？",
    ),
    mistake(
        "straight",
        "straight lines in the place of cosines",
        "该用余弦的地方用了直线",
        "The curve should be flat at its top.",
        "曲线在最高点应当是平的。",
    ),
    mistake(
        "of_first",
        "factors of the first rate, not of the maximum",
        "系数是相对初始学习率的，而不是相对最大值",
        "Which value should the factor have at the top?",
        "系数在最高点应当是多少？",
    ),
    mistake(
        "upside_down",
        "a valley in the place of a hill",
        "该是山的地方成了谷",
        "Should the rate first rise or first fall?",
        "学习率应当先升还是先降？",
    ),
)


def one_cycle_schedule(function: Function) -> Verdict:
    r"""Check a one-cycle schedule (Smith & Topin 2019), two phases of half a cosine, as in torch.

    From :math:`1/d` it climbs to 1 at step :math:`p\,n - 1` and falls to :math:`1/(d\,d')` at step
    :math:`n - 1`.

    Parameters
    ----------
    function
        ``function(step, total_steps, pct_start, div_factor, final_div_factor) -> factor``: two
        ints, steps counting from 0, and three floats; the factor of the maximum rate back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

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
    return judge(ONE_CYCLE, function)
