"""Update rules, as torch writes them."""

import torch
from torch import Tensor

from coursekit.check._common import (
    GRADS,
    THETA,
    case_of,
    runs,
    step_of,
    tensor,
    wide,
)
from coursekit.check._declare import exercise
from coursekit.check._exercise import (
    Bugs,
    Call,
    Scenario,
    Script,
)

__all__ = ["adadelta", "adagrad", "adam", "adamw", "momentum", "nesterov", "rmsprop"]
__all__ += ["ema", "lion", "nadam", "newton_schulz"]

_SETTINGS = ((0.1, 0.9), (0.3, 0.6))


# --- momentum -------------------------------------------------------------------------------------


@exercise(("theta", "buffer"), runs(1, _SETTINGS))
def momentum(
    bugs: Bugs, theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor]:
    r"""Check one step of gradient descent with momentum, as in torch (Polyak 1964).

    .. math:: b_t = \mu\, b_{t-1} + g_t, \qquad \theta_t = \theta_{t-1} - \eta\, b_t

    Function
    --------
    three tensors of one shape and two floats. The buffer is zero before the first step.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_momentum(theta, grad, buffer, lr, momentum):
    ...     buffer = momentum * buffer + (1 - momentum) * grad
    ...     return theta - lr * buffer, buffer
    >>> check.momentum(my_momentum).mistake
    'ema'
    """
    old = buffer
    keep, add = momentum, 1.0
    if "ema" in bugs:
        add = 1 - momentum
    if "factors_swapped" in bugs:
        keep, add = add, keep
    if "no_memory" in bugs:
        keep = 0.0
    if "complement" in bugs:
        keep = 1 - momentum
    if "complements_swapped" in bugs:
        keep, add = 1 - momentum, momentum
    if "memory_subtracted" in bugs:
        keep = -keep
    rate = 1.0 if "no_lr" in bugs else lr
    if "lr_inside" in bugs:
        add, rate = add * rate, 1.0
    if "negative_buffer" in bugs:
        add, rate = -add, -rate
    buffer = keep * buffer + add * grad
    step = old if "old_buffer" in bugs else buffer
    if "looks_ahead" in bugs:
        step = grad + momentum * buffer
    if "gradient_twice" in bugs:
        step = grad + buffer
    if "lr_twice" in bugs:
        buffer = keep * old + lr * grad
        step = buffer
    if "lr_on_gradient" in bugs:
        step = grad + momentum * old / lr
    if "buffer_unused" in bugs:
        step = grad
    theta = theta + rate * step if "ascent" in bugs else theta - rate * step
    if "keeps_step" in bugs:
        buffer = lr * buffer
    return theta, old if "buffer_lost" in bugs else buffer


# --- Nesterov -------------------------------------------------------------------------------------


@exercise(("theta", "buffer"), runs(1, _SETTINGS))
def nesterov(
    bugs: Bugs, theta: Tensor, grad: Tensor, buffer: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor]:
    r"""Check one step of Nesterov's momentum, as in torch (Sutskever et al. 2013).

    .. math:: b_t = \mu\, b_{t-1} + g_t, \qquad
        \theta_t = \theta_{t-1} - \eta\, (g_t + \mu\, b_t)

    Function
    --------
    as in :func:`momentum`.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_nesterov(theta, grad, buffer, lr, momentum):
    ...     buffer = momentum * buffer + grad
    ...     return theta - lr * buffer, buffer
    >>> check.nesterov(my_nesterov).mistake
    'plain'
    """
    old, start = buffer, theta
    keep, add = momentum, 1 - momentum if "ema" in bugs else 1.0
    if "factors_swapped" in bugs:
        keep, add = add, keep
    rate = 1.0 if "no_lr" in bugs else lr
    if "lr_inside" in bugs:
        add, grad, rate = 1.0, add * rate * grad, 1.0
    buffer = (0.0 if "no_memory" in bugs else keep) * buffer + add * grad
    ahead = grad + momentum * buffer
    if "plain" in bugs:
        ahead = buffer
    if "old_buffer" in bugs:
        ahead = grad + momentum * old
    if "no_gradient" in bugs:
        ahead = momentum * buffer
    if "unscaled" in bugs:
        ahead = grad + buffer
    if "momentum_squared" in bugs:
        ahead = grad + momentum**2 * buffer
    if "twice" in bugs:
        ahead = grad + momentum * (grad + momentum * buffer)
    if "looks_back" in bugs:
        ahead = grad - momentum * buffer
    if "shifts_first" in bugs:
        ahead = momentum * old + buffer
    theta = theta + rate * ahead if "ascent" in bugs else theta - rate * ahead
    if "no_brackets" in bugs:
        theta = start - rate * grad + momentum * buffer
    if "keeps_ahead" in bugs:
        buffer = ahead
    if "negative_velocity" in bugs:
        buffer = momentum * old - lr * grad
        theta = start - momentum * old + (1 + momentum) * buffer
    return theta, old if "buffer_lost" in bugs else buffer


