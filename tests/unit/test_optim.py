"""Update rules against torch.optim, against closed forms, and against their own promises."""

import copy
import inspect
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass, is_dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg
from torch import Tensor, nn
from torch.optim import lr_scheduler

from coursekit import optim
from coursekit.descent import descend
from coursekit.optim import (
    ASGD,
    RULES,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    FullAdagrad,
    Lion,
    Momentum,
    Muon,
    NAdam,
    Nesterov,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
    ScheduleFree,
    Shampoo,
    TorchOptimizer,
    hyper_parameters,
    newton_schulz,
)
from coursekit.optim._arithmetic import one_minus_power
from coursekit.schedules import ReduceOnPlateau

RuleType = Callable[..., Rule]

F64 = torch.float64
TIGHT: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-12}

OWN_WAY = [rule for rule in RULES if rule.dims == 0]  # type: ignore[attr-defined]
"""The rules that step each coordinate on its own."""

own_way = pytest.mark.parametrize("rule_type", OWN_WAY, ids=lambda r: r.__name__)
rule_types = pytest.mark.parametrize("rule_type", RULES, ids=lambda r: r.__name__)


class Twin(NamedTuple):
    """A rule of ours, torch's optimizer of the same hyper-parameters, and its names for our state.

    The hyper-parameters are chosen to expose mistakes: an eps of 1e-8 would hide a misplaced one,
    betas near 1 a wrong correction, no weight decay its absence.
    """

    rule: Rule
    torch_type: type[torch.optim.Optimizer]
    options: dict[str, Any]
    state: dict[str, str]
    shape: tuple[int, ...] = (6,)


ADAM: dict[str, Any] = {"lr": 0.05, "beta1": 0.6, "beta2": 0.7, "eps": 0.5, "weight_decay": 0.3}
TORCH_ADAM: dict[str, Any] = {"lr": 0.05, "betas": (0.6, 0.7), "eps": 0.5, "weight_decay": 0.3}
ADAM_STATE = {"t": "step", "m": "exp_avg", "v": "exp_avg_sq"}
RMS: dict[str, Any] = {"lr": 0.05, "alpha": 0.6, "eps": 0.5, "weight_decay": 0.3}
RMS_STATE = {"v": "square_avg"}


def same(
    rule_type: Callable[..., Rule],
    torch_type: type[torch.optim.Optimizer],
    state: dict[str, str],
    shape: tuple[int, ...] = (6,),
    **options: Any,
) -> Twin:
    """Return the twin of a rule whose hyper-parameters torch names alike, or pairs up."""
    ours = dict(options)
    if rule_type is Nesterov:
        del ours["nesterov"]
    for pair, names in PAIRS.items():
        if pair in ours and isinstance(ours[pair], tuple):
            ours.update(zip(names, ours.pop(pair), strict=True))
    return Twin(rule_type(**ours), torch_type, options, state, shape)


PAIRS = {
    "betas": ("beta1", "beta2"),
    "etas": ("etaminus", "etaplus"),
    "step_sizes": ("step_size_min", "step_size_max"),
    "eps": ("eps1", "eps2"),
}
"""What torch takes as a pair and a rule as two fields."""


TWINS: dict[str, Twin] = {
    "sgd": same(SGD, torch.optim.SGD, {}, lr=0.05, weight_decay=0.3),
    "momentum": same(
        Momentum,
        torch.optim.SGD,
        {"b": "momentum_buffer"},
        lr=0.05,
        momentum=0.7,
        dampening=0.4,
        weight_decay=0.3,
    ),
    "nesterov": same(
        Nesterov,
        torch.optim.SGD,
        {"b": "momentum_buffer"},
        lr=0.05,
        momentum=0.7,
        weight_decay=0.3,
        nesterov=True,
    ),
    "adagrad": same(
        Adagrad,
        torch.optim.Adagrad,
        {"t": "step", "s": "sum"},
        lr=0.2,
        lr_decay=0.1,
        weight_decay=0.3,
        initial_accumulator_value=0.8,
        eps=0.5,
    ),
    "rmsprop": same(RMSprop, torch.optim.RMSprop, RMS_STATE, **RMS),
    "rmsprop-momentum": same(
        RMSprop, torch.optim.RMSprop, {**RMS_STATE, "b": "momentum_buffer"}, **RMS, momentum=0.7
    ),
    "rmsprop-centered": same(
        RMSprop, torch.optim.RMSprop, {**RMS_STATE, "m": "grad_avg"}, **RMS, centered=True
    ),
    "rmsprop-centered-momentum": same(
        RMSprop,
        torch.optim.RMSprop,
        {**RMS_STATE, "m": "grad_avg", "b": "momentum_buffer"},
        **RMS,
        momentum=0.7,
        centered=True,
    ),
    "adadelta": same(
        Adadelta,
        torch.optim.Adadelta,
        {"v": "square_avg", "u": "acc_delta"},
        lr=0.7,
        rho=0.6,
        eps=0.5,
        weight_decay=0.3,
    ),
    "adam": Twin(Adam(**ADAM), torch.optim.Adam, TORCH_ADAM, ADAM_STATE),
    "amsgrad": Twin(
        AMSGrad(**ADAM),
        torch.optim.Adam,
        {**TORCH_ADAM, "amsgrad": True},
        {**ADAM_STATE, "v_max": "max_exp_avg_sq"},
    ),
    "adamw": Twin(AdamW(**ADAM), torch.optim.AdamW, TORCH_ADAM, ADAM_STATE),
    "adamax": same(
        Adamax, torch.optim.Adamax, {"t": "step", "m": "exp_avg", "u": "exp_inf"}, **TORCH_ADAM
    ),
    **{
        f"nadam{suffix}": same(
            NAdam,
            torch.optim.NAdam,
            {**ADAM_STATE, "p": "mu_product"},
            **TORCH_ADAM,
            momentum_decay=0.4,
            decoupled_weight_decay=decoupled,
        )
        for suffix, decoupled in (("", False), ("-decoupled", True))
    },
    **{
        f"radam{suffix}": same(
            RAdam,
            torch.optim.RAdam,
            ADAM_STATE,
            **(TORCH_ADAM | {"betas": (0.6, beta2)}),
            decoupled_weight_decay=decoupled,
        )
        for suffix, beta2, decoupled in (
            ("", 0.7, False),
            ("-decoupled", 0.9, True),
            ("-never", 0.6, False),
        )
    },
    "rprop": same(
        Rprop,
        torch.optim.Rprop,
        {"t": "step", "g": "prev", "delta": "step_size"},
        lr=0.05,
        etas=(0.3, 1.7),
        step_sizes=(0.01, 0.4),
    ),
    "asgd": same(
        ASGD,
        torch.optim.ASGD,
        {"t": "step", "eta": "eta", "mu": "mu", "ax": "ax"},
        lr=0.05,
        lambd=0.4,
        alpha=0.6,
        t0=3.0,
        weight_decay=0.3,
    ),
    **{
        f"adafactor-{kind}": same(
            Adafactor,
            torch.optim.Adafactor,
            {"t": "step", **state},
            shape=shape,
            lr=0.2,
            beta2_decay=-0.6,
            eps=eps,
            d=1.3,
            weight_decay=0.3,
        )
        for kind, shape, state, eps in (
            ("tall", (4, 3), {"r": "row_var", "c": "col_var"}, (0.5, 0.7)),
            ("wide", (2, 5), {"r": "row_var", "c": "col_var"}, (None, 0.1)),
            ("vector", (6,), {"v": "variance"}, (0.5, 0.7)),
        )
    },
    **{
        f"muon-{kind}": same(
            Muon,
            torch.optim.Muon,
            {"b": "momentum_buffer"},
            shape=shape,
            lr=0.05,
            weight_decay=0.3,
            momentum=0.7,
            nesterov=nesterov,
            ns_coefficients=(2.0, -1.5, 0.5),
            eps=0.5,
            ns_steps=3,
            adjust_lr_fn=adjust,
        )
        for kind, shape, nesterov, adjust in (
            ("tall", (4, 3), True, None),
            ("wide", (2, 5), False, "original"),
            ("rms", (4, 3), True, "match_rms_adamw"),
        )
    },
}

NOT_TORCHS = {Lion, FullAdagrad, Shampoo, ScheduleFree}
"""Rules that torch has not: they are held against other references below."""


@pytest.fixture
def double_precision(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let torch's NAdam keep its product, and its Muon iterate, in the parameters' precision."""
    torch.set_default_dtype(F64)
    monkeypatch.setattr(Tensor, "bfloat16", Tensor.clone)
    yield
    torch.set_default_dtype(torch.float32)


def twins(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test for each twin, torch's in double precision throughout."""
    each: Callable[..., None] = pytest.mark.parametrize("name", TWINS)(test)
    both: Callable[..., None] = pytest.mark.usefixtures("double_precision")(each)
    return both


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=F64, generator=torch.Generator().manual_seed(seed))


