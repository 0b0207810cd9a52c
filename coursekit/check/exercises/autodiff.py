"""Gradients by hand: by differences, written out, and handed on by one operation."""

from collections.abc import Callable
from math import sqrt

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
    read_numbers,
)

__all__ = [
    "cross_entropy_backward",
    "finite_differences",
    "he_scale",
    "matmul_backward",
    "mse_gradient",
    "product_backward",
]

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


@exercise("grad", (Scenario(_finite_difference_calls),), spellings=("ahead_only",))
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
    if "half_steps" in bugs:
        back, ahead, width = h / 2, h / 2, h
    if "forward_over_two" in bugs:
        back, width = 0.0, 2 * h
    if "not_divided" in bugs:
        width = 1.0
    if "times_h" in bugs:
        width = 2 / h
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
        other = theta if "ahead_only" in bugs else at
        slopes[i] = (function(at + ahead * shift) - function(other - back * shift)) / width
        if "not_moved_back" in bugs:
            moved[i] = h
    if "one_point" in bugs:
        return torch.zeros_like(theta)
    if "first_only" in bugs:
        slopes[1:] = 0
    if "last_left_out" in bugs:
        slopes[-1] = 0
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
    two = 1 if {"no_two", "signs_only"} & bugs else 2
    n = 1 if "sum_for_mean" in bugs else X.numel() if "mean_of_entries" in bugs else len(y)
    if "mean_of_features" in bugs:
        n = X.shape[1]
    features = torch.ones_like(X) if "no_features" in bugs else X
    dw, db = two * features.T @ error / n, two * error.sum() / n
    if "db_without_two" in bugs:
        db = db / 2
    return dw, db * n if "db_summed" in bugs else db


# --- backward of a product ------------------------------------------------------------------------


def _product_calls() -> Script:
    a, b, g = tensor(2.0, -1.0, 0.5), tensor(3.0, 0.25, -4.0), tensor(1.5, -2.0, 0.75)
    yield Call(case_of(1), (a, b, g))
    yield Call(case_of(2), (wide(2, 3), wide(2, 3).cos(), wide(2, 3).exp()))
    yield Call(case_of(3), (a[0], b[0], g[0]))
    yield Call(case_of(4), (a.float(), b.float(), g.float()))


