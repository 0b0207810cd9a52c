"""Show coursekit's own code in a notebook, so that equation and code stand side by side.

What is shown is read from the module that runs: it cannot drift from it. Docstrings are left out,
because the chapter around the listing says what they say.
"""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from types import MethodType
from typing import Any

__all__ = ["Listing", "show"]


@dataclass(frozen=True)
class Listing:
    """Python source that a notebook renders highlighted, and a terminal as plain text."""

    code: str

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"

    def __repr__(self) -> str:
        return self.code


def show(thing: Callable[..., Any] | type) -> Listing:
    """Return the source of a function, method or class, without its docstrings.

    Parameters
    ----------
    thing
        A function, method or class that is defined in Python.

    Returns
    -------
    Listing
        Rendered as highlighted code by Jupyter and by the book.

    Raises
    ------
    TypeError
        If ``thing`` is none of these, or is not written in Python.

    Examples
    --------
    >>> def double(x):
    ...     return 2 * x
    >>> show(3)
    Traceback (most recent call last):
        ...
    TypeError: thing must be a function, method or class written in Python, got 3
    """
    if not isinstance(thing, type | MethodType) and not inspect.isfunction(thing):
        raise TypeError(
            f"thing must be a function, method or class written in Python, got {thing!r}"
        )
    try:
        code = dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        raise TypeError(
            f"thing must be a function, method or class written in Python, got {thing!r}"
        ) from None
    return Listing(_without_docstrings(code))


def _without_docstrings(code: str) -> str:
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a lambda's lines may begin or end inside of a larger expression
        return code.rstrip()
    lines = code.splitlines()
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        first = node.body[0]
        if ast.get_docstring(node) is not None and len(node.body) > 1:
            end = first.end_lineno or first.lineno
            following_blank = end < len(lines) and not lines[end].strip()
            hidden.update(range(first.lineno, end + 1 + following_blank))
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in hidden)
