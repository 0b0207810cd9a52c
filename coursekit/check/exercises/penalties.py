"""What shrinks weights to zero: the soft threshold, and the lasso with it."""

import torch
from torch import Tensor

from coursekit.check._common import (
    ROWS,
    TARGETS,
    case_of,
    tensor,
    wide,
)
from coursekit.check._declare import exercise
from coursekit.check._exercise import (
    Bugs,
    Call,
    Scenario,
    Script,
)

__all__ = ["lasso_step", "soft_threshold"]

# --- soft threshold -------------------------------------------------------------------------------


def _soft_threshold(bugs: Bugs, x: Tensor, threshold: float) -> Tensor:
    if "half" in bugs:
        threshold = threshold / 2
    if "double" in bugs:
        threshold = 2 * threshold
    size = x.abs()
    shrunk = size - threshold
    if "hard" in bugs:
        kept = size >= threshold if "includes_border" in bugs else size > threshold
        return torch.where(kept, x, 0.0 * x)
    if "clips" in bugs:
        return x.clamp(-threshold, threshold)
    if "one_sided" in bugs:
        return (x - threshold).clamp(min=0)
    if "subtracts" in bugs:
        return x - threshold
    if "one_direction" in bugs:
        return torch.where(size > threshold, x - threshold, 0.0 * x)
    if "scales" in bugs:
        return x / (1 + threshold)
    if "middle_kept" in bugs:
        return torch.where(size > threshold, x.sign() * shrunk, x)
    if "min_for_max" in bugs:
        return x.sign() * shrunk.clamp(max=0)
    if "grows" in bugs:
        shrunk = size + threshold
    if "no_zero" not in bugs:
        shrunk = shrunk.clamp(min=0)
    if "clamps_last" in bugs:
        return (x.sign() * (size - threshold)).clamp(min=0)
    if "value_for_sign" in bugs:
        return x * shrunk
    return shrunk if "no_sign" in bugs else x.sign() * shrunk


def _soft_threshold_calls() -> Script:
    x = tensor(3.0, -2.0, 0.5, -0.25, 0.0, 1.0)
    for number, threshold in enumerate((1.0, 0.3, 0.0), 1):
        yield Call(case_of(number), (x, threshold))
    yield Call(case_of(4), (tensor([2.0, -2.0], [0.1, -5.0]), 0.75))
    yield Call(case_of(5), (x.float(), 0.5))


@exercise("shrunk", (Scenario(_soft_threshold_calls),), spellings=("includes_border",))
def soft_threshold(bugs: Bugs, x: Tensor, threshold: float) -> Tensor:
    r"""Check a soft threshold, :math:`\operatorname{sign}(x)\,\max(|x| - \tau, 0)`.

    Function
    --------
    a tensor of any shape and a float >= 0; a tensor of the same shape back.

    Examples
    --------
    >>> from coursekit import check
    >>> check.soft_threshold(lambda x, threshold: x * (x.abs() > threshold)).mistake
    'hard'
    """
    return _soft_threshold(bugs, x, threshold)


# --- lasso ----------------------------------------------------------------------------------------


def _lasso_calls() -> Script:
    X, y = tensor(*ROWS), tensor(*TARGETS)
    yield Call(case_of(1), (tensor(0.5, -1.0), X, y, 0.5, 0.1))
    yield Call(case_of(2), (tensor(0.0, 0.0), X, y, 2.0, 0.3))
    X, start = wide(20, 4), tensor(1.0, 0.0, -0.1, 0.02)
    yield Call(case_of(3), (start, X, wide(20, 5)[:, 4], 0.6, 0.25))
    yield Call(case_of(4), (start, X, wide(20, 5)[:, 4], 0.0, 0.25))
    single = tensor(*ROWS).float()
    yield Call(case_of(5), (tensor(0.5, -1.0).float(), single, y.float(), 0.5, 0.1))


@exercise("w", (Scenario(_lasso_calls),))
def lasso_step(bugs: Bugs, w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    r"""Check one proximal gradient step of the lasso (ISTA), scaled as in scikit-learn.

    .. math:: w \leftarrow S_{\eta\alpha}\bigl(w - \tfrac{\eta}{n} X^\top (Xw - y)\bigr)
        \quad\text{for}\quad \tfrac{1}{2n} \lVert Xw - y \rVert^2 + \alpha \lVert w \rVert_1

    with the soft threshold :math:`S`.

    Function
    --------
    weights ``(d,)``, features ``(n, d)``, targets ``(n,)`` and two floats; new weights back. There
    is no intercept.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_step(w, X, y, strength, lr):
    ...     return w - lr * (X.T @ (X @ w - y) / len(y) + strength * w.sign())
    >>> check.lasso_step(my_step).mistake
    'subgradient'
    """
    n = 1 if "sum_for_mean" in bugs else len(w) if "mean_of_features" in bugs else len(y)
    grad = (2 if "two" in bugs else 1) * X.T @ (X @ w - y) / n
    if "ascent" in bugs:
        grad = -grad
    if "subgradient" in bugs:
        return w - lr * (grad + strength * w.sign())
    if "no_threshold" in bugs:
        return w - lr * grad
    bound = strength if "threshold_without_lr" in bugs else lr * strength
    if "threshold_over_n" in bugs:
        bound = bound / len(y)
    if "threshold_halved" in bugs:
        bound = bound / 2
    if "threshold_first" in bugs:
        return _soft_threshold(frozenset(), w, bound) - lr * grad
    if "thresholds_gradient" in bugs:
        return w - lr * _soft_threshold(frozenset(), grad, strength)
    z = w - lr * grad
    if "old_signs" in bugs:
        return w.sign() * (z.abs() - bound).clamp(min=0)
    if "hard" in bugs:
        return _soft_threshold(frozenset({"hard"}) | bugs & {"includes_border"}, z, bound)
    return z / (1 + bound) if "ridge" in bugs else _soft_threshold(frozenset(), z, bound)
