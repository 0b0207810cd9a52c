r"""Penalties on parameters, and the steps that they ask for.

Scales follow scikit-learn. torch's ``weight_decay`` :math:`\lambda` is the gradient of
:math:`\tfrac\lambda2\|w\|_2^2`. The linear models that these penalties make are fitted by
:mod:`coursekit.linear_models`.

Examples
--------
>>> import torch
>>> from coursekit.penalties import l1, soft_threshold
>>> theta = torch.tensor([3.0, -4.0, 0.5])
>>> l1(theta)
tensor(7.5000)
>>> soft_threshold(theta, 1.0)
tensor([ 2., -3.,  0.])
"""

import torch
from torch import Tensor

from coursekit import _moved, _require
from coursekit._require import Number

__all__ = [
    "elastic_net",
    "l1",
    "l2",
    "proximal_step",
    "soft_threshold",
]

__getattr__ = _moved.forwarder(__name__)


def l1(theta: Tensor) -> Tensor:
    r"""Sum of absolute values, :math:`\|\theta\|_1 = \sum_j |\theta_j|`.

    Parameters
    ----------
    theta
        Parameters, floating point, shape ``(..., p)``.

    Returns
    -------
    Tensor
        Shape ``(...)``: one penalty a run.

    Raises
    ------
    TypeError
        If ``theta`` is not a floating-point tensor.
    ValueError
        If it is empty or has no dimension.

    References
    ----------
    R. Tibshirani (1996), Regression shrinkage and selection via the lasso.

    Examples
    --------
    >>> import torch
    >>> l1(torch.tensor([[3.0, -4.0], [0.0, 1.0]]))
    tensor([7., 1.])
    """
    return _require.tensor("theta", theta, min_dims=1).abs().sum(-1)


def l2(theta: Tensor) -> Tensor:
    r"""Sum of squares, :math:`\|\theta\|_2^2 = \sum_j \theta_j^2`: no root, and no factor 1/2.

    Parameters
    ----------
    theta
        Parameters, floating point, shape ``(..., p)``.

    Returns
    -------
    Tensor
        Shape ``(...)``: one penalty a run.

    Raises
    ------
    TypeError
        If ``theta`` is not a floating-point tensor.
    ValueError
        If it is empty or has no dimension.

    References
    ----------
    A. E. Hoerl and R. W. Kennard (1970), Ridge regression: biased estimation for nonorthogonal
    problems.

    Examples
    --------
    >>> import torch
    >>> l2(torch.tensor([[3.0, -4.0], [0.0, 1.0]]))
    tensor([25.,  1.])
    """
    return (_require.tensor("theta", theta, min_dims=1) ** 2).sum(-1)


def elastic_net(theta: Tensor, l1_ratio: Number = 0.5) -> Tensor:
    r"""Both penalties, :math:`\rho\|\theta\|_1 + \tfrac12 (1 - \rho)\|\theta\|_2^2`.

    Parameters
    ----------
    theta
        Parameters, floating point, shape ``(..., p)``.
    l1_ratio
        :math:`\rho` in [0, 1]: 1 is :func:`l1`, 0 is half of :func:`l2`. A number, or a tensor
        that broadcasts against ``(...)``.

    Returns
    -------
    Tensor
        Shape ``(...)``: one penalty a run.

    Raises
    ------
    TypeError
        If ``theta`` is not a floating-point tensor or ``l1_ratio`` not a number or tensor.
    ValueError
        If ``theta`` is empty or has no dimension, or ``l1_ratio`` is outside [0, 1] or does not
        broadcast.

    References
    ----------
    H. Zou and T. Hastie (2005), Regularization and variable selection via the elastic net.

    Examples
    --------
    >>> import torch
    >>> elastic_net(torch.tensor([3.0, -4.0]), l1_ratio=0.5)
    tensor(9.7500)
    """
    ones, squares = l1(theta), l2(theta)
    rho = _require.number("l1_ratio", l1_ratio, low=0, high=1)
    _require.shapes_broadcast("l1_ratio", rho, "theta's leading dimensions", ones.shape)
    ones, squares = _counted(rho, ones), _counted(1 - rho, squares)
    return rho * ones + 0.5 * (1 - rho) * squares


