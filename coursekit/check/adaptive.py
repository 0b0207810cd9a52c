"""Update rules whose rate adapts to each coordinate."""

import torch
from torch import Tensor

from coursekit.check._common import ASCENT, NO_LR, Function, mistake, runs
from coursekit.check._exercise import Bugs, Exercise, Mistake
from coursekit.check._judge import judge
from coursekit.check._verdict import Verdict

# --- what they share ------------------------------------------------------------------------------

_EPS_INSIDE = mistake(
    "eps_inside_root",
    "`eps` inside the square root",
    "把 `eps` 放进了根号里",
    "Let the gradient be tiny: does the denominator tend to `eps` or to its root?",
    "梯度极小时，分母趋于 `eps` 还是趋于它的平方根？",
)
_NO_EPS = mistake(
    "no_eps",
    "a denominator without `eps`",
    "分母里没有 `eps`",
    "What happens in a coordinate whose gradient has always been zero?",
    "如果某个坐标的梯度一直是零，会发生什么？",
)


def _no_root(en: str, zh: str) -> Mistake:
    return mistake(
        "no_root",
        en,
        zh,
        "Multiply the objective by 10. How should the step change, and how does yours?",
        "把目标函数乘以 10，步子应当怎样变？你的呢？",
    )


_NOT_SQUARED = mistake(
    "not_squared",
    "gradients gathered as they are, not their squares",
    "累积的是梯度，不是梯度的平方",
    "Can what stands under your root become negative?",
    "你根号里的数会变成负数吗？",
)
_OLD_STATE = mistake(
    "old_state",
    "a step scaled by the state of the step before",
    "用上一步的状态来缩放这一步",
    "On the first step the state is still zero. What do you divide by?",
    "第一步时状态还是零。你除以的是什么？",
)
_SHARED = mistake(
    "shared",
    "one scale shared by all coordinates",
    "所有坐标共用同一个缩放",
    "The rate adapts to each coordinate by itself. Do you reduce anywhere?",
    "学习率是逐坐标自适应的。你在哪里做了求和或平均吗？",
)
_STATE_LOST = mistake(
    "state_lost",
    "the old state handed back in place of the new one",
    "返回的是旧的状态，而不是新的",
    "What does the next step need to know?",
    "下一步需要知道什么？",
)
_ONLY_NEWEST = mistake(
    "only_newest",
    "a state that holds the newest gradient only",
    "状态里只有最新的梯度",
    "What remains of the earlier gradients?",
    "以前的梯度还留下什么？",
)
_SCALED_BY = (
    _EPS_INSIDE,
    _NO_EPS,
    _NOT_SQUARED,
    _OLD_STATE,
    _SHARED,
    _ONLY_NEWEST,
    _STATE_LOST,
    NO_LR,
    ASCENT,
)


def _squares(bugs: Bugs, grad: Tensor) -> Tensor:
    squares = grad if "not_squared" in bugs else grad**2
    return squares.mean().expand_as(squares) if "shared" in bugs else squares


def _scaled(
    bugs: Bugs, theta: Tensor, grad: Tensor, old: Tensor, new: Tensor, lr: float, eps: float
) -> tuple[Tensor, Tensor]:
    """Take the step that Adagrad and RMSprop share: the gradient over the root of the state."""
    squares = old if "old_state" in bugs else new
    if "no_eps" in bugs:
        eps = 0.0
    if "no_root" in bugs:
        scale = squares + eps
    else:
        scale = (squares + eps).sqrt() if "eps_inside_root" in bugs else squares.sqrt() + eps
    step = (1.0 if "no_lr" in bugs else lr) * grad / scale
    theta = theta + step if "ascent" in bugs else theta - step
    return theta, old if "state_lost" in bugs else new


# --- Adagrad --------------------------------------------------------------------------------------


