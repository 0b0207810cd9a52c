"""The built pages in a real browser: what a reader gets, on any connection, in either language."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import axe_playwright_python
import pytest
import yaml
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from book.editions import EDITIONS, OFFLINE, ROOT, SITE, Edition, bring_scripts
from book.plain import plain
from tests.book.browser import (
    SHIFTS,
    Visit,
    axe,
    chapters,
    complain,
    packed,
    pages,
    source,
    visit_all,
    warm_weights,
)
from tools.pdf import OUT, document

LANGUAGES = [edition.name for edition in EDITIONS]
TWIN = {"en": "zh", "zh": "en"}
TAGS = {edition.name: edition.tag for edition in EDITIONS}
HAN = re.compile(r"[\u4e00-\u9fff]")

FACTS = """
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    language: document.documentElement.lang,
    title: document.title,
    headings: all("h1").length,
    description: document.querySelector("meta[name=description]")?.content ?? "",
    switches: all("a.language").map((link) => [link.hreflang, link.href]),
    inline: all("script:not([src])").length + all("[onclick], [onload]").length,
    formulas: all(".katex").length,
    refused: all(".katex-error").map((formula) => formula.textContent),
    labels: all(".bar *, nav, nav *, form, .headerlink, .tick, .copy, .enlarge, summary")
      .flatMap((element) => ["title", "aria-label", "placeholder"]
        .map((name) => element.getAttribute(name)))
      .filter(Boolean),
    images: all("article figure img.only-light").map((image) => ({
      alt: image.getAttribute("alt"), source: image.getAttribute("src"),
      shown: Number(image.getAttribute("width")),
      height: Number(image.getAttribute("height")),
      caption: image.closest("figure")?.querySelector(".caption-text")?.textContent ?? "",
    })),
    shift: (window.shifts ?? []).reduce((sum, value) => sum + value, 0),
    growing: all("table").filter((table) => table.outerHTML.length > 40000
        && getComputedStyle(table).tableLayout === "auto").length,
    outside: all("article *").filter((element) => {
      const scrolling = ".scrolls, pre, .pst-scrollable-table-container, .output, .katex";
      if (element.closest(scrolling)) return false;
      if (element.ownerSVGElement) return false;  // its drawing clips it
      const right = element.getBoundingClientRect().right;
      return right > document.documentElement.clientWidth + 1;
    }).slice(0, 3).map((element) => element.outerHTML.slice(0, 120)),
  };
})()
"""


# As narrow as phones are and a little wider, the width of every visit last, with all boxes open:
# how far the page goes beyond the screen, its code, and which of that goes on beyond or is small.
WIDTHS = (320, 360, 375, 768, 390)
NARROW = """
async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const texts = [...document.querySelectorAll("article pre")]
    .filter((box) => box.checkVisibility());
  const size = (box) => parseFloat(getComputedStyle(box).fontSize);
  return {
    wide: document.documentElement.scrollWidth - innerWidth,
    texts: texts.length,
    long: texts.filter((box) => box.scrollWidth > box.clientWidth || size(box) < 12)
      .map((box) => `${size(box)}px: ${box.textContent.trim().slice(0, 60)}`),
  };
}
"""


def on_a_phone(page: Page) -> dict[str, Any]:
    facts: dict[str, Any] = page.evaluate(FACTS)
    page.evaluate(
        """document.documentElement.dataset.whole = "";
        document.querySelectorAll("details").forEach((box) => box.open = true);"""
    )
    facts["narrow"] = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        facts["narrow"][width] = page.evaluate(NARROW)
    return facts


@pytest.fixture(scope="module")
def visits(browser: Browser, address: str) -> list[Visit]:
    """Every page, once, at the width of a desk, over HTTP and under the policy."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(SHIFTS)
        return visit_all(context, address, pages(*LANGUAGES), lambda page: page.evaluate(FACTS))


