"""Why a fitted model errs: bias, variance and noise."""

import torch
from torch import Tensor

from coursekit.check._common import (
    case_of,
    tensor,
)
from coursekit.check._declare import exercise
from coursekit.check._exercise import (
    Bugs,
    Call,
    Scenario,
    Script,
)

__all__ = ["bias_variance"]


def _calls() -> Script:
    predictions = tensor([1.0, 2.0, -1.0], [3.0, 2.5, 0.5], [2.0, -1.0, 0.25], [0.0, 4.0, 3.0])
    yield Call(case_of(1), (predictions[:2, :2], tensor(1.0, 1.5), 0.25))
    yield Call(case_of(2), (predictions, tensor(1.0, -1.0, 0.5), 0.5))
    yield Call(case_of(3), (predictions, predictions.mean(0), 0.0))
    i = torch.arange(50, dtype=torch.float64)
    many = torch.sin(i[:, None] * torch.arange(1, 4)) + 0.3
    yield Call(case_of(4), (many, tensor(0.0, 0.1, 0.5), 2.0))
    yield Call(case_of(5), (many.float(), tensor(0.0, 0.1, 0.5).float(), 2.0))


@exercise(("bias_squared", "variance", "error"), (Scenario(_calls),), spellings=("error_is_sum",))
def bias_variance(
    bugs: Bugs, predictions: Tensor, truth: Tensor, noise_variance: float
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Check a bias-variance decomposition (Geman, Bienenstock & Doursat 1992).

    .. math:: \underbrace{\mathbb E (y - \hat f)^2}_{\text{error}} =
        \underbrace{(\mathbb E \hat f - f)^2}_{\text{bias}^2}
        + \underbrace{\mathbb E (\hat f - \mathbb E \hat f)^2}_{\text{variance}} + \sigma^2

    Function
    --------
    predictions ``(datasets, points)``, the true values ``(points,)`` and a float; three tensors
    ``(points,)`` back. Expectations are means over the data sets, so that the parts and the noise
    sum to the error, the expected squared distance from a new target.

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
    if "mean_of_squares" in bugs:
        spread = (predictions**2).mean(0)
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
    return bias_squared, spread, error