# --- what they share ------------------------------------------------------------------------------


def _squares(bugs: Bugs, grad: Tensor) -> Tensor:
    squares = grad if "not_squared" in bugs else grad**2
    if "sizes" in bugs:
        squares = grad.abs()
    if "shared" in bugs:
        squares = (squares.sum() if "summed" in bugs else squares.mean()).expand_as(squares)
    return squares


def _scaled(
    bugs: Bugs, theta: Tensor, grad: Tensor, old: Tensor, new: Tensor, lr: float, eps: float
) -> tuple[Tensor, Tensor]:
    """Take the step that Adagrad and RMSprop share: the gradient over the root of the state."""
    squares = old if "old_state" in bugs else new
    if "no_eps" in bugs:
        eps = 0.0
    if "no_root" in bugs:
        scale = squares + eps
    else:
        if "rooted_size" in bugs:
            squares = squares.abs()
        scale = (squares + eps).sqrt() if "eps_inside_root" in bugs else squares.sqrt() + eps
    if "multiplies" in bugs:
        scale = 1 / scale
    if "signs_only" in bugs:
        grad = grad.sign()
    step = (1.0 if "no_lr" in bugs else lr) * grad / scale
    if "eps_outside" in bugs:
        step = lr * grad / squares.sqrt() - eps
    theta = theta + step if "ascent" in bugs else theta - step
    return theta, old if "state_lost" in bugs else new


# --- Adagrad --------------------------------------------------------------------------------------


@exercise(
    ("theta", "s"),
    runs(1, ((0.1, 1e-10), (0.5, 0.5))),
    spellings=("summed", "rooted_size"),
)
def adagrad(
    bugs: Bugs, theta: Tensor, grad: Tensor, s: Tensor, lr: float, eps: float
) -> tuple[Tensor, Tensor]:
    r"""Check one step of Adagrad (Duchi, Hazan & Singer 2011).

    .. math:: s_t = s_{t-1} + g_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, g_t / (\sqrt{s_t} + \epsilon)

    Function
    --------
    three tensors of one shape and two floats. The sum ``s`` is zero before the first step.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_adagrad(theta, grad, s, lr, eps):
    ...     s = s + grad**2
    ...     return theta - lr * grad / (s + eps).sqrt(), s
    >>> check.adagrad(my_adagrad).mistake
    'eps_inside_root'
    """
    squares = _squares(bugs, lr * grad if "lr_in_state" in bugs else grad)
    new = squares if "only_newest" in bugs else s + squares
    if "halves" in bugs:
        new = (s + squares) / 2
    if "root_in_state" in bugs:
        new = (s**2 + squares).sqrt()
        theta, _ = _scaled(bugs, theta, grad, s**2, new**2, lr, eps)
        return theta, s if "state_lost" in bugs else new
    return _scaled(bugs, theta, grad, s, new, lr, eps)


# --- RMSprop --------------------------------------------------------------------------------------


