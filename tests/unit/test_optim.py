"""Update rules against torch.optim, against closed forms, and against their own promises."""

import copy
import inspect
import io
import math
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim import lr_scheduler

from coursekit.optim import (
    RULES,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Momentum,
    Nesterov,
    RMSprop,
    Rule,
    TorchOptimizer,
    hyper_parameters,
)

RuleType = Callable[..., Rule]

F64 = torch.float64
TIGHT: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-12}

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


ADAM: dict[str, Any] = {"lr": 0.05, "beta1": 0.6, "beta2": 0.7, "eps": 0.5, "weight_decay": 0.3}
TORCH_ADAM: dict[str, Any] = {"lr": 0.05, "betas": (0.6, 0.7), "eps": 0.5, "weight_decay": 0.3}
ADAM_STATE = {"t": "step", "m": "exp_avg", "v": "exp_avg_sq"}
RMS: dict[str, Any] = {"lr": 0.05, "alpha": 0.6, "eps": 0.5, "weight_decay": 0.3}
RMS_STATE = {"v": "square_avg"}


def same(
    rule_type: Callable[..., Rule],
    torch_type: type[torch.optim.Optimizer],
    state: dict[str, str],
    **options: Any,
) -> Twin:
    """Return the twin of a rule whose hyper-parameters torch names alike."""
    ours = {name: value for name, value in options.items() if name != "nesterov"}
    return Twin(rule_type(**ours), torch_type, options, state)


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
}

twins = pytest.mark.parametrize("name", TWINS)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=F64, generator=torch.Generator().manual_seed(seed))


def gradients(steps: int, size: int) -> Tensor:
    """Gradients of every scale, some exactly zero, shrinking so that a maximum is remembered."""
    scale = torch.logspace(1, -2, steps, dtype=F64)[:, None]
    grads = scale * random(steps, size, seed=1)
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
    rule, torch_type, options, names = TWINS[name]
    theta = random(6)
    param = nn.Parameter(theta.clone())
    optimizer = torch_type([param], **options)
    state = rule.init(theta)
    for grad in gradients(steps, 6):
        param.grad = grad.clone()
        optimizer.step()
        theta, state = rule.update(theta, grad, state)
        torch.testing.assert_close(theta, param.data, **TIGHT)
        for ours, theirs in names.items():
            wanted = optimizer.state[param][theirs].to(F64)
            torch.testing.assert_close(getattr(state, ours), wanted, **TIGHT)


@twins
def test_a_free_run_of_500_steps_is_torchs(name: str) -> None:
    rule, torch_type, options, _ = TWINS[name]
    curvature = torch.tensor([0.1, 1.0, 10.0], dtype=F64)
    theta = torch.tensor([3.0, -2.0, 1.0], dtype=F64)
    param = nn.Parameter(theta.clone())
    optimizer = torch_type([param], **options)
    state = rule.init(theta)
    for t in range(500):
        param.grad = (curvature * param - math.cos(t)).detach()
        optimizer.step()
        theta, state = rule.update(theta, curvature * theta - math.cos(t), state)
        torch.testing.assert_close(theta, param.data, **TIGHT)


def test_centred_rmsprop_outlives_torchs_on_a_gradient_that_stands_still() -> None:
    theta, grad = torch.zeros(20, dtype=F64), torch.linspace(0.1, 2.0, 20, dtype=F64)
    path = run(RMSprop(centered=True, alpha=0.6, eps=0.5), theta, grad.expand(300, 20))
    torch.testing.assert_close(path[-2] - path[-1], 0.01 * grad / 0.5, rtol=1e-6, atol=0.0)


def test_every_rule_has_a_twin() -> None:
    assert {type(twin.rule) for twin in TWINS.values()} == set(RULES)


def test_defaults_are_torchs() -> None:
    origin = {
        SGD: torch.optim.SGD,
        Momentum: torch.optim.SGD,
        Nesterov: torch.optim.SGD,
        AMSGrad: torch.optim.Adam,
    }
    for rule_type in RULES:
        theirs = origin.get(rule_type) or getattr(torch.optim, rule_type.__name__)
        signature = inspect.signature(theirs).parameters
        wanted = {name: parameter.default for name, parameter in signature.items()}
        if "betas" in wanted:
            wanted["beta1"], wanted["beta2"] = wanted["betas"]
        if rule_type in (Momentum, Nesterov):
            wanted["momentum"] = 0.9  # torch's is 0, which is no momentum
        ours = hyper_parameters(rule_type())
        assert ours == {name: wanted[name] for name in ours}, rule_type


