"""Splits and scaling."""

import math

import numpy as np
import pandas as pd
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from coursekit import data


@settings(max_examples=60)
@given(
    n=st.integers(3, 60),
    shares=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    seed=st.integers(0, 2**63 - 1),
    classes=st.integers(1, 3),
)
def test_parts_hold_every_row_once(n: int, shares: list[int], seed: int, classes: int) -> None:
    rows = torch.arange(n)
    fractions = [share / sum(shares) for share in shares]
    wanted = torch.tensor(fractions).double().cumsum(0) * n
    try:
        parts = data.split(rows, fractions, seed=seed, stratify=rows % classes)
    except ValueError as error:
        assert "every part" in str(error)  # noqa: PT017 - only some draws are too small
        return
    assert sorted(torch.cat(parts).tolist()) == rows.tolist()
    ends = torch.tensor([len(part) for part in parts]).cumsum(0)
    assert bool(((ends - wanted).abs() <= 0.5 * classes + 1e-6).all())
    for label in range(classes):
        of_class = torch.tensor([int((part % classes == label).sum()) for part in parts]).cumsum(0)
        wanted_of_class = wanted / n * int((rows % classes == label).sum())
        assert bool(((of_class - wanted_of_class).abs() <= 0.5 + 1e-6).all())


def test_parts_are_in_random_order_and_a_seed_is_its_split() -> None:
    rows = torch.arange(100)
    labels = rows // 50
    for stratify in (None, labels):
        first, again, other = (
            data.split(rows, (0.5, 0.5), seed=seed, stratify=stratify) for seed in (0, 0, 1)
        )
        assert torch.equal(first[0], again[0])
        assert not torch.equal(first[0], other[0])
        assert first[0].tolist() != sorted(first[0].tolist())
        halves = labels[first[0]]
        assert halves.tolist() != sorted(halves.tolist())


def test_every_row_is_as_likely_to_be_tested() -> None:
    rows = torch.arange(10)
    times = torch.zeros(10)
    for seed in range(1000):
        times[data.split(rows, (0.7, 0.3), seed=seed)[1]] += 1
    assert bool(((times - 300).abs() < 5 * math.sqrt(1000 * 0.3 * 0.7)).all())


def test_what_is_split_keeps_its_kind_and_its_rows_together() -> None:
    samples = data.line(20, 2.0, 1.0, 0.0, seed=0)
    for part in data.split(samples, (0.6, 0.4), seed=0):
        assert isinstance(part, data.Samples)
        torch.testing.assert_close(part.y, 2 * part.x + 1)
    for triple in data.split((samples.x, samples.y, samples.x), (0.6, 0.4), seed=0):
        assert type(triple) is tuple
        assert torch.equal(triple[0], triple[2])
        torch.testing.assert_close(triple[1], 2 * triple[0] + 1)
    frame = data.iris()
    parts = data.split(frame, (0.6, 0.4), seed=0, stratify="species")
    pd.testing.assert_frame_equal(pd.concat(parts).sort_index(), frame)
    assert [part["species"].value_counts().tolist() for part in parts] == [[30] * 3, [20] * 3]


def test_a_single_tensor_may_come_in_a_tuple() -> None:
    (first,), (second,) = data.split((torch.arange(4),), (0.5, 0.5), seed=0)
    assert sorted(torch.cat([first, second]).tolist()) == [0, 1, 2, 3]


def test_fractions_sum_to_one_in_double_precision() -> None:
    parts = data.split(torch.arange(20), [0.1] * 10, seed=0)
    assert [len(part) for part in parts] == [2] * 10


def test_splitting_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    data.split(torch.arange(9), (0.5, 0.5), seed=0, stratify=torch.arange(9) % 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_standardize_is_scikit_learns_scaler_fitted_on_the_first_part_only() -> None:
    x, _ = data.tensors(data.wine(), "cultivar")
    train, test = x[:100], x[100:]
    scaler = StandardScaler().fit(train)
    for got, part in zip(data.standardize(train, test), (train, test), strict=True):
        np.testing.assert_allclose(got, scaler.transform(part), rtol=1e-12, atol=1e-12)


def test_a_constant_feature_is_shifted_and_not_scaled() -> None:
    train = torch.tensor([[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]], dtype=torch.float64)
    scaled, other = data.standardize(train, train + 1)
    torch.testing.assert_close(scaled[:, 0], torch.zeros(3, dtype=torch.float64))
    torch.testing.assert_close(other[:, 0], torch.ones(3, dtype=torch.float64))


def test_a_single_feature_may_come_without_a_dimension_of_its_own() -> None:
    train, test = data.standardize(torch.tensor([1.0, 3.0]), torch.tensor([5.0]))
    assert (train.tolist(), test.tolist()) == ([-1.0, 1.0], [3.0])


def test_one_row_is_constant_in_every_feature() -> None:
    (scaled,) = data.standardize(torch.tensor([[2.0, 3.0]]))
    assert scaled.tolist() == [[0.0, 0.0]]


def test_frames_are_standardized_as_tensors_are() -> None:
    frame = data.diabetes()[:20]
    parts = data.standardize(frame[:12], frame[12:])
    tensors = [torch.tensor(part.to_numpy(dtype=float)) for part in (frame[:12], frame[12:])]
    for got, expected, part in zip(
        parts, data.standardize(*tensors), (frame[:12], frame[12:]), strict=True
    ):
        np.testing.assert_array_equal(got, expected)
        assert got.columns.equals(part.columns)
        assert got.index.equals(part.index)