@exercise(("a_bar", "b_bar"), (Scenario(_product_calls),))
def product_backward(bugs: Bugs, a: Tensor, b: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    r"""Check the backward of a product.

    .. math:: \bar a = \bar y\, b, \qquad \bar b = \bar y\, a

    Function
    --------
    three tensors of one shape, ``g`` being the loss's derivative by :math:`y = a b`; two of that
    shape back, its derivatives by ``a`` and by ``b``.

    Examples
    --------
    >>> from coursekit import check
    >>> check.product_backward(lambda a, b, g: (g * a, g * b)).mistake
    'own_factor'
    """
    if "no_g" in bugs:
        g = torch.ones_like(g)
    if "sum_rule" in bugs:
        return g.clone(), g.clone()
    if "whole_product" in bugs:
        return g * a * b, g * a * b
    if "quotient" in bugs:
        return g / b, g / a
    if "both_factors" in bugs:
        return g * (a + b), g * (a + b)
    if "adds_g" in bugs:
        return g + b, g + a
    if "wrong_sign" in bugs:
        g = -g
    if "g_on_one" in bugs:
        return g * b, a.clone()
    return (g * a, g * b) if "own_factor" in bugs else (g * b, g * a)


# --- backward of a matrix product that broadcasts -------------------------------------------------


def _matmul_calls() -> Script:
    deep = torch.stack([wide(2, 3), wide(2, 3).cos(), wide(2, 3).exp()])
    yield Call(case_of(1), (wide(2, 3), wide(3, 4), wide(2, 4).cos()))
    g = torch.stack([wide(2, 4), wide(2, 4).sin(), wide(2, 4) ** 2])
    yield Call(case_of(2), (deep, wide(3, 4), g))
    yield Call(case_of(3), (torch.stack([deep, -2 * deep]), wide(3, 4), torch.stack([g, g.cos()])))
    yield Call(case_of(4), (deep.float(), wide(3, 4).float(), g.float()))


@exercise(("a_bar", "b_bar"), (Scenario(_matmul_calls),))
def matmul_backward(bugs: Bugs, a: Tensor, b: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    r"""Check the backward of a matrix product whose second factor is used many times.

    .. math:: \bar A = \bar Y B^\top, \qquad \bar B = \sum A^\top \bar Y

    The sum runs over the leading dimensions.

    Function
    --------
    ``a`` of shape ``(..., m, k)``, ``b`` of shape ``(k, n)`` and ``g``, the loss's derivative by
    ``a @ b``, of shape ``(..., m, n)``; its derivatives by ``a`` and by ``b`` back, shaped as
    these.

    Examples
    --------
    >>> from coursekit import check
    >>> check.matmul_backward(lambda a, b, g: (g @ b.mT, a.mT @ g)).mistake
    'not_summed'
    """
    if "no_g" in bugs:
        g = torch.ones_like(g)
    each = a.mT @ g
    flat = each.reshape(-1, *b.shape)
    b_bar = flat.sum(0)
    if "mean_for_sum" in bugs:
        b_bar = flat.mean(0)
    if "first_only" in bugs:
        b_bar = flat[0]
    if "last_only" in bugs:
        b_bar = flat[-1]
    if "one_dimension" in bugs and each.ndim > 2:
        b_bar = each.sum(0)
    if "not_summed" in bugs:
        b_bar = each
    a_bar = g @ b.mT
    if "transposed" in bugs:
        return b @ g.mT, g.mT @ a
    if "no_g_in_a" in bugs:
        a_bar = torch.ones_like(g) @ b.mT
    return (b_bar, a_bar) if "swapped" in bugs else (a_bar, b_bar)


# --- backward of softmax and cross-entropy --------------------------------------------------------


def _cross_entropy_calls() -> Script:
    yield Call(case_of(1), (tensor([0.5, -1.0, 2.0], [1.0, 0.0, -0.5]), torch.tensor([0, 2])))
    yield Call(case_of(2), (wide(5, 4), torch.tensor([3, 1, 1, 0, 2])))
    yield Call(case_of(3), (wide(4, 3), torch.tensor([0, 1, 1, 0])))  # the last class is absent
    yield Call(case_of(4), (wide(5, 4).float(), torch.tensor([3, 1, 1, 0, 2])))
    huge = tensor([1000.0, -1000.0, 0.0], [998.0, 1000.0, 999.0])
    yield Call(case_of(5), (huge, torch.tensor([1, 1])))
    apart = tensor([1000.0, 999.0, 998.0], [-999.0, -1000.0, -998.0])
    yield Call(case_of(6), (apart, torch.tensor([1, 0])))


@exercise("grad", (Scenario(_cross_entropy_calls),), spellings=("stable",))
def cross_entropy_backward(bugs: Bugs, logits: Tensor, target: Tensor) -> Tensor:
    r"""Check the derivative of the mean cross-entropy by the logits.

    .. math:: \frac{1}{B} \bigl( \operatorname{softmax}(z) - \text{one-hot}(t) \bigr)

    Function
    --------
    ``logits`` of shape ``(B, C)`` and ``target``, ``B`` class indices; the derivative back, shaped
    as ``logits``.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_backward(logits, target):
    ...     return logits.softmax(-1) - torch.eye(logits.shape[1])[target]
    >>> check.cross_entropy_backward(my_backward).mistake
    'sum_for_mean'
    """
    one_hot = torch.eye(logits.shape[1], dtype=logits.dtype)[target]
    if "every_row" in bugs:
        one_hot = one_hot.amax(0).expand_as(one_hot)
    axis = 0 if "wrong_axis" in bugs else 1
    probability = logits.softmax(axis)
    if "one_shift" in bugs:
        exponential = (logits - logits.max()).exp()
        probability = exponential / exponential.sum(axis, keepdim=True)
    if "overflow" in bugs:
        probability = logits.exp() / logits.exp().sum(axis, keepdim=True)
    if "log_probability" in bugs:
        logarithm = logits.log_softmax(axis)
        probability = logarithm if "stable" in bugs else probability.log()
    if "logits_themselves" in bugs:
        probability = logits
    grad = probability - (torch.zeros_like(one_hot) if "no_target" in bugs else one_hot)
    if "softmax_again" in bugs:
        grad = grad * probability * (1 - probability)
    if "target_only" in bugs:
        grad = grad * one_hot
    if "wrong_sign" in bugs:
        grad = -grad
    count = logits.numel() if "mean_of_entries" in bugs else len(logits)
    if "mean_of_classes" in bugs:
        count = logits.shape[1]
    return grad if "sum_for_mean" in bugs else grad / count


# --- the scale of initial weights -----------------------------------------------------------------


def _he_calls() -> Script:
    for number, (fan_in, slope) in enumerate(((100, 0.0), (100, 0.5), (64, 0.2), (3, 1.0)), 1):
        yield Call(case_of(number), (fan_in, slope))


@exercise("std", (Scenario(_he_calls),), read=read_numbers, spellings=("unguarded",))
def he_scale(bugs: Bugs, fan_in: int, slope: float) -> float:
    r"""Check the standard deviation of initial weights under a leaky ReLU.

    .. math:: \sqrt{\frac{2}{(1 + a^2)\, n}}

    Function
    --------
    the number of inputs :math:`n`, an int, and the slope :math:`a` of negative inputs, a float; the
    standard deviation back, a number.

    Examples
    --------
    >>> from coursekit import check
    >>> check.he_scale(lambda fan_in, slope: 2 / ((1 + slope**2) * fan_in)).mistake
    'variance'
    """
    if "slope_ignored" in bugs:
        slope = 0.0
    passed = 1 + (slope if "slope_not_squared" in bugs else slope**2)
    if "minus" in bugs:
        passed = 1 - slope**2 if slope < 1 or "unguarded" in bugs else 1.0
    half = 1 if "no_half" in bugs else 2
    variance = half / (passed * fan_in)
    if "inverted" in bugs:
        variance = passed / (half * fan_in)
    if "times_fan_in" in bugs:
        variance = half * fan_in / passed
    if "slope_in_numerator" in bugs:
        variance = half * passed / fan_in
    if "uniform_bound" in bugs:
        variance = 3 * variance
    if "two_outside" in bugs:
        return half / sqrt(passed * fan_in)
    if "fan_in_outside" in bugs:
        return sqrt(half / passed) / fan_in
    return variance if "variance" in bugs else sqrt(variance)
