"""Gradients and the step against them."""

from collections.abc import Callable

import torch
from torch import Tensor

from coursekit.check._common import (
    ASCENT,
    GRADS,
    NO_LR,
    ONLY_STEP,
    ROWS,
    TARGETS,
    THETA,
    UNCHANGED,
    Function,
    case_of,
    mistake,
    tensor,
)
from coursekit.check._exercise import Bugs, Call, Exercise, Scenario, Script
from coursekit.check._judge import judge
from coursekit.check._verdict import Verdict

# --- finite differences ---------------------------------------------------------------------------


def _finite_differences(
    bugs: Bugs, function: Callable[[Tensor], Tensor], theta: Tensor, h: float
) -> Tensor:
    if "own_h" in bugs:
        exact: Tensor = torch.func.grad(function)(theta)
        return exact
    back, ahead = (0.0 if "forward" in bugs else h), (0.0 if "backward" in bugs else h)
    width = back + ahead
    if "no_half" in bugs:
        width = h
    if "forward_over_two" in bugs:
        back, width = 0.0, 2 * h
    if "not_divided" in bugs:
        width = 1.0
    if "wrong_sign" in bugs:
        width = -width
    slopes = torch.zeros_like(theta)
    moved = torch.zeros_like(theta)
    for i in range(len(theta)):
        shift = torch.zeros_like(theta)
        shift[i] = 1
        if {"all_at_once", "one_for_all"} & bugs:
            shift = torch.ones_like(theta)
        at = theta + moved
        slopes[i] = (function(at + ahead * shift) - function(at - back * shift)) / width
        if "not_moved_back" in bugs:
            moved[i] = h
    return slopes[0] if "one_for_all" in bugs else slopes


def _cubic(theta: Tensor) -> Tensor:
    return theta[0] ** 3 + theta[0] ** 2 * theta[1] - 2 * theta[1] ** 2


def _waves(theta: Tensor) -> Tensor:
    return torch.sin(theta).sum() + theta.prod() ** 2


def _finite_difference_calls() -> Script:
    yield Call(case_of(1), (_cubic, tensor(1.0, -2.0), 0.5))
    yield Call(case_of(2), (_cubic, tensor(-0.5, 0.25), 0.1))
    yield Call(case_of(3), (_waves, tensor(0.3, -1.2, 0.7), 0.2))
    yield Call(case_of(4), (_waves, tensor(1.5, 0.5, -0.7, 0.1, -1.0), 0.5))


FINITE_DIFFERENCES = Exercise(
    "finite_differences",
    ("function", "theta", "h"),
    ("grad",),
    _finite_differences,
    (Scenario(_finite_difference_calls),),
    (
        mistake(
            "forward",
            "a forward difference: it looks ahead only",
            "前向差分：只向前看",
            "Its error falls like `h`. A difference that treats both sides alike does better.",
            "它的误差与 `h` 成正比。两边对称的差分更准。",
        ),
        mistake(
            "backward",
            "a backward difference: it looks back only",
            "后向差分：只向后看",
            "Its error falls like `h`. A difference that treats both sides alike does better.",
            "它的误差与 `h` 成正比。两边对称的差分更准。",
        ),
        mistake(
            "no_half",
            "a central difference divided by `h`",
            "除以 `h` 的中心差分",
            "How far apart are the two points at which you evaluate?",
            "你取值的两个点相距多远？",
        ),
        mistake(
            "forward_over_two",
            "a forward difference divided by `2 * h`",
            "除以 `2 * h` 的前向差分",
            "How far apart are the two points at which you evaluate?",
            "你取值的两个点相距多远？",
        ),
        mistake(
            "not_divided",
            "the difference itself, not divided by the distance",
            "只有差值，没有除以距离",
            "A slope is a change per unit. Of what size is the change you made?",
            "斜率是单位长度上的变化。你移动了多远？",
        ),
        mistake(
            "wrong_sign",
            "the difference taken the other way round",
            "相减的次序反了",
            "Try it on a function that only rises.",
            "用只增不减的函数试一试。",
        ),
        mistake(
            "all_at_once",
            "all coordinates moved at once",
            "同时移动了所有坐标",
            "A partial derivative moves one coordinate and holds the others.",
            "偏导数只动一个坐标，其余不动。",
        ),
        mistake(
            "not_moved_back",
            "each coordinate left where it was moved to",
            "移动过的坐标没有放回原处",
            "At which point do you stand when the second coordinate's turn comes?",
            "轮到第二个坐标时，你站在哪一点？",
        ),
        mistake(
            "own_h",
            "a gradient that does not depend on the given `h`",
            "与给定的 `h` 无关的梯度",
            "Here `h` is large on purpose, so that its error can be seen. Do you use it?",
            "这里的 `h` 故意取得很大，好看出它带来的误差。你用到它了吗？",
        ),
        mistake(
            "one_for_all",
            "a single difference with all coordinates moved at once",
            "所有坐标一起移动，只算了一个差分",
            "How many partial derivatives does the function have?",
            "这个函数有几个偏导数？",
        ),
    ),
)


