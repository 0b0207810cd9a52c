r"""Update rules, each written as its equation.

A rule is a frozen dataclass of hyper-parameters with two pure methods::

    state = rule.init(theta)
    theta, state = rule.update(theta, grad, state)

Nothing is changed in place. Every numeric hyper-parameter is a float or a tensor that broadcasts
against ``theta``: with ``lr`` of shape ``(10_000, 1)`` and ``theta`` of shape ``(10_000, d)``, one
call steps ten thousand optimizers. Each of them takes, bit for bit, the steps that it would take
alone; only tensors of ``beta1`` or ``beta2`` may differ in the last bit, since torch rounds the
powers of a long tensor and of a single number apart.

Names, defaults and conventions are those of ``torch.optim``. Throughout, :math:`\theta` is
``theta``, the parameters; :math:`\eta` is ``lr``; :math:`\lambda` is ``weight_decay``; :math:`g` is
``grad`` plus :math:`\lambda\theta`, the gradient of the loss with its L2 penalty (except in
:class:`AdamW`); squares, roots and quotients are taken coordinate by coordinate. A state's fields
carry the symbols of the equations and start at zero unless the rule says otherwise.

All rules ask the same of their arguments. A hyper-parameter that is no number raises ``TypeError``,
one that is not finite or out of range ``ValueError``, when the rule is made. ``init`` raises
``TypeError`` unless ``theta`` is a float32 or float64 tensor at least as wide as the rule's, and
``ValueError`` where a hyper-parameter's shape or device does not go with it. ``update`` raises
``TypeError`` or ``ValueError`` unless ``grad`` is a tensor of the shape, dtype and device of
``theta``. Infinity and NaN in ``theta`` or ``grad`` are stepped like any number: a run that
diverges must not stop its neighbours.
"""

from collections.abc import Callable
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from coursekit import _require
from coursekit._require import Number

__all__ = [
    "RULES",
    "SGD",
    "AMSGrad",
    "AMSGradState",
    "Adadelta",
    "AdadeltaState",
    "Adagrad",
    "AdagradState",
    "Adam",
    "AdamState",
    "AdamW",
    "Momentum",
    "MomentumState",
    "Nesterov",
    "NesterovState",
    "RMSprop",
    "RMSpropState",
    "Rule",
    "SGDState",
    "TorchOptimizer",
    "hyper_parameters",
]


class Rule(Protocol):
    """What an update rule is: a dataclass of hyper-parameters, ``lr`` among them, that can step.

    Every class in :data:`RULES` is one. So is any dataclass of your own that has these methods; it
    needs no base class to be used by :func:`coursekit.descent.descend` and
    :class:`TorchOptimizer`.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def lr(self) -> Number:
        """The learning rate."""

    def init(self, theta: Tensor) -> Any:
        """Return the state before the first step.

        Parameters
        ----------
        theta : Tensor of shape (...)
            The parameters, float32 or float64.

        Returns
        -------
        NamedTuple of tensors
            What the rule carries from step to step.

        Raises
        ------
        TypeError, ValueError
            If ``theta`` is not such a tensor, or a hyper-parameter does not broadcast against it.
        """

    def update(self, theta: Tensor, grad: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Take one step from ``theta`` against ``grad``.

        Parameters
        ----------
        theta : Tensor of shape (...)
            The parameters.
        grad : Tensor of shape (...)
            The objective's gradient at ``theta``, of its dtype and on its device.
        state : NamedTuple of tensors
            What ``init`` or the previous ``update`` returned.

        Returns
        -------
        theta : Tensor of shape (...)
            The next parameters, a new tensor.
        state : NamedTuple of tensors
            The next state.

        Raises
        ------
        TypeError, ValueError
            If ``grad`` does not match ``theta``.
        """


