"""Each chapter says how long reading it takes, and its exercises; measured the same way for all."""

import re
from collections.abc import Iterator

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.book.browser import complain
from tools import chapters
from tools.outputs import EDITIONS, code_cells, solutions

WORDS_A_MINUTE = 200
SIGNS_A_MINUTE = 300  # Chinese characters
LINES_A_MINUTE = 12
MINUTES_AN_EXERCISE = 5

STATED = {
    "en": re.compile(r"about (\d+) minutes to read, (\d+) for the exercises"),
    "zh": re.compile(r"阅读约 (\d+) 分钟，练习 (\d+) 分钟"),
}
OPENING = {"en": "```{admonition} In this chapter\n", "zh": "```{admonition} 本章内容\n"}
SOLUTION = re.compile(r"^(`{3,})\{solution\}.*?^\1$", re.DOTALL | re.MULTILINE)
NOT_READ = re.compile(
    r"(?s:<!--.*?-->|\$\$.*?\$\$)|^```.*$|^:\w+:.*$|^\([\w-]+\)=$|^\|[-| :]+\|$", re.MULTILINE
)
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


def prose(notebook: NotebookNode) -> str:
    """Return what is read of a chapter's text; a solution's is the exercise's time."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return NOT_READ.sub(" ", SOLUTION.sub(" ", text))


def open_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the code cells that the page shows open, outside of solutions."""
    hidden = {cell.id for cell in solutions(notebook)}
    for _, cell in code_cells(notebook):
        if cell.id not in hidden and not FOLDED & set(cell.metadata.get("tags", ())):
            yield cell


def code_lines(notebook: NotebookNode) -> int:
    """Count the lines of code that the page shows open, outside of solutions."""
    lines = (line for cell in open_cells(notebook) for line in cell.source.splitlines())
    return sum(bool(line.strip()) for line in lines)


def minutes(notebook: NotebookNode, edition: str) -> tuple[int, int]:
    """Return how long reading a chapter takes, in steps of five minutes, and its exercises."""
    text = prose(notebook)
    if edition == "zh":
        signs = len(re.findall(r"[\u4e00-\u9fff]", text))
        reading = signs / SIGNS_A_MINUTE + len(re.findall(r"[A-Za-z]{2,}", text)) / WORDS_A_MINUTE
    else:
        reading = len(re.findall(r"[\w’'-]+", text)) / WORDS_A_MINUTE
    reading += code_lines(notebook) / LINES_A_MINUTE
    exercises = "".join(cell.source for cell in notebook.cells).count("```{exercise-start}")
    return max(5, 5 * round(reading / 5)), MINUTES_AN_EXERCISE * exercises


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_stated_time_is_the_measured_one(edition: str) -> None:
    found = []
    for name in chapters.names():
        notebook = chapters.chapter(name, edition)
        opening = notebook.cells[0].source.partition(OPENING[edition])[2].partition("```")[0]
        stated = [(int(read), int(done)) for read, done in STATED[edition].findall(opening)]
        reading, doing = minutes(notebook, edition)
        if len(stated) != 1 or abs(stated[0][0] - reading) > 5 or stated[0][1] != doing:
            found.append(f"{edition}/{name}: states {stated}, measured {(reading, doing)}")
    complain(found)


@pytest.mark.parametrize("name", chapters.names())
def test_cells_that_draw_are_folded(name: str) -> None:
    """Experiments, equations and checks stay open; a cell that does both is two cells."""
    drawing = [
        cell.id for cell in open_cells(chapters.chapter(name, "en")) if "plt." in cell.source
    ]
    assert drawing == []


def test_what_counts() -> None:
    """Words, open code and exercises do; folded code and what solutions hold do not."""
    cells = [
        new_markdown_cell(
            "word " * 2000 + "\n$$\n" + "x " * 900 + "\n$$\n<!-- " + "no " * 900 + "-->"
        ),
        new_code_cell("a = 1\n\n" * 120),
        new_code_cell("a = 1\n" * 120, metadata={"tags": ["hide-input"]}),
        new_markdown_cell(
            "```{exercise-start} One\n:label: one\n```\nmore\n```{exercise-end}\n```\n\n"
            "````{solution} one\n```python\n" + "no " * 900 + "\n```\n````"
        ),
        new_code_cell("a = 1\n" * 120),
        new_markdown_cell("word " * 1000),
    ]
    assert minutes(new_notebook(cells=cells), "en") == (15 + 10, 5)
    cells[0], cells[-1] = new_markdown_cell("字" * 3000), new_markdown_cell("字" * 1500)
    assert minutes(new_notebook(cells=cells), "zh") == (15 + 10, 5)