def gradients(steps: int, *shape: int) -> Tensor:
    """Gradients of every scale, some exactly zero, shrinking so that a maximum is remembered."""
    scale = torch.logspace(1, -2, steps, dtype=F64)[(...,) + (None,) * len(shape)]
    grads = scale * random(steps, *shape, seed=1)
    grads[::7, 0] = 0.0
    return grads


def run(rule: Rule, theta: Tensor, grads: Tensor) -> Tensor:
    state = rule.init(theta)
    path = []
    for grad in grads:
        theta, state = rule.update(theta, grad, state)
        path.append(theta)
    return torch.stack(path)


# --- against torch ---------------------------------------------------------------------------


@twins
@pytest.mark.parametrize("steps", [5, 500])
def test_parameters_and_state_are_torchs_at_every_step(name: str, steps: int) -> None:
    rule, torch_type, options, names, shape = TWINS[name]
    theta = random(*shape)
    param = nn.Parameter(theta.clone())
    optimizer = torch_type([param], **options)
    state = rule.init(theta)
    for grad in gradients(steps, *shape):
        param.grad = grad.clone()
        optimizer.step()
        theta, state = rule.update(theta, grad, state)
        torch.testing.assert_close(theta, param.data, **TIGHT)
        for ours, theirs in names.items():
            wanted = optimizer.state[param][theirs].to(F64)
            torch.testing.assert_close(getattr(state, ours), wanted, **TIGHT)


@twins
def test_a_free_run_of_500_steps_is_torchs(name: str) -> None:
    rule, torch_type, options, _, shape = TWINS[name]
    theta = random(*shape)
    curvature = torch.logspace(-1, 1, theta.numel(), dtype=F64).reshape(shape)
    param = nn.Parameter(theta.clone())
    optimizer = torch_type([param], **options)
    state = rule.init(theta)
    for t in range(500):
        param.grad = (curvature * param - math.cos(t)).detach()
        optimizer.step()
        theta, state = rule.update(theta, curvature * theta - math.cos(t), state)
        torch.testing.assert_close(theta, param.data, **TIGHT)


def test_muon_is_torchs_to_the_two_digits_of_its_half_precision() -> None:
    theta, grads = random(4, 3), gradients(20, 4, 3)
    param = nn.Parameter(theta.clone())
    optimizer = torch.optim.Muon([param], lr=0.1)
    for grad in grads:
        param.grad = grad.clone()
        optimizer.step()  # type: ignore[no-untyped-call]
    ours = run(Muon(lr=0.1), theta, grads)[-1]
    assert 0 < (ours - param).abs().max() < 0.05


def test_centred_rmsprop_outlives_torchs_on_a_gradient_that_stands_still() -> None:
    theta, grad = torch.zeros(20, dtype=F64), torch.linspace(0.1, 2.0, 20, dtype=F64)
    path = run(RMSprop(centered=True, alpha=0.6, eps=0.5), theta, grad.expand(300, 20))
    torch.testing.assert_close(path[-2] - path[-1], 0.01 * grad / 0.5, rtol=1e-6, atol=0.0)


def test_a_rule_is_told_everywhere() -> None:
    """A rule is a class in its family's file, a name in RULES and a twin here, and no more."""
    defined = {
        thing
        for module in vars(optim).values()
        if getattr(module, "__name__", "").startswith("coursekit.optim._")
        for thing in vars(module).values()
        if isinstance(thing, type) and hasattr(thing, "update") and is_dataclass(thing)
    }
    assert len(defined) >= 20
    twins = {type(twin.rule) for twin in TWINS.values()}
    missing = [
        f"{rule.__name__} {what}"
        for rule in sorted(defined | set(RULES), key=lambda one: one.__name__)
        for told, what in (
            (rule in RULES, "is missing in coursekit.optim.RULES"),
            (rule.__name__ in optim.__all__, "is missing in optim.__all__"),
            (rule in defined, "is in RULES and no dataclass with an update in a file of optim"),
            (
                rule in twins or rule in NOT_TORCHS,
                "has no twin in TWINS; if torch has it not, name it in NOT_TORCHS and hold it "
                "against its paper in a test of its own",
            ),
            (
                rule not in NOT_TORCHS or held_against_its_paper(rule.__name__),
                f"is in NOT_TORCHS, and no test is called test_{snake(rule.__name__)}_is_...",
            ),
        )
        if not told
    ]
    assert not missing, "\n".join(missing)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def held_against_its_paper(rule: str) -> bool:
    return any(name.startswith(f"test_{snake(rule)}_is_") for name in globals())


def test_every_first_order_rule_of_torch_is_here() -> None:
    """Sparse tensors and line searches are no update rules; all else in torch.optim has a twin."""
    theirs = {
        name
        for name, thing in vars(torch.optim).items()
        if isinstance(thing, type) and issubclass(thing, torch.optim.Optimizer)
    } - {"Optimizer", "LBFGS", "SparseAdam"}
    assert len(theirs) >= 13
    missing = theirs - {twin.torch_type.__name__ for twin in TWINS.values()}
    assert not missing, f"coursekit.optim has no twin of {sorted(missing)}"


def test_defaults_are_torchs() -> None:
    origin = {
        SGD: torch.optim.SGD,
        Momentum: torch.optim.SGD,
        Nesterov: torch.optim.SGD,
        AMSGrad: torch.optim.Adam,
    }
    for rule_type in set(RULES) - NOT_TORCHS:
        theirs = origin.get(rule_type) or getattr(torch.optim, rule_type.__name__)
        signature = inspect.signature(theirs).parameters
        wanted = {name: parameter.default for name, parameter in signature.items()}
        for pair, names in PAIRS.items():
            if isinstance(wanted.get(pair), tuple):
                wanted.update(zip(names, wanted[pair], strict=True))
        if rule_type in (Momentum, Nesterov):
            wanted["momentum"] = 0.9  # torch's is 0, which is no momentum
        ours = hyper_parameters(rule_type())
        assert ours == {name: wanted[name] for name in ours}, rule_type


# --- closed forms ----------------------------------------------------------------------------


def on_quadratic(rule: Rule, start: Tensor, curvature: Tensor | float, steps: int) -> Tensor:
    theta, state = start, rule.init(start)
    for _ in range(steps):
        theta, state = rule.update(theta, curvature * theta, state)
    return theta


@given(st.floats(0.01, 10), st.floats(0.001, 0.3), st.integers(0, 60))
def test_descent_on_a_quadratic_is_a_power(curvature: float, lr: float, steps: int) -> None:
    theta = on_quadratic(SGD(lr), torch.ones(1, dtype=F64), curvature, steps)
    assert theta.item() == pytest.approx((1 - lr * curvature) ** steps, rel=1e-10, abs=1e-300)


def test_a_heavy_ball_is_stable_up_to_the_limit_and_no_further() -> None:
    beta = torch.linspace(0.0, 0.95, 20, dtype=F64).reshape(-1, 1, 1)
    curvature = torch.tensor([0.1, 1.0, 7.0], dtype=F64).reshape(-1, 1)
    limit = 2 * (1 + beta) / curvature
    start = torch.ones(20, 3, 1, dtype=F64)
    inside = on_quadratic(Momentum(0.99 * limit, momentum=beta), start, curvature, 4000)
    outside = on_quadratic(Momentum(1.01 * limit, momentum=beta), start, curvature, 4000)
    assert (inside.abs() < 1e-3).all()
    assert (outside.abs() > 1e3).all()


def test_a_constant_push_reaches_the_terminal_velocity() -> None:
    beta, lr = torch.linspace(0.0, 0.9, 10, dtype=F64), torch.logspace(-3, 0, 10, dtype=F64)
    path = run(Momentum(lr, momentum=beta), torch.zeros(10, dtype=F64), torch.ones(300, 10).to(F64))
    torch.testing.assert_close(path[-2] - path[-1], lr / (1 - beta), rtol=1e-8, atol=0.0)


@pytest.mark.parametrize("rule", [Adam(0.3, eps=0.0), AMSGrad(0.3, eps=0.0), Adagrad(0.3, eps=0.0)])
def test_the_first_step_is_the_learning_rate_along_the_sign(rule: Rule) -> None:
    theta, grad = random(50), random(50, seed=1) * torch.logspace(-8, 8, 50, dtype=F64)
    after, _ = rule.update(theta, grad, rule.init(theta))
    torch.testing.assert_close(after, theta - 0.3 * grad.sign(), rtol=1e-12, atol=1e-12)


