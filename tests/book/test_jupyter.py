"""The chapters in a real JupyterLab, where learners run them."""

import json

from tests.book.jupyter import Lab, run_cell
from tools.chapters import BOOK
from tools.outputs import read, solutions

CHAPTER = "en/adam.ipynb"

# What the Markdown cells show, closed boxes left out.
SHOWN = "() => [...document.querySelectorAll('.jp-Notebook .myst')].map((e) => e.innerText)"


def test_a_chapter_reads_and_runs_in_jupyterlab(lab: Lab) -> None:
    page = lab.open(CHAPTER)
    assert page.locator(".jp-Notebook h1").first.inner_text() == "Adam"
    shown = "\n".join(page.evaluate(SHOWN))
    assert "In this chapter" in shown
    # works, terms, chapters and equations by their names, nothing by its key
    assert "Reddi et al. (2018) prove" in shown
    assert "multiplies by a learning rate, so" in shown
    assert "Adaptive learning rates are about them" in shown
    assert page.locator(".jp-Notebook [title='Cross Reference Not Found']").count() == 0
    for markup in ("{cite", "{term}", "{ref}", "{eq}", "{doc}", "reddi2018convergence", "```"):
        assert markup not in shown

    # solutions are there, closed, words and code
    answers = page.locator(".jp-Notebook .myst details", has_text="What usually goes wrong")
    assert answers.count() >= 1
    assert "What usually goes wrong" not in shown
    closed = page.locator(".jp-CodeCell", has=page.locator(".jp-InputPlaceholder"))
    assert closed.count() == len(list(solutions(read(BOOK / CHAPTER))))
    assert "v_hat = v / (1 - beta2**t)" not in "\n".join(closed.all_inner_texts())
    answers.first.locator("summary").click()
    assert "What usually goes wrong is the counter" in answers.first.inner_text()
    closed.first.locator(".jp-InputPlaceholder").click()
    assert page.locator(".jp-CodeCell", has_text="v_hat = v / (1 - beta2**t)").count() == 1

    for number in (1, 2):
        ran = run_cell(page, number)
    assert "Adam moves the two parameters by [-0.1, -0.1]" in ran.inner_text()
    page.close()


def test_a_lab_moves_in_jupyterlab(lab: Lab) -> None:
    """The bundle that the page loads is mounted by anywidget; before, its picture stands."""
    page = lab.open("en/momentum.ipynb")
    written = json.loads((lab.folder / "en/momentum.ipynb").read_text(encoding="utf-8"))["cells"]
    places = {cell["id"]: number for number, cell in enumerate(written)}
    run_cell(page, places["code-01"])
    shown = run_cell(page, places["lab-plane"]).locator(".lab[data-mounted]")
    shown.wait_for()
    said = shown.locator("output").first
    before = said.inner_text(), shown.locator("svg:visible > g").first.inner_html()
    shown.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowLeft")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert said.inner_text() != before[0]
    assert shown.locator("svg:visible > g").first.inner_html() != before[1]
    page.close()
