"""What every generator returns: inputs and targets, as tensors or as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Samples"]


Numbers = Sequence[float] | Tensor
"""A handful of numbers, written as a list or held in a tensor."""


class Samples(NamedTuple):
    """Inputs and targets, which unpack as ``x, y = samples``.

    Attributes
    ----------
    x : Tensor, shape (..., n) or (..., n, d)
        Inputs: one feature, or ``d`` of them in the last dimension.
    y : Tensor, shape (..., n)
        Targets: of ``x``'s dtype, or ``int64`` where they name classes.
    """

    x: Tensor
    y: Tensor

    def to(self, device: torch.device | str) -> Samples:
        """Return the same samples on ``device``."""
        return Samples(self.x.to(device), self.y.to(device))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a sample, in order.

        Returns
        -------
        pandas.DataFrame
            Columns ``x`` (one feature) or ``x0, x1, ...`` (several), then ``y``; where there are
            several data sets, a column ``dataset`` that counts them from 0 stands in front.

        Examples
        --------
        >>> from coursekit.data import line
        >>> line(2, slope=2, intercept=1, noise=0, seed=0, datasets=2).to_frame().columns.tolist()
        ['dataset', 'x', 'y']
        """
        import pandas as pd

        x, y = self.x.detach().cpu(), self.y.detach().cpu()
        columns: dict[str, object] = {}
        if y.ndim > 1:
            rows = torch.arange(y.numel()) // y.shape[-1]
            columns["dataset"] = rows.numpy()
        if x.ndim == y.ndim:
            columns["x"] = x.flatten().numpy()
        else:
            for j, feature in enumerate(x.flatten(end_dim=-2).unbind(-1)):
                columns[f"x{j}"] = feature.numpy()
        columns["y"] = y.flatten().numpy()
        return pd.DataFrame(columns)
