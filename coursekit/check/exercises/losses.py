"""Losses: values, reductions, weights, gradients, and logits of a thousand."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from coursekit.check._common import (
    case,
    tensor,
)
from coursekit.check._declare import exercise
from coursekit.check._exercise import (
    Bugs,
    Call,
    Scenario,
    Script,
)
from coursekit.check._text import Text

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "nll_loss",
]

ORDINARY = Text("ordinary values", "一般情形")
MATRIX = Text("a matrix", "矩阵")
SINGLE = Text("float32", "float32")
GRADIENT = Text("gradient", "梯度")


def slope(*arguments: Any, where: Text = GRADIENT) -> Scenario:
    """Look at the gradient with respect to the first argument as well."""

    def play() -> Script:
        yield Call(where, arguments, differentiate=0)

    return Scenario(play)


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


@exercise("loss", _regression_scenarios())
def mse_loss(bugs: Bugs, input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:  # noqa: A002
    r"""Check a mean squared error, :math:`\frac1n \sum_i (\hat y_i - y_i)^2`.

    Function
    --------
    two tensors of one shape; a tensor without dimensions back, the mean over all entries, through
    which autograd can go back. If the function has a parameter ``reduction``, it is tried with
    ``"mean"``, ``"sum"`` and ``"none"``.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_mse(input, target):
    ...     return ((input - target) ** 2).sum()
    >>> verdict = check.mse_loss(my_mse)
    >>> print(verdict.consequence.en)
    `loss` is 4 times what it should be.
    """
    error = input - target
    if "square_of_mean" in bugs:
        error = error.mean()
    each = error if "no_square" in bugs else error.abs() if "absolute" in bugs else error**2
    if "doubled" in bugs:
        each = 2 * error
    if "halved" in bugs:
        each = each / 2
    if "square_minus_square" in bugs:
        each = input**2 - target**2
    loss = reduce(bugs, each, reduction, each.numel() - 1 if "one_fewer" in bugs else None)
    if "norm_over_n" in bugs:
        loss = each.sum().sqrt() / each.numel()
    return loss.sqrt() if "root" in bugs else -loss if "wrong_sign" in bugs else loss


# --- mean absolute error --------------------------------------------------------------------------


@exercise("loss", _regression_scenarios(), spellings=("outer",))
def l1_loss(bugs: Bugs, input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:  # noqa: A002
    r"""Check a mean absolute error, :math:`\frac1n \sum_i |\hat y_i - y_i|`.

    Function
    --------
    as in :func:`mse_loss`, ``reduction`` included.

    Examples
    --------
    >>> from coursekit import check
    >>> check.l1_loss(lambda input, target: (input - target).mean().abs()).mistake
    'abs_of_mean'
    """
    error = input - target
    if "abs_of_mean" in bugs:
        return error.mean().abs()
    if "difference_of_abs" in bugs:
        each = input.abs() - target.abs()
        each = each.abs() if "outer" in bugs else each
    else:
        each = error if "no_abs" in bugs else error**2 if "squared" in bugs else error.abs()
    if "clipped" in bugs:
        each = error.clamp(min=0)
    loss = reduce(bugs, error**2 if "root_mean_square" in bugs else each, reduction)
    rooted = {"root", "root_mean_square"} & bugs
    return loss.sqrt() if rooted else -loss if "wrong_sign" in bugs else loss


# --- Huber ----------------------------------------------------------------------------------------


# With 4, half the square of an error below it lies above it: who tests twice takes it for far.
@exercise("loss", _regression_scenarios((1.0,), (0.6,), (4.0,), (2.5,)))
def huber_loss(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    delta: float,
    reduction: str = "mean",
) -> Tensor:
    r"""Check a Huber loss (Huber 1964): quadratic near zero, linear beyond ``delta``.

    .. math:: \ell = \begin{cases} \tfrac12 e^2 & |e| < \delta \\
        \delta\, (|e| - \tfrac12 \delta) & \text{otherwise} \end{cases}

    Function
    --------
    two tensors of one shape and a float; a tensor without dimensions back. ``reduction`` as in
    :func:`mse_loss`.

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
    if "own_delta" in bugs:
        delta = 1.0
    error = input - target
    if "averages_first" in bugs:
        error = error.abs().mean()
    z = error.abs()
    half = 1.0 if "no_half" in bugs else 0.5
    square, line = half * error**2, delta * (z - 0.5 * delta)
    if "jump" in bugs:
        line = delta * z
    if "slope_one" in bugs:
        line = z - 0.5 * delta
    if "line_signed" in bugs:
        line = delta * (error - 0.5 * delta)
    if "whole_offset" in bugs:
        line = delta * (z - delta)
    if "offset_outside" in bugs:
        line = delta * z - 0.5 * delta
    near = (error if "signed_test" in bugs else z) < delta
    if "tests_square" in bugs:
        near = error**2 < delta
    if "one_test_for_all" in bugs:
        near = z.mean() < delta
    if "branches_swapped" in bugs:
        near = ~near
    each = torch.where(near, square, line)
    if "smooth_l1" in bugs:
        each = each / delta
    if "only_square" in bugs:
        each = square
    if "clips" in bugs:
        each = half * error.clamp(-delta, delta) ** 2
    if "only_line" in bugs:
        each = z
    if "line_everywhere" in bugs:
        each = line
    loss = reduce(bugs, each, reduction)
    return -loss if "wrong_sign" in bugs else loss


