"""Losses: values, reductions, weights, gradients, and logits of a thousand."""

from typing import Any

import torch
from torch import Tensor

from coursekit.check._common import Function, mistake, tensor
from coursekit.check._exercise import Bugs, Call, Exercise, Scenario, Script
from coursekit.check._judge import judge
from coursekit.check._text import Text
from coursekit.check._verdict import Verdict

ORDINARY = Text("ordinary values", "一般情形")
MATRIX = Text("a matrix", "矩阵")
SINGLE = Text("float32", "float32")
GRADIENT = Text("gradient", "梯度")


def case(where: Text, *arguments: Any, **options: Any) -> Scenario:
    """Make one call; a function that takes none of the options is not asked."""

    def play() -> Script:
        yield Call(where, arguments, options)

    return Scenario(play, tuple(options))


def slope(*arguments: Any, **options: Any) -> Scenario:
    """Look at the gradient with respect to the first argument as well."""

    def play() -> Script:
        yield Call(GRADIENT, arguments, options, differentiate=0)

    return Scenario(play, tuple(options))


def reductions(*arguments: Any, **options: Any) -> list[Scenario]:
    """Make the call with every reduction."""
    return [
        case(Text(f"reduction={how!r}", f"reduction={how!r}"), *arguments, reduction=how, **options)
        for how in ("mean", "sum", "none")
    ]


def reduce(bugs: Bugs, each: Tensor, reduction: str, count: Tensor | float | None = None) -> Tensor:
    """Reduce the losses of the single entries; ``count`` is what a mean divides by."""
    if "no_reduction" in bugs or ("ignores_reduction" not in bugs and reduction == "none"):
        return each
    if "sum_for_mean" in bugs or ("ignores_reduction" not in bugs and reduction == "sum"):
        return each.sum()
    if "mean_of_rows" in bugs:
        return each.sum() / len(each)
    return each.mean() if count is None else each.sum() / count


SUM_FOR_MEAN = mistake(
    "sum_for_mean",
    "a sum where the mean is asked for",
    "该取平均的地方用了求和",
    "Duplicate every sample. Should the loss change?",
    "把每个样本都重复一遍，损失应当变吗？",
)
NO_REDUCTION = mistake(
    "no_reduction",
    "the loss of every entry by itself, not reduced to one number",
    "逐项的损失，没有归约成一个数",
    "Gradient descent needs a single number to make smaller.",
    "梯度下降是要让某一个数变小，所以损失必须是一个数。",
)
IGNORES_REDUCTION = mistake(
    "ignores_reduction",
    "a mean whatever `reduction` says",
    "不管 `reduction` 是什么都取了平均",
    "What does your function do when `reduction` is `'sum'`, and when it is `'none'`?",
    "`reduction` 为 `'sum'` 和 `'none'` 时，你的函数各做什么？",
)
MEAN_OF_ROWS = mistake(
    "mean_of_rows",
    "a mean over the rows of a sum over each row",
    "每行求和之后再按行数平均",
    "torch divides by the number of entries. How many are there?",
    "torch 除以的是元素总数。一共有多少个元素？",
)
WRONG_SIGN = mistake(
    "wrong_sign",
    "the loss with its sign reversed",
    "符号反了的损失",
    "A better prediction should have a smaller loss. Try one.",
    "预测越好，损失应当越小。找一个例子试试。",
)
_REDUCTION_MISTAKES = (SUM_FOR_MEAN, NO_REDUCTION, MEAN_OF_ROWS, IGNORES_REDUCTION)

_INPUT = ((0.5, -1.0), (2.0, 3.0), (-0.25, 4.0))
_TARGET = ((1.0, 1.0), (1.5, 0.0), (-1.0, 4.5))


def _regression_scenarios(*extra: tuple[float, ...]) -> list[Scenario]:
    """Try a vector, a matrix, float32, the gradient and the reductions; ``extra`` are settings."""
    settings = extra or ((),)
    vector = tensor(0.5, -1.0, 2.0, -4.25), tensor(1.0, 1.0, 1.5, -3.0)
    matrix = tensor(*_INPUT), tensor(*_TARGET)
    single = tuple(value.float() for value in matrix)
    return [
        *(case(ORDINARY, *vector, *setting) for setting in settings),
        *(case(MATRIX, *matrix, *setting) for setting in settings),
        case(SINGLE, *single, *settings[-1]),
        slope(*matrix, *settings[0]),
        *reductions(*matrix, *settings[0]),
    ]


# --- mean squared error ---------------------------------------------------------------------------


