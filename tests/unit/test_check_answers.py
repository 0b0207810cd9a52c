"""Right answers, however written, are accepted: for every checker at least five of them."""

# ruff: noqa: A002, A006 - torch calls it input

import itertools
import math
from collections import namedtuple
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge
from torch import Tensor, nn
from torch.optim import swa_utils
from torch.utils.data import DataLoader, TensorDataset

from coursekit import (
    autodiff,
    bias_variance,
    check,
    data,
    linear_models,
    losses,
    optim,
    penalties,
    schedules,
)

Function = Callable[..., Any]


# --- helpers that write one answer another way ----------------------------------------------------


def in_float32(function: Function) -> Function:
    """Compute in single precision, whatever comes in."""

    def answer(*arguments: Any) -> Any:
        single = (
            a.float() if isinstance(a, Tensor) and a.is_floating_point() else a for a in arguments
        )
        return function(*single)

    return answer


def by_coordinate(function: Function) -> Function:
    """Write an update rule as a loop over single numbers."""

    def answer(theta: Tensor, grad: Tensor, *rest: Any) -> Any:
        tensors = [a.flatten() for a in (theta, grad, *rest) if isinstance(a, Tensor)]
        numbers = [a for a in rest if not isinstance(a, Tensor)]
        results = [function(*(a[i] for a in tensors), *numbers) for i in range(theta.numel())]
        if isinstance(results[0], Tensor):
            return torch.stack(results).reshape(theta.shape)
        return [torch.stack(parts).reshape(theta.shape) for parts in zip(*results, strict=True)]

    return answer


def in_numpy(function: Function) -> Function:
    """Compute in NumPy and come back."""

    def answer(*arguments: Any) -> Any:
        results = function(*(a.numpy() if isinstance(a, Tensor) else a for a in arguments))
        if isinstance(results, tuple):
            return tuple(torch.as_tensor(result) for result in results)
        return torch.as_tensor(results)

    return answer


def by_tape(operation: Function) -> Function:
    """Let coursekit's tape go back through an operation of two arguments."""

    def answer(a: Tensor, b: Tensor, g: Tensor) -> Any:
        x, y = autodiff.Var(a), autodiff.Var(b)
        (operation(x, y) * g).sum().backward()
        return x.grad, y.grad

    return answer


def by_autograd(operation: Function) -> Function:
    """Let torch's tape do it."""

    def answer(a: Tensor, b: Tensor, g: Tensor) -> Any:
        a, b = a.clone().requires_grad_(), b.clone().requires_grad_()
        return torch.autograd.grad(operation(a, b), (a, b), g)

    return answer


def logits_by_autograd(logits: Tensor, target: Tensor) -> Tensor:
    logits = logits.clone().requires_grad_()
    (grad,) = torch.autograd.grad(F.cross_entropy(logits, target), logits)
    return grad


def softmax_minus_one_hot(logits: Tensor, target: Tensor) -> Tensor:
    shifted = (logits - logits.amax(1, keepdim=True)).exp()
    one_hot = torch.arange(logits.shape[1]) == target[:, None]
    return (shifted / shifted.sum(1, keepdim=True) - one_hot.to(logits.dtype)) / len(logits)


def softmax_by_scatter(logits: Tensor, target: Tensor) -> Tensor:
    grad = logits.softmax(dim=-1)
    grad[torch.arange(len(target)), target] -= 1
    return grad / len(target)


def softmax_row_by_row(logits: Tensor, target: Tensor) -> Tensor:
    rows = []
    for row, right in zip(logits, target.tolist(), strict=True):
        probability = (row - row.logsumexp(0)).exp()
        rows.append([float(p) - (j == right) for j, p in enumerate(probability)])
    return torch.tensor(rows, dtype=logits.dtype) / len(rows)


def torch_step(
    kind: Any, theta: Tensor, grad: Tensor, state: dict[str, Any], **hyper: Any
) -> dict[str, Any]:
    """Let one of torch's optimizers take a step from a given state; return the new one."""
    parameter = theta.clone().requires_grad_()
    parameter.grad = grad.clone()
    optimizer = kind([parameter], **hyper)
    optimizer.state[parameter] = {
        name: value.clone() if isinstance(value, Tensor) else value for name, value in state.items()
    }
    optimizer.step()
    return {"theta": parameter.detach(), **optimizer.state[parameter]}