_LARGE = Text("logits of ±1000", "±1000 的 logit")
_LARGE_WRONG = Text("logits of ±1000, confident and wrong", "±1000 的 logit，很有把握却错了")
_FORTY = Text("a logit of 40, confident and wrong", "logit 为 40，很有把握却错了")
_SECOND = Text("another batch", "另一个批次")
_WEIGHTS = Text("class weights", "类别权重")
_WEIGHTS_SMOOTHED = Text("class weights and label smoothing", "类别权重加标签平滑")
_APART = Text("rows far apart", "相差悬殊的各行")
_LARGE_SLOPE = Text("gradient at logits of ±1000", "±1000 的 logit 处的梯度")
_NOT_LAST = Text("no sample of the last class", "没有最后一类的样本")
_SURE_WRONG = Text("certain and wrong", "完全确定却错了")
_CAPPED = tuple(f"adds_1e-{digits}" for digits in (6, 7, 9, 10, 12))  # besides 1e-8
_BOUNDS = ("to_10", "to_15", "to_30", "to_50", "to_100")  # besides 20
_SURE = Text("probabilities 0 and 1", "概率为 0 和 1")

_LOGITS = ((2.0, -1.0, 0.5), (0.25, 1.5, -0.5), (-1.0, 0.5, 3.0), (1.0, 1.25, -2.0))
_CLASSES = (0, 2, 1, 1)
_CLASS_WEIGHTS = (1.0, 0.25, 3.0)


def _pick(bugs: Bugs, log_p: Tensor, target: Tensor) -> Tensor:
    """Return the log-probability of the right class of every sample."""
    if "predicted_class" in bugs:
        target = log_p.argmax(-1)
    if "next_class" in bugs:
        target = (target - 1) % log_p.shape[-1]
    if "all_classes" in bugs:
        return log_p.mean(-1)
    if "every_column" in bugs:
        return log_p[:, target].mean(-1)
    return log_p.gather(-1, target[:, None])[:, 0]


def _weighted(
    bugs: Bugs, each: Tensor, target: Tensor, weight: Tensor | None, reduction: str
) -> Tensor:
    if weight is None or "no_weight" in bugs:
        return reduce(bugs, each, reduction)
    w = weight[target]
    count = len(each) if "mean_over_n" in bugs else w.sum()
    if "sum_of_all_weights" in bugs:
        count = weight.sum()
    return reduce(bugs, w * each, reduction, count)


# --- negative log-likelihood ----------------------------------------------------------------------


