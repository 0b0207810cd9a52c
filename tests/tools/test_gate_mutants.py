"""Each mutator really changes something of its kind, and the report's sums are right."""

import base64
import re
from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.gate.comparison import Tolerance, differences
from tools.gate_mutants import __main__ as gate_mutants
from tools.gate_mutants import mutants
from tools.gate_mutants.mutants import Mutant, Result, Verdict
from tools.gate_mutants.mutators import (
    CONTROLS,
    OUTPUT_KINDS,
    changed_outputs,
    edits,
    in_turn,
    is_change,
    shown,
)


def a_figure() -> str:
    image = Image.new("RGB", (200, 120), "white")
    draw = ImageDraw.Draw(image)
    draw.line((10, 100, 190, 20), fill=(30, 90, 170), width=3)
    draw.rectangle((20, 20, 30, 34), fill="black")  # what stands for lettering
    draw.ellipse((60, 20, 74, 34), fill="black")
    packed = BytesIO()
    image.save(packed, "PNG")
    return base64.b64encode(packed.getvalue()).decode()


TABLE = "<table>\n <tr><th>x</th></tr>\n <tr><td>0.25</td></tr>\n <tr><td>word</td></tr>\n</table>"
OUTPUTS: list[Any] = [
    {"output_type": "stream", "name": "stdout", "text": "loss 0.4321\nin 12 steps\n"},
    {"output_type": "display_data", "data": {"text/html": TABLE}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/png": a_figure()}, "metadata": {}},
]


@pytest.mark.parametrize("kind", OUTPUT_KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_each_change_of_an_output_is_one_that_the_gate_sees(kind: str, seed: int) -> None:
    changed = changed_outputs(OUTPUTS, kind, Random(seed))
    assert changed is not None
    assert changed != OUTPUTS
    assert differences(changed, OUTPUTS, Tolerance())


@pytest.mark.parametrize("kind", CONTROLS)
@pytest.mark.parametrize("seed", range(5))
def test_each_control_differs_by_less_than_the_gate_sees(kind: str, seed: int) -> None:
    changed = changed_outputs(OUTPUTS, kind, Random(seed))
    assert changed is not None
    assert changed != OUTPUTS
    assert not differences(changed, OUTPUTS, Tolerance())


@pytest.mark.parametrize("kind", [*OUTPUT_KINDS, *CONTROLS])
def test_where_there_is_nothing_to_change_nothing_is_made_up(kind: str) -> None:
    assert changed_outputs([], kind, Random(0)) is None


def test_the_outputs_given_stay_as_they_are() -> None:
    before = repr(OUTPUTS)
    for kind in OUTPUT_KINDS:
        changed_outputs(OUTPUTS, kind, Random(1))
    assert repr(OUTPUTS) == before


def test_a_moved_dot_stays_within_the_figure_and_changes_few_pixels() -> None:
    for seed in range(20):
        changed = changed_outputs(OUTPUTS[2:], "dot moved", Random(seed))
        assert changed is not None
        old, new = (pixels(one[0]["data"]["image/png"]) for one in (OUTPUTS[2:], changed))
        assert old.shape == new.shape
        assert 0 < (old != new).any(axis=-1).sum() <= 50


def pixels(encoded: str) -> np.ndarray[Any, Any]:
    with Image.open(BytesIO(base64.b64decode(encoded))) as image:
        return np.asarray(image.convert("RGB"))


SOURCE = '''\
"""Not changed."""
import math


def step(theta: float, lr: float = 0.5) -> float:
    """Not changed either."""
    assert lr > 0
    if theta < 1 and not math.isnan(theta):
        theta -= lr * slope(theta, "π")  # 2 - 1
    return -theta
'''


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("constant", "lr: float = 0.5", "lr: float = 0.75"),
        ("constant", "theta < 1", "theta < 2"),
        ("comparison", "theta < 1", "theta >= 1"),
        ("comparison", "and not math", "and math"),
        ("operator", "1 and not", "1 or not"),
        ("operator", "theta -= lr", "theta += lr"),
        ("operator", "lr * slope", "lr / slope"),
        ("sign", "lr * slope", "lr * -slope"),
        ("sign", "return -theta", "return theta"),
        ("swapped arguments", '(theta, "π")', '("π", theta)'),
        ("line dropped", 'theta -= lr * slope(theta, "π")', "pass"),
    ],
)
def test_code_is_changed_in_one_place(kind: str, before: str, after: str) -> None:
    wanted = SOURCE.replace(before, after)
    assert wanted != SOURCE
    made = [edit.apply(SOURCE) for edit in edits(SOURCE) if edit.kind == kind]
    assert made.count(wanted) == 1


