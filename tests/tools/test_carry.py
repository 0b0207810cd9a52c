"""What one edition gets from the other: code, ids, tags, names; never words."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.book.parity import notebooks_disagree
from tools.carry import carried, carry
from tools.chapters import chapter, figure, names
from tools.outputs import TO_WRITE


@pytest.mark.parametrize(
    ("code", "own", "made"),
    [
        ("x = 2  # two", "x = 1  # 二", "x = 2  # 二"),
        ('plot(label="loss", color="red")', 'plot(label="损失", color="blue")',
         'plot(label="损失", color="red")'),
        ("x = 1\ny = 2  # new", "x = 1", f"x = 1\ny = 2  # {TO_WRITE} new"),
        ("x = 1", "x = 1  # 一", "x = 1"),
        ('notebook.setup("en")', 'notebook.setup("zh")', 'notebook.setup("zh")'),
        ("assert x  # this draw", "assert y", "assert x  # 只对这次抽样"),
        ('print(f"at {x + 1} steps")', 'print(f"{x} 步")', 'print(f"{x} 步")'),
        ("# gate: rtol=1 because it sums", "", f"# gate: rtol=1 because it sums ({TO_WRITE})"),
        ("a(\n    2,\n)  # one", "a(1)  # 一", "a(\n    2,\n)  # 一"),
        ("a(\n    1,\n)  # one", "a(1)  # 一", "a(1)  # 一"),
        ("def f(", "", "def f("),
        ('print(\n    "a loss "\n    f"of {x}"\n)', 'print(f"损失 {x}")', 'print(f"损失 {x}")'),
        ('plot(\n    x,\n    label="loss",\n)', 'plot(x, label="损失")', 'plot(x, label="损失")'),
    ],
)  # fmt: skip
def test_code_comes_and_words_stay(code: str, own: str, made: str) -> None:
    assert carried(code, own, "zh") == made


def edition(language: str, *extra: NotebookNode) -> NotebookNode:
    """Return a small chapter with more cells between its code and its figure."""
    words = {"en": ("Loss", "a line"), "zh": ("损失", "一条线")}[language]
    about = {"figure": {"name": "fig-a", "caption": words[0]}, "image": {"alt": words[1]}}
    cells = [
        new_markdown_cell(f"# {words[0]}", id="text"),
        new_code_cell(f"x = 1  # {words[0]}", id="code", outputs=[new_output("stream", text="1")]),
        *extra,
        new_code_cell("plot()", id="draw", metadata={"mystnb": about}, execution_count=1),
    ]
    notebook: NotebookNode = new_notebook(cells=cells)
    return notebook


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_chapters_that_agree_stay_as_they_are(name: str, language: str) -> None:
    here, there = (chapter(name, one) for one in (language, {"en": "zh", "zh": "en"}[language]))
    before = [dict(cell) for cell in there.cells]
    assert carry(here, there, {"en": "zh", "zh": "en"}[language]) == []
    assert [dict(cell) for cell in there.cells] == before


def test_new_cells_come_with_a_readable_id_and_the_words_marked() -> None:
    here = edition(
        "en",
        new_markdown_cell("Now **this**.", id="0f3a99be"),
        new_code_cell("y = 2  # two", id="5d0c1a44", metadata={"tags": ["hide-input"]}),
    )
    there = edition("zh")
    said = carry(here, there, "zh")
    assert [cell.id for cell in there.cells] == [cell.id for cell in here.cells]
    assert there.cells[2].source == f"{TO_WRITE}\n\nNow **this**."
    assert there.cells[3].source == f"y = 2  # {TO_WRITE} two"
    assert there.cells[3].metadata.tags == ["hide-input"]
    assert there.cells[1].outputs[0].text == "1"
    assert "markdown-at-03: new, something is to be written" in said
    wanted = "something is still to be written in zh (TO-WRITE): cell 3 (id markdown-at-03)"
    assert wanted in list(notebooks_disagree(here, there))


def test_cells_that_both_editions_have_added_get_one_id_and_keep_their_words() -> None:
    here = edition("en", new_markdown_cell("New.", id="0f3a99be"))
    there = edition("zh", new_markdown_cell("新的。", id="77aa0123"))
    carry(here, there, "zh")
    assert there.cells[2].id == here.cells[2].id == "markdown-at-03"
    assert there.cells[2].source == "新的。"
    assert list(notebooks_disagree(here, there)) == []


def test_order_names_and_code_come_and_outputs_go_with_changed_code() -> None:
    here, there = edition("en"), edition("zh")
    here.cells[1].source = "x = 2  # Loss"
    here.cells[2].metadata["mystnb"]["figure"]["name"] = "fig-b"
    here.cells.reverse()
    said = carry(here, there, "zh")
    assert [cell.id for cell in there.cells] == ["draw", "code", "text"]
    assert there.cells[1].source == "x = 2  # 损失"
    assert there.cells[1].outputs == []
    drawn = figure(there.cells[0])
    assert (drawn.name, drawn.caption, drawn.alt) == ("fig-b", "损失", "一条线")
    assert said == ["code: code changed"]


def test_new_strings_are_named() -> None:
    """They come in the first edition's language, and no marking tells keys from labels."""
    here, there = edition("en"), edition("zh")
    here.cells[1].source += '\nprint("ends at", x["1"], "loss")'
    said = carry(here, there, "zh")
    assert said == ["code: code changed", 'code: translate what readers see of "ends at", "loss"']
    assert carry(here, there, "zh") == []


def test_what_the_other_edition_has_no_cell_for_is_named() -> None:
    here, there = edition("en"), edition("zh", new_code_cell("z = 3", id="alone"))
    assert carry(here, there, "zh") == [
        "alone: left out, for the other edition has no such code cell"
    ]
    assert list(notebooks_disagree(here, there)) == []
