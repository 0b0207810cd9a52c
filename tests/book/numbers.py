"""The numbers that a text gives, in digits and in words, English or Chinese."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from nbformat import NotebookNode

from tests.book.myst import parse
from tools.chapters import called, words

DIGITS = re.compile(
    r"(?<![\w.^_{/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:st|nd|rd|th)?"
    r"(?![\w^/]|[.,]\d)(?: ?(?P<unit>[万亿]))?",
    re.ASCII,
)
ANYWHERE = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
HAN = "零一二三四五六七八九"
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
IN_HAN = re.compile(rf"[{HAN}两{''.join(UNITS)}]+")
ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
IN_ENGLISH = {word: value for value, word in enumerate(ONES)}
IN_ENGLISH |= {word: 10 * value for value, word in enumerate(TENS, 2)}
IN_ENGLISH |= {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12, "half": 2}
IN_ENGLISH |= {"once": 1, "first": 1, "twice": 2, "second": 2, "double": 2, "doubles": 2}
IN_ENGLISH |= {"doubled": 2, "halves": 2, "halved": 2, "third": 3, "thirds": 3, "fourth": 4}
IN_ENGLISH |= {"quarter": 4, "fifth": 5, "tenth": 10, "hundredth": 100, "thousandth": 1000}


def in_digits(text: str) -> set[Fraction]:
    """Return the numbers that stand in digits in the prose of some Markdown."""
    found: set[Fraction] = set()
    for run in parse(text).prose:
        line = "".join(piece.content if piece.kind in ("text", "break") else "\0" for piece in run)
        for match in DIGITS.finditer(line):
            digits = re.sub(r"[^\d.]", "", match.group())
            found.add(Fraction(digits) * UNITS.get(match["unit"], 1))
    return found


def in_words(text: str) -> set[Fraction]:
    """Return the values that words of a text may stand for."""
    lower = text.lower()
    found = {
        Fraction(IN_ENGLISH[word])
        for word in re.findall(r"[a-z]+", lower)
        for word in (word, word.removesuffix("s"))
        if word in IN_ENGLISH
    }
    for tens, ones in re.findall(rf"({'|'.join(TENS)})-({'|'.join(ONES[1:10])})", lower):
        found.add(Fraction(IN_ENGLISH[tens] + IN_ENGLISH[ones]))
    for ones, unit in re.findall(rf"({'|'.join(IN_ENGLISH)})[ -](hundred|thousand|million)", lower):
        found.add(Fraction(IN_ENGLISH[ones] * IN_ENGLISH[unit]))
    found |= {Fraction(value) for run in IN_HAN.findall(text) for value in _han(run)}
    if "半" in text or "对半" in text:
        found.add(Fraction(2))
    return found


def _han(run: str) -> Iterator[int]:
    """Yield what a run of Chinese numerals may mean: as one number, and each character alone."""
    run = run.replace("两", "二")
    total = section = number = 0
    for sign in run:
        if sign in HAN:
            number = HAN.index(sign)
            yield number
        else:
            unit = UNITS[sign]
            yield unit
            if unit >= 10_000:
                total += (section + number or 1) * unit
                section = 0
            else:
                section += (number or 1) * unit
            number = 0
    yield total + section + number


def numbers_disagree(en: Sequence[NotebookNode], zh: Sequence[NotebookNode]) -> Iterator[str]:
    """Yield the numbers that one edition's cell, caption or alt text has and the other's has not.

    Cells correspond one to one. What one edition says in digits the other may say in words.
    """
    for number, (here, there) in enumerate(zip(en, zh, strict=True), 1):
        sides = dict(words(here)), dict(words(there))
        for kind in sorted(sides[0].keys() & sides[1].keys()):
            texts = [side[kind] for side in sides]
            found = [in_digits(text) for text in texts]
            for own, other, edition, twin in ((0, 1, "en", "zh"), (1, 0, "zh", "en")):
                said = in_words(texts[other]) | set(map(Fraction, ANYWHERE.findall(texts[other])))
                for value in sorted(found[own] - found[other]):
                    if value not in said:
                        yield (
                            f"{float(value):g} stands in {edition}, not in {twin}: "
                            f"{kind} of {called(here, number)}"
                        )