def test_the_rules_are_all_there() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "SGD",
        "Momentum",
        "Nesterov",
        "Adagrad",
        "RMSprop",
        "Adadelta",
        "Adam",
        "AMSGrad",
        "AdamW",
    ]


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
    "beta1": (0.0, 0.999),
    "beta2": (0.0, 0.999),
    "eps": (1e-8, 1.0),
}


def numeric(rule: Rule) -> list[str]:
    return [name for name in hyper_parameters(rule) if name != "centered"]


@given(st.sampled_from(sorted(TWINS)), st.integers(1, 9), st.integers(0, 2**32))
@settings(max_examples=60)
def test_many_runs_at_once_are_the_runs_one_by_one(name: str, runs: int, seed: int) -> None:
    rule = TWINS[name].rule
    generator = torch.Generator().manual_seed(seed)
    many = {
        field: low + (high - low) * torch.rand(runs, 1, dtype=F64, generator=generator)
        for field, (low, high) in SPANS.items()
        if field in numeric(rule)
    }
    theta, grads = random(runs, 3, seed=seed), random(6, runs, 3, seed=seed + 1)
    together = run(replace(rule, **many), theta, grads)
    for i in range(runs):
        one = {field: value[i].item() for field, value in many.items()}
        alone = run(replace(rule, **one), theta[i], grads[:, i])
        if "beta1" in many:  # torch rounds the powers of one number and of many apart
            torch.testing.assert_close(together[:, i], alone, rtol=1e-13, atol=1e-13)
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
    theta, grads = random(3, 2), random(10, 3, 2, seed=1)
    quiet = run(rule_type(), theta, grads)
    grads[3, 1] = torch.tensor([torch.inf, torch.nan], dtype=F64)
    loud = run(rule_type(), theta, grads)
    assert torch.equal(quiet[:, [0, 2]], loud[:, [0, 2]])
    assert not loud[-1, 1].isfinite().any()


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


@given(st.integers(0, 2**32), st.permutations(range(5)), st.sampled_from(RULES))
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
    rule, theta, grad = rule_type(), random(3), random(3, seed=1)
    _, state = rule.update(theta, grad, rule.init(theta))
    kept = [x.clone() for x in (theta, grad, *state)]
    rule.update(theta, grad, state)
    for before, after in zip(kept, (theta, grad, *state), strict=True):
        assert torch.equal(before, after)
    with pytest.raises(FrozenInstanceError):
        rule.lr = 1.0  # type: ignore[misc]


@rule_types
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
        assert field.shape == (() if name == "t" else theta.shape)


@rule_types
def test_a_step_can_be_differentiated_in_its_learning_rate(rule_type: RuleType) -> None:
    lr = torch.tensor(0.1, dtype=F64, requires_grad=True)
    rule, theta, grad = rule_type(lr=lr), random(3), random(3, seed=1)
    rule.update(theta, grad, rule.init(theta))[0].sum().backward()  # type: ignore[no-untyped-call]
    step = (rule_type(lr=1.0).update(theta, grad, rule.init(theta))[0] - theta).sum()
    torch.testing.assert_close(lr.grad, step, **TIGHT)


# --- bad input -------------------------------------------------------------------------------


all_fields = pytest.mark.parametrize(
    ("rule_type", "name"),
    [(rule_type, name) for rule_type in RULES for name in hyper_parameters(rule_type())],
)


@all_fields
@pytest.mark.parametrize(
    "value",
    [
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
    ],
    ids=repr,
)
def test_every_hyper_parameter_refuses_nonsense(
    rule_type: RuleType, name: str, value: object
) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{name} must (be|hold) "):
        rule_type(**{name: value})


@all_fields
def test_every_hyper_parameter_accepts_its_range_and_nothing_beyond(
    rule_type: RuleType, name: str
) -> None:
    if name == "centered":
        assert rule_type(centered=True) != rule_type()
        return
    rule_type(**{name: 0}), rule_type(**{name: torch.zeros(2, 1)})
    if name in ("alpha", "rho", "beta1", "beta2"):
        with pytest.raises(ValueError, match=rf"{name} must be in \[0, 1\), got 1"):
            rule_type(**{name: 1.0})
    elif name == "dampening":
        assert rule_type(dampening=1.0) != rule_type()
        with pytest.raises(ValueError, match=r"dampening must be in \[0, 1\], got 1.5"):
            rule_type(dampening=1.5)
    else:
        assert rule_type(**{name: 1e6}) != rule_type()


