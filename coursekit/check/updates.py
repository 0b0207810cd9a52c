"""Update rules: one step of gradient descent, momentum, the adaptive methods."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from coursekit.check._common import case_of, mistake, step_of, tensor
from coursekit.check._engine import Bugs, Call, Exercise, Scenario, Script, judge
from coursekit.check._verdict import Verdict

Function = Callable[..., Any]

_THETA = (1.0, -2.0, 0.5)
_GRADS = ((2.0, -0.5, 1.0), (-1.0, -1.5, 0.25), (0.5, 2.0, 0.75), (1.5, -1.0, -2.0))


def _run(
    states: int,
    *hyper: float,
    counted: bool = False,
    dtype: torch.dtype = torch.float64,
    column: bool = False,
) -> Scenario:
    """Take a few steps with a zero state; ``counted`` rules are told the step's number."""

    def play() -> Script:
        theta = tensor(*_THETA, dtype=dtype)
        grads = [tensor(*grad, dtype=dtype) for grad in _GRADS]
        if column:  # a matrix of parameters: no rule may mix its entries
            theta = torch.stack([theta, -3 * theta])
            grads = [torch.stack([grad, 0.1 * grad.flip(0)]) for grad in grads]
        values: tuple[Tensor, ...] = (theta, *(torch.zeros_like(theta) for _ in range(states)))
        for t, grad in enumerate(grads, 1):
            theta, *state = values
            numbers = (t, *hyper) if counted else hyper
            values = yield Call(step_of(t), (theta, grad, *state, *numbers))

    return Scenario(play)


def _runs(
    states: int, settings: Sequence[tuple[float, ...]], counted: bool = False
) -> list[Scenario]:
    """Run every setting in float64, and the first one on a matrix and in float32."""
    run = partial(_run, states, counted=counted)
    return [
        *(run(*setting) for setting in settings),
        run(*settings[-1], column=True),
        run(*settings[-1], dtype=torch.float32),
    ]


# --- the catalogue's shared entries ---------------------------------------------------------------

_ASCENT = mistake(
    "ascent",
    "a step uphill: it adds where it should subtract",
    "朝上坡走的一步：该减的地方用了加",
    "The gradient points to where the objective grows fastest. Which way do you want to go?",
    "梯度指向目标增长最快的方向。你想往哪边走？",
)
_NO_LR = mistake(
    "no_lr",
    "an update that leaves out the learning rate",
    "漏掉学习率的更新",
    "If `lr` is halved, what should happen to the step? Try it.",
    "把 `lr` 减半，步长应当怎样变？试试看。",
)
_UNCHANGED = mistake(
    "unchanged",
    "a function that hands `theta` back as it came",
    "把 `theta` 原样返回的函数",
    "Compare what you return with what you were given.",
    "把你返回的和传进来的比一比。",
)
_ONLY_STEP = mistake(
    "only_step",
    "the change alone, not the new `theta`",
    "只返回了变化量，而不是新的 `theta`",
    "You return how far to go. The exercise asks where one then stands.",
    "你返回的是走多远，练习要的是走完以后在哪里。",
)


# --- one step of gradient descent -----------------------------------------------------------------


