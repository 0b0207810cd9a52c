"""All exercises by name, and how well their mistakes are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from coursekit import _require
from coursekit.check._declare import DECLARED
from coursekit.check._exercise import Exercise
from coursekit.check._judge import judge

if TYPE_CHECKING:
    import pandas as pd

EXERCISES: Mapping[str, Exercise] = MappingProxyType(DECLARED)
"""Every exercise by its checker's name: its parameters, its mistakes, and variants that make them.

``EXERCISES["adam"].variant()`` is the reference, ``.variant("no_root")`` a function that makes that
mistake; ``.mistakes`` lists all of them, each with its ``key``.
"""


def diagnoses(*names: str) -> pd.DataFrame:
    """Let every catalogued mistake be made once, and count how it is named.

    Parameters
    ----------
    names
        The exercises to go through; all of them if none is named.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``exercise``; ``mistakes`` in its catalogue, ``named`` as what they are,
        ``alike``: named as an earlier mistake that returns the same on all inputs, as the
        catalogue says, and ``confused`` with another.

    Raises
    ------
    TypeError, ValueError
        If a name is no exercise's.

    Examples
    --------
    >>> from coursekit import check
    >>> check.diagnoses("momentum", "nesterov").reset_index()
       exercise  mistakes  named  alike  confused
    0  momentum        18     18      0         0
    1  nesterov        18     17      1         0
    """
    import pandas as pd

    rows = []
    for name in names or EXERCISES:
        exercise = EXERCISES[_require.choice("names", name, EXERCISES)]
        verdicts = [judge(exercise, exercise.variant(each.key)) for each in exercise.mistakes]
        found = list(zip(exercise.mistakes, verdicts, strict=True))
        named = sum(verdict.mistake == mistake.key for mistake, verdict in found)
        alike = sum(verdict.mistake == (mistake.same_as or "") for mistake, verdict in found)
        rows.append(
            {
                "exercise": name,
                "mistakes": len(found),
                "named": named,
                "alike": alike,
                "confused": len(found) - named - alike,
            }
        )
    return pd.DataFrame(rows).set_index("exercise")
