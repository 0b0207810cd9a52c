"""Parts for training, validation and test, and the scale that the first of them sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, cast

import torch
from torch import Tensor

from coursekit import _require
from coursekit.data._arguments import checked_column, checked_frame, numeric
from coursekit.data.samples import Samples

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["split", "standardize"]


Data = TypeVar("Data", bound="Tensor | tuple[Tensor, ...] | pd.DataFrame")
"""What has rows: a tensor, several tensors with as many rows, or a frame."""


def split(
    data: Data,
    fractions: Sequence[float],
    *,
    seed: int,
    stratify: str | int | Tensor | None = None,
) -> tuple[Data, ...]:
    """Deal the rows out to parts at random, without overlap and without remainder.

    Parameters
    ----------
    data
        A tensor, a tuple of tensors (:class:`Samples` too) with as many rows each, or a frame.
        Rows are the first dimension: for several data sets in one tensor, those are the rows.
    fractions
        The parts' shares, each above 0, summing to 1: ``(0.6, 0.2, 0.2)`` for training, validation
        and test. The last row of a part is the cumulated share of the rows, rounded.
    seed
        At least 0. The same seed gives the same parts.
    stratify
        Labels, ``(n,)``, all finite, or for a frame the name of their column, where the rows
        without a label are a class too: each class is dealt out by the same fractions, so that its
        share is the same in every part, as far as it divides. Each is rounded by itself, so where
        classes are many and small the parts may be larger or smaller than their shares.

    Returns
    -------
    tuple
        One piece of data a fraction, of the kind of ``data``; rows in random order.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range, if the tensors differ in their
        number of rows, or if a part would be empty.

    Examples
    --------
    >>> from coursekit.data import iris
    >>> train, test = split(iris(), (0.8, 0.2), seed=0, stratify="species")
    >>> test["species"].value_counts().to_dict()
    {'setosa': 10, 'versicolor': 10, 'virginica': 10}
    """
    n = _rows(data)
    shares = _shares(fractions)
    generator = _require.seeded(seed)
    labels = _labels(data, n, stratify)
    parts: list[list[Tensor]] = [[] for _ in shares]
    for label in torch.unique(labels):
        rows = torch.nonzero(labels == label).flatten()
        rows = rows[torch.randperm(len(rows), generator=generator)]
        cuts = (shares.cumsum(0) * len(rows)).round().long()[:-1]
        for part, piece in zip(parts, rows.tensor_split(cuts), strict=True):
            part.append(piece)
    dealt = [torch.cat(part) for part in parts]
    if any(len(rows) == 0 for rows in dealt):
        sizes = [len(rows) for rows in dealt]
        raise ValueError(f"fractions must leave a row for every part, got parts of {sizes} rows")
    if stratify is not None:
        # Class after class as they are now; a batch should meet them mixed.
        dealt = [rows[torch.randperm(len(rows), generator=generator)] for rows in dealt]
    return tuple(_take(data, rows) for rows in dealt)


def _rows(data: object) -> int:
    if isinstance(data, Tensor):
        return len(_require.tensor("data", data, min_dims=1, floating=False))
    if not isinstance(data, tuple):
        return len(checked_frame("data", data, or_else="a tensor, a tuple of tensors or "))
    if not data:
        raise ValueError("data must hold at least one tensor, got an empty tuple")
    sizes = [len(_require.tensor("data", part, min_dims=1, floating=False)) for part in data]
    if len(set(sizes)) > 1:
        raise ValueError(f"data must be tensors with as many rows each, got {sizes}")
    return sizes[0]


def _shares(fractions: object) -> Tensor:
    shares = _require.numbers("fractions", fractions, 1, torch.float64)
    _require.number("fractions", shares, low=0, low_open=True)
    if abs(float(shares.sum()) - 1) > 1e-9:
        raise ValueError(f"fractions must sum to 1, got {shares.tolist()}")
    return shares


def _labels(data: object, n: int, stratify: object) -> Tensor:
    """Return one integer a row: equal where the rows are of one class."""
    if stratify is None:
        return torch.zeros(n, dtype=torch.int64)
    if isinstance(stratify, Tensor):
        labels = _require.tensor("stratify", stratify, dims=1, floating=False, finite=True)
        if len(labels) != n:
            raise ValueError(f"stratify must have a label for each of {n} rows, got {len(labels)}")
        return labels.cpu()
    if isinstance(data, Tensor | tuple):
        raise TypeError(f"stratify must be a tensor of labels for tensors, got {stratify!r}")
    frame = checked_frame("data", data)
    column = checked_column("stratify", stratify, frame)
    return torch.tensor(frame[column].factorize()[0])


def _take(data: Data, rows: Tensor) -> Data:
    if isinstance(data, Tensor):
        return cast("Data", data[rows.to(data.device)])
    if isinstance(data, tuple):
        parts = [part[rows.to(part.device)] for part in data]
        return cast("Data", Samples(*parts) if isinstance(data, Samples) else tuple(parts))
    return cast("Data", data.iloc[rows.numpy()])


Table = TypeVar("Table", bound="Tensor | pd.DataFrame")
"""Rows of numbers: a tensor or a frame."""


def standardize(train: Table, *others: Table) -> tuple[Table, ...]:
    r"""Shift and scale every feature by the mean and deviation that it has in ``train``.

    .. math:: z = \frac{x - \bar x_\text{train}}{s_\text{train}}, \qquad
        s^2 = \frac1n \sum_i (x_i - \bar x)^2

    Nothing of ``others`` enters the scaling: their rows were not seen. A feature that is constant
    in ``train`` is shifted and not scaled.

    Parameters
    ----------
    train
        A floating-point tensor of shape ``(n,)`` or ``(n, ...)``, or a frame of numbers, which
        come back as float64.
    others
        Validation and test parts, of the same kind and with the same features.

    Returns
    -------
    tuple
        ``train`` and every one of ``others``, scaled, in order.

    Raises
    ------
    TypeError
        If they are not all tensors or all frames, or a column does not hold numbers.
    ValueError
        If one is empty, holds NaN or infinity, or has other features or another dtype than
        ``train``.

    Examples
    --------
    >>> train, test = standardize(torch.tensor([1.0, 3.0]), torch.tensor([5.0]))
    >>> train, test
    (tensor([-1.,  1.]), tensor([3.]))
    """
    if isinstance(train, Tensor):
        return cast("tuple[Table, ...]", _standardized(train, others))
    import pandas as pd

    first = checked_frame("train", train, or_else="a floating-point tensor or ")
    rest = [checked_frame("others", other) for other in others]
    frames = [first, *rest]
    for frame in rest:
        if list(frame.columns) != list(first.columns):
            raise ValueError(
                f"others must have train's columns {list(first.columns)}, got {list(frame.columns)}"
            )
    numbers = [numeric("train", first), *(numeric("others", frame) for frame in rest)]
    values = [torch.tensor(each.to_numpy(dtype=float)) for each in numbers]
    scaled = zip(frames, _standardized(values[0], values[1:]), strict=True)
    parts = (pd.DataFrame(z.numpy(), index=f.index, columns=f.columns) for f, z in scaled)
    return cast("tuple[Table, ...]", tuple(parts))


def _standardized(train: Tensor, others: Sequence[object]) -> tuple[Tensor, ...]:
    _require.tensor("train", train, min_dims=1, finite=True)
    parts = [train]
    for other in others:
        part = _require.tensor("others", other, min_dims=1, finite=True)
        if part.shape[1:] != train.shape[1:] or part.dtype != train.dtype:
            raise ValueError(
                f"others must have train's features {tuple(train.shape[1:])} and dtype "
                f"{train.dtype}, got {tuple(part.shape[1:])} and {part.dtype}"
            )
        parts.append(part)
    mean, scale = train.mean(0), train.std(0, correction=0)
    # Rounding leaves a constant feature's deviation just above zero.
    scale = torch.where((train == train[0]).all(0), torch.ones_like(scale), scale)
    return tuple((part - mean) / scale for part in parts)
