"""What the chapters claim, and which cell shows it: ``python -m tools.claims [CHAPTER ...]``.

A sentence that says more than one number (always, never, faster, equal) has a note right behind it,
in the Markdown cell or the caption where it stands, which no page shows::

    The gap grows and grows.<!-- shown: code-19 asserts gap.is_monotonic_increasing -->
    Here it wins.<!-- shown: code-14, this draw, asserts late[0] < best -->
    Nine digits are left.<!-- shown: code-06 prints digits: 9 -->

``asserts`` quotes a piece of one of the cell's assertions, ``prints`` a piece of its output. A
claim about this draw only says so, and so does the line of its assertion: it ends in
``# this draw``. All other assertions must hold on other draws too. The table of all claims is
printed by this program and stored nowhere.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from tools.chapters import chapter, figure, names
from tools.outputs import texts

NOTE = re.compile(
    r"<!-- shown: (?P<cell>[\w-]+)(?P<here>, this draw,)? (?P<how>asserts|prints) "
    r"(?P<evidence>.+?) -->",
    re.DOTALL,
)
ANY_NOTE = re.compile(r"<!--\s*shown\b.*?-->", re.DOTALL)
LABEL = re.compile(r"^\((?P<label>[\w-]+)\)=$", re.MULTILINE)
THIS_DRAW = re.compile(r"#\s*(?:this draw|只对这次抽样)\s*$")
SENTENCE_ENDS = re.compile(r"(?<=[.!?:;])\s|[。！？：；]|\n\s*\n|-->")


@dataclass(frozen=True)
class Claim:
    """A sentence and what shows it."""

    section: str
    sentence: str
    cell: str
    how: str
    evidence: str
    this_draw: bool


def claims(notebook: NotebookNode) -> Iterator[Claim]:
    """Yield a notebook's claims in their order; ``ValueError`` where a note can't be read."""
    section = ""
    for cell in notebook.cells:
        words = str(cell.source) if cell.cell_type == "markdown" else figure(cell).caption
        for note in ANY_NOTE.finditer(words):
            match = NOTE.fullmatch(note.group())
            if not match:
                raise ValueError(f"cell {cell.id}: a note can't be read: {note.group()}")
            before = words[: note.start()]
            labels = LABEL.findall(before) if cell.cell_type == "markdown" else []
            yield Claim(
                labels[-1] if labels else section,
                squeezed(SENTENCE_ENDS.split(before.rstrip())[-1]),
                match["cell"],
                match["how"],
                squeezed(match["evidence"]),
                bool(match["here"]),
            )
        if cell.cell_type == "markdown" and LABEL.search(words):
            section = LABEL.findall(words)[-1]


def faults(claim: Claim, notebook: NotebookNode) -> Iterator[str]:
    """Yield what a notebook lacks of a claim."""
    cell = next((one for one in notebook.cells if one.get("id") == claim.cell), None)
    if cell is None or cell.cell_type != "code":
        yield f"no code cell {claim.cell}"
        return
    if claim.how == "prints":
        if claim.evidence not in printed(cell):
            yield f"cell {claim.cell} prints no {claim.evidence!r}"
        return
    mine = [one for one in assertions(cell.source) if claim.evidence in one.code]
    if not mine:
        yield f"cell {claim.cell} asserts no {claim.evidence!r}"
    elif all(one.this_draw != claim.this_draw for one in mine):
        line, sentence = ("is" if one.this_draw else "is not" for one in (mine[0], claim))
        yield (
            f"cell {claim.cell}: {claim.evidence!r} {line} marked '# this draw', "
            f"its sentence {sentence}"
        )


@dataclass(frozen=True)
class Assertion:
    """An assertion of a cell, its last line, and whether it is about this draw only."""

    code: str
    line: int
    this_draw: bool


def assertions(source: str) -> list[Assertion]:
    """Return the assertions in some code, those of torch.testing included."""
    found = []
    lines = source.splitlines()
    for node in ast.walk(ast.parse(re.sub(r"^%.*", "", source, flags=re.MULTILINE))):
        if isinstance(node, ast.stmt) and is_assertion(node):
            last = node.end_lineno or node.lineno
            code = squeezed(ast.get_source_segment(source, node) or "")
            found.append(Assertion(code, last, bool(THIS_DRAW.search(lines[last - 1]))))
    return found


def is_assertion(node: ast.stmt) -> bool:
    """Tell whether a statement asserts: ``assert``, or a call of a library's ``assert_...``."""
    if isinstance(node, ast.Assert):
        return True
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    return ast.unparse(node.value.func).rpartition(".")[2].startswith("assert_")


def printed(cell: Any) -> str:
    """Return what a cell shows as text."""
    return squeezed("\n".join(text for output in cell.outputs for text in texts(output)))


def squeezed(text: str) -> str:
    """Return the text with one space between words."""
    return " ".join(text.split())


def main() -> int:
    """Print the table of the chapters that are named, or of all; return the exit status."""
    for name in sys.argv[1:] or names():
        print(f"## {name}\n\n| section | sentence | cell | what shows it |\n|---|---|---|---|")
        for claim in claims(chapter(name, "en")):
            draw = ", this draw," if claim.this_draw else ""
            shows = f"{claim.how} `{claim.evidence}`".replace("|", "\\|")
            print(f"| {claim.section} | {claim.sentence} | `{claim.cell}`{draw} | {shows} |")
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