def _mse(bugs: Bugs, input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:  # noqa: A002
    error = input - target
    if "square_of_mean" in bugs:
        error = error.mean()
    each = error if "no_square" in bugs else error.abs() if "absolute" in bugs else error**2
    if "halved" in bugs:
        each = each / 2
    if "square_minus_square" in bugs:
        each = input**2 - target**2
    loss = reduce(bugs, each, reduction)
    return loss.sqrt() if "root" in bugs else -loss if "wrong_sign" in bugs else loss


MSE = Exercise(
    "mse_loss",
    ("input", "target"),
    ("loss",),
    _mse,
    _regression_scenarios(),
    (
        *_REDUCTION_MISTAKES,
        mistake(
            "root",
            "the root of the mean squared error",
            "均方误差的平方根（RMSE）",
            "The loss has the square of the target's unit.",
            "这个损失的单位是目标单位的平方。",
        ),
        mistake(
            "halved",
            "half the mean squared error",
            "均方误差的一半",
            "Some books put ½ before the square to be rid of a 2 later. torch does not.",
            "有的书在平方前放 ½，好让求导后的 2 消掉。torch 没有这样做。",
        ),
        mistake(
            "absolute",
            "the mean absolute error",
            "平均绝对误差",
            "By what factor should the loss grow when all errors double?",
            "所有误差都加倍，损失应当变成几倍？",
        ),
        mistake(
            "no_square",
            "the mean of the errors, not squared",
            "误差没有平方就取了平均",
            "Can errors of +1 and -1 cancel in your loss?",
            "+1 和 -1 的误差在你的损失里会抵消吗？",
        ),
        mistake(
            "square_of_mean",
            "the square of the mean error",
            "先取平均、再平方",
            "Can errors of +1 and -1 cancel? What comes first, the square or the mean?",
            "+1 和 -1 的误差在你的损失里会抵消吗？先平方还是先平均？",
        ),
        mistake(
            "square_minus_square",
            "the difference of the squares, not the square of the difference",
            "平方之差，而不是差的平方",
            "Let the input be minus the target. Is that a perfect prediction?",
            "令预测等于目标的相反数。这算完美的预测吗？",
        ),
        WRONG_SIGN,
    ),
    options=("reduction",),
)


def mse_loss(function: Function) -> Verdict:
    r"""Check a mean squared error, :math:`\frac1n \sum_i (\hat y_i - y_i)^2`.

    Parameters
    ----------
    function
        ``function(input, target) -> loss``: two tensors of one shape; a tensor without dimensions
        back, the mean over all entries, through which autograd can go back. If the function has a
        parameter ``reduction``, it is tried with ``"mean"``, ``"sum"`` and ``"none"``.

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
    >>> def my_mse(input, target):
    ...     return ((input - target) ** 2).sum()
    >>> verdict = check.mse_loss(my_mse)
    >>> print(verdict.consequence.en)
    `loss` is 4 times what it should be.
    """
    return judge(MSE, function)


# --- mean absolute error --------------------------------------------------------------------------


def _l1(bugs: Bugs, input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:  # noqa: A002
    error = input - target
    if "abs_of_mean" in bugs:
        return error.mean().abs()
    if "difference_of_abs" in bugs:
        each = input.abs() - target.abs()
    else:
        each = error if "no_abs" in bugs else error**2 if "squared" in bugs else error.abs()
    if "clipped" in bugs:
        each = error.clamp(min=0)
    loss = reduce(bugs, each, reduction)
    return loss.sqrt() if "root" in bugs else -loss if "wrong_sign" in bugs else loss


L1 = Exercise(
    "l1_loss",
    ("input", "target"),
    ("loss",),
    _l1,
    _regression_scenarios(),
    (
        *_REDUCTION_MISTAKES,
        mistake(
            "no_abs",
            "the mean of the errors, their signs kept",
            "保留了正负号的误差平均",
            "Can errors of +1 and -1 cancel in your loss?",
            "+1 和 -1 的误差在你的损失里会抵消吗？",
        ),
        mistake(
            "abs_of_mean",
            "the absolute value of the mean error",
            "先取平均、再取绝对值",
            "Can errors of +1 and -1 cancel? What comes first, the absolute value or the mean?",
            "+1 和 -1 的误差会抵消吗？先取绝对值还是先平均？",
        ),
        mistake(
            "squared",
            "the mean squared error",
            "均方误差",
            "By what factor should the loss grow when all errors double?",
            "所有误差都加倍，损失应当变成几倍？",
        ),
        mistake(
            "clipped",
            "errors on one side only: those below the target count as zero",
            "只算了一侧的误差：低于目标的都当成了零",
            "Should a prediction that is too low cost nothing?",
            "预测偏低就没有代价吗？",
        ),
        mistake(
            "difference_of_abs",
            "the difference of the absolute values",
            "绝对值之差，而不是差的绝对值",
            "Let the input be minus the target. Is that a perfect prediction?",
            "令预测等于目标的相反数。这算完美的预测吗？",
        ),
        mistake(
            "root",
            "a square root of the mean absolute error",
            "平均绝对误差又开了方",
            "The loss has the target's own unit.",
            "这个损失的单位就是目标的单位。",
        ),
        WRONG_SIGN,
    ),
    options=("reduction",),
)


def l1_loss(function: Function) -> Verdict:
    r"""Check a mean absolute error, :math:`\frac1n \sum_i |\hat y_i - y_i|`.

    Parameters
    ----------
    function
        ``function(input, target) -> loss``: as in :func:`mse_loss`, ``reduction`` included.

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
    >>> check.l1_loss(lambda input, target: (input - target).mean().abs()).mistake
    'abs_of_mean'
    """
    return judge(L1, function)


# --- Huber ----------------------------------------------------------------------------------------


def _huber(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    delta: float,
    reduction: str = "mean",
) -> Tensor:
    if "own_delta" in bugs:
        delta = 1.0
    error = input - target
    z = error.abs()
    half = 1.0 if "no_half" in bugs else 0.5
    square, line = half * error**2, delta * (z - 0.5 * delta)
    if "jump" in bugs:
        line = delta * z
    if "slope_one" in bugs:
        line = z - 0.5 * delta
    if "whole_offset" in bugs:
        line = delta * (z - delta)
    near = (error if "signed_test" in bugs else z) < delta
    if "tests_square" in bugs:
        near = error**2 < delta
    if "branches_swapped" in bugs:
        near = ~near
    each = torch.where(near, square, line)
    if "smooth_l1" in bugs:
        each = each / delta
    if "only_square" in bugs:
        each = square
    if "only_line" in bugs:
        each = z
    loss = reduce(bugs, each, reduction)
    return -loss if "wrong_sign" in bugs else loss


HUBER = Exercise(
    "huber_loss",
    ("input", "target", "delta"),
    ("loss",),
    _huber,
    _regression_scenarios((1.0,), (0.6,), (2.5,)),
    (
        *_REDUCTION_MISTAKES,
        mistake(
            "no_half",
            "a quadratic part without the ½",
            "二次部分少了 ½",
            "Where the two parts meet, the slopes must agree. What are they at `delta`?",
            "两段相接处斜率应当相等。在 `delta` 处它们各是多少？",
        ),
        mistake(
            "jump",
            "a linear part without its offset: the loss jumps at `delta`",
            "线性部分没有减去常数：损失在 `delta` 处跳了一下",
            "Put an error of exactly `delta` into both parts.",
            "把恰好等于 `delta` 的误差代入两段。",
        ),
        mistake(
            "whole_offset",
            "a linear part with the offset `delta`, not half of it",
            "线性部分减的是 `delta`，而不是它的一半",
            "Put an error of exactly `delta` into both parts.",
            "把恰好等于 `delta` 的误差代入两段。",
        ),
        mistake(
            "slope_one",
            "a linear part of slope 1 whatever `delta` is",
            "不管 `delta` 是多少，线性部分的斜率都是 1",
            "Where the two parts meet, the slopes must agree. What are they at `delta`?",
            "两段相接处斜率应当相等。在 `delta` 处它们各是多少？",
        ),
        mistake(
            "smooth_l1",
            "smooth L1: Huber's loss divided by `delta`",
            "平滑 L1：Huber 损失除以了 `delta`",
            "For small errors Huber's loss does not depend on `delta`. Does yours?",
            "误差很小时，Huber 损失与 `delta` 无关。你的呢？",
        ),
        mistake(
            "branches_swapped",
            "the two parts in each other's place",
            "两段互换了位置",
            "Which errors are to be treated gently, the small or the large ones?",
            "要减轻影响的是小误差还是大误差？",
        ),
        mistake(
            "signed_test",
            "a threshold on the error with its sign: large negative errors count as small",
            "拿带符号的误差去比阈值：很大的负误差当成了小误差",
            "On which side of `delta` is an error of -100?",
            "误差 -100 在 `delta` 的哪一边？",
        ),
        mistake(
            "tests_square",
            "a threshold on the squared error",
            "拿误差的平方去比阈值",
            "In which unit is `delta`: the target's, or its square?",
            "`delta` 的单位是目标的单位，还是它的平方？",
        ),
        mistake(
            "own_delta",
            "a threshold of 1 whatever `delta` is",
            "不管 `delta` 是多少，阈值都是 1",
            "Where in your function does `delta` appear?",
            "你的函数里哪里用到了 `delta`？",
        ),
        mistake(
            "only_square",
            "half the squared error everywhere",
            "处处都是平方误差的一半",
            "An outlier should pull with a bounded force. Does it?",
            "离群点的拉力应当有上限。有吗？",
        ),
        mistake(
            "only_line",
            "the absolute error everywhere",
            "处处都是绝对误差",
            "Near zero the loss should be smooth. Is it?",
            "在零附近损失应当是光滑的。是吗？",
        ),
        WRONG_SIGN,
    ),
    options=("reduction",),
)


def huber_loss(function: Function) -> Verdict:
    r"""Check a Huber loss (Huber 1964): quadratic near zero, linear beyond ``delta``.

    .. math:: \ell = \begin{cases} \tfrac12 e^2 & |e| < \delta \\
        \delta\, (|e| - \tfrac12 \delta) & \text{otherwise} \end{cases}

    Parameters
    ----------
    function
        ``function(input, target, delta) -> loss``: two tensors of one shape and a float; a tensor
        without dimensions back. ``reduction`` as in :func:`mse_loss`.

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
    >>> import torch
    >>> from coursekit import check
    >>> def my_huber(input, target, delta):
    ...     e = (input - target).abs()
    ...     return torch.where(e < delta, e**2 / 2, delta * e).mean()
    >>> check.huber_loss(my_huber).mistake
    'jump'
    """
    return judge(HUBER, function)