@pytest.fixture(scope="module")
def phone_visits(browser: Browser) -> list[Visit]:
    """Every page, once, at the width of a phone, from the file system with the network off."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        context.set_offline(True)
        return visit_all(context, SITE.as_uri(), pages(*LANGUAGES), on_a_phone)


def on_pages(visits: list[Visit], wrong: Callable[[Visit], object]) -> list[str]:
    """Return what is wrong, page by page."""
    return [f"{each.page}: {reason}" for each in visits if (reason := wrong(each))]


def test_no_page_is_missing(site: None) -> None:
    for page in ("index.html", "404.html", *(f"{name}/index.html" for name in LANGUAGES)):
        assert (SITE / page).exists(), page
    english = {page.removeprefix("en/") for page in pages("en")}
    chinese = {page.removeprefix("zh/") for page in pages("zh")}
    assert english == chinese
    assert chapters(*LANGUAGES), "no page is made from a notebook"


def test_pages_load_under_a_strict_policy_and_ask_nobody_else(visits: list[Visit]) -> None:
    complain(on_pages(visits, lambda each: each.trouble))


def test_pages_load_from_files_with_the_network_off(phone_visits: list[Visit]) -> None:
    complain(on_pages(phone_visits, lambda each: each.trouble))


def test_a_first_view_weighs_little(visits: list[Visit]) -> None:
    complain(
        on_pages(visits, lambda each: each.weight > 1_000_000 and f"{each.weight:,} bytes packed")
    )
    assert all(each.weight > 20_000 for each in visits), "the weights were not measured"


@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_next_view_weighs_a_tenth(browser: Browser, address: str, edition: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        weights = warm_weights(context, address, chapters(edition))
    # The heaviest has 145 kB; 166 where the browser takes the connection for a slow one, and
    # fetches one more picture from further below.
    complain([f"{page}: {weight:,} bytes" for page, weight in weights.items() if weight > 170_000])
    assert all(weight > 10_000 for weight in weights.values()), "the weights were not measured"


def test_a_chapter_with_its_lab_weighs_little(site: None) -> None:
    weights = {page: len(packed(SITE / page)) for page in chapters(*LANGUAGES)}
    complain([f"{page}: {weight:,} bytes" for page, weight in weights.items() if weight > 80_000])


def test_a_page_waits_for_one_style_sheet(site: None) -> None:
    for page in pages(*LANGUAGES):
        text = (SITE / page).read_text(encoding="utf-8")
        assert text.count('rel="stylesheet"') == 1, page
    for name in LANGUAGES:
        found = [path.name for path in (SITE / name).rglob("*.css")]
        assert found == ["styles.css"]


@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_link_into_a_page_shows_its_place(browser: Browser, address: str, edition: str) -> None:
    """Also where the sections above it have not been laid out yet."""
    found = []
    with browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True) as context:
        page = context.new_page()
        for chapter in chapters(edition):
            text = (SITE / chapter).read_text(encoding="utf-8")
            for kind in ("sec", "equation|fig|tab"):
                place = re.findall(rf' id="((?:{kind})-[^"]+)"', text)[-1]
                page.goto("about:blank")
                page.goto(f"{address}/{chapter}#{place}")
                page.wait_for_timeout(100)
                top = page.locator(f"[id='{place}']").evaluate(
                    "(place) => place.getBoundingClientRect().top / innerHeight"
                )
                if not -0.1 < top < 0.9:
                    found.append(f"{chapter}#{place} is {top:.1f} screens down")
    complain(found)


def test_nothing_moves_while_a_page_loads(visits: list[Visit]) -> None:
    complain(on_pages(visits, lambda each: each.facts["shift"] > 0.05 and each.facts["shift"]))
    # A long table is drawn before its last row is read: on a slow machine its columns move.
    complain(on_pages(visits, lambda each: each.facts["growing"] and "a long table's columns"))


def test_no_script_is_inline(visits: list[Visit]) -> None:
    complain(on_pages(visits, lambda each: each.facts["inline"]))


def test_each_page_says_what_it_is(visits: list[Visit]) -> None:
    def wrong(each: Visit) -> list[str]:
        name = each.page.split("/")[0]
        facts = each.facts
        found = []
        if facts["language"] != TAGS[name]:
            found.append(f"lang is {facts['language']!r}")
        if facts["headings"] != 1:
            found.append(f"{facts['headings']} first-level headings")
        generated = each.page.endswith(("search.html", "genindex.html"))
        if not generated and not facts["description"]:
            found.append("no description")
        if "$" in facts["title"]:
            found.append(f"title {facts['title']!r}")
        return found

    complain(on_pages(visits, wrong))


def test_each_page_leads_to_its_twin(visits: list[Visit]) -> None:
    def wrong(each: Visit) -> object:
        name, _, rest = each.page.partition("/")
        twin = f"/{TWIN[name]}/{rest}"
        links = dict(each.facts["switches"])
        target = urlsplit(links.get(TAGS[TWIN[name]], "")).path
        return target != twin and f"{target!r} instead of {twin!r}"

    complain(on_pages(visits, wrong))


def english(label: str) -> bool:
    """Whether a label is neither Chinese nor the name of a thing in coursekit."""
    return not HAN.search(label) and not label.startswith("coursekit")


def test_the_frame_speaks_the_pages_language(visits: list[Visit]) -> None:
    chinese = [each for each in visits if each.page.startswith("zh/")]
    complain(
        on_pages(
            chinese,
            lambda each: sorted(label for label in set(each.facts["labels"]) if english(label)),
        )
    )


def test_formulas_are_in_the_page_and_whole(visits: list[Visit]) -> None:
    complain(on_pages(visits, lambda each: each.facts["refused"]))
    made = [each for each in visits if source(each.page).exists()]
    complain(on_pages(made, lambda each: not each.facts["formulas"] and "no formula"))


class Prose(HTMLParser):
    """The text of an article, without code and without the sources of formulas."""

    QUIET = frozenset({"code", "pre", "annotation", "script", "style"})
    VOID = frozenset({"img", "br", "hr", "input", "meta", "link", "col", "path", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "article" in self.open and not self.QUIET & set(self.open):
            self.text.append(data)


def prose(page: str) -> str:
    parser = Prose()
    parser.feed((SITE / page).read_text(encoding="utf-8"))
    return " ".join(parser.text)


def test_no_markup_is_left_in_the_prose(site: None) -> None:
    raw = re.compile(
        r"\$\$?[^$\n]+\$|\\\(|\\\[|\\(?:frac|begin|hat|beta)\b|\{(?:ref|eq|cite|term)[:\w]*\}|:::"
    )
    found = [
        f"{page}: {match[0]!r}" for page in pages(*LANGUAGES) for match in raw.finditer(prose(page))
    ]
    # Chinese letters on both sides of a full stop and two stars are no end of a bold phrase.
    stars = re.compile(r".{0,12}\*\*.{0,12}")
    for page in pages(*LANGUAGES):
        if "/api/" not in page:
            found += [f"{page}: {match[0]!r}" for match in stars.finditer(prose(page))]
    complain(found)


def pixels(page: str, source: str) -> int:
    with Image.open((SITE / page).parent / source) as image:
        return image.width


def test_figures_are_sharp_sized_and_described(visits: list[Visit]) -> None:
    def wrong(each: Visit) -> list[str]:
        found = []
        for image in each.facts["images"]:
            alt = image["alt"] or ""
            if len(alt) < 20 or alt == image["source"] or "/" in alt.split(" ")[0]:
                found.append(f"{image['source']}: alt text {alt!r}")
            if not image["caption"].strip():
                found.append(f"{image['source']}: no caption")
            if not (image["shown"] and image["height"]):
                found.append(f"{image['source']}: no size")
            elif (wide := pixels(each.page, image["source"])) < 1.9 * image["shown"]:
                found.append(f"{image['source']}: {wide} pixels shown at {image['shown']}")
            if each.page.startswith("zh/") and not HAN.search(alt):
                found.append(f"{image['source']}: alt text not in Chinese: {alt!r}")
        return found

    complain(on_pages(visits, wrong))
    assert any(each.facts["images"] for each in visits), "no page has a figure"


def test_a_phone_never_scrolls_sideways(phone_visits: list[Visit]) -> None:
    complain(on_pages(phone_visits, lambda each: each.facts["outside"]))
    complain(
        [
            f"{each.page}: {found['wide']} px too wide at {width}"
            for each in phone_visits
            for width, found in each.facts["narrow"].items()
            if found["wide"] > 0
        ]
    )


def test_long_lines_of_code_go_on_below_on_a_phone(phone_visits: list[Visit]) -> None:
    made = [each for each in phone_visits if source(each.page).exists()]
    found = [
        f"{each.page} at {width}: {line}"
        for each in made
        for width, at in each.facts["narrow"].items()
        for line in at["long"] or ([] if at["texts"] else ["no code"])
    ]
    complain(found)


class Links(HTMLParser):
    """The links of a page and the places that a link can lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if place := given.get("id"):
            self.places.append(place)
        if tag in {"a", "link"} and (link := given.get("href")):
            self.links.append(link)


