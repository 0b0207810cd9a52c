"""The rules of Chinese typesetting that the Chinese edition keeps."""

import re
from collections.abc import Iterator

from tests.book.myst import Page, Piece

CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAS_CJK = re.compile(f"[{CJK}]")
RULES = (
    ("a space belongs between Chinese and Latin letters, digits, code or formulas",
     re.compile(rf"[{CJK}][A-Za-z0-9\ue000\ue001]|[A-Za-z0-9\ue000\ue001][{CJK}]")),
    ("Chinese takes full-width punctuation",
     re.compile(rf"[{CJK}] ?[,;:?!](?=\s|$|[{CJK}])|\ue001[,;:?!] ?[{CJK}]"
                rf"|[{CJK}]\.(?=\s|$|[{CJK}])"
                rf"|[{CJK}] ?\(|\)[{CJK}]|\([{CJK}]|[{CJK}]\)")),
    ("no space belongs beside full-width punctuation",
     re.compile("[，。；：？！、（）「」] +| +[，。；：？！、）」]")),
    ("a line break between Chinese characters shows as a space",
     # The glossary's other names stand on lines of their own, which the build sets apart.
     re.compile(rf"[{CJK}，。；：？！、（）「」“”]\n(?!又称：|相关：)[{CJK}，。；：？！、（）「」“”]")),
    ("the term is not the field's: Adam is a name, weight decay is 权重衰减",
     re.compile("亚当|重量衰减|体重衰减")),
)  # fmt: skip


def faults(page: Page) -> Iterator[str]:
    """Yield what a reader of Chinese would stumble over, with the words around it."""
    for run in page.prose:
        text = "".join(map(_plain, run))
        for rule, pattern in RULES:
            for match in pattern.finditer(text):
                around = text[max(0, match.start() - 8) : match.end() + 8]
                yield f"{rule}: {around.replace(CODE, '`…`').replace(MATH, '$…$')!r}"


CODE, MATH, MARK = "\ue000", "\ue001", "\ue002"


def _plain(piece: Piece) -> str:
    return {"code": CODE, "math": MATH, "mark": MARK}.get(piece.kind, piece.content)
