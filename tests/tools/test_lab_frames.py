"""What times the labs' answers: a move is seen, and a slow answer shows."""

from collections.abc import Iterator
from statistics import median

import pytest
from playwright.sync_api import Page

from coursekit import labs
from tests.book.browser import chromium
from tools.bench import frames

# Work in the frame of each move, an amount and not a time; then none, and each frame late.
SLOW = """
() => {
  window.work = 5e6;
  document.querySelector(".lab-hands").addEventListener("input", () => requestAnimationFrame(() => {
    let sum = 0;
    for (let k = 0; k < window.work; k += 1) sum += Math.sin(k);
    window.sum = sum;
  }));
}
"""
WAITING = """
() => {
  window.work = 0;
  const soon = window.requestAnimationFrame;
  window.requestAnimationFrame = (act) => setTimeout(() => soon(act), 60);
}
"""


@pytest.fixture
def page() -> Iterator[Page]:
    """A page that has a lab and nothing else."""
    name = "momentum-plane"
    scripts = [labs._built("labs.js"), labs._built(f"lab-{name}.js")]
    with chromium() as browser:
        opened = browser.new_page()
        opened.set_content(
            f"<!doctype html><html lang=en><style>{labs._built('labs.css')}</style>"
            + labs.show(name)._repr_html_()
            + "".join(f"<script>{script}</script>" for script in scripts)
        )
        opened.wait_for_selector(f"#lab-{name}[data-mounted]")
        yield opened


def test_a_time_has_the_drawing_in_it_and_no_waiting(page: Page) -> None:
    quick = median(frames.times(page, "momentum-plane", "eta", 6))
    assert quick > 0
    page.evaluate(SLOW)
    assert median(frames.times(page, "momentum-plane", "eta", 6)) > quick + 15
    page.evaluate(WAITING)
    assert median(frames.times(page, "momentum-plane", "eta", 6)) < quick + 15


def test_a_lab_that_does_not_move_is_no_quick_lab(page: Page) -> None:
    page.evaluate(
        "document.querySelector('.lab-hands')"
        ".addEventListener('input', (event) => event.stopImmediatePropagation(), true)"
    )
    with pytest.raises(RuntimeError, match="momentum-plane does not answer to eta"):
        frames.times(page, "momentum-plane", "eta", 3)


def test_a_slow_answer_shows() -> None:
    quick = frames.Answer("quick", "eta", {"desk": 3.0, "phone": 15.9})
    slow = frames.Answer("slow", "eta", {"desk": 3.0, "phone": 16.1})
    lines = frames.table([quick, slow], 0.5).splitlines()
    assert lines[2] == "| quick | eta | 3.0 ms | 15.9 ms | yes |"
    assert lines[3] == "| slow | eta | 3.0 ms | 16.1 ms | **no** |"
    assert "Load average 0.5" in lines[-1]