def test_every_internal_link_leads_somewhere(site: None) -> None:
    read = {page: Links((SITE / page).read_text(encoding="utf-8")) for page in pages(*LANGUAGES)}
    found = []
    for page, content in read.items():
        twice = {place for place in content.places if content.places.count(place) > 1}
        found += [f"{page}: id {place!r} twice" for place in sorted(twice)]
        for link in content.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = (
                (SITE / page).parent.joinpath(unquote(parts.path)).resolve()
                if parts.path
                else SITE / page
            )
            target = path.relative_to(SITE.resolve()).as_posix()
            if not path.is_file():
                found.append(f"{page}: {link} leads to no file")
            elif parts.fragment and unquote(parts.fragment) not in read[target].places:
                found.append(f"{page}: {link} leads to no place on that page")
    complain(found)


def test_the_download_is_the_pages_own_notebook_and_says_what_to_install(site: None) -> None:
    found = []
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    base = config["html"]["baseurl"].rstrip("/")
    for page in chapters(*LANGUAGES):
        match = re.search(
            r'class="button download" href="([^"]+)" download',
            (SITE / page).read_text("utf-8"),
        )
        given = (SITE / page).parent / match[1] if match else None
        if given is None:
            found.append(f"{page}: none")
            continue
        content = json.loads(given.read_text("utf-8"))
        first = content["cells"].pop(0)
        own = json.loads(source(page).read_text("utf-8"))
        edition = page.split("/")[0]
        plain(own["cells"], edition, f"{base}/{edition}" if base else "")
        own["cells"] = bring_scripts(own["cells"])
        if first["id"] != "install" or content != own:
            found.append(f"{page}: {given}")
    complain(found)


