"""The built pages in a real browser: what a reader gets, on any connection, in either language."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import axe_playwright_python
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from book.editions import EDITIONS, OFFLINE, SITE, Edition
from tests.book.browser import (
    SHIFTS,
    Visit,
    axe,
    chapters,
    chromium,
    pages,
    served,
    source,
    stale,
    visit_all,
    warm_weights,
)
from tools.pdf import OUT, document

LANGUAGES = [edition.name for edition in EDITIONS]
TWIN = {"en": "zh", "zh": "en"}
TAGS = {edition.name: edition.tag for edition in EDITIONS}
HAN = re.compile(r"[\u4e00-\u9fff]")

# What a reader may look for, by the page that must be among the first three found: terms, names in
# Latin letters, parts of Chinese words. A chapter's words count once it is in the book.
QUERIES = {
    "en": {
        "supervised-learning": "supervised learning, nearest neighbours, baseline, data leakage, "
        "k-means, bandit",
        "linear-regression": "linear regression, least squares, normal equations, "
        "condition number, residuals, standard error, ten features",
        "loss-functions": "loss functions, Huber, cross-entropy, log-sum-exp, label smoothing, "
        "maximum likelihood",
        "gradient-descent": "gradient descent, saddle, plateau, local minimum, "
        "Himmelblau, steepest, finite differences, learning rate, Hessian, autograd",
        "mini-batch": "mini-batch, gradient accumulation, large batch, batch size, power of two, "
        "stochastic gradient descent, shuffle, epoch, DataLoader, torchrun",
        "momentum": "momentum, Nesterov, velocity, Polyak, dampening, heavy ball",
        "adaptive-learning-rates": "adaptive learning rates, learning rate, Adagrad, RMSprop, "
        "Adadelta, match the units, rotation invariant, sparse gradients",
        "adam": "Adam, AdamW, AMSGrad, bias correction, moment estimates, "
        "epsilon, weight decay, decoupled",
        "learning-rate-schedules": "schedule, warm-up, cosine, one-cycle, warm restarts",
        "bias-variance": "bias-variance, overfitting, learning curves, double descent",
        "regularization": "regularization, ridge, lasso, sparsity, early stopping, dropout",
        "putting-it-together": "putting it together, confusion matrix",
        "glossary": "glossary",
        "notation": "notation, symbols",
        "running": "citing, conda",
    },
    "zh": {
        "supervised-learning": "监督学习, 监督, 基线, 数据泄漏, 强化学习",
        "linear-regression": "线性回归, 回归, 最小二乘, 正规方程, 条件数, 均方误差, 残差, 标准误",
        "loss-functions": "损失函数, Huber, 交叉熵, 标签平滑, 最大似然",
        "gradient-descent": "梯度下降, 梯度, 局部极小, 鞍点, 平坦区, 有限差分, Himmelblau, "
        "学习率, 海森矩阵, 自动微分",
        "mini-batch": "小批量, 随机梯度下降, 大批量, 批量大小, 批次, 轮次, 打乱, "
        "噪声底, 梯度累积, DataLoader",
        "momentum": "动量, Nesterov, Polyak, 速度, 阻尼",
        "adaptive-learning-rates": "自适应学习率, 学习率, 自适应, Adagrad, RMSprop, Adadelta, 单位",
        "adam": "Adam, AdamW, AMSGrad, 偏差修正, 修正, 矩估计, epsilon, 权重衰减, 衰减",
        "learning-rate-schedules": "调度, 预热, 余弦, 热重启",
        "bias-variance": "偏差与方差, 方差, 过拟合, 学习曲线, 双下降",
        "regularization": "正则化, 岭回归, 稀疏, 早停, 近端, 先验",
        "putting-it-together": "融会贯通, 混淆矩阵",
        "glossary": "术语",
        "notation": "符号",
        "running": "引用, conda",
    },
}

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
    labels: all(".bd-sidebar *, .bd-header-article *, .bd-toc-nav, nav, form, .headerlink")
      .flatMap((element) => ["title", "aria-label", "placeholder"]
        .map((name) => element.getAttribute(name)))
      .filter(Boolean),
    images: all("article img").map((image) => ({
      alt: image.getAttribute("alt"), source: image.getAttribute("src"),
      shown: Number(image.getAttribute("width")),
      height: Number(image.getAttribute("height")),
      caption: image.closest("figure")?.querySelector(".caption-text")?.textContent ?? "",
    })),
    shift: (window.shifts ?? []).reduce((sum, value) => sum + value, 0),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    outside: all("article *").filter((element) => {
      const scrolling = ".scrolls, pre, .pst-scrollable-table-container, .output, .katex";
      if (element.closest(scrolling)) return false;
      const right = element.getBoundingClientRect().right;
      return right > document.documentElement.clientWidth + 1;
    }).slice(0, 3).map((element) => element.outerHTML.slice(0, 120)),
  };
})()
"""


@pytest.fixture(scope="module")
def site() -> None:
    """Fail, rather than judge pages that are not those of the sources."""
    if reason := stale():
        pytest.fail(f"{reason}: `make site` builds it")


@pytest.fixture(scope="module")
def browser(site: None) -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(site: None) -> Iterator[str]:
    with served() as base:
        yield base