@exercise(
    ("theta", "v"),
    runs(1, ((0.01, 0.99, 1e-08), (0.1, 0.7, 0.5))),
    spellings=("summed", "rooted_size"),
)
def rmsprop(
    bugs: Bugs, theta: Tensor, grad: Tensor, v: Tensor, lr: float, alpha: float, eps: float
) -> tuple[Tensor, Tensor]:
    r"""Check one step of RMSprop, as in torch (Tieleman & Hinton 2012).

    .. math:: v_t = \alpha v_{t-1} + (1 - \alpha)\, g_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, g_t / (\sqrt{v_t} + \epsilon)

    Function
    --------
    three tensors of one shape and three floats. The mean square ``v`` is zero before the first
    step.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_rmsprop(theta, grad, v, lr, alpha, eps):
    ...     v = alpha * v + (1 - alpha) * grad**2
    ...     return theta - lr * grad / (v + eps), v
    >>> check.rmsprop(my_rmsprop).mistake
    'no_root'
    """
    keep, add = alpha, 1 - alpha
    if "complements_swapped" in bugs:
        keep, add = add, keep
    if "no_one_minus_alpha" in bugs:
        add = 1.0
    if "adagrad" in bugs:
        keep, add = 1.0, 1.0
    if "only_newest" in bugs:
        keep, add = 0.0, 1.0
    if "factor_squared" in bugs:
        add = add**2
    new = keep * v + add * _squares(bugs, grad)
    if "squares_average" in bugs:
        new = (keep * v + add * grad) ** 2
    if "correction_without_power" in bugs:
        theta, _ = _scaled(bugs, theta, grad, v, new / (1 - alpha), lr, eps)
        return theta, new
    if "root_in_state" in bugs:
        new = new.sqrt()
        theta, _ = _scaled(bugs, theta, grad, v**2, new**2, lr, eps)
        return theta, v if "state_lost" in bugs else new
    return _scaled(bugs, theta, grad, v, new, lr, eps)


# --- Adadelta -------------------------------------------------------------------------------------