def _nll_scenarios() -> list[Scenario]:
    log_p, target = tensor(*_LOGITS).log_softmax(-1), torch.tensor(_CLASSES)
    weight = tensor(*_CLASS_WEIGHTS)
    wide = tensor(*_LOGITS).T.log_softmax(-1), torch.tensor([3, 0, 0])
    return [
        case(ORDINARY, log_p, target),
        case(_SECOND, *wide),
        case(SINGLE, log_p.float(), target),
        slope(log_p, target),
        case(_NOT_LAST, log_p, torch.tensor([0, 1, 1, 0])),
        case(_WEIGHTS, log_p, target, weight=weight),
        *reductions(log_p, target),
        *reductions(log_p, target, weight=weight),
    ]


@exercise("loss", _nll_scenarios(), spellings=("softmax", "ones_too", "weighs_columns"))
def nll_loss(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Check a negative log-likelihood of the right classes.

    .. math:: -\sum_n w_{y_n} \log p_{n,y_n} \Big/ \sum_n w_{y_n}

    Function
    --------
    log-probabilities ``(N, C)`` and classes ``(N,)`` (int64, from 0); a tensor without dimensions
    back, through which autograd can go back. If the function has a parameter ``weight``, one weight
    a class, or ``reduction``, these are tried as well, with torch's meaning.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_nll(input, target, weight=None):
    ...     w = torch.ones_like(input[0]) if weight is None else weight
    ...     return -(w[target] * input[torch.arange(len(target)), target]).mean()
    >>> check.nll_loss(my_nll).mistake
    'mean_over_n'
    """
    log_p = input.log() if "log_again" in bugs else input
    if "no_log" in bugs:
        log_p = input.softmax(-1) if "softmax" in bugs else input.exp()
    if weight is None and {"sum_of_all_weights", "ones_too"} <= bugs:
        weight = torch.ones_like(log_p[0])
    if weight is not None and {"every_column", "weighs_columns"} <= bugs:
        w = weight[target]
        return -(w * log_p[:, target]).mean() / w.mean()
    each = _pick(bugs, log_p, target)
    if "mean_over_entries" in bugs:
        each = each / (log_p.shape[-1] if reduction == "mean" else 1)
    if "mean_over_classes" in bugs and reduction == "mean":
        each = each * len(each) / log_p.shape[-1]
    if "no_minus" not in bugs:
        each = -each
    return _weighted(bugs, each, target, weight, reduction)


# --- cross-entropy --------------------------------------------------------------------------------


def _log_capped(bugs: Bugs, p: Tensor) -> Tensor:
    """Return a logarithm that a small number keeps from falling.

    That it is clamped to and not added is seen of none below 1e-6.
    """
    if "clamps_1e-6" in bugs:
        return p.clamp(1e-6, 1 - 1e-6).log()
    spelled = next((key for key in _CAPPED if key in bugs), "adds_1e-8")
    return (p + float(spelled.removeprefix("adds_"))).log()


def _log_softmax(bugs: Bugs, logits: Tensor) -> Tensor:
    axis = 0 if "wrong_axis" in bugs else -1
    if "no_softmax" in bugs:
        return logits
    if "no_log" in bugs:
        return logits.softmax(axis)
    if "log_of_logits" in bugs:
        return logits.log()
    if "unstable" in bugs:
        return logits - logits.exp().sum(axis, keepdim=True).log()
    if "one_shift" in bugs:
        logits = logits - logits.max()
        return logits - logits.exp().sum(axis, keepdim=True).log()
    if "shift_forgotten" in bugs:
        return logits - (logits - logits.amax(axis, keepdim=True)).logsumexp(axis, keepdim=True)
    if "sigmoids" in bugs:
        return functional.logsigmoid(logits)
    if "infinite_ratio" in bugs:
        return (logits.exp() / logits.exp().sum(axis, keepdim=True)).log()
    if "log_of_zero" in bugs:
        return logits.softmax(axis).log()
    if "clipped" in bugs:
        return _log_capped(bugs, logits.softmax(axis))
    if "softmax_twice" in bugs:
        logits = logits.softmax(axis)
    return logits.log_softmax(axis)


def _cross_entropy_scenarios() -> list[Scenario]:
    logits, target = tensor(*_LOGITS), torch.tensor(_CLASSES)
    weight = tensor(*_CLASS_WEIGHTS)
    large = tensor([1000.0, 0.0, -1000.0], [0.0, 1000.0, 999.0])
    return [
        case(ORDINARY, logits, target),
        case(_SECOND, logits.T - 3, torch.tensor([3, 0, 0])),
        case(SINGLE, logits.float(), target),
        slope(logits, target),
        case(_LARGE, large, torch.tensor([0, 2])),
        case(_LARGE_WRONG, large, torch.tensor([2, 0])),
        slope(large, torch.tensor([2, 0]), where=_LARGE_SLOPE),
        case(
            _APART, tensor([1000.0, 999.0, 998.0], [-999.0, -1000.0, -998.0]), torch.tensor([1, 0])
        ),
        case(_NOT_LAST, logits, torch.tensor([0, 1, 1, 0])),
        case(_WEIGHTS, logits, target, weight=weight),
        case(Text("label smoothing", "标签平滑"), logits, target, label_smoothing=0.3),
        *reductions(logits, target),
        *reductions(logits, target, weight=weight),
        case(_WEIGHTS_SMOOTHED, logits, target, weight=weight, label_smoothing=0.3),
    ]


@exercise("loss", _cross_entropy_scenarios(), spellings=_CAPPED)
def cross_entropy(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    r"""Check a cross-entropy from logits, :math:`-\frac1N \sum_n \log \mathrm{softmax}(x_n)_{y_n}`.

    Function
    --------
    logits ``(N, C)``, of ±1000 too, and classes ``(N,)`` (int64, from 0); a tensor without
    dimensions back. If the function has a parameter ``weight``, ``label_smoothing`` or
    ``reduction``, it is tried with torch's meaning.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_cross_entropy(input, target):
    ...     p = input.exp() / input.exp().sum(1, keepdim=True)
    ...     return -p[torch.arange(len(target)), target].log().mean()
    >>> verdict = check.cross_entropy(my_cross_entropy)
    >>> verdict.mistake, verdict.evidence.where.en, verdict.evidence.yours
    ('infinite_ratio', 'logits of ±1000', 'nan')
    """
    log_p = _log_softmax(bugs, input)
    if "log_base_two" in bugs:
        log_p = log_p / torch.tensor(2.0).log()
    sign = 1 if "no_minus" in bugs else -1
    right = sign * _pick(bugs, log_p, target)
    if "mean_over_entries" in bugs:
        right = right / (log_p.shape[-1] if reduction == "mean" else 1)
    if "mean_over_classes" in bugs and reduction == "mean":
        right = right * len(right) / log_p.shape[-1]
    loss = _weighted(bugs, right, target, weight, reduction)
    if label_smoothing == 0 or "no_smoothing" in bugs:
        return loss
    count = None
    if weight is not None and not {"no_weight", "smooths_unweighted"} & bugs:
        log_p = weight * log_p
        count = None if "mean_over_n" in bugs else weight[target].sum()
    spread = log_p.mean(-1)
    if "smooths_others" in bugs:
        spread = (log_p.sum(-1) - _pick(bugs, log_p, target)) / (log_p.shape[-1] - 1)
    if "smooths_whole" in bugs:
        spread = log_p.sum(-1)
    everywhere = reduce(bugs, sign * spread, reduction, count)
    keep = 1.0 if "keeps_whole" in bugs else 1 - label_smoothing
    return keep * loss + label_smoothing * everywhere


# --- binary cross-entropy -------------------------------------------------------------------------

_P = (0.9, 0.2, 0.5, 0.05, 0.7)
_LABELS = (1.0, 0.0, 1.0, 1.0, 0.0)


def _two_terms(bugs: Bugs, target: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """Return the loss of every entry from what a positive and a negative one would cost."""
    if "labels_swapped" in bugs:
        yes, no = no, yes
    if "only_positive" in bugs:
        return target * yes
    if "only_negative" in bugs:
        return (1 - target) * no
    if "minus_between" in bugs:
        return target * yes - (1 - target) * no
    return target * yes + (1 - target) * no


def _bce_scenarios() -> list[Scenario]:
    p, target = tensor(*_P), tensor(*_LABELS)
    soft = tensor(0.8, 0.1, 0.4, 0.3, 0.6)
    weight = tensor(1.0, 0.5, 2.0, 3.0, 0.25)
    return [
        case(ORDINARY, p, target),
        case(Text("soft targets", "软标签"), p, soft),
        case(SINGLE, p.float(), target.float()),
        slope(p, soft),
        case(_SURE, tensor(1.0, 0.0, 0.5), tensor(1.0, 0.0, 1.0)),
        case(_SURE_WRONG, tensor(1.0, 0.0, 0.5), tensor(0.0, 1.0, 1.0)),
        case(Text("weights", "权重"), p, target, weight=weight),
        *reductions(p, target),
        *reductions(p, target, weight=weight),
    ]


@exercise("loss", _bce_scenarios(), spellings=(*_CAPPED, "clamps_last"))
def binary_cross_entropy(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Check a binary cross-entropy, the mean of :math:`-y \log p - (1 - y) \log(1 - p)`.

    Function
    --------
    probabilities, 0 and 1 among them (as in torch, no logarithm falls below -100), and targets in
    [0, 1], tensors of one shape; a tensor without
    dimensions back. If the function has a parameter ``weight``, of the same shape, or
    ``reduction``, it is tried with torch's meaning.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_bce(input, target):
    ...     return -(target * input.log()).mean()
    >>> check.binary_cross_entropy(my_bce).mistake
    'only_positive + log_of_zero'
    """
    p, t = (target, input) if "arguments_swapped" in bugs else (input, target)
    if "only_ones_count" in bugs:
        t = (t == 1).to(p)
    if "rounds_target" in bugs:
        t = (t > 0.5).to(p)
    if "takes_logits" in bugs:
        p = p.sigmoid()
    if "log_of_zero" in bugs:
        yes, no = -p.log(), -(1 - p).log()
    else:
        yes, no = -p.log().clamp(min=-100), -(1 - p).log().clamp(min=-100)
    if "clipped" in bugs:
        yes, no = -_log_capped(bugs, p), -_log_capped(bugs, 1 - p)
    if "infinite" in bugs:
        yes, no = -p.log(), -(1 - p).log()
    if "squared" in bugs:
        yes, no = (1 - p) ** 2, p**2
    if "brier" in bugs:
        yes = no = (p - t) ** 2
    if "log_base_two" in bugs:
        two = torch.tensor(2.0).log()
        yes, no = yes / two, no / two
        if "clamps_last" in bugs:
            yes, no = yes.clamp(max=100), no.clamp(max=100)
    each = _two_terms(bugs, t, yes, no)
    if "infinite" in bugs:
        each = each.nan_to_num()
    if weight is not None and "no_weight" not in bugs:
        each = weight * each
    count = weight.sum() if weight is not None and "mean_of_weights" in bugs else None
    loss = reduce(bugs, each, reduction, count)
    return -loss if "wrong_sign" in bugs else loss


# --- binary cross-entropy with logits -------------------------------------------------------------


def _logit_scenarios() -> list[Scenario]:
    logits, target = tensor(2.0, -1.5, 0.25, -3.0, 1.0), tensor(*_LABELS)
    soft = tensor(0.8, 0.1, 0.4, 0.3, 0.6)
    large = tensor(1000.0, -1000.0)
    options: dict[str, Any] = {"pos_weight": torch.tensor(3.0, dtype=torch.float64)}
    return [
        case(ORDINARY, logits, target),
        case(Text("soft targets", "软标签"), logits, soft),
        case(SINGLE, logits.float(), target.float()),
        slope(logits, soft),
        case(_LARGE, large, tensor(1.0, 0.0)),
        case(_LARGE_WRONG, large, tensor(0.0, 1.0)),
        case(_FORTY, tensor(40.0), tensor(0.0)),
        slope(large, tensor(0.0, 1.0), where=_LARGE_SLOPE),
        slope(large, tensor(1.0, 0.0), where=_LARGE_SLOPE),
        case(Text("weights", "权重"), logits, target, weight=tensor(1.0, 0.5, 2.0, 3.0, 0.25)),
        case(Text("pos_weight", "pos_weight"), logits, target, **options),
        case(Text("pos_weight", "pos_weight"), logits, soft, **options),
        *reductions(logits, target),
        *reductions(logits, target, weight=tensor(1.0, 0.5, 2.0, 3.0, 0.25), **options),
    ]


@exercise(
    "loss",
    _logit_scenarios(),
    spellings=(*_CAPPED, "clamps_1e-6", *_BOUNDS, "clamps_logarithm", "mirrored"),
)
def binary_cross_entropy_with_logits(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Check a binary cross-entropy from logits, with :math:`p = 1 / (1 + e^{-x})`.

    Function
    --------
    logits, of ±1000 too, and targets in [0, 1], tensors of one shape; a tensor without dimensions
    back. If the function has a parameter ``weight``, ``pos_weight`` or ``reduction``, it is tried
    with torch's meaning.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_bce(input, target):
    ...     p = input.sigmoid()
    ...     return -(target * p.log() + (1 - target) * (1 - p).log()).mean()
    >>> check.binary_cross_entropy_with_logits(my_bce).mistake
    'log_of_zero'
    """
    x = input.sigmoid() if "sigmoid_twice" in bugs else input
    yes, no = functional.softplus(-x), functional.softplus(x)
    if "unstable" in bugs:
        yes, no = (1 + (-x).exp()).log(), (1 + x.exp()).log()
    if "infinite_ratio" in bugs:
        p = x.exp() / (1 + x.exp())
        yes, no = -p.log(), -(1 - p).log()
    if "log_of_zero" in bugs:
        yes, no = -x.sigmoid().log(), -(1 - x.sigmoid()).log()
    if "clipped" in bugs:
        yes, no = -_log_capped(bugs, x.sigmoid()), -_log_capped(bugs, 1 - x.sigmoid())
    if "capped_at_100" in bugs:
        p, one = x.sigmoid(), torch.ones_like(x)
        yes, no = (functional.binary_cross_entropy(p, t, reduction="none") for t in (one, 0 * one))
        if "clamps_logarithm" in bugs:
            yes, no = -p.log().clamp(min=-100), -(1 - p).log().clamp(min=-100)
    if "no_sigmoid" in bugs:
        yes, no = -x.log(), -(1 - x).log()
    if "no_logarithm" in bugs:
        yes, no = -x, x - 1
    if "exponential_overflows" in bugs:
        yes = torch.log1p(torch.exp(-x))
        no = yes + x
    if "clamps_logits" in bugs:
        bound = next((float(key[3:]) for key in _BOUNDS if key in bugs), 20.0)
        yes, no = (functional.softplus(sign * x.clamp(-bound, bound)) for sign in (-1, 1))
    if pos_weight is not None and "no_pos_weight" not in bugs:
        if "weighs_ones" in bugs:
            pos_weight = torch.where(target == 1, pos_weight, 1.0)
        yes = yes if "weighs_negatives" in bugs else pos_weight * yes
        if "weighs_ones" in bugs:
            no = pos_weight * no
        no = pos_weight * no if {"weighs_negatives", "weighs_both"} & bugs else no
    each = _two_terms(bugs, target, yes, no)
    if {"exponential_overflows", "mirrored"} <= bugs:
        each = torch.log1p(torch.exp(x)) - x * target
    if {"no_abs", "exponent_sign"} & bugs:
        rest = torch.log1p(torch.exp(-x if "no_abs" in bugs else x.abs()))
        each = x.clamp(min=0) - x * target + rest
    if "product_added" in bugs:
        each = functional.softplus(x) + x * target
    if weight is not None and "no_weight" not in bugs:
        each = weight * each
    loss = reduce(bugs, each, reduction)
    return -loss if "wrong_sign" in bugs else loss
