r"""Linear models with a penalty, fitted for one strength or a path of them.

Scales follow scikit-learn, so that a strength means here what ``alpha`` means there:

=============== ================================================================= ==============
function        minimizes                                                         scikit-learn
=============== ================================================================= ==============
fit_ridge       :math:`\|y - Xw - c\|^2 + \alpha\|w\|_2^2`                        ``Ridge``
fit_lasso       :math:`\tfrac1{2n}\|y - Xw - c\|^2 + \alpha\|w\|_1`               ``Lasso``
fit_elastic_net :math:`\tfrac1{2n}\|y - Xw - c\|^2 + \alpha\rho\|w\|_1`           ``ElasticNet``
                :math:`{} + \tfrac12\alpha(1-\rho)\|w\|_2^2`
=============== ================================================================= ==============

Mind the :math:`1/2n`, which ridge has not: its strength grows with the data, lasso's does not. The
intercept :math:`c` is never penalized.

Every fit takes one strength or a tensor of them and returns the whole path from one batched call.

Examples
--------
>>> import torch
>>> from coursekit.linear_models import fit_lasso, fit_ridge
>>> X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
>>> y = torch.tensor([3.0, 1.0, -1.0, -1.0])
>>> fit_ridge(X, y, torch.tensor([0.0, 2.0])).coef
tensor([[2.0000, 1.0000],
        [1.0000, 0.5000]])
>>> fit_lasso(X, y, 0.5).coef
tensor([1., 0.])
"""

from typing import NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.penalties import _soft_threshold

__all__ = [
    "LassoFit",
    "LinearFit",
    "fit_elastic_net",
    "fit_lasso",
    "fit_ridge",
    "max_strength",
]

STEPS_BETWEEN_CHECKS = 10


class LinearFit(NamedTuple):
    """A linear model, or a path of them: ``coef`` of shape ``(..., p)``, ``intercept`` ``(...)``.

    The leading dimensions are those of the strengths (and of the data, if they have any).
    """

    coef: Tensor
    intercept: Tensor


class LassoFit(NamedTuple):
    """A :class:`LinearFit` found step by step, with the ``gap``, ``(...)``, that it stopped at.

    No coefficients whatever have an objective lower than these by more than ``gap``, but for
    rounding.
    """

    coef: Tensor
    intercept: Tensor
    gap: Tensor


def fit_ridge(X: Tensor, y: Tensor, strength: Number, fit_intercept: bool = True) -> LinearFit:
    r"""Least squares with a squared penalty, in closed form, for all strengths at once.

    .. math::

        \hat w = (X^\top X + \alpha I)^{-1} X^\top y
               = V \operatorname{diag}\!\Bigl(\frac{s_j}{s_j^2 + \alpha}\Bigr) U^\top y,
        \qquad X = U \operatorname{diag}(s)\, V^\top

    with :math:`X` and :math:`y` centred if there is an intercept, which is then
    :math:`\bar y - \bar x^\top \hat w`. The second form needs one decomposition for a whole path
    and shows what ridge does: it shrinks direction :math:`j` by :math:`s_j^2 / (s_j^2 + \alpha)`.

    Parameters
    ----------
    X
        Inputs, float32 or float64, shape ``(..., n, p)``; leading dimensions are data sets.
    y
        Targets, shape ``(..., n)``, with dtype, device and leading dimensions of ``X``.
    strength
        :math:`\alpha \ge 0`, a number or a tensor that broadcasts against the leading dimensions:
        for one data set any shape. With 0, the least-squares solution, of least norm if there are
        many.
    fit_intercept
        Whether to fit an intercept, unpenalized.

    Returns
    -------
    LinearFit
        ``coef`` of shape ``(..., p)`` and ``intercept`` of shape ``(...)``.

    Raises
    ------
    TypeError
        If a tensor is neither float32 nor float64, ``strength`` not a number or tensor, or
        ``fit_intercept`` not a bool.
    ValueError
        If shapes, dtypes or devices don't fit, data are empty or not finite, or a strength is
        negative or not finite.

    References
    ----------
    A. E. Hoerl and R. W. Kennard (1970), Ridge regression: biased estimation for nonorthogonal
    problems.

    Examples
    --------
    >>> X, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
    >>> coef, intercept = fit_ridge(X, y, strength=2.0)
    >>> coef, intercept
    (tensor([1.]), tensor(2.))
    """
    _check_data(X, y, fit_intercept)
    _require.number("strength", strength, low=0)
    alpha = _like_data("strength", strength, X)
    X_mean, y_mean = _means(X, y, fit_intercept)
    U, s, Vt = torch.linalg.svd(X - X_mean, full_matrices=False)
    filtered = s / (s**2 + alpha.unsqueeze(-1))
    # Directions in which X varies by rounding only say nothing about y.
    rounding = max(X.shape[-2:]) * torch.finfo(X.dtype).eps * s.amax(-1, keepdim=True)
    filtered = torch.where(s > rounding, filtered, 0)
    Uy = torch.einsum("...nk,...n->...k", U, y - y_mean)
    coef = torch.einsum("...k,...kp->...p", filtered * Uy, Vt)
    return LinearFit(coef, _intercept(coef, X_mean, y_mean))


