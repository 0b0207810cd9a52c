"""Update rules with a velocity: heavy ball and Nesterov, as torch writes them."""

from torch import Tensor

from coursekit.check._common import ASCENT, NO_LR, Function, mistake, runs
from coursekit.check._exercise import Bugs, Exercise, Mistake
from coursekit.check._judge import judge
from coursekit.check._text import Text
from coursekit.check._verdict import Verdict

_SETTINGS = ((0.1, 0.9), (0.3, 0.6))

_EMA = mistake(
    "ema",
    "a moving average: the gradient enters with weight `1 - momentum`",
    "滑动平均：新梯度带了权重 `1 - momentum`",
    "If the gradient is always 1, torch's buffer tends to `1 / (1 - momentum)`. Yours?",
    "如果梯度恒为 1，torch 的 buffer 趋于 `1 / (1 - momentum)`。你的呢？",
)
_LR_INSIDE = mistake(
    "lr_inside",
    "a buffer with the learning rate inside",
    "把学习率放进了 buffer",
    "If a schedule halves `lr`, is all of your next step halved? In torch it is.",
    "学习率减半后，你的下一步会整个减半吗？在 torch 里会。",
)
_BUFFER_LOST = mistake(
    "buffer_lost",
    "the old buffer handed back in place of the new one",
    "返回的是旧的 buffer，而不是新的",
    "What does the next step need to know?",
    "下一步需要知道什么？",
)
_FACTORS_SWAPPED = mistake(
    "factors_swapped",
    "`momentum` multiplying the gradient in place of the buffer",
    "`momentum` 乘在了梯度上，而不是 buffer 上",
    "With `momentum = 0` plain gradient descent should be left. Is it?",
    "`momentum = 0` 时应当只剩普通的梯度下降。是这样吗？",
)
_NO_MEMORY = mistake(
    "no_memory",
    "plain gradient descent: the old buffer has no effect",
    "普通的梯度下降：旧的 buffer 没有起作用",
    "Let the gradient be zero. A ball that is rolling goes on rolling.",
    "令梯度为零。滚动的球还会继续滚。",
)


# --- momentum -------------------------------------------------------------------------------------


def _momentum(
    bugs: Bugs, theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor]:
    old = buffer
    keep, add = momentum, 1.0
    if "ema" in bugs:
        add = 1 - momentum
    if "factors_swapped" in bugs:
        keep, add = add, keep
    if "no_memory" in bugs:
        keep = 0.0
    rate = 1.0 if "no_lr" in bugs else lr
    if "lr_inside" in bugs:
        add, rate = add * rate, 1.0
    if "negative_buffer" in bugs:
        add, rate = -add, -rate
    buffer = keep * buffer + add * grad
    step = old if "old_buffer" in bugs else buffer
    if "looks_ahead" in bugs:
        step = grad + momentum * buffer
    if "gradient_twice" in bugs:
        step = grad + buffer
    theta = theta + rate * step if "ascent" in bugs else theta - rate * step
    return theta, old if "buffer_lost" in bugs else buffer


MOMENTUM = Exercise(
    "momentum",
    ("theta", "grad", "buffer", "lr", "momentum"),
    ("theta", "buffer"),
    _momentum,
    runs(1, _SETTINGS),
    (
        _EMA,
        _LR_INSIDE,
        mistake(
            "old_buffer",
            "a step along the buffer of the step before",
            "沿上一步的 buffer 走",
            "On the first step the buffer is still zero. Should `theta` stay where it is?",
            "第一步时 buffer 还是零。`theta` 应当不动吗？",
        ),
        mistake(
            "looks_ahead",
            "Nesterov's step in the place of plain momentum's",
            "该用普通动量的地方用了 Nesterov 的走法",
            "Plain momentum moves along the buffer and along nothing else.",
            "普通动量只沿 buffer 走。",
        ),
        mistake(
            "gradient_twice",
            "a step that adds the gradient to the buffer once more",
            "走步时又把梯度加了一次",
            "The gradient is in the buffer already.",
            "梯度已经在 buffer 里了。",
        ),
        mistake(
            "negative_buffer",
            "a buffer of the opposite sign: a velocity, which is added",
            "符号相反的 buffer：它是要加上去的速度",
            "The points are right. torch's buffer gathers gradients, and is subtracted.",
            "走到的点是对的。但 torch 的 buffer 累积的是梯度，走步时要减去。",
        ),
        _NO_MEMORY,
        _FACTORS_SWAPPED,
        _BUFFER_LOST,
        NO_LR,
        ASCENT,
    ),
)