def test_adagrad_on_a_constant_gradient_slows_as_one_over_the_root_of_time() -> None:
    rule, theta = Adagrad(lr=1.0, eps=0.0), torch.zeros(1, dtype=F64)
    state = rule.init(theta)
    for t in range(1, 50):
        before = theta
        theta, state = rule.update(theta, torch.full((1,), 7.0, dtype=F64), state)
        assert (before - theta).item() == pytest.approx(1 / math.sqrt(t), rel=1e-12)


def test_adamw_decays_by_the_same_factor_whatever_the_gradients_scale() -> None:
    theta = random(5)
    plain, decayed = AdamW(0.1, weight_decay=0.0), AdamW(0.1, weight_decay=0.5)
    for scale in (1e-3, 1.0, 1e3):
        grad = scale * random(5, seed=1)
        without, _ = plain.update(theta, grad, plain.init(theta))
        with_decay, _ = decayed.update(theta, grad, decayed.init(theta))
        torch.testing.assert_close(without - with_decay, 0.1 * 0.5 * theta, **TIGHT)


def test_on_reddis_problem_adam_ends_wrong_and_amsgrad_right() -> None:
    # minimise (C - 2)/3 * theta on [-1, 1]: the gradient is C every third step and -1 otherwise
    big, ends = 4.0, {}
    for rule_type in (Adam, AMSGrad):
        rule: Rule = rule_type(lr=1.0, beta1=0.0, beta2=1 / (1 + big**2), eps=1e-12)
        theta = torch.zeros(1, dtype=F64)
        state = rule.init(theta)
        for t in range(1, 3001):
            grad = torch.full((1,), big if t % 3 == 1 else -1.0, dtype=F64)
            now = replace(rule, lr=1 / math.sqrt(t))
            theta, state = now.update(theta, grad, state)
            theta = theta.clamp(-1, 1)
        ends[rule_type] = theta.item()
    assert ends[Adam] > 0.9
    assert ends[AMSGrad] < -0.9


# --- properties ------------------------------------------------------------------------------


SPANS: dict[str, tuple[float, float]] = {
    "lr": (1e-4, 2.0),
    "momentum": (0.0, 1.2),
    "dampening": (0.0, 1.0),
    "weight_decay": (0.0, 1.0),
    "lr_decay": (0.0, 1.0),
    "initial_accumulator_value": (0.0, 1.0),
    "alpha": (0.0, 0.999),
    "rho": (0.0, 0.999),
    "beta": (0.0, 0.999),
    "beta1": (0.0, 0.999),
    "beta2": (0.0, 0.999),
    "eps": (1e-8, 1.0),
    "momentum_decay": (0.0, 1.0),
    "etaminus": (0.1, 0.9),
    "etaplus": (1.1, 2.0),
    "step_size_min": (0.0, 0.1),
    "step_size_max": (0.2, 1.0),
    "lambd": (0.0, 1.0),
    "t0": (0.0, 5.0),
    "beta2_decay": (-1.0, 0.0),
    "eps1": (1e-8, 1.0),
    "eps2": (1e-8, 1.0),
    "d": (1.0, 2.0),
}
RULES_OWN = {("Muon", "momentum"): (0.0, 0.99), ("Muon", "eps"): None}


def spans(rule: Rule) -> dict[str, tuple[float, float]]:
    """Return the hyper-parameters that may be tensors, with values to try them at."""
    found = {}
    for name in hyper_parameters(rule):
        span = RULES_OWN.get((type(rule).__name__, name), SPANS.get(name))
        if span is not None:
            found[name] = span
    return found


EXACT = {"beta1", "beta2_decay", "momentum_decay"}  # bases and exponents


EXTRA: list[tuple[Rule, tuple[int, ...]]] = [
    (Lion(weight_decay=0.3), (6,)),
    (FullAdagrad(eps=0.5), (3,)),
    (Shampoo(eps=0.5), (3, 2)),
    (ScheduleFree(weight_decay=0.3), (6,)),
]
ALL: list[tuple[Rule, tuple[int, ...]]] = [(twin.rule, twin.shape) for twin in TWINS.values()]
ALL += EXTRA


@given(st.sampled_from(ALL), st.integers(1, 9), st.integers(0, 2**32))
@settings(max_examples=100)
def test_many_runs_at_once_are_the_runs_one_by_one(
    tried: tuple[Rule, tuple[int, ...]], runs: int, seed: int
) -> None:
    rule, shape = tried
    if isinstance(rule, Adafactor) and len(shape) == 1:
        shape = (1, *shape)
    generator = torch.Generator().manual_seed(seed)
    core = (1,) * len(shape)
    many = {
        field: low + (high - low) * torch.rand(runs, *core, dtype=F64, generator=generator)
        for field, (low, high) in spans(rule).items()
    }
    theta, grads = random(runs, *shape, seed=seed), random(6, runs, *shape, seed=seed + 1)
    together = run(replace(rule, **many), theta, grads)
    for i in range(runs):
        one = {field: value[i].item() for field, value in many.items()}
        alone = run(replace(rule, **one), theta[i], grads[:, i])
        if isinstance(rule, ASGD) or rule.dims or EXACT & set(many):  # type: ignore[attr-defined]
            # torch rounds the powers of one number and of many, and products of matrices, apart
            torch.testing.assert_close(together[:, i], alone, rtol=1e-11, atol=1e-11)
        else:
            assert torch.equal(together[:, i], alone)


@given(st.sampled_from([Adam, AMSGrad, AdamW]), st.integers(0, 2**32))
def test_many_adams_of_other_rates_are_the_runs_bit_for_bit(rule_type: RuleType, seed: int) -> None:
    lr, eps, decay = torch.rand(3, 7, 1, dtype=F64, generator=torch.Generator().manual_seed(seed))
    theta, grads = random(7, 3, seed=seed), random(20, 7, 3, seed=seed + 1)
    together = run(rule_type(lr=lr, eps=eps, weight_decay=decay), theta, grads)
    for i in range(7):
        one = rule_type(lr=lr[i].item(), eps=eps[i].item(), weight_decay=decay[i].item())
        assert torch.equal(together[:, i], run(one, theta[i], grads[:, i]))


@rule_types
def test_a_row_that_overflows_leaves_the_others_alone(rule_type: RuleType) -> None:
    shape = (3, 2, 2) if rule_type.dims == 2 else (3, 2)  # type: ignore[attr-defined]
    theta, grads = random(*shape), random(10, *shape, seed=1)
    quiet = run(rule_type(), theta, grads)
    grads[3, 1] = torch.tensor([torch.inf, torch.nan], dtype=F64)
    loud = run(rule_type(), theta, grads)
    assert torch.equal(quiet[:, [0, 2]], loud[:, [0, 2]])
    if rule_type is not Rprop and rule_type is not Lion:  # a sign is finite
        assert not loud[-1, 1].isfinite().all()


@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=25)
def test_without_momentum_a_ball_is_plain_descent(seed: int, lr: float, decay: float) -> None:
    theta, grads = random(4, seed=seed), random(5, 4, seed=seed + 1)
    plain = run(SGD(lr, decay), theta, grads)
    assert torch.equal(plain, run(Momentum(lr, 0.0, weight_decay=decay), theta, grads))
    assert torch.equal(plain, run(Nesterov(lr, 0.0, weight_decay=decay), theta, grads))


@given(st.integers(0, 2**32), st.floats(0.0, 0.95), st.floats(1e-3, 1))
@settings(max_examples=25)
def test_the_averaging_form_of_momentum_has_a_larger_rate(
    seed: int, beta: float, lr: float
) -> None:
    # from the second step on; the first buffer is scaled by hand, as torch does not damp it
    theta, grads = random(4, seed=seed), random(6, 4, seed=seed + 1)
    summed, averaged = Momentum(lr, beta), Momentum(lr / (1 - beta), beta, dampening=beta)
    x, s = summed.update(theta, grads[0], summed.init(theta))
    y, a = x, s._replace(b=(1 - beta) * s.b)
    for grad in grads[1:]:
        x, s = summed.update(x, grad, s)
        y, a = averaged.update(y, grad, a)
        torch.testing.assert_close(x, y, **TIGHT)


@given(st.integers(0, 2**32), st.floats(0.1, 0.99), st.floats(0, 1))
@settings(max_examples=25)
def test_rmsprop_with_correction_is_adam_without_momentum(
    seed: int, decay: float, eps: float
) -> None:
    theta, grads = random(4, seed=seed), random(8, 4, seed=seed + 1)
    adam, rms = Adam(0.1, beta1=0.0, beta2=decay, eps=eps), RMSprop(0.1, alpha=decay, eps=eps)
    x, s = theta, adam.init(theta)
    y, r = theta, rms.init(theta)
    for t, grad in enumerate(grads, 1):
        root = math.sqrt(1 - decay**t)
        x, s = adam.update(x, grad, s)
        y, r = replace(rms, lr=0.1 * root, eps=eps * root).update(y, grad, r)
        torch.testing.assert_close(x, y, **TIGHT)


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_adamw_without_decay_is_adam_and_amsgrad_under_growing_gradients_too(seed: int) -> None:
    theta, grads = random(4, seed=seed), random(8, 4, seed=seed + 1)
    assert torch.equal(run(AdamW(weight_decay=0.0), theta, grads), run(Adam(), theta, grads))
    growing = grads.abs().sort(dim=0).values
    assert torch.equal(run(AMSGrad(), theta, growing), run(Adam(), theta, growing))