def soft_threshold(x: Tensor, threshold: Number) -> Tensor:
    r"""Move every number towards zero by ``threshold``, and stop there: the prox of the L1 norm.

    .. math::

        S_\tau(x) = \operatorname{sign}(x) \max(|x| - \tau, 0)
                  = \max(x - \tau, 0) - \max(-x - \tau, 0)
                  = \arg\min_u \; \tfrac12 (u - x)^2 + \tau |u|

    Parameters
    ----------
    x
        Numbers, floating point, any shape.
    threshold
        :math:`\tau \ge 0`, a number or a tensor that broadcasts against ``x``.

    Returns
    -------
    Tensor
        The broadcast shape; exactly 0 where :math:`|x| \le \tau`.

    Raises
    ------
    TypeError
        If ``x`` is not a floating-point tensor or ``threshold`` not a number or tensor.
    ValueError
        If ``x`` is empty, ``threshold`` is negative or not finite, or the shapes don't broadcast.

    Examples
    --------
    >>> import torch
    >>> soft_threshold(torch.tensor([-3.0, 0.5, 2.0]), 1.0)
    tensor([-2.,  0.,  1.])
    """
    _require.tensor("x", x)
    tau = _require.number("threshold", threshold, low=0)
    _require.shapes_broadcast("threshold", tau, "x", x.shape)
    return _soft_threshold(x, tau)


def proximal_step(theta: Tensor, grad: Tensor, lr: Number, strength: Number) -> Tensor:
    r"""Take a gradient step on a loss, then the soft threshold of its L1 penalty: ISTA's step.

    .. math:: \theta \leftarrow S_{\eta\alpha}(\theta - \eta g)

    A step along the penalty's subgradient shrinks parameters too, but hops over zero; this one
    stops there.

    Parameters
    ----------
    theta
        Parameters :math:`\theta`, floating point, any shape.
    grad
        Gradient :math:`g` of the loss without the penalty: shape, dtype and device of ``theta``.
    lr
        :math:`\eta \ge 0`, a number or a tensor that broadcasts against ``theta``.
    strength
        Penalty strength :math:`\alpha \ge 0`, a number or a tensor that broadcasts against
        ``theta`` and ``lr``.

    Returns
    -------
    Tensor
        The new parameters, of the broadcast shape.

    Raises
    ------
    TypeError
        If a tensor is not floating point, or ``lr`` or ``strength`` not a number or tensor.
    ValueError
        If ``theta`` is empty, ``grad`` does not match it, or ``lr`` or ``strength`` is negative,
        not finite, or they do not broadcast against it and each other.

    References
    ----------
    I. Daubechies, M. Defrise and C. De Mol (2004), An iterative thresholding algorithm for linear
    inverse problems with a sparsity constraint.

    Examples
    --------
    >>> import torch
    >>> theta, grad = torch.tensor([1.0, 0.1]), torch.tensor([1.0, 0.0])
    >>> proximal_step(theta, grad, lr=0.5, strength=0.4)
    tensor([0.3000, 0.0000])
    """
    _require.alike("theta", _require.tensor("theta", theta), "grad", grad)
    lr = _require.number("lr", lr, low=0)
    strength = _require.number("strength", strength, low=0)
    _require.all_broadcast({"lr": lr, "strength": strength}, "theta", theta.shape)
    return _soft_threshold(theta - lr * grad, lr * strength)


def _counted(share: Number, penalty: Tensor) -> Tensor:
    """Return ``penalty``, and 0 where its share is 0: it may be infinite, and 0 times that NaN."""
    return torch.where(torch.as_tensor(share == 0, device=penalty.device), 0, penalty)


def _soft_threshold(x: Tensor, tau: Number) -> Tensor:
    # One branch each, or at 0 with a threshold of 0 both would hand back a slope.
    return torch.where(x > 0, (x - tau).clamp(min=0), (x + tau).clamp(max=0))
