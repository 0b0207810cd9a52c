"""What learners read of an exercise, from its file in ``texts``: a translator opens no Python.

``texts/adam.toml`` has a table ``[mistakes.key]`` for each switch of the reference of ``adam``:
what the mistake is called (``en``, ``zh``) and a hint (``hint.en``, ``hint.zh``). Their order is
the order in which they are looked for: where two look alike, the earlier is named. What several
exercises share stands once, in ``shared.toml``; they say ``like = "name"``. ``[hints]`` is what
``check.hint("adam")`` gives: ``idea``, ``line``, and an ``equation`` where the one in the
reference's docstring does not say it all.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from coursekit.check._text import Text


@dataclass(frozen=True)
class Mistake:
    """One known mistake: a switch of the reference, its name and a hint.

    ``same_as`` names an earlier mistake that returns the same on all inputs, if there is one.
    ``measured`` is false where how far off the values are says nothing of the mistake.
    """

    key: str
    says: Text
    hint: Text
    same_as: str | None = None
    measured: bool = True


@dataclass(frozen=True)
class Hints:
    """What is told of an exercise on request; ``equation`` where the docstring has none to show."""

    idea: Text
    line: Text
    equation: Text | None = None


@dataclass(frozen=True)
class Words:
    """All that stands in an exercise's file."""

    hints: Hints
    mistakes: tuple[Mistake, ...]
    facts: Mapping[str, Text]


def read_words(name: str) -> Words:
    """Read the words of the exercise ``name``."""
    page = _page(name)

    def texts(table: str) -> dict[str, Text]:
        entries = page.get(table, {}).items()
        return {key: _text(entry, f"{name}.toml, {table}.{key}") for key, entry in entries}

    mistakes = (
        _mistake(key, entry, f"{name}.toml, mistakes.{key}")
        for key, entry in page["mistakes"].items()
    )
    return Words(Hints(**texts("hints")), tuple(mistakes), texts("facts"))


@cache
def _page(name: str) -> Mapping[str, Any]:
    path = files("coursekit.check").joinpath("texts", f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _text(entry: Mapping[str, Any], where: str) -> Text:
    if missing := sorted({"en", "zh"} - entry.keys()):
        raise ValueError(f"{where}: {' and '.join(missing)} missing")
    return Text(entry["en"], entry["zh"])


def _mistake(key: str, entry: Mapping[str, Any], where: str) -> Mistake:
    if "like" in entry:
        entry = {**_page("shared")[entry["like"]], **entry}
    return Mistake(
        key,
        _text(entry, where),
        _text(entry.get("hint", {}), f"{where}.hint"),
        entry.get("same_as"),
        entry.get("measured", True),
    )
