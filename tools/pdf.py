"""Print each edition as one PDF, ``_build/pdf/<language>.pdf``: ``make pdf``.

The pages of the built site are put one after the other into a single document, whose links lead to
its own places, and Chromium prints that: formulas, figures and fonts are the site's, the headings
become the PDF's outline, and every page has its number.
"""

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import sync_playwright

from book.editions import EDITIONS, ROOT, SITE, Edition, settings

OUT = ROOT / "_build" / "pdf"
CHROMIUMS = (
    "chromium-headless-shell",  # the same engine without a window: a page in two thirds of the time
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
ON_MACS = ("Chromium", "Google Chrome", "Microsoft Edge")
ON_WINDOWS = (
    ("Google", "Chrome", "Application", "chrome.exe"),
    ("Microsoft", "Edge", "Application", "msedge.exe"),
)
GET_CHROMIUM = "`apt install chromium` or `brew install chromium`"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

CONTENTS = {"en": "Contents", "zh": "目录"}
STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm; }
article, nav { max-width: none; }
.title-page { padding-top: 30vh; text-align: center; }
.title-page, .printed-contents, article { break-after: page; }
.printed-contents ol { list-style: none; padding-left: 1.25rem; margin: 0; }
.printed-contents > ol { padding-left: 0; columns: 2; }
.printed-contents > ol > li { margin-bottom: 0.6rem; break-inside: avoid; font-weight: 650; }
.printed-contents > ol > li li { font-weight: 400; font-size: 0.9em; }
.printed-contents a { text-decoration: none; }
"""
FOOTER = (
    '<div style="width: 100%; font: 9px sans-serif; text-align: center; color: #4b5563">'
    '<span class="pageNumber"></span></div>'
)
ARTICLE = re.compile(r'<article id="page"[^>]*>(.*?)</article>', re.DOTALL)
DARK = re.compile(r'<img class="only-dark"[^>]*>')
SHUT = re.compile(r'<details (?!class="fold")')
SHEET = re.compile(r'<link rel="stylesheet"[^>]*? href="([^"]+)"')
ATTRIBUTE = re.compile(r'(?<=[\s"])(id|href|src)="([^"]+)"')
HEADING = re.compile(r'<h[12]>(.*?)<a class="headerlink" href="#([^"]+)"', re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A page of the site: its name and the inside of its article."""

    name: str
    text: str


def order(toc: Any) -> Iterator[str]:
    """Yield the names of the pages in the order of the table of contents."""
    if isinstance(toc, list):
        for entry in toc:
            yield from order(entry)
    elif isinstance(toc, dict):
        for key, value in toc.items():
            if key in {"root", "file"}:
                yield value
            else:
                yield from order(value)


def place(page: str, fragment: str = "") -> str:
    """Return the id that a place of a page has in the one document."""
    return f"{page.replace('/', '.')}..{fragment}" if fragment else page.replace("/", ".")


def relinked(part: Part, pages: set[str], site: str) -> str:
    """Return the article with ids of its own and links into the one document.

    A link to a page that is not part of it, such as the twin in the other language, is left out.
    """

    def rewrite(match: re.Match[str]) -> str:
        kind, value = match[1], html.unescape(match[2])
        if kind == "id":
            return f'id="{html.escape(place(part.name, value))}"'
        url = urlsplit(value)
        if url.scheme or url.netloc:
            return match[0]
        path = normpath(join(dirname(part.name), unquote(url.path))) if url.path else None
        page = path.removesuffix(".html") if path else part.name
        if page in pages:
            return f'href="#{html.escape(place(page, unquote(url.fragment)))}"'
        return f'src="{html.escape(f"{site}/{path}")}"' if kind == "src" else ""

    text = ATTRIBUTE.sub(rewrite, DARK.sub("", part.text))
    # Paper can neither wait nor unfold; the code of a figure stays folded.
    return SHUT.sub("<details open ", text.replace(' loading="lazy"', ""))