def momentum(function: Function) -> Verdict:
    r"""Check one step of gradient descent with momentum, as in torch (Polyak 1964).

    .. math:: b_t = \mu\, b_{t-1} + g_t, \qquad \theta_t = \theta_{t-1} - \eta\, b_t

    Parameters
    ----------
    function
        ``function(theta, grad, buffer, lr, momentum) -> (theta, buffer)``: three tensors of one
        shape and two floats. The buffer is zero before the first step.

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
    >>> def my_momentum(theta, grad, buffer, lr, momentum):
    ...     buffer = momentum * buffer + (1 - momentum) * grad
    ...     return theta - lr * buffer, buffer
    >>> check.momentum(my_momentum).mistake
    'ema'
    """
    return judge(MOMENTUM, function)


# --- Nesterov -------------------------------------------------------------------------------------


def _nesterov(
    bugs: Bugs, theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor]:
    old = buffer
    keep, add = momentum, 1 - momentum if "ema" in bugs else 1.0
    if "factors_swapped" in bugs:
        keep, add = add, keep
    rate = 1.0 if "no_lr" in bugs else lr
    if "lr_inside" in bugs:
        add, grad, rate = 1.0, add * rate * grad, 1.0
    buffer = (0.0 if "no_memory" in bugs else keep) * buffer + add * grad
    ahead = grad + momentum * buffer
    if "plain" in bugs:
        ahead = buffer
    if "old_buffer" in bugs:
        ahead = grad + momentum * old
    if "no_gradient" in bugs:
        ahead = momentum * buffer
    if "unscaled" in bugs:
        ahead = grad + buffer
    if "twice" in bugs:
        ahead = grad + momentum * (grad + momentum * buffer)
    theta = theta + rate * ahead if "ascent" in bugs else theta - rate * ahead
    if "keeps_ahead" in bugs:
        buffer = ahead
    return theta, old if "buffer_lost" in bugs else buffer


NESTEROV = Exercise(
    "nesterov",
    MOMENTUM.parameters,
    MOMENTUM.returns,
    _nesterov,
    runs(1, _SETTINGS),
    (
        mistake(
            "plain",
            "plain momentum, without the look ahead",
            "没有“向前看一步”的普通动量",
            "Nesterov's step uses the buffer once to update it and once more to look ahead.",
            "Nesterov 的一步里，buffer 先更新一次，再用来向前看一次。",
        ),
        Mistake(
            "old_buffer",
            Text(
                "a look ahead with the old buffer, which is plain momentum again",
                "用旧 buffer 向前看，结果又成了普通动量",
            ),
            Text("Write the step out: what is left?", "把这一步展开写出来，还剩下什么？"),
            same_as="plain",
        ),
        mistake(
            "no_gradient",
            "a look ahead that leaves out the gradient itself",
            "向前看时漏掉了梯度本身",
            "With `momentum = 0` plain gradient descent should be left. Is it?",
            "`momentum = 0` 时应当只剩普通的梯度下降。是这样吗？",
        ),
        mistake(
            "unscaled",
            "a look ahead along the whole buffer, not multiplied by `momentum`",
            "向前看时没有给 buffer 乘 `momentum`",
            "With `momentum = 0` plain gradient descent should be left. Is it?",
            "`momentum = 0` 时应当只剩普通的梯度下降。是这样吗？",
        ),
        mistake(
            "twice",
            "a look two steps ahead",
            "向前看了两步",
            "How many times is the buffer multiplied by `momentum` within one step?",
            "一步之内 buffer 乘了几次 `momentum`？",
        ),
        mistake(
            "keeps_ahead",
            "the look ahead kept as the buffer",
            "把向前看的结果存成了 buffer",
            "Looking ahead decides this step only. What should the next one start from?",
            "向前看只决定这一步。下一步应当从什么开始？",
        ),
        _EMA,
        _LR_INSIDE,
        _NO_MEMORY,
        _FACTORS_SWAPPED,
        _BUFFER_LOST,
        NO_LR,
        ASCENT,
    ),
)


def nesterov(function: Function) -> Verdict:
    r"""Check one step of Nesterov's momentum, as in torch (Sutskever et al. 2013).

    .. math:: b_t = \mu\, b_{t-1} + g_t, \qquad
        \theta_t = \theta_{t-1} - \eta\, (g_t + \mu\, b_t)

    Parameters
    ----------
    function
        ``function(theta, grad, buffer, lr, momentum) -> (theta, buffer)``, as in :func:`momentum`.

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
    >>> def my_nesterov(theta, grad, buffer, lr, momentum):
    ...     buffer = momentum * buffer + grad
    ...     return theta - lr * buffer, buffer
    >>> check.nesterov(my_nesterov).mistake
    'plain'
    """
    return judge(NESTEROV, function)
