"""The glossary's pairs of terms are complete, and chapters link them by their English names.

That both editions link the same terms in each cell, ``test_parity`` says of all links.
"""

import re

import pytest

from tests.book.test_parity import NOTEBOOKS, complain
from tools.chapters import BOOK
from tools.outputs import EDITIONS, read

ENTRY = re.compile(r"^(\S.*)\n  (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(glossary\.md#([\w-]+)\)")
SEE = re.compile(r"\{(?:ref|doc)\}`")


def entries(edition: str) -> list[tuple[str, str]]:
    text = (BOOK / edition / "glossary.md").read_text(encoding="utf-8")
    return ENTRY.findall(text.partition("```{glossary}")[2])


def anchor(term: str) -> str:
    """Return the place that chapters link a term by."""
    return re.sub(r"\W+", "-", term.casefold()).strip("-")


EN, ZH = (entries(edition) for edition in EDITIONS)
ANCHORS = {anchor(en) for en, _ in EN}


def test_each_entry_names_its_twin() -> None:
    assert len(EN) > 80
    assert len(ANCHORS) == len(EN), "an English term stands twice"
    assert len({zh for zh, _ in ZH}) == len(ZH), "a Chinese term stands twice"
    for (en, english), (zh, chinese) in zip(EN, ZH, strict=True):
        if en != zh:
            assert english.startswith(f"{zh}. "), f"{en}: does not begin with {zh}"
            assert chinese.startswith(f"{en}。"), f"{zh}: does not begin with {en}"


def test_each_term_leads_to_where_it_is_explained() -> None:
    """A chapter links it, and is named below it, or its line of meaning says where to look."""
    linked = {
        term
        for name in NOTEBOOKS
        for cell in read(BOOK / "en" / name).cells
        for term in LINK.findall(cell.source)
    }
    alone = [
        en
        for (en, english), (_, chinese) in zip(EN, ZH, strict=True)
        if anchor(en) not in linked and not (SEE.search(english) and SEE.search(chinese))
    ]
    complain("glossary.md", alone)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_chapter_links_its_terms(name: str) -> None:
    cells = read(BOOK / "en" / name).cells
    linked = {term for cell in cells for term in LINK.findall(cell.source)}
    complain(name, [f"the glossary has no {term}" for term in sorted(linked - ANCHORS)])
    assert len(linked) >= 3, f"{name} links {sorted(linked)}: first uses should be linked"