_ALLOWED: dict[str, dict[str, Any]] = {
    "lr": {"low": 0},
    "momentum": {"low": 0},
    "dampening": {"low": 0, "high": 1},
    "weight_decay": {"low": 0},
    "lr_decay": {"low": 0},
    "initial_accumulator_value": {"low": 0},
    "alpha": {"low": 0, "high": 1, "high_open": True},
    "rho": {"low": 0, "high": 1, "high_open": True},
    "beta1": {"low": 0, "high": 1, "high_open": True},
    "beta2": {"low": 0, "high": 1, "high_open": True},
    "eps": {"low": 0},
}


@dataclass(frozen=True)
class _Checked:
    """A rule whose hyper-parameters are checked: alone when it is made, against theta in init."""

    lr: Number

    def __post_init__(self) -> None:
        for name, value in hyper_parameters(self).items():
            if name == "centered":
                _require.boolean(name, value)
            else:
                _require.number(name, value, **_ALLOWED[name])

    def _zeros_like(self, theta: Tensor) -> Tensor:
        """Return zeros shaped like ``theta``, once it is known that this rule can step it."""
        _require.parameters("theta", theta)
        for name, value in hyper_parameters(self).items():
            if isinstance(value, Tensor):
                _require.broadcasts(name, value, "theta", theta)
        return torch.zeros_like(theta)


def hyper_parameters(rule: Rule | _Checked) -> dict[str, Any]:
    """Return a rule's hyper-parameters by name.

    Parameters
    ----------
    rule : Rule
        Any rule of this module, or a dataclass that keeps to its protocol.

    Returns
    -------
    dict
        Field names and values, in the order of definition.

    Raises
    ------
    TypeError
        If ``rule`` is none: another object, or the class of a rule and not an instance.

    Examples
    --------
    >>> hyper_parameters(Momentum(lr=0.1))
    {'lr': 0.1, 'momentum': 0.9, 'dampening': 0.0, 'weight_decay': 0.0}
    """
    if isinstance(rule, type) or not (is_dataclass(rule) and hasattr(rule, "update")):
        raise TypeError(f"rule must be an update rule such as SGD(lr=0.1), got {rule!r}")
    return {field.name: getattr(rule, field.name) for field in fields(rule)}


class SGDState(NamedTuple):
    """Plain descent remembers nothing."""


