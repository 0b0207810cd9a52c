"""Answers as learners write them, without a look at the catalogue, keep their verdicts.

``answers`` has a file for each checker: right answers in unusual dress, and wrong ones with what is
wrong in them, as their writer knew it, and the verdict; ``given`` stands above what several of them
call. Each verdict was read beside it and found
true; ``unknown`` stands for the first difference shown without a name.

What is read of a mistake that the catalogue has is on record for all (``test_check_record``). What
is read of the others, in both languages, stands in ``words``; ``python -m
tests.unit.check.test_answers`` writes it anew, or that of the exercises named behind it.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from coursekit import check
from coursekit.check import _guard
from coursekit.check._exercise import Exercise
from tests.unit.test_check_record import TOLERANCE, renew
from tools.gate.comparison import compare_text

WORDS = Path(__file__).parent / "words"
ANSWERS = Path(__file__).parent / "answers"
GIVEN = """
import functools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from coursekit import check, optim

"""
BLOCK = re.compile(r"^# (given|right|wrong: .*)\n", re.MULTILINE)


class Tried(NamedTuple):
    """One answer: what is wrong with it, the verdict on record, the one it gets, and its words."""

    wrong: str
    wanted: str
    got: str
    said: str = ""


@cache
def tried(name: str) -> tuple[Tried, ...]:
    """Check all answers in a file; a right one's verdict is ``"right"``."""
    _, *parts = BLOCK.split((ANSWERS / f"{name}.txt").read_text(encoding="utf-8"))
    given, found = GIVEN, []
    for head, code in zip(parts[::2], parts[1::2], strict=True):
        if head == "given":
            given += code
            continue
        scope: dict[str, object] = {}
        exec(given + code, scope)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_guard, "TIME_LIMIT", 60.0)  # a busy machine changes no verdict
            verdict = getattr(check, name)(scope["answer"])
        got = "right" if verdict.passed else verdict.mistake or "unknown"
        if head == "right":
            found.append(Tried("", "right", got))
        else:
            wrong, wanted = head.removeprefix("wrong: ").split(" -> ")
            said = "\n".join(repr(replace(verdict, language=each)) for each in ("en", "zh"))
            found.append(Tried(wrong, wanted, got, said))
    return tuple(found)


def words(exercise: Exercise) -> str:
    """Return what is read of every wrong answer that makes no mistake of the catalogue."""
    known = {mistake.key for mistake in exercise.mistakes}
    others = [each for each in tried(exercise.name) if each.wrong and each.got not in known]
    return "\n".join(f"{each.wrong}:\n\n{each.said}\n" for each in others)


@pytest.mark.parametrize("name", check.EXERCISES)
def test_every_answer_gets_the_verdict_and_the_words_on_record(name: str) -> None:
    assert [each for each in tried(name) if each.got != each.wanted] == []
    stored = (WORDS / f"{name}.txt").read_text(encoding="utf-8")
    difference = compare_text(name, stored, words(check.EXERCISES[name]), TOLERANCE)
    assert difference is None, difference.message


def test_the_table_of_checkers() -> None:
    """Print the table with ``pytest -s``."""
    table = check.diagnoses()
    for name in table.index:
        answers = tried(name)
        wrong = [each for each in answers if each.wrong]
        table.loc[name, "right tried"] = len(answers) - len(wrong)
        table.loc[name, "right accepted"] = sum(not a.wrong and a.got == "right" for a in answers)
        table.loc[name, "wrong tried"] = len(wrong)
        table.loc[name, "wrong refused"] = sum(each.got != "right" for each in wrong)
        table.loc[name, "wrong named"] = sum(each.got not in ("right", "unknown") for each in wrong)
    table = table.astype(int)
    with pd.option_context("display.width", 200):
        print(f"\n{table.to_string()}\n\n{table.sum().to_string()}")  # noqa: T201
    assert table["right tried"].min() >= 2
    assert table["wrong tried"].min() >= 3
    assert (table["right accepted"] == table["right tried"]).all()
    total = table.sum()
    assert total["wrong refused"] >= 0.99 * total["wrong tried"]
    assert total["wrong named"] >= 0.75 * total["wrong tried"]
    assert total["confused"] == 0


if __name__ == "__main__":
    renew(WORDS, words)