class Method:
    """An answer that is a method, and an object that can be called."""

    def __init__(self, function: Function) -> None:
        self.function = function

    def answer(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


# --- gradients ------------------------------------------------------------------------------------


def differences_in_a_loop(function: Function, theta: Tensor, h: float) -> Tensor:
    grad = torch.zeros_like(theta)
    for i in range(len(theta)):
        ahead, back = theta.clone(), theta.clone()
        ahead[i] += h
        back[i] -= h
        grad[i] = (function(ahead) - function(back)) / (2 * h)
    return grad


def differences_halved(function: Function, theta: Tensor, h: float) -> Tensor:
    shifts = h * torch.eye(len(theta), dtype=theta.dtype)
    middle = function(theta)
    forward = torch.stack([function(theta + shift) - middle for shift in shifts]) / h
    backward = torch.stack([middle - function(theta - shift) for shift in shifts]) / h
    return (forward + backward) / 2


def descend_backward(objective: Function, theta: Tensor, lr: float, steps: int) -> Tensor:
    theta = theta.clone().requires_grad_()
    for _ in range(steps):
        theta.grad = None
        objective(theta).backward()
        with torch.no_grad():
            theta -= lr * theta.grad  # type: ignore[operator]
    return theta


def descend_with_sgd(objective: Function, theta: Tensor, lr: float, steps: int) -> Tensor:
    theta = theta.clone().requires_grad_()
    optimizer = torch.optim.SGD([theta], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        objective(theta).backward()
        optimizer.step()
    return theta


def descend_recursively(objective: Function, theta: Tensor, lr: float, steps: int) -> Tensor:
    if steps == 0:
        return theta
    return descend_recursively(
        objective, theta - lr * torch.func.grad(objective)(theta), lr, steps - 1
    )


def descend_purely(objective: Function, theta: Tensor, lr: float, steps: int) -> Tensor:
    while steps > 0:
        at = theta.detach().requires_grad_(True)
        (grad,) = torch.autograd.grad(objective(at), [at])
        theta, steps = theta - lr * grad, steps - 1
    return theta


def descend_with_rule(objective: Function, theta: Tensor, lr: float, steps: int) -> Tensor:
    rule = optim.SGD(lr=lr)
    state = rule.init(theta)
    for _ in range(steps):
        theta, state = rule.update(theta, torch.func.grad(objective)(theta), state)
    return theta


def gradient_by_autograd(w: Tensor, b: Tensor, X: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    return torch.autograd.grad(F.mse_loss(X @ w + b, y), [w, b])


def gradient_row_by_row(w: Tensor, b: Tensor, X: Tensor, y: Tensor) -> list[Tensor]:
    dw, db = torch.zeros_like(w), torch.zeros_like(b)
    for row, target in zip(X, y, strict=True):
        error = row.dot(w) + b - target
        dw, db = dw + 2 * error * row / len(y), db + 2 * error / len(y)
    return [dw, db]


def gradient_in_one(w: Tensor, b: Tensor, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    design = torch.cat([X, torch.ones_like(X[:, :1])], 1)
    both = design.T @ (design @ torch.cat([w, b[None]]) - y) * (2 / len(y))
    return both[:-1], both[-1]


# --- update rules ---------------------------------------------------------------------------------

Sgd = namedtuple("Sgd", "theta buffer")


def polyak(theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float) -> Any:
    buffer = momentum * buffer + grad
    return theta - lr * buffer, buffer


def polyak_with_torch(
    theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float, nesterov: bool = False
) -> Any:
    kind = torch.optim.SGD
    state = {"momentum_buffer": buffer}
    new = torch_step(kind, theta, grad, state, lr=lr, momentum=momentum, nesterov=nesterov)
    return new["theta"], new["momentum_buffer"]


def polyak_with_rule(
    theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> Any:
    rule = optim.Momentum(lr=lr, momentum=momentum)
    empty = rule.init(theta)
    theta, state = rule.update(theta, grad, empty._replace(b=buffer, t=torch.ones_like(empty.t)))
    return Sgd(theta, state.b)


def ema_rescaled(theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float) -> Any:
    average = momentum * buffer * (1 - momentum) + (1 - momentum) * grad
    return theta - lr / (1 - momentum) * average, average / (1 - momentum)


def nesterov(theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float) -> Any:
    buffer = momentum * buffer + grad
    return theta - lr * (grad + momentum * buffer), buffer


def nesterov_expanded(
    theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> Any:
    step = (1 + momentum) * grad + momentum**2 * buffer
    return [theta - lr * step, torch.add(grad, buffer, alpha=momentum)]


def nesterov_with_rule(
    theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> Any:
    theta, state = optim.Nesterov(lr=lr, momentum=momentum).update(
        theta, grad, optim.NesterovState(b=buffer)
    )
    return theta, state.b


def adagrad(theta: Any, grad: Any, s: Any, lr: float, eps: float) -> Any:
    s = s + grad**2
    return theta - lr * grad / (s**0.5 + eps), s


def adagrad_with_torch(theta: Tensor, grad: Tensor, s: Tensor, lr: float, eps: float) -> Any:
    state = {"step": torch.tensor(3.0), "sum": s}
    new = torch_step(torch.optim.Adagrad, theta, grad, state, lr=lr, eps=eps)
    return new["theta"], new["sum"]


def adagrad_with_rule(theta: Tensor, grad: Tensor, s: Tensor, lr: float, eps: float) -> Any:
    state = optim.AdagradState(t=torch.zeros((), dtype=theta.dtype), s=s)
    theta, state = optim.Adagrad(lr=lr, eps=eps).update(theta, grad, state)
    return theta, state.s


def rmsprop(theta: Any, grad: Any, v: Any, lr: float, alpha: float, eps: float) -> Any:
    v = alpha * v + (1 - alpha) * grad**2
    return theta - lr * grad / (v**0.5 + eps), v


def rmsprop_lerp(
    theta: Tensor, grad: Tensor, v: Tensor, lr: float, alpha: float, eps: float
) -> Any:
    v = torch.lerp(v, grad.square(), 1 - alpha)
    return torch.addcdiv(theta, grad, v.sqrt().add(eps), value=-lr), v


def rmsprop_with_torch(
    theta: Tensor, grad: Tensor, v: Tensor, lr: float, alpha: float, eps: float
) -> Any:
    state = {"step": torch.tensor(0.0), "square_avg": v}
    new = torch_step(torch.optim.RMSprop, theta, grad, state, lr=lr, alpha=alpha, eps=eps)
    return new["theta"], new["square_avg"]


def rmsprop_with_rule(
    theta: Tensor, grad: Tensor, v: Tensor, lr: float, alpha: float, eps: float
) -> Any:
    rule = optim.RMSprop(lr=lr, alpha=alpha, eps=eps)
    theta, state = rule.update(theta, grad, rule.init(theta)._replace(v=v))
    return theta, state.v


def even_with_rule(step: int, alpha: float) -> float:
    """Divide the length of a step that is right by that of RMSprop's own."""
    rule = optim.RMSprop(lr=1.0, alpha=alpha, eps=0.0)
    theta = torch.zeros(1, dtype=torch.float64)
    state = rule.init(theta)
    for _ in range(step + 1):
        before = theta
        theta, state = rule.update(theta, torch.ones_like(theta), state)
    return 1 / (before - theta).item()


def average_of_ones(step: int, alpha: float) -> float:
    average = 0.0
    for _ in range(step + 1):
        average = alpha * average + (1 - alpha)
    return math.sqrt(average)


def adadelta(theta: Any, grad: Any, v: Any, u: Any, lr: float, rho: float, eps: float) -> Any:
    v = rho * v + (1 - rho) * grad**2
    delta = grad * ((u + eps) / (v + eps)) ** 0.5
    return theta - lr * delta, v, rho * u + (1 - rho) * delta**2


def adadelta_negative(
    theta: Any, grad: Any, v: Any, u: Any, lr: float, rho: float, eps: float
) -> Any:
    """As in the paper: the step carries its minus sign, and is added."""
    v = v + (1 - rho) * (grad**2 - v)
    delta = -((u + eps) ** 0.5) / (v + eps) ** 0.5 * grad
    return [theta + lr * delta, v, u - (1 - rho) * (u - delta**2)]


def adadelta_with_torch(
    theta: Tensor, grad: Tensor, v: Tensor, u: Tensor, lr: float, rho: float, eps: float
) -> Any:
    state = {"step": torch.tensor(0.0), "square_avg": v, "acc_delta": u}
    new = torch_step(torch.optim.Adadelta, theta, grad, state, lr=lr, rho=rho, eps=eps)
    return new["theta"], new["square_avg"], new["acc_delta"]


def adadelta_with_rule(
    theta: Tensor, grad: Tensor, v: Tensor, u: Tensor, lr: float, rho: float, eps: float
) -> Any:
    rule = optim.Adadelta(lr=lr, rho=rho, eps=eps)
    theta, state = rule.update(theta, grad, optim.AdadeltaState(v=v, u=u))
    return theta, state.v, state.u


def adam(
    theta: Any, grad: Any, m: Any, v: Any, t: int, lr: float, beta1: float, beta2: float, eps: float
) -> Any:
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (v_hat**0.5 + eps), m, v


def adam_one_rate(
    theta: Any, grad: Any, m: Any, v: Any, t: int, lr: float, beta1: float, beta2: float, eps: float
) -> Any:
    """The corrections gathered in the learning rate, and eps scaled along with them."""
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad * grad - v)
    root = math.sqrt(1 - beta2**t)
    return [theta - lr * root / (1 - beta1**t) * m / (v**0.5 + eps * root), m, v]


def adam_in_place_on_copies(
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> Any:
    m = m.clone().mul_(beta1).add_(grad, alpha=1 - beta1)
    v = v.clone().mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
    denominator = (v / (1 - beta2**t)).sqrt_().add_(eps)
    return theta.addcdiv(m, denominator, value=-lr / (1 - beta1**t)), m, v


def adam_with_torch(
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    kind: Any = torch.optim.Adam,
) -> Any:
    state = {"step": torch.tensor(t - 1.0), "exp_avg": m, "exp_avg_sq": v}
    hyper = {"lr": lr, "betas": (beta1, beta2), "eps": eps, "weight_decay": weight_decay}
    new = torch_step(kind, theta, grad, state, **hyper)
    return new["theta"], new["exp_avg"], new["exp_avg_sq"]


def adam_with_rule(
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    rule: Any = optim.Adam,
) -> Any:
    state = optim.AdamState(t=torch.tensor(t - 1, dtype=theta.dtype), m=m, v=v)
    theta, state = rule(lr, beta1, beta2, eps, weight_decay=weight_decay).update(theta, grad, state)
    return theta, state.m, state.v


def adam_float32_scalars(
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> Any:
    """Hyper-parameters made tensors, which are float32 unless told."""
    one, two = torch.tensor(beta1), torch.tensor(beta2)
    m = one * m + (1 - one) * grad
    v = two * v + (1 - two) * grad**2
    return theta - torch.tensor(lr) * (m / (1 - one**t)) / ((v / (1 - two**t)).sqrt() + eps), m, v


def adamw_shrunk(*arguments: Any) -> Any:
    theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay = arguments
    return adam((1 - lr * weight_decay) * theta, grad, m, v, t, lr, beta1, beta2, eps)


def adamw_summed(*arguments: Any) -> Any:
    theta, *middle, weight_decay = arguments
    lr = middle[4]
    new, m, v = adam(theta, *middle)
    return new - lr * weight_decay * theta, m, v


def adamw_one_step(*arguments: Any) -> Any:
    theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay = arguments
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    ratio = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps)
    return [theta - lr * (ratio + weight_decay * theta), m, v]


# --- what came after Adam ------------------------------------------------------------------------


def lion(theta: Tensor, grad: Tensor, m: Tensor, *hyper: float) -> Any:
    lr, beta1, beta2, weight_decay = hyper
    c = beta1 * m + (1 - beta1) * grad
    return theta - lr * (c.sign() + weight_decay * theta), beta2 * m + (1 - beta2) * grad


def lion_lerp(theta: Tensor, grad: Tensor, m: Tensor, *hyper: float) -> Any:
    lr, beta1, beta2, weight_decay = hyper
    step = torch.lerp(grad, m, beta1).sign()
    return [theta * (1 - lr * weight_decay) - lr * step, torch.lerp(grad, m, beta2)]


def lion_with_rule(theta: Tensor, grad: Tensor, m: Tensor, *hyper: float) -> Any:
    theta, state = optim.Lion(*hyper).update(theta, grad, optim.LionState(m))
    return theta, state.m


def nadam(
    theta: Tensor, grad: Tensor, m: Tensor, v: Tensor, p: Tensor, t: int, *hyper: float
) -> Any:
    lr, beta1, beta2, eps, psi = hyper
    now, then = (beta1 * (1 - 0.5 * 0.96 ** (step * psi)) for step in (t, t + 1))
    m, v, p = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, p * now
    m_hat = (1 - now) * grad / (1 - p) + then * m / (1 - p * then)
    return theta - lr * m_hat / ((v / (1 - beta2**t)).sqrt() + eps), m, v, p


def nadam_with_torch(
    theta: Tensor, grad: Tensor, m: Tensor, v: Tensor, p: Tensor, t: int, *hyper: float
) -> Any:
    lr, beta1, beta2, eps, psi = hyper
    parameter = nn.Parameter(theta.clone())
    parameter.grad = grad.clone()
    optimizer = torch.optim.NAdam([parameter], lr, (beta1, beta2), eps, momentum_decay=psi)
    optimizer.state[parameter] = {
        "step": torch.tensor(float(t - 1)),
        "exp_avg": m.clone(),
        "exp_avg_sq": v.clone(),
        "mu_product": p.clone(),
    }
    optimizer.step()
    state = optimizer.state[parameter]
    return parameter.detach(), state["exp_avg"], state["exp_avg_sq"], state["mu_product"]


def nadam_with_rule(
    theta: Tensor, grad: Tensor, m: Tensor, v: Tensor, p: Tensor, t: int, *hyper: float
) -> Any:
    lr, beta1, beta2, eps, psi = hyper
    rule = optim.NAdam(lr, beta1, beta2, eps, momentum_decay=psi)
    state = optim.NAdamState(torch.tensor(t - 1, dtype=theta.dtype), m, v, p)
    theta, state = rule.update(theta, grad, state)
    return theta, state.m, state.v, state.p


def nadam_in_two_steps(
    theta: Tensor, grad: Tensor, m: Tensor, v: Tensor, p: Tensor, t: int, *hyper: float
) -> Any:
    lr, beta1, beta2, eps, psi = hyper
    now, then = (beta1 - 0.5 * beta1 * 0.96 ** (step * psi) for step in (t, t + 1))
    m, v, p = m.lerp(grad, 1 - beta1), v.lerp(grad * grad, 1 - beta2), now * p
    scale = lr / ((v / (1 - beta2**t)) ** 0.5 + eps)
    theta = theta - scale * grad * (1 - now) / (1 - p)
    return [theta - scale * m * then / (1 - now * then * p / now), m, v, p]


def newton_schulz(matrix: Tensor, a: float, b: float, c: float, steps: int) -> Any:
    x = matrix / matrix.norm()
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + b * gram @ x + c * gram @ gram @ x
    return x


def newton_schulz_by_values(matrix: Tensor, a: float, b: float, c: float, steps: int) -> Any:
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    s = s / s.square().sum().sqrt()
    for _ in range(steps):
        s = a * s + b * s**3 + c * s**5
    return u @ torch.diag(s) @ vh


def newton_schulz_on_columns(matrix: Tensor, a: float, b: float, c: float, steps: int) -> Any:
    x = matrix / torch.linalg.matrix_norm(matrix)
    for _ in range(steps):
        gram = x.mT @ x
        x = x @ (a * torch.eye(len(gram), dtype=x.dtype) + b * gram + c * gram @ gram)
    return x


def newton_schulz_recursive(matrix: Tensor, a: float, b: float, c: float, steps: int) -> Any:
    if steps == 0:
        return matrix / torch.sqrt((matrix * matrix).sum())
    x = newton_schulz_recursive(matrix, a, b, c, steps - 1)
    third = x @ x.T @ x
    return a * x + b * third + c * x @ x.T @ third


def ema(average: Tensor, theta: Tensor, averaged: int, alpha: float) -> Tensor:
    return alpha * average + (1 - alpha) * theta if averaged else theta.clone()


def ema_of_torch(average: Tensor, theta: Tensor, averaged: int, alpha: float) -> Any:
    if averaged == 0:
        return theta.detach().clone()
    average_of: Function = swa_utils.get_ema_avg_fn(alpha)  # type: ignore[no-untyped-call]
    return average_of(average, theta, torch.tensor(averaged))


def ema_of_a_model(average: Tensor, theta: Tensor, averaged: int, alpha: float) -> Any:
    mean: Any = swa_utils.get_ema_multi_avg_fn(alpha)  # type: ignore[no-untyped-call]
    old, new = (nn.ParameterList([nn.Parameter(value.clone())]) for value in (average, theta))
    model = swa_utils.AveragedModel(old, multi_avg_fn=mean)
    model.n_averaged += averaged
    model.update_parameters(new)
    return next(model.module.parameters()).detach()


# --- schedules ------------------------------------------------------------------------------------


def torch_factor(make: Callable[[Any], Any], step: int, lr: float = 1.0) -> float:
    """Run one of torch's schedulers up to a step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer)
    for _ in range(step):
        optimizer.step()
        scheduler.step()
    return float(optimizer.param_groups[0]["lr"])


def step_in_a_loop(step: int, step_size: int, gamma: float) -> float:
    factor = 1.0
    for t in range(1, step + 1):
        if t % step_size == 0:
            factor *= gamma
    return factor


def multi_step_in_a_loop(step: int, milestones: list[int], gamma: float) -> float:
    factor = 1.0
    for milestone in sorted(milestones):
        if step >= milestone:
            factor *= gamma
    return factor


def cosine(step: float, T_max: float, min_factor: float) -> float:
    return min_factor + (1 - min_factor) * (1 + math.cos(math.pi * step / T_max)) / 2


def cosine_squared(step: int, T_max: int, min_factor: float) -> float:
    return min_factor + (1 - min_factor) * math.cos(math.pi * step / (2 * T_max)) ** 2


def cosine_stepwise(step: int, T_max: int, min_factor: float) -> float:
    """The recursion in torch's documentation."""
    factor = 1.0
    for t in range(1, step + 1):
        ratio = (1 + math.cos(math.pi * t / T_max)) / (1 + math.cos(math.pi * (t - 1) / T_max))
        factor = min_factor + ratio * (factor - min_factor)
    return factor


def restarts_in_a_loop(step: int, T_0: int, T_mult: int, min_factor: float) -> float:
    length = T_0
    while step >= length:
        step, length = step - length, length * T_mult
    return cosine(step, length, min_factor)


def restarts_by_logarithm(step: int, T_0: int, T_mult: int, min_factor: float) -> float:
    if T_mult == 1:
        return cosine(step % T_0, T_0, min_factor)
    cycle = int(math.log(step / T_0 * (T_mult - 1) + 1, T_mult) + 1e-9)
    start = T_0 * (T_mult**cycle - 1) / (T_mult - 1)
    return cosine(step - start, T_0 * T_mult**cycle, min_factor)


def restarts_counted(step: int, T_0: int, T_mult: int, min_factor: float) -> float:
    since, length = 0, T_0
    for _ in range(step):
        since += 1
        if since == length:
            since, length = 0, length * T_mult
    return cosine(since, length, min_factor)


def restarts_recursive(step: int, T_0: int, T_mult: int, min_factor: float) -> float:
    if step < T_0:
        return cosine(step, T_0, min_factor)
    return restarts_recursive(step - T_0, T_0 * T_mult, T_mult, min_factor)


def one_cycle(step: int, total: int, pct_start: float, div: float, final: float) -> float:
    peak = pct_start * total - 1
    if step <= peak:
        return 1 + (1 / div - 1) * (1 + math.cos(math.pi * step / peak)) / 2
    u = (step - peak) / (total - 1 - peak)
    return 1 / (div * final) + (1 - 1 / (div * final)) * math.cos(math.pi * u / 2) ** 2


def one_cycle_by_table(step: int, total: int, pct_start: float, div: float, final: float) -> float:
    return [one_cycle_with_sine(t, total, pct_start, div, final) for t in range(total)][step]


def one_cycle_with_sine(step: int, total: int, pct_start: float, div: float, final: float) -> float:
    peak, first = pct_start * total - 1, 1 / div
    a, b, start, end = (
        (first, 1.0, 0.0, peak) if step <= peak else (1.0, first / final, peak, total - 1.0)
    )
    return a + (b - a) * math.sin(math.pi * (step - start) / (end - start) / 2) ** 2


def one_cycle_with_torch(
    step: int, total: int, pct_start: float, div: float, final: float
) -> float:
    return torch_factor(
        partial(
            torch.optim.lr_scheduler.OneCycleLR,
            max_lr=1.0,
            total_steps=total,
            pct_start=pct_start,
            div_factor=div,
            final_div_factor=final,
            cycle_momentum=False,
        ),
        step,
    )


def one_cycle_with_rule(step: int, total: int, pct_start: float, div: float, final: float) -> Any:
    return schedules.OneCycle(total, pct_start, "cos", div, final)(step)


# --- losses ---------------------------------------------------------------------------------------


def reduced(each: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return each
    return each.sum() if reduction == "sum" else each.mean()


def weighted_nll(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    weight = torch.ones_like(input[0]) if weight is None else weight
    each = -weight[target] * input[torch.arange(len(target)), target]
    return each.sum() / weight[target].sum() if reduction == "mean" else reduced(each, reduction)


def nll_by_mask(input: Tensor, target: Tensor) -> Tensor:
    return -(F.one_hot(target, input.shape[1]) * input).sum(1).mean()


def nll_in_a_loop(input: Tensor, target: Tensor) -> Tensor:
    total = input.new_zeros(())
    for row, label in zip(input, target, strict=True):
        total = total - row[label]
    return total / len(target)


def entropy_shifted(input: Tensor, target: Tensor) -> Tensor:
    shifted = input - input.max(1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(1, keepdim=True).log()
    return nll_by_mask(log_p, target)


def entropy_smoothed(
    input: Tensor, target: Tensor, label_smoothing: float = 0.0, reduction: str = "mean"
) -> Tensor:
    soft = (1 - label_smoothing) * F.one_hot(target, input.shape[1])
    soft = soft + label_smoothing / input.shape[1]
    return reduced(-(soft.to(input) * input.log_softmax(1)).sum(1), reduction)


def entropy_of_margins(input: Tensor, target: Tensor) -> Tensor:
    right = input.gather(1, target[:, None])
    return torch.logsumexp(input - right, 1).mean()


def bce_clamped_logs(input: Tensor, target: Tensor) -> Tensor:
    yes, no = (part.log().clamp(min=-100) for part in (input, 1 - input))
    return -torch.lerp(no, yes, target).mean()


def bce_by_case(input: Tensor, target: Tensor) -> Tensor:
    yes = torch.clamp(input.log(), min=-100)
    no = torch.clamp(torch.log1p(-input), min=-100)
    return -torch.mean(no + target * (yes - no))


def logit_bce_stable(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    c = 1.0 if pos_weight is None else pos_weight
    w = 1.0 if weight is None else weight
    each = c * target * F.softplus(-input) + (1 - target) * F.softplus(input)
    return reduced(w * each, reduction)


def logit_bce_max(input: Tensor, target: Tensor) -> Tensor:
    return (input.clamp(min=0) - input * target + (-input.abs()).exp().log1p()).mean()


def logit_bce_logaddexp(input: Tensor, target: Tensor) -> Tensor:
    return (torch.logaddexp(input, torch.zeros_like(input)) - target * input).mean()


def logit_bce_two_classes(input: Tensor, target: Tensor) -> Tensor:
    log_p = torch.stack([torch.zeros_like(input), input], 1).log_softmax(1)
    return -((1 - target) * log_p[:, 0] + target * log_p[:, 1]).mean()


def huber_pieces(input: Tensor, target: Tensor, delta: float) -> Tensor:
    e = (input - target).abs()
    inside = e.clamp(max=delta)
    return (inside * (e - inside / 2)).mean()


def huber_where(input: Tensor, target: Tensor, delta: float, reduction: str = "mean") -> Tensor:
    e = input - target
    each = torch.where(e.abs() <= delta, e**2 / 2, delta * e.abs() - delta**2 / 2)
    return reduced(each, reduction)


def huber_masks(input: Tensor, target: Tensor, delta: float) -> Tensor:
    e = torch.abs(target - input)
    small = (e < delta).to(e)
    return torch.mean(small * e**2 / 2 + (1 - small) * delta * (e - delta / 2))


# --- linear models --------------------------------------------------------------------------------


def least_squares_qr(X: Tensor, y: Tensor) -> Any:
    Q, R = torch.linalg.qr(X)
    return torch.linalg.solve_triangular(R, (Q.T @ y)[:, None], upper=True)[:, 0]


def ridge_augmented(X: Tensor, y: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    centred, d = X - X.mean(0), X.shape[1]
    rows = torch.cat([centred, strength**0.5 * torch.eye(d, dtype=X.dtype)])
    targets = torch.cat([y - y.mean(), torch.zeros(d, dtype=X.dtype)])
    w = torch.linalg.lstsq(rows, targets[:, None]).solution[:, 0]
    return w, y.mean() - X.mean(0) @ w


def ridge_diagonal(X: Tensor, y: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    d = X.shape[1]
    design = torch.cat([X, torch.ones_like(X[:, :1])], 1)
    penalty = strength * torch.diag(torch.tensor([1.0] * d + [0.0], dtype=X.dtype))
    both = torch.linalg.inv(design.T @ design + penalty) @ design.T @ y
    return both[:d], both[d]


def ridge_dual(X: Tensor, y: Tensor, strength: float) -> list[Tensor]:
    centred, target = X - X.mean(0), y - y.mean()
    kernel = centred @ centred.T + strength * torch.eye(len(y), dtype=X.dtype)
    w = centred.T @ torch.linalg.pinv(kernel) @ target
    return [w, (y - X @ w).mean()]


def ridge_sklearn(X: Tensor, y: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    model = Ridge(alpha=strength).fit(X.numpy(), y.numpy())
    return torch.as_tensor(model.coef_), torch.as_tensor(model.intercept_)


def sklearn_fit(X: Tensor, y: Tensor) -> Tensor:
    model = LinearRegression(fit_intercept=False).fit(X.numpy(), y.numpy())
    return torch.as_tensor(model.coef_)


def lasso_by_hand(w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    z = w - lr / len(y) * (X.T @ (X @ w - y))
    return torch.sign(z) * torch.relu(z.abs() - lr * strength)


def lasso_by_autograd(w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    at = w.clone().requires_grad_()
    (grad,) = torch.autograd.grad(0.5 * F.mse_loss(X @ at, y), at)
    return F.softshrink(w - lr * grad, lr * strength)


def lasso_two_sided(w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    z = w + lr * X.T @ (y - X @ w) / X.shape[0]
    bound = lr * strength
    return (z - bound).clamp(min=0) - (-z - bound).clamp(min=0)


def lasso_precomputed(w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    grad = (X.T @ X / len(y)) @ w - X.T @ y / len(y)
    z = w - lr * grad
    return z - z.clamp(-lr * strength, lr * strength)


def lasso_with_rule(w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    return penalties.proximal_step(w, X.T @ (X @ w - y) / len(y), lr, strength)


# --- bias and variance, batches, stopping ---------------------------------------------------------


def decompose_by_hand(predictions: Tensor, truth: Tensor, noise: float) -> tuple[Tensor, ...]:
    average = predictions.mean(0)
    bias_squared = (average - truth) ** 2
    variance = ((predictions - average) ** 2).mean(0)
    return bias_squared, variance, bias_squared + variance + noise


def decompose_by_moments(predictions: Tensor, truth: Tensor, noise: float) -> list[Tensor]:
    first, second = predictions.mean(0), (predictions**2).mean(0)
    error = second - 2 * first * truth + truth**2 + noise
    return [(truth - first) ** 2, second - first**2, error]


def decompose_pointwise(predictions: Tensor, truth: Tensor, noise: float) -> tuple[Tensor, ...]:
    rows = [
        decompose_by_hand(column[:, None], t[None], noise)
        for column, t in zip(predictions.T, truth, strict=True)
    ]
    return tuple(torch.cat(parts) for parts in zip(*rows, strict=True))


def decompose_with_rule(predictions: Tensor, truth: Tensor, noise: float) -> tuple[Tensor, ...]:
    parts = bias_variance.decompose(predictions, truth, noise)
    return parts.bias_squared, parts.variance, parts.error


def decompose_numpy(predictions: Any, truth: Any, noise: float) -> Any:
    bias_squared = (predictions.mean(0) - truth) ** 2
    return bias_squared, predictions.var(0), bias_squared + predictions.var(0) + noise


def batches_of_rows(
    X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[Any]:
    order = torch.randperm(len(y), generator=generator)
    for start in range(0, len(y), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def batches_popped(
    X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[Any]:
    left = torch.randperm(len(X), generator=generator).tolist()
    while left:
        rows, left = left[:batch_size], left[batch_size:]
        yield [X[rows], y[rows]]


def stop_counting(losses: list[float], patience: int) -> tuple[int, int]:
    best, waited, epoch = 0, 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best, waited = epoch, 0
        else:
            waited += 1
        if waited == patience:
            break
    return epoch, best


def stop_by_distance(losses: list[float], patience: int) -> list[int]:
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return [epoch, best]
    return [len(losses) - 1, best]


def stop_with_minima(losses: list[float], patience: int) -> tuple[int, int]:
    first = [losses.index(low) for low in itertools.accumulate(losses, min)]
    last = next((e for e, b in enumerate(first) if e - b == patience), len(losses) - 1)
    return last, first[last]


def stop_in_tensors(losses: list[float], patience: int) -> tuple[Tensor, Tensor]:
    lowest = torch.tensor(losses).cummin(0).values
    first = torch.tensor([int((lowest == low).nonzero()[0]) for low in lowest])
    waited = torch.arange(len(losses)) - first
    late = (waited >= patience).nonzero()
    last = late[0, 0] if len(late) else torch.tensor(len(losses) - 1)
    return last, first[last]


def stop_numpy(losses: list[float], patience: int) -> tuple[Any, Any]:
    best, last = np.inf, np.int64(len(losses) - 1)
    best_epoch = np.int64(0)
    for epoch, loss in enumerate(np.array(losses)):
        best_epoch = np.int64(epoch) if loss < best else best_epoch
        best = min(best, loss)
        if epoch - best_epoch == patience:
            last = np.int64(epoch)
            break
    return last, best_epoch


# --- all of them ----------------------------------------------------------------------------------

scheduler = torch.optim.lr_scheduler

ANSWERS: dict[str, list[Function]] = {
    "finite_differences": [
        differences_in_a_loop,
        differences_halved,
        lambda f, x, h: torch.stack(
            [(f(x + e) - f(x - e)) / (2 * h) for e in h * torch.eye(len(x), dtype=x.dtype)]
        ),
        lambda f, x, h: (
            torch.cat([(f(x + h * e) - f(x - h * e)).reshape(1) for e in torch.eye(len(x)).to(x)])
            * (0.5 / h)
        ),
        lambda f, x, h: torch.tensor([float(g) for g in differences_in_a_loop(f, x, h)]),
    ],
    "gd_step": [
        lambda theta, grad, lr: theta - lr * grad,
        lambda theta, grad, lr: torch.sub(theta, grad, alpha=lr),
        lambda theta, grad, lr: theta.clone().add_(grad, alpha=-lr),
        lambda theta, grad, lr: torch_step(torch.optim.SGD, theta, grad, {}, lr=lr)["theta"],
        lambda theta, grad, lr: optim.SGD(lr).update(theta, grad, optim.SGD(lr).init(theta))[0],
        in_numpy(lambda theta, grad, lr: theta - lr * grad),
        by_coordinate(lambda theta, grad, lr: theta - lr * grad),
        in_float32(lambda theta, grad, lr: theta - lr * grad),
    ],
    "gradient_descent": [
        descend_backward,
        descend_with_sgd,
        descend_recursively,
        descend_purely,
        descend_with_rule,
    ],
    "mse_gradient": [
        gradient_by_autograd,
        gradient_row_by_row,
        gradient_in_one,
        lambda w, b, X, y: (2 * ((X @ w + b - y)[:, None] * X).mean(0), 2 * (X @ w + b - y).mean()),
        lambda w, b, X, y: (-2 / len(y) * X.T @ (y - b - X @ w), -2 * (y - b - X @ w).mean()),
    ],
    "product_backward": [
        lambda a, b, g: (g * b, g * a),
        lambda a, b, g: [b * g, a * g],
        by_tape(lambda a, b: a * b),
        by_autograd(torch.mul),
        in_numpy(lambda a, b, g: (g * b, g * a)),
        in_float32(lambda a, b, g: (g * b, g * a)),
    ],
    "matmul_backward": [
        lambda a, b, g: (g @ b.T, (a.mT @ g).sum_to_size(b.shape)),
        lambda a, b, g: (
            torch.einsum("...mn,kn->...mk", g, b),
            torch.einsum("...mk,...mn->kn", a, g),
        ),
        lambda a, b, g: (g @ b.T, a.flatten(0, -2).T @ g.flatten(0, -2)),
        by_tape(lambda a, b: a @ b),
        by_autograd(torch.matmul),
        in_float32(lambda a, b, g: (g @ b.T, (a.mT @ g).sum_to_size(b.shape))),
    ],
    "cross_entropy_backward": [
        logits_by_autograd,
        softmax_minus_one_hot,
        softmax_by_scatter,
        softmax_row_by_row,
        lambda z, t: (z.log_softmax(1).exp() - F.one_hot(t, z.shape[1])) / len(z),
        in_float32(softmax_minus_one_hot),
    ],
    "he_scale": [
        lambda fan_in, slope: math.sqrt(2 / ((1 + slope**2) * fan_in)),
        lambda fan_in, slope: (2 / (1 + slope**2)) ** 0.5 / fan_in**0.5,
        lambda fan_in, slope: nn.init.calculate_gain("leaky_relu", slope) / math.sqrt(fan_in),
        lambda fan_in, slope: torch.tensor(2 / (fan_in + fan_in * slope * slope)).sqrt(),
        lambda fan_in, slope: np.sqrt(2 / fan_in) / np.hypot(1, slope),
    ],
    "momentum": [
        polyak,
        polyak_with_torch,
        polyak_with_rule,
        ema_rescaled,
        by_coordinate(polyak),
        in_numpy(polyak),
        in_float32(polyak),
    ],
    "nesterov": [
        nesterov,
        nesterov_expanded,
        nesterov_with_rule,
        partial(polyak_with_torch, nesterov=True),
        in_numpy(nesterov),
        by_coordinate(nesterov),
    ],
    "adagrad": [
        adagrad,
        adagrad_with_torch,
        adagrad_with_rule,
        in_numpy(adagrad),
        by_coordinate(adagrad),
        lambda theta, grad, s, lr, eps: [
            theta.addcdiv(grad, torch.hypot(s.sqrt(), grad) + eps, value=-lr),
            s.addcmul(grad, grad),
        ],
    ],
    "rmsprop": [
        rmsprop,
        rmsprop_lerp,
        rmsprop_with_torch,
        rmsprop_with_rule,
        in_numpy(rmsprop),
        by_coordinate(rmsprop),
    ],
    "adadelta": [
        adadelta,
        adadelta_negative,
        adadelta_with_torch,
        adadelta_with_rule,
        in_numpy(adadelta),
        by_coordinate(adadelta),
    ],
    "adam": [
        adam,
        adam_one_rate,
        adam_in_place_on_copies,
        adam_with_torch,
        adam_with_rule,
        adam_float32_scalars,
        in_numpy(adam),
        by_coordinate(adam),
        in_float32(adam),
        Method(adam).answer,
        Method(adam),
        partial(adam),
    ],
    "adamw": [
        adamw_shrunk,
        adamw_summed,
        adamw_one_step,
        partial(adam_with_torch, kind=torch.optim.AdamW),
        partial(adam_with_rule, rule=optim.AdamW),
        in_numpy(adamw_shrunk),
    ],
    "lion": [
        lion,
        lion_lerp,
        lion_with_rule,
        by_coordinate(lion),
        in_float32(lion),
        partial(lion_lerp),
    ],
    "nadam": [
        nadam,
        nadam_with_torch,
        nadam_with_rule,
        nadam_in_two_steps,
        in_float32(nadam),
    ],
    "newton_schulz": [
        newton_schulz,
        newton_schulz_by_values,
        newton_schulz_on_columns,
        newton_schulz_recursive,
        lambda matrix, a, b, c, steps: optim.newton_schulz(matrix, (a, b, c), steps),
        in_float32(newton_schulz),
    ],
    "ema": [
        ema,
        ema_of_torch,
        ema_of_a_model,
        lambda average, theta, n, alpha: average + (1 - alpha if n else 1.0) * (theta - average),
        lambda average, theta, n, alpha: theta.lerp(average, alpha if n else 0.0),
        in_float32(ema),
    ],
    "step_schedule": [
        lambda step, step_size, gamma: gamma ** (step // step_size),
        lambda step, step_size, gamma: torch_factor(
            lambda o: scheduler.StepLR(o, step_size, gamma), step
        ),
        lambda step, step_size, gamma: schedules.Step(step_size, gamma)(step),
        lambda step, step_size, gamma: math.exp(math.log(gamma) * math.floor(step / step_size)),
        step_in_a_loop,
        lambda step, step_size, gamma: torch.tensor(gamma) ** torch.tensor(step // step_size),
    ],
    "multi_step_schedule": [
        lambda step, milestones, gamma: gamma ** sum(m <= step for m in milestones),
        lambda step, milestones, gamma: torch_factor(
            lambda o: scheduler.MultiStepLR(o, milestones, gamma), step
        ),
        lambda step, milestones, gamma: schedules.MultiStep(milestones, gamma)(step),
        lambda step, milestones, gamma: (
            gamma ** np.searchsorted(np.sort(milestones), step, side="right")
        ),
        multi_step_in_a_loop,
        lambda step, milestones, gamma: math.prod(gamma for m in milestones if step >= m),
    ],
    "exponential_schedule": [
        lambda step, gamma: gamma**step,
        lambda step, gamma: torch_factor(lambda o: scheduler.ExponentialLR(o, gamma), step),
        lambda step, gamma: schedules.Exponential(gamma)(step),
        lambda step, gamma: math.exp(step * math.log(gamma)),
        lambda step, gamma: math.prod([gamma] * step),
    ],
    "even_steps": [
        lambda step, alpha: math.sqrt(1 - alpha ** (step + 1)),
        lambda step, alpha: (-math.expm1((step + 1) * math.log(alpha))) ** 0.5,
        lambda step, alpha: torch.sqrt((1 - alpha) * (alpha ** torch.arange(step + 1)).sum()),
        average_of_ones,
        even_with_rule,
    ],
    "inverse_time_schedule": [
        lambda step, decay: 1 / (1 + decay * step),
        lambda step, decay: (1 + decay * step) ** -1,
        lambda step, decay: schedules.InverseTime(decay)(step),
        lambda step, decay: torch_factor(
            lambda o: scheduler.LambdaLR(o, lambda t: 1 / (1 + decay * t)), step
        ),
        lambda step, decay: torch.reciprocal(torch.tensor([1 + decay * step])),
        lambda step, decay: np.float32(1) / np.float32(1 + decay * step),
    ],
    "cosine_schedule": [
        cosine,
        cosine_squared,
        cosine_stepwise,
        lambda step, T_max, low: schedules.Cosine(T_max, low)(step),
        lambda step, T_max, low: torch_factor(
            lambda o: scheduler.CosineAnnealingLR(o, T_max, eta_min=low), step
        ),
        lambda step, T_max, low: (
            low + (1 - low) / 2 * (1 + torch.cos(torch.tensor(torch.pi * step / T_max)))
        ),
    ],
    "warm_restarts_schedule": [
        restarts_in_a_loop,
        restarts_by_logarithm,
        restarts_counted,
        restarts_recursive,
        lambda step, T_0, T_mult, low: schedules.CosineWarmRestarts(T_0, T_mult, low)(step),
        lambda step, T_0, T_mult, low: torch_factor(
            lambda o: scheduler.CosineAnnealingWarmRestarts(o, T_0, T_mult, eta_min=low), step
        ),
    ],
    "warmup_schedule": [
        lambda step, n, start: start + (1 - start) * min(step / n, 1),
        lambda step, n, start: start + (1 - start) * step / n if step < n else 1.0,
        lambda step, n, start: schedules.Warmup(n, start_factor=start)(step),
        lambda step, n, start: torch_factor(
            lambda o: scheduler.LinearLR(o, start, 1.0, total_iters=n), step
        ),
        lambda step, n, start: np.interp(step, [0, n], [start, 1]),
        lambda step, n, start: 1 - (1 - start) * max(n - step, 0) / n,
    ],
    "one_cycle_schedule": [
        one_cycle,
        one_cycle_by_table,
        one_cycle_with_sine,
        one_cycle_with_torch,
        one_cycle_with_rule,
    ],
    "mse_loss": [
        F.mse_loss,
        losses.mse_loss,
        lambda input, target: ((input - target) ** 2).mean(),
        lambda input, target: (input - target).norm() ** 2 / input.numel(),
        lambda input, target: torch.square(target - input).sum() / target.numel(),
        lambda input, target, reduction="mean": reduced((input - target).pow(2), reduction),
        lambda input, target: (input**2 - 2 * input * target + target**2).mean(),
        in_float32(F.mse_loss),
    ],
    "l1_loss": [
        F.l1_loss,
        losses.l1_loss,
        lambda input, target: (input - target).abs().mean(),
        lambda input, target: torch.linalg.vector_norm(input - target, 1) / input.numel(),
        lambda input, target: (torch.maximum(input, target) - torch.minimum(input, target)).mean(),
        lambda input, target, reduction="mean": reduced(
            torch.where(input > target, input - target, target - input), reduction
        ),
    ],
    "huber_loss": [
        huber_pieces,
        huber_where,
        huber_masks,
        lambda input, target, delta: F.huber_loss(input, target, delta=delta),
        lambda input, target, delta: losses.huber_loss(input, target, delta=delta),
        lambda input, target, delta: delta * F.smooth_l1_loss(input, target, beta=delta),
    ],
    "nll_loss": [
        F.nll_loss,
        losses.nll_loss,
        weighted_nll,
        nll_by_mask,
        nll_in_a_loop,
        lambda input, target: -input.gather(1, target.unsqueeze(1)).mean(),
        lambda input, target: -torch.diag(input[:, target]).mean(),
    ],
    "cross_entropy": [
        F.cross_entropy,
        losses.cross_entropy,
        entropy_shifted,
        entropy_smoothed,
        entropy_of_margins,
        lambda input, target, weight=None: weighted_nll(input.log_softmax(-1), target, weight),
        lambda input, target: (
            torch.logsumexp(input, 1) - input[torch.arange(len(input)), target]
        ).mean(),
        in_float32(F.cross_entropy),
    ],
    "binary_cross_entropy": [
        F.binary_cross_entropy,
        losses.binary_cross_entropy,
        bce_by_case,
        torch.nn.BCELoss(),
        bce_clamped_logs,
    ],
    "binary_cross_entropy_with_logits": [
        F.binary_cross_entropy_with_logits,
        losses.binary_cross_entropy_with_logits,
        logit_bce_stable,
        logit_bce_max,
        logit_bce_logaddexp,
        logit_bce_two_classes,
    ],
    "least_squares": [
        lambda X, y: torch.linalg.solve(X.T @ X, X.T @ y),
        lambda X, y: torch.linalg.inv(X.T @ X) @ X.T @ y,
        lambda X, y: torch.linalg.lstsq(X, y[:, None]).solution.squeeze(1),
        lambda X, y: torch.linalg.pinv(X) @ y,
        least_squares_qr,
        in_numpy(lambda X, y: np.linalg.lstsq(X, y)[0]),
        sklearn_fit,
        in_float32(lambda X, y: torch.linalg.pinv(X) @ y),
    ],
    "ridge": [
        ridge_augmented,
        ridge_diagonal,
        ridge_dual,
        ridge_sklearn,
        lambda X, y, strength: linear_models.fit_ridge(X, y, strength),
    ],
    "soft_threshold": [
        lambda x, threshold: x.sign() * (x.abs() - threshold).clamp(min=0),
        lambda x, threshold: F.softshrink(x, threshold),
        lambda x, threshold: penalties.soft_threshold(x, threshold),
        lambda x, threshold: torch.relu(x - threshold) - torch.relu(-x - threshold),
        lambda x, threshold: x - x.clamp(-threshold, threshold),
        lambda x, threshold: torch.where(
            x.abs() > threshold, x - threshold * x.sign(), torch.zeros_like(x)
        ),
    ],
    "lasso_step": [
        lasso_by_hand,
        lasso_by_autograd,
        lasso_two_sided,
        lasso_precomputed,
        lasso_with_rule,
    ],
    "bias_variance": [
        decompose_by_hand,
        decompose_by_moments,
        decompose_pointwise,
        decompose_with_rule,
        in_numpy(decompose_numpy),
        lambda p, f, noise: (
            (p.mean(0) - f).square(),
            p.var(0, correction=0),
            (p - f).square().mean(0) + noise,
        ),
    ],
    "minibatches": [
        batches_of_rows,
        batches_popped,
        lambda X, y, size, g: DataLoader(TensorDataset(X, y), size, shuffle=True, generator=g),
        lambda X, y, size, g: [
            (X[rows], y[rows]) for rows in torch.split(torch.randperm(len(y), generator=g), size)
        ],
        lambda X, y, size, g: (
            (X[rows], y[rows]) for rows in data.minibatches(len(y), size, generator=g)
        ),
        lambda X, y, size, g: map(
            tuple,
            (
                zip(
                    *(
                        torch.split(part[torch.randperm(len(y), generator=h)], size)
                        for part, h in ((X, g.clone_state()), (y, g))
                    ),
                    strict=True,
                )
            ),
        ),
    ],
    "early_stopping": [
        stop_counting,
        stop_by_distance,
        stop_with_minima,
        stop_in_tensors,
        stop_numpy,
    ],
}

WAYS = [
    pytest.param(name, answer, id=f"{name}-{number}")
    for name, answers in ANSWERS.items()
    for number, answer in enumerate(answers)
]


def test_every_checker_has_five_right_answers() -> None:
    assert set(ANSWERS) == set(check.EXERCISES)
    assert min(map(len, ANSWERS.values())) >= 5


@pytest.mark.parametrize(("name", "answer"), WAYS)
def test_a_right_answer_is_accepted(name: str, answer: Function) -> None:
    verdict = getattr(check, name)(answer)
    assert verdict.passed, verdict
    assert verdict
    assert verdict.mistake is None
    assert verdict.evidence is None


def restarts_with_rule(step: int, T_0: int, T_mult: int, low: float) -> Any:
    return schedules.CosineWarmRestarts(T_0, T_mult, min_factor=low)(step)


def batches_with_rule(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Iterator[Any]:
    for rows in data.minibatches(len(y), batch_size, generator):
        yield X[rows], y[rows]


COURSEKITS: list[tuple[str, Function]] = [
    ("momentum", polyak_with_rule),
    ("nesterov", nesterov_with_rule),
    ("adagrad", adagrad_with_rule),
    ("rmsprop", rmsprop_with_rule),
    ("adadelta", adadelta_with_rule),
    ("adam", adam_with_rule),
    ("adamw", partial(adam_with_rule, rule=optim.AdamW)),
    ("lion", lion_with_rule),
    ("nadam", nadam_with_rule),
    ("newton_schulz", lambda G, a, b, c, steps: optim.newton_schulz(G, (a, b, c), steps)),
    ("ema", ema_of_torch),
    ("step_schedule", lambda step, size, gamma: schedules.Step(size, gamma)(step)),
    ("multi_step_schedule", lambda step, at, gamma: schedules.MultiStep(at, gamma)(step)),
    ("exponential_schedule", lambda step, gamma: schedules.Exponential(gamma)(step)),
    ("even_steps", even_with_rule),
    ("inverse_time_schedule", lambda step, decay: schedules.InverseTime(decay)(step)),
    ("cosine_schedule", lambda step, T, low: schedules.Cosine(T, low)(step)),
    ("warmup_schedule", lambda step, n, a: schedules.Warmup(n, start_factor=a)(step)),
    ("warm_restarts_schedule", restarts_with_rule),
    ("one_cycle_schedule", one_cycle_with_rule),
    ("minibatches", batches_with_rule),
    ("mse_loss", losses.mse_loss),
    ("l1_loss", losses.l1_loss),
    ("huber_loss", lambda input, target, delta: losses.huber_loss(input, target, delta=delta)),
    ("nll_loss", losses.nll_loss),
    ("cross_entropy", losses.cross_entropy),
    ("binary_cross_entropy", losses.binary_cross_entropy),
    ("binary_cross_entropy_with_logits", losses.binary_cross_entropy_with_logits),
    ("ridge", lambda X, y, strength: linear_models.fit_ridge(X, y, strength)),
    ("soft_threshold", lambda x, threshold: penalties.soft_threshold(x, threshold)),
    ("lasso_step", lasso_with_rule),
    ("bias_variance", decompose_with_rule),
]


@pytest.mark.parametrize(("name", "answer"), COURSEKITS, ids=[name for name, _ in COURSEKITS])
def test_the_references_are_coursekits_to_the_last_digits(name: str, answer: Function) -> None:
    verdict = getattr(check, name)(answer)
    assert verdict.passed
    assert "float32" not in repr(verdict)


def test_single_precision_is_accepted_and_mentioned() -> None:
    assert "float32" in repr(check.adam(adam_float32_scalars))
    assert "float32" not in repr(check.adam(adam))


def test_an_option_that_was_not_tried_is_mentioned() -> None:
    assert "`reduction`" in repr(check.mse_loss(lambda input, target: F.mse_loss(input, target)))
    assert "`reduction`" not in repr(check.mse_loss(F.mse_loss))


# --- and a right answer that is disturbed is not --------------------------------------------------

TENSORS = [
    name
    for name, exercise in check.EXERCISES.items()
    if exercise.measured and name not in ("gradient_descent", "finite_differences")
]


def disturbed(answer: Function, which: int, place: int, factor: float) -> Function:
    """Change one number among those returned, by a factor or, where it is zero, by an amount."""

    def change(value: Any) -> Any:
        tensor = torch.as_tensor(value, dtype=torch.float64).clone()
        flat = tensor.view(-1)
        at = place % len(flat)
        flat[at] = flat[at] * factor if abs(float(flat[at].detach())) > 1e-3 else factor
        return tensor

    def wrong(*arguments: Any) -> Any:
        returned = answer(*arguments)
        if not isinstance(returned, tuple | list):
            return change(returned)
        parts = list(returned)
        parts[which % len(parts)] = change(parts[which % len(parts)])
        return parts

    return wrong


@settings(max_examples=150)
@given(
    st.sampled_from(TENSORS),
    st.integers(0, 2),
    st.integers(0, 11),
    st.floats(-3, 3).filter(lambda factor: abs(factor - 1) > 1e-3 and abs(factor) > 1e-3),
)
def test_a_disturbed_answer_is_never_accepted(
    name: str, which: int, place: int, factor: float
) -> None:
    answer = ANSWERS[name][0]
    verdict = getattr(check, name)(disturbed(answer, which, place, factor))
    assert not verdict.passed, verdict


@settings(max_examples=30)
@given(st.floats(1e-3, 10), st.sampled_from(["theta", "lr", "grad"]))
def test_a_disturbed_descent_is_never_accepted(amount: float, what: str) -> None:
    def wrong(objective: Function, theta: Tensor, lr: float, steps: int) -> Tensor:
        if what == "theta":
            return descend_purely(objective, theta, lr, steps) + amount
        if what == "lr":
            return descend_purely(objective, theta, lr * (1 + amount), steps)
        return descend_purely(lambda at: objective(at) + amount * at.sum(), theta, lr, steps)

    assert not check.gradient_descent(wrong).passed
