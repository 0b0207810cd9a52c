"""Losses of classification: from log-probabilities, probabilities and logits."""

from typing import Any

import torch
from torch import Tensor

from coursekit.check._common import Function, mistake, tensor
from coursekit.check._exercise import Bugs, Exercise, Scenario
from coursekit.check._judge import judge
from coursekit.check._text import Text
from coursekit.check._verdict import Verdict
from coursekit.check.losses import (
    IGNORES_REDUCTION,
    NO_REDUCTION,
    ORDINARY,
    SINGLE,
    SUM_FOR_MEAN,
    WRONG_SIGN,
    case,
    reduce,
    reductions,
    slope,
)

_LARGE = Text("logits of ±1000", "±1000 的 logit")
_LARGE_WRONG = Text("logits of ±1000, confident and wrong", "±1000 的 logit，很有把握却错了")
_FORTY = Text("a logit of 40, confident and wrong", "logit 为 40，很有把握却错了")
_SECOND = Text("another batch", "另一个批次")
_WEIGHTS = Text("class weights", "类别权重")
_SURE = Text("probabilities 0 and 1", "概率为 0 和 1")

_LOGITS = ((2.0, -1.0, 0.5), (0.25, 1.5, -0.5), (-1.0, 0.5, 3.0), (1.0, 1.25, -2.0))
_CLASSES = (0, 2, 1, 1)
_CLASS_WEIGHTS = (1.0, 0.25, 3.0)

_REDUCTIONS = (SUM_FOR_MEAN, NO_REDUCTION, IGNORES_REDUCTION)

_MEAN_OVER_N = mistake(
    "mean_over_n",
    "a weighted mean that divides by the number of samples",
    "除以样本数的加权平均",
    "A mean with weights divides by what the weights add up to. torch's does.",
    "加权平均除以的是权重之和，torch 也是这样。",
)
_NO_WEIGHT = mistake(
    "no_weight",
    "a loss that takes no notice of `weight`",
    "没有用到 `weight` 的损失",
    "Double one class's weight: should its samples count more?",
    "把某一类的权重加倍，它的样本是不是应当更重要？",
)
_NO_WEIGHT_OF_ENTRIES = mistake(
    "no_weight",
    "a loss that takes no notice of `weight`",
    "没有用到 `weight` 的损失",
    "Double the weight of one entry: should it count more?",
    "把某一项的权重加倍，这一项是不是应当更重要？",
)
_ALL_CLASSES = mistake(
    "all_classes",
    "a mean over all classes, not the entry of the right one",
    "对所有类别取了平均，而不是只取正确类别的那一项",
    "Likelihood asks: what probability did the model give to what happened?",
    "似然问的是：对真正发生的那一类，模型给了多大概率？",
)
_PREDICTED_CLASS = mistake(
    "predicted_class",
    "the entry of the most probable class, not of the right one",
    "取了概率最大的那一类，而不是正确的那一类",
    "Where in your function does `target` matter?",
    "你的函数里 `target` 在哪里起作用？",
)
_NEXT_CLASS = mistake(
    "next_class",
    "classes counted from 1: the entry beside the right one",
    "类别从 1 数起：取到了旁边那一项",
    "What is the smallest value in `target`?",
    "`target` 里最小的值是几？",
)


def _pick(bugs: Bugs, log_p: Tensor, target: Tensor) -> Tensor:
    """Return the log-probability of the right class of every sample."""
    if "predicted_class" in bugs:
        target = log_p.argmax(-1)
    if "next_class" in bugs:
        target = (target - 1) % log_p.shape[-1]
    if "all_classes" in bugs:
        return log_p.mean(-1)
    return log_p.gather(-1, target[:, None])[:, 0]


def _weighted(
    bugs: Bugs, each: Tensor, target: Tensor, weight: Tensor | None, reduction: str
) -> Tensor:
    if weight is None or "no_weight" in bugs:
        return reduce(bugs, each, reduction)
    w = weight[target]
    count = len(each) if "mean_over_n" in bugs else w.sum()
    return reduce(bugs, w * each, reduction, count)


# --- negative log-likelihood ----------------------------------------------------------------------