@given(st.integers(0, 2**32), st.permutations(range(5)), st.sampled_from(OWN_WAY))
@settings(max_examples=60)
def test_coordinates_may_be_shuffled(seed: int, order: list[int], rule_type: RuleType) -> None:
    theta, grads = random(5, seed=seed), random(6, 5, seed=seed + 1)
    shuffled = run(rule_type(), theta[order], grads[:, order])
    assert torch.equal(run(rule_type(), theta, grads)[:, order], shuffled)


@given(st.integers(0, 2**32), st.floats(1e-3, 1e3))
@settings(max_examples=25)
@pytest.mark.parametrize("rule", [Adam(0.1, eps=0), AMSGrad(0.1, eps=0), RMSprop(0.1, eps=0)])
def test_the_gradients_scale_does_not_matter(rule: Rule, seed: int, scale: float) -> None:
    theta, grads = random(4, seed=seed), random(8, 4, seed=seed + 1)
    torch.testing.assert_close(run(rule, theta, grads), run(rule, theta, scale * grads), **TIGHT)


@rule_types
def test_nothing_is_changed_in_place(rule_type: RuleType) -> None:
    rule, theta, grad = rule_type(), random(3, 3), random(3, 3, seed=1)
    _, state = rule.update(theta, grad, rule.init(theta))
    kept = [x.clone() for x in (theta, grad, *state)]
    rule.update(theta, grad, state)
    for before, after in zip(kept, (theta, grad, *state), strict=True):
        assert torch.equal(before, after)
    with pytest.raises(FrozenInstanceError):
        rule.lr = 1.0  # type: ignore[misc]


SCALARS = ("t", "p", "s", "eta", "mu")


@own_way
@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_shape_and_dtype_are_kept(
    rule_type: RuleType, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    rule, theta = rule_type(), random(*shape).to(dtype)
    after, state = rule.update(theta, theta, rule.init(theta))
    assert (after.shape, after.dtype) == (theta.shape, dtype)
    for name, field in state._asdict().items():
        assert field.dtype == dtype
        if not (name in SCALARS and field.shape == ()):
            assert field.shape == theta.shape


MATRIX_STATES: dict[type, dict[str, tuple[int, ...]]] = {
    Adafactor: {"t": (), "r": (2, 3, 1), "c": (2, 1, 4), "v": ()},
    FullAdagrad: {"s": (2, 3, 4, 4)},
    Shampoo: {"left": (2, 3, 3), "right": (2, 4, 4)},
    Muon: {"b": (2, 3, 4)},
}


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("rule_type", MATRIX_STATES)
def test_shapes_of_the_others_states(rule_type: type[Any], dtype: torch.dtype) -> None:
    rule, theta = rule_type(), random(2, 3, 4).to(dtype)
    after, state = rule.update(theta, theta, rule.init(theta))
    assert (after.shape, after.dtype) == (theta.shape, dtype)
    for made in (rule.init(theta), state):
        assert {name: tuple(field.shape) for name, field in made._asdict().items()} == (
            MATRIX_STATES[rule_type]
        )
        assert all(field.dtype == dtype for field in made)


def test_every_rule_has_its_states_shapes_held() -> None:
    assert set(OWN_WAY) | set(MATRIX_STATES) == set(RULES)


@own_way
def test_a_step_can_be_differentiated_in_its_learning_rate(rule_type: RuleType) -> None:
    lr = torch.tensor(0.1, dtype=F64, requires_grad=True)
    rule, theta, grad = rule_type(lr=lr), random(3), random(3, seed=1)
    rule.update(theta, grad, rule.init(theta))[0].sum().backward()  # type: ignore[no-untyped-call]
    one = rule_type(lr=1.0)
    step = (one.update(theta, grad, one.init(theta))[0] - theta).sum()
    torch.testing.assert_close(lr.grad, step, **TIGHT)


# --- bad input -------------------------------------------------------------------------------


all_fields = pytest.mark.parametrize(
    ("rule_type", "name"),
    [(rule_type, name) for rule_type in RULES for name in hyper_parameters(rule_type())],
)


NONSENSE: tuple[object, ...] = (
    math.nan,
    math.inf,
    -math.inf,
    -0.1,
    None,
    "0.1",
    1j,
    [0.1],
    torch.tensor([0.1, math.nan]),
    torch.tensor([0.1, -0.1]),
    torch.tensor([]),
    torch.tensor([True]),
    torch.tensor([1j]),
)


@all_fields
def test_every_hyper_parameter_refuses_nonsense(rule_type: RuleType, name: str) -> None:
    for value in NONSENSE:
        if name == "beta2_decay" and isinstance(value, float) and value == -0.1:
            value = 0.1
        if name == "beta2_decay" and isinstance(value, Tensor) and not value.is_complex():
            value = value.abs() if value.dtype != torch.bool else value
        if value is None and name in ("eps1", "adjust_lr_fn"):
            value = object()
        with pytest.raises((ValueError, TypeError), match=f"^{name} must (be|hold) "):
            rule_type(**{name: value})


RATES = ("alpha", "rho", "beta", "beta1", "beta2")
INSIDE: dict[str, tuple[Any, ...]] = {
    "dampening": (0, 1.0),
    "beta2_decay": (0, -1e6),
    "d": (1, 1e6),
    "etaminus": (0.01, 0.99),
    "etaplus": (1.01, 1e6),
    "ns_coefficients": ((0, -1.0, 1e6),),
    "ns_steps": (0, 99),
    "adjust_lr_fn": (None, "original", "match_rms_adamw"),
    **dict.fromkeys(RATES, (0, 0.999)),
}
OUTSIDE: dict[str, tuple[Any, ...]] = {
    "dampening": (1.5,),
    "beta2_decay": (0.1,),
    "d": (0.9,),
    "etaminus": (0, 1),
    "etaplus": (1,),
    "ns_coefficients": ((1.0, 2.0), (1.0, 2.0, "c"), [1.0, 2.0, 3.0], 1.0),
    "ns_steps": (100, -1, 1.5, True),
    "adjust_lr_fn": ("other", 1.0),
    **dict.fromkeys(RATES, (1.0,)),
}
OF_A_RULE: dict[tuple[type, str], tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    (ASGD, "alpha"): ((0, 1e6), (-0.1,)),
    (Muon, "momentum"): ((0, 0.999), (1.0,)),
    (FullAdagrad, "eps"): ((1e-30, 1e6), (0,)),
    (Shampoo, "eps"): ((1e-30, 1e6), (0,)),
}
NO_TENSOR = ("ns_coefficients", "ns_steps", "adjust_lr_fn")


@all_fields
def test_every_hyper_parameter_accepts_its_range_and_nothing_beyond(
    rule_type: type[Any], name: str
) -> None:
    if isinstance(getattr(rule_type, name), bool):
        other = not getattr(rule_type, name)
        assert rule_type(**{name: other}) != rule_type()
        return
    inside, outside = OF_A_RULE.get(
        (rule_type, name), (INSIDE.get(name, (0, 1e6)), OUTSIDE.get(name, (-0.1,)))
    )
    for value in inside:
        assert getattr(rule_type(**{name: value}), name) == value
        if name not in NO_TENSOR and (rule_type, name) != (Muon, "eps"):
            rule_type(**{name: torch.full((2, 1), float(value))})
    for value in outside:
        with pytest.raises((ValueError, TypeError), match=f"^{name} must be "):
            rule_type(**{name: value})


@rule_types
def test_an_unknown_hyper_parameter_is_named(rule_type: RuleType) -> None:
    with pytest.raises(TypeError, match="learning_rate"):
        rule_type(learning_rate=0.1)


BAD_THETA = [
    (None, TypeError, "theta must be a torch.Tensor"),
    (1.0, TypeError, "theta must be a torch.Tensor"),
    (torch.ones(2, dtype=torch.int64), TypeError, "theta must be a floating-point tensor"),
    (torch.ones(2, dtype=torch.complex64), TypeError, "theta must be a floating-point tensor"),
    (torch.ones(2, 2, dtype=torch.bfloat16), TypeError, "theta must have dtype float32 or float64"),
]


@rule_types
@pytest.mark.parametrize(("theta", "error", "message"), BAD_THETA)
def test_init_refuses_what_it_cannot_step(
    rule_type: RuleType, theta: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        rule_type().init(theta)


def test_init_refuses_hyper_parameters_that_do_not_go_with_each_other() -> None:
    rule = optim.Adam(lr=torch.ones(3), beta1=torch.full((2, 1), 0.5), eps=torch.ones(2))
    theta = torch.ones(2, 1)
    said = r"^eps must broadcast against theta with lr, beta1 of shape \(2, 3\), got shape \(2,\)"
    with pytest.raises(ValueError, match=said):
        rule.init(theta)
    assert replace(rule, eps=torch.ones(2, 1)).init(theta).m.shape == (2, 1)


@all_fields
def test_init_refuses_hyper_parameters_that_do_not_go_with_theta(
    rule_type: type[Any], name: str
) -> None:
    if isinstance(getattr(rule_type, name), bool) or name in NO_TENSOR:
        return
    if (rule_type, name) == (Muon, "eps"):
        return
    shape = (1, 3) if rule_type.dims == 2 else (3,)
    value = {"d": 1.0, "beta2_decay": -1.0, "etaplus": 2.0}.get(name, 0.5)
    shown = re.escape(str(shape))
    with pytest.raises(ValueError, match=f"{name} must broadcast against theta of shape {shown}"):
        rule_type(**{name: torch.full((2,), value)}).init(torch.ones(shape))
    with pytest.raises(TypeError, match=f"{name} must not be wider than theta's torch.float32"):
        rule_type(**{name: torch.full((3,), value, dtype=F64)}).init(torch.ones(shape))
    with pytest.raises(ValueError, match=f"{name} must be on theta's device meta, got cpu"):
        rule_type(**{name: torch.full((3,), value)}).init(torch.ones(shape, device="meta"))
    rule_type(**{name: torch.full((), value, dtype=F64)}).init(torch.ones(shape))


BAD_GRAD = [
    (None, TypeError, "grad must be a torch.Tensor"),
    (torch.ones(3, dtype=torch.int64), TypeError, "grad must be a floating-point tensor"),
    (torch.ones(3, 3), ValueError, "grad must have theta's dtype torch.float64, got torch.float32"),
    (torch.ones(1, 3, 3, dtype=F64), ValueError, "grad must have theta's shape"),
    (torch.ones(1, dtype=F64), ValueError, "grad must have theta's shape"),
    (torch.ones(3, 3, dtype=F64, device="meta"), ValueError, "grad must have theta's device cpu"),
]


@rule_types
@pytest.mark.parametrize(("grad", "error", "message"), BAD_GRAD)
def test_update_refuses_a_gradient_unlike_theta(
    rule_type: RuleType, grad: Any, error: type[Exception], message: str
) -> None:
    rule, theta = rule_type(), torch.ones(3, 3, dtype=F64)
    with pytest.raises(error, match=message):
        rule.update(theta, grad, rule.init(theta))


@dataclass(frozen=True)
class Rates:
    """Hyper-parameters that cannot step."""

    lr: float = 0.1


@pytest.mark.parametrize(
    "rule", [None, 0.1, {}, SGD, Rates(), ReduceOnPlateau(), torch.optim.SGD, "adam"]
)
def test_what_is_no_rule_is_refused(rule: Any) -> None:
    with pytest.raises(TypeError, match="rule must be an update rule such as"):
        hyper_parameters(rule)
    with pytest.raises(TypeError, match="rule must be an update rule such as"):
        TorchOptimizer([nn.Parameter(torch.ones(1))], rule)


# --- in the place of torch's optimizers --------------------------------------------------------


def network() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)).double()