@pytest.fixture(scope="module")
def visits(browser: Browser, address: str) -> list[Visit]:
    """Every page, once, at the width of a desk, over HTTP and under the policy."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(SHIFTS)
        return visit_all(context, address, pages(*LANGUAGES), FACTS)


@pytest.fixture(scope="module")
def phone_visits(browser: Browser) -> list[Visit]:
    """Every page, once, at the width of a phone, from the file system with the network off."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        context.set_offline(True)
        return visit_all(context, SITE.as_uri(), pages(*LANGUAGES), FACTS)


def complain(found: list[str]) -> None:
    """Fail with everything that was found, if anything was."""
    assert not found, "\n" + "\n".join(found)


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
    complain([f"{page}: {weight:,} bytes" for page, weight in weights.items() if weight > 150_000])
    assert all(weight > 10_000 for weight in weights.values()), "the weights were not measured"


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
    complain(
        on_pages(
            phone_visits,
            lambda each: each.facts["wide"] > 0 and f"{each.facts['wide']} px too wide",
        )
    )
    complain(on_pages(phone_visits, lambda each: each.facts["outside"]))


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


def test_the_download_is_the_pages_own_notebook(site: None) -> None:
    found = []
    for page in chapters(*LANGUAGES):
        match = re.search(
            r'class="course-button download" href="([^"]+)" download',
            (SITE / page).read_text("utf-8"),
        )
        given = (SITE / page).parent / match[1] if match else None
        if given is None or json.loads(given.read_text("utf-8")) != json.loads(
            source(page).read_text("utf-8")
        ):
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
  const title = document.querySelector(".bd-article h1");
  if (!title?.checkVisibility()) found.push("its title is missing");
  const frame = "header, footer, nav, dialog, button, .bd-sidebar-primary, .skip-to-content";
  for (const part of document.querySelectorAll(frame))
    if (part.checkVisibility()) found.push(`of the frame, <${part.localName}> is there`);
  for (const box of document.querySelectorAll(".bd-article *:not(.katex *, span.math)"))
    if (getComputedStyle(box).overflowX != "visible" && box.scrollWidth > box.clientWidth + 1)
      found.push(`cut off: ${box.textContent.trim().slice(0, 60)}`);
  return found;
}
"""


@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_page_is_printed_whole_with_its_title_and_without_the_frame(
    browser: Browser, address: str, edition: str
) -> None:
    """A sheet of A4 with the browser's margins is 717 pixels wide, with wide ones 680."""
    found = []
    with browser.new_context(viewport=ViewportSize(width=680, height=1000)) as context:
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
            with page.expect_navigation():
                # Not by mouse: Playwright would scroll the bar into view first.
                page.locator("a.language").evaluate("(link) => link.click()")
            arrived = f"{TWIN[edition]}/{chapter.partition('/')[2]}#{left}"
            assert page.url == f"{address}/{arrived}", chapter
            assert left, chapter
            assert current_section(page) == left, f"{arrived} is not what is shown"


# The names of the pages found, the best first, as the page would list them.
FOUND = """
(query) => Search._performSearch(...Search._parseQuery(query)).reverse().map((result) => result[0])
"""


@pytest.mark.parametrize("edition", LANGUAGES)
@pytest.mark.parametrize("by", ["http", "file"])
def test_search_finds(browser: Browser, address: str, edition: str, by: str) -> None:
    base = address if by == "http" else SITE.as_uri()
    built = {page.removeprefix(f"{edition}/").removesuffix(".html") for page in pages(edition)}
    present = ((target, words) for target, words in QUERIES[edition].items() if target in built)
    asked = [(query, target) for target, words in present for query in words.split(", ")]
    assert len(asked) >= 40
    missed = []
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{base}/{edition}/search.html?q={asked[0][0]}")
        page.locator("#search-results .search-summary:not(:empty)").wait_for()
        shown = page.locator("#search-results ul.search li > a").evaluate_all(
            "(links) => links.map((link) => link.href)"
        )
        names = [
            urlsplit(link).path.split(f"/{edition}/")[1].removesuffix(".html") for link in shown
        ]
        assert names == page.evaluate(FOUND, asked[0][0])
        for query, target in asked:
            found = page.evaluate(FOUND, query)
            if target not in found[:3]:
                missed.append(f"{query}: {target} is not among the first three of {found[:6]}")
            if len(found) != len(set(found)):
                missed.append(f"{query}: a page is found twice: {found}")
    complain(missed)


def test_a_search_result_shows_its_words_once(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/zh/search.html?q=学习率")
        excerpt = page.locator("#search-results .context").first
        excerpt.wait_for()
        assert "\\" not in excerpt.inner_text()


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


def test_the_keyboard_reaches_everything(browser: Browser, address: str) -> None:
    """Skip link first; then each panel opens, takes the focus and gives it back."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{address}/{chapters('en')[0]}")
        focus = "document.activeElement"
        page.keyboard.press("Tab")
        assert page.evaluate(f"{focus}.className") == "skip-to-content"
        page.keyboard.press("Enter")
        assert page.evaluate(f"{focus}.id") == "main-content"
        for button, panel in (
            (".menu-button", "page-navigation"),
            (".contents-button", "page-contents"),
        ):
            page.locator(button).focus()
            page.keyboard.press("Enter")
            assert page.evaluate(f"{focus}.closest('#{panel}') !== null"), panel
            assert page.locator(button).get_attribute("aria-expanded") == "true", panel
            page.keyboard.press("Escape")
            assert page.locator(button).get_attribute("aria-expanded") == "false", panel
            assert page.evaluate(f"{focus}.matches('{button}')"), panel


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