def fit_lasso(
    X: Tensor,
    y: Tensor,
    strength: Number,
    fit_intercept: bool = True,
    method: str = "fista",
    steps: int = 10_000,
    tol: float = 1e-10,
) -> LassoFit:
    r"""Least squares with an absolute penalty, by proximal gradient, for all strengths at once.

    .. math:: \min_{w, c}\; \frac1{2n} \|y - Xw - c\|_2^2 + \alpha \|w\|_1

    :func:`fit_elastic_net` with ``l1_ratio=1``, where the steps are written out.

    Parameters
    ----------
    X
        Inputs, float32 or float64, shape ``(..., n, p)``; leading dimensions are data sets.
    y
        Targets, shape ``(..., n)``, with dtype, device and leading dimensions of ``X``.
    strength
        :math:`\alpha > 0`, a number or a tensor that broadcasts against the leading dimensions:
        for one data set any shape. From :func:`max_strength` on, all coefficients are 0. For 0 use
        :func:`fit_ridge`.
    fit_intercept
        Whether to fit an intercept, unpenalized.
    method
        ``"fista"``, or ``"ista"`` without acceleration.
    steps
        The most steps to take, an int >= 1.
    tol
        Stop when every gap is at most ``tol`` times :math:`\|y\|^2 / n` (of the centred ``y``);
        >= 0. In float32 the gap itself is rounded to about 1e-7 of that, so that the default may
        take all ``steps``: there give 1e-6.

    Returns
    -------
    LassoFit
        ``coef`` of shape ``(..., p)``, ``intercept`` and ``gap`` of shape ``(...)``. A gap above
        the tolerance says that the steps did not suffice, or the precision.

    Raises
    ------
    TypeError
        If a tensor is neither float32 nor float64, or another argument of another kind.
    ValueError
        If shapes, dtypes or devices don't fit, data are empty or not finite, a strength is not
        positive and finite in their dtype, or ``method``, ``steps`` or ``tol`` is not as above.

    References
    ----------
    R. Tibshirani (1996), Regression shrinkage and selection via the lasso.

    Examples
    --------
    >>> X, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
    >>> fit = fit_lasso(X, y, torch.tensor([1.0, 2.0]))
    >>> fit.coef.squeeze(), fit.intercept
    (tensor([0.5000, 0.0000]), tensor([2.5000, 3.0000]))
    """
    return fit_elastic_net(X, y, strength, 1.0, fit_intercept, method, steps, tol)


