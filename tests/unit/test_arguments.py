"""What every public function takes: NumPy's numbers, batches of vmap, nothing at all, pickle."""

import inspect
import pickle
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import partial
from importlib import import_module
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.func import vmap

import coursekit
from coursekit import (
    autodiff,
    bias_variance,
    check,
    data,
    descent,
    linear_models,
    losses,
    optim,
    penalties,
    plots,
    schedules,
    surfaces,
    training,
)

D = torch.float64


def square(theta: Tensor) -> Tensor:
    return theta.square().sum(-1)


def ones(*shape: int) -> Tensor:
    return torch.ones(shape, dtype=D)


def slope(x: Tensor) -> Tensor:
    return 2 * x


GRID = torch.linspace(-1, 1, 8, dtype=D)
X = torch.stack((GRID, GRID**2), dim=-1)
Y = GRID.sin()
WIDE = torch.tensor([[0.5, 0.25, 0.125], [0.125, 0.25, 0.5]], dtype=D)
LABELS = torch.tensor([0, 2])


def rule(name: str, _: Any, f: Callable[[float], Any]) -> object:
    cls = getattr(optim, name)
    kinds = (bool, int, str | None, tuple[float, float, float])
    numbers = [field.name for field in fields(cls) if field.type not in kinds]
    special = {"lr": 0.5, "etaplus": 2.0, "d": 2.0, "beta2_decay": -0.5}
    made = cls(**{one: f(special.get(one, 0.125)) for one in numbers})
    if cls.dims == 2:
        return descent.descend(lambda x: x.square().sum((-2, -1)), ones(2, 2), made, 3)
    return descent.descend(square, ones(2), made, 3)


def trained(i: Callable[[int], Any], _: Any) -> object:
    torch.manual_seed(0)
    model = nn.Linear(2, 1, dtype=D)
    return training.fit(
        model,
        (X, Y[:, None]),
        nn.functional.mse_loss,
        torch.optim.SGD(model.parameters(), 0.1),
        i(2),
        batch_size=i(4),
        validation=(X, Y[:, None]),
        generator=torch.Generator().manual_seed(0),
        patience=i(1),
    ).to_frame()


def trained_many(i: Callable[[int], Any], f: Callable[[float], Any]) -> object:
    generator = torch.Generator().manual_seed(0)
    mse = nn.functional.mse_loss
    make = partial(nn.Linear, 2, 1, dtype=D)
    some = {"seeds": [i(0), i(1)], "batch_size": i(4), "generator": generator}
    return training.fit_many(make, (X, Y[:, None]), mse, optim.SGD(f(0.5)), i(2), **some).train_loss


SHARED: dict[str, dict[str, Any]] = {"i": {"n": 6, "seed": 1, "datasets": 2}, "f": {"noise": 0.5}}


def drawn(name: str, ints: dict[str, Any], floats: dict[str, Any], noisy: bool = True) -> Any:
    def call(i: Callable[[int], Any], f: Callable[[float], Any]) -> object:
        whole = {**SHARED["i"], **ints}
        real = {**(SHARED["f"] if noisy else {}), **floats}
        lists = {k: [f(one) for one in v] for k, v in real.items() if isinstance(v, list)}
        return getattr(data, name)(
            **{k: i(v) for k, v in whole.items()},
            **{k: f(v) for k, v in real.items() if k not in lists},
            **lists,
        )

    return call


def stepped(name: str, ints: dict[str, Any], floats: dict[str, Any], *first: Any) -> Any:
    def call(i: Callable[[int], Any], f: Callable[[float], Any]) -> object:
        whole = {k: i(v) for k, v in ints.items()}
        real = {k: f(v) for k, v in floats.items()}
        made = getattr(schedules, name)(*first, **whole, **real)
        return [made(i(step)) for step in range(5)]

    return call


INTERVAL = {"low": -0.5, "high": 1.5}

Call = Callable[[Callable[[int], Any], Callable[[float], Any]], object]

