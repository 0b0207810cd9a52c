"""Rules that see more than one coordinate at a time: pairs of them, or whole matrices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._arithmetic import (
    at_least,
    at_most,
    function_of_spectrum,
    norm,
    rms,
    times,
    transposed,
)
from coursekit.optim._rule import Asked, Checked, between


def _one_a_parameter(rule: Checked, *names: str) -> None:
    """Ask that each of these is a number, or a tensor with one number for every parameter."""
    for name in names:
        value = getattr(rule, name)
        if isinstance(value, Tensor) and any(size != 1 for size in value.shape[-rule.dims :]):
            raise ValueError(
                f"{name} must have last dimensions of 1, one number for every parameter, "
                f"got shape {tuple(value.shape)}"
            )


class FullAdagradState(NamedTuple):
    """What FullAdagrad carries from step to step: the sum of outer products ``s``."""

    s: Tensor


@dataclass(frozen=True)
class FullAdagrad(Checked):
    r"""Full-matrix Adagrad: the step is divided by the root of a matrix, not of its diagonal.

    .. math::

        S_t &= S_{t-1} + g_t\, g_t^T \\
        \theta_t &= \theta_{t-1} - \eta\, (S_t^{1/2} + \epsilon I)^{-1} g_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.
    eps : float or Tensor, above 0
        :math:`\epsilon`, the paper's :math:`\delta`: what keeps directions without any
        gradient from being stretched without limit, rounding included. A tensor has a last
        dimension of 1.

    Notes
    -----
    A parameter is a vector, the last dimension of ``theta``. The state of ``theta`` of shape
    ``(..., d)`` has shape ``(..., d, d)``, and a step costs a matrix decomposition. With
    :math:`S` diagonal it is :class:`Adagrad`. Runs in one batch agree with the runs alone to
    rounding, not to the bit.

    Examples
    --------
    In its own coordinates a gradient is one number, and the first step has length ``lr``:

    >>> rule, theta = FullAdagrad(lr=0.5), torch.zeros(2, dtype=torch.float64)
    >>> theta, _ = rule.update(theta, torch.tensor([3.0, 4.0]).double(), rule.init(theta))
    >>> theta
    tensor([-0.3000, -0.4000], dtype=torch.float64)

    References
    ----------
    Duchi, Hazan and Singer (2011), "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", https://jmlr.org/papers/v12/duchi11a.html, Figure 1.
    """

    lr: Number = 1e-2
    weight_decay: Number = 0.0
    eps: Number = 1e-4

    dims: ClassVar[int] = 1
    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType({"eps": between(low=0, low_open=True)})

    def init(self, theta: Tensor) -> FullAdagradState:
        """Return the state before the first step: the sum zero."""
        zero = self._zeros_like(theta)
        _one_a_parameter(self, "eps")
        return FullAdagradState(s=zero[..., None] * zero[..., None, :])

    def update(
        self, theta: Tensor, grad: Tensor, state: FullAdagradState
    ) -> tuple[Tensor, FullAdagradState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        s = state.s + g[..., :, None] * g[..., None, :]
        eps = self.eps[..., None] if isinstance(self.eps, Tensor) else self.eps
        inverse_root = function_of_spectrum(s, -1 / 2, eps)
        theta = theta - self.lr * (inverse_root @ g[..., None])[..., 0]
        return theta, FullAdagradState(s)


class ShampooState(NamedTuple):
    """What Shampoo carries: the sums ``left`` and ``right`` of the gradient's two products."""

    left: Tensor
    right: Tensor