def fit_elastic_net(
    X: Tensor,
    y: Tensor,
    strength: Number,
    l1_ratio: Number = 0.5,
    fit_intercept: bool = True,
    method: str = "fista",
    steps: int = 10_000,
    tol: float = 1e-10,
) -> LassoFit:
    r"""Least squares with both penalties, by proximal gradient, for all strengths at once.

    .. math::

        \min_{w, c}\; \frac1{2n} \|y - Xw - c\|_2^2
        + \alpha\rho \|w\|_1 + \tfrac12 \alpha (1 - \rho) \|w\|_2^2

    With :math:`g` the gradient of all but the L1 part and :math:`L` its largest curvature, ISTA
    repeats

    .. math:: w_k = S_{\alpha\rho/L}\bigl(z_k - g(z_k) / L\bigr)

    from :math:`z_{k+1} = w_k`, and FISTA from a point beyond, with :math:`t_1 = 1`:

    .. math::

        t_{k+1} = \tfrac12 \Bigl(1 + \sqrt{1 + 4 t_k^2}\Bigr), \qquad
        z_{k+1} = w_k + \frac{t_k - 1}{t_{k+1}} (w_k - w_{k-1})

    ISTA's excess objective falls as :math:`1/k`, FISTA's as :math:`1/k^2`.

    Parameters
    ----------
    X
        Inputs, float32 or float64, shape ``(..., n, p)``; leading dimensions are data sets.
    y
        Targets, shape ``(..., n)``, with dtype, device and leading dimensions of ``X``.
    strength
        :math:`\alpha > 0`, a number or a tensor that broadcasts against the leading dimensions:
        for one data set any shape.
    l1_ratio
        :math:`\rho` in (0, 1], a number or a tensor that broadcasts as ``strength`` does; 1 is
        :func:`fit_lasso`. For 0 use :func:`fit_ridge` with a strength of :math:`n\alpha`.
    fit_intercept
        Whether to fit an intercept, unpenalized.
    method
        ``"fista"``, or ``"ista"`` without acceleration.
    steps
        The most steps to take, an int >= 1.
    tol
        Stop when every gap is at most ``tol`` times :math:`\|y\|^2 / n` (of the centred ``y``);
        >= 0. In float32 the gap itself is rounded to about 1e-7 of that, so that the default may
        take all ``steps``: there give 1e-6.

    Returns
    -------
    LassoFit
        ``coef`` of shape ``(..., p)``, ``intercept`` and ``gap`` of shape ``(...)``. A gap above
        the tolerance says that the steps did not suffice, or the precision.

    Raises
    ------
    TypeError
        If a tensor is neither float32 nor float64, or another argument of another kind.
    ValueError
        If shapes, dtypes or devices don't fit, data are empty or not finite, a strength is not
        positive and finite in their dtype, or ``l1_ratio``, ``method``, ``steps`` or ``tol`` is not
        as above.

    References
    ----------
    A. Beck and M. Teboulle (2009), A fast iterative shrinkage-thresholding algorithm for linear
    inverse problems. H. Zou and T. Hastie (2005), Regularization and variable selection via the
    elastic net.

    Examples
    --------
    >>> X, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
    >>> fit_elastic_net(X, y, 1.0, l1_ratio=0.5).coef
    tensor([0.7143])
    """
    _check_data(X, y, fit_intercept)
    _require.number("strength", strength, low=0, low_open=True)
    _require.number("l1_ratio", l1_ratio, low=0, high=1, low_open=True)
    _require.choice("method", method, ("fista", "ista"))
    _require.integer("steps", steps, low=1)
    tol = _require.real("tol", tol, low=0)
    alpha, rho = _like_data("strength", strength, X), _like_data("l1_ratio", l1_ratio, X)
    _require.shapes_broadcast("l1_ratio", rho, "strength", alpha.shape)
    for name, value in (("strength", alpha), ("l1_ratio", rho)):
        _require.number(name, value, low=0, low_open=True)  # in X's precision too
    X_mean, y_mean = _means(X, y, fit_intercept)
    problem = _Problem.of(X - X_mean, y - y_mean, alpha * rho, alpha * (1 - rho))

    w = z = torch.zeros_like(problem.b + problem.l1)
    t = 1.0
    for k in range(steps):
        if k % STEPS_BETWEEN_CHECKS == 0 and bool((problem.gap(w) <= tol * problem.yy).all()):
            break
        w_next = _soft_threshold(z - problem.gradient(z) / problem.L, problem.l1 / problem.L)
        t_next = (1 + (1 + 4 * t**2) ** 0.5) / 2
        ahead = (t - 1) / t_next if method == "fista" else 0.0
        z = w_next + ahead * (w_next - w)
        w, t = w_next, t_next
    return LassoFit(w, _intercept(w, X_mean, y_mean), problem.gap(w))


def max_strength(
    X: Tensor, y: Tensor, l1_ratio: Number = 1.0, fit_intercept: bool = True
) -> Tensor:
    r"""Return the least strength at which :func:`fit_lasso` makes every coefficient 0.

    .. math:: \alpha_{\max} = \frac{1}{n\rho} \max_j |x_j^\top y|

    with columns :math:`x_j` and :math:`y` centred if there is an intercept: where a path starts.

    Parameters
    ----------
    X
        Inputs, float32 or float64, shape ``(..., n, p)``; leading dimensions are data sets.
    y
        Targets, shape ``(..., n)``, with dtype, device and leading dimensions of ``X``.
    l1_ratio
        :math:`\rho` in (0, 1], a number or a tensor that broadcasts against the leading
        dimensions: that of :func:`fit_elastic_net`, 1 for :func:`fit_lasso`.
    fit_intercept
        Whether an intercept will be fitted.

    Returns
    -------
    Tensor
        Shape ``(...)``.

    Raises
    ------
    TypeError
        If a tensor is neither float32 nor float64, or another argument of another kind.
    ValueError
        If shapes, dtypes or devices don't fit, data are empty or not finite, or ``l1_ratio`` is
        not as above.

    Notes
    -----
    Rounded like any quotient: with an ``l1_ratio`` other than 1 a coefficient may be left that is
    as small as the last bit of the strength.

    Examples
    --------
    >>> X, y = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0])
    >>> max_strength(X, y)
    tensor(1.3333)
    """
    _check_data(X, y, fit_intercept)
    _require.number("l1_ratio", l1_ratio, low=0, high=1, low_open=True)
    rho = _like_data("l1_ratio", l1_ratio, X)
    X_mean, y_mean = _means(X, y, fit_intercept)
    return _correlations(X - X_mean, y - y_mean).abs().amax(-1) / rho


