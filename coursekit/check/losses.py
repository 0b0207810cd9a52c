"""Losses: values, reductions, weights, gradients, and logits of a thousand."""

from typing import Any

from torch import Tensor

from coursekit.check._common import Function, mistake, tensor
from coursekit.check._exercise import Bugs, Call, Exercise, Scenario, Script
from coursekit.check._judge import judge
from coursekit.check._text import Text
from coursekit.check._verdict import Verdict

_ORDINARY = Text("ordinary values", "一般情形")
_MATRIX = Text("a matrix", "矩阵")
_SINGLE = Text("float32", "float32")
_GRADIENT = Text("gradient", "梯度")


def _case(where: Text, *arguments: Any, **options: Any) -> Scenario:
    """Make one call; a function that takes none of the options is not asked."""

    def play() -> Script:
        yield Call(where, arguments, options)

    return Scenario(play, tuple(options))


def _slope(*arguments: Any, **options: Any) -> Scenario:
    """Look at the gradient with respect to the first argument as well."""

    def play() -> Script:
        yield Call(_GRADIENT, arguments, options, differentiate=0)

    return Scenario(play, tuple(options))


def _reductions(*arguments: Any, **options: Any) -> list[Scenario]:
    return [
        _case(
            Text(f"reduction={how!r}", f"reduction={how!r}"), *arguments, reduction=how, **options
        )
        for how in ("mean", "sum", "none")
    ]


def _reduce(
    bugs: Bugs, each: Tensor, reduction: str, count: Tensor | float | None = None
) -> Tensor:
    """Reduce the losses of the single entries; ``count`` is what a mean divides by."""
    if "no_reduction" in bugs or ("ignores_reduction" not in bugs and reduction == "none"):
        return each
    if "sum_for_mean" in bugs or ("ignores_reduction" not in bugs and reduction == "sum"):
        return each.sum()
    if "mean_of_rows" in bugs:
        return each.sum() / len(each)
    return each.mean() if count is None else each.sum() / count


_SUM_FOR_MEAN = mistake(
    "sum_for_mean",
    "a sum where the mean is asked for",
    "该取平均的地方用了求和",
    "Duplicate every sample. Should the loss change?",
    "把每个样本都重复一遍，损失应当变吗？",
)
_NO_REDUCTION = mistake(
    "no_reduction",
    "the loss of every entry by itself, not reduced to one number",
    "逐项的损失，没有归约成一个数",
    "Gradient descent needs one number to go down on.",
    "梯度下降要的是一个数，才谈得上让它变小。",
)
_IGNORES_REDUCTION = mistake(
    "ignores_reduction",
    "a mean whatever `reduction` says",
    "不管 `reduction` 是什么都取了平均",
    "What does your function do when `reduction` is `'sum'`, and when it is `'none'`?",
    "`reduction` 为 `'sum'` 和 `'none'` 时，你的函数各做什么？",
)
_MEAN_OF_ROWS = mistake(
    "mean_of_rows",
    "a mean over the rows of a sum over each row",
    "每行求和之后再按行数平均",
    "torch divides by the number of entries. How many are there?",
    "torch 除以的是元素总数。一共有多少个元素？",
)
_WRONG_SIGN = mistake(
    "wrong_sign",
    "the loss with its sign reversed",
    "符号反了的损失",
    "A better prediction should have a smaller loss. Try one.",
    "预测越好，损失应当越小。找一个例子试试。",
)
_REDUCTION_MISTAKES = (_SUM_FOR_MEAN, _NO_REDUCTION, _MEAN_OF_ROWS, _IGNORES_REDUCTION)

_INPUT = ((0.5, -1.0), (2.0, 3.0), (-0.25, 4.0))
_TARGET = ((1.0, 1.0), (1.5, 0.0), (-1.0, 4.5))


def _regression_scenarios(*extra: tuple[float, ...]) -> list[Scenario]:
    """Try a vector, a matrix, float32, the gradient and the reductions; ``extra`` are settings."""
    settings = extra or ((),)
    vector = tensor(0.5, -1.0, 2.0, -0.25), tensor(1.0, 1.0, 1.5, -3.0)
    matrix = tensor(*_INPUT), tensor(*_TARGET)
    single = tuple(value.float() for value in matrix)
    return [
        *(_case(_ORDINARY, *vector, *setting) for setting in settings),
        *(_case(_MATRIX, *matrix, *setting) for setting in settings),
        _case(_SINGLE, *single, *settings[-1]),
        _slope(*matrix, *settings[0]),
        *_reductions(*matrix, *settings[0]),
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
    loss = _reduce(bugs, each, reduction)
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
        _WRONG_SIGN,
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
