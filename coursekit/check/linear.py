"""Linear models: least squares, its gradient, ridge, soft threshold and lasso."""

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
