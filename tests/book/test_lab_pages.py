"""Labs on the built pages: moved by keyboard, mouse and touch, over HTTP and from files."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from book.editions import SITE
from coursekit import labs
from tests.book.browser import LAB, SHIFTS, lab_places, pages

HAN = re.compile(r"[\u4e00-\u9fff]")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")


@dataclass(frozen=True)
class Reader:
    """How somebody reads: two of them see all of everything."""

    edition: str
    size: ViewportSize
    scheme: Literal["light", "dark"]
    from_file: bool
    touch: bool


READERS = {
    "desk": Reader("en", ViewportSize(width=1280, height=900), "light", False, False),
    "phone": Reader("zh", ViewportSize(width=390, height=844), "dark", True, True),
}


def test_every_lab_is_in_both_editions_and_no_other_page_loads_a_script(site: None) -> None:
    for edition in ("en", "zh"):
        assert set(lab_places(edition)) == set(labs.LABS)
    for page in pages("en", "zh"):
        text = (SITE / page).read_text(encoding="utf-8")
        names = LAB.findall(text)
        loaded = re.findall(r'src="[^"]*_static/(labs?(?:-[\w-]+)?)\.js', text)
        assert loaded == (["labs", *(f"lab-{name}" for name in names)] if names else []), page


# What a reader sees of a lab: its sentence, what its controls say, what is drawn.
SEEN = """
(lab) => ({
  finding: lab.querySelector(".lab-finding").textContent,
  controls: [...lab.querySelectorAll("input, select")].map((one) => [one.value, one.checked]),
  said: [...lab.querySelectorAll("output")].map((one) => one.value),
  drawn: [...lab.querySelectorAll(".lab-picture > svg")]
    .find((one) => one.checkVisibility()).innerHTML,
})
"""
# Two frames: one in which the lab draws, one in which that is seen.
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def seen(page: Page, name: str) -> dict[str, Any]:
    page.evaluate(FRAMES)
    found: dict[str, Any] = page.locator(f"#lab-{name}").evaluate(SEEN)
    return found


def drag(page: Page, at: dict[str, float], touch: bool) -> None:
    """Take hold of a handle and move it up and to the left, in steps."""
    path = [(at["x"] - 8 * step, at["y"] - 5 * step) for step in range(5)]
    if not touch:
        page.mouse.move(*path[0])
        page.mouse.down()
        for x, y in path:
            page.mouse.move(x, y)
        page.mouse.up()
        return
    fingers = page.context.new_cdp_session(page)
    for kind, (x, y) in zip(("touchStart", *["touchMove"] * 4), path, strict=True):
        points = [{"x": x, "y": y}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def plain(value: str, log: float | None = None) -> float | str:
    """Return a setting's value as it counts: 0.30 is 0.3, a choice its name, a log's its place."""
    try:
        return float(value) if log is None else round(log * math.log10(float(value)))
    except ValueError:
        return value


SHOWN = """
(name) => {
  const { top, bottom } = document.getElementById(`lab-${name}`).getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}
