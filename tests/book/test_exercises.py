"""Every exercise has a hidden solution; its checker refuses the starter and accepts the solution.

The verdicts are read from the stored outputs, which the gate holds to what the cells really say.
That each mistake of a checker's catalogue is named rightly is tested in ``tests/unit``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from nbformat import NotebookNode

from coursekit import check
from tests.book.test_parity import NOTEBOOKS, complain
from tools.chapters import BOOK
from tools.outputs import EDITIONS, read, solutions

GATE = re.compile(r"^`{3,}\{(exercise-start|solution)\}(.*)$", re.MULTILINE)
LABEL = re.compile(r"^:label:\s*(\S+)", re.MULTILINE)
CALL = re.compile(r"^check\.(?!language\b)(\w+)\(", re.MULTILINE)
NOT_WRITTEN = {"en": "not written yet", "zh": "还没有写"}


@dataclass
class Exercise:
    label: str
    starters: dict[str, str] = field(default_factory=dict)
    solutions: dict[str, str] = field(default_factory=dict)
    solved: bool = False
    hidden: bool = False
    compared: set[str] = field(default_factory=set)
    pictured: bool = False


def exercises(notebook: NotebookNode) -> list[Exercise]:
    found: list[Exercise] = []
    inside = ""
    closed = {cell.id for cell in solutions(notebook)}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if inside == "solution" and cell.id not in closed:
                inside = ""
            called = CALL.findall(cell.source)
            if found and inside == "exercise":
                found[-1].pictured |= any(
                    "image/png" in out.get("data", {}) for out in cell.outputs
                )
            if found and inside and "torch.testing.assert_close(" in cell.source:
                found[-1].compared.add(inside)
            if called and found and inside:
                verdicts = found[-1].solutions if inside == "solution" else found[-1].starters
                verdicts.update(dict.fromkeys(called, said(cell)))
            continue
        for gate in GATE.finditer(cell.source):
            kind, title = gate.groups()
            if kind == "exercise-start":
                label = LABEL.search(cell.source, gate.end())
                assert label, f"{cell.id}: an exercise has no label"
                found.append(Exercise(label[1]))
                inside = "exercise"
            else:
                assert found, f"{cell.id}: a solution stands before the first exercise"
                assert title.strip() == found[-1].label, f"{cell.id}: solution of{title}"
                found[-1].solved = True
                found[-1].hidden = ":class: dropdown" in cell.source[gate.end() :].split("```")[0]
                inside = "solution"
    return found


def said(cell: NotebookNode) -> str:
    said = (output.get("data", {}).get("text/plain", "") for output in cell.outputs)
    return "\n".join(said).strip()


def faults(found: list[Exercise], edition: str) -> Iterator[str]:
    judged = [
        exercise
        for exercise in found
        if exercise.solutions or {"exercise", "solution"} <= exercise.compared
    ]
    if len(found) < 4:
        yield f"has {len(found)} exercises, a chapter needs four"
    if not any(exercise.pictured for exercise in found):
        yield "has no exercise that shows runs to be judged by eye"
    if len(judged) < 2:
        yield f"has {len(judged)} exercises judged by code, a chapter needs two"
    for exercise in found:
        if not (exercise.solved and exercise.hidden):
            yield f"{exercise.label}: the solution is missing or not hidden"
        if exercise.starters.keys() != exercise.solutions.keys():
            yield f"{exercise.label}: starter and solution call different checkers"
        for checker, verdict in exercise.starters.items():
            if checker not in check.EXERCISES:
                yield f"{exercise.label}: there is no checker {checker!r}"
            if not verdict.startswith("✗") or NOT_WRITTEN[edition] not in verdict:
                yield f"{exercise.label}: the starter is told {verdict!r}"
        for verdict in exercise.solutions.values():
            if not verdict.startswith("✓"):
                yield f"{exercise.label}: the solution is told {verdict!r}"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_exercises(name: str, edition: str) -> None:
    complain(f"{edition}/{name}", list(faults(exercises(read(BOOK / edition / name)), edition)))


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_questions_a_summary_and_reading_come_after_the_exercises(name: str, edition: str) -> None:
    cells = read(BOOK / edition / name).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    after = text.rpartition("{exercise-start}")[2]
    assert len(re.findall(r"^## ", after, re.MULTILINE)) == 3


def test_faults_are_seen() -> None:
    right, wrong = "✓ adam: right.", "✗ adam: looks like ..."
    found = [
        Exercise("a", {"adam": "✗ adam: not written yet."}, {"adam": right}, True, True),
        Exercise("b", {"adam": right}, {"adam": wrong}, True, True),
        Exercise("c", {"adam": "✗ adam: not written yet."}, {}, True, False),
        Exercise("open", solved=True, hidden=True),
    ]
    assert [fault.split(":")[0] for fault in faults(found, "en")][1:] == ["b", "b", "c", "c"]
    found[0].pictured = True
    assert [fault.split(":")[0] for fault in faults(found, "en")] == ["b", "b", "c", "c"]
    assert len(list(faults(found[:1], "en"))) == 2
    by_hand = Exercise("d", solved=True, hidden=True, compared={"exercise", "solution"})
    assert len(list(faults([found[0], by_hand], "en"))) == 1
    by_hand.compared.remove("exercise")
    assert len(list(faults([found[0], by_hand], "en"))) == 2
