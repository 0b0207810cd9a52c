r"""Update rules, each written as its equation.

A rule is a frozen dataclass of hyper-parameters with two pure methods::

    state = rule.init(theta)
    theta, state = rule.update(theta, grad, state)

Nothing is changed in place. Every numeric hyper-parameter is a float or a tensor that broadcasts
against ``theta``: with ``lr`` of shape ``(10_000, 1)`` and ``theta`` of shape ``(10_000, d)``, one
call steps ten thousand optimizers. Each of them takes, bit for bit, the steps that it would take
alone with a tensor of one entry. Only powers may differ in the last bits, since torch rounds those
of a long tensor and of a single number apart: of ``beta1`` and ``beta2``, and of what :class:`ASGD`
makes of ``lr``, :class:`Adafactor` of ``beta2_decay`` and :class:`NAdam` of ``momentum_decay``. A
Python number stays in double precision
until it meets a tensor, where a float32 tensor has been rounded before.

Names, defaults and conventions are those of ``torch.optim``; where a rule has others, it says so.
Throughout, :math:`\theta` is ``theta``, the parameters; :math:`\eta` is ``lr``; :math:`\lambda` is
``weight_decay``; :math:`g` is ``grad`` plus :math:`\lambda\theta`, the gradient of the loss with
its L2 penalty (except where a rule's decay goes past it, as in :class:`AdamW`: the rule says so);
squares, roots and quotients are taken coordinate by coordinate. A state's fields carry the symbols
of the equations and start at zero unless the rule says otherwise.

Three words in the code stand for arithmetic that keeps its limits: ``times(a, x)`` is
:math:`a x`, and 0 where :math:`a` is 0 even if :math:`x` has overflown; ``root(x)`` is
:math:`\sqrt{x}` with a derivative of 0 at 0; ``one_minus_power(beta, t)`` is
:math:`1 - \beta^t` computed in double precision.

Most rules treat each coordinate on its own. The others say in ``dims`` how many of
``theta``'s last dimensions are one parameter, 1 for a vector and 2 for a matrix; leading dimensions
are runs for all rules.

All rules ask the same of their arguments. A hyper-parameter that is no number raises ``TypeError``,
one that is not finite or out of range ``ValueError``, when the rule is made. ``init`` raises
``TypeError`` unless ``theta`` is a float32 or float64 tensor at least as wide as the rule's, and
``ValueError`` where it has fewer dimensions than the rule's ``dims`` or a hyper-parameter's shape
or device does not go with it. ``update`` raises
``TypeError`` or ``ValueError`` unless ``grad`` is a tensor of the shape, dtype and device of
``theta``. Infinity and NaN in ``theta`` or ``grad`` are stepped like any number: a run that
diverges must not stop its neighbours. (The sign of NaN is 0 in torch, so that :class:`Lion` and
:class:`Rprop` stand still where others become NaN.)
"""

from coursekit.optim._adam import Adam, AdamState, AdamW, AMSGrad, AMSGradState
from coursekit.optim._after_adam import Adamax, AdamaxState, NAdam, NAdamState, RAdam
from coursekit.optim._averaged import ASGD, ASGDState, ScheduleFree, ScheduleFreeState
from coursekit.optim._matrices import (
    Adafactor,
    AdafactorState,
    FullAdagrad,
    FullAdagradState,
    Muon,
    MuonState,
    Shampoo,
    ShampooState,
    newton_schulz,
)
from coursekit.optim._plain import SGD, Momentum, MomentumState, Nesterov, NesterovState, SGDState
from coursekit.optim._rule import Rule, hyper_parameters
from coursekit.optim._scaled import (
    Adadelta,
    AdadeltaState,
    Adagrad,
    AdagradState,
    RMSprop,
    RMSpropState,
)
from coursekit.optim._signs import Lion, LionState, Rprop, RpropState
from coursekit.optim._torch import TorchOptimizer

__all__ = [
    "ASGD",
    "RULES",
    "SGD",
    "AMSGrad",
    "AMSGradState",
    "ASGDState",
    "Adadelta",
    "AdadeltaState",
    "Adafactor",
    "AdafactorState",
    "Adagrad",
    "AdagradState",
    "Adam",
    "AdamState",
    "AdamW",
    "Adamax",
    "AdamaxState",
    "FullAdagrad",
    "FullAdagradState",
    "Lion",
    "LionState",
    "Momentum",
    "MomentumState",
    "Muon",
    "MuonState",
    "NAdam",
    "NAdamState",
    "Nesterov",
    "NesterovState",
    "RAdam",
    "RMSprop",
    "RMSpropState",
    "Rprop",
    "RpropState",
    "Rule",
    "SGDState",
    "ScheduleFree",
    "ScheduleFreeState",
    "Shampoo",
    "ShampooState",
    "TorchOptimizer",
    "hyper_parameters",
    "newton_schulz",
]

RULES: tuple[type[Rule], ...] = (
    SGD,
    Momentum,
    Nesterov,
    Adagrad,
    RMSprop,
    Adadelta,
    Adam,
    AMSGrad,
    AdamW,
    Adamax,
    NAdam,
    RAdam,
    Rprop,
    ASGD,
    Lion,
    Adafactor,
    FullAdagrad,
    Shampoo,
    Muon,
    ScheduleFree,
)
"""Every rule of this module, in the order in which the course tells of them."""
