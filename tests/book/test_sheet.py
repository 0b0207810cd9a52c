"""What the head of course.css promises: sizes, measures, boxes, what is told apart and how."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from book import editions
from book.editions import BOOK, SITE
from tests.book.browser import chapters, complain
from tests.book.test_reading import DESK, LANGUAGES, PHONE, luminance

STYLE = (BOOK / "_static" / "course.css").read_text(encoding="utf-8")

SIZE = "(part) => parseFloat(getComputedStyle(part).fontSize)"


def size(page: Page, selector: str) -> float:
    """Return the size of the first of these that is seen, in pixels."""
    found: float = page.locator(selector).filter(visible=True).first.evaluate(SIZE)
    return found


# Rules in the colour of links where none is due, borders of summaries, and closed boxes that are
# taller than their summary.
BOXES = """
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const link = getComputedStyle(document.querySelector("article p a")).color;
  const due = ".goals, .admonition, .aside, [aria-current]";
  const ruled = all("body *").filter((part) => {
    const { borderLeftColor, borderLeftWidth } = getComputedStyle(part);
    return borderLeftColor === link && parseFloat(borderLeftWidth) > 1 && !part.matches(due);
  });
  const bordered = all("summary").filter((one) => getComputedStyle(one).borderTopWidth !== "0px");
  const tall = all("details:not([open])").filter((box) => box.checkVisibility()
    && box.clientHeight > box.querySelector("summary").getBoundingClientRect().height + 8);
  return [...ruled, ...bordered, ...tall].map((part) => part.outerHTML.slice(0, 80));
}
"""


@pytest.mark.parametrize(("edition", "most"), [("en", 640), ("zh", 608)])
def test_sizes_and_measures_are_those_of_the_head(
    browser: Browser, address: str, edition: str, most: int
) -> None:
    with browser.new_context(viewport=DESK) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/momentum.html")
        wanted = {"pre": 13.5, "figcaption": 14.5, "p:not([class])": 16, ".lead": 19}
        assert {part: size(page, f"article {part}") for part in wanted} == wanted
        for width in (768, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            widest = page.evaluate(
                "Math.max(...[...document.querySelectorAll('article :is(p, li, figcaption)')]"
                ".filter((text) => !text.closest('.lab, .exercise > .admonition-title'))"
                ".map((text) => text.getBoundingClientRect().width))"
            )
            assert 0.9 * most < widest <= most
        complain(page.evaluate(BOXES))


def palette(mode: str) -> dict[str, str]:
    """Return the colours of a palette, by name, as the style sheet gives them."""
    block = re.search(rf'data-theme="{mode}"[^{{]*{{\s*color-scheme[^}}]*}}', STYLE)
    assert block
    found = dict(re.findall(r"--([\w-]+): (#\w+)", block[0]))
    assert len(found) > 15
    return found


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the channels of #abc or #aabbcc."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_comment_is_quieter_than_code(mode: str) -> None:
    """And what it is beside can be told from plain code by its colour."""
    colours = palette(mode)
    ground = luminance(rgb(colours["tint"]))

    def contrast(name: str) -> float:
        low, high = sorted((luminance(rgb(colours[name])), ground))
        return (high + 0.05) / (low + 0.05)

    kinds = ("keyword", "string", "number", "name")
    assert 4.5 <= contrast("comment") < min(map(contrast, (*kinds, "text")))
    for kind in kinds:
        pairs = zip(rgb(colours[kind]), rgb(colours["text"]), strict=True)
        assert sum(abs(one - other) for one, other in pairs) > 80, kind


# Of what scrolls sideways: whether its edge tells, and whether the keyboard reaches it.
SCROLLS = """
() => [...document.querySelectorAll("article *:not(.katex *, svg *)")].filter((box) =>
    box.checkVisibility() && box.scrollWidth > box.clientWidth + 1
    && ["auto", "scroll"].includes(getComputedStyle(box).overflowX))
  .map((box) => ({
    text: box.textContent.trim().slice(0, 60),
    told: getComputedStyle(box).backgroundImage.split("linear-gradient").length - 1,
    reached: box.tabIndex === 0, formula: !!box.closest("div.math"),
  }))
