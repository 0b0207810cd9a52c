r"""A chapter as any reader of notebooks shows it: Markdown that knows neither Sphinx nor MyST.

A notebook that is downloaded is opened in Colab, VS Code, a JupyterLab without extensions, or given
to nbconvert. There a directive is a block of code and a role is braces. So in the download boxes
become quotes, what opens becomes ``<details>``, equations get numbers (counted in the notebook),
and links into the course lead to its pages or, where these have no address, are words.
"""

import re
from collections.abc import Callable
from typing import Any

WORDS = {"en": ("Exercise", "Solution"), "zh": ("练习", "解答")}

BOX = re.compile(
    r"^(`{3,})\{(?P<kind>[\w-]+)\} *(?P<title>[^\n]*)\n(?P<options>(?:[ \t]*:[\w-]+:[^\n]*\n)*)"
    r"(?P<body>.*?)^\1[ \t]*$\n?",
    re.MULTILINE | re.DOTALL,
)
LABEL = re.compile(r"^\(([\w-]+)\)=\n", re.MULTILINE)
NUMBERED = re.compile(r"\$\$(?P<tex>[^$]+?)\s*\$\$ *\((?P<label>[\w-]+)\)")
ROLE = re.compile(r"\{(?P<name>[\w:]+)\}`(?P<text>[^`<]*?) *(?:<(?P<target>[^`>]*)>)?`")
LINK = re.compile(r"\[(?P<text>[^\[\]]*)\]\((?P<page>[\w-]+)\.(?:ipynb|md)(?P<place>#[\w-]+)?\)")


def plain(cells: list[dict[str, Any]], edition: str, pages: str) -> None:
    """Rewrite the Markdown cells of a chapter.

    Parameters
    ----------
    cells : list of dict
        The notebook's cells, as stored; changed in place.
    edition : str
        "en" or "zh".
    pages : str
        The address of the edition's pages, without a slash at its end; "" if they have none.
    """
    numbers: dict[str, int] = {}
    prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
    texts = ["".join(cell["source"]) for cell in prose]
    for text in texts:
        for equation in NUMBERED.finditer(text):
            numbers.setdefault(equation["label"], len(numbers) + 1)
    for cell, text in zip(prose, texts, strict=True):
        cell["source"] = _plain(text, numbers, edition, pages).splitlines(keepends=True)


def _plain(text: str, numbers: dict[str, int], edition: str, pages: str) -> str:
    text = BOX.sub(_box(edition), text)
    text = LABEL.sub(r'<a id="\1"></a>\n\n', text)
    text = NUMBERED.sub(
        lambda found: f"$${found['tex']} \\tag{{{numbers[found['label']]}}}$$", text
    )
    text = ROLE.sub(lambda found: _role(found, numbers), text)
    return LINK.sub(lambda found: _link(found, pages), text).rstrip("\n")


def _box(edition: str) -> Callable[["re.Match[str]"], str]:
    exercise, solution = WORDS[edition]

    def box(found: "re.Match[str]") -> str:
        kind, title, body = found["kind"], found["title"].strip(), found["body"].strip("\n")
        if kind == "exercise-end":
            return ""
        if kind == "exercise-start":
            return f"**{exercise}** · **{title}**\n\n"
        if kind == "solution":
            title = solution
        if "dropdown" in found["options"]:
            return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>\n"
        quoted = "\n".join(f"> {line}".rstrip() for line in f"**{title}**\n\n{body}".split("\n"))
        return f"{quoted}\n"

    return box


def _role(found: "re.Match[str]", numbers: dict[str, int]) -> str:
    if found["name"] == "eq":
        return f"({numbers.get(found['text'], '?')})"
    return str(found["text"])


def _link(found: "re.Match[str]", pages: str) -> str:
    if not pages:
        return str(found["text"])
    # the anchors of terms and works are others on the pages
    inside = found["page"] not in ("glossary", "references")
    place = found["place"] or "" if inside else ""
    return f"[{found['text']}]({pages}/{found['page']}.html{place})"
