"""Samples drawn from a seed: shapes, distributions, seeds."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from coursekit import data
from tests.unit.data.cases import CENTERS, FEATURES, GENERATORS, each_generator

CLASSIFIERS = (data.logistic, data.blobs, data.moons, data.spirals)

each_seed = pytest.mark.parametrize("seed", range(4))


def in_sds(values: Tensor, expected: float, sd: float) -> float:
    """How many standard errors the mean of ``values`` is off; beyond 5 happens once in 10^6."""
    return abs(float(values.double().mean()) - expected) / (sd / math.sqrt(values.numel()))


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("of_its_own", [torch.float32, torch.float64])
def test_a_curve_has_one_dtype_whatever_its_function_computes_in(
    dtype: torch.dtype, of_its_own: torch.dtype
) -> None:
    x, y = data.curve(5, lambda x: x.to(of_its_own), noise=0.1, seed=0, dtype=dtype)
    assert (x.dtype, y.dtype) == (dtype, dtype)


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


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [(-1e308, 1e308, torch.float64), (0.0, 1e39, torch.float32), (-3e38, 3e38, torch.float32)],
)
def test_an_interval_that_overflows_is_refused(low: float, high: float, dtype: torch.dtype) -> None:
    with pytest.raises(ValueError, match=r"^low and high must be finite in torch.float.* dif"):
        data.curve(3, torch.sin, 0.0, low, high, seed=0, dtype=dtype)


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
    phi = 2 * math.pi * (turns * r + y.double() / 3)
    along = torch.stack([r * phi.cos(), r * phi.sin()], -1)
    torch.testing.assert_close(x, along, rtol=1e-12, atol=1e-12)


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


def test_a_number_of_centres_may_be_numpys() -> None:
    three: Any = np.int64(3)
    assert torch.equal(data.blobs(9, three, seed=0).x, data.blobs(9, 3, seed=0).x)