"""

CENTRE = """
(handle) => {
  const box = handle.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width };
}
"""


# All of the page laid out, its fonts there: from then on what moves is the lab's doing.
SETTLED = """
async () => {
  document.documentElement.dataset.whole = "";
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  shifts.length = 0;
}
"""


# Once a reader pauses for 300 ms the address follows.
PAUSE = "new Promise((done) => setTimeout(done, 300))"

# The lab without the rest of its chapter: what a check of it then doesn't look at.
ALONE = """
async (name) => {
  const article = document.querySelector("article");
  for (let one = document.querySelector(`#lab-${name}`); one !== article; one = one.parentElement) {
    for (const other of [...one.parentElement.children]) if (other !== one) other.remove();
  }
  await document.fonts.ready;
}
"""

# What a lab says as each setting goes through its range, beside all choices; what needs more room.
TALL = """
([name, language]) => {
  const lab = courseLabs.labs[name];
  const place = document.querySelector(`#lab-${name} .lab-finding`);
  const height = (text) => {
    place.textContent = text;
    return place.getBoundingClientRect().height;
  };
  const settings = Object.entries(lab.state);
  const shares = Array.from({ length: 21 }, (_, k) => k / 20);
  const through = ({ choices, min, max, log }) => choices ?? (min === undefined ? [false, true]
    : shares.map((share) => log ? min * (max / min) ** share : min + (max - min) * share));
  const each = (states, key, setting) =>
    states.flatMap((state) => through(setting).map((value) => ({ ...state, [key]: value })));
  const beside = settings.filter(([, { min }]) => min === undefined)
    .reduce((states, [key, setting]) => each(states, key, setting), [{}]);
  const states = settings.flatMap(([key, setting]) => each(beside, key, setting));
  const said = new Set(states.map((state) => courseLabs.said(lab, state, language)));
  const room = height("");
  return [said.size, [...said].filter((text) => height(text) > room)];
}
"""

# Words of a lab's pictures that lie on others, leave the picture or lie under a handle's ring, with
# two settings at a time at their ends or half-way. A canvas tells how wide words are: nothing is
# laid out.
CROWDED = r"""
([name, language]) => {
  const lab = courseLabs.labs[name];
  const brush = document.createElement("canvas").getContext("2d");
  const places = ({ choices, min, max, log }) => choices ?? (min === undefined ? [false, true]
    : [min, log ? Math.sqrt(min * max) : (min + max) / 2, max]);
  const read = (text, key, other = "") => new RegExp(` ${key}="([^"]*)"`).exec(text)?.[1] ?? other;
  const box = ([, given, words]) => {
    const size = Number(read(given, "font-size", 13));
    const look = `${read(given, "font-style")} ${read(given, "font-weight")}`;
    brush.font = `${look} ${size}px system-ui, sans-serif`;
    const wide = brush.measureText(words.replace(/&[lg]t;/g, ">")).width;
    const [x, y] = ["x", "y"].map((key) => Number(read(given, key)));
    const left = x - wide * { start: 0, middle: 0.5, end: 1 }[read(given, "text-anchor", "start")];
    return { words, left, right: left + wide, top: y - 0.74 * size, bottom: y + 0.2 * size };
  };
  const beyond = ({ left, right, top, bottom }, width, height) =>
    Math.max(-left, -top, right - width, bottom - height) > 1;
  const meet = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > -2 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.5;
  const under = ({ left, right, top, bottom }, [x, y]) =>
    Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)) < 4;
  const states = Object.entries(lab.state).flatMap(([one, how], index, all) =>
    all.slice(index + 1).flatMap(([other, too]) =>
      places(how).flatMap((a) => places(too).map((b) => ({ [one]: a, [other]: b })))));
  const found = new Set();
  for (const state of states) {
    for (const picture of courseLabs.still(lab, state, language).split("<svg class=").slice(1)) {
      const [width, height] = read(picture, "viewBox").split(" ").slice(2).map(Number);
      const boxes = [...picture.matchAll(/<text([^>]*)>([^<]+)</g)].map(box);
      const rings = [...picture.matchAll(/"lab-handle" transform="translate\((\S+) (\S+)\)/g)]
        .map(([, ...place]) => place.map(Number));
      boxes.forEach((one, index) => {
        const others = boxes.slice(index + 1).filter((other) => meet(one, other));
        const what = [...others.map(({ words }) => `on ${words}`),
          ...(beyond(one, width, height) ? ["leaves"] : []),
          ...(rings.some((ring) => under(one, ring)) ? ["under a ring"] : [])];
        what.forEach((how) => found.add(`${width}: ${one.words} ${how} ${JSON.stringify(state)}`));
      });
    }
  }
  return [states.length, [...found]];
}
"""


@pytest.fixture(scope="module", params=READERS)
def visit(
    request: pytest.FixtureRequest, browser: Browser, address: str
) -> Iterator[tuple[Reader, Page, str, list[str]]]:
    """A reader, the page they look at, where the site is for them, and what goes wrong."""
    reader = READERS[request.param]
    base = SITE.as_uri() if reader.from_file else address
    trouble: list[str] = []
    with browser.new_context(
        viewport=reader.size, color_scheme=reader.scheme, has_touch=reader.touch
    ) as context:
        context.set_offline(reader.from_file)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: trouble.append(asked.url) if not asked.url.startswith(base) else None,
        )
        yield reader, page, base, trouble


@pytest.mark.parametrize("name", labs.LABS)
def test_a_lab_answers(visit: tuple[Reader, Page, str, list[str]], name: str) -> None:
    reader, page, base, trouble = visit
    trouble.clear()
    page.set_viewport_size(reader.size)
    page.goto(f"{base}/{lab_places(reader.edition)[name]}")
    lab = page.locator(f"#lab-{name}")

    # It comes to life when it comes near, and nothing moves by that.
    page.evaluate(SETTLED)
    near = lab.evaluate("(lab) => lab.getBoundingClientRect().top < innerHeight + 600")
    assert (lab.get_attribute("data-mounted") is not None) == near
    before = lab.bounding_box()
    lab.scroll_into_view_if_needed()
    page.wait_for_selector(f"#lab-{name}[data-mounted]")
    after = lab.bounding_box()
    assert before
    assert after
    assert (before["width"], before["height"]) == (after["width"], after["height"])
    assert lab.evaluate("(lab) => lab.scrollWidth <= lab.clientWidth")
    first = seen(page, name)
    assert bool(HAN.search(first["finding"])) is (reader.edition == "zh")

    # The keyboard moves it; its sentence is told to those who don't see it.
    slider = lab.locator("input[type=range]").first
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    moved = seen(page, name)
    assert moved["said"] != first["said"]
    assert moved["drawn"] != first["drawn"]
    assert lab.locator(".lab-finding").get_attribute("aria-live") == "polite"
    lab.locator("button[type=reset]").click()
    assert seen(page, name) == first

    # So does a hand, and what it holds is large enough for a finger.
    handle = lab.locator("svg:visible .lab-handle").first
    if handle.count():
        handle.scroll_into_view_if_needed()
        centre = handle.evaluate(CENTRE)
        assert centre["width"] >= 24
        drag(page, centre, reader.touch)
        assert seen(page, name)["drawn"] != first["drawn"]

    # A state has an address, which brings it back.
    moved = seen(page, name)
    page.evaluate(PAUSE)
    assert name in page.url
    shifts = page.evaluate("shifts.reduce((sum, one) => sum + one, 0)")
    page.reload()
    page.evaluate(SETTLED)
    page.locator(f"#lab-{name}").scroll_into_view_if_needed()
    page.wait_for_selector(f"#lab-{name}[data-mounted]")
    assert seen(page, name) == moved

    # Links in the text set it.
    links = page.locator(f'a[data-lab-state][href*="#lab-{name}"]')
    assert links.count() >= 1
    for link in links.all():
        link.click()
        page.evaluate(FRAMES)
        wanted = dict(
            part.split(":") for part in str(link.get_attribute("data-lab-state")).split(",")
        )
        for key, value in wanted.items():
            control = lab.locator(f"[name={key}]")
            log = labs.LABS[name][key].get("log")
            assert plain(control.input_value()) == plain(value, log), (key, value)
    page.wait_for_function(SHOWN, arg=name)

    shifts += page.evaluate("shifts.reduce((sum, one) => sum + one, 0)")
    assert shifts < 0.01

    page.evaluate(ALONE, name)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = "{ preload: false }"  # a page from a file may not read its style sheet
    found = page.evaluate(f"axe.run('#lab-{name}', {options}).then((all) => all.violations)")
    assert not found, found

    # Whatever it says, at a phone's width and at a desk's, what stands below stays.
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        many, tall = page.evaluate(TALL, [name, reader.edition])
        assert many > 1
        assert not tall, (width, tall[:3])
    many, crowded = page.evaluate(CROWDED, [name, reader.edition])
    assert many > 5
    assert not crowded, crowded[:5]
    assert not trouble


def test_without_scripts_and_on_paper_the_first_state_stands(
    browser: Browser, address: str
) -> None:
    name, where = next(iter(lab_places("en").items()))
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/{where}")
        lab = page.locator(f"#lab-{name}")
        assert lab.locator("svg.lab-wide").is_visible()
        assert not lab.locator("svg.lab-narrow").is_visible()
        assert not lab.locator(".lab-hands").is_visible()
        page.set_viewport_size({"width": 390, "height": 844})
        assert lab.locator("svg.lab-narrow").is_visible()
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}/{where}")
        page.emulate_media(media="print")
        lab = page.locator(f"#lab-{name}")
        assert lab.locator("svg.lab-wide").is_visible()
        assert not lab.locator(".lab-hands").is_visible()
        assert lab.locator("svg.lab-wide .lab-handle").first.is_hidden()  # nothing to hold on paper
        text = lab.locator("svg.lab-wide").evaluate("(svg) => getComputedStyle(svg).fill")
        assert text == "rgb(29, 35, 43)"


def test_a_state_goes_along_back_and_onto_paper(browser: Browser, address: str) -> None:
    name = "momentum-plane"
    lab = f"#lab-{name}"
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html?{name}=kappa:81")
        page.locator(lab).scroll_into_view_if_needed()
        page.wait_for_selector(f"{lab}[data-mounted]")
        asked = seen(page, name)

        # The way back from a link that set it.
        page.locator(f'a[data-lab-state="beta:0.3"][href*="{lab}"]').click()
        assert seen(page, name)["said"] != asked["said"]
        page.go_back()
        assert seen(page, name) == asked

        # Paper is wider than a phone: the other picture is in the same state.
        wide = page.locator(f"{lab} svg.lab-wide")
        before = wide.inner_html()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert wide.inner_html() != before
        page.evaluate("dispatchEvent(new Event('afterprint'))")

        # The other language.
        page.locator("a.language").click()
        page.wait_for_url(f"**/zh/momentum.html?{name}=kappa:81*")
        page.locator(lab).scroll_into_view_if_needed()
        page.wait_for_selector(f"{lab}[data-mounted]")
        assert seen(page, name)["controls"] == asked["controls"]

        # So does the landing page's own link, beside the bar's.
        page.goto(f"{address}/en/index.html?race=t:7")
        page.locator("article a[hreflang]").click()
        page.wait_for_url("**/zh/index.html?race=t:7")
