"""The glossary's pairs of terms are complete, and both editions link the same ones in each cell."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.book.test_parity import NOTEBOOKS, PAGES, complain
from tools.chapters import BOOK
from tools.outputs import EDITIONS, read

ENTRY = re.compile(r"^(\S.*)\n  (.+)$", re.MULTILINE)
LINK = re.compile(r"\{term\}`(?:[^`<]*<)?([^`<>]+?)>?`")


def entries(edition: str) -> list[tuple[str, str]]:
    text = (BOOK / edition / "glossary.md").read_text(encoding="utf-8")
    return ENTRY.findall(text.partition("```{glossary}")[2])


EN, ZH = (entries(edition) for edition in EDITIONS)
CHINESE = {en.casefold(): zh for (en, _), (zh, _) in zip(EN, ZH, strict=True)}


def test_each_entry_names_its_twin() -> None:
    assert len(EN) > 80
    assert len(CHINESE) == len(EN), "an English term stands twice"
    assert len(set(CHINESE.values())) == len(ZH), "a Chinese term stands twice"
    for (en, english), (zh, chinese) in zip(EN, ZH, strict=True):
        if en != zh:
            assert english.startswith(f"{zh}. "), f"{en}: does not begin with {zh}"
            assert chinese.startswith(f"{en}。"), f"{zh}: does not begin with {en}"


def texts(edition: str, name: str) -> Iterator[tuple[str, str]]:
    path = BOOK / edition / name
    if path.suffix == ".md":
        yield name, path.read_text(encoding="utf-8")
    else:
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                yield cell.id, cell.source


def terms_disagree(name: str, en: str, zh: str) -> Iterator[str]:
    here = [term.casefold() for term in LINK.findall(en)]
    if unknown := [term for term in here if term not in CHINESE]:
        yield f"{name}: the glossary has no {unknown}"
        return
    wanted, found = Counter(CHINESE[term] for term in here), Counter(LINK.findall(zh))
    if wanted != found:
        missing, extra = sorted((wanted - found).elements()), sorted((found - wanted).elements())
        yield f"{name}: the Chinese edition lacks {missing} and has {extra} instead"


@pytest.mark.parametrize("name", [*NOTEBOOKS, *PAGES])
def test_each_term_is_rendered_by_its_own(name: str) -> None:
    sides = zip(texts("en", name), texts("zh", name), strict=True)
    found = (fault for (cell, en), (_, zh) in sides for fault in terms_disagree(cell, en, zh))
    complain(name, list(found))


def test_another_rendering_is_seen() -> None:
    assert not list(terms_disagree("x", "{term}`Momentum <momentum>`", "{term}`动量`"))
    assert list(terms_disagree("x", "{term}`momentum`", "{term}`学习率`"))
    assert list(terms_disagree("x", "{term}`impetus`", "{term}`动量`"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_chapter_links_its_terms(name: str) -> None:
    linked = [term for _, text in texts("en", name) for term in LINK.findall(text)]
    assert len(set(linked)) >= 3, f"{name} links {sorted(set(linked))}: first uses should be linked"
