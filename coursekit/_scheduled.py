"""A rule under a schedule, for whatever runs one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from torch import Tensor

from coursekit import _require
from coursekit._require import Number
from coursekit.optim._rule import at_rate

Rule = TypeVar("Rule")
Schedule = Callable[[int], Number]


class Scheduled(Generic[Rule]):
    """``rule`` with the learning rate that ``schedule`` gives it, step by step.

    ``fitted`` makes a tensor of factors go with ``theta``, or says why it can't. A factor that is
    the number it was a step before leaves the rule as it was then: it is not made and checked anew.
    """

    def __init__(
        self,
        rule: Rule,
        schedule: Schedule | None,
        fitted: Callable[[str, Tensor, Tensor], Tensor],
    ) -> None:
        self.rule = self.now = rule
        self.schedule = schedule
        self.fitted = fitted
        self.factor: Number | None = None
        self.asked: int | None = None

    def at(self, step: int, theta: Tensor) -> Rule:
        """Return the rule that takes ``step`` from ``theta``."""
        if self.schedule is None:
            return self.rule
        if step == self.asked:  # for the state's beginning, and again for the step
            return self.now
        self.asked = step
        name = f"schedule({step})"
        factor = _require.number(name, self.schedule(step), low=0)
        if isinstance(factor, Tensor):
            factor = self.fitted(name, factor, theta)
        elif factor == self.factor:
            return self.now
        self.factor = None if isinstance(factor, Tensor) else factor
        rule: Any = self.rule  # some dataclass with a learning rate
        self.now = at_rate(rule, rule.lr * factor)
        return self.now
