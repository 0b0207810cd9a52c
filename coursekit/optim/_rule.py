"""What an update rule is, and what all of them ask of their hyper-parameters."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, TypeVar

import torch
from torch import Tensor

from coursekit import _require
from coursekit._require import Number


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
            If ``theta`` is not such a tensor, or the hyper-parameters do not broadcast against it
            and each other.
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


Asked = Callable[[str, Any], Any]
"""Takes a hyper-parameter's name and value, returns it checked, raises unless it is allowed."""


def between(**limits: Any) -> Asked:
    """Return the question whether a hyper-parameter is a number inside these limits."""
    return lambda name, value: _require.number(name, value, **limits)


_AT_LEAST_0 = between(low=0)
_RATE = between(low=0, high=1, high_open=True)
_ASKED: Mapping[str, Asked] = {
    "dampening": between(low=0, high=1),
    "alpha": _RATE,
    "rho": _RATE,
    "beta": _RATE,
    "beta1": _RATE,
    "beta2": _RATE,
}
"""What rules ask of hyper-parameters that are not just numbers of at least 0."""


@dataclass(frozen=True)
class Checked:
    """A rule whose hyper-parameters are checked: alone when it is made, against theta in init."""

    lr: Number

    dims: ClassVar[int] = 0
    """How many of theta's last dimensions are one parameter: 0 where coordinates go their own."""

    asked: ClassVar[Mapping[str, Asked]] = MappingProxyType({})
    """What this rule asks of some hyper-parameters, beyond what all rules do."""

    def __post_init__(self) -> None:
        for name, value in hyper_parameters(self).items():
            object.__setattr__(self, name, self._asked(name, value))  # it is frozen

    def _asked(self, name: str, value: Any) -> Any:
        if name in self.asked:
            return self.asked[name](name, value)
        if isinstance(getattr(type(self), name), bool):
            return _require.boolean(name, value)
        return _ASKED.get(name, _AT_LEAST_0)(name, value)

    def _zeros_like(self, theta: Tensor, min_dims: int | None = None) -> Tensor:
        """Return zeros shaped like ``theta``, once it is known that this rule can step it."""
        _require.parameters("theta", theta, min_dims=self.dims if min_dims is None else min_dims)
        hyper = hyper_parameters(self)
        for name, value in hyper.items():
            if isinstance(value, Tensor):
                _require.broadcasts(name, value, "theta", theta)
        _require.all_broadcast(hyper, "theta", theta.shape)
        return torch.zeros_like(theta)


Some = TypeVar("Some")


def at_rate(rule: Some, lr: Number) -> Some:
    """Return a rule, or any dataclass with ``lr``, at another rate.

    Of one of ours the rest was checked when it was made, and is not checked again at each step.
    """
    if not isinstance(rule, Checked) or type(rule).__post_init__ is not Checked.__post_init__:
        return replace(rule, lr=lr)  # type: ignore[type-var]
    other = copy(rule)
    object.__setattr__(other, "lr", rule._asked("lr", lr))  # it is frozen
    return other


def hyper_parameters(rule: Rule | Checked) -> dict[str, Any]:
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
    >>> from coursekit.optim import Momentum
    >>> hyper_parameters(Momentum(lr=0.1))
    {'lr': 0.1, 'momentum': 0.9, 'dampening': 0.0, 'weight_decay': 0.0}
    """
    is_one = is_dataclass(rule) and all(hasattr(rule, name) for name in ("lr", "init", "update"))
    if isinstance(rule, type) or not is_one:
        raise TypeError(f"rule must be an update rule such as SGD(lr=0.1), got {rule!r}")
    return {field.name: getattr(rule, field.name) for field in fields(rule)}
