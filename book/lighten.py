"""Make the built pages light: one style sheet an edition with the rules it uses, figures as WebP.

Sphinx, the theme and the extensions bring eleven style sheets, most of whose rules are for parts
that no page of the course has. A reader's browser would wait for all of them before it paints. Nor
has it to lay out an element for each name and comma of the code, which look like their neighbours.
"""

import re
import zlib
from collections.abc import Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

import tinycss2
from PIL import Image

Node = Any
"""A piece of a style sheet, as tinycss2 parses it."""

SHEET = "_static/styles.css"
HEAVY = 100_000
"""Bytes of a figure beyond which it is kept in fewer colours."""

LINK = re.compile(r' *<link rel="stylesheet"[^>]*? href="([^"?]+)[^>]*>\n?')
FIGURE = re.compile(r'(?<=_images/)([\w-]+)\.png(?=")')

CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
TOKEN = re.compile(r'<span(?: class="([\w-]+)")?>([^<]*)</span>')
FOR_FORMATTER = re.compile(r' *<span class="c1"># fmt: skip</span>')
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")

ADDRESS = re.compile(r"""url\(\s*["']?(?!data:|#|https?:)([^"')]+)["']?\s*\)""")
GIVEN = re.compile(r' (?:class|id)="([^"]*)"')
SHEETS_OF_RULES = {"media", "supports"}


def applies(selector: list[Node], known: set[str]) -> bool:
    """Whether a page may have all the classes and ids that a selector needs.

    What brackets hold is not looked into.

    Examples
    --------
    >>> texts = "p.a > b", ".a .b", ".a:not(.b)", "[title='.b']", "#a", "#b"
    >>> [applies(tinycss2.parse_component_value_list(each), {"a"}) for each in texts]
    [True, False, True, True, True, False]
    """
    classes = (
        name.value
        for dot, name in pairwise(selector)
        if dot.type == "literal" and dot.value == "." and name.type == "ident"
    )
    ids = (node.value for node in selector if node.type == "hash")
    return known.issuperset([*classes, *ids])


def selectors(prelude: list[Node]) -> list[list[Node]]:
    """Return the selectors of a rule, which commas part, but not those inside brackets."""
    found: list[list[Node]] = [[]]
    for node in prelude:
        if node.type == "literal" and node.value == ",":
            found.append([])
        else:
            found[-1].append(node)
    return found


def trimmed(css: str | list[Node], known: set[str], unread: Container[str] = ()) -> str:
    """Return a style sheet without comments, spare space, and the rules that no page can need.

    Parameters
    ----------
    css
        The sheet, or what one of its rules holds.
    known
        The classes and ids that a page may have.
    unread
        Custom properties that are left out, too.

    Raises
    ------
    ValueError
        If a piece of the sheet can't be read.

    Examples
    --------
    >>> css = '@charset "x"; .a, .b { color: red; } @media print { .a { top: 0 } .b { top: 0 } }'
    >>> trimmed(css, {"a"})
    '.a{color:red}@media print{.a{top:0}}'
    """
    if isinstance(css, str):
        pieces = tinycss2.parse_component_value_list(css)
        if tinycss2.serialize(pieces).count("}") != css.count("}"):  # the parser shuts what is open
            raise ValueError(f"a style sheet ends inside a rule: {css[-60:]!r}")
    kept = []
    for rule in tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "error":
            raise ValueError(f"a style sheet can't be read at line {rule.source_line}: {rule}")
        head, inside = rule.prelude, rule.content
        if rule.type == "at-rule":
            if inside is None:  # @charset, which UTF-8 does without, and @import, which none loads
                continue
            if rule.lower_at_keyword in SHEETS_OF_RULES:
                if within := trimmed(inside, known, unread):
                    kept.append(f"@{rule.at_keyword} {_tight(head)}{{{within}}}")
            elif rule.lower_at_keyword == "font-face":
                kept.append(f"@font-face{{{declarations(inside, unread)}}}")
            else:
                kept.append(f"@{rule.at_keyword} {_tight(head)}{{{_tight(inside).strip(';')}}}")
        elif needed := [_tight(each) for each in selectors(head) if applies(each, known)]:
            kept.append(f"{','.join(needed)}{{{declarations(inside, unread)}}}")
    return "".join(kept)


def declarations(inside: list[Node], unread: Container[str]) -> str:
    """Return what a rule says, without the custom properties that nothing reads."""
    said = []
    for one in tinycss2.parse_blocks_contents(inside, skip_comments=True, skip_whitespace=True):
        if one.type == "declaration":
            if one.name not in unread:
                important = "!important" if one.important else ""
                said.append(f"{one.name}:{_tight(one.value)}{important}")
        elif one.type != "error":
            raise ValueError(f"a rule inside a rule, at line {one.source_line}")
    return ";".join(said)


def _tight(nodes: list[Node]) -> str:
    """Return the text of some pieces, one space for what parts them."""
    return str(tinycss2.serialize(list(_spared(nodes)))).strip()