CALLS: dict[str, Call] = {
    "autodiff.Var": lambda i, f: ((autodiff.Var(f(0.5)) * f(2.0) + f(1.0)) ** i(3)).value,
    "bias_variance.bootstrap": lambda i, f: bias_variance.bootstrap(i(5), i(2), seed=i(3)),
    "bias_variance.decompose": lambda i, f: bias_variance.decompose(X, Y[:2], f(0.5)),
    "bias_variance.fit_knn": lambda i, f: bias_variance.fit_knn([i(2)], GRID, Y, GRID),
    "bias_variance.fit_polynomial": lambda i, f: bias_variance.fit_polynomial(
        [i(2)], GRID, Y, GRID
    ),
    "bias_variance.fit_random_features": lambda i, f: bias_variance.fit_random_features(
        [i(2)], X, Y, X, seed=i(1), scale=f(0.5)
    ),
    "bias_variance.knn_smoother": lambda i, f: bias_variance.knn_smoother([i(2)], GRID, GRID),
    "bias_variance.knn_theory": lambda i, f: bias_variance.knn_theory(
        [i(2)], GRID, GRID, slope, f(0.5)
    ),
    "bias_variance.polynomial_smoother": lambda i, f: bias_variance.polynomial_smoother(
        [i(2)], GRID, GRID
    ),
    "bias_variance.polynomial_theory": lambda i, f: bias_variance.polynomial_theory(
        [i(2)], GRID, GRID, slope, f(0.5)
    ),
    "optim.newton_schulz": lambda i, f: optim.newton_schulz(
        ones(2, 3), (f(1.5), f(-0.5), f(0.0)), i(3), f(0.125)
    ),
    "data.blobs": lambda i, f: data.blobs(
        i(6), [[f(0.0), f(1.0)], [f(1.0), f(0.0)]], f(0.5), seed=i(1), datasets=i(2)
    ),
    "data.curve": lambda i, f: data.curve(
        i(6), slope, f(0.5), f(-0.5), f(1.5), seed=i(1), datasets=i(2)
    ),
    "data.line": drawn("line", {}, {"slope": 2.0, "intercept": 0.5, **INTERVAL}),
    "data.linear": drawn("linear", {}, {"weights": [1.0], "intercept": 0.5, "correlation": 0.5}),
    "data.logistic": drawn(
        "logistic", {}, {"weights": [1.0], "intercept": 0.5, "correlation": 0.5}, noisy=False
    ),
    "data.minibatches": lambda i, f: list(data.minibatches(i(5), i(2), None)),
    "data.moons": drawn("moons", {}, {}),
    "data.sine": drawn("sine", {}, {"amplitude": 0.5, "frequency": 1.5, **INTERVAL}),
    "data.sparse": drawn("sparse", {"active": 1}, {"weights": [1.0, 2.0], "rarity": 0.5}),
    "data.spirals": drawn("spirals", {"classes": 2}, {"turns": 0.5}),
    "data.split": lambda i, f: data.split(GRID, [f(0.5), f(0.5)], seed=i(1)),
    "data.tensors": lambda i, f: data.tensors(pd.DataFrame([[f(0.5), 1.0, i(1)]]), i(2)),
    "descent.descend": lambda i, f: descent.descend(
        square,
        ones(2),
        optim.SGD(0.5),
        i(3),
        schedule=lambda step: f(0.5),
        noise=f(0.5),
        generator=torch.Generator().manual_seed(0),
    ),
    "linear_models.fit_elastic_net": lambda i, f: linear_models.fit_elastic_net(
        X, Y, f(0.25), f(0.5), steps=i(7), tol=f(0.125)
    ),
    "linear_models.fit_lasso": lambda i, f: linear_models.fit_lasso(
        X, Y, f(0.25), steps=i(7), tol=f(0.125)
    ),
    "linear_models.fit_ridge": lambda i, f: linear_models.fit_ridge(X, Y, f(0.25)),
    "linear_models.max_strength": lambda i, f: linear_models.max_strength(X, Y, f(0.5)),
    "losses.cross_entropy": lambda i, f: losses.cross_entropy(
        WIDE, LABELS, ignore_index=i(2), label_smoothing=f(0.5)
    ),
    "losses.huber_loss": lambda i, f: losses.huber_loss(X, 0 * X, delta=f(0.5)),
    "losses.nll_loss": lambda i, f: losses.nll_loss(WIDE, LABELS, ignore_index=i(2)),
    "losses.smooth_l1_loss": lambda i, f: losses.smooth_l1_loss(X, 0 * X, beta=f(0.5)),
    **{f"optim.{cls.__name__}": partial(rule, cls.__name__) for cls in optim.RULES},
    "penalties.elastic_net": lambda i, f: penalties.elastic_net(X, f(0.5)),
    "penalties.proximal_step": lambda i, f: penalties.proximal_step(X, X, f(0.5), f(0.25)),
    "penalties.soft_threshold": lambda i, f: penalties.soft_threshold(X, f(0.5)),
    "plots.direct_labels": lambda i, f: plots.direct_labels(plots.theory([0, 1], [0, 1]), gap=f(2)),
    "plots.distribution": lambda i, f: plots.distribution(Y, truth=f(0.5), bins=i(3)),
    "plots.fitted_line": lambda i, f: plots.fitted_line(GRID, Y, f(0.5), f(2.0)).dataLim.bounds,
    "plots.heatmap": lambda i, f: plots.heatmap(WIDE, [1, 2, 3], [1, 2], limits=(f(0.125), f(1.0))),
    "plots.loss_curves": lambda i, f: plots.loss_curves({"a": WIDE}, quantiles=(f(0.25), f(0.5))),
    "plots.surface": lambda i, f: (
        plots.surface(surfaces.bowl(), levels=i(3), resolution=i(5)).dataLim.bounds
    ),
    "schedules.Constant": stepped("Constant", {}, {"factor": 0.5}),
    "schedules.Cosine": stepped("Cosine", {"T_max": 4}, {"min_factor": 0.125}),
    "schedules.CosineWarmRestarts": stepped(
        "CosineWarmRestarts", {"T_0": 2, "T_mult": 2}, {"min_factor": 0.125}
    ),
    "schedules.Exponential": stepped("Exponential", {}, {"gamma": 0.5}),
    "schedules.InverseTime": stepped("InverseTime", {}, {"decay": 0.5}),
    "schedules.Linear": stepped(
        "Linear", {"total_iters": 4}, {"start_factor": 0.5, "end_factor": 0.25}
    ),
    "schedules.MultiStep": lambda i, f: [
        schedules.MultiStep([i(1), i(3)], gamma=f(0.5))(i(step)) for step in range(5)
    ],
    "schedules.OneCycle": stepped(
        "OneCycle",
        {"total_steps": 5},
        {"pct_start": 0.5, "div_factor": 4.0, "final_div_factor": 8.0},
    ),
    "schedules.ReduceOnPlateau": lambda i, f: schedules.ReduceOnPlateau(
        factor=f(0.5),
        patience=i(1),
        threshold=f(0.125),
        cooldown=i(1),
        min_factor=f(0.125),
        eps=f(0.0),
    ).update(f(1.0), schedules.ReduceOnPlateau().init()),
    "schedules.Step": stepped("Step", {"step_size": 2}, {"gamma": 0.5}),
    "schedules.Warmup": stepped("Warmup", {"total_iters": 3}, {"start_factor": 0.5}),
    "surfaces.bowl": lambda i, f: surfaces.bowl(f(4.0), f(0.5), f(2.0))(ones(2)),
    "training.fit": trained,
    "training.fit_many": trained_many,
}

