"""A chapter under other seeds: what is shifted, what is counted, and that it can fail."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.outputs import read
from tools.replicate import __main__ as command
from tools.replicate.draws import Cell, Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")

DRAWN = {
    "torch": "torch.manual_seed(3); x = torch.rand(()).item()",
    "torch, nobody seeds": "x = torch.rand(()).item()",
    "a generator": "g = torch.Generator().manual_seed(3); x = torch.rand((), generator=g).item()",
    "a generator of the default seed": "x = torch.rand((), generator=torch.Generator()).item()",
    "numpy": "x = float(np.random.default_rng(3).random())",
    "numpy, old": "np.random.seed(3); x = float(np.random.rand())",
    "scikit-learn": "from sklearn.utils import check_random_state as c; x = float(c(3).rand())",
    "python": "import random; random.seed(3); x = random.random()",
    "coursekit": "x = float(data.line(2, 1.0, 0.0, 1.0, seed=3).y[0])",
}
ROOT = Path(__file__).resolve().parents[2]
# Each run would find the seeds shifted that the one before has shifted: it gets its own fork.
ELSEWHERE = """
import json, multiprocessing, sys
from pathlib import Path
import matplotlib.pyplot, sklearn.utils
from tools.replicate.draws import Cell, run

asked = {name: [Cell(**cell) for cell in some] for name, some in json.load(sys.stdin).items()}
with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
    found = {n: pool.apply(run, (c, int(sys.argv[1]), Path.cwd())) for n, c in asked.items()}
said = {n: [[[*key, good] for key, good in r.held.items()], r.stopped] for n, r in found.items()}
print(json.dumps(said))
"""
IMPORTS = Cell("imports", "import numpy as np, torch\nfrom coursekit import data")


def runs(cells: dict[str, list[Cell]], draw: int) -> dict[str, Run]:
    """Run each list of cells under a draw, in a fresh process for them all."""
    said = json.dumps({name: [asdict(cell) for cell in some] for name, some in cells.items()})
    asked = [sys.executable, "-c", ELSEWHERE, str(draw)]
    done = subprocess.run(asked, input=said, check=True, capture_output=True, text=True, cwd=ROOT)
    return {
        name: Run({(cell, line): good for cell, line, good in held}, stopped)
        for name, (held, stopped) in json.loads(done.stdout).items()
    }


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, Run]]:
    """The chapter's own draw, another one, and that one again."""
    bits = "\n".join(f"assert int(abs(x) * 2**{bit}) % 2" for bit in range(1, 13))
    cells = {
        what: [IMPORTS, Cell("draw", code), Cell("bits", bits)] for what, code in DRAWN.items()
    }
    return [runs(cells, draw) for draw in (0, 1, 1)]


@pytest.mark.parametrize("what", DRAWN)
def test_another_draw_is_another_and_the_same_each_time(
    what: str, drawn: list[dict[str, Run]]
) -> None:
    own, other, again = (runs[what].held for runs in drawn)
    assert len(own) == 12
    assert own != other
    assert other == again


def test_an_assertion_in_a_loop_holds_if_it_always_does() -> None:
    cells = [
        Cell("a", "for i in range(3):\n    assert i < 2\n    assert i < 3"),
        Cell("b", "import torch\ntorch.testing.assert_close(torch.ones(1), torch.zeros(1))"),
        Cell("c", "1 / 0", raises=True),
        Cell("d", "assert True\nraise KeyError('adam')\nassert True"),
        Cell("e", "assert True"),
    ]
    found = runs({"": cells}, 0)[""]
    assert found.held == {("a", 2): False, ("a", 3): True, ("b", 2): False, ("d", 1): True}
    assert found.stopped == "d stops: KeyError: 'adam'"


def test_what_is_counted() -> None:
    claim = "It grows.<!-- shown: code asserts x > 0 -->"
    code = new_code_cell("assert x > 0\nassert y  # this draw", id="code")
    notebook = new_notebook(cells=[new_markdown_cell(claim), code])
    runs = [Run({("code", 1): True, ("code", 2): False}), Run({("code", 1): False})]
    first, second = command.counted(notebook, runs)
    assert (first.sentence, first.held, first.this_draw) == ("It grows.", 1, False)
    assert (second.held, second.this_draw) == (0, True)
    text = command.table("a", "0" * 16, 2, [first, second], ["code stops"])
    assert "0 of 1 general assertions hold" in text
    assert "| code | `assert x > 0` | It grows. | any | 1 |" in text


def test_a_branch_that_the_chapter_never_takes_is_not_counted() -> None:
    code = new_code_cell("assert x\nif answered:\n    assert y", id="code")
    held = Run({("code", 1): True})
    (row,) = command.counted(new_notebook(cells=[code]), [held], held)
    assert row.code == "assert x"
    stopped = Run({("code", 1): True}, "code stops")
    assert len(list(command.counted(new_notebook(cells=[code]), [held], stopped))) == 2


def test_a_changed_cell_makes_results_stale() -> None:
    notebook = read(command.BOOK / "momentum.ipynb")
    before = command.digest(notebook)
    notebook.cells[1].source += "\n# a word"
    assert command.digest(notebook) != before


@pytest.mark.parametrize("chapter", command.chapters())
def test_the_stored_results_are_of_the_chapter_as_it_is(chapter: str) -> None:
    assert not command.stale(chapter, 20), f"run `python -m tools.replicate {chapter}`"


@pytest.mark.parametrize("chapter", command.chapters())
def test_every_general_assertion_held(chapter: str) -> None:
    text = (command.RESULTS / f"{chapter}.md").read_text(encoding="utf-8")
    low = [
        line
        for line in text.splitlines()
        if line.endswith(" |") and "| any |" in line and int(line.split("|")[-2]) < 19
    ]
    assert not low, "\n".join(low)
    assert " stops: " not in text
