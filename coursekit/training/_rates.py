"""The optimizer's learning rates under a schedule."""

from __future__ import annotations

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from coursekit import _require
from coursekit.schedules import ReduceOnPlateau


class Rates:
    """The optimizer's learning rates under a schedule: set for each update or after an epoch."""

    def __init__(self, optimizer: Optimizer, schedule: object) -> None:
        self.groups = optimizer.param_groups
        self.own = [group["lr"] for group in self.groups]
        for lr in self.own:
            if isinstance(lr, Tensor) and lr.numel() != 1:
                raise ValueError(
                    f"optimizer must have one learning rate a parameter group, which the history "
                    f"records, got a tensor of shape {tuple(lr.shape)}"
                )
        self.step = 0
        self.schedule = schedule
        if isinstance(schedule, ReduceOnPlateau):
            self.plateau = schedule.init()
        elif isinstance(schedule, LRScheduler):
            if schedule.optimizer is not optimizer:
                raise ValueError("schedule must be a scheduler of this optimizer, got another's")
        elif schedule is not None and not callable(schedule):
            raise TypeError(f"schedule must be a schedule or a function, got {schedule!r}")

    def before_update(self) -> None:
        if callable(self.schedule):
            factor = _require.number(f"schedule({self.step})", self.schedule(self.step), low=0)
            if isinstance(factor, Tensor) and factor.numel() != 1:
                raise ValueError(
                    f"schedule({self.step}) must be one number, got shape {tuple(factor.shape)}"
                )
            self._multiply(float(factor))
            self.step += 1

    def after_epoch(self, loss: float) -> None:
        if isinstance(self.schedule, ReduceOnPlateau):
            factor, self.plateau = self.schedule.update(loss, self.plateau)
            self._multiply(factor.item())
        elif isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(loss)
        elif isinstance(self.schedule, LRScheduler):
            self.schedule.step()

    @property
    def current(self) -> float:
        return float(self.groups[0]["lr"])

    def restore(self) -> None:
        if self.schedule is not None and not isinstance(self.schedule, LRScheduler):
            for group, lr in zip(self.groups, self.own, strict=True):
                group["lr"] = lr

    def _multiply(self, factor: float) -> None:
        for group, lr in zip(self.groups, self.own, strict=True):
            group["lr"] = lr * factor