ASKS = ("int", "float", "Number")
NO_NUMBER_OF_ITS_OWN = {"surfaces.Surface"}  # its bounds are read, never computed with


def public() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in coursekit.__all__:
        home = import_module(f"coursekit.{module}")
        found |= {f"{module}.{name}": getattr(home, name) for name in home.__all__}
    return found


def test_every_public_function_that_asks_for_a_number_is_tried() -> None:
    asking = set()
    for name, thing in public().items():
        if name.startswith("check.") or not (inspect.isfunction(thing) or inspect.isclass(thing)):
            continue
        kinds = [str(p.annotation) for p in inspect.signature(thing).parameters.values()]
        if any(ask in kind for kind in kinds for ask in ASKS if "Callable" not in kind):
            asking.add(name)
    assert asking - NO_NUMBER_OF_ITS_OWN == set(CALLS), "each has a call in the table above"


def flat(thing: object) -> list[object]:
    """Return every number that stands in a result."""
    if isinstance(thing, Tensor):
        return thing.flatten().tolist()
    if isinstance(thing, pd.DataFrame):
        return list(thing.to_numpy().flat)
    if isinstance(thing, list | tuple):
        return [number for one in thing for number in flat(one)]
    if is_dataclass(thing):
        return flat([getattr(thing, field.name) for field in fields(thing)])
    return [thing] if isinstance(thing, int | float) else []


