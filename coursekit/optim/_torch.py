"""Any rule in the place of one of torch's optimizers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from coursekit import _require
from coursekit.optim._rule import Rule, hyper_parameters

_TORCH_KEYS = ("params", "param_names", "initial_lr")


def _own(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values``, a copy of each tensor: a scheduler fills a group's own in place.

    No gradient goes through :meth:`TorchOptimizer.step`, and torch copies leaves alone.
    """
    return {
        name: value.detach().clone() if isinstance(value, Tensor) else value
        for name, value in values.items()
    }


class TorchOptimizer(torch.optim.Optimizer):
    """A ``torch.optim.Optimizer`` that steps by any rule.

    It trains an ``nn.Module`` as torch's own optimizers do: under ``torch.optim.lr_scheduler``,
    through ``state_dict`` and ``load_state_dict``, with parameter groups. A group may set any of
    the rule's hyper-parameters for itself, and each is read anew at every step.

    Parameters
    ----------
    params : iterable
        Parameters, named parameters or groups of them, as for any ``torch.optim.Optimizer``. They
        must be float32 or float64, and their gradients dense.
    rule : Rule
        How to step. Its hyper-parameters are the groups' defaults.

    Raises
    ------
    TypeError
        If ``rule`` is no rule, or a group sets what is none of its hyper-parameters or not of their
        kind. torch says what is wrong with ``params``.
    ValueError
        If a group's hyper-parameter is out of range, or ``params`` is empty or names one twice.

    Notes
    -----
    A rule is handed copies of a parameter and its gradient, and may keep them. A parameter's state
    is a dict of the fields of the rule's state. A scheduler that moves momentum
    as well, such as ``OneCycleLR``, needs ``cycle_momentum=False`` unless the rule has a field
    ``momentum``: torch looks for a pair ``betas``, and ours are ``beta1`` and ``beta2``.

    Examples
    --------
    >>> from coursekit.optim import SGD
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
        self.rule = replace(rule, **_own(hyper_parameters(rule)))
        super().__init__(params, hyper_parameters(self.rule))

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
            If the group is no dict, or sets what is none of the rule's hyper-parameters or not of
            their kind.
        ValueError
            If the group has no ``params``, or one that is in another group, or a hyper-parameter
            is out of range.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, got {param_group!r}")
        if "params" not in param_group:
            raise ValueError(f"param_group must have 'params', got {sorted(param_group)}")
        known = hyper_parameters(self.rule)
        own = {name: value for name, value in param_group.items() if name not in _TORCH_KEYS}
        for name in own:
            if name not in known:
                raise TypeError(f"param_group may set {sorted(known)}, got {name!r}")
        replace(self.rule, **own)
        super().add_param_group({**param_group, **_own({**known, **own})})

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
            broadcast to a parameter of its group, a parameter is neither float32 nor float64, or a
            gradient is sparse. No parameter has moved.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    _require.alike("param", param, "param.grad", param.grad)
        moved = []
        for group in self.param_groups:
            rule = replace(self.rule, **{name: group[name] for name in hyper_parameters(self.rule)})
            for param in group["params"]:
                if param.grad is not None:
                    # a rule may keep what it is given, and these two change in place
                    theta, grad = param.detach().clone(), param.grad.detach().clone()
                    state = rule.init(theta)._replace(**self.state.get(param, {}))
                    theta, state = rule.update(theta, grad, state)
                    _require.alike("param", param, "rule.update(...)", theta)
                    moved.append((param, theta, state))
        for param, theta, state in moved:  # all of them or, had one raised, none
            param.copy_(theta)
            self.state[param] = state._asdict()
        return loss
