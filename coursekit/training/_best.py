"""The best epoch so far."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from torch import Tensor, nn

from coursekit import _require


class Best:
    """The best epoch so far, for early stopping; without patience it is never past."""

    def __init__(self, model: nn.Module, patience: int | None, validated: bool) -> None:
        if patience is not None:
            _require.integer("patience", patience, low=1)
            if not validated:
                raise ValueError("patience must come with a validation set, got validation=None")
        self.model = model
        self.patience = patience
        self.loss = float("inf")
        self.since = 0
        self.state: dict[str, Tensor] | None = None

    def is_past(self, row: Mapping[str, float]) -> bool:
        if self.patience is None:
            return False
        if row["validation_loss"] < self.loss:
            self.loss, self.since = row["validation_loss"], 0
            self.state = copy.deepcopy(self.model.state_dict())
        else:
            self.since += 1
        return self.since >= self.patience

    def restore(self) -> None:
        if self.state is not None:
            self.model.load_state_dict(self.state)