@pytest.mark.parametrize("name", CALLS)
def test_numpys_numbers_are_numbers(name: str) -> None:
    wanted = CALLS[name](int, float)
    if not name.startswith("plots."):
        assert flat(wanted), "nothing to compare"
    for whole, real in product((np.int64, np.uint8), (np.float32, np.float64)):
        assert flat(CALLS[name](whole, real)) == flat(wanted)
        plt.close("all")


@pytest.mark.parametrize("name", [n for n in CALLS if n[:6] not in ("plots.", "data.t")])
def test_fractions_are_numbers(name: str) -> None:
    assert flat(CALLS[name](int, Fraction)) == flat(CALLS[name](int, float))


@pytest.mark.parametrize("name", ["penalties.soft_threshold", "losses.huber_loss", "optim.Adagrad"])
def test_an_integer_may_be_more_than_64_bits_where_a_number_may(name: str) -> None:
    assert flat(CALLS[name](int, lambda x: 10**30)) == flat(CALLS[name](int, lambda x: 1e30))


def test_what_no_float_and_no_64_bits_hold_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^lr must be finite and >= 0, got inf"):
        optim.SGD(10**400)
    with pytest.raises(ValueError, match=r"^ignore_index must be an integer of at most 64"):
        losses.nll_loss(WIDE, LABELS, ignore_index=2**70)
    with pytest.raises(ValueError, match=r"^weights must be finite, got \[1000"):
        data.linear(3, [10**400], 0.0, seed=0)
    for odd in (torch.tensor([1j]), torch.tensor([True])):
        with pytest.raises(TypeError, match=r"^weights must hold real numbers, got tensor"):
            data.linear(3, odd, 0.0, seed=0)


@pytest.mark.parametrize("odd", [np.bool_(True), np.complex64(1), np.ones(2), "1", None])
def test_what_is_no_number_is_still_refused(odd: Any) -> None:
    with pytest.raises(TypeError, match=r"^lr must be a real number, got"):
        optim.SGD(odd)
    with pytest.raises(TypeError, match=r"^steps must be an integer, got"):
        descent.descend(square, ones(2), optim.SGD(), odd)
    with pytest.raises(TypeError, match=r"^steps must be an integer, got"):
        descent.descend(square, ones(2), optim.SGD(), np.float64(2))  # type: ignore[arg-type]


# --- vmap ------------------------------------------------------------------------------------

HALVES = torch.tensor([0.5, 0.25, 0.125], dtype=D)


def stepped_by_hand(cls: Any, lr: Tensor) -> Tensor:
    rule, theta = cls(lr=lr), ones(*(2,) * max(1, cls.dims))
    state = rule.init(theta)
    for _ in range(3):
        theta, state = rule.update(theta, 2 * theta, state)
    return theta


