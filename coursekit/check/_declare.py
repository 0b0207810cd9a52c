"""How an exercise is declared: once, as a reference with switches."""

import re
from collections.abc import Callable, Iterable
from inspect import Parameter, cleandoc, signature
from itertools import takewhile
from textwrap import indent
from typing import Any

from coursekit.check._exercise import (
    Exercise,
    Reader,
    Scenario,
    call_plainly,
    read_tensors,
)
from coursekit.check._judge import judge
from coursekit.check._verdict import Verdict

Function = Callable[..., Any]
Checker = Callable[[Function], Verdict]

DECLARED: dict[str, Exercise] = {}
"""Every exercise that has been declared, by its checker's name."""

CHECKED: dict[str, str] = {}
"""What this session has checked: ``"right"`` or ``"tried"``, by the checker's name."""

_SECTIONS = """Returns
-------
Verdict
    Right, or what it looks like, with evidence and a hint.

Raises
------
TypeError
    If ``function`` cannot be called."""


def exercise(
    returns: str | tuple[str, ...],
    tries: Iterable[Scenario],
    *,
    read: Reader = read_tensors,
    ask: Callable[..., Any] = call_plainly,
    spellings: tuple[str, ...] = (),
    measured: bool = True,
    given_back: str = "",
) -> Callable[[Callable[..., Any]], Checker]:
    """Make a reference with switches the public checker of the exercise of its name.

    The reference is ``def adam(bugs, theta, grad, ...)``: right when ``bugs`` is empty; each key in
    ``bugs`` changes one thing. Its parameters after ``bugs`` are the learner's; those with a
    default are options, tried where the learner's function has them. Its docstring's first part
    says what is checked, by which equation; a section ``Function`` what the learner's function is
    given and is to return; ``Examples`` follow. The words of its mistakes stand in
    ``texts/<name>.toml``.

    Parameters
    ----------
    returns
        The name of what is returned, or the names of several things, in order.
    tries
        The calls that are made, the telling ones first.
    read, ask, spellings, measured
        As in :class:`~coursekit.check._exercise.Exercise`.
    given_back
        What the documentation says is returned, where that is not ``returns``.

    Returns
    -------
    callable
        A decorator; what it makes of the reference takes the learner's function and returns a
        :class:`Verdict`.
    """
    names = (returns,) if isinstance(returns, str) else returns
    scenarios = tuple(tries)

    def declare(solve: Callable[..., Any]) -> Checker:
        _, *parameters = signature(solve).parameters.values()
        declared = Exercise(
            solve.__name__,
            tuple(each.name for each in parameters if each.default is Parameter.empty),
            names,
            solve,
            scenarios,
            read,
            tuple(each.name for each in parameters if each.default is not Parameter.empty),
            spellings,
            ask,
            measured,
            given_back,
            _equation(solve.__doc__ or ""),
        )

        def checker(function: Function) -> Verdict:
            verdict = judge(declared, function)
            if verdict.passed:
                CHECKED[declared.name] = "right"
            elif verdict.mistake != "not_written":
                CHECKED.setdefault(declared.name, "tried")
            return verdict

        checker.__name__ = checker.__qualname__ = declared.name
        checker.__module__ = solve.__module__
        checker.__doc__ = _docstring(declared, solve.__doc__ or "")
        DECLARED[declared.name] = declared
        return checker

    return declare


def _docstring(declared: Exercise, written: str) -> str:
    """Put what all checkers' docstrings have in common around what is written of this one."""
    head, _, rest = cleandoc(written).partition("\nFunction\n--------\n")
    given, _, examples = rest.partition("\nExamples\n--------\n")
    call = f"``function{declared.asked}``:\n{given.strip()}"
    return (
        f"{head}\nParameters\n----------\nfunction\n{indent(call, '    ')}\n\n"
        f"{_SECTIONS}\n\nExamples\n--------\n{examples}\n"
    )


def _equation(written: str) -> str:
    """Return the equation of a docstring, in LaTeX: the displayed one, or the first in the text."""
    lines = cleandoc(written).splitlines()
    for number, line in enumerate(lines):
        if line.startswith(".. math::"):
            rest = takewhile(lambda one: not one or one.startswith(" "), lines[number + 1 :])
            return "\n".join(part.strip() for part in (line[9:], *rest) if part.strip())
    found = re.search(r":math:`([^`]+)`", written)
    return found[1] if found else ""


def table(exercises: Iterable[Exercise]) -> str:
    """Return what every exercise is called with and gives back, as a table for a docstring."""
    rows = [("checker", "the reader's function")]
    for each in exercises:
        options = ", ".join(f"``{option}``" for option in each.options)
        asked = f"``{each.asked}``" + (f"; optional: {options}" if options else "")
        rows.append((f"``{each.name}``", asked))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    rule = f"{'=' * first} {'=' * second}"
    lines = [f"{left:{first}} {right}" for left, right in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])