def _adagrad(
    bugs: Bugs, theta: Tensor, grad: Tensor, s: Tensor, lr: float, eps: float
) -> tuple[Tensor, Tensor]:
    squares = _squares(bugs, grad)
    new = squares if "only_newest" in bugs else s + squares
    if "halves" in bugs:
        new = (s + squares) / 2
    if "root_in_state" in bugs:
        new = (s**2 + squares).sqrt()
        theta, _ = _scaled(bugs, theta, grad, s**2, new**2, lr, eps)
        return theta, s if "state_lost" in bugs else new
    return _scaled(bugs, theta, grad, s, new, lr, eps)


ADAGRAD = Exercise(
    "adagrad",
    ("theta", "grad", "s", "lr", "eps"),
    ("theta", "s"),
    _adagrad,
    runs(1, ((0.1, 1e-10), (0.5, 0.5))),
    (
        mistake(
            "halves",
            "the mean of the old sum and the new square in place of their sum",
            "该相加的地方取了平均",
            "Adagrad never forgets: its sum only grows.",
            "Adagrad 从不遗忘：它的和只增不减。",
        ),
        mistake(
            "root_in_state",
            "the root kept as the state",
            "把开方以后的结果存成了状态",
            "The points are right. `s` is to hold the sum of squares itself.",
            "走到的点是对的。但 `s` 里应当存平方和本身。",
        ),
        _no_root(
            "a step divided by the sum of squares itself, its root forgotten",
            "忘了开方，直接除以平方和",
        ),
        *_SCALED_BY,
    ),
)


def adagrad(function: Function) -> Verdict:
    r"""Check one step of Adagrad (Duchi, Hazan & Singer 2011).

    .. math:: s_t = s_{t-1} + g_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, g_t / (\sqrt{s_t} + \epsilon)

    Parameters
    ----------
    function
        ``function(theta, grad, s, lr, eps) -> (theta, s)``: three tensors of one shape and two
        floats. The sum ``s`` is zero before the first step.

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
    >>> def my_adagrad(theta, grad, s, lr, eps):
    ...     s = s + grad**2
    ...     return theta - lr * grad / (s + eps).sqrt(), s
    >>> check.adagrad(my_adagrad).mistake
    'eps_inside_root'
    """
    return judge(ADAGRAD, function)


# --- RMSprop --------------------------------------------------------------------------------------


def _rmsprop(
    bugs: Bugs, theta: Tensor, grad: Tensor, v: Tensor, lr: float, alpha: float, eps: float
) -> tuple[Tensor, Tensor]:
    keep, add = alpha, 1 - alpha
    if "complements_swapped" in bugs:
        keep, add = add, keep
    if "no_one_minus_alpha" in bugs:
        add = 1.0
    if "adagrad" in bugs:
        keep, add = 1.0, 1.0
    if "only_newest" in bugs:
        keep, add = 0.0, 1.0
    return _scaled(bugs, theta, grad, v, keep * v + add * _squares(bugs, grad), lr, eps)


RMSPROP = Exercise(
    "rmsprop",
    ("theta", "grad", "v", "lr", "alpha", "eps"),
    ("theta", "v"),
    _rmsprop,
    runs(1, ((0.01, 0.99, 1e-8), (0.1, 0.7, 0.5))),
    (
        mistake(
            "adagrad",
            "Adagrad: the squares are summed and never forgotten",
            "Adagrad：平方一直累加，从不遗忘",
            "If the gradient is always 1, to what value should its mean square tend?",
            "如果梯度恒为 1，它的均方应当趋于多少？",
        ),
        mistake(
            "no_one_minus_alpha",
            "a mean square that adds the new square whole, without `1 - alpha`",
            "加入新的平方时没有乘 `1 - alpha`",
            "If the gradient is always 1, to what value should its mean square tend?",
            "如果梯度恒为 1，它的均方应当趋于多少？",
        ),
        mistake(
            "complements_swapped",
            "`alpha` and `1 - alpha` in each other's place",
            "`alpha` 和 `1 - alpha` 互换了位置",
            "With `alpha = 0.99`, how much of the old `v` should survive one step?",
            "`alpha = 0.99` 时，旧的 `v` 经过一步应当留下多少？",
        ),
        _no_root(
            "a step divided by the mean square itself, its root forgotten",
            "忘了开方，直接除以均方",
        ),
        *_SCALED_BY,
    ),
)


