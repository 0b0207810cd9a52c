"""What every checker tries and says is on record, like the outputs of a notebook.

``tests/unit/exercises`` has a page for each exercise: the calls it makes, what the reference
answers, and what a learner reads, in both languages, who makes one of the known mistakes. A change
of an exercise shows there what it does to its readers. ``python -m tests.unit.test_check_record``
writes the pages anew, or those of the exercises that are named behind it, and says which changed.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from coursekit import check
from coursekit.check import _guard
from coursekit.check._exercise import Exercise
from coursekit.check._judge import judge
from coursekit.check._play import reference_run
from coursekit.check._trace import Seen
from tools.gate.comparison import Tolerance, compare_text

PAGES = Path(__file__).parent / "exercises"
TOLERANCE = Tolerance(rtol=1e-5, atol=1e-9)  # some cases are tried in float32


def page(exercise: Exercise) -> str:
    """Return all that a checker tries and says, as text."""
    returns = ", ".join(exercise.returns)
    lines = [f"{exercise.name}{exercise.signature} -> {returns}", "", "It tries:", ""]
    with torch.enable_grad():
        tried = reference_run(exercise, exercise.scenarios)
    for seen in tried:
        lines.extend(_call(exercise, seen))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_guard, "TIME_LIMIT", 60.0)  # a busy machine changes no verdict
        for mistake in exercise.mistakes:
            verdict = judge(exercise, exercise.variant(mistake.key))
            alike = f", the same as {mistake.same_as}" if mistake.same_as else ""
            lines += ["", f"{mistake.key}{alike}:", ""]
            lines += [repr(replace(verdict, language=language)) for language in ("en", "zh")]
    return "\n".join(lines) + "\n"


def _call(exercise: Exercise, seen: Seen) -> Iterator[str]:
    call = seen.call
    yield f"{call.where.en}, {call.where.zh}"
    names = (*exercise.parameters, *call.options)
    for name, value in zip(names, (*call.arguments, *call.options.values()), strict=True):
        yield f"  {name} = {_written(value)}"
    answers = list(exercise.returns)
    if call.differentiate is not None:
        answers.append(f"d/d {exercise.parameters[call.differentiate]}")
    for name, value in zip(answers, seen.values, strict=True):
        yield f"  -> {name} = {_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        digits = 10 if value.dtype == torch.float64 else 6
        return f"{_nested(value.tolist(), digits)}, {kind} of shape {tuple(value.shape)}"
    if isinstance(value, torch.Generator):
        return f"a generator, seed {value.initial_seed()}"
    if isinstance(value, float | list | tuple):
        return _nested(value, 10)
    return str(getattr(value, "__name__", value))


def _nested(value: Any, digits: int) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_nested(one, digits) for one in value)}]"
    if isinstance(value, float):
        return f"{0.0 if abs(value) < 1e-13 else value:.{digits}g}"
    return str(value)


@pytest.mark.parametrize("name", check.EXERCISES)
def test_a_checker_tries_and_says_what_is_on_record(name: str) -> None:
    stored = (PAGES / f"{name}.txt").read_text(encoding="utf-8")
    difference = compare_text(name, stored, page(check.EXERCISES[name]), TOLERANCE)
    assert difference is None, difference.message


def test_there_is_a_page_for_every_exercise_and_no_other() -> None:
    assert {file.stem for file in PAGES.iterdir()} == set(check.EXERCISES)


def renew(pages: Path, page: Callable[[Exercise], str]) -> None:
    """Write the pages of the exercises on the command line, or of all; name those that changed."""
    for name in sys.argv[1:] or check.EXERCISES:
        if name not in check.EXERCISES:
            sys.exit(f"{name!r} is no exercise; there are {', '.join(check.EXERCISES)}")
        file, written = pages / f"{name}.txt", page(check.EXERCISES[name])
        if not file.exists() or file.read_text(encoding="utf-8") != written:
            file.write_text(written, encoding="utf-8")
            sys.stdout.write(f"{file.name}: read it, and commit it\n")


if __name__ == "__main__":
    renew(PAGES, page)
