"""Make the built pages light: one style sheet an edition with the rules it uses, figures as WebP.

Sphinx, the theme and the extensions bring eleven style sheets, most of whose rules are for parts
that no page of the course has. A reader's browser would wait for all of them before it paints.
"""

import re
import zlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from PIL import Image

SHEET = "_static/styles.css"
HEAVY = 100_000
"""Bytes of a figure beyond which it is kept in fewer colours."""

LINK = re.compile(r' *<link rel="stylesheet"[^>]*? href="([^"?]+)[^>]*>\n?')
FIGURE = re.compile(r'(?<=_images/)([\w-]+)\.png(?=")')

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRING = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'"
PIECE = re.compile(rf"url\((?:{STRING}|[^)\"'])*\)|{STRING}|[{{}};]")
ADDRESS = re.compile(r"""url\(\s*["']?(?!data:|#|https?:)([^"')]+)["']?\s*\)""")
GIVEN = re.compile(r' (?:class|id)="([^"]*)"')
NAMED = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")
PROPERTY = re.compile(rf"(?<=[;{{])(--[\w-]+):(?:{STRING}|[^;{{}}\"'])*;?")


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield what stands before each block and the block's inside, ``None`` for a mere statement.

    Examples
    --------
    >>> list(rules('@charset "x"; a { color: red } @media print { b { top: 0 } }'))
    [('@charset "x"', None), ('a', ' color: red '), ('@media print', ' b { top: 0 } ')]
    >>> list(rules("a { --b: url('data:;(}') }"))
    [('a', " --b: url('data:;(}') ")]
    """
    depth = start = inside = 0
    head = ""
    for piece in PIECE.finditer(css):
        if piece[0] == "{":
            if depth == 0:
                head, inside = css[start : piece.start()].strip(), piece.end()
            depth += 1
        elif piece[0] == "}":
            depth -= 1
            if depth == 0:
                yield head, css[inside : piece.start()]
                start = piece.end()
        elif piece[0] == ";" and depth == 0:
            yield css[start : piece.start()].strip(), None
            start = piece.end()
    if depth:
        message = f"a style sheet's braces do not pair, from {head!r} on"
        raise ValueError(message)


def selectors(head: str) -> list[str]:
    """Return the selectors of a rule, which commas part, but not those inside brackets.

    Examples
    --------
    >>> selectors("a:is(.b, .c), d")
    ['a:is(.b, .c)', 'd']
    """
    found, depth = [""], 0
    for letter in head:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [each.strip() for each in found]


def applies(selector: str, known: set[str]) -> bool:
    """Whether a page may have all the classes and ids that a selector needs.

    Examples
    --------
    >>> [applies(each, {"a"}) for each in ("p.a > b", ".a .b", ".a:not(.b)", "[title='.b']")]
    [True, False, True, True]
    """
    needed, before = re.sub(r"\[[^]]*\]", "", selector), ""
    while needed != before:
        needed, before = re.sub(r"\([^()]*\)", "", needed), needed
    return known.issuperset(NAMED.findall(needed))


def trimmed(css: str, known: set[str]) -> str:
    """Return a style sheet without comments, spare space, and the rules that no page can need."""
    kept = []
    for head, inside in rules(COMMENT.sub("", css)):
        if inside is None:  # @charset, which UTF-8 does without, and @import, which no page loads
            continue
        if head.startswith(("@media", "@supports")):
            if within := trimmed(inside, known):
                kept.append(f"{_tight(head)}{{{within}}}")
        elif head.startswith("@"):
            kept.append(f"{head}{{{_tight(inside)}}}")
        elif needed := [each for each in selectors(head) if applies(each, known)]:
            kept.append(f"{_tight(','.join(needed))}{{{_tight(inside).strip(';')}}}")
    return "".join(kept)


def _tight(text: str) -> str:
    """Take the space out of selectors or declarations, not out of strings."""
    parts = re.split(rf"({STRING})", text)
    parts[::2] = [re.sub(r" ?([;{}]) ?", r"\1", re.sub(r"\s+", " ", each)) for each in parts[::2]]
    return re.sub(r"(^|;)([\w-]+) ?: ", r"\1\2:", "".join(parts).strip())


def without_unused_properties(css: str) -> str:
    """Return a style sheet without the custom properties that nothing in it reads."""
    read = set(re.findall(r"var\(\s*(--[\w-]+)", css))
    less = PROPERTY.sub(lambda found: found[0] if found[1] in read else "", css)
    return css if less == css else without_unused_properties(less)


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
    return without_unused_properties("".join(parts))


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


def _packed(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", lossless=True, exact=True)
    return file.getvalue()


def lighten(edition: Path) -> None:
    """Rewrite an edition's pages, in place, to load one style sheet and WebP figures."""
    texts = {path: path.read_text(encoding="utf-8") for path in edition.rglob("*.html")}
    orders = {
        tuple(sheets(path.relative_to(edition).as_posix(), text)) for path, text in texts.items()
    }
    addresses = list(dict.fromkeys(address for order in orders for address in order))
    css = merged(edition, addresses)
    for path in edition.glob("_static/**/*.css"):
        path.unlink()
    (edition / SHEET).write_text(css, encoding="utf-8")
    for path in edition.glob("_images/*.png"):
        path.with_suffix(".webp").write_bytes(webp(path.read_bytes()))
        path.unlink()
    version = f"{zlib.crc32(css.encode()):08x}"
    for path, text in texts.items():
        sheet = relpath(SHEET, dirname(path.relative_to(edition).as_posix()) or ".")
        link = f'    <link rel="stylesheet" href="{sheet}?v={version}">\n'
        text = LINK.sub(lambda _, link=link: link, text, count=1)  # type: ignore[misc]
        first, rest = text.split(link, 1)
        path.write_text(FIGURE.sub(r"\1.webp", first + link + LINK.sub("", rest)), "utf-8")
