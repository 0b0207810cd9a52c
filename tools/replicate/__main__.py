"""Execute chapters under other seeds and count in how many draws each assertion holds.

    python -m tools.replicate                    every chapter whose stored results are stale
    python -m tools.replicate momentum adam -k 20   these chapters, twenty draws each

An assertion whose line ends in ``# this draw`` is only counted. Every other one must hold in at
least 19 of 20 draws (95 %), or the command fails and names it. Runs that are done are kept in
``_build/replicate``, so a stopped command goes on where it was; a chapter's table goes to
``tools/replicate/results``, with a digest of the cells that it is about.
"""

import argparse
import hashlib
import importlib
import json
import math
import multiprocessing
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

from nbformat import NotebookNode

from tools.claims import assertions, claims
from tools.outputs import read
from tools.replicate.draws import Cell, Run, run

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book" / "en"
RESULTS = Path(__file__).parent / "results"
KEPT = ROOT / "_build" / "replicate"
SHARE = 0.95
DIGEST = re.compile(r"^Cells: `(?P<digest>[0-9a-f]{16})`, (?P<draws>\d+) draws\.$", re.MULTILINE)
# What chapters import: loaded once, before the processes part.
WARM = ("matplotlib.pyplot", "pandas", "seaborn", "sklearn.linear_model", "sklearn.datasets")


def main() -> int:
    """Run what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description="Do the chapters' assertions hold on other draws?")
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="all that are stale, if none"
    )
    parser.add_argument("-k", "--draws", type=int, default=20, help="how many other seeds (20)")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="processes at once")
    asked = parser.parse_args()
    known = chapters()
    for name in asked.chapters:
        if name not in known:
            parser.error(f"{name!r} is no chapter; there are {', '.join(known)}")
    wanted = asked.chapters or [name for name in known if stale(name, asked.draws)]
    if not wanted:
        print("Nothing to do: every chapter's results are of the cells as they are.")
        return 0
    for module in WARM:
        importlib.import_module(module)
    failed = False
    try:
        for chapter in wanted:
            failed |= not replicate(chapter, asked.draws, asked.jobs)
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.")
        return 130
    return int(failed)


def chapters() -> list[str]:
    """Return the names of the chapters."""
    return sorted(path.stem for path in BOOK.glob("*.ipynb"))


def stale(chapter: str, draws: int = 1) -> bool:
    """Tell whether a chapter's stored results are missing, of other cells, or of fewer draws."""
    path = RESULTS / f"{chapter}.md"
    found = DIGEST.search(path.read_text(encoding="utf-8")) if path.exists() else None
    return (
        found is None
        or found["digest"] != digest(read(BOOK / f"{chapter}.ipynb"))
        or int(found["draws"]) < draws
    )


def digest(notebook: NotebookNode) -> str:
    """Return what tells one state of a chapter's code from another; a lab draws nothing anew."""
    code = [
        [cell.id, cell.source]
        for cell in notebook.cells
        if cell.cell_type == "code" and "labs.show(" not in cell.source
    ]
    return hashlib.sha256(json.dumps(code).encode()).hexdigest()[:16]


def replicate(chapter: str, draws: int, jobs: int | None) -> bool:
    """Run a chapter, write its table, print what does not hold; return whether all does."""
    notebook = read(BOOK / f"{chapter}.ipynb")
    runs = list(_runs(chapter, notebook, range(draws + 1), jobs))  # 0 is the chapter's own
    rows = list(counted(notebook, runs[1:], runs[0]))
    stops = [f"{run.stopped} (draw {n})" for n, run in enumerate(runs) if run.stopped]
    own = [key for key, good in runs[0].held.items() if not good]
    RESULTS.mkdir(exist_ok=True)
    text = table(chapter, digest(notebook), draws, rows, stops)
    (RESULTS / f"{chapter}.md").write_text(text, encoding="utf-8")
    low = [row for row in rows if not row.this_draw and row.held < math.ceil(SHARE * draws)]
    for line in stops:
        print(f"  {chapter}: {line}")
    for cell, number in own:
        print(f"  {chapter}: {cell}, line {number} does not hold as the chapter stands")
    for row in low:
        print(f"  {chapter}: {row.cell} holds in {row.held} of {draws}: {row.code}")
        if row.sentence:
            print(f"      {row.sentence!r}")
    marked = sum(row.this_draw for row in rows)
    print(f"{chapter}: {len(rows)} assertions, {marked} of this draw only, {len(low)} fail")
    return not (low or stops or own)


def _cells(notebook: NotebookNode) -> list[Cell]:
    return [
        Cell(cell.id, cell.source, "raises-exception" in cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _runs(
    chapter: str, notebook: NotebookNode, draws: Sequence[int], jobs: int | None
) -> Iterator[Run]:
    """Yield each draw's run, from what is kept where it is there, else in a process of its own."""
    cells, folder = _cells(notebook), KEPT / f"{chapter}-{digest(notebook)}"
    folder.mkdir(parents=True, exist_ok=True)
    way = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(way).Pool(jobs, maxtasksperchild=1) as pool:
        kept = {draw: folder / f"{draw}.json" for draw in draws}
        waiting = {
            draw: pool.apply_async(run, (cells, draw, BOOK))
            for draw, path in kept.items()
            if not path.exists()
        }
        for draw, path in kept.items():
            if draw in waiting:
                found = waiting[draw].get()
                held = [[*key, good] for key, good in found.held.items()]
                path.write_text(json.dumps({"held": held, "stopped": found.stopped}))
                failed = sum(not good for good in found.held.values())
                print(f"  {chapter}, draw {draw}: {failed} of {len(held)} fail", flush=True)
            said = json.loads(path.read_text())
            yield Run({(cell, line): ok for cell, line, ok in said["held"]}, said["stopped"])


@dataclass(frozen=True)
class Row:
    """One assertion: where it stands, what it says, and in how many draws it held."""

    cell: str
    code: str
    sentence: str
    this_draw: bool
    held: int


def counted(notebook: NotebookNode, runs: Sequence[Run], own: Run | None = None) -> Iterator[Row]:
    """Yield the assertions in their order; one that a run never came to did not hold in it.

    What the chapter's ``own`` run never comes to is left out: a branch for an answer to come.
    """
    said = list(claims(notebook))
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for one in sorted(assertions(cell.source), key=lambda one: one.line):
            sentences = [
                claim.sentence
                for claim in said
                if claim.cell == cell.id and claim.how == "asserts" and claim.evidence in one.code
            ]
            if own and not own.stopped and (cell.id, one.line) not in own.held:
                continue
            held = sum(run.held.get((cell.id, one.line), False) for run in runs)
            yield Row(cell.id, one.code, " / ".join(sentences), one.this_draw, held)


def table(chapter: str, cells: str, draws: int, rows: Sequence[Row], stops: Sequence[str]) -> str:
    """Return a chapter's results as Markdown."""
    lines = [f"# {chapter} on other draws", "", f"Cells: `{cells}`, {draws} draws.", ""]
    general = [row for row in rows if not row.this_draw]
    good = sum(row.held >= math.ceil(SHARE * draws) for row in general)
    lines += [
        f"{good} of {len(general)} general assertions hold in at least {SHARE:.0%} of the draws; "
        f"{len(rows) - len(general)} are of this draw only.",
        "",
        *(f"- {line}" for line in stops),
        *([""] if stops else []),
        "| cell | assertion | sentence | of | held |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        code, sentence = (text.replace("|", "\\|") for text in (row.code, row.sentence))
        of = "this draw" if row.this_draw else "any"
        lines.append(f"| {row.cell} | `{code}` | {sentence} | {of} | {row.held} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