@dataclass(frozen=True)
class Shampoo(Checked):
    r"""Shampoo: full-matrix Adagrad for a matrix, one factor for its rows and one for its columns.

    .. math::

        L_t &= L_{t-1} + G_t\, G_t^T, \qquad R_t = R_{t-1} + G_t^T G_t \\
        \theta_t &= \theta_{t-1} - \eta\, L_t^{-1/4}\, G_t\, R_t^{-1/4}

    with :math:`L_0 = \epsilon I` and :math:`R_0 = \epsilon I`.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate. The paper sets no default; this is the course's. A tensor
        has two last dimensions of 1.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.
    eps : float or Tensor, above 0
        :math:`\epsilon`. A tensor has two last dimensions of 1.

    Notes
    -----
    A parameter is a matrix, ``theta``'s last two dimensions; leading dimensions are runs. For
    m × n it remembers m² + n² numbers, where full-matrix Adagrad would remember (mn)². Runs in one
    batch agree with the runs alone to rounding, not to the bit.

    Examples
    --------
    The first step makes all singular values (nearly) equal:

    >>> rule, theta = Shampoo(lr=1.0, eps=1e-12), torch.zeros(2, 2, dtype=torch.float64)
    >>> grad = torch.tensor([[9.0, 0.0], [0.0, -0.1]], dtype=torch.float64)
    >>> rule.update(theta, grad, rule.init(theta))[0].round(decimals=4) + 0.0
    tensor([[-1.,  0.],
            [ 0.,  1.]], dtype=torch.float64)

    References
    ----------
    Gupta, Koren and Singer (2018), "Shampoo: Preconditioned Stochastic Tensor Optimization",
    https://arxiv.org/abs/1802.09568, Algorithm 1.
    """

    lr: Number = 1e-1
    weight_decay: Number = 0.0
    eps: Number = 1e-4

    dims: ClassVar[int] = 2
    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType({"eps": between(low=0, low_open=True)})

    def init(self, theta: Tensor) -> ShampooState:
        """Return the state before the first step: both sums a small multiple of the identity."""
        zero = self._zeros_like(theta)
        _one_a_parameter(self, "lr", "eps")
        m, n = theta.shape[-2:]
        left = torch.eye(m, dtype=theta.dtype, device=theta.device) * self.eps
        right = torch.eye(n, dtype=theta.dtype, device=theta.device) * self.eps
        return ShampooState(left + zero @ transposed(zero), right + transposed(zero) @ zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: ShampooState
    ) -> tuple[Tensor, ShampooState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + times(self.weight_decay, theta)
        left = state.left + g @ transposed(g)
        right = state.right + transposed(g) @ g
        # No eigenvalue is below that of the beginning, but for rounding.
        rows = function_of_spectrum(left, -1 / 4, least=self.eps)
        columns = function_of_spectrum(right, -1 / 4, least=self.eps)
        theta = theta - self.lr * rows @ g @ columns
        return theta, ShampooState(left, right)


class AdafactorState(NamedTuple):
    """What Adafactor carries: ``t``, mean squares of rows ``r`` and columns ``c``, or ``v``."""

    t: Tensor
    r: Tensor
    c: Tensor
    v: Tensor


@dataclass(frozen=True)
class Adafactor(Checked):
    r"""Adafactor: second moments of a matrix from its rows' and its columns' means alone.

    .. math::

        \hat\beta_t &= 1 - t^{\gamma} \\
        r_t &= \hat\beta_t\, r_{t-1} + (1 - \hat\beta_t)\, (\text{row means of } g_t^2) \\
        c_t &= \hat\beta_t\, c_{t-1} + (1 - \hat\beta_t)\, (\text{column means of } g_t^2) \\
        \hat v_t &= r_t\, c_t / \max(\operatorname{mean} r_t, \epsilon_1) \\
        u_t &= g_t / \max(\sqrt{\hat v_t}, \epsilon_1), \qquad
        \rho_t = \min(\eta, 1/\sqrt t) \\
        \theta_t &= (1 - \eta\lambda)\, \theta_{t-1}
            - \rho_t\, \max(\epsilon_2, \operatorname{RMS}(\theta_{t-1}))\,
              u_t / \max(1, \operatorname{RMS}(u_t) / d)

    Here :math:`g` is ``grad`` alone. A vector has a :math:`v_t` of its own, kept as Adam keeps it.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the largest relative step: a step's size is a part of the parameter's own.
    beta2_decay : float or Tensor, at most 0
        :math:`\gamma`, the power that makes the means ever longer.
    eps1 : float or Tensor, at least 0, or None
        :math:`\epsilon_1`; None stands for the smallest step from 1 in theta's precision. In torch
        the first of the pair ``eps``. With 0, a gradient of zeros makes the parameter NaN.
    eps2 : float or Tensor, at least 0
        :math:`\epsilon_2`, the size that a parameter near zero is taken to have.
    d : float or Tensor, at least 1
        :math:`d`, the size beyond which a step is cut.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`; a step shrinks every parameter by the factor :math:`1 - \eta\lambda`.

    Notes
    -----
    From two dimensions on, a parameter is a matrix, ``theta``'s last two dimensions, and leading
    dimensions are runs; a batch of vectors is ``(runs, 1, d)``. torch takes the sizes RMS over the
    whole of a parameter of three or more dimensions. For m × n it remembers m + n numbers, where
    Adam remembers 2mn: no first moment, and a second of rank one.

    Examples
    --------
    >>> rule, theta = Adafactor(lr=0.1), torch.ones(2, 3)
    >>> grad = torch.tensor([[1.0, 2.0, 4.0], [10.0, 20.0, 40.0]])
    >>> rule.update(theta, grad, rule.init(theta))[0]
    tensor([[0.9000, 0.9000, 0.9000],
            [0.9000, 0.9000, 0.9000]])

    References
    ----------
    Shazeer and Stern (2018), "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
    https://arxiv.org/abs/1804.04235, Algorithms 4 and 5.
    """

    lr: Number = 1e-2
    beta2_decay: Number = -0.8
    eps1: Number | None = None
    eps2: Number = 1e-3
    d: Number = 1.0
    weight_decay: Number = 0.0

    dims: ClassVar[int] = 2
    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType(
        {
            "beta2_decay": between(high=0),
            "eps1": lambda name, value: (
                None if value is None else _require.number(name, value, low=0)
            ),
            "d": between(low=1),
        }
    )

    def init(self, theta: Tensor) -> AdafactorState:
        """Return the state before the first step: all means zero."""
        zero = self._zeros_like(theta, min_dims=0)
        none = zero.new_zeros(())
        if theta.ndim < 2:
            return AdafactorState(t=none, r=none, c=none, v=zero)
        return AdafactorState(t=none, r=zero[..., :1], c=zero[..., :1, :], v=none)

    def update(
        self, theta: Tensor, grad: Tensor, state: AdafactorState
    ) -> tuple[Tensor, AdafactorState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        eps1 = torch.finfo(g.dtype).eps if self.eps1 is None else self.eps1
        whole = tuple(range(-min(theta.ndim, 2), 0))  # the dimensions of one parameter
        t = state.t + 1
        fresh = t**self.beta2_decay  # 1 - beta
        r, c, v = state.r, state.c, state.v
        if theta.ndim >= 2:
            r = r + fresh * ((g**2).mean(-1, keepdim=True) - r)
            c = c + fresh * ((g**2).mean(-2, keepdim=True) - c)
            v_hat = r * c / at_least(eps1, r.mean(-2, keepdim=True))
        else:
            v_hat = v = v + fresh * (g**2 - v)
        u = g / at_least(eps1 * eps1, v_hat).sqrt()
        rho = at_most(self.lr, t.rsqrt())
        size = at_least(self.eps2, rms(theta, whole))
        theta = theta - self.lr * times(self.weight_decay, theta)
        theta = theta - rho * size * u / at_least(1.0, rms(u, whole) / self.d)
        return theta, AdafactorState(t, r, c, v)


def newton_schulz(
    matrix: Tensor,
    coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
    steps: int = 5,
    eps: float = 1e-7,
) -> Tensor:
    r"""Push every singular value of a matrix but 0 towards 1 and leave its vectors alone.

    .. math::

        X_0 = G / \lVert G \rVert_F, \qquad
        X_{k+1} = a\, X_k + b\, (X_k X_k^T)\, X_k + c\, (X_k X_k^T)^2 X_k

    Each singular value is mapped by :math:`\varphi(s) = a s + b s^3 + c s^5`, step after step.

    Parameters
    ----------
    matrix : Tensor of shape (..., m, n)
        :math:`G`, float32 or float64.
    coefficients : tuple of three floats
        :math:`a, b, c`. Those of Muon grow small values fast and then hold all of them between
        about 0.7 and 1.2; ``(1.5, -0.5, 0)`` converges to 1.
    steps : int
        How many times to iterate, below 100.
    eps : float
        The least norm to divide by. With 0, a matrix of zeros becomes NaN.

    Returns
    -------
    Tensor of shape (..., m, n)
        :math:`X` after ``steps`` iterations.

    Raises
    ------
    TypeError
        If an argument is not of the kind described.
    ValueError
        If ``matrix`` has fewer than two dimensions, or a number is out of range.

    References
    ----------
    Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks",
    https://kellerjordan.github.io/posts/muon/.

    Examples
    --------
    >>> x = newton_schulz(torch.tensor([[3.0, 0.0], [0.0, 1.0]]), (1.5, -0.5, 0.0), steps=20)
    >>> x.round(decimals=4)
    tensor([[1., 0.],
            [0., 1.]])
    """
    _require.parameters("matrix", matrix, min_dims=2)
    a, b, c = _three("coefficients", coefficients)
    _require.integer("steps", steps, low=0, high=99)
    eps = _require.real("eps", eps, low=0)
    wide = matrix.shape[-2] <= matrix.shape[-1]
    x = matrix if wide else transposed(matrix)  # the smaller of the two products
    x = x / at_least(eps, norm(x, (-2, -1)))
    for _ in range(steps):
        gram = x @ transposed(x)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else transposed(x)


def _three(name: str, value: Any) -> tuple[float, float, float]:
    """Return ``value``, three numbers."""
    if not isinstance(value, tuple) or len(value) != 3:
        raise TypeError(f"{name} must be a tuple of three numbers, got {value!r}")
    a, b, c = (_require.real(name, one) for one in value)
    return a, b, c


def _adjustment(name: str, value: Any) -> str | None:
    allowed = ("original", "match_rms_adamw")
    return None if value is None else _require.choice(name, value, allowed)


class MuonState(NamedTuple):
    """What Muon carries from step to step: the moment estimate ``b``."""

    b: Tensor


@dataclass(frozen=True)
class Muon(Checked):
    r"""Muon: momentum whose matrix has all its singular values made (about) equal.

    .. math::

        B_t &= \mu\, B_{t-1} + (1 - \mu)\, G_t \\
        O_t &= \operatorname{NewtonSchulz}\big((1 - \mu)\, G_t + \mu\, B_t\big) \\
        \theta_t &= (1 - \eta\lambda)\, \theta_{t-1} - \eta \sqrt{\max(1, m/n)}\; O_t

    Here :math:`G` is ``grad`` alone, and :math:`m \times n` its shape.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate: about the size of a step in every direction.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`; a step shrinks every parameter by the factor :math:`1 - \eta\lambda`.
    momentum : float or Tensor, in [0, 1)
        :math:`\mu`, the decay rate of the mean of gradients.
    nesterov : bool
        Whether the latest gradient counts once more, as above; if not, :math:`O_t` is made from
        :math:`B_t`.
    ns_coefficients : tuple of three floats
        :math:`a, b, c` of :func:`newton_schulz`.
    eps : float, at least 0
        The least norm that a matrix is divided by before its first iteration.
    ns_steps : int
        How many iterations, below 100.
    adjust_lr_fn : {None, "original", "match_rms_adamw"}
        None and "original" scale the rate by :math:`\sqrt{\max(1, m/n)}`, "match_rms_adamw" by
        :math:`0.2 \sqrt{\max(m, n)}`, with which AdamW's rates and decays can be kept.

    Notes
    -----
    A parameter is a matrix, ``theta``'s last two dimensions; leading dimensions are runs. For the
    hidden layers of a network: its biases, first and last layers are usually left to AdamW.
    ``torch.optim.Muon`` iterates in half precision (bfloat16), to about two digits; here it is
    done in theta's own. Runs in one batch agree with the runs alone to rounding, not to the bit.

    Examples
    --------
    >>> rule, theta = Muon(lr=1.0, ns_coefficients=(1.5, -0.5, 0.0), ns_steps=40), torch.eye(2)
    >>> grad = torch.tensor([[9.0, 0.0], [0.0, -0.1]])
    >>> rule.update(theta, grad, rule.init(theta))[0].round(decimals=2)
    tensor([[-0.1000,  0.0000],
            [ 0.0000,  1.9000]])

    References
    ----------
    Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks",
    https://kellerjordan.github.io/posts/muon/. The second scale: Liu et al. (2025), "Muon is
    Scalable for LLM Training", https://arxiv.org/abs/2502.16982.
    """

    lr: Number = 1e-3
    weight_decay: Number = 0.1
    momentum: Number = 0.95
    nesterov: bool = True
    ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315)
    eps: float = 1e-7
    ns_steps: int = 5
    adjust_lr_fn: str | None = None

    dims: ClassVar[int] = 2
    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType(
        {
            "momentum": between(low=0, high=1, high_open=True),
            "ns_coefficients": _three,
            "eps": lambda name, value: _require.real(name, value, low=0),
            "ns_steps": lambda name, value: _require.integer(name, value, low=0, high=99),
            "adjust_lr_fn": _adjustment,
        }
    )

    def init(self, theta: Tensor) -> MuonState:
        """Return the state before the first step: the moment zero."""
        return MuonState(b=self._zeros_like(theta))

    def update(self, theta: Tensor, grad: Tensor, state: MuonState) -> tuple[Tensor, MuonState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        b = self.momentum * state.b + (1 - self.momentum) * g
        ahead = (1 - self.momentum) * g + self.momentum * b if self.nesterov else b
        o = newton_schulz(ahead, self.ns_coefficients, self.ns_steps, self.eps)
        m, n = theta.shape[-2:]
        scale = math.sqrt(max(1, m / max(1, n)))  # a matrix may be empty
        if self.adjust_lr_fn == "match_rms_adamw":
            scale = 0.2 * math.sqrt(max(m, n))
        theta = theta - self.lr * times(self.weight_decay, theta)
        theta = theta - self.lr * scale * o
        return theta, MuonState(b)
