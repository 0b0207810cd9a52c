"""Surfaces: what is said of their minima, curvature and shape, checked by autograd."""

import math
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from coursekit import surfaces
from coursekit.surfaces import Surface, bowl, get, names

F64 = torch.float64

every = pytest.mark.parametrize("surface", [get(name) for name in names()], ids=names())


def gradient(surface: Surface, point: Tensor) -> Tensor:
    slope: Tensor = torch.autograd.functional.jacobian(surface, point)  # type: ignore[no-untyped-call]
    return slope


def hessian(surface: Surface, point: Tensor) -> Tensor:
    curvature: Tensor = torch.autograd.functional.hessian(surface, point)  # type: ignore[no-untyped-call]
    return curvature


def random_points() -> Tensor:
    return torch.randn(9, 2, generator=torch.Generator().manual_seed(0), dtype=F64)


def around(point: Tensor, radius: float) -> Tensor:
    angle = torch.linspace(0, 2 * math.pi, 73, dtype=F64)[:-1]
    return point + radius * torch.stack((angle.cos(), angle.sin()), dim=-1)


@every
def test_minima_are_flat_points_below_all_their_neighbours(surface: Surface) -> None:
    assert len(surface.minima) > 0
    for minimum in surface.minima:
        torch.testing.assert_close(
            gradient(surface, minimum), torch.zeros(2, dtype=F64), rtol=0, atol=1e-10
        )
        assert (torch.linalg.eigvalsh(hessian(surface, minimum)) > 0).all()
        for radius in (1e-3, 1e-2, 0.1):
            assert (surface(around(minimum, radius)) > surface(minimum)).all()


@every
def test_no_minimum_is_listed_twice(surface: Surface) -> None:
    apart = torch.pdist(surface.minima)
    assert (apart > 0.5).all()


@every
def test_the_first_minimum_is_global_and_at_height_zero(surface: Surface) -> None:
    _, _, height = surface.grid(201)
    assert surface(surface.minima[0]).item() == pytest.approx(0, abs=1e-20)
    assert height.min() >= 0


@every
def test_minima_and_start_are_in_bounds_and_a_descent_can_leave_the_start(
    surface: Surface,
) -> None:
    low, high = torch.tensor(surface.bounds, dtype=F64).T
    for point in (*surface.minima, surface.start):
        assert ((low <= point) & (point <= high)).all()
    assert gradient(surface, surface.start).norm() > 1e-4


@every
@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("lead", [(), (1,), (5,), (2, 3)])
def test_leading_dimensions_are_independent_points(
    surface: Surface, dtype: torch.dtype, lead: tuple[int, ...]
) -> None:
    points = torch.rand(*lead, 2, generator=torch.Generator().manual_seed(0), dtype=dtype)
    heights = surface(points)
    assert (heights.shape, heights.dtype) == (lead, dtype)
    one_by_one = torch.stack([surface(point) for point in points.reshape(-1, 2)])
    torch.testing.assert_close(heights.reshape(-1), one_by_one)


# Values from the definitions, worked by hand.
@pytest.mark.parametrize(
    ("name", "point", "height"),
    [
        ("bowl", (2.0, 3.0), 47.0),
        ("turned-bowl", (1.0, 1.0), 1.0),
        ("turned-bowl", (-1.0, 1.0), 10.0),
        ("rosenbrock", (-1.0, 2.0), 104.0),
        ("beale", (0.0, 0.0), 14.203125),
        ("beale", (1.0, 2.0), 126.453125),
        ("himmelblau", (0.0, 0.0), 170.0),
        ("himmelblau", (1.0, 2.0), 68.0),
        ("rastrigin", (1.0, 2.0), 5.0),
        ("rastrigin", (0.5, 0.0), 20.25),
        ("two-wells", (1.0, 2.0), 2 + 1 / 3),
        ("two-wells", (0.0, 0.0), 5 / 12),
        ("saddle", (2.0, 0.0), 2.25),
        ("saddle", (0.0, 2.0), 2.25),
        ("plateau", (1.0, 2.0), 5 / 6),
    ],
)
def test_heights(name: str, point: tuple[float, float], height: float) -> None:
    assert get(name)(torch.tensor(point, dtype=F64)).item() == pytest.approx(height, rel=1e-14)


