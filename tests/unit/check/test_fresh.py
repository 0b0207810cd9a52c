# ruff: noqa: A002 - learners' answers, as they come
"""Fresh answers, wrong ones and right ones, as learners write.

Each wrong one stands with the verdicts that would help its writer, the first thing said to be true
of it. ``""`` stands for "not known, but here is where it first differs", which is never misleading.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit import check

Function = Callable[..., Any]


# --- gradients ------------------------------------------------------------------------------------


def fd_vmap(f: Any, theta: Any, h: Any) -> Any:
    eye = torch.eye(len(theta), dtype=theta.dtype)
    return torch.stack([(f(theta + h * e) - f(theta - h * e)) / (2 * h) for e in eye])


def fd_list(f: Any, theta: Any, h: Any) -> Any:
    out = []
    for i in range(theta.shape[0]):
        up, down = theta.clone(), theta.clone()
        up[i] = up[i] + h
        down[i] = down[i] - h
        out.append(0.5 * (f(up) - f(down)) / h)
    return torch.stack(out)


def fd_precedence(f: Any, theta: Any, h: Any) -> Any:
    eye = torch.eye(len(theta), dtype=theta.dtype)
    return torch.stack([(f(theta + h * e) - f(theta - h * e)) / 2 * h for e in eye])


def fd_alias(f: Any, theta: Any, h: Any) -> Any:
    grad = torch.zeros_like(theta)
    for i in range(len(theta)):
        up = theta.clone()
        down = up
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
    return grad


def fd_return_inside(f: Any, theta: Any, h: Any) -> Any:
    grad = torch.zeros_like(theta)
    for i in range(len(theta)):
        e = torch.zeros_like(theta)
        e[i] = h
        grad[i] = (f(theta + e) - f(theta - e)) / (2 * h)
        return grad
    return grad


def gd_loop_func(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    x = theta.detach().clone()
    for _ in range(steps):
        x.requires_grad_(True)
        loss = objective(x)
        (g,) = torch.autograd.grad(loss, x)
        x = (x - lr * g).detach()
    return x


def gd_optimizer(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    p = nn.Parameter(theta.clone())
    opt = torch.optim.SGD([p], lr=lr)
    for _ in range(steps):
        opt.zero_grad()
        objective(p).backward()
        opt.step()
    return p.data


def gd_early(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    for _ in range(steps):
        g = torch.func.grad(objective)(theta)
        if g.norm() < 1e-5:
            break
        theta = theta - lr * g
    return theta


def gd_best(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    best = theta
    for _ in range(steps):
        theta = theta - lr * torch.func.grad(objective)(theta)
        if objective(theta) < objective(best):
            best = theta
    return best


def gd_return_inside(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    for _ in range(steps):
        theta = theta - lr * torch.func.grad(objective)(theta)
        return theta
    return theta


def gd_tracks(objective: Any, theta: Any, lr: Any, steps: Any) -> Any:
    theta.requires_grad_()
    x = theta
    for _ in range(steps):
        (g,) = torch.autograd.grad(objective(x), x)
        x = x - lr * g
    return x.detach()


def mse_grad_autograd(w: Any, b: Any, X: Any, y: Any) -> Any:
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    ((X @ w + b - y) ** 2).mean().backward()
    return w.grad, b.grad


def mse_grad_plain(w: Any, b: Any, X: Any, y: Any) -> Any:
    r = X.mv(w) + b - y
    return (2 * r[:, None] * X).mean(0), 2 * r.mean()


def mse_grad_tracks(w: Any, b: Any, X: Any, y: Any) -> Any:
    w.requires_grad_()
    b.requires_grad_()
    ((X @ w + b - y) ** 2).mean().backward()
    return w.grad, b.grad


# --- update rules ---------------------------------------------------------------------------------


def adam_right(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    m = m * b1 + grad * (1 - b1)
    v = v * b2 + grad * grad * (1 - b2)
    return theta - lr / (1 - b1**t) * m / (torch.sqrt(v / (1 - b2**t)) + eps), m, v


def adam_raw(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    _, m, v = adam_right(theta, grad, m, v, t, lr, b1, b2, eps)
    return theta - lr * grad / ((v / (1 - b2**t)).sqrt() + eps), m, v


def adam_hard(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    return adam_right(theta, grad, m, v, t, lr, 0.9, 0.999, eps)


def adam_hard_eps(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    return adam_right(theta, grad, m, v, t, lr, b1, b2, 1e-8)


def adam_order(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    theta, m, v = adam_right(theta, grad, m, v, t, lr, b1, b2, eps)
    return m, v, theta


def adam_divides_by_zero(
    theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
) -> Any:
    warm = 1 / (t - 1)
    return adam_right(theta, grad, m, v, t, lr * warm, b1, b2, eps)


def adam_global() -> Function:
    kept: dict[str, Any] = {}

    def answer(
        theta: Any, grad: Any, m: Any, v: Any, t: Any, lr: Any, b1: Any, b2: Any, eps: Any
    ) -> Any:
        old = kept.get("m")
        m = old if old is not None and old.shape == m.shape else m
        theta, m, v = adam_right(theta, grad, m, v, t, lr, b1, b2, eps)
        kept["m"] = m
        return theta, m, v

    return answer


def polyak(theta: Any, grad: Any, buffer: Any, lr: Any, momentum: Any) -> Any:
    b = buffer * momentum + grad
    return theta - b * lr, b


def nesterov(theta: Any, grad: Any, buffer: Any, lr: Any, momentum: Any) -> Any:
    b = buffer.mul(momentum).add(grad)
    return theta.sub(grad.add(b, alpha=momentum), alpha=lr), b


def adagrad(theta: Any, grad: Any, s: Any, lr: Any, eps: Any) -> Any:
    s = s + grad.pow(2)
    return theta - lr * grad / (s.sqrt() + eps), s


def rmsprop(theta: Any, grad: Any, v: Any, lr: Any, alpha: Any, eps: Any) -> Any:
    v = v + (1 - alpha) * (grad * grad - v)
    return theta - lr * grad / (v.pow(0.5) + eps), v


def adadelta(theta: Any, grad: Any, v: Any, u: Any, lr: Any, rho: Any, eps: Any) -> Any:
    v = rho * v + (1 - rho) * grad.square()
    d = torch.sqrt(u + eps) / torch.sqrt(v + eps) * grad
    return theta - lr * d, v, rho * u + (1 - rho) * d.square()


def adadelta_rms(theta: Any, grad: Any, v: Any, u: Any, lr: Any, rho: Any, eps: Any) -> Any:
    v = rho * v + (1 - rho) * grad.square()
    d = grad / torch.sqrt(v + eps)
    return theta - lr * d, v, rho * u + (1 - rho) * d.square()


def adamw(*a: Any) -> Any:
    theta, grad, m, v, t, lr, b1, b2, eps, wd = a
    return adam_right(theta * (1 - lr * wd), grad, m, v, t, lr, b1, b2, eps)


def adamw_plus(*a: Any) -> Any:
    theta, grad, m, v, t, lr, b1, b2, eps, wd = a
    return adam_right(theta * (1 + lr * wd), grad, m, v, t, lr, b1, b2, eps)


def adamw_no_lr(*a: Any) -> Any:
    theta, grad, m, v, t, lr, b1, b2, eps, wd = a
    new, m, v = adam_right(theta, grad, m, v, t, lr, b1, b2, eps)
    return new - wd * theta, m, v


def adamw_l2(*a: Any) -> Any:
    theta, grad, m, v, t, lr, b1, b2, eps, wd = a
    return adam_right(theta, grad + wd * theta, m, v, t, lr, b1, b2, eps)


# --- schedules ------------------------------------------------------------------------------------


def cosine(step: Any, T: Any, low: Any) -> Any:
    return low + 0.5 * (1 - low) * (1 + math.cos(step / T * math.pi))


def restarts(step: Any, T_0: Any, T_mult: Any, low: Any) -> Any:
    length = T_0
    while step >= length:
        step -= length
        length *= T_mult
    return cosine(step, length, low)


def restarts_log(step: Any, T_0: Any, T_mult: Any, low: Any) -> Any:
    n = int(math.log(step / T_0 * (T_mult - 1) + 1, T_mult))
    start = T_0 * (T_mult**n - 1) / (T_mult - 1)
    return cosine(step - start, T_0 * T_mult**n, low)


def one_cycle(step: Any, n: Any, pct: Any, div: Any, final: Any, peak: Any = None) -> Any:
    top = pct * n - 1 if peak is None else peak
    if step <= top:
        a, b, share = 1 / div, 1.0, step / top
    else:
        a, b, share = 1.0, 1 / div / final, (step - top) / (n - 1 - top)
    return a + (b - a) * (1 - math.cos(math.pi * share)) / 2


def warm(step: Any, n: Any, start: Any) -> Any:
    return 1.0 if step >= n else start + (1 - start) * step / n


# --- losses ---------------------------------------------------------------------------------------


class MyLoss(nn.Module):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        out: Tensor = self.function(input, target)
        return out


def loud(function: Function) -> Function:
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


def ce(input: Any, target: Any) -> Any:
    z = input - input.max(1, keepdim=True).values
    return (z.exp().sum(1).log() - z[torch.arange(len(z)), target]).mean()


def bce(p: Any, t: Any) -> Any:
    one, two = p.log().clamp(min=-100), (1 - p).log().clamp(min=-100)
    return -(t * one + (1 - t) * two).mean()


def bcel(x: Any, t: Any) -> Any:
    return (x.clamp(min=0) - x * t + (-x.abs()).exp().log1p()).mean()


def bcel_where(x: Any, t: Any) -> Any:
    stable = torch.where(x > 0, (1 + (-x).exp()).log(), -x + (1 + x.exp()).log())
    return (stable + (1 - t) * x).mean()


def bcel_ones(x: Any, t: Any, pos_weight: Any = None) -> Any:
    each = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    if pos_weight is not None:
        each = each * torch.where(t == 1, pos_weight, torch.ones_like(t))
    return each.mean()


def ce_one_hot(input: Any, target: Any) -> Any:
    return -(F.one_hot(target) * input.log_softmax(1)).sum(1).mean()


def ce_smooth_plain(input: Any, target: Any, weight: Any = None, label_smoothing: Any = 0.0) -> Any:
    first = F.cross_entropy(input, target, weight)
    spread = -input.log_softmax(1).mean()
    return (1 - label_smoothing) * first + label_smoothing * spread


# --- linear models --------------------------------------------------------------------------------


def ridge(X: Any, y: Any, strength: Any, scale: float = 1.0) -> Any:
    mean_x, mean_y = X.mean(0), y.mean()
    A = X - mean_x
    penalty = scale * strength * torch.eye(X.shape[1], dtype=X.dtype)
    w = torch.linalg.solve(A.T @ A + penalty, A.T @ (y - mean_y))
    return w, mean_y - w @ mean_x


def ridge_dual(X: Any, y: Any, strength: Any) -> Any:
    mean_x, mean_y = X.mean(0), y.mean()
    A = X - mean_x
    K = A @ A.T + strength * torch.eye(len(A), dtype=X.dtype)
    w = A.T @ torch.linalg.solve(K, y - mean_y)
    return w, mean_y - w @ mean_x


def ista(w: Any, X: Any, y: Any, strength: Any, lr: Any) -> Any:
    z = w - lr / len(y) * X.T @ (X @ w - y)
    return torch.where(z.abs() > lr * strength, z - lr * strength * z.sign(), torch.zeros_like(z))


def decompose(P: Any, f: Any, s: Any) -> Any:
    mean = P.mean(0)
    bias, var = (mean - f) ** 2, ((P - mean) ** 2).mean(0)
    return bias, var, bias + var + s


# --- data and training ----------------------------------------------------------------------------


def batches(X: Any, y: Any, batch_size: Any, generator: Any) -> Iterator[Any]:
    order = torch.randperm(len(X), generator=generator).tolist()
    while order:
        now, order = order[:batch_size], order[batch_size:]
        yield X[now], y[now]


def batches_list(X: Any, y: Any, batch_size: Any, generator: Any) -> Any:
    p = torch.randperm(len(X), generator=generator)
    return list(zip(X[p].split(batch_size), y[p].split(batch_size), strict=True))


def batches_blocks(X: Any, y: Any, batch_size: Any, generator: Any) -> Iterator[Any]:
    for i in range(0, len(X), batch_size):
        rows = torch.arange(i, min(i + batch_size, len(X)))
        rows = rows[torch.randperm(len(rows), generator=generator)]
        yield X[rows], y[rows]


def batches_fresh(X: Any, y: Any, batch_size: Any, generator: Any) -> Iterator[Any]:
    for i in range(0, len(X), batch_size):
        rows = torch.randperm(len(X), generator=generator)[i : i + batch_size]
        yield X[rows], y[rows]


def batches_plain(X: Any, y: Any, batch_size: Any, generator: Any) -> Iterator[Any]:
    for i in range(0, len(X), batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


def stop(losses: Any, patience: Any) -> Any:
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best


def stop_numpy(losses: Any, patience: Any) -> Any:
    low, when, wait = math.inf, -1, 0
    last = 0
    for last, value in enumerate(losses):
        wait += 1
        if value < low:
            low, when, wait = value, last, 0
        if wait == patience:
            break
    return [last, when]


def stop_loss(losses: Any, patience: Any) -> Any:
    last, best = stop(losses, patience)
    return last, losses[best]


def stop_bounce(losses: Any, patience: Any) -> Any:
    wait, best = 0, 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        wait = 0 if losses[epoch] < losses[epoch - 1] else wait + 1
        if wait >= patience:
            return epoch, best
    return len(losses) - 1, best


RIGHT: list[tuple[str, Function]] = [
    ("finite_differences", fd_vmap),
    ("finite_differences", fd_list),
    ("gd_step", lambda theta, grad, lr: theta.sub(grad, alpha=lr)),
    ("gd_step", lambda theta, grad, lr: torch.add(theta, -lr * grad)),
    ("gradient_descent", gd_loop_func),
    ("gradient_descent", gd_optimizer),
    ("mse_gradient", mse_grad_autograd),
    ("mse_gradient", mse_grad_plain),
    ("momentum", polyak),
    ("momentum", loud(polyak)),
    ("nesterov", nesterov),
    ("nesterov", lambda *a: [*nesterov(*a)]),
    ("adagrad", adagrad),
    ("adagrad", lambda w, g, s, r, e: (w - r * g / ((s + g * g) ** 0.5 + e), s + g * g)),
    ("rmsprop", rmsprop),
    ("rmsprop", loud(rmsprop)),
    ("adadelta", adadelta),
    ("adadelta", lambda *a: tuple(adadelta(*a))),
    ("adam", adam_right),
    ("adam", lambda *a: list(adam_right(*a))),
    ("adamw", adamw),
    ("adamw", loud(adamw)),
    ("step_schedule", lambda step, size, gamma: gamma ** (step // size)),
    ("step_schedule", lambda step, size, gamma: torch.tensor(gamma).double() ** int(step / size)),
    ("multi_step_schedule", lambda t, ms, g: math.prod(g for m in ms if t >= m)),
    ("multi_step_schedule", lambda t, ms, g: g ** len([m for m in ms if not t < m])),
    ("exponential_schedule", lambda t, g: g**t),
    ("exponential_schedule", lambda t, g: math.exp(t * math.log(g))),
    ("inverse_time_schedule", lambda t, d: 1 / (1 + d * t)),
    ("inverse_time_schedule", lambda t, d: (1 + t * d) ** -1),
    ("cosine_schedule", cosine),
    ("cosine_schedule", lambda t, T, low: low + (1 - low) * math.cos(t * math.pi / 2 / T) ** 2),
    ("warm_restarts_schedule", restarts),
    ("warm_restarts_schedule", loud(restarts)),
    ("warmup_schedule", warm),
    ("warmup_schedule", lambda t, n, a: min(1.0, a + (1 - a) * t / n)),
    ("one_cycle_schedule", one_cycle),
    ("one_cycle_schedule", lambda *a: one_cycle(*a)),
    ("mse_loss", nn.MSELoss()),
    ("mse_loss", MyLoss(F.mse_loss)),
    ("mse_loss", lambda *a, **k: F.mse_loss(*a)),
    ("l1_loss", nn.L1Loss()),
    ("l1_loss", MyLoss(F.l1_loss)),
    ("huber_loss", loud(lambda i, t, d: F.huber_loss(i, t, delta=d))),
    ("huber_loss", lambda i, t, d: d * F.smooth_l1_loss(i, t, beta=d)),
    ("nll_loss", nn.NLLLoss()),
    ("nll_loss", loud(lambda lp, t: -lp[torch.arange(len(t)), t].mean())),
    ("cross_entropy", nn.CrossEntropyLoss()),
    ("cross_entropy", ce),
    ("cross_entropy", MyLoss(ce)),
    ("binary_cross_entropy", nn.BCELoss()),
    ("binary_cross_entropy", bce),
    ("binary_cross_entropy_with_logits", nn.BCEWithLogitsLoss()),
    ("binary_cross_entropy_with_logits", bcel),
    ("least_squares", lambda X, y: torch.linalg.lstsq(X, y).solution),
    ("least_squares", lambda X, y: torch.linalg.pinv(X) @ y),
    ("ridge", ridge),
    ("ridge", ridge_dual),
    ("soft_threshold", F.softshrink),
    ("soft_threshold", lambda x, t: x - x.clamp(-t, t)),
    ("lasso_step", ista),
    ("lasso_step", loud(ista)),
    ("bias_variance", decompose),
    ("bias_variance", lambda P, f, s: [*decompose(P, f, s)]),
    ("minibatches", batches),
    ("minibatches", batches_list),
    ("early_stopping", stop),
    ("early_stopping", stop_numpy),
    ("product_backward", lambda a, b, g: (b * g, a * g)),
    ("product_backward", lambda a, b, g: [g.mul(b), g.mul(a)]),
    ("matmul_backward", lambda a, b, g: (g @ b.T, torch.einsum("...mk,...mn->kn", a, g))),
    ("matmul_backward", lambda a, b, g: (g.matmul(b.t()), a.flatten(0, -2).T @ g.flatten(0, -2))),
    ("cross_entropy_backward", lambda z, t: (z.softmax(1) - F.one_hot(t, z.shape[1])) / len(z)),
    ("cross_entropy_backward", lambda z, t: torch.func.grad(F.cross_entropy)(z, t)),
    ("he_scale", lambda n, a: (2 / n / (1 + a * a)) ** 0.5),
    ("he_scale", lambda n, a: nn.init.calculate_gain("leaky_relu", a) / math.sqrt(n)),
]

WRONG: list[tuple[str, Function, str]] = [
    ("finite_differences", fd_precedence, "times_h"),
    ("finite_differences", fd_alias, "one_point"),
    ("finite_differences", fd_return_inside, "first_only"),
    ("gd_step", lambda theta, grad, lr: theta - 0.1 * grad, "ignored"),
    ("gd_step", lambda theta, grad, lr: -lr * grad, "only_step"),
    ("gd_step", lambda theta, grad, lr: theta - lr * grad.abs(), ""),
    ("gd_step", lambda theta, grad, lr: theta - lr * theta * grad, ""),
    ("gradient_descent", gd_early, "stops_when_flat"),
    ("gradient_descent", gd_best, "best_seen"),
    ("gradient_descent", gd_return_inside, "one_update"),
    ("gradient_descent", gd_tracks, "tracked"),
    ("mse_gradient", mse_grad_tracks, "tracked"),
    ("mse_gradient", lambda *a: mse_grad_plain(*a)[::-1], "wrong_order"),
    (
        "mse_gradient",
        lambda w, b, X, y: (X.T @ (X @ w + b - y).sign() / len(y), (X @ w + b - y).sign().mean()),
        "signs_only",
    ),
    ("momentum", lambda th, g, b, lr, m: polyak(th, g, b, lr, 0.9), "ignored"),
    ("momentum", lambda th, g, b, lr, m: polyak(th, g, b, 0.1, m), "ignored"),
    ("momentum", lambda *a: polyak(*a)[::-1], "wrong_order"),
    ("momentum", lambda th, g, b, lr, m: (th - lr * (m * b + g), b), "buffer_lost"),
    ("nesterov", polyak, "plain"),
    ("nesterov", lambda th, g, b, lr, m: nesterov(th, g, b, lr, 0.9), "ignored"),
    ("nesterov", lambda *a: nesterov(*a)[::-1], "wrong_order"),
    (
        "adagrad",
        lambda w, g, s, r, e: (w - r * g / (s + g * g + e).sqrt(), s + g * g),
        "eps_inside_root",
    ),
    ("adagrad", lambda w, g, s, r, e: adagrad(w, g, s, r, 1e-8), "ignored"),
    ("adagrad", lambda w, g, s, r, e: (w - r * g / (s + g * g + e), s + g * g), "no_root"),
    ("rmsprop", lambda w, g, v, r, a, e: rmsprop(w, g, v, r, 0.99, e), "ignored"),
    ("rmsprop", lambda w, g, v, r, a, e: rmsprop(w, g, v, r, 1 - a, e), "complements_swapped"),
    ("rmsprop", lambda *a: rmsprop(*a)[::-1], "wrong_order"),
    ("adadelta", adadelta_rms, "no_numerator"),
    ("adadelta", lambda w, g, v, u, r, p, e: adadelta(w, g, v, u, 1.0, p, e), "no_lr"),
    ("adadelta", lambda *a: (adadelta(*a)[i] for i in (0, 2, 1)), "generator"),
    ("adadelta", lambda *a: [adadelta(*a)[i] for i in (0, 2, 1)], "wrong_order"),
    ("adam", adam_raw, "raw_gradient"),
    ("adam", adam_hard, "ignored"),
    ("adam", adam_hard_eps, "ignored"),
    ("adam", adam_order, "wrong_order"),
    ("adam", adam_divides_by_zero, "raises"),
    ("adam", adam_global(), "stateful"),
    ("adamw", adamw_plus, "growth"),
    ("adamw", adamw_no_lr, "decay_without_lr"),
    ("adamw", adamw_l2, "l2_instead"),
    ("step_schedule", lambda t, s, g: g ** (t / s), "smooth"),
    ("step_schedule", lambda t, s, g: 0.1 * g ** (t // s), "factor"),
    ("step_schedule", lambda t, s, g: g if t >= s else 1.0, "once"),
    ("multi_step_schedule", lambda t, ms, g: g ** sum(t >= m for m in set(ms)), "repeated_once"),
    ("multi_step_schedule", lambda t, ms, g: g if t in ms else 1.0, "only_there"),
    ("multi_step_schedule", lambda t, ms, g: g ** sum(t > m for m in ms), "late"),
    ("exponential_schedule", lambda t, g: 0.01 * g**t, "factor"),
    ("exponential_schedule", lambda t, g: g * t, "product"),
    ("exponential_schedule", lambda t, g: math.exp(-g * t), "natural"),
    ("inverse_time_schedule", lambda t, d: 1 / (1 + t), "no_decay"),
    ("inverse_time_schedule", lambda t, d: 1 / (d * t), "raises"),
    ("inverse_time_schedule", lambda t, d: 1 / (1 + d) ** t, "power"),
    ("cosine_schedule", lambda t, T, low: (1 + math.cos(math.pi * t / T)) / 2, "no_minimum"),
    ("cosine_schedule", lambda t, T, low: low + (1 - low) * (1 + math.cos(t / T)) / 2, "no_pi"),
    ("cosine_schedule", lambda t, T, low: max(low, math.cos(math.pi * t / T)), ""),
    ("warm_restarts_schedule", restarts_log, "raises"),
    ("warm_restarts_schedule", lambda t, T, k, low: cosine(t % T, T, low), "equal_cycles"),
    ("warm_restarts_schedule", lambda t, T, k, low: cosine(t, T, low), "no_restart"),
    ("warmup_schedule", lambda t, n, a: min(1.0, t / n), "from_zero"),
    ("warmup_schedule", lambda t, n, a: a + (1 - a) * t / n, "goes_on"),
    ("warmup_schedule", lambda t, n, a: max(a, min(1.0, t / n)), ""),
    (
        "one_cycle_schedule",
        lambda t, n, p, d, f: one_cycle(t, n, p, d, f, int(p * n) - 1),
        "rounds_peak",
    ),
    ("one_cycle_schedule", lambda t, n, p, d, f: one_cycle(t, n, p, d, f, p * n), "late_peak"),
    ("one_cycle_schedule", lambda t, n, p, d, f: one_cycle(t, n, 0.3, d, f), "ignored"),
    ("mse_loss", nn.MSELoss, "a_class"),
    ("mse_loss", lambda i, t: ((i - t) ** 2).mean().item(), "not_a_tensor"),
    ("mse_loss", lambda i, t: (i - t).pow(2).sum() / 2 / len(i), "mean_of_rows + halved"),
    ("mse_loss", lambda i, t: (i.mean() - t.mean()) ** 2, "square_of_mean"),
    ("l1_loss", lambda i, t: ((i - t) ** 2).mean().sqrt(), "root_mean_square"),
    ("l1_loss", lambda i, t: (i - t).abs().max(), ""),
    ("l1_loss", lambda i, t: (i - t).norm(p=1), "sum_for_mean"),
    ("huber_loss", lambda i, t, d: F.smooth_l1_loss(i, t, beta=d), "smooth_l1"),
    ("huber_loss", lambda i, t, d: F.huber_loss(i, t), "own_delta"),
    ("huber_loss", lambda i, t, d: F.mse_loss(i, t) / 2, "only_square"),
    ("nll_loss", lambda lp, t: -lp.gather(1, t[:, None]).sum() / lp.numel(), "mean_over_entries"),
    ("nll_loss", lambda lp, t: lp[torch.arange(len(t)), t].mean(), "no_minus"),
    ("nll_loss", lambda lp, t: -lp.max(1).values.mean(), "predicted_class"),
    ("cross_entropy", ce_one_hot, "raises"),
    ("cross_entropy", ce_smooth_plain, "smooths_unweighted"),
    (
        "cross_entropy",
        lambda i, t: F.cross_entropy(i, t, reduction="sum") / i.numel(),
        "mean_over_entries",
    ),
    (
        "cross_entropy",
        lambda i, t: -(i.softmax(1) + 1e-12).log()[range(len(t)), t].mean(),
        "clipped",
    ),
    ("binary_cross_entropy", lambda p, t: bce(p.clamp(1e-7, 1 - 1e-7), t), "clipped"),
    (
        "binary_cross_entropy",
        lambda p, t: -(t * (p + 1e-6).log() + (1 - t) * (1 - p + 1e-6).log()).mean(),
        "clipped",
    ),
    (
        "binary_cross_entropy",
        lambda p, t: -(t * p.log() + (1 - t) * (1 - p).log()).nan_to_num().mean(),
        "infinite",
    ),
    ("binary_cross_entropy_with_logits", bcel_where, ""),
    ("binary_cross_entropy_with_logits", bcel_ones, "weighs_ones"),
    (
        "binary_cross_entropy_with_logits",
        lambda x, t: F.binary_cross_entropy(x.sigmoid(), t),
        "capped_at_100",
    ),
    ("least_squares", lambda X, y: torch.linalg.inv(X.T @ X) @ y[: X.shape[1]], ""),
    ("least_squares", lambda X, y: X.T @ y / len(y), "no_inverse + mean_on_one_side"),
    ("least_squares", lambda X, y: X @ torch.linalg.lstsq(X, y).solution, "predictions"),
    ("ridge", lambda X, y, s: ridge(X, y, s, 1 / len(y)), "penalty_over_n"),
    ("ridge", lambda X, y, s: ridge(X, y, s, 2.0), "penalty_doubled"),
    ("ridge", lambda X, y, s: ridge(X, y, s, 0.5), "penalty_halved"),
    ("ridge", lambda X, y, s: ridge(X, y, s)[::-1], "wrong_order"),
    ("soft_threshold", lambda x, t: torch.where(x.abs() >= t, x, torch.zeros_like(x)), "hard"),
    ("soft_threshold", lambda x, t: (x - t).relu(), "one_sided"),
    ("soft_threshold", lambda x, t: x.sign() * (x.abs() - t), "no_zero"),
    (
        "lasso_step",
        lambda w, X, y, s, r: w - r * (X.T @ (X @ w - y) / len(y) + s * w.sign()),
        "subgradient",
    ),
    ("lasso_step", lambda w, X, y, s, r: ista(w, X, y, s / r, r), "threshold_without_lr"),
    ("lasso_step", lambda w, X, y, s, r: ista(w, X, y, 0.0, r), "no_threshold"),
    ("bias_variance", lambda P, f, s: decompose(P, f, s)[::-1], "wrong_order"),
    ("bias_variance", lambda P, f, s: [decompose(P, f, s)[i] for i in (1, 0, 2)], "wrong_order"),
    (
        "bias_variance",
        lambda P, f, s: ((P.mean(0) - f) ** 2, P.var(0), ((P - f) ** 2).mean(0) + s),
        "unbiased",
    ),
    ("minibatches", batches_blocks, "within_blocks"),
    ("minibatches", batches_fresh, "fresh_permutation"),
    ("minibatches", batches_plain, "no_shuffle"),
    ("early_stopping", stop_loss, "loss_for_epoch"),
    ("early_stopping", stop_bounce, "waits_on_last"),
    ("early_stopping", lambda losses, p: stop(losses, p)[::-1], "wrong_order"),
    ("product_backward", lambda a, b, g: (a * g, b * g), "own_factor"),
    ("product_backward", lambda a, b, g: (b, a), "no_g"),
    ("product_backward", lambda a, b, g: (g, g), "sum_rule"),
    ("matmul_backward", lambda a, b, g: (g @ b.mT, a.mT @ g), "not_summed"),
    ("matmul_backward", lambda a, b, g: (g @ b, a.mT @ g), "raises"),
    (
        "matmul_backward",
        lambda a, b, g: (a.flatten(0, -2).T @ g.flatten(0, -2), g @ b.T),
        "swapped",
    ),
    (
        "cross_entropy_backward",
        lambda z, t: z.softmax(1) - F.one_hot(t, z.shape[1]),
        "sum_for_mean",
    ),
    (
        "cross_entropy_backward",
        lambda z, t: (F.one_hot(t, z.shape[1]) - z.softmax(1)) / len(z),
        "wrong_sign",
    ),
    ("cross_entropy_backward", lambda z, t: z.softmax(1) / len(z), "no_target"),
    ("he_scale", lambda n, a: 2 / (n * (1 + a * a)), "variance"),
    ("he_scale", lambda n, a: math.sqrt(2 / n), "slope_ignored"),
    ("he_scale", lambda n, a: math.sqrt(1 / (n * (1 + a * a))), "no_half"),
]

UNNAMED = sum(not key for _, _, key in WRONG)


def ids(part: object) -> str:
    return getattr(part, "__name__", str(part))[:40]


def test_most_are_named() -> None:
    assert 0.25 * len(WRONG) >= UNNAMED


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=ids)
def test_a_right_answer_is_accepted(name: str, answer: Function) -> None:
    verdict = getattr(check, name)(answer)
    assert verdict.passed, verdict


@pytest.mark.parametrize(("name", "answer", "key"), WRONG, ids=ids)
def test_a_wrong_answer_is_called_what_it_is(name: str, answer: Function, key: str) -> None:
    verdict = getattr(check, name)(answer)
    assert not verdict.passed
    assert (verdict.mistake or "") == key, verdict