class _Problem(NamedTuple):
    r"""An elastic net in terms of the Gram matrix, so that a step costs p² whatever n is.

    With ``G`` :math:`= X^\top X / n`, ``b`` :math:`= X^\top y / n`, ``yy`` :math:`= y^\top y / n`.
    """

    G: Tensor
    b: Tensor
    yy: Tensor
    l1: Tensor
    l2: Tensor
    L: Tensor

    @classmethod
    def of(cls, X: Tensor, y: Tensor, l1: Tensor, l2: Tensor) -> "_Problem":
        l1, l2 = l1.unsqueeze(-1), l2.unsqueeze(-1)
        G = X.mT @ X / X.shape[-2]
        # Inputs that are all constant have no curvature to divide by.
        tiny = torch.finfo(X.dtype).tiny
        L = (torch.linalg.eigvalsh(G)[..., -1:] + l2).clamp(min=tiny)
        return cls(G, _correlations(X, y), (y**2).mean(-1), l1, l2, L)

    def gradient(self, w: Tensor) -> Tensor:
        """Return the gradient of all but the L1 part."""
        return torch.einsum("...pq,...q->...p", self.G, w) + self.l2 * w - self.b

    def gap(self, w: Tensor) -> Tensor:
        """Return how much the objective at ``w`` may be above its minimum, at most.

        It is the duality gap: the objective less the dual objective at the scaled residual. The
        squared penalty counts as p more data, whose targets are 0.
        """
        residual_correlations = -self.gradient(w)
        squares = self.yy - (w * (self.b + residual_correlations)).sum(-1)
        steepest = residual_correlations.abs().amax(-1)
        l1 = self.l1.squeeze(-1)
        feasible = (l1 / steepest).clamp(max=1)
        primal = 0.5 * squares + l1 * w.abs().sum(-1)
        dual = feasible * (self.yy - (w * self.b).sum(-1)) - 0.5 * feasible**2 * squares
        return (primal - dual).clamp(min=0)  # below 0 by rounding only


def _correlations(X: Tensor, y: Tensor) -> Tensor:
    return torch.einsum("...np,...n->...p", X, y) / X.shape[-2]


def _means(X: Tensor, y: Tensor, fit_intercept: bool) -> tuple[Tensor, Tensor]:
    """Return what to centre by, ``(..., 1, p)`` and ``(..., 1)``: zeros without an intercept."""
    scale = 1.0 if fit_intercept else 0.0
    return scale * _mean(X, -2), scale * _mean(y, -1)


def _mean(x: Tensor, dim: int) -> Tensor:
    """Return the mean over ``dim``, of equal numbers that number: a sum of them may be rounded."""
    first = x.narrow(dim, 0, 1)
    return torch.where((x == first).all(dim, keepdim=True), first, x.mean(dim, keepdim=True))


def _intercept(coef: Tensor, X_mean: Tensor, y_mean: Tensor) -> Tensor:
    return y_mean.squeeze(-1) - (X_mean.squeeze(-2) * coef).sum(-1)


def _check_data(X: Tensor, y: Tensor, fit_intercept: bool) -> None:
    _require.parameters("X", X, min_dims=2, finite=True, empty=False)
    _require.tensor("y", y, finite=True)
    if y.shape != X.shape[:-1]:
        raise ValueError(f"y must have shape {tuple(X.shape[:-1])} for X, got {tuple(y.shape)}")
    _require.alike("X", X, "y", y, whats=("dtype", "device"))
    _require.boolean("fit_intercept", fit_intercept)


def _like_data(name: str, value: Number, X: Tensor) -> Tensor:
    """Return a checked number as a tensor that goes with the data sets in ``X``."""
    _require.shapes_broadcast(name, value, "X's leading dimensions", X.shape[:-2])
    return torch.as_tensor(value, dtype=X.dtype, device=X.device)
