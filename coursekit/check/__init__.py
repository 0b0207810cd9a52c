"""Exercise checkers that say what is wrong.

Each function here takes the reader's function and answers with a :class:`Verdict`. What the
reader's function is called with, by position and in this order, and what it returns:

=====================  =============================================================================
checker                the reader's function
=====================  =============================================================================
``gd_step``            ``(theta, grad, lr) -> theta``
``mse_gradient``       ``(w, b, X, y) -> (dw, db)``
``least_squares``      ``(X, y) -> theta``
``mse_loss``           ``(input, target) -> loss``; optional ``reduction``
``adam``               ``(theta, grad, m, v, t, lr, beta1, beta2, eps) -> (theta, m, v)``
``adamw``              ``(theta, grad, m, v, t, lr, beta1, beta2, eps, weight_decay)
                       -> (theta, m, v)``
=====================  =============================================================================

Verdicts are in English until :func:`language` is told otherwise.
"""

from coursekit.check._text import language
from coursekit.check._verdict import Verdict
from coursekit.check.adaptive import adadelta, adagrad, adam, adamw, rmsprop
from coursekit.check.gradients import finite_differences, gd_step, gradient_descent, mse_gradient
from coursekit.check.linear import least_squares
from coursekit.check.losses import mse_loss
from coursekit.check.velocity import momentum, nesterov

__all__ = [
    "Verdict",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "finite_differences",
    "gd_step",
    "gradient_descent",
    "language",
    "least_squares",
    "momentum",
    "mse_gradient",
    "mse_loss",
    "nesterov",
    "rmsprop",
]
