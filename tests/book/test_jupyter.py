"""The chapters in a real JupyterLab, where learners run them."""

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
