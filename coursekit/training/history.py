"""What a training run saw, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History"]


@dataclass(frozen=True, eq=False)
class History:
    """What :func:`fit` saw, epoch by epoch.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an epoch: ``epoch`` (from 1), ``train_loss``, ``validation_loss`` (where there was a
        validation set), ``lr`` (of the first parameter group at the epoch's last update), and
        ``train_...``, ``validation_...`` for each metric.
    interrupted : bool
        Whether Ctrl-C ended the run; the epoch under way then has no row.
    """

    frame: pd.DataFrame
    interrupted: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the frame, free to be changed."""
        return self.frame.copy()

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, or training loss if there is no other.

        The first of equals; ValueError if every loss is NaN.
        """
        losses = self.frame.get("validation_loss", self.frame["train_loss"])
        if not losses.notna().any():
            raise ValueError("no epoch of this history has a loss that is a number")
        return int(self.frame["epoch"].iloc[int(losses.argmin())])
