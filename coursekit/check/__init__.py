"""Exercise checkers that say what is wrong.

Each checker takes the reader's function and answers with a :class:`Verdict`: right; or which known
mistake it looks like, the first number that differs, what that costs, and a hint. What the
function is called with, by position and in this order, and what it is to return:

(table)

An optional parameter is tried if the function has one of that name. Tensors come in float64 and in
float32, and must come back new: a function that changes its arguments is told so. Several results
may be a tuple or a list. A function that raises, prints, never ends, or is not written yet gets a
sentence of its own, and no checker ever raises anything but a ``TypeError`` for what is no
function. One call into C that never lets go, ``sum(range(10**12))``, ends with the kernel alone.

``check.hint("adam")`` helps on request: called once it gives the idea, called again the equation,
and a third time the line to look at. ``check.progress()`` lists which exercises of this session are
right, tried or not tried; nothing is stored, and nothing leaves the machine.

Verdicts are in English until :func:`language` is told otherwise.

An exercise is declared once, in a module of ``coursekit/check/exercises`` named after the module of
coursekit that it mirrors: a reference with switches, whose name is the checker's and whose
parameters are the learner's. Its ``__all__`` and an import below make it public::

    def _calls() -> Script:
        yield Call(case_of(1), (tensor(1.0, -2.0), 0.5))  # what is tried, the telling cases first
        yield Call(case_of(2), (tensor(3.0, 0.0), 2.0))


    @exercise("y", (Scenario(_calls),))  # or a tuple of names: ("theta", "buffer")
    def shrink(bugs: Bugs, x: Tensor, lr: float) -> Tensor:
        '''Check a step towards zero, :math:`(1 - lr) x`.

        Function
        --------
        a tensor of any shape and a float; a new tensor back.

        Examples
        --------
        (at least one, run by the tests)
        '''
        return x + lr * x if "ascent" in bugs else x - lr * x

The words stand in ``coursekit/check/texts/shrink.toml``, one table a switch, in the order in which
they are looked for (``shared.toml`` has what several exercises share)::

    [mistakes.ascent]
    en = "a step away from zero"
    zh = "离零更远的一步"
    hint.en = "Which way is zero?"
    hint.zh = "零在哪一边？"

A table ``[hints]`` before them has what :func:`hint` says: ``idea.en``, ``idea.zh``, ``line.en``
and ``line.zh``; the equation is the docstring's.

``case`` and ``runs`` of ``_common`` write down the commonest calls; ``read=read_numbers`` reads
numbers in place of tensors. ``python -m tests.unit.test_check_record`` writes down what it says.
"""

# ruff: noqa: D214, D215, F403 - the sections in the example are an example's; and an exercise is
# named where it is declared, not here once more

from coursekit.check._catalogue import EXERCISES, diagnoses
from coursekit.check._declare import table
from coursekit.check._session import Hint, Progress, hint, progress
from coursekit.check._text import Text, language
from coursekit.check._verdict import Evidence, Verdict
from coursekit.check.exercises.autodiff import *
from coursekit.check.exercises.bias_variance import *
from coursekit.check.exercises.data import *
from coursekit.check.exercises.descent import *
from coursekit.check.exercises.linear_models import *
from coursekit.check.exercises.losses import *
from coursekit.check.exercises.optim import *
from coursekit.check.exercises.penalties import *
from coursekit.check.exercises.schedules import *
from coursekit.check.exercises.training import *

__all__ = ["EXERCISES", "Evidence", "Hint", "Progress", "Text", "Verdict", "diagnoses", "hint"]
__all__ += ["language", "progress", *EXERCISES]

__doc__ = (__doc__ or "").replace("(table)", table(EXERCISES.values()))