def _nll(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    log_p = input.log() if "log_again" in bugs else input
    if "no_log" in bugs:
        log_p = input.exp()
    each = _pick(bugs, log_p, target)
    if "no_minus" not in bugs:
        each = -each
    return _weighted(bugs, each, target, weight, reduction)


def _nll_scenarios() -> list[Scenario]:
    log_p, target = tensor(*_LOGITS).log_softmax(-1), torch.tensor(_CLASSES)
    weight = tensor(*_CLASS_WEIGHTS)
    wide = tensor(*_LOGITS).T.log_softmax(-1), torch.tensor([3, 0, 0])
    return [
        case(ORDINARY, log_p, target),
        case(_SECOND, *wide),
        case(SINGLE, log_p.float(), target),
        slope(log_p, target),
        case(_WEIGHTS, log_p, target, weight=weight),
        *reductions(log_p, target),
        *reductions(log_p, target, weight=weight),
    ]


NLL = Exercise(
    "nll_loss",
    ("input", "target"),
    ("loss",),
    _nll,
    _nll_scenarios(),
    (
        *_REDUCTIONS,
        mistake(
            "no_minus",
            "the mean log-likelihood: its minus sign is missing",
            "平均对数似然：少了负号",
            "A better model should have a smaller loss.",
            "模型越好，损失应当越小。",
        ),
        mistake(
            "log_again",
            "a logarithm of what is a logarithm already",
            "对已经取过对数的值又取了对数",
            "`input` holds log-probabilities. Which values can they take?",
            "`input` 里是对数概率。它们能取哪些值？",
        ),
        mistake(
            "no_log",
            "minus the probability, not minus its logarithm",
            "负的概率，而不是负的对数概率",
            "How much should it cost to give what happened a probability of almost zero?",
            "对真正发生的事给了几乎为零的概率，代价应当多大？",
        ),
        _ALL_CLASSES,
        _PREDICTED_CLASS,
        _NEXT_CLASS,
        _MEAN_OVER_N,
        _NO_WEIGHT,
    ),
    options=("weight", "reduction"),
)


def nll_loss(function: Function) -> Verdict:
    r"""Check a negative log-likelihood of the right classes.

    .. math:: -\sum_n w_{y_n} \log p_{n,y_n} \Big/ \sum_n w_{y_n}

    Parameters
    ----------
    function
        ``function(input, target) -> loss``: log-probabilities ``(N, C)`` and classes ``(N,)``
        (int64, from 0); a tensor without dimensions back, through which autograd can go back. If
        the function has a parameter ``weight``, one weight a class, or ``reduction``, these are
        tried as well, with torch's meaning.

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
    >>> def my_nll(input, target, weight=None):
    ...     w = torch.ones_like(input[0]) if weight is None else weight
    ...     return -(w[target] * input[torch.arange(len(target)), target]).mean()
    >>> check.nll_loss(my_nll).mistake
    'mean_over_n'
    """
    return judge(NLL, function)


# --- cross-entropy --------------------------------------------------------------------------------


def _log_softmax(bugs: Bugs, logits: Tensor) -> Tensor:
    axis = 0 if "wrong_axis" in bugs else -1
    if "no_softmax" in bugs:
        return logits
    if "log_of_logits" in bugs:
        return logits.log()
    if "unstable" in bugs:
        return logits - logits.exp().sum(axis, keepdim=True).log()
    if "infinite_ratio" in bugs:
        return (logits.exp() / logits.exp().sum(axis, keepdim=True)).log()
    if "log_of_zero" in bugs:
        return logits.softmax(axis).log()
    if "clipped" in bugs:
        return (logits.softmax(axis) + 1e-8).log()
    if "softmax_twice" in bugs:
        logits = logits.softmax(axis)
    return logits.log_softmax(axis)


def _cross_entropy(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    log_p = _log_softmax(bugs, input)
    if "log_base_two" in bugs:
        log_p = log_p / torch.tensor(2.0).log()
    sign = 1 if "no_minus" in bugs else -1
    right = sign * _pick(bugs, log_p, target)
    loss = _weighted(bugs, right, target, weight, reduction)
    if label_smoothing == 0 or "no_smoothing" in bugs:
        return loss
    spread = log_p.mean(-1)
    if "smooths_others" in bugs:
        spread = (log_p.sum(-1) - _pick(bugs, log_p, target)) / (log_p.shape[-1] - 1)
    if "smooths_whole" in bugs:
        spread = log_p.sum(-1)
    everywhere = reduce(bugs, sign * spread, reduction)
    keep = 1.0 if "keeps_whole" in bugs else 1 - label_smoothing
    return keep * loss + label_smoothing * everywhere


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
        case(_WEIGHTS, logits, target, weight=weight),
        case(Text("label smoothing", "标签平滑"), logits, target, label_smoothing=0.3),
        *reductions(logits, target),
        *reductions(logits, target, weight=weight),
    ]


_UNSTABLE = mistake(
    "unstable",
    "exponentials that overflow: right for small logits, `inf` or `nan` for large ones",
    "指数溢出：logit 小时是对的，大时就成了 `inf` 或 `nan`",
    "Adding one number to all logits changes no probability. Which number would help here?",
    "给所有 logit 加上同一个数，概率不变。加上哪个数能帮上忙？",
)
_INFINITE_RATIO = mistake(
    "infinite_ratio",
    "exponentials that overflow and are then divided: infinity over infinity is `nan`",
    "指数溢出之后再相除：无穷除以无穷得到 `nan`",
    "Adding one number to all logits changes no probability. Which number would help here?",
    "给所有 logit 加上同一个数，概率不变。加上哪个数能帮上忙？",
)
_LOG_OF_ZERO = mistake(
    "log_of_zero",
    "a logarithm taken after the probability has been rounded to zero",
    "概率已经舍入为零以后才取对数",
    "A probability may round to 0 while its logarithm is -1000. Do you need the probability?",
    "概率会舍入为 0，它的对数却只是 -1000。你真的需要先算概率吗？",
)
_CLIPPED = mistake(
    "clipped",
    "a small number added to the probability, which caps the loss",
    "给概率加了一个小数，损失因此有了上限",
    "It hides that the probability rounds to zero, and gives the worst mistakes hardly any "
    "gradient. Stay with logarithms.",
    "这样只是掩盖了概率舍入为零，错得最离谱的样本反而几乎没有梯度。一直用对数来算。",
)

CROSS_ENTROPY = Exercise(
    "cross_entropy",
    ("input", "target"),
    ("loss",),
    _cross_entropy,
    _cross_entropy_scenarios(),
    (
        *_REDUCTIONS,
        mistake(
            "wrong_axis",
            "a softmax over the samples, not over the classes",
            "softmax 沿样本方向做了，而不是沿类别方向",
            "Over which dimension should the probabilities add up to one?",
            "概率应当沿哪一维加起来等于一？",
        ),
        mistake(
            "no_softmax",
            "logits used as if they were log-probabilities",
            "把 logit 直接当成了对数概率",
            "Do the exponentials of your values add up to one?",
            "你那些值取指数以后，加起来等于一吗？",
        ),
        mistake(
            "log_of_logits",
            "a logarithm of the logits themselves",
            "直接对 logit 取了对数",
            "What turns any numbers into probabilities?",
            "什么运算能把任意的数变成概率？",
        ),
        mistake(
            "softmax_twice",
            "softmax applied twice",
            "做了两次 softmax",
            "If a function takes logits, what happens when it is given probabilities?",
            "一个以 logit 为输入的函数，给它概率会怎样？",
        ),
        _UNSTABLE,
        _INFINITE_RATIO,
        _LOG_OF_ZERO,
        _CLIPPED,
        mistake(
            "log_base_two",
            "logarithms to base 2",
            "以 2 为底的对数",
            "Nats or bits? torch uses natural logarithms.",
            "单位是奈特还是比特？torch 用自然对数。",
        ),
        mistake(
            "no_minus",
            "the mean log-likelihood: its minus sign is missing",
            "平均对数似然：少了负号",
            "A better model should have a smaller loss.",
            "模型越好，损失应当越小。",
        ),
        _ALL_CLASSES,
        _PREDICTED_CLASS,
        _NEXT_CLASS,
        _MEAN_OVER_N,
        _NO_WEIGHT,
        mistake(
            "no_smoothing",
            "a loss that takes no notice of `label_smoothing`",
            "没有用到 `label_smoothing` 的损失",
            "Which target does a smoothed label put on the wrong classes?",
            "标签平滑以后，错误类别的目标概率是多少？",
        ),
        mistake(
            "smooths_others",
            "smoothing spread over the wrong classes only",
            "平滑只分给了错误的类别",
            "torch spreads it over all classes, the right one included.",
            "torch 把它平分给所有类别，包括正确的那一类。",
        ),
        mistake(
            "smooths_whole",
            "smoothing that gives every class the whole amount",
            "平滑时每一类都拿到了全部的量",
            "Do your smoothed targets add up to one?",
            "平滑后的目标概率加起来等于一吗？",
        ),
        mistake(
            "keeps_whole",
            "smoothing added on top: nothing is taken from the right class",
            "平滑只加不减：正确类别的份额没有减少",
            "Do your smoothed targets add up to one?",
            "平滑后的目标概率加起来等于一吗？",
        ),
    ),
    options=("weight", "label_smoothing", "reduction"),
)


def cross_entropy(function: Function) -> Verdict:
    r"""Check a cross-entropy from logits, :math:`-\frac1N \sum_n \log \mathrm{softmax}(x_n)_{y_n}`.

    Parameters
    ----------
    function
        ``function(input, target) -> loss``: logits ``(N, C)``, of ±1000 too, and classes ``(N,)``
        (int64, from 0); a tensor without dimensions back. If the function has a parameter
        ``weight``, ``label_smoothing`` or ``reduction``, it is tried with torch's meaning.

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
    >>> def my_cross_entropy(input, target):
    ...     p = input.exp() / input.exp().sum(1, keepdim=True)
    ...     return -p[torch.arange(len(target)), target].log().mean()
    >>> verdict = check.cross_entropy(my_cross_entropy)
    >>> verdict.mistake, verdict.evidence.where.en, verdict.evidence.yours
    ('infinite_ratio', 'logits of ±1000', 'nan')
    """
    return judge(CROSS_ENTROPY, function)


# --- binary cross-entropy -------------------------------------------------------------------------

_P = (0.9, 0.2, 0.5, 0.05, 0.7)
_LABELS = (1.0, 0.0, 1.0, 1.0, 0.0)

_ONLY_POSITIVE = mistake(
    "only_positive",
    "a loss of the positive samples only",
    "只算了正样本的损失",
    "What should it cost to give a negative sample a probability of 0.99?",
    "给负样本 0.99 的概率，应当付出多大代价？",
)
_ONLY_NEGATIVE = mistake(
    "only_negative",
    "a loss of the negative samples only",
    "只算了负样本的损失",
    "What should it cost to give a positive sample a probability of 0.01?",
    "给正样本 0.01 的概率，应当付出多大代价？",
)
_LABELS_SWAPPED = mistake(
    "labels_swapped",
    "positive and negative samples in each other's place",
    "正负样本互换了位置",
    "Which of the two terms should be left when the target is 1?",
    "目标为 1 时，两项里应当留下哪一项？",
)


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


_MINUS_BETWEEN = mistake(
    "minus_between",
    "the two terms subtracted instead of added",
    "该相加的两项相减了",
    "Can a bad negative sample make your loss smaller?",
    "错得厉害的负样本会让你的损失变小吗？",
)


def _bce(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    p, t = (target, input) if "arguments_swapped" in bugs else (input, target)
    if "takes_logits" in bugs:
        p = p.sigmoid()
    if "log_of_zero" in bugs:
        yes, no = -p.log(), -(1 - p).log()
    else:
        yes, no = -p.log().clamp(min=-100), -(1 - p).log().clamp(min=-100)
    if "squared" in bugs:
        yes, no = (1 - p) ** 2, p**2
    if "log_base_two" in bugs:
        two = torch.tensor(2.0).log()
        yes, no = yes / two, no / two
    each = _two_terms(bugs, t, yes, no)
    if weight is not None and "no_weight" not in bugs:
        each = weight * each
    count = weight.sum() if weight is not None and "mean_of_weights" in bugs else None
    loss = reduce(bugs, each, reduction, count)
    return -loss if "wrong_sign" in bugs else loss


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
        case(Text("weights", "权重"), p, target, weight=weight),
        *reductions(p, target),
    ]


BCE = Exercise(
    "binary_cross_entropy",
    ("input", "target"),
    ("loss",),
    _bce,
    _bce_scenarios(),
    (
        *_REDUCTIONS,
        _ONLY_POSITIVE,
        _ONLY_NEGATIVE,
        _LABELS_SWAPPED,
        _MINUS_BETWEEN,
        mistake(
            "arguments_swapped",
            "target and input in each other's place: the logarithm of the labels",
            "预测和标签互换了位置：对标签取了对数",
            "Whose logarithm is taken: the model's probability, or the label?",
            "取对数的是模型给的概率，还是标签？",
        ),
        mistake(
            "takes_logits",
            "probabilities put through a sigmoid once more",
            "对概率又做了一次 sigmoid",
            "`input` holds probabilities already. What is the sigmoid of 1?",
            "`input` 已经是概率了。1 的 sigmoid 是多少？",
        ),
        mistake(
            "log_of_zero",
            "zero times the logarithm of zero, which is `nan`",
            "零乘以零的对数，结果是 `nan`",
            "A prediction that is certain and right costs nothing. "
            "torch lets no logarithm fall below -100.",
            "完全确定而且正确的预测没有代价。torch 让对数不低于 -100。",
        ),
        mistake(
            "squared",
            "the squared error of the probability",
            "概率的平方误差",
            "How much should it cost to give what happened a probability of almost zero?",
            "对真正发生的事给了几乎为零的概率，代价应当多大？",
        ),
        mistake(
            "log_base_two",
            "logarithms to base 2",
            "以 2 为底的对数",
            "Nats or bits? torch uses natural logarithms.",
            "单位是奈特还是比特？torch 用自然对数。",
        ),
        mistake(
            "mean_of_weights",
            "a weighted mean that divides by the sum of the weights",
            "除以权重之和的加权平均",
            "Unlike for classes, torch divides by the number of entries here.",
            "与按类别加权不同，torch 在这里除以的是元素个数。",
        ),
        _NO_WEIGHT_OF_ENTRIES,
        WRONG_SIGN,
    ),
    options=("weight", "reduction"),
)


def binary_cross_entropy(function: Function) -> Verdict:
    r"""Check a binary cross-entropy, the mean of :math:`-y \log p - (1 - y) \log(1 - p)`.

    Parameters
    ----------
    function
        ``function(input, target) -> loss``: probabilities, 0 and 1 among them, and targets in
        [0, 1], tensors of one shape; a tensor without dimensions back. If the function has a
        parameter ``weight``, of the same shape, or ``reduction``, it is tried with torch's meaning.

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
    >>> def my_bce(input, target):
    ...     return -(target * input.log()).mean()
    >>> check.binary_cross_entropy(my_bce).mistake
    'only_positive + log_of_zero'
    """
    return judge(BCE, function)


# --- binary cross-entropy with logits -------------------------------------------------------------


def _bce_with_logits(
    bugs: Bugs,
    input: Tensor,  # noqa: A002
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    x = input.sigmoid() if "sigmoid_twice" in bugs else input
    yes, no = torch.nn.functional.softplus(-x), torch.nn.functional.softplus(x)
    if "unstable" in bugs:
        yes, no = (1 + (-x).exp()).log(), (1 + x.exp()).log()
    if "infinite_ratio" in bugs:
        p = x.exp() / (1 + x.exp())
        yes, no = -p.log(), -(1 - p).log()
    if "log_of_zero" in bugs:
        yes, no = -x.sigmoid().log(), -(1 - x.sigmoid()).log()
    if "clipped" in bugs:
        yes, no = -(x.sigmoid() + 1e-8).log(), -(1 - x.sigmoid() + 1e-8).log()
    if "no_sigmoid" in bugs:
        yes, no = -x.log(), -(1 - x).log()
    if "sign_flipped" in bugs:
        yes, no = no, yes
    if pos_weight is not None and "no_pos_weight" not in bugs:
        yes = yes if "weighs_negatives" in bugs else pos_weight * yes
        no = pos_weight * no if {"weighs_negatives", "weighs_both"} & bugs else no
    each = _two_terms(bugs, target, yes, no)
    if weight is not None and "no_weight" not in bugs:
        each = weight * each
    loss = reduce(bugs, each, reduction)
    return -loss if "wrong_sign" in bugs else loss


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
        case(Text("weights", "权重"), logits, target, weight=tensor(1.0, 0.5, 2.0, 3.0, 0.25)),
        case(Text("pos_weight", "pos_weight"), logits, soft, **options),
        *reductions(logits, target),
    ]


BCE_WITH_LOGITS = Exercise(
    "binary_cross_entropy_with_logits",
    ("input", "target"),
    ("loss",),
    _bce_with_logits,
    _logit_scenarios(),
    (
        *_REDUCTIONS,
        mistake(
            "unstable",
            "exponentials that overflow: right for small logits, `inf` or `nan` for large ones",
            "指数溢出：logit 小时是对的，大时就成了 `inf` 或 `nan`",
            "For a large `x`, `log(1 + exp(x))` is nearly `x`. Can one get there without `exp(x)`?",
            "`x` 很大时 `log(1 + exp(x))` 几乎就是 `x`。怎样不算 `exp(x)` 就得到它？",
        ),
        mistake(
            "infinite_ratio",
            "a sigmoid that divides infinity by infinity",
            "sigmoid 里出现了无穷除以无穷",
            "A sigmoid can be written with `exp(x)` or `exp(-x)`. When is each of them small?",
            "sigmoid 可以用 `exp(x)` 写，也可以用 `exp(-x)` 写。它们各在什么时候小？",
        ),
        _LOG_OF_ZERO,
        _CLIPPED,
        mistake(
            "no_sigmoid",
            "logits used as if they were probabilities",
            "把 logit 直接当成了概率",
            "Can a probability be 2?",
            "概率能等于 2 吗？",
        ),
        mistake(
            "sigmoid_twice",
            "a sigmoid applied twice",
            "做了两次 sigmoid",
            "If a function takes logits, what happens when it is given probabilities?",
            "一个以 logit 为输入的函数，给它概率会怎样？",
        ),
        _ONLY_POSITIVE,
        _ONLY_NEGATIVE,
        _LABELS_SWAPPED,
        _MINUS_BETWEEN,
        mistake(
            "weighs_negatives",
            "`pos_weight` on the negative samples",
            "`pos_weight` 乘在了负样本上",
            "Which samples is it named for?",
            "看名字，它是给哪一类样本的？",
        ),
        mistake(
            "weighs_both",
            "`pos_weight` on positive and negative samples alike",
            "`pos_weight` 同时乘在了正负样本上",
            "Which samples is it named for?",
            "看名字，它是给哪一类样本的？",
        ),
        mistake(
            "no_pos_weight",
            "a loss that takes no notice of `pos_weight`",
            "没有用到 `pos_weight` 的损失",
            "Positive samples are rare: how does one make each of them count more?",
            "正样本很少时，怎样让每个正样本更重要？",
        ),
        _NO_WEIGHT_OF_ENTRIES,
        WRONG_SIGN,
    ),
    options=("weight", "pos_weight", "reduction"),
)


def binary_cross_entropy_with_logits(function: Function) -> Verdict:
    r"""Check a binary cross-entropy from logits, with :math:`p = 1 / (1 + e^{-x})`.

    Parameters
    ----------
    function
        ``function(input, target) -> loss``: logits, of ±1000 too, and targets in [0, 1], tensors of
        one shape; a tensor without dimensions back. If the function has a parameter ``weight``,
        ``pos_weight`` or ``reduction``, it is tried with torch's meaning.

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
    >>> def my_bce(input, target):
    ...     p = input.sigmoid()
    ...     return -(target * p.log() + (1 - target) * (1 - p).log()).mean()
    >>> check.binary_cross_entropy_with_logits(my_bce).mistake
    'log_of_zero'
    """
    return judge(BCE_WITH_LOGITS, function)