def finite_differences(function: Function) -> Verdict:
    r"""Check a gradient by central differences.

    .. math:: g_i = \frac{f(\theta + h e_i) - f(\theta - h e_i)}{2h}

    Parameters
    ----------
    function
        ``function(function, theta, h) -> grad``: a function from a tensor ``(d,)`` to a tensor
        ``()``, a point ``(d,)`` and a float; the gradient ``(d,)`` back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> import torch
    >>> from coursekit import check
    >>> def my_gradient(function, theta, h):
    ...     shifts = h * torch.eye(len(theta), dtype=theta.dtype)
    ...     ahead = torch.stack([function(theta + shift) for shift in shifts])
    ...     return (ahead - function(theta)) / h
    >>> check.finite_differences(my_gradient).mistake
    'forward'
    """
    return judge(FINITE_DIFFERENCES, function)


# --- one step of gradient descent -----------------------------------------------------------------


def _gd_step(bugs: Bugs, theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    g = grad
    if "normalised" in bugs:
        g = g / g.norm()
    if "signs_only" in bugs:
        g = g.sign()
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


GD_STEP = Exercise(
    "gd_step",
    ("theta", "grad", "lr"),
    ("theta",),
    _gd_step,
    (Scenario(_gd_calls),),
    (
        ASCENT,
        NO_LR,
        mistake(
            "divides_by_lr",
            "a step divided by the learning rate",
            "用学习率去除的一步",
            "A smaller learning rate is meant to give a smaller step.",
            "学习率越小，步子应当越小。",
        ),
        UNCHANGED,
        ONLY_STEP,
        mistake(
            "normalised",
            "a step along the gradient scaled to length one",
            "把梯度缩放成单位长度后走的一步",
            "Near a minimum the gradient is short. Should the step be short too?",
            "在极小点附近梯度很小，步子是不是也该小？",
        ),
        mistake(
            "signs_only",
            "a step along the signs of the gradient",
            "只用了梯度的符号",
            "Two coordinates with slopes 2 and 0.5: should they move equally far?",
            "两个坐标的斜率是 2 和 0.5，它们应当移动同样远吗？",
        ),
        mistake(
            "averaged",
            "one common step for all coordinates, from the mean of the gradient",
            "对梯度取了平均，所有坐标走同样的一步",
            "Each coordinate has a slope of its own.",
            "每个坐标有自己的斜率。",
        ),
        mistake(
            "shrinks",
            "`theta` used in the place of its gradient",
            "在该用梯度的地方用了 `theta`",
            "Which of the arguments knows about the objective?",
            "哪个参数里才有目标函数的信息？",
        ),
    ),
)


def gd_step(function: Function) -> Verdict:
    r"""Check one step of gradient descent, :math:`\theta - \eta\, g`.

    Parameters
    ----------
    function
        ``function(theta, grad, lr) -> theta``: tensors of one shape and a float; a new tensor back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> check.gd_step(lambda theta, grad, lr: theta - lr * grad)
    ✓ gd_step: right. All 8 calls agree with the reference.
    >>> check.gd_step(lambda theta, grad, lr: theta + lr * grad).mistake
    'ascent'
    """
    return judge(GD_STEP, function)


# --- gradient descent -----------------------------------------------------------------------------


def _gradient_descent(
    bugs: Bugs, objective: Callable[[Tensor], Tensor], theta: Tensor, lr: float, steps: int
) -> Tensor:
    def slope(at: Tensor) -> Tensor:
        at = at.detach().requires_grad_()
        return torch.autograd.grad(objective(at), at)[0]

    gathered, first, path = torch.zeros_like(theta), slope(theta), [theta]
    if "one_step_less" in bugs:
        steps -= 1
    if "one_step_more" in bugs:
        steps += 1
    rate = 1 if "no_lr" in bugs else lr
    for t in range(steps):
        g = first if "gradient_once" in bugs else slope(theta)
        if "not_reset" in bugs:
            gathered = g = gathered + g
        if "shrinking_lr" in bugs:
            rate = lr / (1 + t)
        theta = theta + rate * g if "ascent" in bugs else theta - rate * g
        path.append(theta)
    return torch.stack(path) if "whole_path" in bugs else theta


def _bowl(theta: Tensor) -> Tensor:
    return theta[0] ** 2 + 2 * theta[1] ** 2 + theta[0] * theta[1]


def _valley(theta: Tensor) -> Tensor:
    return (theta**4).sum() / 4 + (theta[0] - 1) ** 2


def _descent_calls() -> Script:
    yield Call(case_of(1), (_bowl, tensor(1.0, -2.0), 0.1, 1))
    yield Call(case_of(2), (_bowl, tensor(1.0, -2.0), 0.1, 5))
    yield Call(case_of(3), (_valley, tensor(0.5, -1.0), 0.2, 3))
    yield Call(case_of(4), (_valley, tensor(0.5, -1.0), 0.2, 0))
    yield Call(case_of(5), (_bowl, tensor(1.0, -2.0, dtype=torch.float32), 0.05, 4))


GRADIENT_DESCENT = Exercise(
    "gradient_descent",
    ("objective", "theta", "lr", "steps"),
    ("theta",),
    _gradient_descent,
    (Scenario(_descent_calls),),
    (
        mistake(
            "not_reset",
            "a gradient that is not reset: each step adds the earlier ones to it",
            "没有清零的梯度：每一步都加上了以前的梯度",
            "`backward()` adds to `.grad`. What stands there when the second step begins?",
            "`backward()` 会累加到 `.grad` 里。第二步开始时那里还有什么？",
        ),
        mistake(
            "gradient_once",
            "a descent along the first gradient all the way",
            "从头到尾都用了第一步的梯度",
            "The slope changes from point to point. Where in your loop is it computed?",
            "每一点的斜率不同。你的循环里，梯度是在哪里算的？",
        ),
        mistake(
            "one_step_less",
            "one step fewer than asked for",
            "少走了一步",
            "Count the updates for `steps = 1`.",
            "数一数 `steps = 1` 时更新了几次。",
        ),
        mistake(
            "one_step_more",
            "one step more than asked for",
            "多走了一步",
            "Count the updates for `steps = 1`.",
            "数一数 `steps = 1` 时更新了几次。",
        ),
        mistake(
            "whole_path",
            "all the points on the way, not the last one",
            "途经的所有点，而不是最后一点",
            "The exercise asks where one arrives.",
            "练习要的是最后到达的地方。",
        ),
        mistake(
            "shrinking_lr",
            "a learning rate that shrinks from step to step",
            "一步比一步小的学习率",
            "Here `lr` is the same at every step.",
            "这里每一步的 `lr` 都一样。",
        ),
        ASCENT,
        NO_LR,
    ),
)


def gradient_descent(function: Function) -> Verdict:
    r"""Check gradient descent with autograd's gradients.

    .. math:: \theta_{t+1} = \theta_t - \eta\, \nabla f(\theta_t)

    Parameters
    ----------
    function
        ``function(objective, theta, lr, steps) -> theta``: a function from a tensor ``(d,)`` to a
        tensor ``()``, the start ``(d,)``, a float and an int; the point after ``steps`` steps back.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

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
    return judge(GRADIENT_DESCENT, function)


# --- the gradient of the mean squared error -------------------------------------------------------


def _mse_gradient(bugs: Bugs, w: Tensor, b: Tensor, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    error = X @ w + (0 if "no_intercept" in bugs else b) - y
    if "wrong_sign" in bugs:
        error = -error
    if "signs_only" in bugs:
        error = error.sign()
    if "squared_error" in bugs:
        error = error**2
    two = 1 if "no_two" in bugs else 2
    n = 1 if "sum_for_mean" in bugs else X.numel() if "mean_of_entries" in bugs else len(y)
    features = torch.ones_like(X) if "no_features" in bugs else X
    dw, db = two * features.T @ error / n, two * error.sum() / n
    return dw, db * n if "db_summed" in bugs else db


def _mse_gradient_calls() -> Script:
    X, y = tensor(*ROWS), tensor(*TARGETS)
    yield Call(case_of(1), (tensor(0.5, -1.0), torch.tensor(2.0, dtype=X.dtype), X, y))
    yield Call(case_of(2), (tensor(0.0, 0.0), torch.tensor(0.0, dtype=X.dtype), X, y))
    line = torch.linspace(0, 1, 8, dtype=torch.float64)
    start = tensor(1.0), torch.tensor(-1.0, dtype=X.dtype)
    yield Call(case_of(3), (*start, line[:, None], 5 * line + 7))
    single = (tensor(1.0, 2.0), torch.tensor(0.5), X, y)
    yield Call(case_of(4), tuple(value.float() for value in single))


MSE_GRADIENT = Exercise(
    "mse_gradient",
    ("w", "b", "X", "y"),
    ("dw", "db"),
    _mse_gradient,
    (Scenario(_mse_gradient_calls),),
    (
        mistake(
            "wrong_sign",
            "the gradient with its sign reversed",
            "符号反了的梯度",
            "Is the error `prediction - y` or `y - prediction`? Follow the inner derivative.",
            "误差是“预测 − y”还是“y − 预测”？别忘了内层导数的符号。",
        ),
        mistake(
            "sum_for_mean",
            "the gradient of the sum of squares, not of their mean",
            "平方误差之和的梯度，而不是平均值的梯度",
            "Duplicate every row of the data. Should the gradient of a mean change?",
            "把每一行数据都重复一遍，平均值的梯度应当变吗？",
        ),
        mistake(
            "no_two",
            "the gradient without the 2 that the square brings down",
            "漏掉了平方求导得到的系数 2",
            "Differentiate `e**2` with respect to `e`.",
            "把 `e**2` 对 `e` 求导。",
        ),
        mistake(
            "no_features",
            "a `dw` that leaves out the features",
            "漏乘了特征的 `dw`",
            "How much does the prediction change when `w[j]` grows by one?",
            "`w[j]` 增加 1，预测会变多少？",
        ),
        mistake(
            "no_intercept",
            "predictions without the intercept `b`",
            "预测时漏了截距 `b`",
            "Write out the prediction for one row.",
            "把一行数据的预测式写出来。",
        ),
        mistake(
            "mean_of_entries",
            "a mean over all entries of `X`, not over its rows",
            "按 `X` 的元素个数取了平均，而不是按行数",
            "How many squared errors are there?",
            "一共有多少个平方误差？",
        ),
        mistake(
            "db_summed",
            "a `db` that sums where `dw` averages",
            "`dw` 取了平均，`db` 却是求和",
            "Both are derivatives of one and the same mean.",
            "两者是同一个平均值的导数。",
        ),
        mistake(
            "signs_only",
            "the gradient of the absolute error",
            "绝对误差的梯度",
            "Which loss has a slope that does not depend on how large the error is?",
            "哪种损失的斜率与误差大小无关？",
        ),
        mistake(
            "squared_error",
            "the squared error in the place of the error",
            "该用误差的地方用了误差的平方",
            "By how many powers does differentiating lower the square?",
            "平方求导以后是几次方？",
        ),
    ),
)


def mse_gradient(function: Function) -> Verdict:
    r"""Check the gradient of a linear model's mean squared error.

    .. math:: \nabla_w = \tfrac2n X^\top (Xw + b - y), \qquad
        \partial_b = \tfrac2n \textstyle\sum_i (x_i^\top w + b - y_i)

    Parameters
    ----------
    function
        ``function(w, b, X, y) -> (dw, db)``: ``w`` of shape ``(d,)``, ``b`` of shape ``()``, ``X``
        of shape ``(n, d)``, ``y`` of shape ``(n,)``; ``dw`` and ``db`` shaped as ``w`` and ``b``.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_gradient(w, b, X, y):
    ...     error = X @ w + b - y
    ...     return 2 * X.T @ error, 2 * error.sum()
    >>> check.mse_gradient(my_gradient).mistake
    'sum_for_mean'
    """
    return judge(MSE_GRADIENT, function)