def stepped(model: nn.Module, rule: Rule) -> list[nn.Parameter]:
    """Return the parameters that ``rule`` can step: Muon takes matrices alone."""
    return [p for p in model.parameters() if not isinstance(rule, Muon) or p.ndim == 2]


INPUTS, TARGETS = random(20, 3, seed=2), random(20, 1, seed=3)


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    steps: int,
    scheduler: lr_scheduler.LRScheduler | None = None,
) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(INPUTS), TARGETS).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def assert_same(a: nn.Module, b: nn.Module) -> None:
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        torch.testing.assert_close(p, q, **TIGHT)


def differ(a: nn.Module, b: nn.Module) -> bool:
    return any(not torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


SCHEDULERS: dict[str, Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler] | None] = {
    "none": None,
    "step": lambda optimizer: lr_scheduler.StepLR(optimizer, 7, gamma=0.5),
    "cosine": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 50),
}


@twins
@pytest.mark.parametrize("schedule", SCHEDULERS)
def test_a_module_is_trained_as_by_torch(name: str, schedule: str) -> None:
    rule, torch_type, options, _, _ = TWINS[name]
    ours, theirs = network(), network()
    optimizers = (
        TorchOptimizer(stepped(ours, rule), rule),
        torch_type(stepped(theirs, rule), **options),
    )
    for model, optimizer in zip((ours, theirs), optimizers, strict=True):
        make = SCHEDULERS[schedule]
        train(model, optimizer, 50, make(optimizer) if make else None)
    assert differ(ours, network())
    assert_same(ours, theirs)


@twins
def test_a_run_can_be_saved_and_taken_up_again(name: str) -> None:
    rule = TWINS[name].rule
    whole, first, second = network(), network(), network()
    train(whole, TorchOptimizer(stepped(whole, rule), rule), 20)
    before = TorchOptimizer(stepped(first, rule), rule)
    train(first, before, 10)
    file = io.BytesIO()
    torch.save((first.state_dict(), before.state_dict()), file)
    file.seek(0)
    weights, saved = torch.load(file)
    second.load_state_dict(weights)
    after = TorchOptimizer(stepped(second, rule), type(rule)())
    after.load_state_dict(saved)
    train(second, after, 10)
    for p, q in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(p, q)


def test_a_copy_carries_its_rule() -> None:
    model = network()
    optimizer = TorchOptimizer(model.parameters(), Adam(0.1))
    train(model, optimizer, 3)
    other, twin = copy.deepcopy((model, optimizer))
    train(model, optimizer, 3)
    train(other, twin, 3)
    assert_same(model, other)


def test_groups_have_hyper_parameters_of_their_own() -> None:
    ours, theirs = network(), network()

    def groups(model: nn.Sequential) -> list[dict[str, Any]]:
        return [
            {"params": model[0].parameters(), "lr": 0.2},
            {"params": model[2].parameters(), "weight_decay": 0.5},
        ]

    train(ours, TorchOptimizer(groups(ours), Momentum(0.01)), 10)
    train(theirs, torch.optim.SGD(groups(theirs), lr=0.01, momentum=0.9), 10)
    assert_same(ours, theirs)


def test_a_group_can_be_added_while_training() -> None:
    ours, theirs = network(), network()
    for model, make in (
        (ours, lambda p: TorchOptimizer(p, Adam(0.01))),
        (theirs, lambda p: torch.optim.Adam(p, lr=0.01)),
    ):
        optimizer = make(model[0].parameters())
        train(model, optimizer, 5)
        optimizer.add_param_group({"params": model[2].parameters(), "lr": 0.1})
        train(model, optimizer, 5)
    assert_same(ours, theirs)


def test_named_parameters_are_accepted() -> None:
    model = network()
    optimizer = TorchOptimizer(model.named_parameters(), SGD())
    assert optimizer.param_groups[0]["param_names"] == [
        name for name, _ in model.named_parameters()
    ]


def test_a_parameter_without_gradient_is_left_alone() -> None:
    used, unused = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimizer = TorchOptimizer([used, unused], AdamW(0.1, weight_decay=0.5))
    used.sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    assert torch.equal(unused, torch.ones(2))
    assert not (used == 1).any()
    assert unused not in optimizer.state


def test_a_closure_is_called_with_gradients_on_and_its_loss_returned() -> None:
    weight = nn.Parameter(torch.tensor([2.0]))
    optimizer = TorchOptimizer([weight], SGD(0.25))

    def closure() -> float:
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    assert optimizer.step(closure) == 4.0
    assert optimizer.step() is None
    assert weight.item() == 0.0


def test_state_is_kept_by_the_names_of_the_rules_state() -> None:
    weight = nn.Parameter(torch.ones(2))
    optimizer = TorchOptimizer([weight], Adam())
    weight.sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    assert list(optimizer.state[weight]) == ["t", "m", "v"]
    assert not any(value.requires_grad for value in optimizer.state[weight].values())


def test_a_tensor_rate_is_scheduled_without_touching_the_rule() -> None:
    rule = SGD(torch.tensor(1.0))
    weight = nn.Parameter(torch.tensor([2.0]))
    optimizer = TorchOptimizer([weight], rule)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    weight.sum().backward()  # type: ignore[no-untyped-call]
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    assert weight.item() == 0.5
    assert rule.lr == 1.0


class NoState(NamedTuple):
    """Nothing."""


