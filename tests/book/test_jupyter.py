"""The chapters in a real JupyterLab, where learners run them."""

import json

from tests.book.jupyter import Lab, cells, run_cell

CHAPTER = "en/adam.ipynb"


def test_a_chapter_reads_and_runs_in_jupyterlab(lab: Lab) -> None:
    page = lab.open(CHAPTER)
    assert page.locator(".jp-Notebook h1").first.inner_text() == "Adam"
    assert "In this chapter" in cells(page).first.inner_text()
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
