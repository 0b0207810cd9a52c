"""The step against the gradient, once and many times."""

from collections.abc import Callable

import torch
from torch import Tensor

from coursekit.check import _sentences as say
from coursekit.check._common import (
    GRADS,
    THETA,
    case_of,
    tensor,
)
from coursekit.check._declare import exercise
from coursekit.check._exercise import (
    Bugs,
    Call,
    Scenario,
    Script,
    Unreadable,
)
from coursekit.check._text import Text

__all__ = ["gd_step", "gradient_descent"]

# --- one step of gradient descent -----------------------------------------------------------------


def _gd_calls() -> Script:
    for number, lr in enumerate((0.1, 0.5), 1):
        yield Call(case_of(number), (tensor(*THETA), tensor(*GRADS[0]), lr))
    yield Call(case_of(3), (tensor(*THETA), tensor(*GRADS[1]), 2.0))
    yield Call(case_of(4), (tensor(*THETA), tensor(0.0, 0.0, 1e-3), 0.1))
    matrix = tensor([1.0, 2.0], [3.0, 4.0], [5.0, 6.0])
    yield Call(case_of(5), (matrix, matrix.flip(0) / 7, 0.3))
    yield Call(
        case_of(6), (torch.tensor(2.0, dtype=torch.float64), torch.tensor(-3.0).double(), 0.1)
    )
    for number in (7, 8):
        theta = tensor(*THETA, dtype=torch.float32)
        yield Call(case_of(number), (theta, theta * number, 0.05))


@exercise("theta", (Scenario(_gd_calls),))
def gd_step(bugs: Bugs, theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    r"""Check one step of gradient descent, :math:`\theta - \eta\, g`.

    Function
    --------
    tensors of one shape and a float; a new tensor back.

    Examples
    --------
    >>> from coursekit import check
    >>> check.gd_step(lambda theta, grad, lr: theta - lr * grad)
    ✓ gd_step: right. Every call agrees with the reference.
    >>> check.gd_step(lambda theta, grad, lr: theta + lr * grad).mistake
    'ascent'
    """
    g = grad
    if "normalized" in bugs:
        g = g / g.norm()
    if "signs_only" in bugs:
        g = g.sign()
    if "lr_on_theta" in bugs:
        return lr * theta - grad
    if "lr_on_both" in bugs:
        return lr * (theta - grad)
    if "averaged" in bugs:
        g = g.mean() * torch.ones_like(g)
    rate = 1 if "no_lr" in bugs else 1 / lr if "divides_by_lr" in bugs else lr
    step = rate * g
    if "unchanged" in bugs:
        return theta
    if "only_step" in bugs:
        return -step
    if "shrinks" in bugs:
        return theta - lr * theta
    return theta + step if "ascent" in bugs else theta - step


# --- gradient descent -----------------------------------------------------------------------------


def _bowl(theta: Tensor) -> Tensor:
    return theta[0] ** 2 + 2 * theta[1] ** 2 + theta[0] * theta[1]


def _valley(theta: Tensor) -> Tensor:
    return (theta**4).sum() / 4 + (theta[0] - 1) ** 2


def _plain(theta: Tensor) -> Tensor:
    return 1e-9 * (theta[0] ** 2 + 2 * theta[1] ** 2)


_RISING = Text("a rate at which the loss rises", "损失会上升的学习率")
_FLAT = Text("a plain where the gradient is tiny", "梯度极小的平地")


def _descent_calls() -> Script:
    yield Call(case_of(1), (_bowl, tensor(1.0, -2.0), 0.1, 1))
    yield Call(case_of(2), (_bowl, tensor(1.0, -2.0), 0.1, 5))
    yield Call(case_of(3), (_valley, tensor(0.5, -1.0), 0.2, 3))
    yield Call(case_of(4), (_valley, tensor(0.5, -1.0), 0.2, 0))
    yield Call(case_of(5), (_bowl, tensor(1.0, -2.0, dtype=torch.float32), 0.05, 4))
    yield Call(_RISING, (_bowl, tensor(1.0, -2.0), 0.6, 4))
    yield Call(_RISING, (_valley, tensor(1.5, -1.5), 0.55, 4))
    yield Call(_FLAT, (_plain, tensor(1.0, -2.0), 1e8, 4))


@exercise("theta", (Scenario(_descent_calls),), spellings=("returns_inside",))
def gradient_descent(
    bugs: Bugs, objective: Callable[[Tensor], Tensor], theta: Tensor, lr: float, steps: int
) -> Tensor:
    r"""Check gradient descent with autograd's gradients.

    .. math:: \theta_{t+1} = \theta_t - \eta\, \nabla f(\theta_t)

    Function
    --------
    a function from a tensor ``(d,)`` to a tensor ``()``, the start ``(d,)``, a float and an int;
    the point after ``steps`` steps back.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_descent(objective, theta, lr, steps):
    ...     theta = theta.clone().requires_grad_()
    ...     for _ in range(steps):
    ...         objective(theta).backward()
    ...         with torch.no_grad():
    ...             theta -= lr * theta.grad
    ...     return theta
    >>> check.gradient_descent(my_descent).mistake
    'not_reset'
    """

    def slope(at: Tensor) -> Tensor:
        at = at.detach().requires_grad_()
        return torch.autograd.grad(objective(at), at)[0]

    gathered, first, path = torch.zeros_like(theta), slope(theta), [theta]
    if "one_step_less" in bugs:
        steps -= 1
    if "one_step_more" in bugs:
        steps += 1
    rate = 1 if "no_lr" in bugs else lr
    if "one_update" in bugs:
        if steps == 0 and "returns_inside" in bugs:  # no step, no return
            raise Unreadable("returns_nothing", say.NO_RETURN)
        steps = min(steps, 1)
    for t in range(steps):
        g = first if "gradient_once" in bugs else slope(theta)
        if "clips" in bugs:
            g = g.clamp(-1, 1)
        if "not_reset" in bugs:
            gathered = g = gathered + g
        if "shrinking_lr" in bugs:
            rate = lr / (1 + t)
        if "stops_when_flat" in bugs and float(g.norm()) < 1e-6:
            break
        old, theta = theta, theta + rate * g if "ascent" in bugs else theta - rate * g
        if "stops_when_rising" in bugs and float(objective(theta)) > float(objective(old)):
            theta = old
            break
        path.append(theta)
        if "stops_after_rising" in bugs and float(objective(theta)) > float(objective(old)):
            break
    if "best_seen" in bugs:
        return min(path, key=lambda point: float(objective(point)))
    return torch.stack(path) if "whole_path" in bugs else theta