"""


@pytest.mark.parametrize("edition", LANGUAGES)
def test_what_scrolls_sideways_says_so(browser: Browser, address: str, edition: str) -> None:
    """And only tables do: formulas are broken where they are too long, code goes on below."""
    found, seen = [], 0
    with browser.new_context() as context:
        page = context.new_page()
        for chapter in chapters(edition):
            page.set_viewport_size(DESK)
            page.goto(f"{address}/{chapter}")
            page.evaluate("document.documentElement.dataset.whole = ''")
            page.evaluate("document.fonts.ready.then(() => null)")
            page.wait_for_timeout(100)
            texts = page.locator("article pre").filter(visible=True)
            wide = "(all) => all.filter((text) => text.scrollWidth > text.clientWidth).length"
            if count := texts.evaluate_all(wide):
                found.append(f"{chapter}: {count} texts scroll at a desk")
            page.set_viewport_size(PHONE)
            page.wait_for_timeout(100)
            boxes = page.evaluate(SCROLLS)
            seen += len(boxes)
            found += [
                f"{chapter}: {box}"
                for box in boxes
                if box["told"] < 4 or not box["reached"] or box["formula"]
            ]
    complain(found)
    assert seen


def test_a_tables_first_column_stays_while_it_scrolls(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 320, "height": 700}) as context:
        page = context.new_page()
        page.goto(f"{address}/en/linear-regression.html")
        page.evaluate("document.documentElement.dataset.whole = ''")
        moved = page.evaluate(
            """() => [...document.querySelectorAll(".dataframe")].map((table) => {
              table.style.minWidth = "50rem";
              let box = table.parentElement;
              while (getComputedStyle(box).overflowX !== "auto") box = box.parentElement;
              const first = table.querySelector("tbody th");
              const { left } = first.getBoundingClientRect();
              box.scrollLeft = 200;
              return [box.scrollLeft, first.getBoundingClientRect().left - left];
            })"""
        )
    assert moved
    for far, shift in moved:
        assert far == 200
        assert abs(shift) < 2


@pytest.mark.parametrize("page_name", ["notation", "sources"])
def test_a_reference_table_is_cards_on_a_phone(
    browser: Browser, address: str, page_name: str
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{address}/en/{page_name}.html")
        cells = page.locator("table.cards td[data-label]")
        assert cells.count() > 10
        display = "(cell) => getComputedStyle(cell).display"
        assert cells.first.evaluate(display) == "block"
        label = "(cell) => getComputedStyle(cell, '::before').content"
        assert (cells.first.get_attribute("data-label") or "?") in cells.first.evaluate(label)
        page.set_viewport_size(DESK)
        assert cells.first.evaluate(display) == "table-cell"


def test_the_package_does_not_look_like_chapters(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK) as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        links = page.locator(".pages a[href*='api/']")
        assert links.count() > 10
        assert links.filter(visible=True).count() == 1
        page.goto(f"{address}/en/api/optim.html")
        assert page.locator(".pages a[href='losses.html']").is_visible()


def test_the_open_section_does_not_move_the_list(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        heights = (
            "[...document.querySelectorAll('.contents a')].map((one) => "
            "one.getBoundingClientRect().height)"
        )
        before = page.evaluate(heights)
        page.locator("#exercises").evaluate("(part) => part.scrollIntoView()")
        page.wait_for_function(
            "document.querySelector('.contents [aria-current=location]')?.hash === '#exercises'"
        )
        assert page.evaluate(heights) == before


@pytest.mark.parametrize("edition", LANGUAGES)
def test_the_way_home_and_the_marks_on_a_figure_are_seen_on_a_phone(
    browser: Browser, address: str, edition: str
) -> None:
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/momentum.html")
        page.evaluate("document.documentElement.dataset.whole = ''")
        seen = "(all) => all.every((one) => getComputedStyle(one).opacity === '1')"
        for selector in (".enlarge .icon", "pre > .copy"):
            marks = page.locator(f"article {selector}")
            assert marks.count()
            assert marks.evaluate_all(seen), selector
        above = page.locator("article a.enlarge").evaluate_all(
            """(links) => links.filter((link) => {
              const seen = (image) => image.checkVisibility();
              const picture = [...link.querySelectorAll("img")].find(seen);
              const mark = link.querySelector(".icon").getBoundingClientRect();
              return mark.top < picture.getBoundingClientRect().bottom;
            }).length"""
        )
        assert above == 0, "a mark lies on its figure"
        home = page.locator(".bar .home")
        assert home.evaluate("(home) => home.scrollWidth <= home.clientWidth"), "it is cut off"
        box = home.bounding_box()
        assert box
        assert box["width"] >= 40
        home.tap()
        page.wait_for_url(f"{address}/{edition}/index.html")


def test_dots_of_emphasis_are_for_chinese(browser: Browser, address: str) -> None:
    """Names such as "et al." and titles of journals have none."""
    found = []
    with browser.new_context(viewport=DESK) as context:
        page = context.new_page()
        for chapter in (*chapters("zh"), "zh/references.html"):
            page.goto(f"{address}/{chapter}")
            found += [
                f"{chapter}: {text}"
                for text in page.evaluate(
                    """() => [...document.querySelectorAll("article em")]
                      .filter((one) => !/[\\u4e00-\\u9fff]/.test(one.textContent))
                      .filter((one) => getComputedStyle(one).textEmphasisStyle !== "none")
                      .map((one) => one.textContent)"""
                )
            ]
        labels = page.locator(".citation .label")
        assert labels.count() > 50
        assert labels.filter(visible=True).count() == 0, "[1] beside authors and year"
    complain(found)


def test_no_table_has_an_empty_row_of_heads(site: None) -> None:
    found, heads = [], 0
    for chapter in chapters(*LANGUAGES):
        text = (SITE / chapter).read_text(encoding="utf-8")
        for head in re.findall(r"<thead>(.*?)</thead>", text, re.DOTALL):
            heads += 1
            rows = re.findall(r"<tr.*?>(.*?)</tr>", head, re.DOTALL)
            found += [chapter for row in rows if not re.sub(r"<[^>]+>|\s", "", row)]
    complain(found)
    assert heads > 50


def test_the_reference_says_something_of_every_field(site: None) -> None:
    found = [
        path.name
        for path in (SITE / "en" / "api").glob("*.html")
        if "Alias for field" in path.read_text(encoding="utf-8")
    ]
    complain(found)


@pytest.mark.parametrize(
    ("base", "start"), [("https://example.org/course/", "/course"), ("https://example.org", "")]
)
def test_the_page_for_what_is_missing_links_below_the_address(base: str, start: str) -> None:
    """It is shown at any depth, so that its links begin with the address's path."""
    text = editions.missing(base)
    links = re.findall(r'href="([^"]+)"', text)
    assert links
    assert all(link.startswith(f"{start}/") and "//" not in link for link in links), links


@pytest.mark.parametrize("missed", ["/gone.html", "/course/gone.html", "/course/en/api/gone.html"])
def test_without_an_address_that_page_finds_the_site(browser: Browser, missed: str) -> None:
    """Served from a host's top or from a folder of it, whatever was asked for."""
    top = "/course" if missed.startswith("/course") else ""

    def serve(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = SITE / path.removeprefix(f"{top}/")
        if path.startswith(f"{top}/") and file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404, body=editions.missing(""), content_type="text/html")

    with browser.new_context() as context:
        context.route("**/*", serve)
        page = context.new_page()
        page.goto(f"http://course.test{missed}")
        page.wait_for_function(
            "(top) => document.querySelector('a').getAttribute('href') === `${top}/en/index.html`",
            arg=top,
        )
        # Its style is asked for once the place is known, and comes when it comes.
        page.wait_for_function("() => getComputedStyle(document.body).display === 'grid'")
        page.get_by_role("link", name="目录").click()
        page.wait_for_url(f"http://course.test{top}/zh/index.html")