def test_all_changes_of_code_are_changes_and_are_shown() -> None:
    found = edits(SOURCE)
    assert len(found) == 11
    for edit in found:
        assert is_change(SOURCE, edit)
        before, after = shown(SOURCE, edit)
        assert before in " ".join(SOURCE.split())
        assert before != after
    inside = [edit for edit in found if edit.function == (6, 10)]
    assert len(inside) == len(found)
    assert found[0].line(SOURCE) == 5


ALONE = ["import a", '"""Word."""', "assert x == 1", "x: int", "f'{1}'"]
ALONE += ["torch.testing.assert_close(a, b, rtol=1e-6)", "plt.show()"]


@pytest.mark.parametrize("source", ALONE)
def test_some_code_is_left_alone(source: str) -> None:
    assert edits(source) == []


def test_strict_is_an_assertion_and_an_axis_has_no_sign_to_lose() -> None:
    source = "zip(a, b, strict=True), a.sum(-1), a.norm(dim=-1), torch.tensor(-1), a[-1]"
    found = [(edit.kind, edit.apply(source)) for edit in edits(source)]
    assert [changed for kind, changed in found if kind == "sign"] == [
        source.replace("tensor(-1)", "tensor(1)"),
        source.replace("a[-1]", "a[1]"),
    ]
    assert ("constant", source.replace("sum(-1)", "sum(-2)")) in found
    assert all("strict=True" in changed for _, changed in found)


def test_groups_take_turns() -> None:
    assert list(in_turn(["abc", "d", "ef"])) == list("adebfc")


def a_result() -> Result:
    def mutant(group: str, number: int) -> Mutant:
        return Mutant(group, "sign", "book/en/adam.ipynb", "cell `a`", f"x{number}", f"-x{number}")

    groups = (("outputs", 3), ("notebooks", 4), ("coursekit", 2), ("coursekit.check", 1))
    made = [mutant(group, n) for group, count in groups for n in range(count)]
    verdicts = {
        one.key: Verdict(not one.before.endswith("1"), unit=one.before == "x2") for one in made
    }
    return Result(
        made, verdicts, {"notebooks": (0, 9), "coursekit": (3, 8), "coursekit.check": (1, 5)}
    )


def test_the_report_counts_and_names() -> None:
    result = a_result()
    why = {"book/en/adam.ipynb, cell `a`: x1 -> -x1": "it cancels"}
    text = gate_mutants.report(result, why)
    assert "Code of the notebooks: 3 of 4 (75.0 %); of the 3 that a test can see, 100.0 %" in text
    assert "| **code in the notebooks** | 4 | 3 | 1 | 1 | 1 |" in text
    assert "it cancels" in text
    assert "not explained" in gate_mutants.report(result, {})
    assert_sums_are_right(text)


def test_what_falls_short_is_said() -> None:
    assert list(gate_mutants.shortfalls(a_result())) == [
        "a change of a stored output went unnoticed",
        "less than 95% of the changes of code were seen",
    ]
    control = Mutant("control", "sign", "a.ipynb", "cell `a`", "x", "y")
    caught = Result([control], {control.key: Verdict(True)}, {})
    assert list(gate_mutants.shortfalls(caught)) == [
        "a change within the tolerance was not let pass"
    ]


@pytest.mark.parametrize(("missed", "enough"), [(0, True), (1, True), (2, False)])
def test_one_change_of_code_in_twenty_may_pass(missed: int, enough: bool) -> None:
    made = [
        Mutant("notebooks", "sign", "book/en/adam.ipynb", "cell `a`", str(n), "") for n in range(20)
    ]
    verdicts = {one.key: Verdict(number >= missed) for number, one in enumerate(made)}
    assert (not list(gate_mutants.shortfalls(Result(made, verdicts, {})))) == enough


