"""The extension behind the pages, part by part, and what it does to a small book."""

import doctest
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image
from sphinx.testing.util import SphinxTestApp

from book import editions

CONFIGURATION = f"""
import sys
sys.path.insert(0, {str(editions.BOOK / "_ext")!r})
extensions = ["myst_nb", "sphinx_exercise", "sphinxcontrib.bibtex", "sphinx_book_theme", "course"]
myst_enable_extensions = ["amsmath", "dollarmath"]
html_theme = "sphinx_book_theme"
html_math_renderer = "katex"
nb_execution_mode = "off"
"""


@pytest.mark.parametrize(
    "name",
    [
        "course.links",
        "course.maths",
        "course.prerequisites",
        "course.search",
        "course.thumbnails",
        "book.lighten",
    ],
)
def test_examples_are_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(editions.BOOK / "_ext")
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


class Built:
    """A book of one page, built in a folder of its own."""

    def __init__(self, folder: Path, text: str, settings: str = "") -> None:
        (folder / "conf.py").write_text(CONFIGURATION + settings, encoding="utf-8")
        (folder / "index.md").write_text(text, encoding="utf-8")
        app = SphinxTestApp("html", srcdir=folder)
        try:
            app.build()
            self.warnings = app.warning.getvalue()
            self.page = (Path(app.outdir) / "index.html").read_text(encoding="utf-8")
            self.index = (Path(app.outdir) / "searchindex.js").read_text(encoding="utf-8")
        finally:
            app.cleanup()


def test_a_formula_is_rendered_numbered_and_referred_to(tmp_path: Path) -> None:
    built = Built(tmp_path, "# T\n\nAn $x^2$, and {eq}`square`.\n\n$$\ny = x^2\n$$ (square)\n")
    assert built.warnings == ""
    assert built.page.count('class="katex"') == 2
    assert 'class="katex-display"' in built.page
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in built.page
    assert 'href="#equation-square">(1)</a>' in built.page
    assert '<span class="eqno">(1)' in built.page


def test_a_formula_that_brings_its_environment_is_numbered_once(tmp_path: Path) -> None:
    built = Built(tmp_path, "# T\n\n\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}\n")
    assert built.warnings == ""
    assert built.page.count('class="eqno"') == 1
    assert "eqn-num" not in built.page


def test_a_mark_stays_on_the_line_of_a_short_formula(tmp_path: Path) -> None:
    root = r"\sqrt{\beta(1 - \eta\lambda)}"
    long = " + ".join("abcdefghijklm")
    built = Built(tmp_path, f"# T\n\nAn $x$, a $y$, ${root}$; and ${long}$.\n")
    assert built.page.count('<span class="tied">') == 3
    assert re.search(r'<span class="tied"><span class="math.*?</span>,</span> a ', built.page)


def test_a_wrong_formula_is_a_warning_with_page_and_line(tmp_path: Path) -> None:
    built = Built(tmp_path, "# T\n\nWords.\n\nA $\\frac{1}$ here.\n")
    assert "index.md:5: WARNING: KaTeX parse error" in built.warnings
    assert 'class="katex-error"' in built.page


def test_what_a_term_is_also_called_stands_apart(tmp_path: Path) -> None:
    entry = "loss\n  A `number`.\n  Also called: cost; `error`.\n  Related: risk.\n"
    built = Built(tmp_path, f"# T\n\n```{{glossary}}\n{entry}```\n")
    assert '<p class="also">Also called: cost; <code' in built.page
    assert '<p class="also">Related: risk.</p>' in built.page
    assert re.search(
        r'<ul class="letters[^"]*">\s*<li><p><a [^>]*href="#term-loss">L</a>', built.page
    )


def test_a_solution_opens_without_a_script(tmp_path: Path) -> None:
    text = (
        "# T\n\n```{exercise}\n:label: one\nProve it.\n```\n\n"
        "```{solution} one\n:class: dropdown\nDone.\n```\n"
    )
    built = Built(tmp_path, text)
    assert "<details" in built.page
    assert built.page.index("<summary") < built.page.index("Done.") < built.page.index("</details>")
    assert 'id="exercise-content"' not in built.page


def test_the_cells_after_a_solution_are_in_it(tmp_path: Path) -> None:
    text = (
        "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n# T\n\n"
        "```{exercise}\n:label: one\nProve it.\n```\n\n```{code-cell}\nbegun = 1\n```\n\n"
        "```{solution} one\n:class: dropdown\nDone.\n```\n\n"
        "```{code-cell}\nsolved = 1\n```\n\n```{code-cell}\nshown = 1\n```\n\nAfter.\n"
    )
    page = Built(tmp_path, text).page
    places = [page.index(word) for word in ("begun", "<details", "Done.", "solved", "shown")]
    assert places == sorted(places)
    assert places[-1] < page.index("</details>") < page.index("After.")