# Moré, Garbow and Hillstrom (1981), problems 1 and 5.
@pytest.mark.parametrize(("name", "start"), [("rosenbrock", (-1.2, 1.0)), ("beale", (1.0, 1.0))])
def test_the_classics_start_where_they_are_started(name: str, start: tuple[float, float]) -> None:
    assert tuple(get(name).start.tolist()) == start


@given(st.floats(1, 1e4), st.floats(-7, 7), st.floats(1e-3, 1e3))
def test_a_bowl_has_the_curvatures_asked_for_along_the_axes_asked_for(
    condition_number: float, angle: float, curvature: float
) -> None:
    surface = bowl(condition_number, angle, curvature)
    h = hessian(surface, torch.tensor([0.3, -0.7], dtype=F64))
    flat, steep = torch.linalg.eigvalsh(h)
    assert flat.item() == pytest.approx(curvature, rel=1e-9)
    assert (steep / flat).item() == pytest.approx(condition_number, rel=1e-9)
    along = torch.tensor([math.cos(angle), math.sin(angle)], dtype=F64)
    torch.testing.assert_close(
        h @ along, curvature * along, rtol=1e-9, atol=1e-12 * condition_number * curvature
    )


def test_a_bowl_starts_at_the_same_height_however_it_is_turned() -> None:
    straight, turned = bowl(50.0), bowl(50.0, angle=1.0)
    assert straight(straight.start).item() == pytest.approx(turned(turned.start).item())
    assert (straight.name, turned.name) == ("bowl", "turned-bowl")


def test_a_bowl_made_with_nothing_said_is_the_registered_one() -> None:
    made, registered = bowl(), get("bowl")
    assert made.minima.dtype == made.start.dtype == F64
    assert made.bounds == registered.bounds
    assert torch.equal(made.minima, registered.minima)
    assert torch.equal(made.start, registered.start)
    points = random_points()
    assert torch.equal(made(points), registered(points))


def test_the_registered_bowls_are_the_same_but_for_the_turn() -> None:
    for name in ("bowl", "turned-bowl"):
        curvatures = torch.linalg.eigvalsh(hessian(get(name), torch.zeros(2, dtype=F64)))
        torch.testing.assert_close(curvatures, torch.tensor([1.0, 10.0], dtype=F64))


def test_the_saddle_is_flat_at_the_origin_and_curves_both_ways() -> None:
    origin = torch.zeros(2, dtype=F64)
    assert torch.equal(gradient(get("saddle"), origin), origin)
    assert torch.linalg.eigvalsh(hessian(get("saddle"), origin)).tolist() == [-1.0, 1.0]


def test_the_wells_are_of_unequal_depth_and_parted_by_a_saddle() -> None:
    wells = get("two-wells")
    deep, shallow = wells(wells.minima)
    between = torch.tensor([0.25, 0.0], dtype=F64)
    assert gradient(wells, between).norm().item() == pytest.approx(0, abs=1e-15)
    low, high = torch.linalg.eigvalsh(hessian(wells, between))
    assert low < 0 < high
    assert deep < shallow < wells(between)


def test_the_plateau_is_flat_far_out() -> None:
    plateau = get("plateau")
    near, far = torch.tensor([0.5, 0.0], dtype=F64), torch.tensor([7.0, 0.0], dtype=F64)
    assert gradient(plateau, far).norm() < 0.01 * gradient(plateau, near).norm()