def assert_sums_are_right(text: str) -> None:
    """Each group's line sums the lines of its kinds, and what was caught and not is all."""
    sums = np.zeros(5, dtype=int)
    rows = re.findall(r"^\| (.+?) \|" + r" (\d+) \|" * 5, text, re.MULTILINE)
    assert rows
    for name, *numbers in rows:
        tried, caught, unit, survived, unseen = counts = np.array(numbers, dtype=int)
        assert tried == caught + survived
        assert unit <= caught
        assert unseen <= survived
        if name.startswith("**"):
            assert (counts == sums).all()
            sums[:] = 0
        else:
            sums += counts


def test_the_committed_report_adds_up() -> None:
    text = gate_mutants.REPORT.read_text(encoding="utf-8")
    assert f"seed {mutants.SEED}" in text
    assert_sums_are_right(text)
    tried = [int(n) for n in re.findall(r"^\| \*\*.+?\*\* \| (\d+) \|", text, re.MULTILINE)]
    assert len(tried) == len(gate_mutants.GROUPS)
    assert sum(tried) >= 300
    survivors = sum(
        int(n)
        for n in re.findall(
            r"^\| \*\*(?!within).+?\*\* \| \d+ \| \d+ \| \d+ \| (\d+) \|", text, re.MULTILINE
        )
    )
    assert len(re.findall("^- [a-z]", text.split("## Survivors")[1], re.MULTILINE)) == survivors


def test_the_unit_tests_of_a_file_are_those_of_its_module_and_of_all_modules() -> None:
    folder = sorted((mutants.ROOT / "tests/unit/data").glob("test_*.py"))
    for file, module in (
        ("coursekit/optim.py", {"tests/unit/test_optim.py"}),
        ("coursekit/_require.py", {"tests/unit/test_require.py"}),
        (
            "coursekit/data/splitting.py",
            {path.relative_to(mutants.ROOT).as_posix() for path in folder},
        ),
        ("coursekit/__init__.py", set()),
    ):
        assert set(mutants.unit_tests(file)) == module | {"tests/unit/test_package.py"}
    assert mutants.unit_tests("book/en/adam.ipynb") == ()
    for path in (mutants.ROOT / "coursekit").rglob("*.py"):
        if path != mutants.ROOT / "coursekit/__init__.py":
            assert len(mutants.unit_tests(str(path.relative_to(mutants.ROOT)))) > 1, path


def test_unit_tests_that_come_to_no_end_have_failed(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = tmp_path / "test_endless.py"
    endless.write_text("def test_it():\n    while True:\n        pass\n", encoding="utf-8")
    monkeypatch.setattr(mutants, "SECONDS_OF_UNIT_TESTS", 3)
    assert mutants.failing_test([str(endless)]).endswith("test_endless.py: no end in 3 s")


def test_a_failing_unit_test_is_named_and_one_that_passes_is_not(tmp_path: Any) -> None:
    good, bad = tmp_path / "test_good.py", tmp_path / "test_bad.py"
    good.write_text("def test_it():\n    pass\n", encoding="utf-8")
    bad.write_text("import nothing_of_this_name\n", encoding="utf-8")
    assert mutants.failing_test([]) == ""
    assert mutants.failing_test([str(good)]) == ""
    assert "test_bad.py" in mutants.failing_test([str(good), str(bad)])


def test_what_earlier_runs_found_is_used_as_long_as_it_holds(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutants, "KEPT", tmp_path)
    chapter = mutants.chapters()[0]
    mutants.Kept().add("found", [1], (chapter,))
    assert mutants.Kept().found == {"found": [1]}
    digest: Callable[..., str] = mutants._digest
    monkeypatch.setattr(
        mutants,
        "_digest",
        lambda *files: "new" if files == (mutants.ROOT / chapter,) else digest(*files),
    )
    assert mutants.Kept().found == {}
