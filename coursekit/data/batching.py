"""One epoch's mini-batches."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from coursekit import _require

__all__ = ["minibatches"]


def minibatches(
    n: int, batch_size: int, generator: torch.Generator | None, drop_last: bool = False
) -> Iterator[Tensor]:
    """Yield the rows of one epoch's mini-batches: every row once, in random order.

    Parameters
    ----------
    n
        Rows in the data, at least 1.
    batch_size
        Rows in a batch, from 1; a batch size above ``n`` gives one batch of all, or none with
        ``drop_last``.
    generator
        Where the order is drawn from; it moves on, so that the next epoch's order is another.
        None keeps the rows in order.
    drop_last
        Leave out the last batch if it has fewer than ``batch_size`` rows.

    Yields
    ------
    Tensor
        Row numbers, ``int64``, of shape ``(batch_size,)``, the last batch's possibly shorter.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its range.

    Examples
    --------
    >>> [rows.tolist() for rows in minibatches(5, 2, None)]
    [[0, 1], [2, 3], [4]]
    """
    n = _require.integer("n", n, low=1)
    batch_size = _require.integer("batch_size", batch_size, low=1)
    _require.boolean("drop_last", drop_last)
    if generator is not None:
        _require.generator("generator", generator, when="or None")
    order = torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    batches = torch.split(order, batch_size)
    return iter(batches[:-1] if drop_last and len(batches[-1]) < batch_size else batches)