@dataclass(frozen=True)
class SignDescent:
    """A rule as a reader may write it, without any base class."""

    lr: float = 0.5

    def init(self, theta: Tensor) -> NoState:
        return NoState()

    def update(self, theta: Tensor, grad: Tensor, state: NoState) -> tuple[Tensor, NoState]:
        return theta - self.lr * grad.sign(), state


def test_a_rule_of_the_readers_own_trains_too() -> None:
    weight = nn.Parameter(torch.tensor([2.0, -3.0]))
    weight.square().sum().backward()  # type: ignore[no-untyped-call]
    TorchOptimizer([weight], SignDescent()).step()
    assert weight.tolist() == [1.5, -2.5]


class Kept(NamedTuple):
    """Everything that a rule has been given."""

    start: Tensor
    theta: Tensor
    grad: Tensor


@dataclass(frozen=True)
class Pull:
    """Pulled back to the start and away from the last point: keeps what it is given, as it is."""

    lr: float = 0.1
    pull: float = 1.0
    inertia: float = 0.5

    def init(self, theta: Tensor) -> Kept:
        return Kept(theta, theta, torch.zeros_like(theta))

    def update(self, theta: Tensor, grad: Tensor, state: Kept) -> tuple[Tensor, Kept]:
        push = grad + self.pull * (theta - state.start) + 0.1 * state.grad
        after = theta - self.lr * push + self.inertia * (theta - state.theta)
        return after, Kept(state.start, theta, grad)


@dataclass(frozen=True)
class BarzilaiBorwein:
    """The last step's length along the gradient's change: keeps the last point and gradient."""

    lr: float = 0.1

    def init(self, theta: Tensor) -> Kept:
        return Kept(theta, theta, torch.zeros_like(theta))

    def update(self, theta: Tensor, grad: Tensor, state: Kept) -> tuple[Tensor, Kept]:
        moved, bent = theta - state.theta, grad - state.grad
        long = (moved * moved).sum() / (moved * bent).sum()
        step = torch.where(moved.any(), long, torch.as_tensor(self.lr).to(theta))
        return theta - step * grad, Kept(theta, theta, grad)


def alone(rule: Rule, objective: Callable[[Tensor], Tensor], start: Tensor, steps: int) -> Tensor:
    """Return the path of a ``TorchOptimizer``."""
    weight = nn.Parameter(start.clone())
    optimizer = TorchOptimizer([weight], rule)
    path = [start]
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=False)  # the gradient's tensor stays the same
        objective(weight).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        path.append(weight.detach().clone())
    return torch.stack(path)


@given(
    st.sampled_from([Pull(), Pull(0.3, 0.2, -0.4), BarzilaiBorwein()] + [rule() for rule in RULES]),
    st.integers(0, 2**32),
)
@settings(max_examples=80)
def test_an_optimizer_and_a_descent_are_the_same_run(rule: Rule, seed: int) -> None:
    shape = (3, 2) if getattr(rule, "dims", 0) == 2 else (4,)
    curvature = random(*shape, seed=seed).abs() + 0.1
    dims = tuple(range(-len(shape), 0))

    def bowl(theta: Tensor) -> Tensor:
        return (curvature * theta**2).sum(dims)

    start = random(*shape, seed=seed + 1)
    if isinstance(rule, Adafactor) and len(shape) == 1:
        start = start[None]
    path = descend(bowl, start, rule, 12)
    torch.testing.assert_close(alone(rule, bowl, start, 12), path.points, rtol=0, atol=0)


def test_a_rule_may_keep_the_start() -> None:
    start = torch.ones(1, dtype=F64)
    path = alone(Pull(0.1, 1.0, 0.0), lambda theta: theta.square().sum(-1), start, 500)
    # the gradient 2t, a tenth of the last, and t - 1 come to nothing
    assert path[-1].item() == pytest.approx(1 / 3.2, rel=1e-12)


@pytest.mark.parametrize("rule_type", [Rprop, Adam])
def test_a_schedule_is_felt_by_a_state_that_begins_with_the_rate(rule_type: RuleType) -> None:
    def factor(step: int) -> float:
        return 0.5 / (1 + step)

    start = torch.ones(3, dtype=F64)
    weight = nn.Parameter(start.clone())
    optimizer = TorchOptimizer([weight], rule_type(lr=0.4))
    scheduler = lr_scheduler.LambdaLR(optimizer, factor)
    for _ in range(5):
        optimizer.zero_grad()
        weight.square().sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        scheduler.step()
    path = descend(lambda theta: theta.square().sum(-1), start, rule_type(lr=0.4), 5, factor)
    assert torch.equal(path.points[-1], weight)


def test_groups_share_no_tensor() -> None:
    for make, wanted in (
        (lambda o: lr_scheduler.LambdaLR(o, [lambda t: 1.0, lambda t: 0.25]), (1.0, 0.25)),
        (lambda o: lr_scheduler.LambdaLR(o, [lambda t: 0.5, lambda t: 0.25]), (0.5, 0.25)),
    ):
        a, b = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
        optimizer = TorchOptimizer([{"params": [a]}, {"params": [b]}], SGD(torch.tensor(1.0)))
        make(optimizer)  # type: ignore[no-untyped-call]
        assert tuple(float(group["lr"]) for group in optimizer.param_groups) == wanted
    rate = torch.tensor(0.5)
    groups = [{"params": [nn.Parameter(torch.ones(1))], "lr": rate} for _ in range(2)]
    optimizer = TorchOptimizer(groups, SGD())
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    for _ in range(2):
        plateau.step(1.0)
    assert [float(group["lr"]) for group in optimizer.param_groups] == [0.25, 0.25]
    assert rate == 0.5


@pytest.mark.parametrize("leaf", [True, False])
def test_a_rate_that_asks_for_its_gradient_can_be_copied_and_loaded(leaf: bool) -> None:
    log = torch.zeros((), requires_grad=True)
    lr = torch.tensor(1.0, requires_grad=True) if leaf else log.exp()
    weights = [nn.Parameter(torch.tensor([4.0])) for _ in range(2)]
    optimizer, other = (TorchOptimizer([weight], Momentum(0.25 * lr)) for weight in weights)
    weights[0].sum().backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    other.load_state_dict(optimizer.state_dict())
    twin = copy.deepcopy(optimizer)
    assert twin.param_groups[0]["lr"] == other.param_groups[0]["lr"] == 0.25
    assert not twin.rule.lr.requires_grad  # type: ignore[union-attr]


@pytest.mark.parametrize("rule", [SGD(), AdamW(), SignDescent()])
def test_a_sparse_gradient_is_refused_before_anything_moves(rule: Rule) -> None:
    dense, table = nn.Parameter(torch.ones(2)), nn.Embedding(3, 2, sparse=True)
    (dense.sum() + table(torch.tensor([1])).sum()).backward()
    with pytest.raises(TypeError, match=r"param.grad must be a dense tensor, got .*sparse_coo"):
        TorchOptimizer([dense, *table.parameters()], rule).step()
    assert torch.equal(dense, torch.ones(2))


@rule_types
def test_a_rule_refuses_a_sparse_gradient(rule_type: RuleType) -> None:
    rule, theta = rule_type(), torch.eye(3)
    with pytest.raises(TypeError, match=r"grad must be a dense tensor, got .*sparse_coo"):
        rule.update(theta, theta.to_sparse(), rule.init(theta))
    with pytest.raises(TypeError, match=r"theta must be a dense tensor, got .*sparse_coo"):
        rule.init(theta.to_sparse())


def test_a_step_that_fails_moves_nothing() -> None:
    matrix, bias = nn.Parameter(torch.eye(2)), nn.Parameter(torch.ones(2))
    (matrix.sum() + bias.sum()).backward()  # type: ignore[no-untyped-call]
    optimizer = TorchOptimizer([matrix, bias], Muon())
    with pytest.raises(ValueError, match=r"theta must have at least 2 dimension\(s\)"):
        optimizer.step()
    assert torch.equal(matrix, torch.eye(2))
    assert not optimizer.state


# --- limits of floating point -------------------------------------------------------------------


BETAS = [0.9, 0.999, 0.9999, 1 - 1e-5, 1 - 1e-6, 1 - 1e-7, 1 - 1e-8, 1 - 1e-12]


@pytest.mark.parametrize("beta2", BETAS)
@pytest.mark.parametrize(
    ("rule_type", "theirs", "options"),
    [
        (Adam, torch.optim.Adam, {}),
        (AMSGrad, torch.optim.Adam, {"amsgrad": True}),
        (AdamW, torch.optim.AdamW, {}),
        (NAdam, torch.optim.NAdam, {}),
        (RAdam, torch.optim.RAdam, {}),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_single_precision_corrects_as_torch_does(
    rule_type: RuleType, theirs: Any, options: dict[str, Any], beta2: float
) -> None:
    grads = random(12, 5).float()
    weight = nn.Parameter(torch.zeros(5))
    optimizer = theirs([weight], lr=0.1, betas=(0.9, beta2), **options)
    for grad in grads:
        weight.grad = grad.clone()
        optimizer.step()
    ours = run(rule_type(lr=0.1, beta2=beta2), torch.zeros(5), grads)[-1]
    torch.testing.assert_close(ours, weight.data, rtol=2e-6, atol=2e-6)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 50))
