"""Chapters link by Markdown, which every reader of a notebook shows, and not by words of Sphinx."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pybtex.database
import pytest
from pybtex.richtext import Text

from tests.book.test_parity import NOTEBOOKS, complain
from tools.chapters import BOOK, figure, words
from tools.outputs import EDITIONS, read

ROLE = re.compile(r"\{(?:term|doc|ref|numref|cite(?::\w+)?)\}`[^`]*`")
GATE = re.compile(r"\{solution-(?:start|end)\}")
WORK = re.compile(r"\[([^\[\]]*)\]\(references\.md#([\w-]+)\)")
PLACE = re.compile(r"\]\((?:([\w-]+)\.ipynb)?#([\w-]+)\)")
REF = re.compile(r"\{ref\}`(?:[^`<]*<)?([\w-]+)>?`")
LABEL = re.compile(r"^(?:\(|:label: |:name: )([\w-]+)", re.MULTILINE)
WORKS = pybtex.database.parse_file(str(BOOK / "references.bib"), bib_format="bibtex").entries


def texts(edition: str, name: str) -> Iterator[tuple[str, str]]:
    for cell in read(BOOK / edition / name).cells:
        yield from ((cell.id, text) for _, text in words(cell))


def called(key: str, edition: str) -> set[str]:
    """Return by what names a work may be cited: in the sentence, or in parentheses."""
    work = WORKS[key]
    people = work.persons.get("author") or work.persons["editor"]
    names = [
        str(Text.from_latex(" ".join([*one.prelast_names, *one.last_names]))) for one in people
    ]
    more, both = (" et al.", " and ") if edition == "en" else (" 等", " 和 ")
    who = names[0] + more if len(names) > 2 else both.join(names)
    year = work.fields["year"]
    return {f"{who} ({year})", f"{who}, {year}"} if edition == "en" else {
        f"{who}（{year}）", f"{who}，{year}"
    }  # fmt: skip


def faults(edition: str, cell: str, text: str) -> Iterator[str]:
    for role in ROLE.findall(text):
        yield f"{cell}: {role} is read on the pages alone: link by Markdown, see CONTRIBUTING.md"
    if GATE.search(text):
        yield f"{cell}: a solution is one {{solution}} with its words inside, its cells follow it"
    for said, key in WORK.findall(text):
        if key not in WORKS:
            yield f"{cell}: the bibliography has no {key}"
        elif said not in called(key, edition):
            yield f"{cell}: {said!r} is called {sorted(called(key, edition))}"


@cache
def places(edition: str, page: str) -> set[str]:
    """Return what can be linked to on a page: its sections, figures and exercises."""
    if page.endswith(".md"):
        return set(LABEL.findall((BOOK / edition / page).read_text(encoding="utf-8")))
    cells = read(BOOK / edition / page).cells
    labels = {label for cell in cells for label in LABEL.findall(cell.source)}
    return labels | {name for cell in cells if (name := figure(cell).name)}


def dead_links(edition: str, page: str, text: str) -> Iterator[str]:
    """Yield each place that a text links to and that is not there."""
    for chapter, place in PLACE.findall(text):
        there = f"{chapter}.ipynb" if chapter else page
        if place not in places(edition, there):
            yield f"{there} has no place {place}"
    for place in REF.findall(text):
        if not any(place in places(edition, name) for name in NOTEBOOKS):
            yield f"no chapter has a section {place}"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_links_are_markdown_and_say_whom_they_name(name: str, edition: str) -> None:
    cells = list(texts(edition, name))
    found = [fault for cell, text in cells for fault in faults(edition, cell, text)]
    own = set(re.findall(r"\((eq-[\w-]+)\)", "\n".join(text for _, text in cells)))
    asked = {label for _, text in cells for label in re.findall(r"\{eq\}`([^`]+)`", text)}
    found += [f"{label} is another chapter's: link its section" for label in sorted(asked - own)]
    found += [
        f"{cell}: {fault}" for cell, text in cells for fault in dead_links(edition, name, text)
    ]
    complain(f"{edition}/{name}", found)


@pytest.mark.parametrize(
    "page",
    [page for edition in EDITIONS for page in sorted((BOOK / edition).glob("*.md"))],
    ids=lambda one: one.name,
)
def test_the_other_pages_lead_somewhere(page: Path) -> None:
    found = list(dead_links(page.parent.name, page.name, page.read_text(encoding="utf-8")))
    complain(f"{page.parent.name}/{page.name}", found)


def test_every_work_is_cited() -> None:
    pages: list[Path] = sorted((BOOK / "en").glob("*.ipynb"))
    cited = {key for page in pages for _, text in texts("en", page.name)
             for _, key in WORK.findall(text)}  # fmt: skip
    assert set(WORKS) == cited


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{term}`momentum`", "on the pages alone"),
        ("{cite:t}`kingma2015adam`", "on the pages alone"),
        ("```{solution-start} one\n```", "one {solution}"),
        ("[Kingma (2015)](references.md#kingma2015adam)", "Kingma and Ba (2015)"),
        ("[Nobody (1900)](references.md#nobody)", "has no nobody"),
        ("[there](adam.ipynb#sec-nowhere)", "adam.ipynb has no place sec-nowhere"),
        ("[here](#sec-nowhere)", "momentum.ipynb has no place sec-nowhere"),
        ("{ref}`sec-nowhere`", "no chapter has a section sec-nowhere"),
        ("{ref}`there <sec-nowhere>`", "no chapter has a section sec-nowhere"),
    ],
)
def test_each_fault_is_named(text: str, said: str) -> None:
    found = [*faults("en", "cell", text), *dead_links("en", "momentum.ipynb", text)]
    assert said in "\n".join(found)
