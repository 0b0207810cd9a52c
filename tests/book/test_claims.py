"""Every claim listed in CLAIMS.md stands in its chapter, and its cell asserts or prints it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.outputs import read, texts

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = re.compile(r"^## (?P<name>[\w-]+)$", re.MULTILINE)
ROW = re.compile(
    r"\| (?P<section>.+) \| “(?P<sentence>.+)” \| `(?P<cell>[\w-]+)` "
    r"\| (?P<how>asserts|prints) `(?P<evidence>.+)` \|"
)


@dataclass(frozen=True)
class Claim:
    """One row of the list."""

    chapter: str
    section: str
    sentence: str
    cell: str
    how: str
    evidence: str


def claims(text: str) -> Iterator[Claim]:
    """Read the list; every line of its tables must be understood."""
    _, *parts = CHAPTER.split(text)
    for chapter, table in zip(parts[::2], parts[1::2], strict=True):
        lines = [line for line in table.splitlines() if line.startswith("| ")]
        for line in lines[1:]:  # the first is the table's head
            row = ROW.fullmatch(line)
            assert row, f"{chapter}: {line}"
            yield Claim(chapter, **row.groupdict())


LISTED = list(claims((ROOT / "CLAIMS.md").read_text(encoding="utf-8")))


def faults(claim: Claim, notebook: NotebookNode) -> Iterator[str]:
    """Yield what a notebook lacks of a claim."""
    if squeezed(claim.sentence) not in in_section(notebook, claim.section):
        yield f"no such sentence under {claim.section!r}: {claim.sentence}"
    cell = next((one for one in notebook.cells if one.get("id") == claim.cell), None)
    if cell is None or cell.cell_type != "code":
        yield f"no code cell {claim.cell}"
        return
    found = assertions(cell.source) if claim.how == "asserts" else printed(cell)
    if squeezed(claim.evidence) not in found:
        yield f"cell {claim.cell} {claim.how} no {claim.evidence!r}"


def in_section(notebook: NotebookNode, section: str) -> str:
    """Return the prose and captions under a heading, up to the next one."""
    here, parts = section == "(opening)", []
    for cell in notebook.cells:
        caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        words = cell.source if cell.cell_type == "markdown" else f"\n{caption}\n"
        for line in words.splitlines(keepends=True):
            heading = re.fullmatch(r"#+ (.+)\n?", line)
            if heading:
                here = heading[1] == section
            elif here:
                parts.append(line)
    return squeezed("".join(parts))


def assertions(source: str) -> str:
    """Return the assertions in some code, those of torch.testing included."""
    found = []
    for node in ast.walk(ast.parse(re.sub(r"^%.*", "", source, flags=re.MULTILINE))):
        compared = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("assert_close")
        if isinstance(node, ast.Assert) or compared:
            found.append(ast.get_source_segment(source, node) or "")
    return squeezed("\n".join(found))


def printed(cell: Any) -> str:
    """Return what a cell shows as text."""
    return squeezed("\n".join(text for output in cell.outputs for text in texts(output)))


def squeezed(text: str) -> str:
    """Return the text with one space between words."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    "chapter", sorted(path.stem for path in (ROOT / "book/en").glob("*.ipynb"))
)
def test_what_a_chapter_claims_is_shown(chapter: str) -> None:
    mine = [claim for claim in LISTED if claim.chapter == chapter]
    assert len(mine) >= 10
    notebook = read(ROOT / "book" / "en" / f"{chapter}.ipynb")
    found = [fault for claim in mine for fault in faults(claim, notebook)]
    if found:
        pytest.fail("\n".join([f"CLAIMS.md on {chapter}:", *found]), pytrace=False)


def test_no_claim_is_about_a_chapter_that_is_gone() -> None:
    gone = {c.chapter for c in LISTED if not (ROOT / f"book/en/{c.chapter}.ipynb").exists()}
    assert not gone


# What follows shows that the test above can fail.


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"evidence": "x > 1"}, ["cell code asserts no 'x > 1'"]),
        ({"how": "prints"}, ["cell code prints no 'x > 0'"]),
        ({"how": "prints", "evidence": "4 steps"}, []),
        ({"how": "asserts", "evidence": "x = 1"}, ["cell code asserts no 'x = 1'"]),
        ({"sentence": "It never falls."}, ["no such sentence under 'Growth': It never falls."]),
        ({"section": "Start"}, ["no such sentence under 'Start': It always grows."]),
        ({"section": "Start", "sentence": "All of it is seen."}, []),
        ({"cell": "other"}, ["no code cell other"]),
        ({"cell": "text"}, ["no code cell text"]),
    ],
)
def test_each_fault_is_named(change: dict[str, str], said: list[str]) -> None:
    words = {"sentence": "It always grows.", "section": "Growth", "cell": "code"}
    claim = Claim(**{"chapter": "a", "how": "asserts", "evidence": "x > 0", **words, **change})
    figure = new_code_cell(
        "draw()", metadata={"mystnb": {"figure": {"caption": "All of it is seen."}}}
    )
    code = new_code_cell(
        "x = 1\nassert (\n    x > 0\n)", id="code", outputs=[new_output("stream", text="4  steps")]
    )
    text = new_markdown_cell("# Start\nA word.", id="text")
    cells = [text, figure, new_markdown_cell("## Growth\nIt always\ngrows."), code]
    assert list(faults(claim, new_notebook(cells=cells))) == said
