"""Exercise checkers that say what is wrong.

Each checker takes the reader's function and answers with a :class:`Verdict`: right; or which known
mistake it looks like, the first number that differs, what that costs, and a hint. What the
function is called with, by position and in this order, and what it is to return:

==================================== =============================================================
checker                              the reader's function
==================================== =============================================================
``finite_differences``               ``(function, theta, h) -> grad``
``gd_step``                          ``(theta, grad, lr) -> theta``
``gradient_descent``                 ``(objective, theta, lr, steps) -> theta``
``mse_gradient``                     ``(w, b, X, y) -> (dw, db)``
``momentum``                         ``(theta, grad, buffer, lr, momentum) -> (theta, buffer)``
``nesterov``                         ``(theta, grad, buffer, lr, momentum) -> (theta, buffer)``
``adagrad``                          ``(theta, grad, s, lr, eps) -> (theta, s)``
``rmsprop``                          ``(theta, grad, v, lr, alpha, eps) -> (theta, v)``
``adadelta``                         ``(theta, grad, v, u, lr, rho, eps) -> (theta, v, u)``
``adam``                             ``(theta, grad, m, v, t, lr, beta1, beta2, eps)
                                     -> (theta, m, v)``
``adamw``                            ``(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay)
                                     -> (theta, m, v)``
``step_schedule``                    ``(step, step_size, gamma) -> factor``
``multi_step_schedule``              ``(step, milestones, gamma) -> factor``
``exponential_schedule``             ``(step, gamma) -> factor``
``inverse_time_schedule``            ``(step, decay) -> factor``
``cosine_schedule``                  ``(step, T_max, min_factor) -> factor``
``warm_restarts_schedule``           ``(step, T_0, T_mult, min_factor) -> factor``
``warmup_schedule``                  ``(step, total_iters, start_factor) -> factor``
``one_cycle_schedule``               ``(step, total_steps, pct_start, div_factor,
                                     final_div_factor) -> factor``
``mse_loss``                         ``(input, target) -> loss``; optional: ``reduction``
``l1_loss``                          ``(input, target) -> loss``; optional: ``reduction``
``huber_loss``                       ``(input, target, delta) -> loss``; optional: ``reduction``
``nll_loss``                         ``(input, target) -> loss``; optional: ``weight``,
                                     ``reduction``
``cross_entropy``                    ``(input, target) -> loss``; optional: ``weight``,
                                     ``label_smoothing``, ``reduction``
``binary_cross_entropy``             ``(input, target) -> loss``; optional: ``weight``,
                                     ``reduction``
``binary_cross_entropy_with_logits`` ``(input, target) -> loss``; optional: ``weight``,
                                     ``pos_weight``, ``reduction``
``least_squares``                    ``(X, y) -> theta``
``ridge``                            ``(X, y, strength) -> (w, b)``
``soft_threshold``                   ``(x, threshold) -> shrunk``
``lasso_step``                       ``(w, X, y, strength, lr) -> w``
``bias_variance``                    ``(predictions, truth, noise_variance)
                                     -> (bias_squared, variance, error)``
``minibatches``                      ``(X, y, batch_size, generator) -> batches``
``early_stopping``                   ``(losses, patience) -> (last_epoch, best_epoch)``
==================================== =============================================================

An optional parameter is tried if the function has one of that name. Tensors come in float64 and in
float32, and must come back new: a function that changes its arguments is told so. Several results
may be a tuple or a list. A function that raises, prints, never ends, or is not written yet gets a
sentence of its own, and no checker ever raises anything but a ``TypeError`` for what is no
function.

Verdicts are in English until :func:`language` is told otherwise.
"""

from coursekit.check._catalogue import EXERCISES, diagnoses
from coursekit.check._text import Text, language
from coursekit.check._verdict import Evidence, Verdict
from coursekit.check.adaptive import adadelta, adagrad, adam, adamw, rmsprop
from coursekit.check.batches import early_stopping, minibatches
from coursekit.check.classification import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    nll_loss,
)
from coursekit.check.decomposition import bias_variance
from coursekit.check.gradients import finite_differences, gd_step, gradient_descent, mse_gradient
from coursekit.check.linear import lasso_step, least_squares, ridge, soft_threshold
from coursekit.check.losses import huber_loss, l1_loss, mse_loss
from coursekit.check.schedules import (
    cosine_schedule,
    exponential_schedule,
    inverse_time_schedule,
    multi_step_schedule,
    one_cycle_schedule,
    step_schedule,
    warm_restarts_schedule,
    warmup_schedule,
)
from coursekit.check.velocity import momentum, nesterov

__all__ = [
    "EXERCISES",
    "Evidence",
    "Text",
    "Verdict",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "bias_variance",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_schedule",
    "cross_entropy",
    "diagnoses",
    "early_stopping",
    "exponential_schedule",
    "finite_differences",
    "gd_step",
    "gradient_descent",
    "huber_loss",
    "inverse_time_schedule",
    "l1_loss",
    "language",
    "lasso_step",
    "least_squares",
    "minibatches",
    "momentum",
    "mse_gradient",
    "mse_loss",
    "multi_step_schedule",
    "nesterov",
    "nll_loss",
    "one_cycle_schedule",
    "ridge",
    "rmsprop",
    "soft_threshold",
    "step_schedule",
    "warm_restarts_schedule",
    "warmup_schedule",
]