def test_the_offline_copy_is_the_whole_site_and_offers_no_copy_of_itself(site: None) -> None:
    files = {path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()}
    with ZipFile(SITE / OFFLINE) as packed:
        names = {name.partition("/")[2]: name for name in packed.namelist()}
        assert names.keys() == files - {OFFLINE}
        for page in pages(*LANGUAGES):
            text = (SITE / page).read_text(encoding="utf-8")
            assert text.count(OFFLINE) == 1, page
            assert OFFLINE not in packed.read(names[page]).decode(), page


ON_PAPER = """
() => {
  const found = [];
  const title = document.querySelector("article h1");
  if (!title?.checkVisibility()) found.push("its title is missing");
  const frame = "header, footer, nav, dialog, button, .skip";
  for (const part of document.querySelectorAll(frame))
    if (part.checkVisibility()) found.push(`of the frame, <${part.localName}> is there`);
  for (const box of document.querySelectorAll("article *:not(.katex *, span.math, .skip)"))
    if (getComputedStyle(box).overflowX != "visible" && box.scrollWidth > box.clientWidth + 1)
      found.push(`cut off: ${box.textContent.trim().slice(0, 60)}`);
  const wide = "table, figure, svg:not(svg svg, .katex *), pre, .katex-display, .eqno";
  for (const box of document.querySelectorAll(`article :is(${wide})`))
    if (box.getBoundingClientRect().right > innerWidth + 1)
      found.push(`over the edge: ${box.textContent.trim().slice(0, 60)}`);
  // A table that goes on overleaf takes three rows along; a question stays with its answer.
  const held = ".cards tr:first-child, dt, .rubric, summary, p:has(+ details)";
  for (const part of document.querySelectorAll(`article :is(${held})`))
    if (getComputedStyle(part).breakAfter != "avoid")
      found.push(`parted: ${part.textContent.trim().slice(0, 60)}`);
  return found;
}
"""


@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_page_is_printed_whole_with_its_title_and_without_the_frame(
    browser: Browser, address: str, edition: str
) -> None:
    """A sheet of A4 is 672 pixels wide between the margins that the page asks for."""
    found = []
    with browser.new_context(viewport=ViewportSize(width=672, height=1000)) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        for name in pages(edition):
            page.goto(f"{address}/{name}")
            found += [f"{name}: {line}" for line in page.evaluate(ON_PAPER)]
    complain(found)


@pytest.mark.parametrize("edition", EDITIONS, ids=LANGUAGES)
def test_what_is_printed_is_the_whole_edition_with_links_into_itself(
    site: None, edition: Edition
) -> None:
    text = document(edition)
    content = Links(text)
    places = set(content.places)
    assert len(places) == len(content.places), "an id twice"
    inside = {unquote(link[1:]) for link in content.links if link.startswith("#")}
    assert inside - places == set()
    assert len(inside) > 100
    for image in set(re.findall(r'<img [^>]*src="([^"]+)"', text)):
        assert (OUT / image).resolve().is_file(), image
    for page in chapters(edition.name):
        assert f'id="{Path(page).stem}"' in text, page


