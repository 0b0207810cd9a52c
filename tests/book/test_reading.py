"""Reading a page: by keyboard, on a phone, in the dark, on paper; coming back, copying."""

import importlib
import re
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from book.editions import BOOK, SITE
from coursekit.plots import PALETTE
from tests.book.browser import REST, chapters, complain

DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
LANGUAGES = ("en", "zh")

# What has the focus: where it is, what it is called, and whether one sees that, by one ring.
STOP = """
() => {
  const stop = document.activeElement;
  if (stop === document.body) return null;
  const named = stop.getAttribute("aria-label") || stop.labels?.[0]?.textContent
    || stop.textContent.trim() || stop.placeholder || stop.title;
  const box = stop.getBoundingClientRect();
  const rings = [];
  for (let part = stop; part; part = part.parentElement)
    if (getComputedStyle(part).outlineStyle !== "none") rings.push(part);
  const region = stop.closest(".skip, .bar, .pages, .contents, article, .onwards, .foot, dialog");
  return {
    tag: stop.localName, kind: stop.className, name: named?.trim() ?? "",
    where: region?.id || region?.className || "",
    ring: rings.length === 1,
    seen: box.bottom > 0 && box.top < innerHeight && stop.checkVisibility(),
  };
}
"""


def walk(page: Page, most: int = 600) -> list[dict[str, str | bool]]:
    """Press Tab until the page is left; return every stop."""
    stops: list[dict[str, str | bool]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return stops
        stops.append(stop)
    pytest.fail(f"the walk does not end: {stops[-3:]}")


@SIZES
@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_walk_through_a_chapter_names_every_stop(
    browser: Browser, address: str, edition: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/momentum.html")
        page.evaluate("document.fonts.ready.then(() => null)")
        stops = walk(page)
        page.keyboard.press("Tab")  # from the end on to the start
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('article') !== null")
    found = [f"no name: {stop}" for stop in stops if not stop["name"] and stop["tag"] != "pre"]
    found += [f"not seen: {stop}" for stop in stops if not (stop["seen"] and stop["ring"])]
    for kind in ("headerlink", "enlarge", "copy", "Done" if edition == "en" else "已完成"):
        names = [
            str(stop["name"])
            for stop in stops
            if kind in str(stop["kind"]) or str(stop["name"]).endswith(kind)
        ]
        assert len(names) >= 5, f"no {kind} on the way"
        found += [f"{kind}: {name!r} twice" for name in set(names) if names.count(name) > 1]
        found += [f"{kind}: {name!r}" for name in names if len(name) < 3]
    complain(found)
    wheres = list(dict.fromkeys(str(stop["where"]) for stop in stops))
    beside = ["page-navigation"] if size is DESK else []
    after = ["page-contents"] if size is DESK else []
    assert wheres == ["skip", "bar", *beside, "page", "onwards", *after, "foot"]
    tags = [stop["tag"] for stop in stops if stop["where"] == "page"]
    for tag in ("a", "summary", "input", "button"):
        assert tag in tags, f"no {tag} on the way"
    kinds = [str(stop["kind"]) for stop in stops]
    assert any("enlarge" in kind for kind in kinds)
    assert sum("language" in kind for kind in kinds) == 1


def test_a_panel_over_the_page_keeps_the_focus(browser: Browser, address: str) -> None:
    focus = "document.activeElement"
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        for button, panel, beside in (
            (".menu-button", "page-navigation", 385),
            (".contents-button", "page-contents", 5),
        ):
            assert not page.locator(f"#{panel}").is_visible()
            page.locator(button).focus()
            page.keyboard.press("Enter")
            assert page.locator(f"#{panel}").get_attribute("role") == "dialog"
            assert page.locator(button).get_attribute("aria-expanded") == "true"
            for _ in range(60):
                inside = page.evaluate(
                    f"{focus} === document.body || !!{focus}.closest('#{panel}')"
                )
                assert inside, page.evaluate(f"{focus}.outerHTML")
                page.keyboard.press("Tab")
            page.keyboard.press("Escape")
            assert page.locator(button).get_attribute("aria-expanded") == "false"
            assert page.evaluate(f"{focus}.matches('{button}')")
            assert not page.locator(f"#{panel}").is_visible()
            page.locator(button).click()
            page.mouse.click(beside, 600)
            assert not page.locator(f"#{panel}").is_visible()


def test_the_menu_button_tells_whether_the_pages_are_shown(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        menu = page.locator(".menu-button")
        for shown in (True, False, True):
            assert menu.get_attribute("aria-expanded") == str(shown).lower()
            assert page.locator("#page-navigation").is_visible() is shown
            menu.click()


@SIZES
def test_what_is_typed_after_the_search_keys_arrives(
    browser: Browser, address: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        page.keyboard.press("Control+k")
        page.keyboard.type("adam")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/en/search.html?q=adam")


@SIZES
@pytest.mark.parametrize(("edition", "twin"), [("en", "zh"), ("zh", "en")])
def test_the_keys_for_the_language_keep_the_place_and_the_exercise(
    browser: Browser, address: str, edition: str, twin: str, size: ViewportSize
) -> None:
    with browser.new_context(viewport=size, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/momentum.html")
        section = page.locator("article section section").nth(6)
        section.evaluate("(part) => { part.scrollIntoView(); scrollBy(0, 300); }")
        page.evaluate(REST)
        place = section.locator("xpath=./span[starts-with(@id, 'at-')]").first.get_attribute("id")
        # Going to the link by keyboard does not move the place either.
        page.locator("a.language").focus()
        page.evaluate(REST)
        assert (page.locator("a.language").get_attribute("href") or "").endswith(f"#{place}")
        page.keyboard.press("Alt+Shift+L")
        page.wait_for_url(f"**/{twin}/**")
        assert page.url.endswith(f"/{twin}/momentum.html#{place}")
        third = page.locator(".exercise[id]").nth(2)
        third.evaluate("(card) => card.scrollIntoView()")
        page.evaluate(REST)
        name = third.get_attribute("id")
        page.keyboard.press("Alt+Shift+L")
        page.wait_for_url(f"**/{edition}/**")
        assert page.url.endswith(f"/{edition}/momentum.html#{name}")


# The first block whose top is on the screen, by its place among all blocks, and where it is.
HERE = """
() => {
  const blocks = [...document.querySelectorAll("article :is(p, pre, figure, li, h2, h3)")];
  const top = (block) => block.getBoundingClientRect().top;
  const index = blocks.findIndex((block) => block.checkVisibility() && top(block) > 60);
  return [index, top(blocks[index])];
}
"""
BLOCK = """
(index) => [...document.querySelectorAll("article :is(p, pre, figure, li, h2, h3)")][index]
  .getBoundingClientRect().top
"""


@pytest.mark.parametrize("width", [360, 1280, 1440])
def test_who_comes_back_finds_the_place(browser: Browser, address: str, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/en/adam.html")
        page.evaluate("scrollTo(0, 200)")
        page.wait_for_function("'whole' in document.documentElement.dataset")
        box = page.locator("details.fold > summary").first
        box.focus()
        page.keyboard.press("Enter")  # what is open stays open
        for share in (0.6, 0.9):
            for way in ("reload", "back"):
                page.evaluate(f"scrollTo(0, {share} * document.documentElement.scrollHeight)")
                page.evaluate(REST)
                block, top = page.evaluate(HERE)
                if way == "reload":
                    page.reload()
                else:
                    page.goto(f"{address}/en/notation.html")
                    page.go_back()
                page.evaluate(REST)
                assert abs(page.evaluate(BLOCK, block) - top) < 3, (share, way)
                assert page.locator("details.fold").first.evaluate("(fold) => fold.open")
                page.mouse.wheel(0, -50)  # who moves on is not held
                page.evaluate(REST)
                assert abs(page.evaluate(BLOCK, block) - top - 50) < 3, (share, way)


def test_the_scroll_bar_settles(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/en/regularization.html")
        page.mouse.wheel(0, 400)
        page.wait_for_function("'whole' in document.documentElement.dataset")
        height = "document.documentElement.scrollHeight"
        before = page.evaluate(height)
        for share in (0.3, 0.6, 0.9):
            page.evaluate(f"scrollTo(0, {share} * {height})")
            page.evaluate(REST)
            assert abs(page.evaluate(height) - before) < 30


LOADED = """
() => [...document.fonts].filter((face) => face.status === "loaded")
  .map((face) => `${face.family} ${face.weight} ${face.style}`)
"""


@pytest.mark.parametrize("edition", LANGUAGES)
def test_what_is_printed_waits_for_no_font(browser: Browser, address: str, edition: str) -> None:
    found = []
    for chapter in ("momentum", "backpropagation", "learning-rate-schedules"):
        with browser.new_context(viewport=DESK) as context:
            page = context.new_page()
            page.goto(f"{address}/{edition}/{chapter}.html")
            page.evaluate(REST)
            before = set(page.evaluate(LOADED))
            page.pdf()
            if late := set(page.evaluate(LOADED)) - before:
                found.append(f"{chapter}: printing had to load {late}")
            assert before
    complain(found)


def test_paper_is_light_whole_and_without_folded_code(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(ground) != "rgb(255, 255, 255)"
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.evaluate(ground) == "rgb(255, 255, 255)"
        assert (
            page.evaluate("getComputedStyle(document.querySelector('pre')).breakInside") == "auto"
        )
        assert page.locator("details.solution:not([open])").count() == 0
        assert not page.locator("details.fold").first.is_visible()
        assert page.locator("figure img.only-light").first.is_visible()
        for part, how, wanted in (
            ("figure", "breakInside", "avoid"),
            ("h2", "breakAfter", "avoid"),
        ):
            style = f"(part) => getComputedStyle(part).{how}"
            assert page.locator(f"article {part}").first.evaluate(style) == wanted
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(ground) != "rgb(255, 255, 255)"
        assert page.locator("details.solution[open]").count() == 0
        page.locator("details.fold > summary").first.click()
        page.emulate_media(media="print")
        assert page.locator("details.fold").first.is_visible()


def test_dots_below_characters_leave_the_next_line_where_it_is(
    browser: Browser, address: str
) -> None:
    """A formula in the next line, or in their own, moved it down by most of a line."""
    heights = """() => [...document.querySelectorAll("article p:has(em):has(.katex)")]
      .map((part) => part.getBoundingClientRect().height)"""
    with browser.new_context(viewport=DESK, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/zh/adam.html")
        page.evaluate("document.documentElement.dataset.whole = ''")
        dotted = page.evaluate(heights)
        page.add_style_tag(content="article em { text-emphasis: none !important }")
        plain = page.evaluate(heights)
    assert len(dotted) > 10
    assert max(one - other for one, other in zip(dotted, plain, strict=True)) < 10


def test_a_figure_can_be_enlarged_until_its_letters_are_read(
    browser: Browser, address: str
) -> None:
    """A stored figure has two pixels for each of the page's, a hundred of which make its inch."""
    with plt.style.context("coursekit.course"):
        given: dict[str, Any] = {str(key): value for key, value in plt.rcParams.items()}
    names = ("xtick.labelsize", "ytick.labelsize", "legend.fontsize", "axes.labelsize")
    named = {"small": 0.833, "medium": 1.0, "large": 1.2, "x-small": 0.694, "smaller": 0.833}
    sizes = [given[name] for name in (*names, "font.size", "axes.titlesize")]
    points = min(
        named[size] * given["font.size"] if isinstance(size, str) else size for size in sizes
    )
    inch = given["figure.dpi"]
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        for chapter in chapters("en", "zh")[::5]:
            page.goto(f"{address}/{chapter}")
            link = page.locator("a.enlarge").first
            link.focus()
            page.keyboard.press("Enter")
            picture = page.locator("dialog.figure-view img")
            picture.wait_for()
            drawn = int(link.locator("img").first.get_attribute("width") or 0)
            shown = picture.evaluate("(image) => image.getBoundingClientRect().width")
            assert shown >= drawn
            assert points / 72 * inch * shown / drawn >= 10
            assert picture.get_attribute("alt")
            page.keyboard.press("+")
            assert picture.evaluate("(image) => image.getBoundingClientRect().width") > shown
            page.keyboard.press("Escape")
            # A dialog tells that it is closed a task later, and goes then.
            picture.wait_for(state="detached")
            assert page.evaluate("document.activeElement.matches('a.enlarge')")


def test_a_figure_lies_on_the_page_in_the_dark(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert not page.locator("figure img.only-light").first.is_visible()
        dark = page.locator("figure img.only-dark").first
        assert dark.is_visible()
        with Image.open(SITE / "en" / (dark.get_attribute("src") or "")) as image:
            corner = image.convert("RGB").getpixel((0, 0))
        assert ground == f"rgb{corner}"


def luminance(colour: tuple[int, int, int]) -> float:
    """Return the relative luminance of WCAG."""
    parts = [each / 255 for each in colour]
    light = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def test_every_colour_of_a_figure_is_seen_in_the_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 3 to 1, as WCAG asks of what is drawn."""
    monkeypatch.syspath_prepend(BOOK / "_ext")
    dark_twin = importlib.import_module("course.outputs").dark_twin
    swatch = Image.new("RGB", (len(PALETTE) + 1, 1), "white")
    for place, name in enumerate(PALETTE):
        swatch.paste(PALETTE[name].color, (place, 0, place + 1, 1))
    twin = dark_twin(swatch)
    ground = luminance(twin.getpixel((len(PALETTE), 0)))
    found = []
    for place, name in enumerate(PALETTE):
        contrast = (luminance(twin.getpixel((place, 0))) + 0.05) / (ground + 0.05)
        if contrast < 3:
            found.append(f"{name}: {contrast:.1f} to 1")
    complain(found)


def test_a_heat_map_keeps_its_colours_in_the_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a line in one of its colours is brightened like any other."""
    monkeypatch.syspath_prepend(BOOK / "_ext")
    dark_twin = importlib.import_module("course.outputs").dark_twin
    colours = plt.colormaps[mpl.rcParamsDefault["image.cmap"]](range(0, 256, 5), bytes=True)
    image = Image.new("RGB", (8 * len(colours), 60), "white")
    for place, colour in enumerate(colours):
        image.paste(tuple(map(int, colour[:3])), (8 * place, 0, 8 * place + 8, 30))
    dark = tuple(map(int, colours[0][:3]))
    image.paste(dark, (0, 45, image.width, 48))
    image.paste("white", (0, 13, image.width, 19))
    image.paste("black", (0, 15, image.width, 17))
    twin = dark_twin(image)
    for place, colour in enumerate(colours):
        assert twin.getpixel((8 * place + 4, 5)) == tuple(map(int, colour[:3]))
    ground, line = twin.getpixel((100, 55)), twin.getpixel((100, 46))
    assert (luminance(line) + 0.05) / (luminance(ground) + 0.05) >= 3
    assert luminance(twin.getpixel((100, 16))) > 0.5, "a line across it is light, as elsewhere"
    assert twin.getpixel((100, 13)) == ground, "and the rim that sets it off is dark"


def test_an_exercise_ticked_off_stays_so_in_both_editions(browser: Browser, address: str) -> None:
    # By a link to them: all is laid out then, and nothing moves under the pointer.
    english, chinese = (f"{address}/{edition}/momentum.html#exercises" for edition in LANGUAGES)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(english)
        page.locator(".tick input").nth(1).check()
        for edition in (chinese, english):
            page.goto(edition)
            ticks = page.locator(".tick input")
            assert [tick.is_checked() for tick in ticks.all()[:3]] == [False, True, False]
        page.locator(".tick input").nth(1).uncheck()
        page.reload()
        assert not page.locator(".tick input").nth(1).is_checked()


WORDS = {
    "en": ("Your turn.", "Code for this figure", "Set-up"),
    "zh": ("轮到你了。", "画这幅图的代码", "准备代码"),
}


@pytest.mark.parametrize("edition", LANGUAGES)
def test_untouched_exercises_are_not_called_wrong(site: None, edition: str) -> None:
    found = []
    for chapter in chapters(edition):
        text = (SITE / chapter).read_text(encoding="utf-8")
        for card in text.split('<div class="exercise-card')[1:]:
            before = card.split("<details", 1)[0].split("</section>\n<section", 1)[0]
            if "✗" in before:
                found.append(f"{chapter}: a red cross before a solution")
            if '<details class="solution' not in card:
                found.append(f"{chapter}: a card without its solution")
        if WORDS[edition][0] not in text:
            found.append(f"{chapter}: no exercise says whose turn it is")
    complain(found)


@pytest.mark.parametrize("edition", LANGUAGES)
def test_a_drawing_cells_code_is_folded_below_its_figure(
    browser: Browser, address: str, edition: str
) -> None:
    _, drawing, setting_up = WORDS[edition]
    with browser.new_context(viewport=DESK) as context:
        page = context.new_page()
        page.goto(f"{address}/{edition}/momentum.html")
        folds = page.locator("details.fold")
        words = folds.locator("> summary").all_inner_texts()
        assert words.count(setting_up) == 1
        assert words.count(drawing) >= 2
        assert folds.evaluate_all("(boxes) => boxes.every((box) => !box.open)")
        below = page.evaluate(
            """(words) => [...document.querySelectorAll("details.fold")]
              .filter((box) => box.querySelector("summary").textContent === words)
              .filter((box) => !box.closest(".cell").querySelector(".lab"))  // has no caption
              .every((box) => {
                const figure = box.closest(".cell").querySelector("figcaption");
                return figure.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING;
              })""",
            drawing,
        )
        assert below
        folds.locator("> summary").first.focus()
        page.keyboard.press("Enter")
        assert folds.first.locator("pre").is_visible()


@pytest.mark.parametrize("edition", LANGUAGES)
def test_every_chapter_opens_in_one_form(site: None, edition: str) -> None:
    """Title, one line of facts, the question in larger type, what one will be able to do."""
    form = re.compile(
        r'<h1>.*?</h1>\s*<p class="facts"><span>(?:About|阅读约) \d+ (?:min|分)[^<]*</span>.*?'
        r'<p class="lead">.*?<div class="goals[^"]*">\s*<p class="goals-title">',
        re.DOTALL,
    )
    found = []
    for chapter in chapters(edition):
        head = (SITE / chapter).read_text(encoding="utf-8").split("<h2")[0]
        goals = head.partition('<div class="goals')[2]
        left = re.search(
            "<strong>(You will|Builds on|Time|你将学会|预备知识|前置章节|时间)<", goals
        )
        if len(form.findall(head)) != 1 or left or goals.count("<li>") < 3:
            found.append(chapter)
    complain(found)


def test_where_one_is_is_told(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{address}/en/api/optim.html")
        current = page.locator(".pages [aria-current]")
        assert current.count() == 1
        assert current.get_attribute("aria-current") == "page"
        page.goto(f"{address}/en/momentum.html")
        page.locator("#exercises").evaluate("(part) => part.scrollIntoView()")
        page.wait_for_function(
            "document.querySelector('.contents [aria-current=location]')?.hash === '#exercises'"
        )
        page.goto(f"{address}/en/search.html?q=adam")
        assert page.locator(".pages [aria-current]").count() == 0


COPY: Literal["clipboard-read"] = "clipboard-read"


def test_code_is_copied_without_prompts_and_output(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK) as context:
        context.grant_permissions([COPY, "clipboard-write"], origin=address)
        page = context.new_page()
        page.goto(f"{address}/en/api/optim.html")
        block = page.locator(".highlight", has_text=">>> ").first
        block.hover()
        block.locator(".copy").click()
        code = page.evaluate("navigator.clipboard.readText()")
        assert code.strip()
        assert ">>>" not in code
        compile(code, "copied", "exec")


def test_code_that_goes_on_below_is_copied_as_it_was(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        context.grant_permissions([COPY, "clipboard-write"], origin=address)
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        code = page.locator(".cell_input pre:has(.line)").filter(visible=True).first
        lines = code.evaluate("(code) => code.textContent").rstrip("\n")
        assert code.evaluate("(code) => code.clientHeight") > 19 * (lines.count("\n") + 2)
        code.locator(".copy").tap()
        page.locator(".copy[aria-label=Copied]").wait_for()
        assert page.evaluate("navigator.clipboard.readText()").rstrip("\n") == lines
        code.evaluate("(code) => getSelection().selectAllChildren(code)")
        page.keyboard.press("Control+c")
        assert page.evaluate("navigator.clipboard.readText()").strip() == lines


# Of every button: its name, its size, and how much of the code it lies on.
BUTTONS = """
() => {
  const measure = (copy) => {
    const box = copy.getBoundingClientRect();
    // A space hangs over where its line is broken: a letter's width is none of the code.
    const shared = (text) => Math.min(text.right - box.left, box.right - text.left) > 8
      ? Math.min(text.bottom, box.bottom) - Math.max(text.top, box.top) : 0;
    const walker = document.createTreeWalker(copy.closest("pre"), NodeFilter.SHOW_TEXT);
    let covered = 0;
    for (let count = 0; count < 12 && walker.nextNode(); count++) {
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const texts = walker.currentNode.data.trim() ? [...range.getClientRects()] : [];
      covered = Math.max(covered, ...texts.map(shared));
    }
    return { name: copy.ariaLabel, side: Math.min(box.width, box.height), covered };
  };
  return [...document.querySelectorAll(".copy")].filter((copy) => copy.checkVisibility())
    .map(measure);
}
"""


@SIZES
@pytest.mark.parametrize(("edition", "start"), [("en", "Copy: "), ("zh", "复制： ")])
def test_each_copy_button_says_what_it_copies_and_covers_nothing(
    browser: Browser, address: str, edition: str, start: str, size: ViewportSize
) -> None:
    phone = size is PHONE
    with browser.new_context(viewport=size, has_touch=phone, is_mobile=phone) as context:
        page = context.new_page()
        for name in ("momentum", "loss-functions", "api/optim"):
            page.goto(f"{address}/{edition}/{name}.html")
            page.evaluate("document.documentElement.dataset.whole = ''")
            buttons = page.evaluate(BUTTONS)
            assert buttons
            names = [button["name"] for button in buttons]
            assert len(set(names)) == len(names)
            assert all(each.startswith(start) and len(each) > len(start) for each in names)
            complain(
                [
                    f"{name}: {button}"
                    for button in buttons
                    if button["side"] < (44 if phone else 24) or button["covered"] > 2
                ]
            )


def test_a_formula_is_copied_once(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=DESK) as context:
        context.grant_permissions([COPY, "clipboard-write"], origin=address)
        page = context.new_page()
        page.goto(f"{address}/en/momentum.html")
        page.locator("article p:has(.katex)").nth(2).evaluate(
            "(text) => getSelection().selectAllChildren(text)"
        )
        page.keyboard.press("Control+c")
        copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"\$[^$]+\$", copied)
    outside = re.sub(r"\$[^$]+\$", "", copied)
    assert not re.search(r"[α-ω𝛼-𝜛𝑎-𝑧]", outside), copied
