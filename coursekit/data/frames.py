"""From a frame to tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from coursekit import _require
from coursekit.data._arguments import checked_frame, numeric
from coursekit.data.samples import Samples

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tensors"]


def tensors(frame: pd.DataFrame, target: str, *, dtype: torch.dtype = torch.float64) -> Samples:
    """Turn a frame into samples: one column is the target, all others are the features.

    Parameters
    ----------
    frame
        ``n`` rows; the feature columns hold numbers.
    target
        The column to predict. Categories become their codes and integers stay, both as ``int64``;
        real numbers become ``dtype``.
    dtype
        ``torch.float64`` or ``torch.float32``.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, columns - 1)``, in the frame's order, and ``y`` of shape ``(n,)``.

    Raises
    ------
    TypeError
        If ``frame`` is no frame, or a feature column does not hold numbers.
    ValueError
        If ``frame`` is empty, has no column ``target``, or no other column.

    Examples
    --------
    >>> from coursekit.data import iris
    >>> x, y = tensors(iris(), "species")
    >>> x.shape, y.bincount()
    (torch.Size([150, 4]), tensor([50, 50, 50]))
    """
    import pandas as pd

    _require.precision("dtype", dtype)
    checked_frame("frame", frame)
    _require.choice("target", target, [str(column) for column in frame.columns])
    features = frame.drop(columns=target)
    if features.shape[1] == 0:
        raise ValueError(f"frame must have a feature column beside the target {target!r}")
    x = torch.tensor(numeric("frame", features).to_numpy(dtype=float), dtype=dtype)
    labels = frame[target]
    if isinstance(labels.dtype, pd.CategoricalDtype):
        return Samples(x, torch.tensor(labels.cat.codes.to_numpy(), dtype=torch.int64))
    whole = pd.api.types.is_integer_dtype(labels) or pd.api.types.is_bool_dtype(labels)
    numbers = numeric("frame", frame[[target]])[target].to_numpy()
    return Samples(x, torch.tensor(numbers, dtype=torch.int64 if whole else dtype))