def test_rastrigin_has_a_well_near_every_integer_point() -> None:
    x, y, height = get("rastrigin").grid(1025)
    inner = height[1:-1, 1:-1]
    low = torch.ones_like(inner, dtype=torch.bool)
    for i in range(3):
        for j in range(3):
            if (i, j) != (1, 1):
                low &= inner < height[i : i + 1023, j : j + 1023]
    found = torch.stack((x[1:-1, 1:-1][low], y[1:-1, 1:-1][low]), dim=-1).round().int()
    wells = {(int(p), int(q)) for p, q in found}
    assert wells == {(i, j) for i in range(-5, 6) for j in range(-5, 6)}


@every
def test_the_grid_is_the_surface_over_its_bounds(surface: Surface) -> None:
    x, y, height = surface.grid(7)
    (left, right), (bottom, top) = surface.bounds
    assert x.shape == y.shape == height.shape == (7, 7)
    corners = torch.stack((x[0, 0], x[0, -1], y[0, 0], y[-1, 0]))
    assert corners.tolist() == [left, right, bottom, top]
    assert height[2, 5] == surface(torch.stack((x[0, 5], y[2, 0])))


def test_a_grid_has_two_points_at_least_and_101_by_default() -> None:
    x, _, height = get("bowl").grid(2)
    assert x.tolist() == [[-5.0, 5.0], [-5.0, 5.0]]
    assert height.tolist() == [[137.5, 137.5], [137.5, 137.5]]
    assert get("bowl").grid()[2].shape == (101, 101)


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theta", "error", "message"),
    [
        (None, TypeError, "theta must be a torch.Tensor"),
        ([1.0, 2.0], TypeError, "theta must be a torch.Tensor"),
        (torch.ones(2, dtype=torch.int64), TypeError, "theta must be a floating-point tensor"),
        (torch.tensor(1.0), ValueError, "theta must have at least 1 dimension"),
        (torch.ones(0, 2), ValueError, "theta must not be empty"),
        (torch.ones(3), ValueError, r"theta must have shape \(..., 2\), got \(3,\)"),
        (torch.ones(2, 1), ValueError, r"theta must have shape \(..., 2\), got \(2, 1\)"),
    ],
)
@every
def test_only_points_of_the_plane_are_taken(
    surface: Surface, theta: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        surface(theta)


def test_who_trains_a_start_in_place_moves_no_other_start() -> None:
    start = get("rosenbrock").start.requires_grad_()
    with torch.no_grad():
        start += 1
        get("rosenbrock").minima.zero_()
    again = get("rosenbrock")
    assert again.start.tolist() != start.tolist()
    assert not again.start.requires_grad
    assert again.minima.all()


def test_infinity_and_nan_stay_in_their_row() -> None:
    points = torch.tensor([[0.0, 0.0], [math.inf, 1.0], [math.nan, 1.0]])
    assert get("rosenbrock")(points).tolist()[:2] == [1.0, math.inf]
    assert get("rosenbrock")(points)[2].isnan()
    assert bowl()(points).tolist()[:2] == [0.0, math.inf]


NONSENSE: list[Any] = [math.nan, math.inf, -math.inf, None, "10", True, torch.ones(2)]


@pytest.mark.parametrize("argument", ["condition_number", "angle", "curvature"])
@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_a_bowl_refuses_nonsense(argument: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{argument} must be "):
        bowl(**{argument: value})


def test_a_bowl_refuses_what_is_no_bowl() -> None:
    with pytest.raises(ValueError, match=r"condition_number must be finite and >= 1, got 0.5"):
        bowl(0.5)
    with pytest.raises(ValueError, match=r"curvature must be finite and > 0, got 0"):
        bowl(curvature=0)


def test_an_unknown_surface_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"name must be one of .*did you mean 'rosenbrock'\?"):
        get("rosenbrok")
    with pytest.raises(TypeError, match="name must be one of"):
        get(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [1, 0, -3, 2.5, None, "9"])
def test_a_grid_needs_two_points(points: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="points must be an integer"):
        get("bowl").grid(points)


def test_a_surface_is_frozen_and_names_are_a_copy() -> None:
    with pytest.raises(FrozenInstanceError):
        get("bowl").name = "other"  # type: ignore[misc]
    names().clear()
    assert "bowl" in surfaces.names()
