"""A number in a chapter's prose is one that the chapter computes, uses, or declares.

Asked for are decimal numbers, and whole ones of three digits or more; smaller ones count things.
A number counts as computed or used when a cell's output or code holds it, as it stands or rounded
to the digits that the prose gives; a percentage may be held as a fraction. A number that comes from
elsewhere (a paper's default, a textbook's constant) is declared in its cell, with the reason::

    <!-- defined: 0.9, 0.999 because the paper proposes them -->

For a caption or an alt text the declaration is a comment in the code of its cell, with ``#``.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.book.myst import Page, parse
from tools.chapters import BOOK, called, words
from tools.outputs import notebooks, read, texts

NOTEBOOKS = notebooks([BOOK / "en", BOOK / "zh"])

IN_PROSE = re.compile(
    r"(?<![\w.])(?:\d+\.\d+(?![\d.]*\.\d)|(?<!,)(?:\d{1,3}(?:,\d{3})+|\d{3,})(?!,?\d|\.\d))"
    r"(?P<percent> ?\\?%)?",
    re.ASCII,
)
THOUSANDS = re.compile(r"(?<=\d)[,_](?=\d{3})")
IN_CODE = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
DEFINED = re.compile(r"(?:<!--|#) *defined:(?P<numbers>[\d., ]+?) *(?:because|因为) *(?!-->)\S")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(BOOK)))
def test_every_number_in_the_prose_has_its_source(path: Path) -> None:
    found = list(unfounded(read(path)))
    if found:
        pytest.fail("\n".join([*found, f"in {path.relative_to(BOOK)}"]), pytrace=False)


def unfounded(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the numbers that nothing in the notebook stands behind, and useless declarations."""
    known = {number for text in _computed(notebook) for number in _numbers(text)}
    for position, cell in enumerate(notebook.cells, 1):
        where = called(cell, position)
        said = dict(_said(cell))
        defined = {
            number.strip()
            for declaration in DEFINED.finditer(cell.source)
            for number in THOUSANDS.sub("", declaration["numbers"]).split(",")
        }
        for number in sorted(defined - {shown.split()[0] for shown in said}):
            yield f"{number} is declared and not used in the prose: {where}"
        for shown, scale in said.items():
            if shown.split()[0] not in defined and not _held(shown.split()[0], scale, known):
                number = shown.split()[0]
                prose = f"<!-- defined: {number} because ... -->"
                caption = f"a comment in the cell's code, # defined: {number} because ..."
                how = prose if cell.cell_type == "markdown" else caption
                yield (
                    f"{shown} is what no cell prints or uses: {where}; "
                    f"if it comes from elsewhere: {how}"
                )


def _computed(notebook: nbformat.NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield cell.source
            for output in cell.outputs:
                yield from texts(output)


def _numbers(text: str) -> Iterator[Decimal]:
    yield from map(Decimal, IN_CODE.findall(THOUSANDS.sub("", text)))


def _said(cell: nbformat.NotebookNode) -> Iterator[tuple[str, int]]:
    """Yield each number of a cell's prose as it is shown, and what a percentage is worth."""
    for page in _pages(cell):
        lines = ["".join(piece.content for piece in run) for run in page.prose]
        for line in [*lines, *page.equations]:
            for match in IN_PROSE.finditer(line):
                percent = match["percent"] is not None
                number = re.sub(r"[^\d.]", "", match.group())
                yield (f"{number} %", 100) if percent else (number, 1)


def _pages(cell: nbformat.NotebookNode) -> Iterator[Page]:
    for _, text in words(cell):
        yield parse(text)


def _held(number: str, scale: int, known: set[Decimal]) -> bool:
    said = Decimal(number)
    values = (abs(value) * factor for value in known for factor in {1, scale})
    return any(
        value.quantize(said, rounding=rounding) == said
        for value in values
        if value < Decimal(10) ** 20
        for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP)
    )


def a_notebook(prose: str, code: str = "", text: str = "") -> nbformat.NotebookNode:
    outputs = [new_output("stream", text=text)]
    cells = [new_markdown_cell(prose), new_code_cell(code, outputs=outputs)]
    notebook: nbformat.NotebookNode = new_notebook(cells=cells)
    return notebook


@pytest.mark.parametrize(
    ("prose", "code", "text"),
    [
        ("a loss of 0.12", "", "loss 0.1234"),
        ("学习率 0.01", "lr = 0.01", ""),
        ("$\\eta = 0.01$", "lr = 1e-2", ""),
        ("about 12.3 %", "", "0.1234"),
        ("about 12.3%", "", "12.34 %"),
        ("down by 0.5", "", "-0.5"),
        ("section 2.2.4, [a link](https://arxiv.org/abs/1412.6980)", "", ""),
        ("0.9 <!-- defined: 0.9 because the paper says so -->", "", ""),
        ("0.9\n\n<!-- defined: 0.9, 0.999 因为论文如此 -->\n\n0.999", "", ""),
        ("2 and 30", "", ""),
        ("[Kingma and Ba (2015)](references.md#kingma2015adam)", "", ""),
        ("1,797 images", "", "1797"),
        ("1797 幅", "", "1,797 images"),
        ("10,000 steps, (100, 200)", "steps = 10_000; x = (100, 200)", ""),
        ("512, 1,024 <!-- defined: 512, 1,024 because they are powers of two -->", "", ""),
    ],
)
def test_a_founded_number_passes(prose: str, code: str, text: str) -> None:
    assert list(unfounded(a_notebook(prose, code, text))) == []


@pytest.mark.parametrize(
    ("prose", "said"),
    [
        ("a loss of 0.13", "0.13 is what"),
        ("a loss of 0.1230", "0.1230 is what"),
        ("$$ \\eta = 0.7 $$", "0.7 is what"),
        ("| 0.7 |\n|---|", "0.7 is what"),
        (":::{tip} 0.7\n:::", "0.7 is what"),
        ("`0.7`", "0.7 is what"),
        ("损失是0.7。", "0.7 is what"),
        ("0.7 <!-- defined: 0.7 -->", "0.7 is what"),
        ("0.7 <!-- defined: 0.7 because -->", "0.7 is what"),
        ("in 1809.", "1809 is what"),
        ("[in 1809](glossary.md#normal-distribution)", "1809 is what"),
        ("1,797 images", "1797 is what"),
        ("第100000次", "100000 is what"),
        ("0.12 <!-- defined: 0.7 because I say so -->", "0.7 is declared"),
    ],
)
def test_an_unfounded_number_is_named(prose: str, said: str) -> None:
    assert said in "\n".join(unfounded(a_notebook(prose, "n = 1", "loss 0.1234")))


def test_captions_count_as_prose() -> None:
    notebook = a_notebook("", "n = 1", "loss 0.1234")
    notebook.cells[1].metadata["mystnb"] = {"figure": {"caption": "At 0.7."}}
    said = "\n".join(unfounded(notebook))
    assert said.startswith("0.7 is what")
    assert said.endswith("a comment in the cell's code, # defined: 0.7 because ...")
    notebook.cells[1].source = "# defined: 0.7 because the paper says so"
    assert list(unfounded(notebook)) == []
