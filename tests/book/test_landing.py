"""The landing page: a race to the right of the first words, chapters as rows, the map of them."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from book.editions import EDITIONS, SITE
from tests.book.browser import SHIFTS, chapters, complain
from tests.book.test_reading import DESK, LANGUAGES, PHONE, SIZES, walk

# Where each part of the lab and what follows stands on the page.
PLACES = """
() => [...document.querySelectorAll(".lab > *, .lab-picture > *, .hero > *, h2")].map((part) => {
  const { x, y, width, height } = part.getBoundingClientRect();
  return [part.localName, x, y + scrollY, width, height];
})
"""


def top(page: Page, selector: str) -> float:
    """Return how far down the first of these begins."""
    box = page.locator(selector).first.bounding_box()
    assert box
    return box["y"]


@SIZES
@pytest.mark.parametrize("edition", LANGUAGES)
def test_the_first_screen_has_words_ways_in_and_a_race(
    browser: Browser, address: str, edition: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/index.html")
        page.wait_for_selector("#lab-race[data-mounted]")
        ways = page.locator(".hero .ways a")
        assert ways.first.get_attribute("href") == "supervised-learning.html"
        other = next(each for each in EDITIONS if each.name != edition)
        assert ways.last.get_attribute("href") == f"../{other.name}/index.html"
        assert ways.last.get_attribute("lang") == other.tag
        assert top(page, ".hero .ways a") < 480
        picture = page.locator(".lab-picture").bounding_box()
        assert picture
        if size is DESK:
            assert picture["x"] > size["width"] / 3, "it stands beside the words"
            assert picture["y"] + picture["height"] < size["height"], "and all of it is seen"
            assert page.locator(".contents").count() == 0
            one, other_one = (each.bounding_box() for each in page.locator(".foot p").all())
            assert one
            assert other_one
            assert other_one["x"] - one["x"] - one["width"] >= 16, "the foot's words stand apart"
            behind = page.locator("article > section p:has(a[href='glossary.html'])").last
            names = ("notation", "glossary", "sources", "running", "api/index", "references")
            links = [link.get_attribute("href") for link in behind.locator("a").all()]
            assert links == [f"{name}.html" for name in names]
        else:
            assert picture["y"] < size["height"], "its head is seen"
        assert page.locator(".lab").count() == 1


@SIZES
@pytest.mark.parametrize("edition", LANGUAGES)
def test_whom_it_is_for_is_said_in_three_short_lines(
    browser: Browser, address: str, edition: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/index.html")
        lines = page.locator(".hero-words > ul:last-child > li")
        assert lines.count() == 3
        rows = lines.evaluate_all(
            "(all) => all.map((one) => Math.round((one.clientHeight - 16) /"
            " parseFloat(getComputedStyle(one).lineHeight)))"
        )
        assert max(rows) <= 3, rows


@SIZES
def test_the_race_takes_the_place_of_its_still(
    browser: Browser, address: str, size: ViewportSize
) -> None:
    """Before its script runs, and where it never does, everything stands where it stands after."""
    found: dict[bool, Any] = {}
    for blocked in (True, False):
        with browser.new_context(viewport=size) as context:
            context.add_init_script(SHIFTS)
            page = context.new_page()
            if blocked:
                page.route("**/lab*.js*", lambda route: route.abort())
            page.goto(f"{address}/en/index.html")
            if not blocked:
                page.wait_for_selector("#lab-race[data-mounted]")
            page.evaluate("document.fonts.ready.then(() => null)")
            found[blocked] = page.evaluate(PLACES)
            assert page.evaluate("shifts.reduce((sum, one) => sum + one, 0)") < 0.01
    assert found[True] == found[False]


@pytest.mark.parametrize(("edition", "there"), [("en", "is first"), ("zh", "先到")])
def test_what_is_said_of_the_race_is_so(
    browser: Browser, address: str, edition: str, there: str
) -> None:
    with browser.new_context(viewport=DESK) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/index.html")
        finding = page.locator(".lab-finding")
        words = page.locator(".hero .lab + p").inner_text()
        links = page.locator(".hero a[data-lab-state]")
        assert links.count() == 2
        for link, rule in zip(links.all(), ("SGD", "Adam"), strict=True):
            link.click()
            page.wait_for_function(
                "(said) => document.querySelector('.lab-finding').textContent.startsWith(said)",
                arg=f"{rule} {there}",
            )
        late = page.locator(".lab-picture svg text").filter(visible=True).all_text_contents()
        assert sum("> 400" in text for text in late) == 2, "only Adam arrives"
        assert finding.is_visible()
        assert "Adam" in words


def test_each_chapter_has_a_row_with_a_question_and_a_picture(site: None) -> None:
    found = []
    for edition in LANGUAGES:
        text = (SITE / edition / "index.html").read_text(encoding="utf-8")
        rows = re.findall(r'<li><a href="([^"]+)\.html"><span class="thumbnail">(.*?)</li>', text)
        wanted = [chapter.split("/")[1].removesuffix(".html") for chapter in chapters(edition)]
        if sorted(name for name, _ in rows) != sorted(wanted):
            missing = sorted(set(wanted) - {name for name, _ in rows})
            found.append(f"{edition}/index.md has no row for {missing}: `{{chapters}}` wants one")
        for name, row in rows:
            if row.count("<svg") != 1 or 'class="question"' not in row or "minutes" not in row:
                found.append(f"{edition}/{name}: {row}")
    complain(found)


# Of each picture: how wide it is shown, its thinnest line and how much of it is filled, in pixels.
DRAWN = """
() => [...document.querySelectorAll(".thumbnail svg")].map((picture) => {
  const scale = picture.getBoundingClientRect().width / picture.viewBox.baseVal.width;
  const lines = [...picture.children].map((line) => parseFloat(line.getAttribute("stroke-width")));
  const { width, height } = picture.getBBox();
  return {
    name: picture.closest("a").getAttribute("href"), words: picture.querySelectorAll("text").length,
    wide: picture.getBoundingClientRect().width, thinnest: Math.min(...lines) * scale,
    filled: Math.min(width / 120, height / 80),
    colours: new Set([...picture.children].map((line) => getComputedStyle(line).stroke)).size,
  };
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@SIZES
def test_a_chapters_picture_is_drawn_for_its_size(
    browser: Browser, address: str, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{address}/en/index.html")
        pictures = page.evaluate(DRAWN)
    assert len(pictures) == len(chapters("en"))
    complain(
        [
            str(each)
            for each in pictures
            if each["words"]
            or each["wide"] < 84
            or each["thinnest"] < 0.8
            or each["filled"] < 0.6
            or each["colours"] < 2
        ]
    )


# Of the map's lines, those that go behind a box; in it a line begins or ends at an edge.
HIDDEN_LINES = """
() => {
  const map = document.querySelector(".map-wide");
  const boxes = [...map.querySelectorAll("rect")].map((box) => box.getBBox());
  const behind = ({ x, y }) => boxes.some((box) =>
    x > box.x + 1 && x < box.x + box.width - 1 && y > box.y + 1 && y < box.y + box.height - 1);
  return [...map.querySelectorAll(".lines path")].filter((line) => {
    for (let at = 0; at < line.getTotalLength(); at += 2)
      if (behind(line.getPointAtLength(at))) return true;
    return false;
  }).map((line) => line.getAttribute("d"));
}
"""


@SIZES
@pytest.mark.parametrize("edition", LANGUAGES)
def test_the_map_leads_to_every_chapter_below_what_it_builds_on(
    browser: Browser, address: str, edition: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/index.html")
        boxes = page.evaluate(
            """() => [...document.querySelectorAll(".map a")].filter((a) => a.checkVisibility())
              .map((a) => {
                const [box, words] = ["rect", "text"].map((part) =>
                  a.querySelector(part).getBoundingClientRect());
                const size = parseFloat(getComputedStyle(a.querySelector("text")).fontSize);
                const scale = box.width / a.querySelector("rect").getBBox().width;
                return {
                  name: a.getAttribute("href"), top: box.top, height: box.height,
                  fits: words.left >= box.left && words.right <= box.right,
                  inside: box.left >= 0 && box.right <= innerWidth, letters: size * scale,
                };
              })"""
        )
        tops = {box["name"]: box["top"] for box in boxes}
        assert len(tops) == len(boxes)
        assert {f"{edition}/{name}" for name in tops} == set(chapters(edition))
        assert tops["linear-regression.html"] < tops["gradient-descent.html"]
        assert tops["gradient-descent.html"] < tops["momentum.html"] < tops["adam.html"]
        least = 36 if size is PHONE else 24
        complain(
            [
                str(box)
                for box in boxes
                if not (box["fits"] and box["inside"])
                or box["height"] < least
                or box["letters"] < 12
            ]
        )
        if size is DESK:
            complain(page.evaluate(HIDDEN_LINES))
        page.locator(".map a:visible").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/(?!index)[\w-]+\.html"))


@SIZES
def test_a_walk_through_the_landing_page_names_every_stop(
    browser: Browser, address: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/en/index.html")
        page.wait_for_selector("#lab-race[data-mounted]")
        stops = walk(page)
    complain([str(stop) for stop in stops if not (stop["name"] and stop["seen"] and stop["ring"])])
    tags = [stop["tag"] for stop in stops]
    assert tags.count("select") == 1
    assert tags.index("select") > [str(stop["name"]) for stop in stops].index("Run it yourself")


def test_on_paper_the_race_is_a_picture(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}/en/index.html")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 680, "height": 1000})
        assert page.locator("#lab-race svg.lab-wide").is_visible()
        assert not page.locator("#lab-race .lab-hands").is_visible()
        assert not page.locator(".ways").is_visible()
