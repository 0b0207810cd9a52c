"""Every Greek letter in a chapter's formulas stands in the table of notation."""

import re

import pytest

from tests.book.myst import Page, parse
from tests.book.test_parity import NOTEBOOKS, complain
from tools.chapters import BOOK, words
from tools.outputs import EDITIONS, read

COMMAND = re.compile(r"\\([A-Za-z]+)")
LETTERS = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi
    rho varrho sigma tau upsilon phi varphi chi psi omega
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = set(LETTERS.split())


def greek(page: Page) -> set[str]:
    formulas = " ".join([*page.equations, *page.inline_equations])
    return GREEK & set(COMMAND.findall(formulas))


def in_the_table(edition: str) -> set[str]:
    lines = (BOOK / edition / "notation.md").read_text(encoding="utf-8").splitlines()
    symbols = [line.split("|")[1] for line in lines if line.startswith("| $")]
    return GREEK & set(COMMAND.findall(" ".join(symbols)))


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_greek_letters_are_in_the_table(name: str, edition: str) -> None:
    used: set[str] = set()
    for cell in read(BOOK / edition / name).cells:
        texts = [cell.source] if cell.cell_type == "markdown" else []
        for text in (*texts, *(text for _, text in words(cell))):
            used |= greek(parse(text))
    missing = sorted(used - in_the_table(edition))
    complain(f"{edition}/{name}", [f"notation.md has no \\{letter}" for letter in missing])


def test_the_table_has_what_the_chapters_share() -> None:
    for edition in EDITIONS:
        assert {"theta", "eta", "lambda", "kappa", "beta", "sigma"} <= in_the_table(edition)


def test_letters_are_read_from_formulas_alone() -> None:
    page = parse("Take $\\alpha_i^2$ and\n\n$$\n\\Delta\\theta = 0\n$$\n\nbut not `\\zeta`.")
    assert greek(page) == {"alpha", "Delta", "theta"}