def rmsprop(function: Function) -> Verdict:
    r"""Check one step of RMSprop, as in torch (Tieleman & Hinton 2012).

    .. math:: v_t = \alpha v_{t-1} + (1 - \alpha)\, g_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, g_t / (\sqrt{v_t} + \epsilon)

    Parameters
    ----------
    function
        ``function(theta, grad, v, lr, alpha, eps) -> (theta, v)``: three tensors of one shape and
        three floats. The mean square ``v`` is zero before the first step.

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
    >>> def my_rmsprop(theta, grad, v, lr, alpha, eps):
    ...     v = alpha * v + (1 - alpha) * grad**2
    ...     return theta - lr * grad / (v + eps), v
    >>> check.rmsprop(my_rmsprop).mistake
    'no_root'
    """
    return judge(RMSPROP, function)


# --- Adadelta -------------------------------------------------------------------------------------


def _adadelta(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    v: Tensor,
    u: Tensor,
    lr: float,
    rho: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    keep, add = (1 - rho, rho) if "complements_swapped" in bugs else (rho, 1 - rho)
    if "no_one_minus_rho" in bugs:
        add = 1.0
    old_v = v
    v = keep * v + add * _squares(bugs, grad)
    under = old_v if "old_state" in bugs else v

    def root(squares: Tensor) -> Tensor:
        if "no_root" in bugs:
            return squares + eps
        return squares.sqrt() + eps if "eps_outside_root" in bugs else (squares + eps).sqrt()

    top = root(u)
    if "no_numerator" in bugs:
        top = torch.ones_like(u)
    if "new_steps" in bugs:  # the mean of squared steps, updated before it is used
        top = root(keep * u + add * (top / root(under) * grad) ** 2)
    delta = top / root(under) * grad
    if "ratio_upside_down" in bugs:
        delta = root(under) / root(u) * grad
    rate = 1.0 if "no_lr" in bugs else lr
    kept = rate * delta if "lr_in_state" in bugs else grad if "gradients_in_u" in bugs else delta
    if "steps_not_squared" in bugs:
        kept = kept.abs().sqrt()
    new_u = keep * u + add * kept**2
    theta = theta + rate * delta if "ascent" in bugs else theta - rate * delta
    return theta, v, u if "steps_lost" in bugs else new_u


ADADELTA = Exercise(
    "adadelta",
    ("theta", "grad", "v", "u", "lr", "rho", "eps"),
    ("theta", "v", "u"),
    _adadelta,
    runs(2, ((1.0, 0.9, 1e-3), (0.5, 0.7, 0.5))),
    (
        mistake(
            "eps_outside_root",
            "`eps` outside the square roots",
            "把 `eps` 放在了根号外面",
            "Adadelta is the one whose `eps` stands under the roots: it starts the motion.",
            "Adadelta 的 `eps` 在根号里面，正是它让参数动起来。",
        ),
        mistake(
            "no_numerator",
            "RMSprop: the root of the mean squared step is missing above",
            "RMSprop：分子里少了步长均方的平方根",
            "Give `theta` a unit. Which unit does your step have?",
            "给 `theta` 一个单位。你的步子是什么单位？",
        ),
        mistake(
            "new_steps",
            "a step scaled by the mean square that already contains it",
            "缩放这一步用的均方里已经有了这一步",
            "The step's own size is not known before it is taken.",
            "这一步走出之前，还不知道它有多长。",
        ),
        mistake(
            "ratio_upside_down",
            "the ratio of the two roots upside down",
            "两个平方根的比值上下颠倒了",
            "A coordinate with large gradients: should its step be scaled up or down?",
            "梯度大的坐标，步子应当放大还是缩小？",
        ),
        mistake(
            "gradients_in_u",
            "a `u` that averages squared gradients in place of squared steps",
            "`u` 平均的是梯度的平方，而不是步子的平方",
            "Two averages are kept. Of which two quantities?",
            "要保存两个平均，分别是哪两个量的？",
        ),
        mistake(
            "lr_in_state",
            "a `u` that averages steps already multiplied by `lr`",
            "`u` 平均的是乘过 `lr` 的步子",
            "The paper has no `lr`; torch multiplies by it last of all.",
            "论文里没有 `lr`，torch 到最后才乘它。",
        ),
        mistake(
            "steps_not_squared",
            "a `u` that averages the size of the steps, not their squares",
            "`u` 平均的是步子的大小，而不是平方",
            "A root is taken of `u` later.",
            "后面要对 `u` 开方。",
        ),
        mistake(
            "steps_lost",
            "the old `u` handed back in place of the new one",
            "返回的是旧的 `u`，而不是新的",
            "What does the next step need to know?",
            "下一步需要知道什么？",
        ),
        mistake(
            "complements_swapped",
            "`rho` and `1 - rho` in each other's place",
            "`rho` 和 `1 - rho` 互换了位置",
            "With `rho = 0.9`, how much of the old averages should survive one step?",
            "`rho = 0.9` 时，旧的平均经过一步应当留下多少？",
        ),
        mistake(
            "no_one_minus_rho",
            "averages that add the new term whole, without `1 - rho`",
            "加入新项时没有乘 `1 - rho`",
            "If the gradient is always 1, to what value should its mean square tend?",
            "如果梯度恒为 1，它的均方应当趋于多少？",
        ),
        _no_root(
            "the ratio of the mean squares themselves, both roots forgotten",
            "忘了开方，直接用了两个均方之比",
        ),
        _NOT_SQUARED,
        mistake(
            "old_state",
            "a step divided by the root of the old `v`",
            "这一步除以的是旧的 `v` 的平方根",
            "On the first step the old `v` is still zero. What do you divide by?",
            "第一步时旧的 `v` 还是零。你除以的是什么？",
        ),
        _SHARED,
        NO_LR,
        ASCENT,
    ),
)


def adadelta(function: Function) -> Verdict:
    r"""Check one step of Adadelta (Zeiler 2012, as in torch).

    .. math::

        v_t &= \rho v_{t-1} + (1 - \rho)\, g_t^2, \qquad
        \Delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t \\
        u_t &= \rho u_{t-1} + (1 - \rho)\, \Delta_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, \Delta_t

    Parameters
    ----------
    function
        ``function(theta, grad, v, u, lr, rho, eps) -> (theta, v, u)``: four tensors of one shape
        and three floats. Both averages are zero before the first step.

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
    >>> def my_adadelta(theta, grad, v, u, lr, rho, eps):
    ...     v = rho * v + (1 - rho) * grad**2
    ...     delta = (u.sqrt() + eps) / (v.sqrt() + eps) * grad
    ...     return theta - lr * delta, v, rho * u + (1 - rho) * delta**2
    >>> check.adadelta(my_adadelta).mistake
    'eps_outside_root'
    """
    return judge(ADADELTA, function)


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
    if "corrects_alike" in bugs:
        beta1, beta2 = one, two
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
        "步数多数了一步的偏差修正",
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
    NO_LR,
    ASCENT,
)

# The defaults show what a mistake costs in practice; the others make every one of them visible.
_ADAM_SETTINGS = ((0.1, 0.9, 0.999, 1e-8), (0.1, 0.6, 0.7, 0.5))

ADAM = Exercise(
    "adam",
    ("theta", "grad", "m", "v", "t", "lr", "beta1", "beta2", "eps"),
    ("theta", "m", "v"),
    _adam,
    runs(2, _ADAM_SETTINGS, counted=True),
    _BIAS,
    spellings=("corrects_alike",),
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
    >>> print(verdict.sentence.en)
    this looks like Adam without the bias correction.
    >>> print(verdict.consequence.en)
    step 1: all coordinates together, you move 3.2 times as far as you should.
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
    runs(2, [(*setting, 0.3) for setting in _ADAM_SETTINGS], counted=True),
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
    spellings=ADAM.spellings,
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
