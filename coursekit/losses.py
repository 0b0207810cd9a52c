"""Losses, each written as its equation.

Names, arguments and defaults are those of ``torch.nn.functional`` (without the deprecated
``size_average`` and ``reduce``), and so are values and gradients, but for what a function's own
words say. Arguments are held to more than in torch: a ``target`` whose shape differs from
``input``'s is an error instead of a warning, and targets outside their range, mixed dtypes, empty
tensors and weights that are negative or not finite are refused. NaN in ``input`` or ``target`` is
let through and gives NaN wherever it enters a loss. Weights may broadcast.

How ``reduction="mean"`` divides is the least uniform corner of ``torch.nn.functional``, and it is
kept: ``l1_loss``, ``mse_loss``, ``nll_loss`` and ``cross_entropy`` with class indices divide by the
sum of the weights, the others by the number of losses.

Examples
--------
>>> import torch
>>> from coursekit import losses
>>> losses.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
tensor(2.)
"""
# ruff: noqa: A002 - `input` is the name that torch gives to the predictions

from math import exp

import torch
from torch import Tensor

from coursekit import _require

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]

REDUCTIONS = ("none", "mean", "sum")

LOWEST_LOG = -100.0
"""What torch lets the logarithm of a probability fall to, so that log 0 costs 100 and not inf."""


def l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    r"""Absolute error; its minimizer is a median.

    .. math:: \ell_i = w_i\,|x_i - y_i|, \qquad \text{mean: } \sum_i \ell_i / \sum_i w_i

    Parameters
    ----------
    input
        Predictions :math:`x`, floating point, any shape.
    target
        What they should have been, :math:`y`: shape, dtype and device of ``input``.
    reduction
        ``"none"`` returns the losses in ``input``'s shape, ``"sum"`` their sum, ``"mean"`` the sum
        divided by the sum of the weights.
    weight
        Weights :math:`w \ge 0` that broadcast to ``input``'s shape; 1 by default.

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``input`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If a tensor is not floating point, or ``reduction`` no string.
    ValueError
        If shapes, dtypes or devices differ (torch warns and broadcasts), a tensor is empty,
        a weight is negative or not finite, or ``reduction`` is unknown.

    Examples
    --------
    >>> l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]), reduction="none")
    tensor([1., 2.])
    """
    w = _check(input, target, reduction, weight)
    loss = w * torch.abs(input - target)
    return _reduce(loss, reduction, _sum(w))


