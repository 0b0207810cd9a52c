"""Mini-batches."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from coursekit import data


@given(
    n=st.integers(1, 40),
    size=st.integers(1, 50),
    drop_last=st.booleans(),
    seed=st.none() | st.integers(0, 2**32),
)
def test_batches_cover_an_epoch(n: int, size: int, drop_last: bool, seed: int | None) -> None:
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    batches = list(data.minibatches(n, size, generator, drop_last))
    lengths = [len(batch) for batch in batches]
    whole, rest = divmod(n, size)
    assert lengths == [size] * whole + ([rest] if rest and not drop_last else [])
    rows = [int(row) for batch in batches for row in batch]
    assert len(set(rows)) == len(rows)
    if seed is None:
        assert rows == list(range(len(rows)))
    elif not drop_last:
        assert sorted(rows) == list(range(n))


def test_a_smaller_last_batch_is_kept_unless_told() -> None:
    assert [batch.tolist() for batch in data.minibatches(3, 2, None)] == [[0, 1], [2]]


def test_the_next_epoch_has_another_order() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.cat(list(data.minibatches(50, 7, generator))) for _ in range(2))
    assert not torch.equal(first, second)
    again = torch.cat(list(data.minibatches(50, 7, torch.Generator().manual_seed(0))))
    assert torch.equal(first, again)
