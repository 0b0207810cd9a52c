# ruff: noqa: A002, A006 - torch calls it input
"""Mistakes as a learner would write them, not as the catalogue does, are named too."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit import check, optim

Function = Callable[..., Any]


def adam_uncorrected(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad * grad
    return theta - lr * m / (torch.sqrt(v) + eps), m, v


def adam_short_form(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    m = m.lerp(grad, 1 - b1)
    v = v * b2 + grad.pow(2) * (1 - b2)
    rate = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
    return theta - rate * m / (v.sqrt() + eps), m, v


def adam_from_zero(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    m_hat, v_hat = m / (1 - b1 ** (t - 1)), v / (1 - b2 ** (t - 1))
    return theta - lr * m_hat / (v_hat.sqrt() + eps), m, v


def adam_betas_swapped(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    b1, b2 = b2, b1
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    return theta - lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps), m, v


def adam_overwrites(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    m = (b1 * m + (1 - b1) * grad) / (1 - b1**t)
    v = (b2 * v + (1 - b2) * grad**2) / (1 - b2**t)
    return theta - lr * m / (v.sqrt() + eps), m, v


def adamw_as_torch_adam(*arguments: Any) -> Any:
    theta, grad, m, v, t, lr, b1, b2, eps, weight_decay = arguments
    return check.EXERCISES["adam"].variant()(
        theta, grad + weight_decay * theta, m, v, t, lr, b1, b2, eps
    )


def momentum_sutskever(theta: Any, grad: Any, buffer: Any, lr: Any, momentum: Any) -> Any:
    buffer = momentum * buffer + lr * grad
    return theta - buffer, buffer


def momentum_velocity(theta: Any, grad: Any, buffer: Any, lr: Any, momentum: Any) -> Any:
    buffer = momentum * buffer - grad
    return theta + lr * buffer, buffer


def momentum_classic(theta: Any, grad: Any, buffer: Any, lr: Any, momentum: Any) -> Any:
    buffer = momentum * buffer - lr * grad
    return theta + buffer, buffer


def descent_accumulating(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    theta = theta.clone().requires_grad_()
    for _ in range(steps):
        objective(theta).backward()
        theta.data -= lr * theta.grad
    return theta


def descent_once(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    theta = theta.clone().requires_grad_()
    objective(theta).backward()
    for _ in range(steps):
        theta.data -= lr * theta.grad
    return theta


def differences_forgetful(function: Any, theta: Any, h: Any) -> Any:
    theta, grad = theta.clone(), torch.zeros_like(theta)
    for i in range(len(theta)):
        back = theta.clone()
        back[i] -= h
        theta[i] += h
        grad[i] = (function(theta) - function(back)) / (2 * h)
    return grad


def cross_entropy_of_softmax(input: Any, target: Any) -> Any:
    return F.cross_entropy(input.softmax(1), target)


def cross_entropy_columns(input: Any, target: Any) -> Any:
    return F.nll_loss(F.log_softmax(input, dim=0), target)


def cross_entropy_clamped(input: Any, target: Any) -> Any:
    p = F.softmax(input, 1)
    return -(p[range(len(target)), target] + 1e-8).log().mean()


def batches_dropping(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Iterator[Any]:
    order = torch.randperm(len(y), generator=generator)
    for i in range(len(y) // batch_size):
        rows = order[i * batch_size : (i + 1) * batch_size]
        yield X[rows], y[rows]


def batches_apart(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Iterator[Any]:
    X = X[torch.randperm(len(X), generator=generator)]
    y = y[torch.randperm(len(y), generator=generator)]
    for i in range(0, len(y), batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


def batches_drawn(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Iterator[Any]:
    for start in range(0, len(y), batch_size):
        size = min(batch_size, len(y) - start)
        rows = torch.randint(0, len(y), (size,), generator=generator)
        yield X[rows], y[rows]


def batches_returning(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Any:  # noqa: RET503
    order = torch.randperm(len(y), generator=generator)
    for i in range(0, len(y), batch_size):
        return X[order[i : i + batch_size]], y[order[i : i + batch_size]]


def batches_without_generator(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Any:
    order = torch.randperm(len(y))
    for rows in torch.split(order, batch_size):
        yield X[rows], y[rows]


def batches_in_a_new_order(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Any:
    batches = list(zip(torch.split(X, batch_size), torch.split(y, batch_size), strict=True))
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).flip(0)]


def batches_seeded(X: Tensor, y: Tensor, batch_size: int, generator: Any) -> Any:
    order = torch.randperm(len(y), generator=generator.manual_seed(7))
    for rows in torch.split(order, batch_size):
        yield X[rows], y[rows]


def ridge_with_ones(X: Any, y: Any, strength: Any) -> Any:
    design = torch.column_stack([torch.ones(len(X)).to(X), X])
    both = torch.linalg.inv(design.T @ design + strength * torch.eye(X.shape[1] + 1).to(X))
    solution = both @ design.T @ y
    return solution[1:], solution[0]


def decomposition_ddof(predictions: Any, truth: Any, noise: Any) -> Any:
    bias_squared = (truth - predictions.mean(dim=0)).square()
    variance = predictions.std(dim=0) ** 2
    return bias_squared, variance, bias_squared + variance + noise


def decomposition_wrong_axis(predictions: Any, truth: Any, noise: Any) -> Any:
    bias_squared = (truth - predictions.mean(1, keepdim=True)) ** 2
    return bias_squared, predictions.var(1, correction=0), bias_squared + noise


def stopping_without_reset(losses: Any, patience: Any) -> Any:
    best, best_epoch, bad = float("inf"), 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, best_epoch = loss, epoch
        else:
            bad += 1
            if bad >= patience:
                return epoch, best_epoch
    return len(losses) - 1, best_epoch


def lion_as_signed_momentum(
    theta: Any, grad: Any, m: Any, lr: Any, b1: Any, b2: Any, decay: Any
) -> Any:
    m = torch.lerp(m, grad, 1 - b2)
    return theta - lr * decay * theta - lr * torch.sign(m), m


def lion_with_decay_in_the_gradient(
    theta: Any, grad: Any, m: Any, lr: Any, b1: Any, b2: Any, decay: Any
) -> Any:
    c = b1 * m + (1 - b1) * grad + decay * theta
    return theta - lr * torch.sign(c), b2 * m + (1 - b2) * grad


LEARNERS: list[tuple[str, Function, str]] = [
    ("adam", adam_uncorrected, "no_bias_correction"),
    ("adam", adam_short_form, "eps_before_correction"),
    ("adam", adam_from_zero, "t_from_zero"),
    ("adam", adam_betas_swapped, "betas_swapped"),
    ("adam", adam_overwrites, "keeps_corrected"),
    ("adamw", adamw_as_torch_adam, "l2_instead"),
    ("momentum", momentum_sutskever, "lr_inside"),
    ("momentum", momentum_velocity, "negative_buffer"),
    ("momentum", momentum_classic, "lr_inside + negative_buffer"),
    ("gradient_descent", descent_accumulating, "not_reset"),
    ("gradient_descent", descent_once, "gradient_once"),
    ("finite_differences", lambda f, x, h: torch.func.grad(f)(x), "own_h"),
    ("finite_differences", lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h), "one_for_all"),
    ("finite_differences", differences_forgetful, "not_moved_back"),
    (
        "mse_gradient",
        lambda w, b, X, y: (
            -2 * ((X @ w + b - y)[:, None] * X).mean(0),
            -2 * (X @ w + b - y).mean(),
        ),
        "wrong_sign",
    ),
    (
        "mse_gradient",
        lambda w, b, X, y: (X.T @ (X @ w + b - y) / len(y), (X @ w + b - y).mean()),
        "no_two",
    ),
    ("least_squares", lambda X, y: X.T @ y, "no_inverse"),
    ("least_squares", lambda X, y: (X.T @ X) ** -1 @ (X.T @ y), "elementwise_inverse"),
    ("mse_loss", lambda input, target: 0.5 * ((input - target) ** 2).mean(), "halved"),
    ("mse_loss", lambda input, target: F.mse_loss(input, target).sqrt(), "root"),
    ("mse_loss", lambda input, target: F.mse_loss(input, target, reduction="sum"), "sum_for_mean"),
    ("mse_loss", F.l1_loss, "absolute"),
    ("l1_loss", lambda input, target: (input - target).mean(), "no_abs"),
    (
        "huber_loss",
        lambda input, target, delta: F.smooth_l1_loss(input, target, beta=delta),
        "smooth_l1",
    ),
    ("huber_loss", lambda input, target, delta: F.huber_loss(input, target), "own_delta"),
    ("nll_loss", lambda input, target: input.gather(1, target[:, None]).mean(), "no_minus"),
    ("nll_loss", lambda input, target: F.nll_loss(input.log(), target), "log_again"),
    (
        "nll_loss",
        lambda input, target, weight=None: F.nll_loss(
            input, target, weight, reduction="none"
        ).mean(),
        "mean_over_n",
    ),
    ("cross_entropy", cross_entropy_of_softmax, "softmax_twice"),
    ("cross_entropy", cross_entropy_columns, "wrong_axis"),
    ("cross_entropy", cross_entropy_clamped, "clipped"),
    ("cross_entropy", F.nll_loss, "no_softmax"),
    ("binary_cross_entropy", F.binary_cross_entropy_with_logits, "takes_logits"),
    (
        "binary_cross_entropy",
        lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
        "log_of_zero",
    ),
    (
        "binary_cross_entropy_with_logits",
        lambda x, y: F.binary_cross_entropy_with_logits(x.sigmoid(), y),
        "sigmoid_twice",
    ),
    ("minibatches", batches_dropping, "drops_last"),
    ("minibatches", batches_in_a_new_order, "only_batches_shuffled"),
    ("minibatches", batches_apart, "pairs_broken"),
    ("minibatches", batches_drawn, "with_replacement"),
    ("minibatches", batches_returning, "one_batch"),
    ("minibatches", batches_without_generator, "ignores_generator"),
    ("minibatches", batches_seeded, "same_order"),
    ("ridge", ridge_with_ones, "penalised_intercept"),
    ("soft_threshold", lambda x, t: torch.where(x.abs() > t, x, torch.zeros_like(x)), "hard"),
    ("soft_threshold", lambda x, t: torch.relu(x - t), "one_sided"),
    ("bias_variance", decomposition_ddof, "unbiased"),
    ("bias_variance", decomposition_wrong_axis, "wrong_shape"),
    ("early_stopping", stopping_without_reset, "not_reset"),
    ("lion", lion_as_signed_momentum, "sign_of_m"),
    ("lion", lion_with_decay_in_the_gradient, "decay_inside_sign"),
    (
        "newton_schulz",
        lambda G, a, b, c, steps: optim.newton_schulz(G, (a, b, 0.0), steps),
        "no_fifth",
    ),
    ("ema", lambda average, theta, n, alpha: (n * average + theta) / (n + 1), "plain_mean"),
    ("ema", lambda average, theta, n, alpha: torch.lerp(average, theta, 1 - alpha), "not_copied"),
    ("step_schedule", lambda step, size, gamma: gamma ** (step / size), "smooth"),
    (
        "multi_step_schedule",
        lambda step, stones, gamma: gamma ** sum(step > s for s in stones),
        "late",
    ),
    ("exponential_schedule", lambda step, gamma: math.exp(-gamma * step), "natural"),
    ("inverse_time_schedule", lambda step, decay: 1 / (decay * step), "raises"),
    (
        "cosine_schedule",
        lambda step, T, low: low + (1 - low) * (1 + math.cos(2 * math.pi * step / T)) / 2,
        "whole_period",
    ),
    ("warmup_schedule", lambda step, n, start: min(1.0, step / n), "from_zero"),
]


@pytest.mark.parametrize(
    ("name", "function", "key"), LEARNERS, ids=[f"{name}-{key}" for name, _, key in LEARNERS]
)
def test_a_learners_mistake_is_named(name: str, function: Function, key: str) -> None:
    verdict = getattr(check, name)(function)
    assert verdict.mistake == key, verdict