def test_markdown_links_lead_to_terms_works_and_sections(tmp_path: Path) -> None:
    others = {
        "glossary": "```{glossary}\nlearning rate\n  学习率. The step.\n```",
        "references": "```{bibliography}\n:all:\n```",
        "other": "(sec-there)=\n## There",
    }
    for name, text in others.items():
        path = tmp_path / f"{name}.md"
        path.write_text(f"---\norphan: true\n---\n# P\n\n{text}\n", encoding="utf-8")
    built = Built(
        tmp_path,
        "# T\n\nThe [rates](glossary.md#learning-rate) of "
        "[Kingma and Ba (2015)](references.md#kingma2015adam), [there](other.md#sec-there).\n",
    )
    assert built.warnings == ""
    assert 'href="glossary.html#term-learning-rate"' in built.page
    assert 'href="other.html#sec-there"' in built.page
    work = re.search(r'href="references.html#(id\d+)" title="Diederik[^"]*Adam', built.page)
    assert work
    references = (tmp_path / "_build" / "html" / "references.html").read_text(encoding="utf-8")
    assert f'id="{work[1]}"' in references
    assert "Kingma and Ba (2015)</" in built.page


def test_markdown_links_that_lead_nowhere_are_warnings(tmp_path: Path) -> None:
    for name, text in (("glossary", "```{glossary}\nrate\n  速. A.\n```"), ("references", "None.")):
        path = tmp_path / f"{name}.md"
        path.write_text(f"---\norphan: true\n---\n# P\n\n{text}\n", encoding="utf-8")
    built = Built(tmp_path, "# T\n\n[a](glossary.md#step), [b](references.md#nobody2000nothing)\n")
    assert "the glossary has no term 'step'" in built.warnings
    assert "the bibliography has no 'nobody2000nothing'" in built.warnings


def test_sections_have_ids_that_the_other_edition_has_too(tmp_path: Path) -> None:
    built = Built(tmp_path, "# T\n\n## A\n\n## B\n\n### C\n")
    for position in ("at-1", "at-2", "at-2-1"):
        assert built.page.count(f'id="{position}"') == 1


def test_pages_carry_no_script_of_their_own(tmp_path: Path) -> None:
    built = Built(tmp_path, "# T\n\nWords.\n")
    assert "<script>" not in built.page
    assert "https://" not in built.page.partition("<body")[0]


def test_settings_differ_between_editions_only_as_they_say() -> None:
    english, toc = editions.settings(editions.EDITIONS[0])
    chinese, chinese_toc = editions.settings(editions.EDITIONS[1])
    assert english["sphinx"]["config"]["language"] == "en"
    assert chinese["sphinx"]["config"]["language"] == "zh_CN"
    assert english["execute"] == chinese["execute"] == {"execute_notebooks": "off"}
    assert toc["root"] == chinese_toc["root"] == "index"

    def files(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["file"]] if "file" in part else []
            return own + [name for value in part.values() for name in files(value)]
        return [name for each in part for name in files(each)] if isinstance(part, list) else []

    assert files(toc) == files(chinese_toc) != []


def test_a_failed_build_leaves_no_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("stale", encoding="utf-8")
    monkeypatch.setattr(editions, "SITE", site)
    monkeypatch.setattr(editions, "WORK", tmp_path / "work")
    monkeypatch.setattr(editions, "BOOK", tmp_path / "nothing")
    monkeypatch.setattr("sys.argv", ["editions.py"])
    assert editions.main() == 1
    assert not site.exists()


def test_pages_of_another_frame_are_not_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    style = tmp_path / "book" / "_static" / "course.css"
    style.parent.mkdir(parents=True)
    style.write_text("a {}", encoding="utf-8")
    left = tmp_path / "work" / "left"
    reused = []

    def failing(*_: object) -> "subprocess.Popen[bytes]":
        reused.append(left.exists())
        left.touch()
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])

    monkeypatch.setattr(editions, "start_build", failing)
    for name, folder in (("SITE", "site"), ("WORK", "work"), ("BOOK", "book"), ("ROOT", ".")):
        monkeypatch.setattr(editions, name, tmp_path / folder)
    page = tmp_path / "book" / "en" / "page.md"
    page.parent.mkdir()
    for style_text, text, strict in (
        ("a {}", "(sec-a)=\n# A", False),
        ("a {}", "(sec-a)=\n# B", False),
        ("b {}", "(sec-a)=\n# B", False),
        ("b {}", "(sec-a)=\n# B", True),
        ("b {}", "(sec-b)=\n# B", False),
    ):
        style.write_text(style_text, encoding="utf-8")
        page.write_text(text, encoding="utf-8")
        assert editions.build(strict)
    first_edition = reused[:: len(editions.EDITIONS)]
    assert first_edition == [False, True, False, False, False]