@rule_types
def test_an_unknown_hyper_parameter_is_named(rule_type: RuleType) -> None:
    with pytest.raises(TypeError, match="learning_rate"):
        rule_type(learning_rate=0.1)


BAD_THETA = [
    (None, TypeError, "theta must be a torch.Tensor"),
    (1.0, TypeError, "theta must be a torch.Tensor"),
    (torch.ones(2, dtype=torch.int64), TypeError, "theta must be a floating-point tensor"),
    (torch.ones(2, dtype=torch.complex64), TypeError, "theta must be a floating-point tensor"),
    (torch.ones(2, dtype=torch.bfloat16), TypeError, "theta must have dtype float32 or float64"),
]


@rule_types
@pytest.mark.parametrize(("theta", "error", "message"), BAD_THETA)
def test_init_refuses_what_it_cannot_step(
    rule_type: RuleType, theta: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        rule_type().init(theta)


@all_fields
def test_init_refuses_hyper_parameters_that_do_not_go_with_theta(
    rule_type: RuleType, name: str
) -> None:
    if name == "centered":
        return
    with pytest.raises(ValueError, match=rf"{name} must broadcast against theta of shape \(3,\)"):
        rule_type(**{name: torch.zeros(2)}).init(torch.ones(3))
    with pytest.raises(TypeError, match=f"{name} must not be wider than theta's torch.float32"):
        rule_type(**{name: torch.zeros(3, dtype=F64)}).init(torch.ones(3))
    with pytest.raises(ValueError, match=f"{name} must be on theta's device meta, got cpu"):
        rule_type(**{name: torch.zeros(3)}).init(torch.ones(3, device="meta"))
    rule_type(**{name: torch.zeros((), dtype=F64)}).init(torch.ones(3))


BAD_GRAD = [
    (None, TypeError, "grad must be a torch.Tensor"),
    (torch.ones(3, dtype=torch.int64), TypeError, "grad must be a floating-point tensor"),
    (torch.ones(3), ValueError, "grad must have theta's dtype torch.float64, got torch.float32"),
    (torch.ones(1, 3, dtype=F64), ValueError, "grad must have theta's shape"),
    (torch.ones(1, dtype=F64), ValueError, "grad must have theta's shape"),
    (torch.ones(3, dtype=F64, device="meta"), ValueError, "grad must have theta's device cpu"),
]


@rule_types
@pytest.mark.parametrize(("grad", "error", "message"), BAD_GRAD)
def test_update_refuses_a_gradient_unlike_theta(
    rule_type: RuleType, grad: Any, error: type[Exception], message: str
) -> None:
    rule, theta = rule_type(), torch.ones(3, dtype=F64)
    with pytest.raises(error, match=message):
        rule.update(theta, grad, rule.init(theta))


@dataclass(frozen=True)
class Rates:
    """Hyper-parameters that cannot step."""

    lr: float = 0.1


@pytest.mark.parametrize("rule", [None, 0.1, {}, SGD, Rates(), torch.optim.SGD, "adam"])
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
    rule, torch_type, options, _ = TWINS[name]
    ours, theirs = network(), network()
    optimizers = (
        TorchOptimizer(ours.parameters(), rule),
        torch_type(theirs.parameters(), **options),
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
    train(whole, TorchOptimizer(whole.parameters(), rule), 20)
    before = TorchOptimizer(first.parameters(), rule)
    train(first, before, 10)
    file = io.BytesIO()
    torch.save((first.state_dict(), before.state_dict()), file)
    file.seek(0)
    weights, saved = torch.load(file)
    second.load_state_dict(weights)
    after = TorchOptimizer(second.parameters(), type(rule)())
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


def test_groups_are_checked() -> None:
    def params() -> list[nn.Parameter]:
        return [nn.Parameter(torch.ones(2))]

    optimizer = TorchOptimizer(params(), Adam())
    with pytest.raises(TypeError, match=r"param_group may set .*'lr'.*, got 'learning_rate'"):
        optimizer.add_param_group({"params": params(), "learning_rate": 0.1})
    with pytest.raises(ValueError, match="lr must be finite and >= 0, got -1"):
        optimizer.add_param_group({"params": params(), "lr": -1.0})
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
    rule = TWINS[name].rule
    theta, grads = random(6), gradients(20, 6)
    there = run(rule, theta.cuda(), grads.cuda())
    assert there.is_cuda
    torch.testing.assert_close(there.cpu(), run(rule, theta, grads), rtol=1e-10, atol=1e-10)
