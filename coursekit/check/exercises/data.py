"""Going through the data in mini-batches."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import torch
from torch import Tensor

from coursekit.check._common import (
    case_of,
)
from coursekit.check._declare import exercise
from coursekit.check._exercise import (
    Bugs,
    Call,
    Exercise,
    Scenario,
    Script,
    Unreadable,
    Values,
    kind_of,
)
from coursekit.check._text import Text

__all__ = ["minibatches"]


# --- mini-batches ---------------------------------------------------------------------------------

_MOST = 64  # batches that are looked at: more than any epoch here has

_NOT_BATCHES = Text(
    "batches are to come one after another, each a pair of tensors `(X_batch, y_batch)`, of "
    "shapes (m, d) and (m,) for m samples, but your function gives {got}.",
    "应当逐个给出小批量，每个都是一对张量 `(X_batch, y_batch)`，m 个样本时形状为 (m, d) 和 (m,)。"
    "你的函数给出的却是{got}。",
)

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class _Epochs:
    """Batches of two epochs in a row, and of the first again from the same generator state."""

    n: int
    batches: tuple[list[Any], list[Any], list[Any]]


def _three_epochs(
    function: Callable[..., Any], X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Any:
    def epoch() -> Any:
        returned = function(X, y, batch_size, generator)
        if isinstance(returned, tuple) and all(isinstance(part, Tensor) for part in returned):
            return [returned]  # one batch, handed back in the place of an iterable of batches
        return list(islice(returned, _MOST)) if isinstance(returned, Iterable) else returned

    start = generator.get_state()
    first = epoch()
    if not isinstance(first, list) or any(part is Ellipsis for part in first):
        return first
    second = epoch()
    generator.set_state(start)
    return _Epochs(len(y), (first, second, epoch()))


def _read_epochs(returned: Any, exercise: Exercise) -> Values:  # noqa: ARG001
    """Say what is true of the batches, whatever their order: sizes from the largest down."""
    if not isinstance(returned, _Epochs):
        raise Unreadable("not_batches", _NOT_BATCHES.format(got=kind_of(returned)))
    first, second, again = ([_rows(batch) for batch in epoch] for epoch in returned.batches)
    sizes = torch.zeros(_MOST, dtype=torch.float64)
    sizes[: len(first)] = torch.tensor(sorted((float(len(rows)) for rows in first), reverse=True))
    order = _in_a_row(first)
    heads = [rows[0] for rows in first if rows]
    strides = Counter((b - a) % returned.n for rows in first for a, b in pairwise(rows))
    mixed = 2 * max(strides.values(), default=0) <= strides.total()  # no stride is the rule
    mixed = mixed and bool(strides)
    facts = (
        set(order) == set(range(returned.n)),
        len(set(order)) == len(order),
        all(first),
        all(_paired(batch) for epoch in returned.batches for batch in epoch),
        mixed,
        any(len({row // max(map(len, first)) for row in rows}) > 1 for rows in first),
        mixed or any(b < a for a, b in pairwise(heads)),
        order != _in_a_row(second),
        order == _in_a_row(again),
    )
    return sizes, *(torch.tensor(float(fact), dtype=torch.float64) for fact in facts)


def _rows(batch: Any) -> list[int]:
    """Return which samples a batch holds: their first feature is their number."""
    pair = isinstance(batch, tuple | list) and len(batch) == 2
    if not pair or not all(isinstance(part, Tensor) for part in batch):
        raise Unreadable("not_batches", _NOT_BATCHES.format(got=kind_of(batch)))
    features, targets = batch
    if features.ndim != 2 or targets.shape != features.shape[:1]:
        one, two = (tuple(part.shape) for part in batch)
        got = Text("a pair of shapes {one} and {two}", "形状为 {one} 和 {two} 的一对张量")
        got = got.format(one=one, two=two)
        raise Unreadable("not_batches", _NOT_BATCHES.format(got=got))
    return [round(number) for number in features[:, 0].tolist()]


def _in_a_row(epoch: list[list[int]]) -> list[int]:
    return [row for rows in epoch for row in rows]


def _paired(batch: Batch) -> bool:
    features, targets = batch
    return bool(torch.equal(features[:, 0] + 100, targets))


def _minibatch_calls() -> Script:
    for number, (n, batch_size) in enumerate(((34, 4), (32, 4), (20, 32), (33, 8)), 1):
        i = torch.arange(n, dtype=torch.float64)
        generator = torch.Generator().manual_seed(number)
        where = case_of(number)
        yield Call(where, (torch.stack([i, -i], 1), 100 + i, batch_size, generator))


@exercise(
    (
        "size_of_batch",
        "every_sample_seen",
        "no_sample_twice",
        "no_batch_empty",
        "pairs_kept",
        "batches_mixed",
        "blocks_mixed",
        "order_mixed",
        "new_order_each_epoch",
        "same_order_from_same_seed",
    ),
    (Scenario(_minibatch_calls),),
    read=_read_epochs,
    ask=_three_epochs,
    measured=False,
    given_back="batches",
)
def minibatches(
    bugs: Bugs, X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[Batch]:
    """Check an iteration over mini-batches: every sample once an epoch, in a new random order.

    Function
    --------
    features ``(n, d)``, targets ``(n,)``, an int and a ``torch.Generator``; pairs ``(X_batch,
    y_batch)`` back, one after another, from a generator function, a list or a ``DataLoader``. The
    last batch may be smaller.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_batches(X, y, batch_size, generator):
    ...     for start in range(0, len(y), batch_size):
    ...         yield X[start : start + batch_size], y[start : start + batch_size]
    >>> check.minibatches(my_batches).mistake
    'no_shuffle'
    """
    n = len(y)
    if "ignores_generator" in bugs:
        generator = torch.default_generator
    if "same_order" in bugs:
        generator = torch.Generator().manual_seed(0)
    order = torch.arange(n)
    if not {"no_shuffle", "only_batches_shuffled", "rolled"} & bugs:
        order = torch.randperm(n, generator=generator)
    if "within_blocks" in bugs:
        blocks = torch.split(torch.arange(n), batch_size)
        order = torch.cat([rows[torch.randperm(len(rows), generator=generator)] for rows in blocks])
    if "rolled" in bugs:
        order = torch.arange(n).roll(int(torch.randint(n, (1,), generator=generator)))
    if "with_replacement" in bugs:
        order = torch.randint(n, (n,), generator=generator)
    if "fills_last" in bugs:
        order = torch.cat([order, order[: -n % batch_size]])
    batches = list(torch.split(order, batch_size))
    if "evened_out" in bugs:
        batches = list(torch.chunk(order, -(-n // batch_size)))
    if "counts_batches" in bugs:
        batches = list(torch.chunk(order, batch_size))
    if "stops_before_last" in bugs:
        batches = batches[:-1]
    if "fresh_permutation" in bugs:
        batches = [torch.randperm(n, generator=generator)[: len(rows)] for rows in batches]
    if "one_row_short" in bugs:
        batches = [rows[: batch_size - 1] for rows in batches]
    if "overlapping" in bugs:
        batches = [order[start : start + batch_size] for start in range(n)]
    if "overlapping_few" in bugs:
        batches = [order[start : start + batch_size] for start in range(-(-n // batch_size))]
    if "always_empty" in bugs or ("empty_last" in bugs and n % batch_size == 0):
        batches.append(order[:0])
    if "all_at_once" in bugs:
        batches = [order]
    if "single_samples" in bugs:
        batches = list(torch.split(order, 1))
    if "drops_last" in bugs and len(batches[-1]) < batch_size:
        batches = batches[:-1]
    if "one_batch" in bugs:
        batches = batches[:1]
    if "only_batches_shuffled" in bugs:
        batches = [batches[i] for i in torch.randperm(len(batches), generator=generator)]
    if "starts_over" in bugs:
        batches = batches * _MOST
    for rows in batches:
        yield X[rows], y[rows.roll(1)] if "pairs_broken" in bugs else y[rows]
