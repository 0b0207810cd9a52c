"""Every claim in the chapters names a cell that asserts or prints it."""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.claims import Claim, assertions, claims, faults
from tools.gate.comparison import NUMBER
from tools.outputs import read

STRING = re.compile(r"""(["']).*?\1""")
ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "book/en").glob("*.ipynb"))


@pytest.mark.parametrize("edition", ["en", "zh"])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_a_chapter_claims_is_shown(chapter: str, edition: str) -> None:
    notebook = read(ROOT / "book" / edition / f"{chapter}.ipynb")
    mine = list(claims(notebook))
    assert len(mine) >= 10
    found = [f"{fault} ({one.sentence!r})" for one in mine for fault in faults(one, notebook)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_editions_claim_the_same(chapter: str) -> None:
    en, zh = (
        sorted(
            (one.cell, one.how, without_words(one), one.this_draw)
            for one in claims(read(ROOT / "book" / edition / f"{chapter}.ipynb"))
        )
        for edition in ("en", "zh")
    )
    assert en == zh


def without_words(claim: Claim) -> str:
    """Return the evidence without words: of what is printed its numbers."""
    if claim.how == "prints":
        return " ".join(NUMBER.findall(claim.evidence))
    return STRING.sub('""', claim.evidence)


# What follows shows that the tests above can fail.

NOTE = "<!-- shown: code asserts x > 0 -->"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (NOTE, []),
        (NOTE.replace("x > 0", "x > 1"), ["cell code asserts no 'x > 1'"]),
        (NOTE.replace("asserts", "prints"), ["cell code prints no 'x > 0'"]),
        ("<!-- shown: code prints 4 steps -->", []),
        ("<!-- shown: code asserts x = 1 -->", ["cell code asserts no 'x = 1'"]),
        ("<!-- shown: code, this draw, asserts y > 0 -->", []),
        (
            "<!-- shown: code asserts y > 0 -->",
            ["cell code: 'y > 0' is marked '# this draw', its sentence is not"],
        ),
        (
            "<!-- shown: code, this draw, asserts x > 0 -->",
            ["cell code: 'x > 0' is not marked '# this draw', its sentence is"],
        ),
        ("<!-- shown: other asserts x > 0 -->", ["no code cell other"]),
        ("<!-- shown: text asserts x > 0 -->", ["no code cell text"]),
    ],
)
def test_each_fault_is_named(note: str, said: list[str]) -> None:
    code = "x = 1\nassert (\n    x > 0\n)\nassert y > 0  # this draw"
    cell = new_code_cell(code, id="code", outputs=[new_output("stream", text="4  steps")])
    text = new_markdown_cell(
        f"(sec-growth)=\n## Growth\nA word. It always\ngrows.{note}", id="text"
    )
    notebook = new_notebook(cells=[text, cell])
    (claim,) = claims(notebook)
    assert (claim.section, claim.sentence) == ("sec-growth", "It always grows.")
    assert list(faults(claim, notebook)) == said


def test_a_caption_claims_too() -> None:
    metadata = {"mystnb": {"figure": {"caption": f"A curve. It never falls.{NOTE}"}}}
    figure = new_code_cell("draw()", metadata=metadata)
    found = list(claims(new_notebook(cells=[new_markdown_cell("(sec-a)=\n# A"), figure])))
    assert found == [Claim("sec-a", "It never falls.", "code", "asserts", "x > 0", False)]


def test_a_note_that_cannot_be_read_is_refused() -> None:
    text = new_markdown_cell("It grows.<!-- shown by code: x -->")
    with pytest.raises(ValueError, match="a note can't be read"):
        list(claims(new_notebook(cells=[text])))


def test_assertions_of_torch_are_assertions() -> None:
    source = "torch.testing.assert_close(a, b)  # 只对这次抽样\nassert a\nprint(a)"
    assert sorted((one.code, one.this_draw) for one in assertions(source)) == [
        ("assert a", False),
        ("torch.testing.assert_close(a, b)", True),
    ]