def test_whatever_can_be_linked_counts_among_the_labels() -> None:
    found = editions.labels()
    assert {"sec-line-features", "eq-line-model", "ex-line-gradient", "adam"} <= found
    assert any(label.startswith("fig-") for label in found)


def test_the_site_map_names_every_page_in_both_languages(tmp_path: Path) -> None:
    for name in ("index.html", "api/optim.html", "search.html"):
        path = tmp_path / "en" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    text = editions.sitemap(tmp_path, "https://example.org/course")
    assert text.count("<loc>") == 4
    assert "<loc>https://example.org/course/zh/api/optim.html</loc>" in text
    assert "search" not in text


def test_the_same_site_packs_to_the_same_bytes_without_the_link_to_itself(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "b.html").write_text('<a href="a.css">A</a><p class="offline-copy">\nB</p>C')
    (site / "a.css").write_text("d")
    archive = site / "course.zip"
    editions.pack(site, archive)
    first = archive.read_bytes()
    os.utime(site / "a.css", (2_000_000_000, 2_000_000_000))
    (site / "a.css").chmod(0o600)
    editions.pack(site, archive)
    assert archive.read_bytes() == first
    with ZipFile(archive) as packed:
        assert packed.namelist() == ["course/a.css", "course/b.html"]
        assert packed.read("course/b.html") == b'<a href="a.css">A</a>C'


def test_a_figure_takes_half_its_pixels(tmp_path: Path) -> None:
    drawn = tmp_path / "jupyter_execute"
    drawn.mkdir()
    Image.new("RGB", (400, 200)).save(drawn / "figure.png")
    built = Built(
        tmp_path, "# T\n\n![A white card, twice as wide as high](jupyter_execute/figure.png)\n"
    )
    assert re.search(r'<img class="only-light" width="200" height="100"', built.page)


ADDRESSES = """
language = "zh-CN"
html_baseurl = "https://example.org/course/zh/"
course_edition = "zh"
course_editions = [
    {"name": "en", "tag": "en", "label": "English"},
    {"name": "zh", "tag": "zh-CN", "label": "中文"},
]
html_theme_options = {
    "repository_url": "https://github.com/someone/course",
    "repository_branch": "main",
    "path_to_docs": "book/zh",
}
"""


def test_with_an_address_pages_say_where_they_and_their_twins_are(tmp_path: Path) -> None:
    page = Built(tmp_path, "# T\n\nWords.\n", ADDRESSES).page
    assert '<link rel="canonical" href="https://example.org/course/zh/index.html"' in page
    assert '<meta property="og:url" content="https://example.org/course/zh/index.html">' in page
    card = "https://example.org/course/zh/_static/card.png"
    assert f'<meta property="og:image" content="{card}">' in page
    for name, tag in (("en", "en"), ("zh", "zh-CN")):
        address = f"https://example.org/course/{name}/index.html"
        assert f'<link rel="alternate" hreflang="{tag}" href="{address}">' in page


def test_without_an_address_pages_name_none(tmp_path: Path) -> None:
    settings = ADDRESSES.replace("https://example.org/course/zh/", "")
    page = Built(tmp_path, "# T\n\nWords.\n", settings).page
    assert 'rel="canonical"' not in page
    assert 'rel="alternate"' not in page
    assert 'class="button language" href="../en/index.html"' in page


@pytest.mark.parametrize("repository", ["https://github.com/someone/course", ""])
def test_a_notebook_can_be_launched_if_the_repository_has_an_address(
    tmp_path: Path, repository: str
) -> None:
    settings = ADDRESSES.replace("https://github.com/someone/course", repository)
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# N\n\nWords."]}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "chapter.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    Built(tmp_path, "# T\n\n```{toctree}\nchapter\n```\n", settings)
    page = (tmp_path / "_build" / "html" / "chapter.html").read_text(encoding="utf-8")
    path = "book/zh/chapter.ipynb"
    launched = {
        "Binder": f"https://mybinder.org/v2/gh/someone/course/main?urlpath=lab/tree/{path}",
        "Colab": f"https://colab.research.google.com/github/someone/course/blob/main/{path}",
    }
    for name, link in launched.items():
        assert (f'href="{link}" rel="noopener">{name}</a>' in page) == bool(repository), name
