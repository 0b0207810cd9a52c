"""From a frame to tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from coursekit import _require
from coursekit.data._arguments import checked_column, checked_frame, numeric
from coursekit.data.samples import Samples

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tensors"]


def tensors(
    frame: pd.DataFrame, target: str | int, *, dtype: torch.dtype = torch.float64
) -> Samples:
    """Turn a frame into samples: one column is the target, all others are the features.

    Parameters
    ----------
    frame
        ``n`` rows; the feature columns hold numbers, of which missing ones become NaN.
    target
        The column to predict. Categories become their codes, integers stay and True is 1, all as
        ``int64``; real numbers become ``dtype``.
    dtype
        ``torch.float64`` or ``torch.float32``.

    Returns
    -------
    Samples
        ``x`` of shape ``(n, columns - 1)``, in the frame's order, and ``y`` of shape ``(n,)``.

    Raises
    ------
    TypeError
        If ``frame`` is no frame, ``target`` no column's label, ``dtype`` no dtype, a feature column
        does not hold numbers, or the target neither numbers nor categories.
    ValueError
        If ``frame`` is empty, has no column ``target``, or no other column, if a class or an
        integer is missing in the target or beyond int64, or if ``dtype`` is another dtype.

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
    checked_column("target", target, frame)
    features = frame.drop(columns=target)
    if features.shape[1] == 0:
        raise ValueError(f"frame must have a feature column beside the target {target!r}")
    x = torch.tensor(numeric("frame", features).to_numpy(dtype=float), dtype=dtype)
    labels = frame[target]
    names_classes = isinstance(labels.dtype, pd.CategoricalDtype)
    whole = pd.api.types.is_integer_dtype(labels) or pd.api.types.is_bool_dtype(labels)
    if (names_classes or whole) and labels.isna().any():  # no int64 says so
        row = int(labels.isna().to_numpy().argmax())
        raise ValueError(f"target {target!r} must have no missing values, got one in row {row}")
    if names_classes:
        return Samples(x, torch.tensor(labels.cat.codes.to_numpy(), dtype=torch.int64))
    numbers = numeric("frame", frame[[target]])[target].to_numpy()
    if whole and int(numbers.max()) >= 2**63:  # uint64
        raise ValueError(f"target {target!r} must fit int64, got {numbers.max()}")
    return Samples(x, torch.tensor(numbers, dtype=torch.int64 if whole else dtype))
