"""What the build takes off the pages' weight, on a small edition."""

import os
import re
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from book.lighten import lighten, pack_figures, trimmed, without_plain_tokens

PAGE = """<html><head>
    <link rel="stylesheet" href="{up}_static/base.css">
    <link rel="stylesheet" type="text/css" href="{up}_static/deep/own.css?v=1" />
</head><body class="page"><p id="top">Words</p><span class="n">x</span>
<pre><span></span><span class="page">if</span> <span class="n">x</span><span class="p">:</span>
    <span class="w">    </span><span class="n">y</span></pre>
<img src="{up}_images/a.png"></body></html>
"""
BASE = """@charset "utf-8"; /* .page { left: 0 } */
:root { --used: 1px; --unused: 2px; --drawn: 3px; }
.page > p { color: red }
.absent, .page:not(.absent) { top: var(--used) }
@media print { .absent { top: 0 } #top { top: 1px } }
@media screen { .absent { top: 0 } }
"""
OWN = """@font-face { font-family: F; src: url("fonts/f.woff2") }
.page { color: blue; content: "/  ;  }" }
.opened { top: 3px }
"""


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": PAGE.format(up=""),
        "api/part.html": PAGE.format(up="../"),
        "_static/base.css": BASE,
        "_static/deep/own.css": OWN,
        "_static/other.css": ".page { top: 0 }",  # which no page loads
        "_static/own.js": 'box.className = "opened"; box.style.top = "var(--drawn)";',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "_images").mkdir()
    Image.effect_noise((40, 30), 90).convert("RGB").save(tmp_path / "_images" / "a.png")
    return tmp_path


def test_pages_get_one_sheet_of_the_rules_they_need(edition: Path) -> None:
    lighten(edition)
    assert [path.name for path in edition.rglob("*.css")] == ["styles.css"]
    assert (edition / "_static" / "styles.css").read_text("utf-8") == (
        ":root{--used:1px;--drawn:3px}.page > p{color:red}.page:not(.absent){top:var(--used)}"
        "@media print{#top{top:1px}}"
        "@font-face{font-family:F;src:url(deep/fonts/f.woff2)}"
        '.page{color:blue;content:"/  ;  }"}.opened{top:3px}'
    )


@pytest.mark.parametrize(("page", "up"), [("index.html", ""), ("api/part.html", "../")])
def test_each_page_finds_the_sheet_and_the_figure(edition: Path, page: str, up: str) -> None:
    lighten(edition)
    text = (edition / page).read_text(encoding="utf-8")
    links = re.findall(r"<link[^>]*>", text)
    assert len(links) == 1
    assert re.fullmatch(
        rf'<link rel="stylesheet" href="{up}_static/styles\.css\?v=[0-9a-f]{{8}}">', links[0]
    )
    assert f'<img src="{up}_images/a.webp">' in text


def test_code_keeps_the_elements_that_have_a_look_of_their_own(edition: Path) -> None:
    lighten(edition)
    text = (edition / "index.html").read_text(encoding="utf-8")
    assert '<span class="n">x</span>\n<pre><span class="page">if</span> x:\n        y</pre>' in text


def test_a_word_to_the_formatter_is_not_for_readers() -> None:
    code = '<pre>f(x)  <span class="c1"># {}</span>\ny</pre>'
    assert without_plain_tokens(code.format("fmt: skip"), {"c1"}) == "<pre>f(x)\ny</pre>"
    said = code.format("fmt: off, or skip it")
    assert without_plain_tokens(said, {"c1"}) == said


def test_figures_keep_every_pixel(edition: Path) -> None:
    with Image.open(edition / "_images" / "a.png") as image:
        before = image.copy()
    lighten(edition)
    with Image.open(edition / "_images" / "a.webp") as image:
        assert ImageChops.difference(before, image.convert("RGB")).getbbox() is None
    assert not list(edition.rglob("*.png"))


def test_a_heavy_figure_keeps_its_main_colours(edition: Path) -> None:
    path = edition / "_images" / "heavy.png"
    noise = [Image.effect_noise((600, 400), 90) for _ in range(3)]
    Image.merge("RGB", noise).save(path)
    lighten(edition)
    with Image.open(path.with_suffix(".webp")) as image:
        assert image.size == (600, 400)
        assert len(image.convert("RGB").getcolors(1000) or []) in range(200, 257)


def test_a_figure_is_packed_again_only_when_it_is_drawn_again(edition: Path) -> None:
    drawn = edition / "_images" / "a.png"
    packed = drawn.with_suffix(".webp")
    pack_figures(drawn.parent)
    packed.write_bytes(b"kept")
    pack_figures(drawn.parent)
    assert packed.read_bytes() == b"kept"
    later = packed.stat().st_mtime + 1
    os.utime(drawn, (later, later))
    pack_figures(drawn.parent)
    assert packed.read_bytes() != b"kept"


def test_a_sheet_that_ends_too_soon_is_refused() -> None:
    with pytest.raises(ValueError, match="ends inside a rule"):
        trimmed("a { color: red", {"a"})