@dataclass(frozen=True)
class SGD(_Checked):
    r"""Gradient descent: a step against the gradient.

    .. math:: \theta_t = \theta_{t-1} - \eta\, g_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.SGD`` with its default momentum of 0. It is stochastic when ``grad`` comes from a
    mini-batch; the rule is the same.

    Examples
    --------
    >>> rule, theta = SGD(lr=0.1), torch.tensor([1.0, -2.0])
    >>> rule.update(theta, grad=2 * theta, state=rule.init(theta))[0]
    tensor([ 0.8000, -1.6000])

    References
    ----------
    Robbins and Monro (1951), "A Stochastic Approximation Method",
    https://doi.org/10.1214/aoms/1177729586.
    """

    lr: Number = 1e-3
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> SGDState:
        """Return the state before the first step: there is nothing to remember."""
        self._zeros_like(theta)
        return SGDState()

    def update(self, theta: Tensor, grad: Tensor, state: SGDState) -> tuple[Tensor, SGDState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        theta = theta - self.lr * g
        return theta, state


class MomentumState(NamedTuple):
    """What Momentum carries from step to step: ``t`` (steps taken) and the buffer ``b``."""

    t: Tensor
    b: Tensor


@dataclass(frozen=True)
class Momentum(_Checked):
    r"""Gradient descent with momentum: a heavy ball that keeps part of its velocity.

    .. math::

        b_1 &= g_1, \qquad b_t = \mu\, b_{t-1} + (1 - \tau)\, g_t \\
        \theta_t &= \theta_{t-1} - \eta\, b_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    momentum : float or Tensor, at least 0
        :math:`\mu`, the part of the buffer that is kept. The course's default of 0.9 is not that of
        ``torch.optim.SGD``, which is 0 and makes plain descent.
    dampening : float or Tensor, in [0, 1]
        :math:`\tau`, the part of each gradient but the first that is left out.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.SGD`` with ``momentum``. Its buffer sums gradients with weights
    :math:`1, \mu, \mu^2, \dots`, so a constant gradient is stepped along :math:`1/(1-\mu)` times as
    far. Other libraries average, :math:`b_t = \mu\, b_{t-1} + (1-\mu)\, g_t`: that is
    ``dampening=momentum``, apart from the first step, and needs an ``lr`` larger by
    :math:`1/(1-\mu)`.

    Examples
    --------
    >>> rule, theta = Momentum(lr=0.1, momentum=0.5), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> for _ in range(3):
    ...     theta, state = rule.update(theta, torch.ones(1), state)
    >>> state.b
    tensor([1.7500])

    References
    ----------
    Polyak (1964), "Some methods of speeding up the convergence of iteration methods",
    https://doi.org/10.1016/0041-5553(64)90137-5.
    """

    lr: Number = 1e-3
    momentum: Number = 0.9
    dampening: Number = 0.0
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> MomentumState:
        """Return the state before the first step: no steps taken, the ball at rest."""
        zero = self._zeros_like(theta)
        return MomentumState(t=zero.new_zeros(()), b=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: MomentumState
    ) -> tuple[Tensor, MomentumState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        t = state.t + 1
        b = torch.where(t == 1, g, self.momentum * state.b + (1 - self.dampening) * g)
        theta = theta - self.lr * b
        return theta, MomentumState(t, b)


class NesterovState(NamedTuple):
    """What Nesterov carries from step to step: the buffer ``b``."""

    b: Tensor


@dataclass(frozen=True)
class Nesterov(_Checked):
    r"""Nesterov's momentum: a heavy ball that steps from where its velocity will have taken it.

    .. math::

        b_t &= \mu\, b_{t-1} + g_t \\
        \theta_t &= \theta_{t-1} - \eta\, (g_t + \mu\, b_t)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    momentum : float or Tensor, at least 0
        :math:`\mu`, the part of the buffer that is kept. ``torch.optim.SGD`` has no default here:
        it refuses ``nesterov=True`` without a momentum. The course's is 0.9.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.SGD`` with ``momentum`` and ``nesterov=True``. Here :math:`\theta` is the point
    where the gradient is taken, the look-ahead point of the original method.

    Examples
    --------
    >>> rule, theta = Nesterov(lr=0.1, momentum=0.5), torch.zeros(1)
    >>> theta, state = rule.update(theta, torch.ones(1), rule.init(theta))
    >>> theta, state.b
    (tensor([-0.1500]), tensor([1.]))

    References
    ----------
    Nesterov (1983), "A method of solving a convex programming problem with convergence rate
    O(1/k^2)", Soviet Mathematics Doklady 27, 372-376. In this form: Sutskever, Martens, Dahl and
    Hinton (2013), "On the importance of initialization and momentum in deep learning",
    https://proceedings.mlr.press/v28/sutskever13.html.
    """

    lr: Number = 1e-3
    momentum: Number = 0.9
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> NesterovState:
        """Return the state before the first step: the ball at rest."""
        return NesterovState(b=self._zeros_like(theta))

    def update(
        self, theta: Tensor, grad: Tensor, state: NesterovState
    ) -> tuple[Tensor, NesterovState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        b = self.momentum * state.b + g
        theta = theta - self.lr * (g + self.momentum * b)
        return theta, NesterovState(b)


class AdagradState(NamedTuple):
    """What Adagrad carries from step to step: ``t`` (steps taken), sum of squares ``s``."""

    t: Tensor
    s: Tensor


@dataclass(frozen=True)
class Adagrad(_Checked):
    r"""Adagrad: each coordinate's step is divided by the root of all its squared gradients.

    .. math::

        s_t &= s_{t-1} + g_t^2 \\
        \theta_t &= \theta_{t-1}
                    - \frac{\eta}{1 + (t - 1)\, \delta}\, g_t / (\sqrt{s_t} + \epsilon)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    lr_decay : float or Tensor, at least 0
        :math:`\delta`, how fast the learning rate itself falls.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.
    initial_accumulator_value : float or Tensor, at least 0
        :math:`s_0`.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root. With 0, a coordinate whose gradients have all been
        zero becomes NaN.

    Examples
    --------
    >>> rule, theta = Adagrad(lr=0.1), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.01]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    References
    ----------
    Duchi, Hazan and Singer (2011), "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", https://jmlr.org/papers/v12/duchi11a.html.
    """

    lr: Number = 1e-2
    lr_decay: Number = 0.0
    weight_decay: Number = 0.0
    initial_accumulator_value: Number = 0.0
    eps: Number = 1e-10

    def init(self, theta: Tensor) -> AdagradState:
        """Return the state before the first step: no steps taken, the sum at its first value."""
        zero = self._zeros_like(theta)
        return AdagradState(t=zero.new_zeros(()), s=zero + self.initial_accumulator_value)

    def update(
        self, theta: Tensor, grad: Tensor, state: AdagradState
    ) -> tuple[Tensor, AdagradState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        t = state.t + 1
        s = state.s + g**2
        step = self.lr * g / (1 + (t - 1) * self.lr_decay)
        theta = theta - step / (s.sqrt() + self.eps)
        return theta, AdagradState(t, s)


class RMSpropState(NamedTuple):
    """What RMSprop carries: mean square ``v``, mean ``m`` (if centred), momentum buffer ``b``."""

    v: Tensor
    m: Tensor
    b: Tensor


@dataclass(frozen=True)
class RMSprop(_Checked):
    r"""RMSprop: each coordinate's step is divided by a running root mean square of its gradients.

    .. math::

        v_t &= \alpha\, v_{t-1} + (1 - \alpha)\, g_t^2 \\
        b_t &= \mu\, b_{t-1} + g_t / (\sqrt{v_t} + \epsilon) \\
        \theta_t &= \theta_{t-1} - \eta\, b_t

    If centred, the root is of :math:`v_t - m_t^2`, an estimate of the gradient's variance, with
    :math:`m_t = \alpha\, m_{t-1} + (1 - \alpha)\, g_t`.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    alpha : float or Tensor, in [0, 1)
        :math:`\alpha`, the decay rate of the running means.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root (some libraries add it inside).
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.
    momentum : float or Tensor, at least 0
        :math:`\mu`; with 0, the plain rule, :math:`b_t` is just the scaled gradient.
    centered : bool
        Whether the mean is subtracted.

    Notes
    -----
    While the gradient stands still, rounding can take :math:`v_t - m_t^2` below zero. It counts as
    zero here; in torch its root is NaN, and so are the parameters from then on.

    Examples
    --------
    The running mean starts at zero and is not corrected for it, so the first step is
    :math:`1/\sqrt{1-\alpha}` times ``lr``:

    >>> rule, theta = RMSprop(lr=0.01, alpha=0.99), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.5]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    References
    ----------
    Tieleman and Hinton (2012), "Lecture 6.5 - RMSprop", COURSERA: Neural Networks for Machine
    Learning. Centred: Graves (2013), "Generating Sequences With Recurrent Neural Networks",
    https://arxiv.org/abs/1308.0850.
    """

    lr: Number = 1e-2
    alpha: Number = 0.99
    eps: Number = 1e-8
    weight_decay: Number = 0.0
    momentum: Number = 0.0
    centered: bool = False

    def init(self, theta: Tensor) -> RMSpropState:
        """Return the state before the first step: both means and the buffer zero."""
        zero = self._zeros_like(theta)
        return RMSpropState(v=zero, m=zero, b=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: RMSpropState
    ) -> tuple[Tensor, RMSpropState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        v = self.alpha * state.v + (1 - self.alpha) * g**2
        m = self.alpha * state.m + (1 - self.alpha) * g if self.centered else state.m
        variance = (v - m**2).clamp(min=0)  # which rounding may take below zero
        b = self.momentum * state.b + g / (variance.sqrt() + self.eps)
        theta = theta - self.lr * b
        return theta, RMSpropState(v, m, b)


class AdadeltaState(NamedTuple):
    """What Adadelta carries: running mean squares ``v`` of gradients and ``u`` of steps."""

    v: Tensor
    u: Tensor


@dataclass(frozen=True)
class Adadelta(_Checked):
    r"""Adadelta: RMSprop whose learning rate is the running size of its own steps.

    .. math::

        v_t &= \rho\, v_{t-1} + (1 - \rho)\, g_t^2 \\
        \Delta_t &= \sqrt{u_{t-1} + \epsilon}\, /\, \sqrt{v_t + \epsilon}\; g_t \\
        u_t &= \rho\, u_{t-1} + (1 - \rho)\, \Delta_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\, \Delta_t

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, which multiplies the step; the paper has none, which is 1.
    rho : float or Tensor, in [0, 1)
        :math:`\rho`, the decay rate of both running means.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added inside both roots. It starts the motion: with 0 nothing moves.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Examples
    --------
    Its steps start near :math:`\sqrt{\epsilon / (1 - \rho)}`, whatever the gradient:

    >>> rule, theta = Adadelta(rho=0.9, eps=1e-3), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -300.0]), rule.init(theta))
    >>> theta
    tensor([-0.0999,  0.1000])

    References
    ----------
    Zeiler (2012), "ADADELTA: An Adaptive Learning Rate Method", https://arxiv.org/abs/1212.5701,
    Algorithm 1.
    """

    lr: Number = 1.0
    rho: Number = 0.9
    eps: Number = 1e-6
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AdadeltaState:
        """Return the state before the first step: both running means zero."""
        zero = self._zeros_like(theta)
        return AdadeltaState(v=zero, u=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: AdadeltaState
    ) -> tuple[Tensor, AdadeltaState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        v = self.rho * state.v + (1 - self.rho) * g**2
        delta = (state.u + self.eps).sqrt() / (v + self.eps).sqrt() * g
        u = self.rho * state.u + (1 - self.rho) * delta**2
        theta = theta - self.lr * delta
        return theta, AdadeltaState(v, u)


class AdamState(NamedTuple):
    """What Adam carries from step to step: ``t`` (steps taken), moment estimates ``m``, ``v``."""

    t: Tensor
    m: Tensor
    v: Tensor


@dataclass(frozen=True)
class Adam(_Checked):
    r"""Adam: a step along the first moment, scaled by the root of the second.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate: about how far a coordinate moves in one step.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate. ``torch.optim.Adam`` takes
        the two rates as a pair, ``betas``.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the second moment's estimate.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root. With 0, a coordinate whose gradients have all been
        zero becomes NaN.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty. Its gradient is scaled like any other; for
        decay that is not, see :class:`AdamW`.

    Returns
    -------
    Adam
        The rule. ``init`` returns an :class:`AdamState` whose ``t`` has shape ``()`` and whose
        moments have that of ``theta``; ``update`` returns the next ``theta`` and state.

    Raises
    ------
    TypeError
        If a hyper-parameter is neither a real number nor a real tensor.
    ValueError
        If a hyper-parameter is not finite or lies outside its range.

    Examples
    --------
    Whatever the gradient's scale, the first step has length ``lr`` in every coordinate:

    >>> rule, theta = Adam(lr=0.1), torch.zeros(2)
    >>> theta, state = rule.update(theta, torch.tensor([3.0, -0.01]), rule.init(theta))
    >>> theta
    tensor([-0.1000,  0.1000])

    A learning rate a row makes a row an optimizer:

    >>> rule, theta = Adam(lr=torch.tensor([[0.1], [0.2], [0.4]])), torch.zeros(3, 1)
    >>> theta, state = rule.update(theta, torch.ones(3, 1), rule.init(theta))
    >>> theta[:, 0]
    tensor([-0.1000, -0.2000, -0.4000])

    References
    ----------
    Kingma and Ba (2015), "Adam: A Method for Stochastic Optimization",
    https://arxiv.org/abs/1412.6980, Algorithm 1.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        zero = self._zeros_like(theta)
        return AdamState(t=zero.new_zeros(()), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        theta = theta - self.lr * m_hat / (v_hat.sqrt() + self.eps)
        return theta, AdamState(t, m, v)


class AMSGradState(NamedTuple):
    """What AMSGrad carries: Adam's ``t``, ``m``, ``v``, and ``v_max``, the largest ``v`` so far."""

    t: Tensor
    m: Tensor
    v: Tensor
    v_max: Tensor


@dataclass(frozen=True)
class AMSGrad(_Checked):
    r"""AMSGrad: Adam divided by the largest second moment so far, so that steps can't grow back.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        v^{\max}_t &= \max(v^{\max}_{t-1}, v_t) \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v^{\max}_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the second moment's estimate.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`, the strength of the L2 penalty.

    Notes
    -----
    ``torch.optim.Adam`` with ``amsgrad=True``: the maximum is taken before the correction. The
    paper corrects neither moment.

    Examples
    --------
    One large gradient is never forgotten:

    >>> rule, theta = AMSGrad(beta2=0.5), torch.zeros(1)
    >>> state = rule.init(theta)
    >>> for grad in (10.0, 0.0, 0.0):
    ...     theta, state = rule.update(theta, torch.tensor([grad]), state)
    >>> state.v, state.v_max
    (tensor([12.5000]), tensor([50.]))

    References
    ----------
    Reddi, Kale and Kumar (2018), "On the Convergence of Adam and Beyond",
    https://arxiv.org/abs/1904.09237, Algorithm 2.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 0.0

    def init(self, theta: Tensor) -> AMSGradState:
        """Return the state before the first step: no steps taken, all moments zero."""
        zero = self._zeros_like(theta)
        return AMSGradState(t=zero.new_zeros(()), m=zero, v=zero, v_max=zero)

    def update(
        self, theta: Tensor, grad: Tensor, state: AMSGradState
    ) -> tuple[Tensor, AMSGradState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        _require.alike("theta", theta, "grad", grad)
        g = grad + self.weight_decay * theta
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        v_max = torch.maximum(state.v_max, v)
        m_hat = m / (1 - self.beta1**t)
        v_hat = v_max / (1 - self.beta2**t)
        theta = theta - self.lr * m_hat / (v_hat.sqrt() + self.eps)
        return theta, AMSGradState(t, m, v, v_max)


@dataclass(frozen=True)
class AdamW(_Checked):
    r"""AdamW: Adam whose weight decay goes past the moments, straight to the parameters.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t), \qquad \hat v_t = v_t / (1 - \beta_2^t) \\
        \theta_t &= \theta_{t-1} - \eta\, \lambda\, \theta_{t-1}
                    - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    Here :math:`g` is ``grad`` alone.

    Parameters
    ----------
    lr : float or Tensor, at least 0
        :math:`\eta`, the learning rate.
    beta1 : float or Tensor, in [0, 1)
        :math:`\beta_1`, the decay rate of the first moment's estimate.
    beta2 : float or Tensor, in [0, 1)
        :math:`\beta_2`, the decay rate of the second moment's estimate.
    eps : float or Tensor, at least 0
        :math:`\epsilon`, added outside the root.
    weight_decay : float or Tensor, at least 0
        :math:`\lambda`; a step shrinks every parameter by the factor :math:`1 - \eta\lambda`.

    Notes
    -----
    ``torch.optim.AdamW``. In the paper the decay is multiplied by the schedule alone and not by
    :math:`\eta`.

    Examples
    --------
    Without a gradient only the decay is left:

    >>> rule, theta = AdamW(lr=0.1, weight_decay=0.5), torch.ones(1)
    >>> rule.update(theta, torch.zeros(1), rule.init(theta))[0]
    tensor([0.9500])

    References
    ----------
    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization",
    https://arxiv.org/abs/1711.05101, Algorithm 2.
    """

    lr: Number = 1e-3
    beta1: Number = 0.9
    beta2: Number = 0.999
    eps: Number = 1e-8
    weight_decay: Number = 1e-2

    def init(self, theta: Tensor) -> AdamState:
        """Return the state before the first step: no steps taken, both moments zero."""
        zero = self._zeros_like(theta)
        return AdamState(t=zero.new_zeros(()), m=zero, v=zero)

    def update(self, theta: Tensor, grad: Tensor, state: AdamState) -> tuple[Tensor, AdamState]:
        """Take one step from ``theta`` against ``grad``; return the new point and state."""
        g = _require.alike("theta", theta, "grad", grad)
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        theta = theta - self.lr * self.weight_decay * theta
        theta = theta - self.lr * m_hat / (v_hat.sqrt() + self.eps)
        return theta, AdamState(t, m, v)


RULES: tuple[type[Rule], ...] = (
    SGD,
    Momentum,
    Nesterov,
    Adagrad,
    RMSprop,
    Adadelta,
    Adam,
    AMSGrad,
    AdamW,
)
"""Every rule of this module, in the order in which the course tells of them."""


_TORCH_KEYS = ("params", "param_names", "initial_lr")


class TorchOptimizer(torch.optim.Optimizer):
    """A ``torch.optim.Optimizer`` that steps by any rule.

    It trains an ``nn.Module`` as torch's own optimizers do: under ``torch.optim.lr_scheduler``,
    through ``state_dict`` and ``load_state_dict``, with parameter groups. A group may set any of
    the rule's hyper-parameters for itself, and each is read anew at every step.

    Parameters
    ----------
    params : iterable
        Parameters, named parameters or groups of them, as for any ``torch.optim.Optimizer``. They
        must be float32 or float64.
    rule : Rule
        How to step. Its hyper-parameters are the groups' defaults.

    Raises
    ------
    TypeError
        If ``rule`` is no rule, or a group sets what is none of its hyper-parameters.
    ValueError
        If a group's hyper-parameter is out of range, or ``params`` is empty.

    Notes
    -----
    A parameter's state is a dict of the fields of the rule's state. A scheduler that moves momentum
    as well, such as ``OneCycleLR``, needs ``cycle_momentum=False`` unless the rule has a field
    ``momentum``: torch looks for a pair ``betas``, and ours are ``beta1`` and ``beta2``.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = TorchOptimizer([weight], SGD(lr=0.25))
    >>> scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     weight.square().sum().backward()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> weight.data
    tensor([0.3750])
    """

    def __init__(self, params: ParamsT, rule: Rule) -> None:
        # a scheduler fills a tensor's value in place: it may not be the rule's own
        defaults = {
            name: value.clone() if isinstance(value, Tensor) else value
            for name, value in hyper_parameters(rule).items()
        }
        self.rule = rule
        super().__init__(params, defaults)

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle and copy keep: torch's part and the rule."""
        return {**super().__getstate__(), "rule": self.rule}

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, with hyper-parameters of their own if wanted.

        Parameters
        ----------
        param_group : dict
            ``params`` and any of the rule's hyper-parameters.

        Raises
        ------
        TypeError
            If the group sets what is none of the rule's hyper-parameters.
        ValueError
            If a hyper-parameter is out of range.
        """
        known = hyper_parameters(self.rule)
        own = {name: value for name, value in param_group.items() if name not in _TORCH_KEYS}
        for name in own:
            if name not in known:
                raise TypeError(f"param_group may set {sorted(known)}, got {name!r}")
        replace(self.rule, **own)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Step every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Clears the gradients, computes the loss and its gradients, and returns the loss.

        Returns
        -------
        float or None
            What ``closure`` returned.

        Raises
        ------
        TypeError, ValueError
            If a group's hyper-parameter has been set to what the rule does not allow, or does not
            broadcast to a parameter of its group.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            rule = replace(self.rule, **{name: group[name] for name in hyper_parameters(self.rule)})
            for param in group["params"]:
                if param.grad is not None:
                    state = rule.init(param)._replace(**self.state[param])
                    theta, state = rule.update(param, param.grad, state)
                    param.copy_(_require.alike("param", param, "rule.update(...)", theta))
                    self.state[param] = state._asdict()
        return loss