@exercise(
    ("theta", "v", "u"),
    runs(2, ((1.0, 0.9, 0.001), (0.5, 0.7, 0.5))),
    spellings=("only_in_v", "signed", "kept_first"),
)
def adadelta(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    v: Tensor,
    u: Tensor,
    lr: float,
    rho: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Check one step of Adadelta (Zeiler 2012, as in torch).

    .. math::

        v_t &= \rho v_{t-1} + (1 - \rho)\, g_t^2, \qquad
        \Delta_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t \\
        u_t &= \rho u_{t-1} + (1 - \rho)\, \Delta_t^2, \qquad
        \theta_t = \theta_{t-1} - \eta\, \Delta_t

    Function
    --------
    four tensors of one shape and three floats. Both averages are zero before the first step.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_adadelta(theta, grad, v, u, lr, rho, eps):
    ...     v = rho * v + (1 - rho) * grad**2
    ...     delta = (u.sqrt() + eps) / (v.sqrt() + eps) * grad
    ...     return theta - lr * delta, v, rho * u + (1 - rho) * delta**2
    >>> check.adadelta(my_adadelta).mistake
    'eps_outside_root'
    """
    keep, add = (1 - rho, rho) if "complements_swapped" in bugs else (rho, 1 - rho)
    if "no_one_minus_rho" in bugs:
        add = 1.0
    old_v = v
    v = keep * v + add * _squares(bugs, grad)
    under = old_v if "old_state" in bugs else v

    def root(squares: Tensor) -> Tensor:
        if "no_root" in bugs:
            return squares + eps
        return squares.sqrt() + eps if "eps_outside_root" in bugs else (squares + eps).sqrt()

    if "only_in_v" in bugs:
        keep, add = rho, 1 - rho
    top = root(u)
    if "no_numerator" in bugs:
        top = torch.ones_like(u)
    if "no_eps_above" in bugs:
        top = u.sqrt()
    first = top / root(under) * grad
    if "new_steps" in bugs:  # the mean of squared steps, updated before it is used
        top = root(keep * u + add * first**2)
    delta = top / root(under) * grad
    if "ratio_upside_down" in bugs:
        delta = root(under) / root(u) * grad
    rate = 1.0 if "no_lr" in bugs else lr
    if "kept_first" in bugs:
        delta, moved = first, delta
    else:
        moved = delta
    kept = rate * delta if "lr_in_state" in bugs else grad if "gradients_in_u" in bugs else delta
    squared = kept**2
    if "steps_not_squared" in bugs:
        squared = kept if "signed" in bugs else kept.abs()
    new_u = keep * u + add * squared
    theta = theta + rate * moved if "ascent" in bugs else theta - rate * moved
    return theta, v, u if "steps_lost" in bugs else new_u


# --- Adam and AdamW -------------------------------------------------------------------------------


def _adam(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    in_m: Tensor | float = 0.0,
) -> tuple[Tensor, Tensor, Tensor]:
    one, two = (beta2, beta1) if "betas_swapped" in bugs else (beta1, beta2)
    new1, new2 = (1.0, 1.0) if "no_one_minus_beta" in bugs else (1 - one, 1 - two)
    if "complements_swapped" in bugs:
        one, two, new1, new2 = new1, new2, one, two
    old_m = m
    m = one * m + new1 * (grad + in_m)
    square = grad if "not_squared" in bugs else m**2 if "square_of_m" in bugs else grad**2
    if "one_v_for_all" in bugs:
        square = square.mean() * torch.ones_like(square)
    old_v = v
    v = two * v + new2 * square
    if "largest" in bugs:
        v = torch.maximum(v, old_v)
    count = t - 1 if "t_from_zero" in bugs else t + 1 if "t_ahead" in bugs else t
    if "correction_without_power" in bugs:
        count = 1
    if "corrects_alike" in bugs:
        beta1, beta2 = one, two
    corrects = "no_bias_correction" not in bugs
    c1 = 1 - beta1**count if corrects and "only_v_corrected" not in bugs else 1.0
    c2 = 1 - beta2**count if corrects and "only_m_corrected" not in bugs else 1.0
    if "power_as_product" in bugs:
        c1, c2 = 1 - beta1 * t, 1 - beta2 * t
    if "complement_to_power" in bugs:
        c1, c2 = (1 - beta1) ** t, (1 - beta2) ** t
    if "one_beta_for_both" in bugs:
        c2 = 1 - beta1**t
    if "multiplies_correction" in bugs:
        c1, c2 = 1 / c1, 1 / c2
    m_hat = _over(grad if "gradient_for_m" in bugs else old_m if "old_moment" in bugs else m, c1)
    if "raw_gradient" in bugs:
        m_hat = grad
    v_hat = _over(v, c2)
    if "rooted_size" in bugs:
        v_hat = v_hat.abs()
    if "no_root" in bugs:
        scale = v_hat + eps
    elif "eps_inside_root" in bugs:
        scale = (v_hat + eps).sqrt()
    elif "eps_before_correction" in bugs:
        scale = (v.sqrt() + eps) / c2**0.5
    else:
        scale = v_hat.sqrt() + eps
    step = (1 if "no_lr" in bugs else lr) * m_hat / scale
    if "eps_outside" in bugs:
        step = lr * m_hat / v_hat.sqrt() - eps
    if "keeps_corrected" in bugs:
        m, v = m_hat, v_hat
    return (theta + step if "ascent" in bugs else theta - step), m, v


def _over(moment: Tensor, correction: float) -> Tensor:
    return moment / torch.tensor(correction, dtype=moment.dtype)


# The defaults show what a mistake costs in practice; the others make every one of them visible.
_ADAM_SETTINGS = ((0.1, 0.9, 0.999, 1e-8), (0.02, 0.6, 0.7, 0.5))


@exercise(
    ("theta", "m", "v"),
    runs(2, _ADAM_SETTINGS, counted=True),
    spellings=("corrects_alike", "rooted_size"),
)
def adam(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Check one step of Adam (Kingma & Ba 2015, algorithm 1).

    .. math::

        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
        v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\, \frac{m_t / (1 - \beta_1^t)}
        {\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    Function
    --------
    four tensors of one shape, the step's number ``t`` (an int, 1 on the first step) and four
    floats. ``m`` and ``v`` are zero before the first step and come back as the function returned
    them.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_adam(theta, grad, m, v, t, lr, beta1, beta2, eps):
    ...     m = beta1 * m + (1 - beta1) * grad
    ...     v = beta2 * v + (1 - beta2) * grad**2
    ...     return theta - lr * m / (v.sqrt() + eps), m, v
    >>> verdict = check.adam(my_adam)
    >>> print(verdict.sentence.en)
    this looks like Adam without the bias correction.
    >>> print(verdict.consequence.en)
    step 1: all coordinates together, you move 3.2 times as far as you should.
    """
    return _adam(bugs, theta, grad, m, v, t, lr, beta1, beta2, eps)


@exercise(
    ("theta", "m", "v"),
    runs(2, [(*_ADAM_SETTINGS[0], 0.3), (*_ADAM_SETTINGS[1], 0.8)], counted=True),
    spellings=("corrects_alike",),
)
def adamw(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Check one step of AdamW (Loshchilov & Hutter 2019, as in torch).

    .. math:: \theta_t = (1 - \eta \lambda)\, \theta_{t-1}
        - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    with Adam's moments.

    Function
    --------
    as in :func:`adam`, and one float more.

    Examples
    --------
    >>> from coursekit import check
    >>> from coursekit.optim import Adam, AdamState
    >>> def my_adamw(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    ...     rule = Adam(lr, beta1, beta2, eps, weight_decay=weight_decay)
    ...     theta, state = rule.update(theta, grad, AdamState(theta.new_tensor(t - 1), m, v))
    ...     return theta, state.m, state.v
    >>> check.adamw(my_adamw).mistake
    'l2_instead'
    """
    decay = (1.0 if "decay_without_lr" in bugs else lr) * weight_decay
    if "no_decay" in bugs:
        decay = 0.0
    if "growth" in bugs:
        decay = -decay
    if "l2_instead" in bugs:
        grad, decay = grad + weight_decay * theta, 0.0
    in_m: Tensor | float = 0.0
    if "l2_in_m" in bugs:
        in_m, decay = weight_decay * theta, 0.0
    if "l2_as_well" in bugs:
        grad = grad + weight_decay * theta
    if "lr_squared" in bugs:
        decay = lr * decay
    start = theta if "decays_after" in bugs else theta - decay * theta
    end, m, v = _adam(bugs, start, grad, m, v, t, lr, beta1, beta2, eps, in_m)
    return (end - decay * end if "decays_after" in bugs else end), m, v


# --- Lion -----------------------------------------------------------------------------------------


@exercise(
    ("theta", "m"),
    runs(1, ((0.1, 0.9, 0.99, 0.3), (0.1, 0.5, 0.9, 0.3), (0.2, 0.9, 0.4, 0.5))),
)
def lion(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    lr: float,
    beta1: float,
    beta2: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor]:
    r"""Check one step of Lion (Chen et al. 2023, algorithm 2).

    .. math::

        c_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
        \theta_t = \theta_{t-1} - \eta\, (\operatorname{sign} c_t + \lambda\, \theta_{t-1}) \\
        m_t &= \beta_2 m_{t-1} + (1 - \beta_2) g_t

    Function
    --------
    three tensors of one shape and four floats. ``m`` is zero before the first step.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_lion(theta, grad, m, lr, beta1, beta2, weight_decay):
    ...     m = beta2 * m + (1 - beta2) * grad
    ...     return theta - lr * (m.sign() + weight_decay * theta), m
    >>> check.lion(my_lion).mistake
    'sign_of_m'
    """
    one, two = (beta2, beta1) if "betas_swapped" in bugs else (beta1, beta2)
    if "averages_signs" in bugs:
        grad = grad.sign()
    c = one * m + (1 - one) * grad
    new = two * m + (1 - two) * grad
    if "no_one_minus_beta" in bugs:
        c, new = one * m + grad, two * m + grad
    if "mixes_twice" in bugs:
        new = two * c + (1 - two) * grad
    if "complements_swapped" in bugs:
        c, new = (1 - one) * m + one * grad, (1 - two) * m + two * grad
    if "one_average" in bugs:
        new = c
    if "sign_of_m" in bugs:
        c = new
    if "sign_of_gradient" in bugs:
        c = grad
    if "decay_inside_sign" in bugs:
        c = c + weight_decay * theta
    step = c if "no_sign" in bugs else c.sign()
    decay = weight_decay * theta
    if "no_decay" in bugs or "decay_inside_sign" in bugs:
        decay = torch.zeros_like(theta)
    if "growth" in bugs:
        decay = -decay
    rate = 1.0 if "no_lr" in bugs else lr
    decay = decay if "decay_without_lr" in bugs else rate * decay
    if "ascent" in bugs:
        step = -step
    return theta - rate * step - decay, m if "state_lost" in bugs else new


# --- NAdam ----------------------------------------------------------------------------------------


def _nadam_run(*hyper: float, dtype: torch.dtype = torch.float64) -> Scenario:
    """Take a few steps; the product of no factors is 1."""

    def play() -> Script:
        theta = tensor(*THETA, dtype=dtype)
        values: tuple[Tensor, ...] = (
            theta,
            torch.zeros_like(theta),
            torch.zeros_like(theta),
            torch.ones((), dtype=dtype),
        )
        for t, grad in enumerate(GRADS, 1):
            theta, *state = values
            values = yield Call(step_of(t), (theta, tensor(*grad, dtype=dtype), *state, t, *hyper))

    return Scenario(play)


@exercise(
    ("theta", "m", "v", "p"),
    (
        _nadam_run(0.1, 0.9, 0.999, 1e-8, 0.004),
        _nadam_run(0.02, 0.6, 0.7, 0.5, 0.4),
        _nadam_run(0.02, 0.6, 0.7, 0.5, 0.4, dtype=torch.float32),
    ),
)
def nadam(
    bugs: Bugs,
    theta: Tensor,
    grad: Tensor,
    m: Tensor,
    v: Tensor,
    p: Tensor,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    momentum_decay: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    r"""Check one step of NAdam (Dozat 2016, as in torch).

    .. math::

        \mu_t &= \beta_1 \left(1 - \tfrac12\, 0.96^{\,t \psi}\right), \qquad
        p_t = p_{t-1}\, \mu_t \\
        \hat m_t &= \frac{1 - \mu_t}{1 - p_t}\, g_t
        + \frac{\mu_{t+1}}{1 - p_t\, \mu_{t+1}}\, m_t, \qquad
        \theta_t = \theta_{t-1} - \eta\, \hat m_t / (\sqrt{\hat v_t} + \epsilon)

    with Adam's moments.

    Function
    --------
    four tensors of one shape, one ``p`` of shape ``()``, the step's number ``t`` (an int, 1 on the
    first step) and five floats. ``m`` and ``v`` are zero before the first step, ``p`` is 1.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_nadam(theta, grad, m, v, p, t, lr, beta1, beta2, eps, momentum_decay):
    ...     m = beta1 * m + (1 - beta1) * grad
    ...     v = beta2 * v + (1 - beta2) * grad**2
    ...     p = p * beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    ...     v_hat = v / (1 - beta2**t)
    ...     return theta - lr * m / (1 - beta1**t) / (v_hat.sqrt() + eps), m, v, p
    >>> check.nadam(my_nadam).mistake
    'adam'
    """
    count = t - 1 if "t_from_zero" in bugs else t

    def mu(step: int) -> float:
        power = momentum_decay if "decay_without_t" in bugs else step * momentum_decay
        warm = 1.0 if "no_warm_up" in bugs else 1 - 0.5 * 0.96**power
        return beta1 * (1 - 0.96**power if "no_half" in bugs else warm)

    now, then = mu(count), mu(count if "same_mu" in bugs else count + 1)
    keep = now if "mean_with_mu" in bugs else beta1
    m = keep * m + (1 - keep) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    v_hat = v if "only_m_corrected" in bugs else v / (1 - beta2**t)
    new = p * now
    here = p if "old_product" in bugs else new
    ahead = here if "one_product" in bugs else here * then
    if "old_product" in bugs:
        here = torch.zeros_like(p) if t == 1 else here
    first, second = (1 - now) / (1 - here) * grad, then / (1 - ahead) * m
    if "powers_of_beta" in bugs:
        first, second = (1 - now) / (1 - beta1**t) * grad, then / (1 - beta1 ** (t + 1)) * m
    if "no_gradient" in bugs:
        first = torch.zeros_like(first)
    if "uncorrected" in bugs:
        first, second = (1 - now) * grad, then * m
    m_hat = first + second
    if "adam" in bugs:
        m_hat = m / (1 - beta1**t)
    scale = (v_hat + eps).sqrt() if "eps_inside_root" in bugs else v_hat.sqrt() + eps
    step = (1.0 if "no_lr" in bugs else lr) * m_hat / scale
    if "returns_ahead" in bugs:
        new = new * then
    theta = theta + step if "ascent" in bugs else theta - step
    return theta, m, v, p if "product_lost" in bugs else new


# --- Newton-Schulz --------------------------------------------------------------------------------


def _newton_schulz_calls() -> Script:
    yield Call(case_of(1), (3 * wide(3, 3), 1.5, -0.5, 0.0, 2))
    yield Call(case_of(2), (wide(2, 4), 2.0, -1.5, 0.5, 3))
    yield Call(case_of(3), (0.2 * wide(4, 3), 3.4445, -4.775, 2.0315, 5))
    yield Call(case_of(4), (wide(3, 2).float(), 2.0, -1.5, 0.5, 2))


@exercise("x", (Scenario(_newton_schulz_calls),), spellings=("before",))
def newton_schulz(bugs: Bugs, matrix: Tensor, a: float, b: float, c: float, steps: int) -> Tensor:
    r"""Check the Newton-Schulz iteration of Muon (Jordan et al. 2024).

    .. math:: X_0 = G / \lVert G \rVert_F, \qquad
        X_{k+1} = a\, X_k + b\, (X_k X_k^T)\, X_k + c\, (X_k X_k^T)^2 X_k

    Function
    --------
    a tensor ``(m, n)``, three floats and how many times to iterate, an int; a tensor ``(m, n)``
    back.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_newton_schulz(matrix, a, b, c, steps):
    ...     x = matrix / matrix.norm()
    ...     for _ in range(steps):
    ...         x = a * x + b * x**3 + c * x**5
    ...     return x
    >>> check.newton_schulz(my_newton_schulz).mistake
    'elementwise'
    """
    norm = matrix.norm()
    if "largest_singular_value" in bugs:
        norm = torch.linalg.svdvals(matrix)[0]
    if "largest_entry" in bugs:
        norm = matrix.abs().max()
    if "no_norm" in bugs:
        norm = torch.ones_like(norm)
    x: Tensor = matrix / norm
    kept = x @ x.T
    for _ in range(steps - 1 if "one_short" in bugs else steps):
        if {"norm_each_time", "before"} <= bugs:
            x = x / x.norm()
        gram = kept if "gram_kept" in bugs else x @ x.T
        fifth = gram if "gram_not_squared" in bugs else gram @ gram
        if "squares_entries" in bugs:
            fifth = gram * gram
        if "no_fifth" in bugs:
            fifth = torch.zeros_like(gram)
        two, three = (c, b) if "b_and_c_swapped" in bugs else (b, c)
        if "minus_b" in bugs:
            two = -two
        if "elementwise" in bugs:
            x = a * x + two * x**3 + three * x**5
        else:
            x = a * x + two * gram @ x + three * fifth @ x
        if "norm_each_time" in bugs and "before" not in bugs:
            x = x / x.norm()
    return x


# --- an average of weights ------------------------------------------------------------------------


def _ema_run(alpha: float, dtype: torch.dtype = torch.float64) -> Scenario:
    """Average a few weights; what stands in the average before the first ones is no matter."""

    def play() -> Script:
        average = tensor(9.0, -9.0, 9.0, dtype=dtype)
        for averaged, theta in enumerate(GRADS):
            weights = tensor(*theta, dtype=dtype)
            call = Call(step_of(averaged + 1), (average, weights, averaged, alpha))
            (average,) = yield call

    return Scenario(play)


@exercise("average", (_ema_run(0.9), _ema_run(0.3), _ema_run(0.3, torch.float32)))
def ema(bugs: Bugs, average: Tensor, theta: Tensor, averaged: int, alpha: float) -> Tensor:
    r"""Check a moving average of weights, as in ``torch.optim.swa_utils``.

    .. math:: \bar\theta_1 = \theta_1, \qquad
        \bar\theta_t = \alpha\, \bar\theta_{t-1} + (1 - \alpha)\, \theta_t

    Function
    --------
    the average and the new weights, tensors of one shape; how many weights are in the average, an
    int that is 0 at first; and a float. The new average back.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_ema(average, theta, averaged, alpha):
    ...     return average + (theta - average) / (averaged + 1)
    >>> check.ema(my_ema).mistake
    'plain_mean'
    """
    first = averaged == 0
    keep, add = alpha, 1 - alpha
    if "swapped" in bugs:
        keep, add = add, keep
    if "no_one_minus_alpha" in bugs:
        add = 1.0
    if "plain_mean" in bugs:
        keep, add = averaged / (averaged + 1), 1 / (averaged + 1)
    if "newest_alone" in bugs:
        keep, add = 0.0, 1.0
    if "never_moves" in bugs:
        keep, add = 1.0, 0.0
    if "steps_away" in bugs:
        keep, add = 1 + add, -add
    if "from_zero" in bugs:
        keep = 0.0 if first else keep
        first = False
    if "not_copied" in bugs:
        first = False
    if "second_copied" in bugs:
        first = averaged <= 1
    if "copied_late" in bugs:
        first = averaged == 1
    if "corrected" in bugs:  # Adam's correction, where nothing started at zero
        corrected = (keep * average + add * theta) / (1 - alpha ** (averaged + 1))
        return theta.clone() if first else corrected
    return theta.clone() if first else keep * average + add * theta