def _gd_step(bugs: Bugs, theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    g = grad
    if "normalised" in bugs:
        g = g / g.norm()
    if "signs_only" in bugs:
        g = g.sign()
    if "averaged" in bugs:
        g = g.mean() * torch.ones_like(g)
    rate = 1 if "no_lr" in bugs else 1 / lr if "divides_by_lr" in bugs else lr
    step = rate * g
    if "unchanged" in bugs:
        return theta
    if "only_step" in bugs:
        return -step
    if "shrinks" in bugs:
        return theta - lr * theta
    return theta + step if "ascent" in bugs else theta - step


def _gd_calls() -> Script:
    for number, lr in enumerate((0.1, 0.5), 1):
        yield Call(case_of(number), (tensor(*_THETA), tensor(*_GRADS[0]), lr))
    yield Call(case_of(3), (tensor(*_THETA), tensor(*_GRADS[1]), 2.0))
    yield Call(case_of(4), (tensor(*_THETA), tensor(0.0, 0.0, 1e-3), 0.1))
    matrix = tensor([1.0, 2.0], [3.0, 4.0], [5.0, 6.0])
    yield Call(case_of(5), (matrix, matrix.flip(0) / 7, 0.3))
    yield Call(
        case_of(6), (torch.tensor(2.0, dtype=torch.float64), torch.tensor(-3.0).double(), 0.1)
    )
    for number in (7, 8):
        theta = tensor(*_THETA, dtype=torch.float32)
        yield Call(case_of(number), (theta, theta * number, 0.05))


GD_STEP = Exercise(
    "gd_step",
    ("theta", "grad", "lr"),
    ("theta",),
    _gd_step,
    (Scenario(_gd_calls),),
    (
        _ASCENT,
        _NO_LR,
        mistake(
            "divides_by_lr",
            "a step divided by the learning rate",
            "用学习率去除的一步",
            "A smaller learning rate is meant to give a smaller step.",
            "学习率越小，步子应当越小。",
        ),
        _UNCHANGED,
        _ONLY_STEP,
        mistake(
            "normalised",
            "a step along the gradient scaled to length one",
            "把梯度缩放成单位长度后走的一步",
            "Near a minimum the gradient is short. Should the step be short too?",
            "在极小点附近梯度很短，步子是不是也该短？",
        ),
        mistake(
            "signs_only",
            "a step along the signs of the gradient",
            "只用了梯度的符号",
            "Two coordinates with slopes 2 and 0.5: should they move equally far?",
            "两个坐标的斜率是 2 和 0.5，它们应当移动同样远吗？",
        ),
        mistake(
            "averaged",
            "one common step for all coordinates, from the mean of the gradient",
            "对梯度取了平均，所有坐标走同样的一步",
            "Each coordinate has a slope of its own.",
            "每个坐标有自己的斜率。",
        ),
        mistake(
            "shrinks",
            "`theta` used in the place of its gradient",
            "在该用梯度的地方用了 `theta`",
            "Which of the arguments knows about the objective?",
            "哪个参数里才有目标函数的信息？",
        ),
    ),
)


def gd_step(function: Function) -> Verdict:
    r"""Check one step of gradient descent, :math:`\theta - \eta\, g`.

    Parameters
    ----------
    function
        ``function(theta, grad, lr) -> theta``: tensors of one shape and a float; a new tensor back.

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
    >>> check.gd_step(lambda theta, grad, lr: theta - lr * grad)
    ✓ gd_step: right. All 8 calls agree with the reference.
    >>> check.gd_step(lambda theta, grad, lr: theta + lr * grad).mistake
    'ascent'
    """
    return judge(GD_STEP, function)


# --- Adam and AdamW -------------------------------------------------------------------------------


def _adam(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    one, two = (beta2, beta1) if "betas_swapped" in bugs else (beta1, beta2)
    new1, new2 = (1.0, 1.0) if "no_one_minus_beta" in bugs else (1 - one, 1 - two)
    if "complements_swapped" in bugs:
        one, two, new1, new2 = new1, new2, one, two
    m = one * m + new1 * grad
    square = grad if "not_squared" in bugs else m**2 if "square_of_m" in bugs else grad**2
    if "one_v_for_all" in bugs:
        square = square.mean() * torch.ones_like(square)
    v = two * v + new2 * square
    count = t - 1 if "t_from_zero" in bugs else t + 1 if "t_ahead" in bugs else t
    if "correction_without_power" in bugs:
        count = 1
    corrects = "no_bias_correction" not in bugs
    c1 = 1 - beta1**count if corrects and "only_v_corrected" not in bugs else 1.0
    c2 = 1 - beta2**count if corrects and "only_m_corrected" not in bugs else 1.0
    m_hat = _over(grad if "gradient_for_m" in bugs else m, c1)
    v_hat = _over(v, c2)
    if "no_root" in bugs:
        scale = v_hat + eps
    elif "eps_inside_root" in bugs:
        scale = (v_hat + eps).sqrt()
    elif "eps_before_correction" in bugs:
        scale = (v.sqrt() + eps) / c2**0.5
    else:
        scale = v_hat.sqrt() + eps
    step = (1 if "no_lr" in bugs else lr) * m_hat / scale
    if "keeps_corrected" in bugs:
        m, v = m_hat, v_hat
    return (theta + step if "ascent" in bugs else theta - step), m, v


def _over(moment: Tensor, correction: float) -> Tensor:
    return moment / torch.tensor(correction, dtype=moment.dtype)


_BIAS = (
    mistake(
        "no_bias_correction",
        "Adam without the bias correction",
        "没有偏差修正的 Adam",
        "`m` and `v` start at zero. After one step, what fraction of the gradient does `m` hold?",
        "`m` 和 `v` 从零开始。走完一步，`m` 里是梯度的几分之几？",
    ),
    mistake(
        "only_m_corrected",
        "Adam with `m` corrected and `v` not",
        "只修正了 `m`、没有修正 `v` 的 Adam",
        "Which of the two moments starts too close to zero?",
        "两个矩估计里，哪一个开始时离零太近？",
    ),
    mistake(
        "only_v_corrected",
        "Adam with `v` corrected and `m` not",
        "只修正了 `v`、没有修正 `m` 的 Adam",
        "Which of the two moments starts too close to zero?",
        "两个矩估计里，哪一个开始时离零太近？",
    ),
    mistake(
        "t_from_zero",
        "a bias correction that counts the steps from zero",
        "从零数起步数的偏差修正",
        "On the first step `t` is 1. What is `1 - beta1**0`?",
        "第一步的 `t` 是 1。`1 - beta1**0` 等于多少？",
        error="ZeroDivisionError",
    ),
    mistake(
        "t_ahead",
        "a bias correction that is one step ahead",
        "早了一步的偏差修正",
        "`t` counts the step that is being taken; it needs nothing added.",
        "`t` 就是当前这一步的序号，不用再加。",
    ),
    mistake(
        "correction_without_power",
        "a bias correction by `1 - beta` on every step",
        "每一步都只除以 `1 - beta` 的偏差修正",
        "The bias fades with time. What in your correction depends on `t`?",
        "偏差会随时间消失。你的修正里哪一项与 `t` 有关？",
    ),
    mistake(
        "eps_inside_root",
        "Adam with `eps` inside the square root",
        "把 `eps` 放进根号里的 Adam",
        "Let the gradient be tiny: does the denominator tend to `eps` or to its root?",
        "梯度极小时，分母趋于 `eps` 还是趋于它的平方根？",
    ),
    mistake(
        "eps_before_correction",
        "`eps` added to the root of `v` before `v` is corrected",
        "在修正 `v` 之前就把 `eps` 加到了它的平方根上",
        "The short form with one corrected learning rate scales `eps` as well. Follow it through.",
        "把修正并入学习率的简写也会缩放 `eps`。把它代进去算算。",
    ),
    mistake(
        "no_root",
        "a step divided by `v` itself, its root forgotten",
        "忘了开方，直接除以 `v`",
        "Multiply the objective by 10. How should Adam's step change, and how does yours?",
        "把目标函数乘以 10，Adam 的步子应当怎样变？你的呢？",
    ),
    mistake(
        "not_squared",
        "a second moment that averages the gradient, not its square",
        "二阶矩平均的是梯度，不是梯度的平方",
        "Can your `v` become negative?",
        "你的 `v` 会变成负数吗？",
    ),
    mistake(
        "square_of_m",
        "a second moment made from `m` in place of the gradient",
        "用 `m` 而不是梯度来计算二阶矩",
        "Of which quantity is `v` the mean square?",
        "`v` 是哪个量的均方？",
    ),
    mistake(
        "gradient_for_m",
        "a step along the gradient in place of its average `m`",
        "沿梯度本身走，而没有用它的滑动平均 `m`",
        "You compute `m`. Where do you use it?",
        "你算了 `m`，用在哪里了？",
    ),
    mistake(
        "betas_swapped",
        "`beta1` and `beta2` in each other's place",
        "`beta1` 和 `beta2` 互换了位置",
        "Which of the moments is to have the longer memory?",
        "哪一个矩估计的记忆应当更长？",
    ),
    mistake(
        "complements_swapped",
        "`beta` and `1 - beta` in each other's place",
        "`beta` 和 `1 - beta` 互换了位置",
        "With `beta1 = 0.9`, how much of the old `m` should survive one step?",
        "`beta1 = 0.9` 时，旧的 `m` 经过一步应当留下多少？",
    ),
    mistake(
        "no_one_minus_beta",
        "moments that add the new term whole, without `1 - beta`",
        "加入新项时没有乘 `1 - beta` 的矩估计",
        "If the gradient is always 1, to what value should its average tend?",
        "如果梯度恒为 1，它的平均应当趋于多少？",
    ),
    mistake(
        "one_v_for_all",
        "one `v` shared by all coordinates",
        "所有坐标共用同一个 `v`",
        "The rate adapts to each coordinate by itself. Do you reduce anywhere?",
        "学习率是逐坐标自适应的。你在哪里做了求和或平均吗？",
    ),
    mistake(
        "keeps_corrected",
        "the corrected moments kept for the next step",
        "把修正后的矩估计留给了下一步",
        "Correct a copy. What would be corrected twice otherwise?",
        "修正的只是用来走步的值。否则下一步会对什么再修正一次？",
    ),
    _NO_LR,
    _ASCENT,
)

# The defaults show what a mistake costs in practice; the others make every one of them visible.
_ADAM_SETTINGS = ((0.1, 0.9, 0.999, 1e-8), (0.1, 0.6, 0.7, 0.5))

ADAM = Exercise(
    "adam",
    ("theta", "grad", "m", "v", "t", "lr", "beta1", "beta2", "eps"),
    ("theta", "m", "v"),
    _adam,
    _runs(2, _ADAM_SETTINGS, counted=True),
    _BIAS,
)


def adam(function: Function) -> Verdict:
    r"""Check one step of Adam (Kingma & Ba 2015, algorithm 1).

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
        v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\, \frac{m_t / (1 - \beta_1^t)}
        {\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    function
        ``function(theta, grad, m, v, t, lr, beta1, beta2, eps) -> (theta, m, v)``: four tensors of
        one shape, the step's number ``t`` (an int, 1 on the first step) and four floats. ``m`` and
        ``v`` are zero before the first step and come back as the function returned them.

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
    >>> def my_adam(theta, grad, m, v, t, lr, beta1, beta2, eps):
    ...     m = beta1 * m + (1 - beta1) * grad
    ...     v = beta2 * v + (1 - beta2) * grad**2
    ...     return theta - lr * m / (v.sqrt() + eps), m, v
    >>> verdict = check.adam(my_adam)
    >>> print(verdict.sentence.en, verdict.consequence.en)
    this looks like Adam without the bias correction. step 1: your step is 3.2 times too long.
    """
    return judge(ADAM, function)


def _adamw(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor, Tensor]:
    decay = (1.0 if "decay_without_lr" in bugs else lr) * weight_decay
    if "no_decay" in bugs:
        decay = 0.0
    if "growth" in bugs:
        decay = -decay
    if "l2_instead" in bugs:
        grad, decay = grad + weight_decay * theta, 0.0
    start = theta if "decays_after" in bugs else theta - decay * theta
    end, m, v = _adam(bugs, start, grad, m, v, t, lr, beta1, beta2, eps)
    return (end - decay * end if "decays_after" in bugs else end), m, v


ADAMW = Exercise(
    "adamw",
    (*ADAM.parameters, "weight_decay"),
    ADAM.returns,
    _adamw,
    _runs(2, [(*setting, 0.3) for setting in _ADAM_SETTINGS], counted=True),
    (
        mistake(
            "l2_instead",
            "Adam with an L2 penalty: the decay goes into the gradient",
            "带 L2 惩罚的 Adam：衰减加进了梯度",
            "Your decay passes through `m` and `v` and is rescaled there. Should it be?",
            "你的衰减经过了 `m` 和 `v`，在那里被重新缩放。应该这样吗？",
        ),
        mistake(
            "decay_without_lr",
            "a decay that is not multiplied by the learning rate",
            "没有乘学习率的权重衰减",
            "When a schedule takes `lr` to zero, should the weights go on shrinking?",
            "学习率调度把 `lr` 降到零以后，权重还应当继续缩小吗？",
        ),
        mistake(
            "no_decay",
            "plain Adam: the weights do not decay",
            "普通的 Adam：权重没有衰减",
            "Let the gradient be zero. Should `theta` stay where it is?",
            "令梯度为零，`theta` 应当不动吗？",
        ),
        mistake(
            "growth",
            "a decay with the wrong sign: the weights grow",
            "符号反了的权重衰减：权重在变大",
            "Let the gradient be zero. Does your `theta` come closer to zero?",
            "令梯度为零，你的 `theta` 是在接近零吗？",
        ),
        mistake(
            "decays_after",
            "a decay of the new `theta` in place of the old",
            "衰减的是更新之后的 `theta`，而不是更新之前的",
            "At which point is the decay taken: before Adam's step or after it?",
            "衰减取的是哪一点的值：Adam 走步之前，还是之后？",
        ),
        *_BIAS,
    ),
)


def adamw(function: Function) -> Verdict:
    r"""Check one step of AdamW (Loshchilov & Hutter 2019, as in torch).

    .. math:: \theta_t = (1 - \eta \lambda)\, \theta_{t-1}
        - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    with Adam's moments.

    Parameters
    ----------
    function
        ``function(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay) -> (theta, m, v)``;
        as in :func:`adam`, and one float more.

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
    >>> from coursekit.optim import Adam, AdamState
    >>> def my_adamw(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    ...     rule = Adam(lr, beta1, beta2, eps, weight_decay=weight_decay)
    ...     theta, state = rule.update(theta, grad, AdamState(theta.new_tensor(t - 1), m, v))
    ...     return theta, state.m, state.v
    >>> check.adamw(my_adamw).mistake
    'l2_instead'
    """
    return judge(ADAMW, function)
