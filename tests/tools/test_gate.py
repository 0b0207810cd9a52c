"""The gate catches what it is for, says where it is, and lets pass what is allowed."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from math import inf
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from tools import outputs
from tools.gate.comparison import Tolerance, compare_figures, compare_text, differences
from tools.gate.plugin import other_versions, terms_of

ROOT = Path(__file__).resolve().parents[2]
DOTS = "fig, ax = plt.subplots()\nax.plot([1, 2, 3], [2, 1, 3], 'o');"

Cell = Any


@dataclass(frozen=True)
class Change:
    """One thing done to a stored cell, and what the gate must say of it (None: nothing)."""

    source: str
    apply: Callable[[Cell], None]
    said: str | None


def _text(old: str, new: str) -> Callable[[Cell], None]:
    def apply(cell: Cell) -> None:
        assert old in cell.outputs[0].text
        cell.outputs[0].text = cell.outputs[0].text.replace(old, new)

    return apply


def _code(source: str) -> Callable[[Cell], None]:
    def apply(cell: Cell) -> None:
        cell.source = source

    return apply


def _drop_row(cell: Cell) -> None:
    data = cell.outputs[0].data
    data["text/plain"] = "\n".join(data["text/plain"].splitlines()[:-1])


def _table_digit(cell: Cell) -> None:
    html = cell.outputs[0].data["text/html"]
    assert "0.250" in html
    cell.outputs[0].data["text/html"] = html.replace("0.250", "0.251")


def _drop_outputs(cell: Cell) -> None:
    cell.outputs = []


def _keep_text_of_figure(cell: Cell) -> None:
    del cell.outputs[0].data["image/png"]


def _never_executed(cell: Cell) -> None:
    cell.outputs, cell.execution_count = [], None


def _no_change(_: Cell) -> None:
    pass


CHANGES = {
    "imports": Change("import matplotlib.pyplot as plt\nimport pandas as pd", _no_change, None),
    "same-text": Change("print('converged after 12 steps')", _no_change, None),
    "same-figure": Change(DOTS, _no_change, None),
    "digit": Change(
        "print('loss 0.4321')", _text("0.4321", "0.4322"), "line 1: 0.4322 became 0.4321"
    ),
    "integer": Change("print('in 12 steps')", _text("12", "13"), "line 1: 13 became 12"),
    "word": Change("print('it grows')", _text("grows", "falls"), "-it falls\n+it grows"),
    "line": Change("print('one\\ntwo')", _text("one\n", ""), "+one"),
    "row": Change("pd.DataFrame({'loss': [0.5, 0.25]})", _drop_row, "output 1, text/plain"),
    "table": Change("pd.DataFrame({'loss': [0.5, 0.25, 0.125]})", _table_digit, "0.251 became"),
    "point": Change(DOTS, _code(DOTS.replace("[2, 1, 3]", "[2, 1.02, 3]")), "pixels differ"),
    "label": Change(DOTS, _code(f"{DOTS[:-1]}\nax.set_xlabel('t');"), "output 1, figure 1"),
    "size": Change(DOTS, _code(f"{DOTS[:-1]}\nfig.set_size_inches(3, 2);"), "x"),
    "no-figure": Change(DOTS, _code("pass"), "now there is nothing"),
    "new-figure": Change(DOTS, _drop_outputs, "stored is nothing"),
    "lost-image": Change(DOTS, _keep_text_of_figure, "stored is display_data text/plain, now"),
    "new-output": Change("print('more')", _drop_outputs, "stored is nothing, now there is stream"),
    "exception": Change("print(1)", _code("1 / 0"), "ZeroDivisionError"),
    "not-executed": Change("a = 1", _never_executed, "was not executed"),
    "rounding": Change("print(0.123456789)", _text("0.123456789", "0.12345678900001"), None),
    "own-tolerance": Change(
        "# gate: rtol=0.01 because it is a test\nprint(0.125)", _text("0.125", "0.126"), None
    ),
    "beyond-own-tolerance": Change(
        "# gate: rtol=0.01, atol=1e-3 because it is a test\nprint(0.125)",
        _text("0.125", "0.128"),
        "allowed: rtol=0.01, atol=0.001",
    ),
    "raises": Change(
        "# gate: raises-exception because it shows the error\n1 / 0", _no_change, None
    ),
    "other-error": Change(
        "# gate: raises-exception because it shows the error\n1 / 0",
        lambda cell: cell.outputs[0].update(evalue="division by one"),
        "+ZeroDivisionError: division by zero",
    ),
    "skipped": Change("# gate: skip because it is a test\n1 + 1", _drop_outputs, None),
    "ignored": Change(
        "# gate: ignore-output because it is a test\nprint(2)", _text("2", "3"), None
    ),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """Execute one notebook, change what is stored of it, run the gate over it.

    Gives what the gate says of each cell ("" for one that passed), and the folder.
    """
    folder = tmp_path_factory.mktemp("gate")
    path = folder / "scratch.ipynb"
    cells = [new_code_cell(change.source, id=name) for name, change in CHANGES.items()]
    for cell in cells:
        if "raises-exception" in cell.source:
            cell.metadata["tags"] = ["raises-exception"]
    path.write_text(outputs.as_text(new_notebook(cells=cells)), encoding="utf-8")
    assert outputs.store_outputs(path)
    notebook = outputs.read(path)
    for cell in notebook.cells:
        CHANGES[cell.id].apply(cell)
    outputs.write(path, notebook)
    return run_gate(folder), folder


def run_gate(folder: Path, *options: str, path: str = ".") -> dict[str, str]:
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.gate.plugin"]
    command += ["-p", "no:cacheprovider", "--junitxml=verdicts.xml", *options, path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (folder / "verdicts.xml").exists(), done.stdout + done.stderr
    (folder / "said.txt").write_text(done.stdout, encoding="utf-8")
    found = {}
    for case in ET.parse(folder / "verdicts.xml").iter("testcase"):
        name = case.attrib["name"].removesuffix(")").split("(id ")[-1]
        found[name] = "".join(part.text or "" for part in case if part.tag != "skipped")
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_caught_and_nothing_else(
    name: str, verdicts: tuple[dict[str, str], Path]
) -> None:
    said = verdicts[0][name]
    expected = CHANGES[name].said
    if expected is None:
        assert said == ""
    else:
        assert expected in said
        assert f"scratch.ipynb, code cell {list(CHANGES).index(name) + 1} (id {name})" in said


def test_the_report_shows_expected_actual_and_difference(
    verdicts: tuple[dict[str, str], Path],
) -> None:
    said, folder = verdicts
    here = folder / said["point"].split("are in ")[-1].strip()
    sizes = set()
    for name in ("expected", "actual", "difference"):
        with Image.open(here / f"1-{name}.png") as image:
            sizes.add(image.size)
    assert len(sizes) == 1
    page = (folder / "_build/gate-report/index.html").read_text(encoding="utf-8")
    assert f"{here.name}/1-difference.png" in page
    assert "it&nbsp;grows" in page.replace('<span class="diff_chg">', "").replace("</span>", "")


def test_what_differs_comes_first_and_what_follows_says_so(
    verdicts: tuple[dict[str, str], Path],
) -> None:
    first, later = verdicts[0]["digit"], verdicts[0]["exception"]
    assert first.startswith("output 1, stdout: line 1: 0.4322 became 0.4321")
    assert "the cell:\n    print('loss 0.4321')" in first
    assert "may follow" not in first
    assert later.startswith("ZeroDivisionError: division by zero\n")
    assert "It may follow from code cell 4 (id digit) above." in later
    assert len(later.splitlines()) == 4
    ends = (verdicts[1] / "said.txt").read_text(encoding="utf-8")
    assert "\nStart with scratch.ipynb, as stored; scratch.ipynb, code cell 4 (id digit)\n" in ends


NBVALS = ("--nbval", "--nbval-lax", "--nbval-current-env", "--nbval-sanitize-with=none.cfg")


@pytest.mark.parametrize(
    ("path", "options"), [("book", NBVALS[:1]), ("book/en/adam.ipynb", NBVALS[1:])]
)
def test_nbvals_options_collect_each_cell_once(path: str, options: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", *options, path]
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    found = [line for line in done.stdout.splitlines() if "::" in line]
    paths = sorted((ROOT / "book").rglob("*.ipynb")) if path == "book" else [ROOT / path]
    wanted = [
        f"{one.relative_to(ROOT).as_posix()}::{name}"
        for one in paths
        if not any(part.startswith(".") for part in one.relative_to(ROOT).parts)
        for name in ["as stored", *(name for name, _ in outputs.code_cells(outputs.read(one)))]
    ]
    assert found == wanted


@pytest.mark.parametrize("path", [".", "scratch.ipynb"])
def test_nbvals_options_run_the_gate(
    path: str, verdicts: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    """A figure that changed fails, which nbval lets pass; what differs by a rounding passes."""
    kept = {"imports", "same-text", "point", "rounding", "digit"}
    notebook = outputs.read(verdicts[1] / "scratch.ipynb")
    notebook.cells = [cell for cell in notebook.cells if cell.id in kept]
    outputs.write(tmp_path / "scratch.ipynb", notebook)
    said = run_gate(tmp_path, *NBVALS, path=path)
    assert {name for name in said if said[name]} == {"point", "digit"}
    assert said.keys() == kept | {"as stored"}


def test_without_pixels_a_figure_must_still_be_there(
    verdicts: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    shutil.copytree(verdicts[1], tmp_path / "again")
    said = run_gate(tmp_path / "again", "--no-pixels")
    left_out = {name for name in CHANGES if verdicts[0][name] and not said[name]}
    assert left_out == {"point", "label"}


def test_the_notebook_as_stored_is_judged_too(verdicts: tuple[dict[str, str], Path]) -> None:
    position = list(CHANGES).index("not-executed") + 1
    assert f"code cell {position} (id not-executed) was not executed" in verdicts[0]["as stored"]


def test_the_size_at_which_a_figure_is_shown_goes_with_its_pixels() -> None:
    def figure(height: int) -> dict[str, Any]:
        size = {"image/png": {"height": height, "width": 720}}
        data = {"image/png": "", "text/plain": "<Figure>"}
        return {"output_type": "display_data", "data": data, "metadata": size}

    stored, now = [figure(460)], [figure(459)]
    assert "460 became 459" in differences(stored, now, Tolerance())[0].message
    assert differences(stored, now, Tolerance(rms=inf)) == []


@pytest.mark.parametrize(
    ("stored", "now", "same"),
    [
        ("0.5 and 2", "0.5 and 2", True),
        ("0.50000001", "0.5", True),
        ("0.5001", "0.5", False),
        ("1e-17", "2e-17", False),
        ("1.0", "1", False),
        ("3", "4", False),
        ("-0.5", "0.5", False),
        ("nan", "0.5", False),
        ("version 2.2.3", "version 2.2.4", False),
        ("a 0.5", "b 0.5", False),
        ("0.5", "0.5 ", False),
        ("a\nb", "a\r\nb", False),
        ("1.5e300", "1.5000000001e300", True),
    ],
)
def test_text(stored: str, now: str, same: bool) -> None:
    assert (compare_text("here", stored, now, Tolerance()) is None) is same


def _figure(dot: int | None = None, size: tuple[int, int] = (1280, 960)) -> str:
    image = Image.new("RGB", size, "white")
    if dot is not None:
        ImageDraw.Draw(image).rectangle((dot, dot, dot + 2, dot + 2), fill=(0, 0, 0))
    packed = BytesIO()
    image.save(packed, "PNG")
    return base64.b64encode(packed.getvalue()).decode()


def test_a_dot_of_nine_pixels_that_moves_is_seen() -> None:
    found = compare_figures("figure 1", _figure(300), _figure(310), Tolerance())
    assert found is not None
    assert "18 of 1228800 pixels" in found.message
    assert "columns 300 to 312" in found.message
    assert set(found.images) == {"expected", "actual", "difference"}


def test_a_wider_tolerance_lets_the_dot_move() -> None:
    assert compare_figures("figure 1", _figure(300), _figure(310), Tolerance(rms=2)) is None


def test_a_figure_is_packed_once_and_then_left_alone() -> None:
    image = Image.new("RGB", (90, 60), "white")
    drawn, stored_elsewhere = BytesIO(), BytesIO()
    notes = PngInfo()
    notes.add_text("Software", "a plotting library, version 1")
    image.save(drawn, "PNG", pnginfo=notes, compress_level=0)
    image.save(stored_elsewhere, "PNG", compress_level=0)
    packed = base64.b64decode(as_stored(drawn))
    assert len(packed) < len(drawn.getvalue())
    assert b"Software" not in packed
    for figure in (BytesIO(packed), stored_elsewhere):
        assert base64.b64decode(as_stored(figure)) == figure.getvalue()


def as_stored(figure: BytesIO) -> str:
    data = {"image/png": base64.b64encode(figure.getvalue()).decode()}
    cell = new_code_cell("draw()", outputs=[new_output("display_data", data)])
    stored: str = (
        outputs.normalized(new_notebook(cells=[cell])).cells[0].outputs[0].data["image/png"]
    )
    return stored


def test_figures_of_another_size_differ_whatever_the_tolerance() -> None:
    found = compare_figures("", _figure(), _figure(size=(1280, 961)), Tolerance(rms=300))
    assert found is not None
    assert "1280 x 960 pixels, now it has 1280 x 961" in found.message


def test_two_outputs_that_changed_places_differ() -> None:
    text = {"output_type": "stream", "name": "stdout", "text": "hello"}
    result = {"output_type": "display_data", "data": {"text/plain": "1"}, "metadata": {}}
    assert differences([text, result], [text, result], Tolerance()) == []
    assert len(differences([text, result], [result, text], Tolerance())) == 2


@pytest.mark.parametrize(
    "source",
    [
        "# gate: skip",
        "# gate: skip because",
        "# gate: rtol=wide because it is a test",
        "# gate: rtol=-1 because it is a test",
        "# gate: speed because it is a test",
        "# NBVAL_SKIP",
        "#NBVAL_IGNORE_OUTPUT",
    ],
)
def test_a_comment_without_sense_or_reason_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="gate"):
        terms_of(new_code_cell(source))


@pytest.mark.parametrize("tag", ["nbval-skip", "nbval-ignore-output", "raises-exception"])
def test_a_tag_alone_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="gate"):
        terms_of(new_code_cell("1", metadata={"tags": [tag]}))


def test_terms_are_read_in_both_languages() -> None:
    english = terms_of(new_code_cell("# gate: rtol=1e-3, rms=2 because sums differ"))
    chinese = terms_of(new_code_cell("# gate: rtol=1e-3, rms=2 因为求和的次序不同"))
    assert english.tolerance == chinese.tolerance == Tolerance(rtol=1e-3, rms=2)
    assert chinese.reason == "求和的次序不同"


def _stored(tmp_path: Path, *sources: str) -> tuple[bool, Path, str]:
    path = tmp_path / "scratch.ipynb"
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    return outputs.store_outputs(path), path, before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import warnings\nwarnings.warn('careful')", "careful"),
        ("object()", "a memory address"),
        ("print('/home/someone/course')", "a machine's path"),
    ],
)
def test_what_may_not_be_stored_is_refused_and_the_file_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, said: str
) -> None:
    stored, path, before = _stored(tmp_path, source)
    assert not stored
    assert said in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_still_to_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _stored(tmp_path, "1 + 1", f"2  # {outputs.TO_WRITE} two")[0]
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  still TO-WRITE: " + outputs.read(tmp_path / "scratch.ipynb").cells[1].id
    ]


def test_storing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    sources = [
        "import matplotlib.pyplot as plt\nprint(hash('a'), end=' ')\nprint({'b', 'c'})",
        DOTS,
    ]
    stored, path, _ = _stored(tmp_path, *sources)
    assert stored
    first = path.read_bytes()
    assert outputs.store_outputs(path)
    assert path.read_bytes() == first
    assert [cell.execution_count for cell in outputs.read(path).cells] == [1, 1]


def test_missing_and_repeated_ids_are_filled_alike_each_time(tmp_path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": [str(n)]} for n in range(3)
    ]
    cells[0]["id"] = cells[1]["id"] = "same"
    stored = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    path = tmp_path / "scratch.ipynb"
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert [cell.id for cell in outputs.read(path).cells] == ["same", "cell-2", "cell-3"]


def test_every_cell_keeps_its_place(tmp_path: Path) -> None:
    cells = [new_markdown_cell("# Title"), new_code_cell("1 + 1"), new_markdown_cell("end")]
    path = tmp_path / "scratch.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=cells)), encoding="utf-8")
    assert outputs.store_outputs(path)
    assert [cell.source for cell in outputs.read(path).cells] == ["# Title", "1 + 1", "end"]
    assert outputs.read(path).cells[1].outputs[0].data["text/plain"] == "2"


def test_versions_that_explain_a_difference_are_named(tmp_path: Path) -> None:
    file = tmp_path / "requirements.lock"
    file.write_text("# made once\n\npytest==1.0\nnot-installed-anywhere==2.0\n", encoding="utf-8")
    said = f"pytest is {pytest.__version__}, the stored outputs were made with 1.0"
    assert list(other_versions(file)) == [said]
