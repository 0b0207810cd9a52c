"""Time each lab's answer to a move on the built page: part of ``make bench``.

    python -m tools.bench.frames                  every lab
    python -m tools.bench.frames momentum-plane   these

Chromium opens the lab's English page at the width of a desk and of a phone and moves each of its
sliders through its range, fifty moves; the slider with the longest median is shown. A time is what
the page's main thread computes for one move: the event's handler, and the frame after it with
drawing, style, layout and painting. It is CPU time, as the other times of the bench: a busy machine
does not stretch it as it does the clock's, though it makes it somewhat longer. The load average of
the minute before stands below the table.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from coursekit import labs
from tests.book.browser import NO_CHROMIUM, lab_places, served, stale
from tools.pdf import FLAGS, chromium_path

MOVES = 50
FRAME = 16.0
"""Milliseconds in which a move is to be answered."""

SIZES = {
    "desk": ViewportSize(width=1280, height=900),
    "phone": ViewportSize(width=390, height=844),
}

# What makes moves of a slider: each is done when the frame after it is. The lab asks for one in its
# handler, so it draws before the message comes.
HAND = """
([name, key, share]) => {
  const lab = document.getElementById(`lab-${name}`);
  const slider = lab.querySelector(`input[type=range][name=${key}]`);
  const seen = lab.querySelector(".lab-picture").getBoundingClientRect();
  if (seen.bottom < 0 || seen.top > innerHeight) throw new Error(`${name} is out of sight`);
  const [from, to, step] = ["min", "max", "step"].map((one) => Number(slider[one]));
  const places = Math.round((to - from) / step);
  const stride = Math.max(1, Math.floor(places * share));
  const messages = new MessageChannel();
  const move = () => new Promise((done) => {
    const place = (Math.round((slider.value - from) / step) + stride) % (places + 1);
    slider.value = Number((from + place * step).toFixed(9));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => {
      messages.port2.onmessage = () => done();
      messages.port1.postMessage(null);
    });
  });
  return { move, shown: () => lab.innerHTML };
}
"""

# The lab in the middle of the window, where it stays: on a first scroll the page lays out the rest.
SETTLED = """
async (name) => {
  const picture = document.querySelector(`#lab-${name} .lab-picture`);
  // At the latest after a second: where nothing is drawn any more, no time is called idle.
  const idle = (done) => requestIdleCallback(done, { timeout: 1000 });
  const rest = () => new Promise((done) => setTimeout(() => idle(done), 100));
  const place = () => picture.getBoundingClientRect().top;
  for (let last = NaN, top = 0; top !== last; [last, top] = [top, place()]) {
    picture.scrollIntoView({ block: "center", behavior: "instant" });
    await rest();
  }
}
"""


@dataclass(frozen=True)
class Answer:
    """How long a lab takes to answer its slowest slider: medians in milliseconds, by size."""

    name: str
    slider: str
    milliseconds: dict[str, float]

    def cells(self) -> list[str]:
        """Return the table's cells."""
        times = [f"{self.milliseconds[size]:.1f} ms" for size in SIZES]
        return [self.name, self.slider, *times, "yes" if self.met() else "**no**"]

    def met(self) -> bool:
        """Tell whether it is within a frame at every size."""
        return max(self.milliseconds.values()) <= FRAME


def times(page: Page, name: str, slider: str, moves: int = MOVES) -> list[float]:
    """Move a slider of a mounted lab; return the milliseconds of each move.

    Raises RuntimeError if a move changes nothing in the lab.
    """
    devtools = page.context.new_cdp_session(page)
    # By the thread's own clock, which stands still while other programs have the processor.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    hand = page.evaluate_handle(HAND, [name, slider, 1 / moves])
    found = []
    shown = hand.evaluate("(hand) => hand.shown()")
    for _ in range(moves):
        before = spent()
        hand.evaluate("(hand) => hand.move()")
        found.append(1000 * (spent() - before))
        last, shown = shown, hand.evaluate("(hand) => hand.shown()")
        if shown == last:
            raise RuntimeError(f"{name} does not answer to {slider}")
    devtools.detach()
    return found


def answer(browser: Browser, address: str, name: str) -> Answer:
    """Measure a lab on its page at every size."""
    sliders = [key for key, setting in labs.LABS[name].items() if "min" in setting]
    found: dict[str, dict[str, float]] = {key: {} for key in sliders}
    for size, viewport in SIZES.items():
        with browser.new_context(viewport=viewport) as context:
            page = context.new_page()
            page.goto(address, wait_until="load")
            page.evaluate(SETTLED, name)
            page.wait_for_selector(f"#lab-{name}[data-mounted]")
            for key in sliders:
                page.evaluate(SETTLED, name)
                times(page, name, key, 5)  # as a reader's first moves: compiled from then on
                found[key][size] = median(times(page, name, key))
                page.locator(f"#lab-{name} button[type=reset]").click()
    slowest = max(sliders, key=lambda key: max(found[key].values()))
    return Answer(name, slowest, found[slowest])


def table(found: Sequence[Answer], load: float) -> str:
    """Return the answers as a Markdown table, the machine's load below it."""
    head = ["lab", "slowest slider", *SIZES, f"≤ {FRAME:.0f} ms"]
    lines = [head, ["---"] * len(head), *(one.cells() for one in found)]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        f"{rows}\n\nCPU time of the page's main thread for a move, medians of {MOVES}: the event's "
        "handler and the frame after it, with drawing, style, layout and painting. Load average "
        f"{load:.1f} on {os.cpu_count()} cores.\n"
    )


def main(names: list[str]) -> int:
    """Print the table, and return 1 if a lab takes longer than a frame."""
    if trouble := stale():
        sys.exit(f"{trouble}: run `make site`")
    if (path := chromium_path()) is None:
        sys.exit(NO_CHROMIUM)
    where = lab_places("en")
    with served() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        found = [answer(browser, f"{base}/{where[name]}", name) for name in names or labs.LABS]
        browser.close()
    sys.stdout.write(table(found, os.getloadavg()[0]))
    return 0 if all(one.met() for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