def _spared(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.type == "whitespace":
            node.value = " "
        elif hasattr(node, "content") and node.content is not None:
            node.content = list(_spared(node.content))
        elif hasattr(node, "arguments"):
            node.arguments = list(_spared(node.arguments))
        if node.type != "comment":
            yield node


def without_unused_properties(css: str, known: set[str]) -> str:
    """Return a trimmed style sheet without the custom properties that nothing reads.

    A script reads those that it names.
    """
    read = known | set(re.findall(r"var\(\s*(--[\w-]+)", css))
    unread = set(re.findall(r"(?<=[{;])--[\w-]+(?=:)", css)) - read
    less = trimmed(css, known, unread) if unread else css
    return css if less == css else without_unused_properties(less, known)


def sheets(page: str, text: str) -> list[str]:
    """Return the addresses of a page's style sheets, from the top of the edition."""
    return [normpath(join(dirname(page), address)) for address in LINK.findall(text)]


def names_used(edition: Path) -> set[str]:
    """Return every class and id that a page has, and every word of a script, which may set it."""
    given = {
        name
        for path in edition.rglob("*.html")
        for names in GIVEN.findall(path.read_text(encoding="utf-8"))
        for name in names.split()
    }
    scripts = (path.read_text(encoding="utf-8") for path in edition.glob("_static/**/*.js"))
    return given.union(*(re.findall(r"[\w-]+", script) for script in scripts))


def merged(edition: Path, addresses: list[str]) -> str:
    """Return the sheets at the addresses as one, whose own addresses start at ``SHEET``."""
    known = names_used(edition)
    parts = []
    for address in addresses:
        css = trimmed((edition / address).read_text(encoding="utf-8"), known)
        here = dirname(address)
        parts.append(
            ADDRESS.sub(
                lambda found, here=here: (  # type: ignore[misc]
                    f"url({relpath(normpath(join(here, found[1])), dirname(SHEET))})"
                ),
                css,
            )
        )
    return without_unused_properties("".join(parts), known)


@cache
def webp(picture: bytes) -> bytes:
    """Return a picture as WebP; both editions share most of them.

    It is the same pixel for pixel, unless that is too heavy: then it keeps its 256 main colours.
    """
    with Image.open(BytesIO(picture)) as image:
        same = _packed(image)
        if len(same) <= HEAVY:
            return same
        return _packed(image.convert("RGB").quantize(256, dither=Image.Dither.NONE).convert("RGB"))


def pack_figures(folder: Path) -> None:
    """Write each PNG of a folder as WebP, too, but where there is one since it was drawn."""
    drawn = [
        path
        for path in folder.glob("*.png")
        if not (twin := path.with_suffix(".webp")).exists()
        or twin.stat().st_mtime < path.stat().st_mtime
    ]
    with ThreadPoolExecutor() as pool:  # while it packs a picture, the encoder leaves Python alone
        list(pool.map(_write_webp, drawn))


def _write_webp(path: Path) -> None:
    path.with_suffix(".webp").write_bytes(webp(path.read_bytes()))


def _packed(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", lossless=True, exact=True)
    return file.getvalue()


def without_plain_tokens(page: str, named: Container[str]) -> str:
    """Return a page whose code has no element for a token of a class that no rule names.

    A comment that speaks to the formatter goes as well, for it says nothing to a reader.

    Examples
    --------
    >>> without_plain_tokens('<pre><span class="n">a</span><span class="o">=</span></pre>', {"o"})
    '<pre>a<span class="o">=</span></pre>'
    """

    def token(found: re.Match[str]) -> str:
        return found[0] if found[1] in named else found[2]

    return CODE.sub(lambda code: TOKEN.sub(token, FOR_FORMATTER.sub("", code[0])), page)


def lighten(edition: Path) -> None:
    """Rewrite an edition's pages, in place: one style sheet, WebP figures, no idle elements."""
    texts = {path: path.read_text(encoding="utf-8") for path in edition.rglob("*.html")}
    orders = {
        tuple(sheets(path.relative_to(edition).as_posix(), text)) for path, text in texts.items()
    }
    addresses = list(dict.fromkeys(address for order in orders for address in order))
    css = merged(edition, addresses)
    for path in edition.glob("_static/**/*.css"):
        path.unlink()
    (edition / SHEET).write_text(css, encoding="utf-8")
    pack_figures(edition / "_images")
    for path in edition.glob("_images/*.png"):
        path.unlink()
    named = set(CLASS.findall(css))
    version = f"{zlib.crc32(css.encode()):08x}"
    for path, text in texts.items():
        sheet = relpath(SHEET, dirname(path.relative_to(edition).as_posix()) or ".")
        link = f'    <link rel="stylesheet" href="{sheet}?v={version}">\n'
        text = LINK.sub(lambda _, link=link: link, text, count=1)  # type: ignore[misc]
        first, rest = text.split(link, 1)
        text = FIGURE.sub(r"\1.webp", first + link + LINK.sub("", rest))
        path.write_text(without_plain_tokens(text, named), encoding="utf-8")