def test_launch_buttons_appear_only_with_a_repository(site: None) -> None:
    for page in pages(*LANGUAGES):
        text = (SITE / page).read_text(encoding="utf-8")
        assert not re.search(r"mybinder|colab\.research", text), page


@pytest.mark.parametrize(
    ("locale", "edition"), [("zh-CN", "zh"), ("zh-TW", "zh"), ("en-GB", "en"), ("fr-FR", "en")]
)
def test_the_entrance_sends_a_reader_to_their_language(
    browser: Browser, address: str, locale: str, edition: str
) -> None:
    with browser.new_context(locale=locale) as context:
        page = context.new_page()
        page.goto(f"{address}/index.html")
        page.wait_for_url(f"{address}/{edition}/index.html")


def test_the_entrance_works_without_scripts(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/index.html")
        page.get_by_role("link", name="中文").click()
        assert page.url == f"{address}/zh/index.html"


def current_section(page: Page) -> str:
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll("article section[id]")]
              .filter((section) => section.getBoundingClientRect().top < innerHeight / 3)
              .at(-1)?.querySelector("span[id^='at-']")?.id ?? ''"""
        )
    )


@pytest.mark.parametrize("edition", LANGUAGES)
def test_the_language_switch_keeps_page_and_section(
    browser: Browser, address: str, edition: str
) -> None:
    desk = ViewportSize(width=1280, height=900)
    with browser.new_context(viewport=desk, reduced_motion="reduce", bypass_csp=True) as context:
        page = context.new_page()
        for chapter in chapters(edition)[:2]:
            page.goto(f"{address}/{chapter}")
            # The last section is too near the end to come to the top; any but it will do.
            page.locator("article section section").nth(2).evaluate(
                "(part) => part.scrollIntoView()"
            )
            left = current_section(page)
            # Not by mouse: Playwright would scroll the bar into view first.
            page.locator("a.language").evaluate("(link) => link.click()")
            page.wait_for_url(f"**/{TWIN[edition]}/**")
            arrived = f"{TWIN[edition]}/{chapter.partition('/')[2]}#{left}"
            assert page.url == f"{address}/{arrived}", chapter
            assert left, chapter
            assert current_section(page) == left, f"{arrived} is not what is shown"


def test_light_and_dark_are_remembered(browser: Browser, address: str) -> None:
    with browser.new_context(color_scheme="light") as context:
        page = context.new_page()
        page.goto(f"{address}/en/index.html")
        shown = "document.documentElement.dataset.theme"
        assert page.evaluate(shown) == "light"
        page.locator(".mode-button").click()
        assert page.evaluate(shown) == "dark"
        page.goto(f"{address}/zh/index.html")
        assert page.evaluate(shown) == "dark"


@pytest.mark.parametrize("edition", LANGUAGES)
def test_solutions_stay_shut_until_opened(browser: Browser, address: str, edition: str) -> None:
    found = []
    with browser.new_context() as context:
        page = context.new_page()
        for chapter in chapters(edition):
            page.goto(f"{address}/{chapter}")
            boxes = page.locator("details.solution")
            if not boxes.count():
                found.append(f"{chapter}: no solution")
                continue
            title = boxes.first.locator("summary")
            if "解答" not in (title.text_content() or "") and edition == "zh":
                found.append(f"{chapter}: {title.text_content()!r}")
            shut = [box for box in boxes.all() if box.get_attribute("open") is not None]
            found += [f"{chapter}: open from the start"] * len(shut)
            title.focus()
            page.keyboard.press("Enter")
            if boxes.first.get_attribute("open") is None:
                found.append(f"{chapter}: Enter does not open a solution")
    complain(found)


@pytest.mark.parametrize(
    ("scheme", "size", "edition"),
    [
        ("light", ViewportSize(width=1280, height=900), "en"),
        ("dark", ViewportSize(width=390, height=844), "zh"),
    ],
)
def test_axe_finds_nothing(
    browser: Browser,
    address: str,
    scheme: Literal["light", "dark"],
    size: ViewportSize,
    edition: str,
) -> None:
    """Contrast depends on the scheme, structure on the size: two passes see all of both."""
    script = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
    found = []
    with browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True) as context:
        page = context.new_page()
        for name in (f"{edition}/index.html", f"{edition}/search.html", *chapters(edition)):
            page.goto(f"{address}/{name}")
            found += [f"{name}: {line}" for line in axe(page, script)]
    complain(found)
