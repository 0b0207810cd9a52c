"""Why a fitted model errs: bias, variance and noise."""

import torch
from torch import Tensor

from coursekit.check._common import Function, case_of, mistake, tensor
from coursekit.check._exercise import Bugs, Call, Exercise, Scenario, Script
from coursekit.check._judge import judge
from coursekit.check._verdict import Verdict


def _bias_variance(
    bugs: Bugs, predictions: Tensor, truth: Tensor, noise_variance: float
) -> tuple[Tensor, Tensor, Tensor]:
    if "over_points" in bugs:
        average, spread = predictions.mean(1), predictions.var(1, correction=0)
    else:
        average, spread = predictions.mean(0), predictions.var(0, correction=0)
    if "median" in bugs:
        average = predictions.median(0).values
    deviation = average - truth
    bias_squared = deviation**2
    error = ((predictions - truth) ** 2).mean(0)
    if "bias_of_each" in bugs:
        bias_squared = error
    if "bias_not_squared" in bugs:
        bias_squared = deviation
    if "absolute_bias" in bugs:
        bias_squared = deviation.abs()
    if "unbiased" in bugs:
        spread = predictions.var(0)
    if "deviation" in bugs:
        spread = spread.sqrt()
    if "around_truth" in bugs:
        spread = error
    if "noise_squared" in bugs:
        noise_variance = noise_variance**2
    if "noise_root" in bugs:
        noise_variance = noise_variance**0.5
    if "error_is_sum" in bugs:
        error = bias_squared + spread
    if "no_noise" not in bugs:
        error = error + noise_variance
    if "noise_in_variance" in bugs:
        spread = spread + noise_variance
    if "averaged" in bugs:
        return bias_squared.mean(), spread.mean(), error.mean()
    if "in_another_order" in bugs:
        return spread, bias_squared, error
    return bias_squared, spread, error


def _calls() -> Script:
    predictions = tensor([1.0, 2.0, -1.0], [3.0, 2.5, 0.5], [2.0, -1.0, 0.25], [0.0, 4.0, 3.0])
    yield Call(case_of(1), (predictions[:2, :2], tensor(1.0, 1.5), 0.25))
    yield Call(case_of(2), (predictions, tensor(1.0, -1.0, 0.5), 0.5))
    yield Call(case_of(3), (predictions, predictions.mean(0), 0.0))
    i = torch.arange(50, dtype=torch.float64)
    many = torch.sin(i[:, None] * torch.arange(1, 4)) + 0.3
    yield Call(case_of(4), (many, tensor(0.0, 0.1, 0.5), 2.0))
    yield Call(case_of(5), (many.float(), tensor(0.0, 0.1, 0.5).float(), 2.0))


BIAS_VARIANCE = Exercise(
    "bias_variance",
    ("predictions", "truth", "noise_variance"),
    ("bias_squared", "variance", "error"),
    _bias_variance,
    (Scenario(_calls),),
    (
        mistake(
            "bias_of_each",
            "the mean squared distance of the single predictions, given as bias",
            "把各次预测的均方距离当成了偏差",
            "Bias is what the average prediction gets wrong. Which comes first, mean or square?",
            "偏差是平均预测偏离真值的量。先平均还是先平方？",
        ),
        mistake(
            "bias_not_squared",
            "the bias itself, not its square",
            "偏差本身，而不是它的平方",
            "The parts are to add up to a squared error.",
            "各部分加起来应当是平方误差。",
        ),
        mistake(
            "absolute_bias",
            "the size of the bias, not its square",
            "偏差的绝对值，而不是它的平方",
            "The parts are to add up to a squared error.",
            "各部分加起来应当是平方误差。",
        ),
        mistake(
            "unbiased",
            "a variance that divides by one less than the number of data sets",
            "方差除以的是数据集个数减一",
            "It is torch's default for `var`. Do your parts still add up to the error?",
            "这是 torch 的 `var` 的默认做法。各部分加起来还等于误差吗？",
        ),
        mistake(
            "deviation",
            "a standard deviation, not a variance",
            "标准差，而不是方差",
            "The parts are to add up to a squared error.",
            "各部分加起来应当是平方误差。",
        ),
        mistake(
            "around_truth",
            "a spread around the truth, not around the average prediction",
            "围绕真值的离散程度，而不是围绕平均预测",
            "If every data set gave the same wrong prediction, what would the variance be?",
            "如果每个数据集都给出同样的错误预测，方差是多少？",
        ),
        mistake(
            "over_points",
            "means over the points, not over the data sets",
            "沿点取了平均，而不是沿数据集",
            "Each row is one data set's predictions. Over which dimension is the mean taken?",
            "每一行是一个数据集的预测。期望应当沿哪一维取？",
        ),
        mistake(
            "averaged",
            "one number for all points",
            "所有点合成了一个数",
            "The decomposition holds at each point by itself.",
            "分解在每一点上各自成立。",
        ),
        mistake(
            "median",
            "the median prediction in the place of the mean",
            "该用平均预测的地方用了中位数",
            "Around which value is the sum of squares smallest?",
            "围绕哪个值，平方和最小？",
        ),
        mistake(
            "no_noise",
            "an error without the noise",
            "误差里漏了噪声",
            "Even a perfect model misses a new noisy target.",
            "再好的模型也猜不中带噪声的新目标。",
        ),
        mistake(
            "noise_squared",
            "a noise variance squared once more",
            "噪声方差又平方了一次",
            "`noise_variance` is a square already.",
            "`noise_variance` 已经是平方了。",
        ),
        mistake(
            "noise_root",
            "the noise's standard deviation in the place of its variance",
            "该用噪声方差的地方用了标准差",
            "The parts are to add up to a squared error.",
            "各部分加起来应当是平方误差。",
        ),
        mistake(
            "noise_in_variance",
            "a variance that contains the noise",
            "方差里混进了噪声",
            "With a thousand times more data sets, would the noise of a new target be gone?",
            "数据集再多一千倍，新目标的噪声会消失吗？",
        ),
        mistake(
            "in_another_order",
            "variance and bias in each other's place",
            "方差和偏差互换了位置",
            "Look at the order of what is to be returned.",
            "看看要求返回的次序。",
        ),
    ),
    spellings=("error_is_sum",),
)


def bias_variance(function: Function) -> Verdict:
    r"""Check a bias-variance decomposition (Geman, Bienenstock & Doursat 1992).

    .. math:: \underbrace{\mathbb E (y - \hat f)^2}_{\text{error}} =
        \underbrace{(\mathbb E \hat f - f)^2}_{\text{bias}^2}
        + \underbrace{\mathbb E (\hat f - \mathbb E \hat f)^2}_{\text{variance}} + \sigma^2

    Parameters
    ----------
    function
        ``function(predictions, truth, noise_variance) -> (bias_squared, variance, error)``:
        predictions ``(datasets, points)``, the true values ``(points,)`` and a float; three tensors
        ``(points,)`` back. Expectations are means over the data sets, so that the parts and the
        noise sum to the error, the expected squared distance from a new target.

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
    >>> def my_decomposition(predictions, truth, noise_variance):
    ...     bias_squared = (predictions.mean(0) - truth) ** 2
    ...     variance = predictions.var(0)
    ...     return bias_squared, variance, bias_squared + variance + noise_variance
    >>> check.bias_variance(my_decomposition).mistake
    'unbiased'
    """
    return judge(BIAS_VARIANCE, function)
