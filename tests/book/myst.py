"""What a page or a Markdown cell is made of, as the book's own parser sees it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

ROOT = Path(__file__).resolve().parents[2]
DIRECTIVE = re.compile(r"\{(?P<name>[\w:-]+)\}\s*(?P<argument>.*)")
OPTION = re.compile(r":(?P<name>[\w-]+):\s*(?P<value>.*)")
TARGET = re.compile(r"(?:(?P<text>.*?)\s*<(?P<target>[^<>]+)>|(?P<bare>.*))", re.DOTALL)
WORKS = "references.md#"
VERBATIM = {"bibliography", "code", "code-block", "code-cell", "eval-rst", "math", "raw", "toctree"}
UNTITLED = VERBATIM | {"figure", "image", "solution", "exercise-start", "list-table"}


@dataclass(frozen=True)
class Piece:
    """A stretch of one kind inside a paragraph, a heading, a table's cell or a title.

    The kinds are "text", "code", "math", "break", and "mark" for what a role puts in its place (a
    citation, an equation's number).
    """

    kind: str
    content: str


@dataclass
class Page:
    """The parts of a text that both editions must share, and its prose, which they do not.

    What stands in the order of the page is listed in that order. Inline formulas, citations and
    references are sorted: a sentence in another language takes them in another order.
    """

    headings: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    directives: list[str] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)
    inline_equations: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    prose: list[list[Piece]] = field(default_factory=list)

    SHARED = (
        "headings", "labels", "directives", "equations",
        "inline_equations", "citations", "references",
    )  # fmt: skip


def parse(text: str) -> Page:
    """Return what the text is made of."""
    page = Page()
    _read(text, page)
    for unordered in (page.inline_equations, page.citations, page.references):
        unordered.sort()
    return page


@cache
def _parser() -> MarkdownIt:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    extensions = set(config["parse"]["myst_enable_extensions"])
    return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)


def _read(text: str, page: Page) -> None:
    for token in _parser().parse(text):
        page.labels.extend(str(token.attrs[key]) for key in ("id",) if key in token.attrs)
        match token.type:
            case "heading_open":
                page.headings.append(int(token.tag[1:]))
            case "myst_target":
                page.labels.append(token.content)
            case "math_block" | "amsmath":
                page.equations.append(formula(token.content))
            case "math_block_label":
                page.equations.append(formula(token.content))
                page.labels.append(token.info)
            case "inline":
                page.prose.append(list(_pieces(token.children or [], page)))
            case "fence" | "colon_fence":
                _read_fence(token, page)


def _read_fence(token: Token, page: Page) -> None:
    directive = DIRECTIVE.fullmatch(token.info.strip())
    if not directive:
        return
    name, argument = directive["name"], directive["argument"]
    page.directives.append(name)
    lines = token.content.splitlines()
    while lines and (option := OPTION.fullmatch(lines[0].strip())):
        lines.pop(0)
        if option["name"] in ("label", "name"):
            page.labels.append(option["value"])
        elif option["name"] in ("alt", "caption"):
            _read(option["value"], page)
    if argument and name not in UNTITLED:
        _read(argument, page)
    elif name == "solution":
        page.references.append(argument)
    body = "\n".join(lines)
    if name == "math":
        page.equations.append(formula(body))
    elif name not in VERBATIM:
        _read(body, page)


def formula(source: str) -> str:
    """Return TeX without what a translation may change: spaces, and the words inside it."""
    return re.sub(r"\s+", " ", re.sub(r"\\text\{[^{}]*\}", r"\\text{}", source)).strip()


def _pieces(tokens: list[Token], page: Page) -> Iterator[Piece]:
    cited = False
    for token in tokens:
        page.labels.extend(str(token.attrs[key]) for key in ("id",) if key in token.attrs)
        match token.type:
            case "text":
                # the year of a work is no number of the text's
                said = re.sub(r"\d", "", token.content) if cited else token.content
                yield Piece("text", said)
            case "softbreak" | "hardbreak":
                yield Piece("break", "\n")
            case "code_inline":
                yield Piece("code", token.content)
            case "math_inline" | "math_inline_double":
                page.inline_equations.append(formula(token.content))
                yield Piece("math", token.content)
            case "image":
                yield from _pieces(token.children or [], page)
            case "link_open":
                target = str(token.attrs.get("href", ""))
                cited = target.startswith(WORKS)
                if cited:
                    page.citations.append(target.removeprefix(WORKS))
                elif not target.startswith(("http:", "https:", "mailto:")):
                    page.references.append(f"link {target}")
            case "link_close":
                cited = False
            case "myst_role":
                yield _role(token, page)


def _role(token: Token, page: Page) -> Piece:
    name = str(token.meta["name"])
    if name == "math":
        page.inline_equations.append(formula(token.content))
        return Piece("math", token.content)
    if name.startswith("cite"):
        page.citations.extend(key.strip() for key in token.content.split(","))
        return Piece("mark", "")
    match = TARGET.fullmatch(token.content)
    assert match is not None
    target = match["target"] or match["bare"]
    # a glossary's terms are words of its language
    page.references.append(name if name == "term" else f"{name} {target}")
    if match["text"]:
        return Piece("text", match["text"])
    return Piece("text", target) if name == "term" else Piece("mark", "")
