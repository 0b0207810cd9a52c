"""Data sets: their shapes, distributions, seeds and splits, and what they refuse."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from coursekit import data

CENTERS = [[0.0, 0.0, 5.0], [1.0, 2.0, 3.0]]
GENERATORS: dict[Callable[..., data.Samples], dict[str, Any]] = {
    data.curve: {"function": torch.sin, "noise": 0.5, "low": -1.0, "high": 2.0},
    data.line: {"slope": 2.0, "intercept": -3.0, "noise": 0.5, "low": -1.0, "high": 2.0},
    data.sine: {"noise": 0.5, "low": 0.0, "high": 2.0, "amplitude": 3.0, "frequency": 0.5},
    data.linear: {"weights": [1.0, -2.0, 0.5], "noise": 0.5, "intercept": 1.0, "correlation": 0.3},
    data.sparse: {"weights": [1.0, -2.0, 0.5, 4.0], "active": 2, "noise": 0.5, "rarity": 1.0},
    data.logistic: {"weights": [1.0, -2.0], "intercept": 0.5, "correlation": 0.3},
    data.blobs: {"centers": CENTERS, "spread": 0.5},
    data.moons: {"noise": 0.1},
    data.spirals: {"noise": 0.1, "classes": 3, "turns": 1.5},
}
FEATURES = {
    data.linear: 3,
    data.sparse: 4,
    data.logistic: 2,
    data.blobs: 3,
    data.moons: 2,
    data.spirals: 2,
}
CLASSIFIERS = (data.logistic, data.blobs, data.moons, data.spirals)
BUNDLED = (
    data.diabetes,
    data.digits,
    data.iris,
    data.wine,
    data.breast_cancer,
)

each_generator = pytest.mark.parametrize("make", GENERATORS, ids=lambda make: make.__name__)
each_seed = pytest.mark.parametrize("seed", range(4))


def in_sds(values: Tensor, expected: float, sd: float) -> float:
    """How many standard errors the mean of ``values`` is off; beyond 5 happens once in 10^6."""
    return abs(float(values.double().mean()) - expected) / (sd / math.sqrt(values.numel()))


# What all generators share


@each_generator
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("datasets", [None, 1, 4])
def test_shapes_and_dtypes_keep_the_convention(
    make: Callable[..., data.Samples], dtype: torch.dtype, datasets: int | None
) -> None:
    x, y = make(7, **GENERATORS[make], seed=0, datasets=datasets, dtype=dtype)
    leading = (7,) if datasets is None else (datasets, 7)
    features = (FEATURES[make],) if make in FEATURES else ()
    assert x.shape == (*leading, *features)
    assert y.shape == leading
    assert x.dtype == dtype
    assert y.dtype == (torch.int64 if make in CLASSIFIERS else dtype)


@each_generator
def test_one_sample_is_enough(make: Callable[..., data.Samples]) -> None:
    assert make(1, **GENERATORS[make], seed=0).y.shape == (1,)


DEFAULTS: dict[Callable[..., data.Samples], dict[str, float]] = {
    data.curve: {"low": 0.0, "high": 1.0},
    data.line: {"low": 0.0, "high": 1.0},
    data.sine: {"low": 0.0, "high": 1.0, "amplitude": 1.0, "frequency": 1.0},
    data.linear: {"intercept": 0.0, "correlation": 0.0},
    data.sparse: {"rarity": 1.0},
    data.logistic: {"intercept": 0.0, "correlation": 0.0},
    data.blobs: {"spread": 1.0},
    data.moons: {"noise": 0.1},
    data.spirals: {"noise": 0.02, "classes": 2, "turns": 1.0},
}


@each_generator
def test_what_is_left_out_has_the_value_that_the_signature_shows(
    make: Callable[..., data.Samples],
) -> None:
    signature = inspect.signature(make).parameters
    assert {name: signature[name].default for name in DEFAULTS[make]} == DEFAULTS[make]
    given = {k: v for k, v in GENERATORS[make].items() if k not in DEFAULTS[make]}
    short = make(30, **given, seed=0)
    long = make(30, **given, **DEFAULTS[make], seed=0, datasets=None, dtype=torch.float64)
    assert torch.equal(short.x, long.x)
    assert torch.equal(short.y, long.y)


@each_generator
def test_a_seed_is_its_samples(make: Callable[..., data.Samples]) -> None:
    first, again, other = (make(50, **GENERATORS[make], seed=seed) for seed in (3, 3, 4))
    assert torch.equal(first.x, again.x)
    assert torch.equal(first.y, again.y)
    assert not torch.equal(first.x, other.x)


@each_generator
def test_data_sets_of_one_call_differ(make: Callable[..., data.Samples]) -> None:
    x, _ = make(50, **GENERATORS[make], seed=0, datasets=3)
    assert not torch.equal(x[0], x[1])
    assert not torch.equal(x[1], x[2])


@each_generator
def test_the_global_generator_is_neither_read_nor_moved(make: Callable[..., data.Samples]) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = make(20, **GENERATORS[make], seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(make(20, **GENERATORS[make], seed=0).x, first.x)


@each_generator
@pytest.mark.parametrize("datasets", [None, 3])
def test_a_frame_has_a_row_for_every_sample(
    make: Callable[..., data.Samples], datasets: int | None
) -> None:
    x, y = samples = make(5, **GENERATORS[make], seed=0, datasets=datasets)
    frame = samples.to_frame()
    names = [f"x{j}" for j in range(FEATURES[make])] if make in FEATURES else ["x"]
    assert frame.columns.tolist() == [*(["dataset"] if datasets else []), *names, "y"]
    np.testing.assert_array_equal(frame[names].to_numpy().ravel(), x.flatten().numpy())
    np.testing.assert_array_equal(frame["y"], y.flatten().numpy())
    if datasets:
        assert frame["dataset"].tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_samples_move_together() -> None:
    moved = data.moons(4, seed=0).to("meta")
    assert moved.x.device.type == moved.y.device.type == "meta"


# Their distributions


@each_seed
@pytest.mark.parametrize(
    ("make", "f"),
    [
        (data.curve, torch.sin),
        (data.line, lambda x: 2 * x - 3),
        (data.sine, lambda x: 3 * torch.sin(torch.pi * x)),
    ],
)
def test_curves_are_a_uniform_x_and_gaussian_noise_around_f(
    make: Callable[..., data.Samples], f: Callable[[Tensor], Tensor], seed: int
) -> None:
    low, high = GENERATORS[make]["low"], GENERATORS[make]["high"]
    x, y = make(20_000, **GENERATORS[make], seed=seed)
    assert low <= float(x.min()) < low + 0.01
    assert high - 0.01 < float(x.max()) < high
    assert in_sds(x, (low + high) / 2, (high - low) / math.sqrt(12)) < 5
    assert in_sds((x - (low + high) / 2) ** 2, (high - low) ** 2 / 12, (high - low) ** 2 / 13) < 5
    noise = y - f(x)
    assert in_sds(noise, 0, 0.5) < 5
    assert in_sds(noise**2, 0.25, 0.25 * math.sqrt(2)) < 5
    assert in_sds(noise**4, 3 * 0.5**4, 0.5**4 * math.sqrt(96)) < 5
    assert in_sds(noise * x, 0, 0.5 * max(abs(low), abs(high))) < 5


def test_a_sine_is_of_one_period_and_height_one_by_default() -> None:
    x, y = data.sine(50, 0.0, seed=0)
    torch.testing.assert_close(y, torch.sin(2 * torch.pi * x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_is_an_int64_and_not_below_zero(seed: int) -> None:
    data.line(3, 1.0, 0.0, 1.0, seed=2**63 - 1)
    with pytest.raises(ValueError, match=r"^seed must be an integer in"):
        data.line(3, 1.0, 0.0, 1.0, seed=seed)


@each_seed
def test_the_slope_of_a_least_squares_line_has_its_textbook_spread(seed: int) -> None:
    x, y = data.line(40, 5.0, 7.0, 0.25, seed=seed, datasets=4000)
    centred = x - x.mean(-1, keepdim=True)
    slopes = (centred * y).sum(-1) / centred.square().sum(-1)
    z = (slopes - 5) * centred.square().sum(-1).sqrt() / 0.25
    assert in_sds(z, 0, 1) < 5
    assert in_sds(z**2, 1, math.sqrt(2)) < 5


def test_x_stays_below_high_where_rounding_would_reach_it() -> None:
    x, _ = data.curve(400_000, torch.sin, 0.0, 4096.0, 4097.0, seed=0, dtype=torch.float32)
    assert float(x.max()) < 4097.0
    assert float(x.min()) >= 4096.0


def test_x_fills_an_interval_that_single_precision_cannot_hold() -> None:
    x, _ = data.curve(50, torch.sin, 0.0, 0.0, 1e-100, seed=0)
    assert float(x.min()) > 0.0


def test_numbers_keep_double_precision() -> None:
    x, _ = data.blobs(3, [[0.1, 0.2]], 0.0, seed=0)
    assert x.tolist() == [[0.1, 0.2]] * 3


def test_one_class_is_a_class() -> None:
    assert data.blobs(3, 1, 0.0, seed=0).x.tolist() == [[4.0, 0.0]] * 3
    assert data.spirals(3, classes=1, seed=0).y.tolist() == [0, 0, 0]


@each_seed
def test_linear_features_have_unit_variance_and_one_correlation(seed: int) -> None:
    x, y = data.linear(20_000, [1.0, -2.0, 0.5], 0.5, intercept=1.0, correlation=0.3, seed=seed)
    for i in range(3):
        assert in_sds(x[:, i], 0, 1) < 5
        assert in_sds(x[:, i] ** 2, 1, math.sqrt(2)) < 5
        for j in range(i):
            assert in_sds(x[:, i] * x[:, j], 0.3, math.sqrt(1 + 0.3**2)) < 5
    noise = y - (x[:, 0] - 2 * x[:, 1] + 0.5 * x[:, 2] + 1.0)
    assert in_sds(noise, 0, 0.5) < 5
    assert in_sds(noise**2, 0.25, 0.25 * math.sqrt(2)) < 5


@pytest.mark.parametrize("correlation", [0.0, 1.0])
def test_correlation_reaches_both_ends(correlation: float) -> None:
    x, _ = data.linear(1000, [1.0, 1.0], 0.0, correlation=correlation, seed=0)
    off = (x[:, 0] - x[:, 1]).abs().max()
    assert (off == 0) == (correlation == 1.0)


@each_seed
@pytest.mark.parametrize("rarity", [0.0, 1, 2.0])
def test_sparse_features_fire_as_often_as_their_rarity_says(seed: int, rarity: float) -> None:
    w = torch.tensor([1.0, 2.0, 3.0, 4.0])
    x, y = data.sparse(20_000, w, active=1, noise=0.5, rarity=rarity, seed=seed)
    assert set(torch.unique(x).tolist()) == {0.0, 1.0}
    assert bool((x.sum(-1) == 1).all())
    chance = torch.arange(1.0, 5.0) ** -rarity
    for j, p in enumerate((chance / chance.sum()).tolist()):
        assert in_sds(x[:, j], p, math.sqrt(p * (1 - p))) < 5
    noise = y - x @ w.double()
    assert in_sds(noise, 0, 0.5) < 5
    assert in_sds(noise**2, 0.25, 0.25 * math.sqrt(2)) < 5


def test_sparse_samples_switch_on_exactly_so_many() -> None:
    x, y = data.sparse(200, [1.0, 2.0, 4.0, 8.0], active=3, noise=0.0, seed=0, datasets=2)
    assert bool((x.sum(-1) == 3).all())
    assert torch.equal(y, x @ torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=torch.float64))
    assert set(torch.unique(y).tolist()) == {7.0, 11.0, 13.0, 14.0}


@each_seed
def test_logistic_classes_follow_the_sigmoid(seed: int) -> None:
    x, y = data.logistic(20_000, [1.5, -2.0], intercept=0.5, correlation=0.3, seed=seed)
    p = torch.sigmoid(1.5 * x[:, 0] - 2 * x[:, 1] + 0.5)
    pull = (y - p) / (p * (1 - p)).sqrt()
    assert in_sds(pull, 0, 1) < 5
    # The score of logistic regression has mean zero at the true weights.
    assert in_sds((y - p) * x[:, 0], 0, 0.5) < 5
    assert in_sds(x[:, 0] * x[:, 1], 0.3, math.sqrt(1 + 0.3**2)) < 5


@each_seed
def test_blobs_are_round_clouds_around_their_centres(seed: int) -> None:
    x, y = data.blobs(10_001, CENTERS, spread=0.5, seed=seed)
    assert y.bincount().tolist() == [5001, 5000]
    assert in_sds(y[:5000].double(), 0.5, 0.5) < 5  # not class after class
    offset = x - torch.tensor(CENTERS, dtype=torch.float64)[y]
    for j in range(3):
        assert in_sds(offset[:, j], 0, 0.5) < 5
        assert in_sds(offset[:, j] ** 2, 0.25, 0.25 * math.sqrt(2)) < 5


def test_a_number_of_centres_puts_them_on_a_circle() -> None:
    x, y = data.blobs(40, 4, spread=0.0, seed=0)
    corners = torch.tensor([[4, 0], [0, 4], [-4, 0], [0, -4]], dtype=torch.float64)
    torch.testing.assert_close(x, corners[y], rtol=0, atol=1e-12)


def test_moons_are_two_half_circles() -> None:
    x, y = data.moons(2001, noise=0.0, seed=0)
    assert y.bincount().tolist() == [1001, 1000]
    upper, lower = x[y == 0], x[y == 1]
    torch.testing.assert_close(upper.norm(dim=-1), torch.ones(1001, dtype=torch.float64))
    assert bool((upper[:, 1] >= 0).all())
    from_middle = lower - torch.tensor([1.0, 0.5], dtype=torch.float64)
    torch.testing.assert_close(from_middle.norm(dim=-1), torch.ones(1000, dtype=torch.float64))
    assert bool((from_middle[:, 1] <= 0).all())
    for half in (upper, from_middle):  # all of each half, evenly
        assert in_sds(half[:, 0], 0, math.sqrt(0.5)) < 5
        assert float(half[:, 0].max() - half[:, 0].min()) > 1.99


@pytest.mark.parametrize("turns", [1.0, -0.5])
def test_spirals_wind_outwards_each_from_its_own_angle(turns: float) -> None:
    x, y = data.spirals(3000, noise=0.0, classes=3, turns=turns, seed=0)
    r = x.norm(dim=-1)
    assert y.bincount().tolist() == [1000, 1000, 1000]
    assert in_sds(r, 0.5, 1 / math.sqrt(12)) < 5
    once, _ = data.spirals(3000, noise=0.0, classes=3, seed=0)
    assert torch.equal(once, x) == (turns == 1.0)
    phi = 2 * math.pi * (turns * r + y / 3)
    torch.testing.assert_close(x, torch.stack([r * phi.cos(), r * phi.sin()], -1))


@each_seed
@pytest.mark.parametrize("make", [data.moons, data.spirals])
def test_noise_moves_both_coordinates_by_its_deviation(
    make: Callable[..., data.Samples], seed: int
) -> None:
    clean, noisy = (make(10_000, noise=noise, seed=seed) for noise in (0.0, 0.3))
    offset = noisy.x - clean.x
    assert torch.equal(noisy.y, clean.y)
    for j in range(2):
        assert in_sds(offset[:, j], 0, 0.3) < 5
        assert in_sds(offset[:, j] ** 2, 0.09, 0.09 * math.sqrt(2)) < 5
    assert in_sds(offset[:, 0] * offset[:, 1], 0, 0.09) < 5


# Bundled sets


@pytest.mark.parametrize("load", BUNDLED, ids=lambda load: load.__name__)
def test_bundled_numbers_are_scikit_learns(load: Callable[[], pd.DataFrame]) -> None:
    kwargs = {"scaled": False} if load is data.diabetes else {}
    bunch = getattr(sklearn.datasets, f"load_{load.__name__}")(**kwargs)
    frame = load()
    classes = {data.iris: "species", data.wine: "cultivar", data.breast_cancer: "diagnosis"}
    target = classes.get(load, frame.columns[-1])
    np.testing.assert_array_equal(frame.drop(columns=target), bunch.data)
    codes = frame[target].cat.codes if load in classes else frame[target]
    expected = 1 - bunch.target if load is data.breast_cancer else bunch.target
    np.testing.assert_array_equal(codes, expected)


@pytest.mark.parametrize("load", BUNDLED, ids=lambda load: load.__name__)
def test_the_docstring_names_every_column(load: Callable[[], pd.DataFrame]) -> None:
    text = load.__doc__ or ""
    for column in load().columns:
        assert column.isidentifier()
        stem = column.removeprefix("mean_").removeprefix("error_").removeprefix("worst_")
        if not column.startswith("pixel_"):
            assert f"``{stem}``" in text, column


def test_columns_are_named_for_what_they_measure() -> None:
    serum = ["tc", "ldl", "hdl", "tch", "ltg", "glu"]
    assert data.diabetes().columns.tolist() == ["age", "sex", "bmi", "bp", *serum, "progression"]


def test_class_names_are_those_of_the_sources() -> None:
    assert data.wine()["cultivar"].cat.categories.tolist() == ["A", "B", "C"]
    assert data.iris()["species"].cat.categories.tolist() == ["setosa", "versicolor", "virginica"]
    frame = data.breast_cancer()
    by_class = frame.groupby("diagnosis", observed=True)["mean_radius"].mean()
    assert by_class["malignant"] > by_class["benign"]
    assert frame["diagnosis"].cat.categories.tolist() == ["benign", "malignant"]
    assert data.digits().columns[[0, 1, 8, 63]].tolist() == [
        "pixel_0_0",
        "pixel_0_1",
        "pixel_1_0",
        "pixel_7_7",
    ]


# Frames to tensors


def test_tensors_keep_the_order_of_columns_and_rows() -> None:
    frame = data.diabetes()
    x, y = data.tensors(frame, "bmi", dtype=torch.float32)
    np.testing.assert_array_equal(x, frame.drop(columns="bmi").to_numpy(dtype="float32"))
    np.testing.assert_array_equal(y, frame["bmi"].to_numpy(dtype="float32"))
    assert x.dtype == y.dtype == torch.float32


def test_truth_values_among_the_features_are_numbers() -> None:
    frame = pd.DataFrame({"x": [0.5, 1.5], "on": [True, False], "y": [1.0, 2.0]})
    assert data.tensors(frame, "y").x.tolist() == [[0.5, 1.0], [1.5, 0.0]]
    (scaled,) = data.standardize(frame)
    assert scaled["on"].tolist() == [1.0, -1.0]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (pd.Categorical(["b", "a", "b"], categories=["b", "a"]), torch.int64, [0, 1, 0]),
        ([3, 1, 2], torch.int64, [3, 1, 2]),
        ([True, False, True], torch.int64, [1, 0, 1]),
        ([0.5, 1.0, 2.0], torch.float64, [0.5, 1.0, 2.0]),
    ],
)
def test_targets_become_classes_or_numbers(
    values: Any, dtype: torch.dtype, expected: list[float]
) -> None:
    _, y = data.tensors(pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": values}), "y")
    assert y.dtype == dtype
    assert y.tolist() == expected


# Splits


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


# Scaling


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


# Mini-batches


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


# What is refused

not_real = st.sampled_from(["1", None, True, 1j, [1.0], torch.ones(2)])
not_finite = st.sampled_from([math.nan, math.inf, -math.inf])
not_int = st.sampled_from(["1", None, True, 1.0, 2.5, math.nan, [1], torch.tensor(1)])
below_one = st.integers(max_value=0)
negative = st.floats(max_value=-1e-9)
not_numbers = st.sampled_from(
    ["12", None, 3.0, ["a"], [None], [], [[1.0]], [math.nan, 1.0], [1.0, math.inf],
     torch.ones(2, 2), torch.empty(0), torch.tensor([math.nan])]
)  # fmt: skip
BAD: dict[str, st.SearchStrategy[Any]] = {
    "n": not_int | below_one,
    "datasets": not_int.filter(lambda value: value is not None) | below_one,
    "seed": not_int | st.integers(max_value=-1) | st.integers(min_value=2**63),
    "dtype": st.sampled_from(
        ["float64", None, float, torch.int64, torch.float16, torch.bfloat16, torch.complex64]
    ),
    "noise": not_real | not_finite | negative,
    "spread": not_real | not_finite | negative,
    "low": not_real | not_finite,
    "high": not_real | not_finite | st.floats(max_value=-2.0),
    "function": st.sampled_from([None, 3.0, "sin", len, lambda x: x[:1], lambda x: x.long()]),
    "slope": not_real | not_finite,
    "intercept": not_real | not_finite,
    "amplitude": not_real | not_finite,
    "frequency": not_real | not_finite,
    "turns": not_real | not_finite,
    "weights": not_numbers,
    "correlation": not_real | not_finite | negative | st.floats(min_value=1 + 1e-9),
    "active": not_int | below_one | st.integers(min_value=5),
    "rarity": not_real | not_finite | negative | st.floats(min_value=8 + 1e-9),
    "centers": st.sampled_from(
        ["3", None, True, 2.0, [], [1.0], [[]], [[1.0], [1.0, 2.0]], [["a"]],
         torch.ones(3), torch.tensor([[math.nan]])]
    ) | below_one,
    "classes": not_int | below_one,
}  # fmt: skip


# The first value beyond each limit, and shapes that a later step would take.
AT_THE_EDGE: dict[str, list[Any]] = {
    "n": [0],
    "datasets": [0],
    "noise": [-1e-9],
    "spread": [-1e-9],
    "low": [math.inf],
    "weights": [[[1.0, 2.0]], torch.ones(2, 2), torch.tensor(1.0), []],
    "correlation": [-1e-9, 1.0 + 1e-9],
    "active": [0, 5],
    "rarity": [-1e-9, 8.0 + 1e-9],
    "centers": [0, [1.0, 2.0], [[[1.0]]]],
    "classes": [0],
    "seed": [-1, 2**63],
}


@each_generator
def test_generators_refuse_what_is_just_outside(make: Callable[..., data.Samples]) -> None:
    good = {"n": 5, "seed": 0, **GENERATORS[make]}
    limits = {**AT_THE_EDGE, "high": [good.get("low", 0.0)]}
    for argument in inspect.signature(make).parameters:
        for bad in limits.get(argument, []):
            with pytest.raises((TypeError, ValueError), match=f"^{argument} must"):
                make(**{**good, argument: bad})


@settings(max_examples=150)
@given(draw=st.data())
def test_generators_refuse_bad_arguments_by_name(draw: st.DataObject) -> None:
    make = draw.draw(st.sampled_from(list(GENERATORS)))
    argument = draw.draw(st.sampled_from(list(inspect.signature(make).parameters)))
    good = {"n": 5, "seed": 0, **GENERATORS[make]}
    with pytest.raises((TypeError, ValueError), match=f"^{argument}"):
        make(**{**good, argument: draw.draw(BAD[argument])})


@pytest.mark.parametrize("make", [data.line, data.linear, data.logistic])
def test_an_argument_of_each_kind_is_refused_wherever_it_occurs(
    make: Callable[..., data.Samples],
) -> None:
    good = {"n": 5, "seed": 0, **GENERATORS[make]}
    for argument in good:
        with pytest.raises((TypeError, ValueError), match=f"^{argument}"):
            make(**{**good, argument: "wrong"})


FRAME = data.iris()
ROWS = torch.arange(6.0)
REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str, type[Exception]]] = [
    (
        data.tensors,
        {"frame": ROWS, "target": "y"},
        "frame must be a pandas.DataFrame, got Tensor",
        TypeError,
    ),
    (data.tensors, {"frame": FRAME[:0], "target": "species"}, "frame", ValueError),
    (
        data.tensors,
        {"frame": FRAME, "target": "specie"},
        "target must be one of .*species",
        ValueError,
    ),
    (data.tensors, {"frame": FRAME, "target": 4}, "target", TypeError),
    (
        data.tensors,
        {"frame": FRAME[["species"]], "target": "species"},
        "frame must have a feature",
        ValueError,
    ),
    (data.tensors, {"frame": FRAME, "target": "petal_width"}, "frame must hold numbers", TypeError),
    (data.tensors, {"frame": FRAME, "target": "species", "dtype": torch.half}, "dtype", ValueError),
    (
        data.tensors,
        {"frame": pd.DataFrame({"x": [1.0], "y": ["a"]}), "target": "y"},
        "frame must hold numbers, got dtype .* in column 'y'",
        TypeError,
    ),
    (data.split, {"data": [1, 2], "fractions": (1.0,), "seed": 0}, "data", TypeError),
    (data.split, {"data": (), "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (data.split, {"data": torch.empty(0), "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (data.split, {"data": torch.tensor(1.0), "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (
        data.split,
        {"data": (ROWS, ROWS[1:]), "fractions": (1.0,), "seed": 0},
        r"data must .*\[6, 5\]",
        ValueError,
    ),
    (data.split, {"data": FRAME[:0], "fractions": (1.0,), "seed": 0}, "data", ValueError),
    (data.split, {"data": ROWS, "fractions": 0.5, "seed": 0}, "fractions", TypeError),
    (
        data.split,
        {"data": ROWS, "fractions": (0.5, 0.4), "seed": 0},
        "fractions must sum to 1",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.5, -0.5), "seed": 0},
        "fractions must be finite and > 0, got -0.5",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0, 0.0), "seed": 0},
        "fractions must be finite and > 0, got 0",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (0.99, 0.01), "seed": 0},
        r"fractions must .* parts of \[6, 0\] rows",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": [[0.5, 0.5]], "seed": 0},
        "fractions must have 1 dimension",
        ValueError,
    ),
    (data.split, {"data": ROWS, "fractions": (1.0,), "seed": -1}, "seed", ValueError),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": "y"},
        "stratify",
        TypeError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": ROWS[1:]},
        "stratify",
        ValueError,
    ),
    (
        data.split,
        {"data": FRAME, "fractions": (1.0,), "seed": 0, "stratify": "kind"},
        "stratify",
        ValueError,
    ),
    (
        data.split,
        {"data": ROWS, "fractions": (1.0,), "seed": 0, "stratify": torch.ones(6, 1)},
        "stratify",
        ValueError,
    ),
    (data.standardize, {"train": [1.0, 2.0]}, "train", TypeError),
    (data.standardize, {"train": torch.tensor([1, 2])}, "train", TypeError),
    (data.standardize, {"train": torch.tensor([math.nan, 2.0])}, "train", ValueError),
    (data.standardize, {"train": torch.tensor(2.0)}, "train", ValueError),
    (
        data.standardize,
        {"train": FRAME},
        "train must hold numbers, got dtype category in column 'species'",
        TypeError,
    ),
    (data.minibatches, {"n": 0, "batch_size": 1, "generator": None}, "n", ValueError),
    (data.minibatches, {"n": 2, "batch_size": 0, "generator": None}, "batch_size", ValueError),
    (data.minibatches, {"n": 2, "batch_size": 1.0, "generator": None}, "batch_size", TypeError),
    (data.minibatches, {"n": 2, "batch_size": 1, "generator": 0}, "generator", TypeError),
    (
        data.minibatches,
        {"n": 2, "batch_size": 1, "generator": None, "drop_last": 1},
        "drop_last",
        TypeError,
    ),
]


@pytest.mark.parametrize(("function", "arguments", "named", "kind"), REFUSED)
def test_bad_arguments_are_refused_by_name(
    function: Callable[..., Any], arguments: dict[str, Any], named: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=f"^{named}"):
        function(**arguments)


LENGTHS = FRAME[["sepal_length"]]


@pytest.mark.parametrize(
    ("train", "other", "kind", "message"),
    [
        (torch.ones(3, 2), FRAME, TypeError, "be a torch.Tensor"),
        (torch.ones(3, 2), torch.ones(2, 3), ValueError,
         r"have train's features \(2,\) and dtype torch.float32, got \(3,\) and torch.float32"),
        (torch.ones(3, 2), torch.ones(2, 2, dtype=torch.float64), ValueError,
         r"have train's features \(2,\) and dtype torch.float32, got \(2,\) and torch.float64"),
        (torch.ones(3, 2), torch.tensor([[1.0, math.inf]]), ValueError, "be finite"),
        (torch.ones(3, 2), torch.empty(0, 2), ValueError, "not be empty"),
        (torch.ones(3), torch.tensor(1.0), ValueError, r"have at least 1 dimension"),
        (LENGTHS, torch.ones(2, 1), TypeError, "be a pandas.DataFrame, got Tensor"),
        (LENGTHS, FRAME[["petal_length"]], ValueError,
         r"have train's columns \['sepal_length'\], got \['petal_length'\]"),
    ],
)  # fmt: skip
def test_other_parts_must_fit_the_training_part(
    train: Any, other: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=f"^others must {message}"):
        data.standardize(train, other)


def test_refusing_comes_before_drawing() -> None:
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    with pytest.raises(ValueError, match="batch_size"):
        data.minibatches(5, 0, generator)
    assert torch.equal(generator.get_state(), before)