def contents(parts: list[Part]) -> str:
    """Return the list of the pages and their sections, each a link."""
    entries = []
    for part in parts:
        links = [
            f'<a href="#{html.escape(place(part.name, html.unescape(where)))}">{title.strip()}</a>'
            for title, where in HEADING.findall(part.text)
        ]
        # The package's reference lists every function; its pages' names are enough here.
        below = links[1:] if "/" not in part.name else []
        inner = "".join(f"<li>{link}</li>" for link in below)
        entries.append(f"<li>{links[0]}<ol>{inner}</ol></li>" if inner else f"<li>{links[0]}</li>")
    return f"<ol>{''.join(entries)}</ol>"


def document(edition: Edition, site: Path = SITE, above: str = "../site") -> str:
    """Return the whole edition as one page of HTML, to lie beside the folder of the site."""
    config, toc = settings(edition)
    names = list(order(toc))
    folder = f"{above}/{edition.name}"
    texts = {
        name: (site / edition.name / f"{name}.html").read_text(encoding="utf-8") for name in names
    }
    parts = [Part(name, ARTICLE.search(text)[1]) for name, text in texts.items()]  # type: ignore[index]
    sheets = [urlsplit(href).path for href in SHEET.findall(texts[names[0]])]
    links = "".join(f'<link rel="stylesheet" href="{folder}/{sheet}">' for sheet in sheets)
    articles = "".join(
        f'<article id="{place(part.name)}">{relinked(part, set(names), folder)}</article>'
        for part in parts
    )
    title, author = html.escape(config["title"]), html.escape(config["author"])
    return (
        f'<!DOCTYPE html><html lang="{edition.tag}" data-theme="light"><head>'
        f'<meta charset="utf-8"><title>{title}</title>{links}<style>{STYLE}</style></head><body>'
        f'<header class="title-page"><p style="font-size: 2.6rem; font-weight: 650">{title}</p>'
        f"<p>{author}</p></header>"
        f'<nav class="printed-contents"><h1>{CONTENTS[edition.name]}</h1>'
        f"{contents(parts)}</nav>{articles}</body></html>"
    )


def chromium_path() -> str | None:
    """Return the system's Chromium, Chrome or Edge, if there is one where systems have them."""
    programs = [os.environ.get(name, "") for name in ("PROGRAMFILES", "PROGRAMFILES(X86)")]
    programs.append(os.environ.get("LOCALAPPDATA", ""))
    there = [Path(folder, *parts) for folder in programs if folder for parts in ON_WINDOWS]
    there += [Path("/Applications", f"{name}.app/Contents/MacOS/{name}") for name in ON_MACS]
    found = (*map(shutil.which, CHROMIUMS), *(str(path) for path in there if path.is_file()))
    return next(filter(None, found), None)


def trouble() -> str | None:
    """Return what stands in the way of printing, in a sentence, or ``None``."""
    if not (SITE / "index.html").exists():
        return "There is no built site to print: `make site` builds it."
    if chromium_path() is None:
        return f"Printing needs Chromium: {GET_CHROMIUM}."
    if fonts := shutil.which("fc-list"):
        found = subprocess.run([fonts, ":lang=zh-cn"], capture_output=True, check=True)
        if not found.stdout.strip():
            return "No font here has Chinese characters: `apt install fonts-noto-cjk` brings one."
    return None


def main() -> int:
    """Print both editions; return 0 if both PDFs stand."""
    if reason := trouble():
        print(reason, file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page()
        for edition in EDITIONS:
            source = OUT / f"{edition.name}.html"
            source.write_text(document(edition), encoding="utf-8")
            page.goto(source.as_uri(), wait_until="load", timeout=120_000)
            page.evaluate("document.fonts.ready.then(() => null)")
            target = OUT / f"{edition.name}.pdf"
            page.pdf(
                path=target,
                prefer_css_page_size=True,
                print_background=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOTER,
                tagged=True,
                outline=True,
            )
            print(f"{edition.label}: {target}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