def mse_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    r"""Squared error; its minimizer is the mean.

    .. math:: \ell_i = w_i\,(x_i - y_i)^2, \qquad \text{mean: } \sum_i \ell_i / \sum_i w_i

    There is no factor 1/2, so the gradient is :math:`2(x_i - y_i)`.

    Parameters
    ----------
    input
        Predictions :math:`x`, floating point, any shape.
    target
        What they should have been, :math:`y`: shape, dtype and device of ``input``.
    reduction
        ``"none"`` returns the losses in ``input``'s shape, ``"sum"`` their sum, ``"mean"`` the sum
        divided by the sum of the weights.
    weight
        Weights :math:`w \ge 0` that broadcast to ``input``'s shape; 1 by default.

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``input`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If a tensor is not floating point, or ``reduction`` no string.
    ValueError
        If shapes, dtypes or devices differ (torch warns and broadcasts: predictions of shape
        ``(n, 1)`` against targets of shape ``(n,)`` would become n² errors), a tensor is empty,
        a weight is negative or not finite, or ``reduction`` is unknown.

    Examples
    --------
    >>> mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0]), reduction="none")
    tensor([1., 4.])
    """
    w = _check(input, target, reduction, weight)
    loss = w * (input - target) ** 2
    return _reduce(loss, reduction, _sum(w))


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    r"""Half the squared error near zero, and a line of slope ``delta`` beyond.

    .. math::

        \ell_i = w_i \begin{cases}
            \tfrac12 z_i^2                & z_i < \delta \\
            \delta\,(z_i - \tfrac12\delta) & \text{otherwise}
        \end{cases}
        \qquad z_i = |x_i - y_i|

    It tends to half of :func:`mse_loss` as :math:`\delta\to\infty` and, divided by
    :math:`\delta`, to :func:`l1_loss` as :math:`\delta\to0`. Where an error is infinite, so is the
    loss, and its gradient is NaN (in torch :math:`\pm\delta`); so is that of a finite error whose
    double has no room in the dtype.

    Parameters
    ----------
    input
        Predictions :math:`x`, floating point, any shape.
    target
        What they should have been, :math:`y`: shape, dtype and device of ``input``.
    reduction
        ``"none"`` returns the losses in ``input``'s shape, ``"sum"`` their sum, ``"mean"`` the sum
        divided by their number, weights or not (as torch has it).
    delta
        Error, in units of ``target``, beyond which the loss is linear; > 0.
    weight
        Weights :math:`w \ge 0` that broadcast to ``input``'s shape; 1 by default.

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``input`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If a tensor is not floating point, ``delta`` not a number, or ``reduction`` no string.
    ValueError
        If shapes, dtypes or devices differ (torch warns and broadcasts), a tensor is empty,
        a weight is negative or not finite, ``delta`` is not positive, or ``reduction`` is unknown.

    References
    ----------
    P. J. Huber (1964), Robust estimation of a location parameter.

    Examples
    --------
    >>> huber_loss(torch.tensor([0.5, 3.0]), torch.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    w = _check(input, target, reduction, weight)
    delta = _require.real("delta", delta, low=0, low_open=True)
    z = torch.abs(input - target)
    loss = w * torch.where(z < delta, 0.5 * z**2, delta * (z - 0.5 * delta))
    return _reduce(loss, reduction, loss.numel())


def smooth_l1_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    r"""Absolute error with its kink rounded off: the Huber loss divided by its threshold.

    .. math::

        \ell_i = \begin{cases}
            \tfrac12 z_i^2/\beta  & z_i < \beta \\
            z_i - \tfrac12\beta   & \text{otherwise}
        \end{cases}
        \qquad z_i = |x_i - y_i|

    Where an error is infinite, so is the loss, and its gradient is NaN (in torch :math:`\pm1`); so
    is that of a finite error whose double has no room in the dtype.

    Parameters
    ----------
    input
        Predictions :math:`x`, floating point, any shape.
    target
        What they should have been, :math:`y`: shape, dtype and device of ``input``.
    reduction
        ``"none"`` returns the losses in ``input``'s shape, ``"sum"`` their sum, ``"mean"`` their
        mean.
    beta
        Error, in units of ``target``, beyond which the loss is linear; >= 0, and with 0 it is
        :func:`l1_loss`.

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``input`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If a tensor is not floating point, ``beta`` not a number, or ``reduction`` no string.
    ValueError
        If shapes, dtypes or devices differ (torch warns and broadcasts), a tensor is empty,
        ``beta`` is negative or ``reduction`` is unknown.

    References
    ----------
    R. Girshick (2015), Fast R-CNN.

    Examples
    --------
    >>> smooth_l1_loss(torch.tensor([0.5, 3.0]), torch.zeros(2), reduction="none", beta=2.0)
    tensor([0.0625, 2.0000])
    """
    _check(input, target, reduction)
    beta = _require.real("beta", beta, low=0)
    z = torch.abs(input - target)
    # Dividing by beta = 0 would put NaN into the gradient of the branch that is not taken.
    loss = z if beta == 0 else torch.where(z < beta, 0.5 * z**2 / beta, z - 0.5 * beta)
    return _reduce(loss, reduction, loss.numel())


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    r"""Negative log-likelihood of the right class, from log-probabilities.

    .. math::

        \ell_n = -w_{y_n} \log p_{n, y_n}, \qquad
        \text{mean: } \sum_n \ell_n \Big/ \sum_n w_{y_n}

    Parameters
    ----------
    input
        **Log**-probabilities, floating point, shape ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)``:
        what a log-softmax returns. That they are normalized is not checked.
    target
        Class indices :math:`y` in ``[0, C)`` or ``ignore_index``, int64, of ``input``'s shape
        without the class dimension.
    weight
        One weight :math:`w_c \ge 0` a class, shape ``(C,)``; 1 by default.
    ignore_index
        Targets of this value add nothing, neither to the sum nor to what the mean divides by.
    reduction
        ``"none"`` returns the losses in ``target``'s shape, ``"sum"`` their sum, ``"mean"`` the sum
        divided by the sum of the targets' weights (NaN if that is 0, as when all are ignored).

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``target`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If ``input`` or ``weight`` is not floating point, ``target`` not int64, ``ignore_index`` not
        an integer, or ``reduction`` no string.
    ValueError
        If a shape, a device, a class index, a weight or ``reduction`` is not as above.

    Examples
    --------
    >>> log_p = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    >>> nll_loss(log_p, torch.tensor([0, 1]), reduction="none")
    tensor([0.6931, 0.2231])
    """
    w = _check_classes(input, target, weight, ignore_index, reduction)
    log_p = _classes_last(input)
    kept = target != ignore_index
    y = torch.where(kept, target, 0)
    w_y = torch.where(kept, w[y], 0)
    log_p_y = log_p.gather(-1, y.unsqueeze(-1)).squeeze(-1)
    loss = torch.where(kept, -w_y * log_p_y, 0)
    return _reduce(loss, reduction, _sum(w_y))


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    r"""Cross-entropy between a target distribution and the softmax of logits.

    .. math::

        \log p_{nc} &= x_{nc} - \log \sum_k e^{x_{nk}} \\
        q'_{nc} &= (1 - \varepsilon)\, q_{nc} + \varepsilon / C \\
        \ell_n &= -\sum_c w_c\, q'_{nc} \log p_{nc}

    A class index :math:`y_n` stands for the distribution :math:`q_{nc} = 1` where :math:`c = y_n`
    and 0 elsewhere. Terms with :math:`q' = 0` are 0 even where :math:`\log p = -\infty`, so a class
    may be ruled out by a logit of :math:`-\infty` (where probabilities are given, torch says NaN).

    Parameters
    ----------
    input
        Logits :math:`x`, floating point, shape ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)``.
    target
        Either class indices in ``[0, C)`` or ``ignore_index``, int64, of ``input``'s shape without
        the class dimension; or probabilities :math:`q` in [0, 1] with shape, dtype and device of
        ``input``. That they sum to 1 is not checked.
    weight
        One weight :math:`w_c \ge 0` a class, shape ``(C,)``; 1 by default.
    ignore_index
        Class indices of this value add nothing, neither to the sum nor to what the mean divides
        by. Probabilities can't be ignored: with them it must stay negative.
    reduction
        ``"none"`` returns the losses, shape ``input``'s without the class dimension, ``"sum"``
        their sum, ``"mean"`` the sum divided by :math:`\sum_n w_{y_n}` for class indices, smoothed
        or not, and by the number of losses for probabilities.
    label_smoothing
        :math:`\varepsilon` in [0, 1]: how much of each target is spread evenly over all classes.

    Returns
    -------
    Tensor
        Shape ``()``, or that of the losses with ``reduction="none"``.

    Raises
    ------
    TypeError
        If ``input`` or ``weight`` is not floating point, ``target`` neither int64 nor floating
        point, ``ignore_index`` not an integer, ``label_smoothing`` not a number, or ``reduction``
        no string.
    ValueError
        If a shape, a dtype, a device, a class index, a probability, a weight, ``ignore_index``,
        ``label_smoothing`` or ``reduction`` is not as above.

    References
    ----------
    C. Szegedy et al. (2016), Rethinking the Inception architecture for computer vision (label
    smoothing).

    Examples
    --------
    >>> logits = torch.tensor([[1000.0, 0.0], [0.0, 0.0]])
    >>> cross_entropy(logits, torch.tensor([0, 1]), reduction="none")
    tensor([0.0000, 0.6931])
    >>> cross_entropy(logits, torch.tensor([[0.0, 1.0], [0.5, 0.5]]))
    tensor(500.3466)
    """
    w = _check_classes(input, target, weight, ignore_index, reduction, soft=True)
    epsilon = _require.real("label_smoothing", label_smoothing, low=0, high=1)
    log_p = _log_softmax(_classes_last(input))
    classes = log_p.shape[-1]
    if target.is_floating_point():
        q = (1 - epsilon) * _classes_last(target) + epsilon / classes
        total: float | Tensor = log_p.numel() / classes
    else:
        kept = (target != ignore_index).unsqueeze(-1)
        is_class = target.unsqueeze(-1) == torch.arange(classes, device=target.device)
        one_hot = (is_class & kept).to(input.dtype)
        total = _sum(w * one_hot)
        q = torch.where(kept, (1 - epsilon) * one_hot + epsilon / classes, 0)
    loss = torch.where(q == 0, 0, -w * q * log_p).sum(-1)
    return _reduce(loss, reduction, total)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    r"""Cross-entropy of yes-or-no targets, from probabilities.

    .. math:: \ell_i = -w_i\,\bigl(y_i \log p_i + (1 - y_i) \log(1 - p_i)\bigr)

    As in torch, a logarithm is never less than -100, so a probability of exactly 0 or 1 on the
    wrong side costs 100 and not infinity; the gradient there is 0. Where a sigmoid makes the
    probabilities, use :func:`binary_cross_entropy_with_logits`: it loses no digits.

    Parameters
    ----------
    input
        Probabilities :math:`p` in [0, 1], floating point, any shape. NaN is let through and gives
        NaN (torch raises).
    target
        Labels or probabilities :math:`y` in [0, 1]: shape, dtype and device of ``input``.
    weight
        Weights :math:`w \ge 0` that broadcast to ``input``'s shape; 1 by default.
    reduction
        ``"none"`` returns the losses in ``input``'s shape, ``"sum"`` their sum, ``"mean"`` the sum
        divided by their number, weights or not.

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``input`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If a tensor is not floating point, or ``reduction`` no string.
    ValueError
        If shapes, dtypes or devices differ, a tensor is empty, an entry of ``input`` or ``target``
        is outside [0, 1], a weight is negative or not finite, or ``reduction`` is unknown.

    Notes
    -----
    The gradient is that of the equation. Torch's own divides by :math:`p(1-p)` or 1e-12, whichever
    is larger, and so differs from it where :math:`p` is within 1e-12 of 0 or 1.

    Examples
    --------
    >>> p, y = torch.tensor([0.5, 0.9, 0.0]), torch.tensor([1.0, 1.0, 1.0])
    >>> binary_cross_entropy(p, y, reduction="none")
    tensor([  0.6931,   0.1054, 100.0000])
    """
    w = _check(input, target, reduction, weight)
    _check_range("input", input, "in [0, 1]", (input < 0) | (input > 1))
    _check_range("target", target, "in [0, 1]", (target < 0) | (target > 1))
    loss = -w * (target * _floored_log(input) + (1 - target) * _floored_log1p(-input))
    return _reduce(loss, reduction, loss.numel())


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    r"""Cross-entropy of yes-or-no targets, from logits: sigmoid and logarithm in one.

    .. math::

        \ell_i = w_i\,\bigl(c_i\, y_i \log(1 + e^{-x_i}) + (1 - y_i) \log(1 + e^{x_i})\bigr)

    because :math:`-\log\sigma(x) = \log(1 + e^{-x})` and :math:`1 - \sigma(x) = \sigma(-x)`.

    Parameters
    ----------
    input
        Logits :math:`x`, floating point, any shape.
    target
        Labels or probabilities :math:`y` in [0, 1]: shape, dtype and device of ``input``.
    weight
        Weights :math:`w \ge 0` that broadcast to ``input``'s shape; 1 by default.
    reduction
        ``"none"`` returns the losses in ``input``'s shape, ``"sum"`` their sum, ``"mean"`` the sum
        divided by their number, weights or not.
    pos_weight
        Weights :math:`c \ge 0` of the positive targets, which broadcast to ``input``'s shape (one
        for each of the last dimension's labels, usually negatives / positives); 1 by default.

    Returns
    -------
    Tensor
        Shape ``()``, or that of ``input`` with ``reduction="none"``.

    Raises
    ------
    TypeError
        If a tensor is not floating point, or ``reduction`` no string.
    ValueError
        If shapes, dtypes or devices differ, a tensor is empty, an entry of ``target`` is outside
        [0, 1], a weight is negative or not finite, or ``reduction`` is unknown.

    Examples
    --------
    >>> x, y = torch.tensor([0.0, 1000.0, 1000.0]), torch.tensor([1.0, 1.0, 0.0])
    >>> binary_cross_entropy_with_logits(x, y, reduction="none")
    tensor([6.9315e-01, 0.0000e+00, 1.0000e+03])
    """
    w = _check(input, target, reduction, weight)
    c = _weights("pos_weight", pos_weight, input)
    _check_range("target", target, "in [0, 1]", (target < 0) | (target > 1))
    loss = w * (c * target * _softplus(-input) + (1 - target) * _softplus(input))
    return _reduce(loss, reduction, loss.numel())


def _log_softmax(x: Tensor) -> Tensor:
    # The largest exponent becomes 0, so nothing overflows; a constant shift has no gradient.
    shifted = x - x.amax(-1, keepdim=True).detach()
    return shifted - shifted.exp().sum(-1, keepdim=True).log()


def _softplus(x: Tensor) -> Tensor:
    """Return log(1 + e^x), with exponentials of negative numbers only."""

    def below(x: Tensor) -> Tensor:
        # Not clamp(max=0): versions of torch differ in its derivative at 0.
        return torch.log1p(torch.exp(torch.where(x > 0, 0, x)))

    return torch.where(x > 0, x + below(-x), below(x))


def _floored_log(p: Tensor) -> Tensor:
    floored = p <= exp(LOWEST_LOG)
    # The logarithm of 0 is never taken: its infinite slope would turn the gradient into NaN.
    return torch.where(floored, LOWEST_LOG, torch.where(floored, 1, p).log())


def _floored_log1p(x: Tensor) -> Tensor:
    """Return log(1 + x), which keeps the digits of a small x that a sum with 1 would lose."""
    floored = 1 + x <= exp(LOWEST_LOG)
    return torch.where(floored, LOWEST_LOG, torch.where(floored, 0, x).log1p())


def _classes_last(x: Tensor) -> Tensor:
    """Return ``x`` with its class dimension (the second, or the only one) moved to the end."""
    return x.movedim(min(1, x.ndim - 1), -1)


def _reduce(loss: Tensor, reduction: str, total: float | Tensor) -> Tensor:
    if reduction == "none":
        return loss
    total_loss = _sum(loss) if reduction == "sum" else _sum(loss) / total
    return total_loss.to(loss.dtype)


def _sum(values: Tensor) -> Tensor:
    """Return the sum, float32 for what is narrower: float16 ends at 65,504."""
    return values.sum(dtype=torch.promote_types(values.dtype, torch.float32))


def _check(input: Tensor, target: Tensor, reduction: str, weight: Tensor | None = None) -> Tensor:
    """Return the weights in ``input``'s shape, with all checked that pairwise losses share."""
    _require.tensor("input", input)
    _require.alike("input", input, "target", target)
    _require.choice("reduction", reduction, REDUCTIONS)
    return _weights("weight", weight, input)


def _weights(name: str, value: Tensor | None, like: Tensor) -> Tensor:
    """Return ``value``, checked and broadcast to the shape of ``like``; all ones for None."""
    if value is None:
        return torch.ones_like(like)
    _require.alike("input", like, name, value, whats=("dtype", "device"))
    _check_range(name, value, "finite and >= 0", ~((value >= 0) & torch.isfinite(value)))
    try:
        return value.expand_as(like)
    except RuntimeError:
        raise ValueError(
            f"{name} must broadcast to shape {tuple(like.shape)}, got {tuple(value.shape)}"
        ) from None


def _check_range(name: str, value: Tensor, allowed: str, bad: Tensor) -> None:
    if _require.any_of(bad):
        raise ValueError(f"{name} must be {allowed}, got {value[bad].flatten()[0].item():g}")


def _check_classes(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    *,
    soft: bool = False,
) -> Tensor:
    """Return the class weights, with all checked that losses over classes share."""
    _require.tensor("input", input, min_dims=1)
    _require.tensor("target", target, floating=False)
    _require.choice("reduction", reduction, REDUCTIONS)
    _require.integer("ignore_index", ignore_index)
    one_position = _classes_last(input)
    classes = one_position.shape[-1]
    if soft and target.is_floating_point():
        _require.alike("input", input, "target", target)
        _check_range("target", target, "in [0, 1]", (target < 0) | (target > 1))
        if ignore_index >= 0:
            raise ValueError(
                f"ignore_index must be negative with probabilities as target, got {ignore_index}"
            )
    else:
        if target.dtype != torch.int64:
            allowed = "int64 class indices" + (" or floating-point probabilities" if soft else "")
            raise TypeError(f"target must hold {allowed}, got {target.dtype}")
        if target.shape != one_position.shape[:-1]:
            raise ValueError(
                f"target must have input's shape without the class dimension, "
                f"{tuple(one_position.shape[:-1])}, got {tuple(target.shape)}"
            )
        if target.device != input.device:
            raise ValueError(f"target must have input's device {input.device}, got {target.device}")
        outside = ((target < 0) | (target >= classes)) & (target != ignore_index)
        allowed = f"in [0, {classes - 1}] or ignore_index ({ignore_index})"
        _check_range("target", target, allowed, outside)
    if weight is not None and _require.tensor("weight", weight).shape != (classes,):
        raise ValueError(
            f"weight must have one entry a class, shape ({classes},), got {tuple(weight.shape)}"
        )
    return _weights("weight", weight, one_position.reshape(-1, classes)[0])
