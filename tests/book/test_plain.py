"""A downloaded chapter is plain Markdown, and nbconvert makes files of it that can be used."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from book import editions
from book.plain import plain
from tests.book.test_parity import NOTEBOOKS
from tools.chapters import BOOK
from tools.outputs import EDITIONS

MARKUP = re.compile(r"^`{3,}\{|^:{3,}|^\([\w-]+\)=|\{[\w:]+\}`|\$\$ *\([\w-]+\)", re.MULTILINE)


def rewritten(*texts: str, edition: str = "en", pages: str = "") -> list[str]:
    cells = [{"cell_type": "markdown", "source": text.splitlines(keepends=True)} for text in texts]
    plain(cells, edition, pages)
    return ["".join(cell["source"]) for cell in cells]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```{admonition} Guess\n:class: tip\nHow far?\n\nWhy?\n```\n",
         "> **Guess**\n>\n> How far?\n>\n> Why?"),
        ("```{admonition} Answer\n:class: dropdown\nAs $\\eta$.\n```\n",
         "<details><summary>Answer</summary>\n\nAs $\\eta$.\n\n</details>"),
        ("```{exercise-start} Two\n:label: ex-two\n```\nDo it.\n```{exercise-end}\n```",
         "**Exercise** · **Two**\n\nDo it."),
        ("```{solution} ex-two\n:class: dropdown\nDone.\n```",
         "<details><summary>Solution</summary>\n\nDone.\n\n</details>"),
        ("(sec-one)=\n## One", '<a id="sec-one"></a>\n\n## One'),
        ("See {eq}`eq-one`.\n\n$$ x = 1 $$ (eq-one)", "See (1).\n\n$$ x = 1 \\tag{1}$$"),
        ("{download}`a.py <../a.py>`, [here](#sec-one)", "a.py, [here](#sec-one)"),
        ("a [rate](glossary.md#learning-rate)", "a rate"),
        ("```python\nx = {}\n```", "```python\nx = {}\n```"),
    ],
)  # fmt: skip
def test_what_only_sphinx_reads_is_rewritten(text: str, shown: str) -> None:
    assert rewritten(text) == [shown]


def test_links_lead_to_the_pages_once_they_have_an_address() -> None:
    (shown,) = rewritten(
        "a [rate](glossary.md#learning-rate), [there](mini-batch.ipynb#sec-mb-floor)",
        pages="https://example.org/en",
    )
    assert shown == (
        "a [rate](https://example.org/en/glossary.html), "
        "[there](https://example.org/en/mini-batch.html#sec-mb-floor)"
    )


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_is_left_in_any_chapter(name: str, edition: str) -> None:
    cells = json.loads((BOOK / edition / name).read_text(encoding="utf-8"))["cells"]
    plain(cells, edition, "")
    for cell in cells:
        if cell["cell_type"] == "markdown":
            assert not MARKUP.search("".join(cell["source"])), "".join(cell["source"])


def test_nbconvert_makes_a_script_and_markdown_that_can_be_used(tmp_path: Path) -> None:
    notebook = tmp_path / "momentum.ipynb"
    stored = json.loads((BOOK / "en" / "momentum.ipynb").read_text(encoding="utf-8"))
    notebook.write_text(json.dumps(stored), encoding="utf-8")
    editions.make_alone(notebook, "en", "coursekit-0.1.0-py3-none-any.whl", "")
    for kind in ("script", "markdown"):
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", kind, str(notebook)]
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path)}
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env=environment)
    tree = ast.parse((tmp_path / "momentum.py").read_text(encoding="utf-8"))
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    written = sum(len(ast.parse("".join(cell["source"])).body) for cell in code)
    assert len(tree.body) == written
    text = (tmp_path / "momentum.md").read_text(encoding="utf-8")
    assert not MARKUP.search(text)
    for figure in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text):
        assert (tmp_path / figure).stat().st_size > 1000
    assert "![" in text
