"""Linear models in closed form: least squares and ridge."""

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

__all__ = ["least_squares", "ridge"]

# --- least squares --------------------------------------------------------------------------------


def _least_squares_calls() -> Script:
    yield Call(case_of(1), (tensor(*ROWS), tensor(*TARGETS)))
    line = torch.linspace(0, 1, 12, dtype=torch.float64)
    # Not a column of ones: without its mean nothing is left of one, and for a matrix without full
    # rank `torch.linalg.lstsq` gives now this, now that (it hands LAPACK's gelsy unset pivots).
    X = torch.stack([1 + 0.25 * torch.cos(9 * line), line], 1)
    yield Call(case_of(2), (X, 5 * line + 7 + 0.25 * torch.sin(40 * line)))
    yield Call(case_of(3), (wide(20, 4), wide(20, 5)[:, 4]))
    yield Call(case_of(4), (tensor([2.0], [1.0], [-1.0]), tensor(1.0, 2.0, 3.0)))
    yield Call(case_of(5), (wide(20, 3, torch.float32), wide(20, 5, torch.float32)[:, 4]))


_ON_DIAGONAL = (0.1, 0.01, 0.001)  # besides 1


@exercise("theta", (Scenario(_least_squares_calls),), spellings=tuple(map(str, _ON_DIAGONAL)))
def least_squares(bugs: Bugs, X: Tensor, y: Tensor) -> Tensor:
    r"""Check a closed-form least-squares fit, :math:`\arg\min_\theta \lVert X\theta - y\rVert^2`.

    Function
    --------
    the design matrix ``(n, d)`` as it is (a column of ones is in it where the model has an
    intercept), the targets ``(n,)``; the coefficients ``(d,)`` back. Normal equations, QR or
    ``torch.linalg.lstsq``: all are right.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> check.least_squares(lambda X, y: torch.linalg.solve(X.T @ X, X.T @ y))
    ✓ least_squares: right. Every call agrees with the reference.
    >>> check.least_squares(lambda X, y: X.T @ y / (X**2).sum(0)).mistake
    'features_alone'
    """
    ones = torch.ones_like(X[:, :1])
    if "adds_first_column" in bugs:
        X = torch.cat([ones, X], 1)
    if "adds_last_column" in bugs:
        X = torch.cat([X, ones], 1)
    if "centred" in bugs:
        X, y = X - X.mean(0), y - y.mean()
        alone: Tensor = torch.linalg.pinv(X) @ y
        return alone
    gram, moment = X.T @ X, X.T @ y
    if "regularized" in bugs:
        added = next((small for small in _ON_DIAGONAL if str(small) in bugs), 1.0)
        gram = gram + added * torch.eye(len(gram), dtype=X.dtype)
    if "mean_on_one_side" in bugs:
        moment = moment / len(y)
    if "no_inverse" in bugs:
        theta = moment
    elif "features_alone" in bugs:
        theta = moment / gram.diagonal()
    elif "not_inverted" in bugs:
        theta = gram @ moment
    elif "elementwise_inverse" in bugs:
        theta = (1 / gram) @ moment
    else:
        theta = torch.linalg.lstsq(gram, moment[:, None]).solution[:, 0]
    return X @ theta if "predictions" in bugs else theta


# --- ridge ----------------------------------------------------------------------------------------


def _penalised(X: Tensor, y: Tensor, penalty: Tensor) -> Tensor:
    solution: Tensor = torch.linalg.solve(X.T @ X + penalty, X.T @ y)
    return solution


def _ridge_calls() -> Script:
    X, y = tensor(*ROWS) + tensor(0.5, 1.0), tensor(*TARGETS) + 3
    yield Call(case_of(1), (X, y, 0.5))
    yield Call(case_of(2), (X, y, 3.0))
    yield Call(case_of(3), (wide(20, 4) + 1, wide(20, 5)[:, 4] - 2, 1.5))
    yield Call(case_of(4), (X, y, 0.125))
    single = torch.float32
    yield Call(case_of(5), (wide(20, 3, single) + 1, wide(20, 5, single)[:, 4] - 2, 1.5))


@exercise(("w", "b"), (Scenario(_ridge_calls),))
def ridge(bugs: Bugs, X: Tensor, y: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    r"""Check a closed-form ridge regression (Hoerl & Kennard 1970, scaled as in scikit-learn).

    .. math:: \arg\min_{w, b} \lVert Xw + b - y \rVert^2 + \lambda \lVert w \rVert^2

    Function
    --------
    features ``(n, d)`` without a column of ones, targets ``(n,)`` and a float > 0; ``w`` of shape
    ``(d,)``, ``b`` of shape ``()`` back.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_ridge(X, y, strength):
    ...     X = torch.cat([X, torch.ones_like(X[:, :1])], 1)
    ...     both = torch.linalg.solve(X.T @ X + strength * torch.eye(X.shape[1]).to(X), X.T @ y)
    ...     return both[:-1], both[-1]
    >>> check.ridge(my_ridge).mistake
    'penalised_intercept'
    """
    n, d = X.shape
    if "no_penalty" in bugs:
        strength = 0.0
    if "negative_penalty" in bugs:
        strength = -strength
    if "penalty_times_n" in bugs:
        strength = n * strength
    if "penalty_over_n" in bugs:
        strength = strength / n
    if "penalty_doubled" in bugs:
        strength = 2 * strength
    if "penalty_halved" in bugs:
        strength = strength / 2
    if "penalty_squared" in bugs:
        strength = strength**2
    if "penalised_intercept" in bugs:
        design = torch.cat([X, torch.ones_like(X[:, :1])], 1)
        solution = _penalised(design, y, strength * torch.eye(d + 1, dtype=X.dtype))
        return solution[:d], solution[d]
    x_mean, y_mean = X.mean(0), y.mean()
    if "one_mean" in bugs:
        w = _penalised(X - X.mean(), y - y_mean, strength * torch.eye(d, dtype=X.dtype))
        return w, y_mean - x_mean @ w
    if "no_intercept" in bugs:
        x_mean, y_mean = 0 * x_mean, 0 * y_mean
    scale = X.std(0) if "standardized" in bugs else torch.ones_like(x_mean)
    pattern = torch.eye(d, dtype=X.dtype)
    if "penalty_everywhere" in bugs:
        pattern = torch.ones_like(pattern)
    w = _penalised((X - x_mean) / scale, y - y_mean, strength * pattern)
    if "mean_on_one_side" in bugs:  # as n times the penalty and n times the right side
        w = n * _penalised((X - x_mean) / scale, y - y_mean, n * strength * pattern)
    b = y_mean if "intercept_is_mean" in bugs else y_mean - x_mean @ w
    if "not_centred" in bugs:
        w = _penalised(X, y, strength * pattern)
        b = y_mean - x_mean @ w
    if "intercept_sign" in bugs:
        b = -b
    if "means_added" in bugs:
        b = y_mean + x_mean @ w
    return w, b
