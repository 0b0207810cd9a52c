"""Linear models: least squares, ridge, soft threshold and lasso."""

import torch
from torch import Tensor

from coursekit.check._common import ROWS, TARGETS, Function, case_of, mistake, tensor
from coursekit.check._exercise import Bugs, Call, Exercise, Scenario, Script
from coursekit.check._judge import judge
from coursekit.check._verdict import Verdict


def _wide(rows: int, columns: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return a well-conditioned matrix without a random generator."""
    i = torch.arange(1, rows + 1, dtype=dtype)[:, None]
    j = torch.arange(1, columns + 1, dtype=dtype)
    return torch.sin(i * j) + torch.cos(2 * i + 3 * j)


# --- least squares --------------------------------------------------------------------------------


def _least_squares(bugs: Bugs, X: Tensor, y: Tensor) -> Tensor:
    ones = torch.ones_like(X[:, :1])
    if "adds_first_column" in bugs:
        X = torch.cat([ones, X], 1)
    if "adds_last_column" in bugs:
        X = torch.cat([X, ones], 1)
    gram, moment = X.T @ X, X.T @ y
    if "regularised" in bugs:
        gram = gram + torch.eye(len(gram), dtype=X.dtype)
    if "mean_on_one_side" in bugs:
        moment = moment / len(y)
    if "no_inverse" in bugs:
        theta = moment
    elif "features_alone" in bugs:
        theta = moment / gram.diagonal()
    elif "elementwise_inverse" in bugs:
        theta = (1 / gram) @ moment
    else:
        theta = torch.linalg.lstsq(gram, moment[:, None]).solution[:, 0]
    return X @ theta if "predictions" in bugs else theta


def _least_squares_calls() -> Script:
    yield Call(case_of(1), (tensor(*ROWS), tensor(*TARGETS)))
    line = torch.linspace(0, 1, 12, dtype=torch.float64)
    X = torch.stack([torch.ones_like(line), line], 1)
    yield Call(case_of(2), (X, 5 * line + 7 + 0.25 * torch.sin(40 * line)))
    yield Call(case_of(3), (_wide(20, 4), _wide(20, 5)[:, 4]))
    yield Call(case_of(4), (tensor([2.0], [1.0], [-1.0]), tensor(1.0, 2.0, 3.0)))
    yield Call(case_of(5), (_wide(20, 3, torch.float32), _wide(20, 5, torch.float32)[:, 4]))


LEAST_SQUARES = Exercise(
    "least_squares",
    ("X", "y"),
    ("theta",),
    _least_squares,
    (Scenario(_least_squares_calls),),
    (
        mistake(
            "no_inverse",
            "`X.T @ y` alone, not solved for `theta`",
            "只算了 `X.T @ y`，没有解出 `theta`",
            "Set the gradient of the squared error to zero and write down what multiplies `theta`.",
            "令平方误差的梯度为零，写出 `theta` 前面乘的是什么。",
        ),
        mistake(
            "features_alone",
            "a regression on each column by itself",
            "对每一列单独做的回归",
            "Columns that are not orthogonal share what they explain. Which entries did you drop?",
            "不正交的列会分担对 `y` 的解释。你丢掉了矩阵里的哪些元素？",
        ),
        mistake(
            "elementwise_inverse",
            "the entries of `X.T @ X` inverted one by one",
            "对 `X.T @ X` 逐个元素取了倒数",
            "Multiply your inverse by the matrix. Is the result the identity?",
            "把你的逆矩阵乘以原矩阵，得到的是单位矩阵吗？",
        ),
        mistake(
            "regularised",
            "a ridge regression: something is added to the diagonal",
            "岭回归：对角线上加了东西",
            "Are your residuals orthogonal to the columns of `X`?",
            "你的残差与 `X` 的各列正交吗？",
        ),
        mistake(
            "mean_on_one_side",
            "a mean on one side of the normal equations and a sum on the other",
            "正规方程一边取了平均，另一边是求和",
            "Duplicate every row of the data. Should `theta` change?",
            "把每一行数据都重复一遍，`theta` 应当变吗？",
        ),
        mistake(
            "adds_first_column",
            "a column of ones put before `X`",
            "在 `X` 前面加了一列 1",
            "If the model has an intercept, its column is already in `X`.",
            "如果模型有截距，`X` 里已经有那一列了。",
        ),
        mistake(
            "adds_last_column",
            "a column of ones put after `X`",
            "在 `X` 后面加了一列 1",
            "If the model has an intercept, its column is already in `X`.",
            "如果模型有截距，`X` 里已经有那一列了。",
        ),
        mistake(
            "predictions",
            "the fitted values, not the coefficients",
            "拟合值，而不是系数",
            "How many numbers describe the model, and how many the data?",
            "描述模型要几个数？描述数据要几个？",
        ),
    ),
)


def least_squares(function: Function) -> Verdict:
    r"""Check a closed-form least-squares fit, :math:`\arg\min_\theta \lVert X\theta - y\rVert^2`.

    Parameters
    ----------
    function
        ``function(X, y) -> theta``: the design matrix ``(n, d)`` as it is (a column of ones is in
        it where the model has an intercept), the targets ``(n,)``; the coefficients ``(d,)`` back.
        Normal equations, QR or ``torch.linalg.lstsq``: all are right.

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
    >>> check.least_squares(lambda X, y: torch.linalg.solve(X.T @ X, X.T @ y))
    ✓ least_squares: right. All 5 calls agree with the reference.
    >>> check.least_squares(lambda X, y: X.T @ y / (X**2).sum(0)).mistake
    'features_alone'
    """
    return judge(LEAST_SQUARES, function)


# --- ridge ----------------------------------------------------------------------------------------


def _ridge(bugs: Bugs, X: Tensor, y: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    n, d = X.shape
    if "no_penalty" in bugs:
        strength = 0.0
    if "negative_penalty" in bugs:
        strength = -strength
    if "penalty_times_n" in bugs:
        strength = n * strength
    if "penalty_squared" in bugs:
        strength = strength**2
    if "penalised_intercept" in bugs:
        design = torch.cat([X, torch.ones_like(X[:, :1])], 1)
        solution = _penalised(design, y, strength * torch.eye(d + 1, dtype=X.dtype))
        return solution[:d], solution[d]
    x_mean, y_mean = X.mean(0), y.mean()
    if "no_intercept" in bugs:
        x_mean, y_mean = 0 * x_mean, 0 * y_mean
    scale = X.std(0) if "standardised" in bugs else torch.ones_like(x_mean)
    pattern = torch.eye(d, dtype=X.dtype)
    if "penalty_everywhere" in bugs:
        pattern = torch.ones_like(pattern)
    w = _penalised((X - x_mean) / scale, y - y_mean, strength * pattern)
    b = y_mean if "intercept_is_mean" in bugs else y_mean - x_mean @ w
    return w, b


def _penalised(X: Tensor, y: Tensor, penalty: Tensor) -> Tensor:
    solution: Tensor = torch.linalg.solve(X.T @ X + penalty, X.T @ y)
    return solution


def _ridge_calls() -> Script:
    X, y = tensor(*ROWS) + tensor(0.5, 1.0), tensor(*TARGETS) + 3
    yield Call(case_of(1), (X, y, 0.5))
    yield Call(case_of(2), (X, y, 3.0))
    yield Call(case_of(3), (_wide(20, 4) + 1, _wide(20, 5)[:, 4] - 2, 1.5))
    yield Call(case_of(4), (X, y, 0.0))
    single = torch.float32
    yield Call(case_of(5), (_wide(20, 3, single) + 1, _wide(20, 5, single)[:, 4] - 2, 1.5))


RIDGE = Exercise(
    "ridge",
    ("X", "y", "strength"),
    ("w", "b"),
    _ridge,
    (Scenario(_ridge_calls),),
    (
        mistake(
            "penalised_intercept",
            "a penalty on the intercept too",
            "连截距也受到了惩罚",
            "Add 1000 to every target. Should `w` change?",
            "给每个目标都加上 1000，`w` 应当变吗？",
        ),
        mistake(
            "no_intercept",
            "a fit through the origin: there is no intercept",
            "过原点的拟合：没有截距",
            "Add 1000 to every target. Should `w` change?",
            "给每个目标都加上 1000，`w` 应当变吗？",
        ),
        mistake(
            "intercept_is_mean",
            "the mean of `y` as the intercept, whatever the mean of `X`",
            "不管 `X` 的均值，直接拿 `y` 的均值当截距",
            "The fitted plane goes through the point of means. Does yours?",
            "拟合的平面经过均值点。你的经过吗？",
        ),
        mistake(
            "no_penalty",
            "ordinary least squares: `strength` has no effect",
            "普通最小二乘：`strength` 没有起作用",
            "Let `strength` be very large. What should `w` tend to?",
            "令 `strength` 非常大，`w` 应当趋于什么？",
        ),
        mistake(
            "negative_penalty",
            "a penalty with the wrong sign: it makes the weights larger",
            "惩罚的符号反了：权重反而变大",
            "Let `strength` grow. Does your `w` come closer to zero?",
            "让 `strength` 变大，你的 `w` 是在接近零吗？",
        ),
        mistake(
            "penalty_times_n",
            "a penalty multiplied by the number of rows",
            "惩罚乘了行数",
            "Here the squared errors are summed, not averaged, before the penalty is added.",
            "这里的平方误差是求和，不是平均，然后再加惩罚。",
        ),
        mistake(
            "penalty_squared",
            "a penalty by the square of `strength`",
            "惩罚用了 `strength` 的平方",
            "Where does `strength` end up when you differentiate the penalty?",
            "对惩罚项求导以后，`strength` 在哪里？",
        ),
        mistake(
            "penalty_everywhere",
            "`strength` added to every entry of `X.T @ X`",
            "给 `X.T @ X` 的每个元素都加了 `strength`",
            "Differentiate the sum of `w[j]**2`. Which entries of the matrix does it touch?",
            "对 `w[j]**2` 之和求导，它影响矩阵的哪些元素？",
        ),
        mistake(
            "standardised",
            "weights for standardised columns, not for the columns as given",
            "标准化之后各列的权重，而不是原来各列的",
            "To which columns does your `w` belong?",
            "你的 `w` 对应的是哪些列？",
        ),
    ),
)


def ridge(function: Function) -> Verdict:
    r"""Check a closed-form ridge regression (Hoerl & Kennard 1970, scaled as in scikit-learn).

    .. math:: \arg\min_{w, b} \lVert Xw + b - y \rVert^2 + \lambda \lVert w \rVert^2

    Parameters
    ----------
    function
        ``function(X, y, strength) -> (w, b)``: features ``(n, d)`` without a column of ones,
        targets ``(n,)`` and a float; ``w`` of shape ``(d,)``, ``b`` of shape ``()`` back.

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
    >>> def my_ridge(X, y, strength):
    ...     X = torch.cat([X, torch.ones_like(X[:, :1])], 1)
    ...     both = torch.linalg.solve(X.T @ X + strength * torch.eye(X.shape[1]).to(X), X.T @ y)
    ...     return both[:-1], both[-1]
    >>> check.ridge(my_ridge).mistake
    'penalised_intercept'
    """
    return judge(RIDGE, function)


# --- soft threshold -------------------------------------------------------------------------------


def _soft_threshold(bugs: Bugs, x: Tensor, threshold: float) -> Tensor:
    if "half" in bugs:
        threshold = threshold / 2
    size = x.abs()
    shrunk = size - threshold
    if "hard" in bugs:
        return torch.where(size > threshold, x, 0.0 * x)
    if "clips" in bugs:
        return x.clamp(-threshold, threshold)
    if "one_sided" in bugs:
        return (x - threshold).clamp(min=0)
    if "subtracts" in bugs:
        return x - threshold
    if "scales" in bugs:
        return x / (1 + threshold)
    if "grows" in bugs:
        shrunk = size + threshold
    if "no_zero" not in bugs:
        shrunk = shrunk.clamp(min=0)
    return shrunk if "no_sign" in bugs else x.sign() * shrunk


def _soft_threshold_calls() -> Script:
    x = tensor(3.0, -2.0, 0.5, -0.25, 0.0, 1.0)
    for number, threshold in enumerate((1.0, 0.3, 0.0), 1):
        yield Call(case_of(number), (x, threshold))
    yield Call(case_of(4), (tensor([2.0, -2.0], [0.1, -5.0]), 0.75))
    yield Call(case_of(5), (x.float(), 0.5))


SOFT_THRESHOLD = Exercise(
    "soft_threshold",
    ("x", "threshold"),
    ("shrunk",),
    _soft_threshold,
    (Scenario(_soft_threshold_calls),),
    (
        mistake(
            "hard",
            "a hard threshold: what is kept is not shrunk",
            "硬阈值：留下来的值没有收缩",
            "Draw it. Is your function continuous at the threshold?",
            "画出来看看：你的函数在阈值处连续吗？",
        ),
        mistake(
            "no_zero",
            "a shrinkage that goes on past zero",
            "收缩越过了零",
            "What should become of a value that is smaller in size than the threshold?",
            "绝对值比阈值小的值应当变成什么？",
        ),
        mistake(
            "no_sign",
            "the size alone: negative values come back positive",
            "只剩了大小：负值变成了正值",
            "Your function should be odd: `f(-x) = -f(x)`.",
            "这个函数应当是奇函数：`f(-x) = -f(x)`。",
        ),
        mistake(
            "one_sided",
            "a threshold for positive values: negative ones all become zero",
            "只照顾了正值：负值全都变成了零",
            "Your function should be odd: `f(-x) = -f(x)`.",
            "这个函数应当是奇函数：`f(-x) = -f(x)`。",
        ),
        mistake(
            "subtracts",
            "the threshold subtracted from every value, whatever its sign",
            "不管正负，每个值都减去了阈值",
            "Which way is zero from a negative value?",
            "从负值出发，零在哪一边？",
        ),
        mistake(
            "clips",
            "values cut off at the threshold: what should go is kept",
            "在阈值处截断：该去掉的反而留下了",
            "What should become of a value much larger than the threshold?",
            "比阈值大得多的值应当变成什么？",
        ),
        mistake(
            "scales",
            "all values scaled down by one factor, as ridge does",
            "所有值按同一比例缩小，那是岭回归的做法",
            "Does your function ever return an exact zero?",
            "你的函数会返回恰好等于零的值吗？",
        ),
        mistake(
            "grows",
            "values moved away from zero",
            "值离零更远了",
            "To shrink is to come closer to zero.",
            "收缩是向零靠近。",
        ),
        mistake(
            "half",
            "half the threshold",
            "只用了一半的阈值",
            "From which `x` on is your function no longer zero?",
            "你的函数从哪里开始不为零？",
        ),
    ),
)


def soft_threshold(function: Function) -> Verdict:
    r"""Check a soft threshold, :math:`\operatorname{sign}(x)\,\max(|x| - \tau, 0)`.

    Parameters
    ----------
    function
        ``function(x, threshold) -> shrunk``: a tensor of any shape and a float >= 0; a tensor of
        the same shape back.

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
    >>> check.soft_threshold(lambda x, threshold: x * (x.abs() > threshold)).mistake
    'hard'
    """
    return judge(SOFT_THRESHOLD, function)


# --- lasso ----------------------------------------------------------------------------------------


def _lasso_step(bugs: Bugs, w: Tensor, X: Tensor, y: Tensor, strength: float, lr: float) -> Tensor:
    n = 1 if "sum_for_mean" in bugs else len(y)
    grad = (2 if "two" in bugs else 1) * X.T @ (X @ w - y) / n
    if "ascent" in bugs:
        grad = -grad
    if "subgradient" in bugs:
        return w - lr * (grad + strength * w.sign())
    if "no_threshold" in bugs:
        return w - lr * grad
    bound = strength if "threshold_without_lr" in bugs else lr * strength
    if "threshold_over_n" in bugs:
        bound = bound / len(y)
    if "threshold_first" in bugs:
        return _soft_threshold(frozenset(), w, bound) - lr * grad
    if "thresholds_gradient" in bugs:
        return w - lr * _soft_threshold(frozenset(), grad, strength)
    z = w - lr * grad
    if "hard" in bugs:
        return _soft_threshold(frozenset({"hard"}), z, bound)
    return z / (1 + bound) if "ridge" in bugs else _soft_threshold(frozenset(), z, bound)


def _lasso_calls() -> Script:
    X, y = tensor(*ROWS), tensor(*TARGETS)
    yield Call(case_of(1), (tensor(0.5, -1.0), X, y, 0.5, 0.1))
    yield Call(case_of(2), (tensor(0.0, 0.0), X, y, 2.0, 0.3))
    wide, start = _wide(20, 4), tensor(1.0, 0.0, -0.1, 0.02)
    yield Call(case_of(3), (start, wide, _wide(20, 5)[:, 4], 0.6, 0.25))
    yield Call(case_of(4), (start, wide, _wide(20, 5)[:, 4], 0.0, 0.25))
    yield Call(case_of(5), (tensor(0.5, -1.0).float(), X.float(), y.float(), 0.5, 0.1))


LASSO_STEP = Exercise(
    "lasso_step",
    ("w", "X", "y", "strength", "lr"),
    ("w",),
    _lasso_step,
    (Scenario(_lasso_calls),),
    (
        mistake(
            "subgradient",
            "a subgradient step: no weight ever becomes exactly zero",
            "次梯度的一步：没有权重会恰好变成零",
            "Count the exact zeros after a hundred of your steps.",
            "走一百步，数一数恰好为零的权重。",
        ),
        mistake(
            "threshold_without_lr",
            "a threshold that is not multiplied by the learning rate",
            "阈值没有乘学习率",
            "A step half as long should shrink half as much.",
            "步长减半，收缩也应当减半。",
        ),
        mistake(
            "no_threshold",
            "plain gradient descent: nothing is shrunk",
            "普通的梯度下降：没有任何收缩",
            "What in your step depends on `strength`?",
            "你的这一步里，哪里与 `strength` 有关？",
        ),
        mistake(
            "threshold_first",
            "a threshold before the gradient step, not after it",
            "先收缩、再走梯度步，次序反了",
            "The last thing done decides whether a weight is exactly zero.",
            "最后做的那一步，决定权重是否恰好为零。",
        ),
        mistake(
            "thresholds_gradient",
            "a threshold on the gradient, not on the weights",
            "收缩的是梯度，不是权重",
            "What is to become exactly zero?",
            "要恰好变成零的是什么？",
        ),
        mistake(
            "hard",
            "a hard threshold: what is kept is not shrunk",
            "硬阈值：留下来的值没有收缩",
            "Draw your threshold. Is it continuous?",
            "把你的阈值函数画出来，它连续吗？",
        ),
        mistake(
            "ridge",
            "ridge's shrinkage: all weights scaled by one factor",
            "岭回归的收缩：所有权重按同一比例缩小",
            "Which penalty has |w| in it, and which the square of w?",
            "哪种惩罚里是 |w|，哪种是 w 的平方？",
        ),
        mistake(
            "sum_for_mean",
            "the gradient of a sum over the rows, not of their mean",
            "对各行求和的梯度，而不是平均",
            "Duplicate every row of the data. Should the step change?",
            "把每一行数据都重复一遍，这一步应当变吗？",
        ),
        mistake(
            "two",
            "a gradient with a 2: the ½ before the squares is missing",
            "梯度里多了 2：平方前面的 ½ 没有算上",
            "The objective has `1 / (2n)` before the sum of squares.",
            "目标函数的平方和前面是 `1 / (2n)`。",
        ),
        mistake(
            "threshold_over_n",
            "a threshold divided by the number of rows",
            "阈值除以了行数",
            "Which part of the objective is divided by n?",
            "目标函数里哪一部分除以了 n？",
        ),
        mistake(
            "ascent",
            "a gradient with its sign reversed",
            "梯度的符号反了",
            "Is the error `prediction - y` or `y - prediction`? Follow the inner derivative.",
            "误差是“预测 − y”还是“y − 预测”？别忘了内层导数的符号。",
        ),
    ),
)


def lasso_step(function: Function) -> Verdict:
    r"""Check one proximal gradient step of the lasso (ISTA), scaled as in scikit-learn.

    .. math:: w \leftarrow S_{\eta\lambda}\bigl(w - \tfrac{\eta}{n} X^\top (Xw - y)\bigr)
        \quad\text{for}\quad \tfrac{1}{2n} \lVert Xw - y \rVert^2 + \lambda \lVert w \rVert_1

    with the soft threshold :math:`S`.

    Parameters
    ----------
    function
        ``function(w, X, y, strength, lr) -> w``: weights ``(d,)``, features ``(n, d)``, targets
        ``(n,)`` and two floats; new weights back. There is no intercept.

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
    >>> def my_step(w, X, y, strength, lr):
    ...     return w - lr * (X.T @ (X @ w - y) / len(y) + strength * w.sign())
    >>> check.lasso_step(my_step).mistake
    'subgradient'
    """
    return judge(LASSO_STEP, function)
