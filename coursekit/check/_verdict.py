"""What a checker answers, for a notebook (HTML) and for a terminal (text)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from coursekit.check._text import Language, Text

_HINT = Text("Hint", "提示")
_COLON = Text(": ", "：")
_CALLED_WITH = Text("Called with {given}.", "调用时传入 {given}。")
_EVIDENCE = Text(
    "{where}, {place}: yours {yours}, expected {expected}.",
    "{where}，{place}：你的结果是 {yours}，应为 {expected}。",
)
_EVIDENCE_OF_A_FACT = Text(
    "{where}, {place}: yours {yours}, expected {expected}.",
    "{where}，“{place}”这一点：你的结果{yours}，应当{expected}。",
)
_HEADINGS = (
    Text("where", "位置"),
    Text("value", "量"),
    Text("yours", "你的结果"),
    Text("expected", "应为"),
)
_CAPTION = Text("Where it first differs", "结果最先不一致的地方")
# Middle tones: at least 3:1 against white and against black; the meaning is in the mark and words.
_BORDER = {True: "#2e8b57", False: "#c8553d"}


@dataclass(frozen=True)
class Evidence:
    """The smallest difference that shows the mistake.

    Attributes
    ----------
    where
        Which call: the step, or the case.
    place
        Which value returned, with its coordinate: ``theta[0]``; or what is asked of it, in words.
    yours, expected
        The two numbers, to as many digits as it takes to tell them apart; or yes and no.
    given
        The arguments of that call, as (name, value) in words.
    """

    where: Text
    place: str | Text
    yours: str | Text
    expected: str | Text
    given: tuple[tuple[str, str], ...]


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a checker has found. Truthy if the answer is right.

    Attributes
    ----------
    exercise
        The checker's name: ``"adam"``.
    passed
        Whether the answer is right.
    mistake
        The catalogue's key of the mistake it looks like (two keys joined by ``" + "`` if two
        at once), or the kind of trouble (``"not_written"``, ``"raises"``, ``"wrong_shape"``, ...).
        ``None`` for a right answer and for a mistake that no catalogue knows.
    sentence
        The finding.
    evidence
        The first difference, where there is one.
    consequence
        What the mistake does, measured: how much too far it moves.
    hint
        Where to look; never the solution.
    notes
        What else is worth knowing: what was not tried, what was printed.
    language
        The language it is shown in, as set when the check was made.
    """

    exercise: str
    passed: bool
    mistake: str | None
    sentence: Text
    evidence: Evidence | None = None
    consequence: Text | None = None
    hint: Text | None = None
    notes: tuple[Text, ...] = ()
    language: Language = "en"

    def __bool__(self) -> bool:
        return self.passed

    def _say(self, text: str | Text) -> str:
        return text.spoken(self.language) if isinstance(text, Text) else text

    def __repr__(self) -> str:
        mark = "✓" if self.passed else "✗"
        lines = [f"{mark} {self.exercise}{self._say(_COLON)}{self._say(self.sentence)}"]
        if self.evidence is not None:
            seen = self.evidence
            numbers = {"place": seen.place, "yours": seen.yours, "expected": seen.expected}
            form = _EVIDENCE if isinstance(seen.place, str) else _EVIDENCE_OF_A_FACT
            lines.append(self._say(form.format(where=seen.where, **numbers)))
            lines.append(self._say(_CALLED_WITH.format(given=_listed(seen.given, "{}"))))
        if self.consequence is not None:
            lines.append(self._say(self.consequence))
        if self.hint is not None:
            lines.append(f"{self._say(_HINT)}{self._say(_COLON)}{self._say(self.hint)}")
        lines.extend(self._say(note) for note in self.notes)
        return "\n  ".join(lines)

    def _repr_html_(self) -> str:
        mark = "✓" if self.passed else "✗"
        parts = [
            f'<div lang="{"zh-CN" if self.language == "zh" else "en"}" style="border-left: 0.25em '
            f'solid {_BORDER[self.passed]}; padding: 0.1em 0 0.1em 1em; margin: 0.5em 0">',
            f"<p><strong>{mark} {escape(self.exercise)}</strong>{self._say(_COLON)}"
            f"{in_html(self._say(self.sentence))}</p>",
        ]
        if self.evidence is not None:
            parts += self._evidencein_html(self.evidence)
        if self.consequence is not None:
            parts.append(f"<p>{in_html(self._say(self.consequence))}</p>")
        if self.hint is not None:
            parts.append(
                f"<details><summary>{self._say(_HINT)}</summary>"
                f"<p>{in_html(self._say(self.hint))}</p></details>"
            )
        parts += [f"<p>{in_html(self._say(note))}</p>" for note in self.notes]
        return "\n".join([*parts, "</div>"])

    def _evidencein_html(self, seen: Evidence) -> list[str]:
        heads = "".join(f'<th scope="col">{self._say(heading)}</th>' for heading in _HEADINGS)
        cells = (
            escape(self._say(seen.where)),
            *(
                f"<code>{escape(value)}</code>" if isinstance(value, str) else self._say(value)
                for value in (seen.place, seen.yours, seen.expected)
            ),
        )
        given = _listed([(escape(n), escape(v)) for n, v in seen.given], "<code>{}</code>")
        return [
            '<table style="color: inherit">'
            f'<caption style="text-align: left">{self._say(_CAPTION)}</caption>',
            f"<thead><tr>{heads}</tr></thead>",
            f"<tbody><tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr></tbody></table>",
            f"<p>{self._say(_CALLED_WITH.format(given=given))}</p>",
        ]


def _listed(given: Iterable[tuple[str, str]], form: str) -> Text:
    pairs = [form.format(f"{name} = {value}") for name, value in given]
    return Text(", ".join(pairs), "，".join(pairs))


def in_html(words: str) -> str:
    """Escape, and set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))
