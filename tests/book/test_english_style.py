"""English has one spelling: -ize, as torch's names have it, beside colour and centre."""

import re
from collections.abc import Iterator

from tools.chapters import BOOK, chapter, names, words

WITH_S = re.compile(r"\b[A-Z]?[a-z]+is(?:e[ds]?|ers?|ing|ations?)\b")
NOTE = re.compile(r"<!--.*?-->", re.DOTALL)  # which quotes code
NEVER_Z = re.compile(
    r"(?:un)?(?:adv|adverti?|ar|comprom|compr|dev|disgu|exerc|improv|no|otherw|pra|prec|prem|prom"
    r"|ra|r|Ambro|rev|superv|surpr|w|\w+w)is",
    re.IGNORECASE,
)
ALSO = re.compile(r"^  (?:Also called|Related):.*$", re.MULTILINE)  # the glossary's, for the search


def texts() -> Iterator[tuple[str, str]]:
    for name in names():
        for cell in chapter(name, "en").cells:
            yield from ((name, text) for _, text in words(cell))
    for page in sorted((BOOK / "en").glob("*.md")):
        yield page.stem, ALSO.sub("", page.read_text(encoding="utf-8"))


def test_what_can_be_spelled_with_a_z_is() -> None:
    spelled = {
        (page, word)
        for page, text in texts()
        for word in WITH_S.findall(NOTE.sub("", text))
        if not NEVER_Z.match(word)
    }
    assert not spelled
