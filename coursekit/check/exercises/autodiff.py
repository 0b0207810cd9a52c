"""Gradients by hand: by differences, and written out."""

from collections.abc import Callable

import torch
from torch import Tensor

from coursekit.check._common import (
    ROWS,
    TARGETS,
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

__all__ = ["finite_differences", "mse_gradient"]

# --- finite differences ---------------------------------------------------------------------------


def _cubic(theta: Tensor) -> Tensor:
    return theta[0] ** 3 + theta[0] ** 2 * theta[1] - 2 * theta[1] ** 2


def _waves(theta: Tensor) -> Tensor:
    return torch.sin(theta).sum() + theta.prod() ** 2


def _finite_difference_calls() -> Script:
    yield Call(case_of(1), (_cubic, tensor(1.0, -2.0), 0.5))
    yield Call(case_of(2), (_cubic, tensor(-0.5, 0.25), 0.1))
    yield Call(case_of(3), (_waves, tensor(0.3, -1.2, 0.7), 0.2))
    yield Call(case_of(4), (_waves, tensor(1.5, 0.5, -0.7, 0.1, -1.0), 0.5))


@exercise("grad", (Scenario(_finite_difference_calls),))
def finite_differences(
    bugs: Bugs, function: Callable[[Tensor], Tensor], theta: Tensor, h: float
) -> Tensor:
    r"""Check a gradient by central differences.

    .. math:: g_i = \frac{f(\theta + h e_i) - f(\theta - h e_i)}{2h}

    Function
    --------
    a function from a tensor ``(d,)`` to a tensor ``()``, a point ``(d,)`` and a float; the gradient
    ``(d,)`` back.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_gradient(function, theta, h):
    ...     shifts = h * torch.eye(len(theta), dtype=theta.dtype)
    ...     ahead = torch.stack([function(theta + shift) for shift in shifts])
    ...     return (ahead - function(theta)) / h
    >>> check.finite_differences(my_gradient).mistake
    'forward'
    """
    if "own_h" in bugs:
        exact: Tensor = torch.func.grad(function)(theta)
        return exact
    back, ahead = (0.0 if "forward" in bugs else h), (0.0 if "backward" in bugs else h)
    width = back + ahead
    if "no_half" in bugs:
        width = h
    if "forward_over_two" in bugs:
        back, width = 0.0, 2 * h
    if "not_divided" in bugs:
        width = 1.0
    if "wrong_sign" in bugs:
        width = -width
    slopes = torch.zeros_like(theta)
    moved = torch.zeros_like(theta)
    for i in range(len(theta)):
        shift = torch.zeros_like(theta)
        shift[i] = 1
        if {"all_at_once", "one_for_all"} & bugs:
            shift = torch.ones_like(theta)
        at = theta + moved
        slopes[i] = (function(at + ahead * shift) - function(at - back * shift)) / width
        if "not_moved_back" in bugs:
            moved[i] = h
    return slopes[0] if "one_for_all" in bugs else slopes


# --- the gradient of the mean squared error -------------------------------------------------------


def _mse_gradient_calls() -> Script:
    X, y = tensor(*ROWS), tensor(*TARGETS)
    yield Call(case_of(1), (tensor(0.5, -1.0), torch.tensor(2.0, dtype=X.dtype), X, y))
    yield Call(case_of(2), (tensor(0.0, 0.0), torch.tensor(0.0, dtype=X.dtype), X, y))
    line = torch.linspace(0, 1, 8, dtype=torch.float64)
    start = tensor(1.0), torch.tensor(-1.0, dtype=X.dtype)
    yield Call(case_of(3), (*start, line[:, None], 5 * line + 7))
    single = (tensor(1.0, 2.0), torch.tensor(0.5), X, y)
    yield Call(case_of(4), tuple(value.float() for value in single))


@exercise(("dw", "db"), (Scenario(_mse_gradient_calls),))
def mse_gradient(bugs: Bugs, w: Tensor, b: Tensor, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    r"""Check the gradient of a linear model's mean squared error.

    .. math:: \nabla_w = \tfrac2n X^\top (Xw + b - y), \qquad
        \partial_b = \tfrac2n \textstyle\sum_i (x_i^\top w + b - y_i)

    Function
    --------
    ``w`` of shape ``(d,)``, ``b`` of shape ``()``, ``X`` of shape ``(n, d)``, ``y`` of shape
    ``(n,)``; ``dw`` and ``db`` shaped as ``w`` and ``b``.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_gradient(w, b, X, y):
    ...     error = X @ w + b - y
    ...     return 2 * X.T @ error, 2 * error.sum()
    >>> check.mse_gradient(my_gradient).mistake
    'sum_for_mean'
    """
    error = X @ w + (0 if "no_intercept" in bugs else b) - y
    if "wrong_sign" in bugs:
        error = -error
    if "signs_only" in bugs:
        error = error.sign()
    if "squared_error" in bugs:
        error = error**2
    two = 1 if "no_two" in bugs else 2
    n = 1 if "sum_for_mean" in bugs else X.numel() if "mean_of_entries" in bugs else len(y)
    features = torch.ones_like(X) if "no_features" in bugs else X
    dw, db = two * features.T @ error / n, two * error.sum() / n
    return dw, db * n if "db_summed" in bugs else db
