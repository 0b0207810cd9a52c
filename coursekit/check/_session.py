"""What this session has checked and asked for: kept in memory, and lost when the kernel stops."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from coursekit import _require
from coursekit.check import _declare
from coursekit.check._catalogue import EXERCISES
from coursekit.check._text import Language, Text, current
from coursekit.check._verdict import in_html

_KINDS = (
    Text("Hint 1 of 3, the idea", "提示 1/3，思路"),
    Text("Hint 2 of 3, the equation", "提示 2/3，公式"),
    Text("Hint 3 of 3, the line to look at", "提示 3/3，该看哪一行"),
)
_COLON = Text(": ", "：")
_RIGHT = Text("right", "做对了")
_TRIED = Text("tried, not yet right", "试过，还不对")
_UNTRIED = Text("not tried", "还没试")
_COUNT = Text("{state} ({count}): ", "{state}（{count}）：")

_asked: dict[str, int] = {}
"""How many hints have been asked for, by exercise."""


@dataclass(frozen=True, repr=False)
class Hint:
    """One hint, for a notebook (Markdown, with the equation set) and for a terminal (text).

    Attributes
    ----------
    exercise
        The checker's name.
    number
        1 for the idea, 2 for the equation (LaTeX), 3 for the line to look at.
    text
        The hint itself.
    language
        The language it is shown in, as set when it was asked for.
    """

    exercise: str
    number: int
    text: Text
    language: Language = "en"

    @property
    def _head(self) -> str:
        return _KINDS[self.number - 1].spoken(self.language)

    def __repr__(self) -> str:
        colon, words = (part.spoken(self.language) for part in (_COLON, self.text))
        return f"{self.exercise}. {self._head}{colon}{words}"

    def _repr_markdown_(self) -> str:
        colon, words = (part.spoken(self.language) for part in (_COLON, self.text))
        if self.number == 2:
            aligned = f"\\begin{{aligned}}\n{words}\n\\end{{aligned}}" if "&=" in words else words
            colon, words = colon.strip(), f"\n\n$$\n{aligned}\n$$"
        return f"**{self.exercise}**. {self._head}{colon}{words}"


def hint(name: str) -> Hint:
    r"""Give a hint for an exercise: first the idea, then the equation, then the line to look at.

    Each call gives the next one; after the third it stays with the third. A hint costs nothing
    and is not written down anywhere.

    Parameters
    ----------
    name
        The checker's name.

    Returns
    -------
    Hint
        The next hint, in the language in force.

    Raises
    ------
    TypeError, ValueError
        If there is no exercise of that name.

    Examples
    --------
    >>> from coursekit import check
    >>> check.hint("exponential_schedule")
    exponential_schedule. Hint 1 of 3, the idea: Every step multiplies the rate by the same number.
    >>> check.hint("exponential_schedule")
    exponential_schedule. Hint 2 of 3, the equation: \gamma^t
    """
    exercise = EXERCISES[_require.choice("name", name, EXERCISES)]
    number = _asked[name] = min(_asked.get(name, 0) + 1, 3)
    hints = exercise.words.hints
    equation = hints.equation or Text(exercise.equation, exercise.equation)
    return Hint(name, number, (hints.idea, equation, hints.line)[number - 1], current())


@dataclass(frozen=True, repr=False)
class Progress(Mapping[str, str]):
    """How far this session has come: each exercise's name with its state.

    A state is ``"right"``, ``"tried"`` or ``"not tried"``. An answer that was right once stays
    right, and a starter that nobody has written in yet is not tried.
    """

    states: Mapping[str, str]
    language: Language = "en"

    def __getitem__(self, name: str) -> str:
        return self.states[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.states)

    def __len__(self) -> int:
        return len(self.states)

    def _groups(self) -> Iterator[tuple[str, str, list[str]]]:
        said = (("right", "✓", _RIGHT), ("tried", "✗", _TRIED), ("not tried", "·", _UNTRIED))
        for state, mark, words in said:
            names = [name for name, its in self.states.items() if its == state]
            if names:
                count = _COUNT.format(state=words, count=len(names)).spoken(self.language)
                yield mark, count, names

    def __repr__(self) -> str:
        return "\n".join(
            f"{mark} {count}{Text.listed(names).spoken(self.language)}"
            for mark, count, names in self._groups()
        )

    def _repr_html_(self) -> str:
        lines = [
            f"<p>{mark} <strong>{escape(count)}</strong>"
            f"{in_html(Text.listed([f'`{name}`' for name in names]).spoken(self.language))}</p>"
            for mark, count, names in self._groups()
        ]
        return "\n".join(
            [f'<div lang="{"zh-CN" if self.language == "zh" else "en"}">', *lines, "</div>"]
        )


def progress() -> Progress:
    """List the exercises: which are right, which were tried, which were not.

    It knows of this session alone: nothing is stored, and nothing leaves the machine.

    Returns
    -------
    Progress
        A mapping from each exercise's name to ``"right"``, ``"tried"`` or ``"not tried"``, in
        the language in force when it is shown.

    Examples
    --------
    >>> from coursekit import check
    >>> bool(check.exponential_schedule(lambda step, gamma: gamma**step))
    True
    >>> check.progress()["exponential_schedule"]
    'right'
    """
    states = {name: _declare.CHECKED.get(name, "not tried") for name in EXERCISES}
    return Progress(states, current())