BATCHED: dict[str, Callable[[Tensor], Tensor]] = {
    **{f"optim.{cls.__name__}": partial(stepped_by_hand, cls) for cls in optim.RULES},
    "linear_models.fit_ridge": lambda alpha: linear_models.fit_ridge(X, Y, alpha).coef,
    "linear_models.max_strength": lambda ratio: linear_models.max_strength(X, Y, ratio),
    "penalties.elastic_net": lambda ratio: penalties.elastic_net(X, ratio),
    "penalties.proximal_step": lambda lr: penalties.proximal_step(X, X, lr, lr),
    "penalties.soft_threshold": lambda tau: penalties.soft_threshold(X, tau),
    "schedules.Exponential": lambda gamma: torch.as_tensor(
        schedules.Exponential(gamma)(torch.arange(3))
    ),
    "schedules.Constant": lambda c: torch.as_tensor(schedules.Constant(c)(torch.arange(3))),
    "surfaces": lambda x: surfaces.get("beale")(x * ones(2)),
}


@pytest.mark.parametrize("name", BATCHED)
def test_vmap_gives_what_a_loop_gives(name: str) -> None:
    wanted = torch.stack([BATCHED[name](one) for one in HALVES])
    torch.testing.assert_close(vmap(BATCHED[name])(HALVES), wanted, rtol=1e-13, atol=1e-13)


# --- nothing at all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cls", [one for one in optim.RULES if getattr(one, "dims", 0) < 2], ids=lambda cls: cls.__name__
)
def test_a_parameter_that_holds_nothing_is_stepped_with_the_others(cls: Any) -> None:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")
        model, alone = (nn.Sequential(nn.Linear(0, 3), nn.Linear(3, 1)) for _ in range(2))
    alone.load_state_dict(model.state_dict())
    for parameters in (model.parameters(), list(alone.parameters())[1:]):
        optimizer = optim.TorchOptimizer(parameters, cls(lr=0.5))
        net = model if optimizer.param_groups[0]["params"][0].numel() == 0 else alone
        for _ in range(3):
            optimizer.zero_grad()
            net(torch.ones(4, 0)).square().sum().backward()
            optimizer.step()
    assert model[0].weight.shape == (3, 0)
    for mine, other in zip(model.parameters(), alone.parameters(), strict=True):
        assert torch.equal(mine, other)
    theta = torch.ones(0, 3)
    state = cls().init(theta)
    for _ in range(2):
        theta, state = cls().update(theta, torch.ones(0, 3), state)
    assert theta.shape == (0, 3)


# --- pickle ----------------------------------------------------------------------------------

PICKLED: dict[str, Callable[[], object]] = {
    **{f"surface {name}": partial(surfaces.get, name) for name in surfaces.names()},
    "bowl": surfaces.bowl,
    "turned bowl": partial(surfaces.bowl, 50.0, 0.3, 2.0),
    **{f"rule {cls.__name__}": cls for cls in optim.RULES},
    **{f"state of {cls.__name__}": partial(cls().init, ones(2, 2)) for cls in optim.RULES},
    "a schedule": lambda: schedules.Warmup(2, schedules.Cosine(5)),
    "a schedule with a state": schedules.ReduceOnPlateau,
    "a path": lambda: descent.descend(surfaces.bowl(), ones(2), optim.SGD(), 2),
    "samples": lambda: data.moons(4, 0.1, seed=0),
    "a fit": lambda: linear_models.fit_lasso(X, Y, 0.1),
    "a decomposition": lambda: bias_variance.decompose(X, Y[:2]),
    "a history": lambda: training.History(pd.DataFrame({"epoch": [1], "train_loss": [0.5]})),
    "many fits": lambda: training.fit_many(
        nn.Linear(2, 1, dtype=D), (X, Y[:, None]), nn.functional.mse_loss, optim.SGD(0.5), 1
    ),
    "a verdict": lambda: check.soft_threshold(lambda x, threshold: x),
}


@pytest.mark.parametrize("name", PICKLED)
def test_what_the_package_makes_can_be_handed_to_another_process(name: str) -> None:
    made = PICKLED[name]()
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made)
    assert flat(again) == flat(made)
    if isinstance(made, surfaces.Surface):
        points = torch.stack((GRID, Y), dim=-1)
        assert isinstance(again, surfaces.Surface)
        assert torch.equal(again(points), made(points))