def test_a_correction_keeps_its_digits_for_every_beta(beta: float, t: int) -> None:
    """In single precision too, where 1 - beta may round to 0; against exact fractions."""
    exact = float(1 - Fraction(beta) ** t)
    corrected = float(one_minus_power(beta, torch.tensor(float(t))))
    rounded = 2.0**-52 / exact if exact else 0.0  # of the power, before it is taken from 1
    assert corrected == pytest.approx(exact, rel=2e-7 + 50 * rounded, abs=0)
    assert corrected > 0


def test_single_precision_corrects_batched_rates_too() -> None:
    beta2 = torch.tensor([[0.9], [0.999], [0.99999], [1 - 2**-20], [1 - 2**-24]])
    grads = random(12, 5, 3).float()
    many = run(Adam(lr=0.1, beta2=beta2), torch.zeros(5, 3), grads)[-1]
    exact = run(Adam(lr=0.1, beta2=beta2.double()), torch.zeros(5, 3).double(), grads.double())[-1]
    torch.testing.assert_close(many.double(), exact, rtol=3e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("beta2", BETAS)
def test_a_rate_is_corrected_alike_as_a_number_and_as_a_tensor(
    beta2: float, dtype: torch.dtype
) -> None:
    grads, start = random(12, 5).to(dtype), torch.zeros(5, dtype=dtype)
    as_number = run(Adam(lr=0.1, beta2=beta2), start, grads)
    rate = torch.tensor(beta2, dtype=F64)
    assert torch.equal(as_number, run(Adam(lr=0.1, beta2=rate), start, grads))
    mapped = torch.func.vmap(lambda there: run(Adam(lr=0.1, beta2=beta2), there, grads))
    assert torch.equal(mapped(start.unsqueeze(0))[0], as_number)


@pytest.mark.parametrize("name", TWINS)
def test_unrolled_steps_have_finite_gradients_where_a_gradient_is_zero(name: str) -> None:
    rule, shape = TWINS[name].rule, TWINS[name].shape
    fields = {
        field: torch.tensor(float(value), dtype=F64, requires_grad=True)
        for field, value in hyper_parameters(replace(rule)).items()
        if field in spans(rule) and value is not None
    }
    if "beta1" in fields:
        fields["beta1"] = torch.tensor(0.0, dtype=F64, requires_grad=True)
    start = random(*shape).requires_grad_()
    curvature = torch.ones(shape, dtype=F64)
    curvature[0] = 0.0
    now = replace(rule, **fields)
    theta, state = start, now.init(start)
    for _ in range(4):
        theta, state = now.update(theta, curvature * theta, state)
    grads = torch.autograd.grad(theta.square().sum(), [start, *fields.values()], allow_unused=True)
    for field, grad in zip(("start", *fields), grads, strict=True):
        assert grad is None or grad.isfinite().all(), field


def test_the_gradient_of_an_unrolled_adam_is_that_of_its_differences() -> None:
    curvature = torch.tensor([0.0, 1.0, 3.0], dtype=F64)

    def end(lr: Tensor) -> Tensor:
        theta = torch.ones(3, dtype=F64)
        rule = Adam(lr=lr)
        state = rule.init(theta)
        for _ in range(5):
            theta, state = rule.update(theta, curvature * theta, state)
        return theta.square().sum()

    assert torch.autograd.gradcheck(end, torch.tensor(0.05, dtype=F64, requires_grad=True))


def off(rule_type: RuleType) -> Rule:
    """Return the rule with everything that may be turned off, off."""
    names = {"weight_decay", "momentum", "lambd"} & set(hyper_parameters(rule_type()))
    return rule_type(**dict.fromkeys(names, 0.0))


@pytest.mark.parametrize("rule_type", [rule for rule in OWN_WAY if rule is not ScheduleFree])
@pytest.mark.parametrize("batched", [False, True])
def test_what_is_off_leaves_infinity_alone(rule_type: RuleType, batched: bool) -> None:
    rule = off(rule_type)
    if batched:
        numbers = {k: v for k, v in hyper_parameters(rule).items() if not isinstance(v, bool)}
        rule = replace(rule, **{k: torch.full((2, 1), v) for k, v in numbers.items()})
    theta = torch.tensor([[-torch.inf, 1.0]] * 2)
    after, _ = rule.update(theta, torch.tensor([[0.0, 1.0]] * 2), rule.init(theta))
    assert (after[:, 0] == -torch.inf).all()
    assert (after[:, 1] < 1).all()


@pytest.mark.parametrize("rule_type", [Momentum, Nesterov, RMSprop])
def test_a_ball_without_momentum_forgets_an_infinite_push(rule_type: RuleType) -> None:
    rule = rule_type(momentum=0.0)
    theta = torch.zeros(1)
    _, state = rule.update(theta, torch.ones(1), rule.init(theta))
    after, _ = rule.update(theta, torch.ones(1), state._replace(b=torch.full((1,), torch.inf)))
    assert after.isfinite().all()


# --- rules that torch has not, against other references -----------------------------------------


def test_lion_is_optaxs() -> None:
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    with jax.enable_x64(True):
        theirs = optax.lion(0.05, b1=0.6, b2=0.7, weight_decay=0.3)
        x = jax.numpy.asarray(random(6).numpy())
        state, path, grads = theirs.init(x), [], gradients(100, 6)
        for grad in grads:
            step, state = theirs.update(jax.numpy.asarray(grad.numpy()), state, x)
            x = optax.apply_updates(x, step)
            path.append(torch.tensor(np.array(x)))
    ours = run(Lion(0.05, 0.6, 0.7, weight_decay=0.3), random(6), grads)
    torch.testing.assert_close(ours, torch.stack(path), **TIGHT)


def test_schedule_free_is_optaxs() -> None:
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    contrib = pytest.importorskip("optax.contrib")
    with jax.enable_x64(True):
        theirs = contrib.schedule_free_sgd(0.05, b1=0.7, weight_decay=0.3)
        y = jax.numpy.asarray(random(6).numpy())
        state, grads = theirs.init(y), gradients(60, 6)
        rule, theta = ScheduleFree(0.05, 0.7, weight_decay=0.3), random(6)
        mine = rule.init(theta)
        for grad in grads:
            step, state = theirs.update(jax.numpy.asarray(grad.numpy()), state, y)
            y = optax.apply_updates(y, step)
            theta, mine = rule.update(theta, grad, mine)
            x = contrib.schedule_free_eval_params(state, y)
            torch.testing.assert_close(theta, torch.tensor(np.array(y)), rtol=1e-10, atol=1e-10)
            torch.testing.assert_close(mine.x, torch.tensor(np.array(x)), rtol=1e-10, atol=1e-10)
            torch.testing.assert_close(mine.z, torch.tensor(np.array(state.z)), **TIGHT)


def test_newton_schulz_is_optaxs() -> None:
    jax = pytest.importorskip("jax")
    theirs = pytest.importorskip("optax.contrib._muon").orthogonalize_via_newton_schulz
    for shape in ((4, 3), (2, 5)):
        with jax.enable_x64(True):
            coefficients = jax.numpy.asarray((3.4445, -4.775, 2.0315))
            wanted = theirs(jax.numpy.asarray(random(*shape).numpy()), coefficients, 5, eps=0.0)
        torch.testing.assert_close(
            newton_schulz(random(*shape), eps=0.0), torch.tensor(np.array(wanted)), **TIGHT
        )


def test_newton_schulz_maps_singular_values_and_nothing_else() -> None:
    matrix = random(3, 5, 4)
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    s = s / s.square().sum(-1, keepdim=True).sqrt()
    for _ in range(4):
        s = 2.0 * s - 1.5 * s**3 + 0.5 * s**5
    wanted = u @ torch.diag_embed(s) @ v
    torch.testing.assert_close(newton_schulz(matrix, (2.0, -1.5, 0.5), 4), wanted, **TIGHT)
    polar = newton_schulz(matrix, (1.5, -0.5, 0.0), 60)
    torch.testing.assert_close(polar, u @ v, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"matrix": torch.ones(3)}, ValueError, "matrix must have at least 2"),
        ({"coefficients": (1.0, 2.0)}, TypeError, "coefficients must be a tuple of three numbers"),
        ({"coefficients": (1.0, 2.0, "c")}, TypeError, "coefficients must be a real number"),
        ({"steps": 100}, ValueError, r"steps must be an integer in \[0, 99\], got 100"),
        ({"eps": -1.0}, ValueError, "eps must be finite and >= 0, got -1"),
        ({"eps": torch.ones(3)}, TypeError, "eps must be a real number"),
    ],
)
def test_newton_schulz_refuses(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        newton_schulz(**{"matrix": torch.eye(2), **options})


def matrix_power(matrix: Tensor, power: float) -> Tensor:
    """Return a power by SciPy's Schur decomposition, where the rules use eigenvectors."""
    return torch.tensor(linalg.fractional_matrix_power(matrix.numpy(), power).real)


def root_by_svd(matrix: Tensor) -> Tensor:
    u, s, v = torch.linalg.svd(matrix)
    root: Tensor = (u * s.sqrt()) @ v
    return root


def test_full_adagrad_is_the_papers() -> None:
    rule, theta = FullAdagrad(0.2, weight_decay=0.3, eps=0.5), random(4)
    total, wanted, state = torch.zeros(4, 4, dtype=F64), theta, rule.init(theta)
    for grad in 0.01 + gradients(40, 4):
        g = grad + 0.3 * wanted
        total = total + torch.outer(g, g)
        h = 0.5 * torch.eye(4, dtype=F64) + root_by_svd(total)
        wanted = wanted - 0.2 * torch.linalg.solve(h, g)
        theta, state = rule.update(theta, grad, state)
        torch.testing.assert_close(theta, wanted, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(state.s, total, rtol=1e-5, atol=1e-5)


def test_full_adagrad_of_a_diagonal_is_adagrad() -> None:
    theta, grads = random(4), gradients(30, 4)
    grads = torch.diag_embed(grads[:, :1].expand(30, 4)).reshape(120, 4)  # one coordinate at a time
    full, plain = (run(rule, theta, grads) for rule in (FullAdagrad(0.2), Adagrad(0.2, eps=1e-4)))
    torch.testing.assert_close(full, plain, **TIGHT)


def test_full_adagrad_does_not_see_a_turn() -> None:
    theta, grads = random(4), gradients(30, 4)
    turn, _ = torch.linalg.qr(random(4, 4, seed=5))
    turned = run(FullAdagrad(0.2, eps=0.5), theta @ turn, grads @ turn)
    plain = run(FullAdagrad(0.2, eps=0.5), theta, grads)
    torch.testing.assert_close(turned, plain @ turn, rtol=1e-10, atol=1e-10)


def test_shampoo_is_the_papers() -> None:
    rule, theta = Shampoo(0.2, weight_decay=0.3, eps=0.5), random(4, 3)
    left, right = 0.5 * torch.eye(4, dtype=F64), 0.5 * torch.eye(3, dtype=F64)
    wanted, state = theta, rule.init(theta)
    for grad in gradients(40, 4, 3):
        g = grad + 0.3 * wanted
        left, right = left + g @ g.T, right + g.T @ g
        wanted = wanted - 0.2 * matrix_power(left, -1 / 4) @ g @ matrix_power(right, -1 / 4)
        theta, state = rule.update(theta, grad, state)
        torch.testing.assert_close(theta, wanted, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(state.left, left, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(state.right, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("scale", [1.0, 1e2, 1e4])
@pytest.mark.parametrize("eps", [1e-4, torch.tensor([[[1e-4]], [[1e-2]]])])
def test_shampoo_steps_along_gradients_of_low_rank(scale: float, eps: Any) -> None:
    """What they leave empty stays at eps, however much larger the rounding of the sums is."""
    rule = Shampoo(1.0, eps=eps)
    grad = scale * (random(2, 8, 1) @ random(2, 1, 6, seed=1)).float()
    grad[:, 4:] = 0
    step, _ = rule.update(torch.zeros(2, 8, 6), grad, rule.init(torch.zeros(2, 8, 6)))
    theta = torch.zeros(2, 8, 6, dtype=F64)
    wide = Shampoo(1.0, eps=eps.double() if isinstance(eps, torch.Tensor) else eps)
    wanted, _ = wide.update(theta, grad.double(), wide.init(theta))
    torch.testing.assert_close(step.double(), wanted, rtol=0, atol=0.1)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (0, 0), (2, 3, 0)])
def test_muon_leaves_an_empty_matrix_as_it_is(shape: tuple[int, ...]) -> None:
    rule, theta = Muon(), torch.zeros(shape)
    assert rule.update(theta, theta, rule.init(theta))[0].shape == shape


def test_muon_makes_a_steps_singular_values_equal() -> None:
    rule = Muon(1.0, weight_decay=0.0, ns_coefficients=(1.5, -0.5, 0.0), ns_steps=60)
    step, _ = rule.update(torch.zeros(4, 3, dtype=F64), random(4, 3), rule.init(random(4, 3)))
    values = torch.linalg.svdvals(step)
    torch.testing.assert_close(values, torch.full((3,), math.sqrt(4 / 3), dtype=F64), **TIGHT)


def test_schedule_free_begins_with_copies() -> None:
    theta = random(3)
    state = ScheduleFree().init(theta)
    theta.zero_()
    assert torch.equal(state.z, random(3))
    assert torch.equal(state.x, random(3))


def test_schedule_free_without_a_rate_stays() -> None:
    path = run(ScheduleFree(lr=0.0), random(3), gradients(3, 3))
    assert torch.equal(path, random(3).expand(3, 3))


def test_averaged_descent_keeps_the_mean_of_its_path() -> None:
    rule, theta, grads = ASGD(0.1, lambd=0.0, t0=0.0), random(3), gradients(20, 3)
    state, path = rule.init(theta), []
    for grad in grads:
        theta, state = rule.update(theta, grad, state)
        path.append(theta)
    torch.testing.assert_close(state.ax, torch.stack(path[1:]).mean(0), **TIGHT)


def test_groups_are_checked() -> None:
    def params() -> list[nn.Parameter]:
        return [nn.Parameter(torch.ones(2))]

    optimizer = TorchOptimizer(params(), Adam())
    with pytest.raises(TypeError, match=r"param_group may set .*'lr'.*, got 'learning_rate'"):
        optimizer.add_param_group({"params": params(), "learning_rate": 0.1})
    with pytest.raises(ValueError, match="lr must be finite and >= 0, got -1"):
        optimizer.add_param_group({"params": params(), "lr": -1.0})
    with pytest.raises(TypeError, match="lr must be a real number, got 'fast'"):
        optimizer.add_param_group({"params": params(), "lr": "fast"})
    with pytest.raises(TypeError, match=r"param_group must be a dict, got \[\]"):
        optimizer.add_param_group([])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"param_group must have 'params', got \['lr'\]"):
        optimizer.add_param_group({"lr": 0.1})
    with pytest.raises(ValueError, match="empty parameter list"):
        TorchOptimizer([], Adam())
    optimizer.param_groups[0]["lr"] = math.nan
    optimizer.param_groups[0]["params"][0].grad = torch.ones(2)
    with pytest.raises(ValueError, match="lr must be finite and >= 0, got nan"):
        optimizer.step()


def test_a_batched_rate_wider_than_the_parameter_is_refused() -> None:
    weight = nn.Parameter(torch.ones(2))
    weight.grad = torch.ones(2)
    with pytest.raises(ValueError, match="must have param's shape"):
        TorchOptimizer([weight], SGD(torch.ones(3, 1))).step()
    assert torch.equal(weight, torch.ones(2))


# --- elsewhere -------------------------------------------------------------------------------


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
@twins
def test_a_gpu_takes_the_same_steps(name: str) -> None:
    rule, shape = TWINS[name].rule, TWINS[name].shape
    theta, grads = random(*shape), gradients(20, *shape)
    there = run(rule, theta.cuda(), grads.cuda())
    assert there.is_cuda
    torch.testing.assert_close(there.cpu(), run(rule, theta, grads), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (FullAdagrad(eps=torch.full((2,), 0.5)), "eps"),
        (Shampoo(eps=torch.full((2,), 0.5)), "eps"),
        (Shampoo(lr=torch.full((2,), 0.5)), "lr"),
    ],
)
def test_what_a_matrix_needs_one_of_comes_once_for_each_parameter(rule: Rule, name: str) -> None:
    said = rf"^{name} must have last dimensions of 1, .* got shape \(2,\)"
    with pytest.raises(ValueError, match=said):
        rule.init(torch.ones(2, 2))


@pytest.mark.parametrize("rule_type", [FullAdagrad, Shampoo])
def test_one_number_in_double_precision_goes_with_single(rule_type: RuleType) -> None:
    theta, grad = torch.zeros(2, 2), torch.tensor([[3.0, 4.0], [0.5, -1.0]])
    moved = []
    for eps in (0.5, torch.tensor(0.5, dtype=F64)):
        rule = rule_type(eps=eps)
        moved.append(rule.update(theta, grad, rule.init(theta))[0])
    assert torch.equal(*moved)
