"""The English and the Chinese edition say the same, each in its language."""

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from tests.book.myst import parse
from tests.book.numbers import numbers_disagree
from tests.book.parity import has_figure, notebooks_disagree, pages_disagree
from tests.book.typography import HAS_CJK, faults
from tools.chapters import BOOK, called, figure, words
from tools.figures import KEY
from tools.outputs import EDITIONS, read


def names(edition: str, suffix: str) -> set[str]:
    folder = BOOK / edition
    files = (file.relative_to(folder) for file in folder.rglob(f"*{suffix}"))
    return {str(file) for file in files if not any(part.startswith(".") for part in file.parts)}


NOTEBOOKS = sorted(names("en", ".ipynb") & names("zh", ".ipynb"))
PAGES = sorted(names("en", ".md") & names("zh", ".md"))


def complain(name: str, found: list[str]) -> None:
    if found:
        pytest.fail("\n".join([*found, f"in {name}"]), pytrace=False)


@pytest.mark.parametrize("suffix", [".ipynb", ".md"])
def test_both_editions_have_the_same_files(suffix: str) -> None:
    en, zh = names("en", suffix), names("zh", suffix)
    complain("book", [f"only in en: {name}" for name in sorted(en - zh)])
    complain("book", [f"only in zh: {name}" for name in sorted(zh - en)])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_agree(name: str) -> None:
    en, zh = (read(BOOK / edition / name) for edition in EDITIONS)
    complain(name, list(notebooks_disagree(en, zh)))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_numbers_agree_cell_by_cell(name: str) -> None:
    en, zh = (read(BOOK / edition / name) for edition in EDITIONS)
    complain(name, list(numbers_disagree(en.cells, zh.cells)))


@pytest.mark.parametrize("name", PAGES)
def test_pages_agree(name: str) -> None:
    en, zh = (parse((BOOK / edition / name).read_text(encoding="utf-8")) for edition in EDITIONS)
    complain(name, list(pages_disagree(en, zh)))


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_figures_are_described(name: str, edition: str) -> None:
    complain(f"{edition}/{name}", list(undescribed(read(BOOK / edition / name), edition)))


def undescribed(notebook: nbformat.NotebookNode, edition: str) -> list[str]:
    """Return what is missing of the words that go with the figures."""
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        if not has_figure(cell):
            continue
        said = figure(cell)
        for what, text in (
            ("alt text (mystnb.image.alt)", said.alt),
            ("caption (mystnb.figure.caption)", said.caption),
        ):
            if not text.strip():
                found.append(f"no {what} goes with the figure of {called(cell, number)}")
            elif bool(HAS_CJK.search(text)) != (edition == "zh"):
                found.append(f"{what} in the wrong language: {text!r}, {called(cell, number)}")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_chinese_pages_are_typeset_as_chinese(name: str) -> None:
    page = parse((BOOK / "zh" / name).read_text(encoding="utf-8"))
    complain(f"zh/{name}", list(faults(page)))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_chinese_chapters_are_typeset_as_chinese(name: str) -> None:
    found = []
    for number, cell in enumerate(read(BOOK / "zh" / name).cells, 1):
        found += [
            f"{fault}: {kind} of {called(cell, number)}"
            for kind, text in words(cell)
            for fault in faults(parse(text))
        ]
    complain(f"zh/{name}", found)


# What follows shows that the checks above can fail.


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("a condition number of 26", "条件数 26"),
        ("after 10,000 steps", "1 万步之后"),
        ("two of 3", "3 个里的 2 个"),
        ("twenty-five of them", "其中 25 个"),
        ("three hundred", "300"),
        ("the 90th percentile", "第 90 百分位"),
        ("short of eights", "缺了 8"),
        ("12 of them", "其中十二个"),
        ("1,234 runs", "一千二百三十四次"),
        ("$x = 5$ and 0.5", "0.5"),
        ("see `warmup 100`", "见“预热 100”"),
    ],
)
def test_numbers_may_be_said_in_words(en: str, zh: str) -> None:
    sides = ([new_markdown_cell(text, id="a")] for text in (en, zh))
    assert list(numbers_disagree(*sides)) == []


@pytest.mark.parametrize(
    ("en", "zh", "said"),
    [
        ("number 26", "条件数 25", ["26 stands in en, not in zh", "25 stands in zh, not in en"]),
        ("100 steps", "240 步", ["100 stands in en, not in zh", "240 stands in zh, not in en"]),
        ("0.5", "一半", ["0.5 stands in en, not in zh"]),
        ("ten", "12", ["12 stands in zh, not in en"]),
    ],
)
def test_other_numbers_are_named(en: str, zh: str, said: list[str]) -> None:
    for kind in ("prose", "caption", "alt text"):
        found = list(numbers_disagree(*([saying(kind, text)] for text in (en, zh))))
        assert found == [f"{one}: {kind} of cell 1 (id a)" for one in said]


def saying(kind: str, text: str) -> nbformat.NotebookNode:
    about = {"caption": {"figure": {"caption": text}}, "alt text": {"image": {"alt": text}}}
    cell: nbformat.NotebookNode = (
        new_markdown_cell(text, id="a")
        if kind == "prose"
        else new_code_cell("plot()", id="a", metadata={"mystnb": about[kind]})
    )
    return cell


def a_notebook(language: str) -> nbformat.NotebookNode:
    words = {"en": ("Loss", "a line"), "zh": ("损失", "一条线")}[language]
    drawn = {KEY: {"data": ["2 points, mean |x| 0.5, |y| 1.5"], "texts": [words[1]]}}
    picture = {"text/plain": "1.5", "image/png": a_picture(width=3)}
    figure = new_output("display_data", picture, metadata=drawn)
    verdict = new_output(
        "execute_result", {"text/html": f'<div lang="{language}">{words[0]}</div>'}
    )
    notebook: nbformat.NotebookNode = new_notebook(
        cells=[
            new_markdown_cell(
                f"(top)=\n# {words[0]} $\\eta$ {{cite:p}}`kingma2015`\n\n"
                "$$ m = \\beta m $$ (eq-m)\n\n"
                f"## {words[1]} {{eq}}`eq-m`\n\n:::{{tip}} {words[1]}\n{words[1]} $v$\n:::",
                id="text",
            ),
            new_code_cell(
                f'notebook.setup("{language}")  # {words[0]}\nx = "a"\nprint(f"{words[0]} {{x}}")',
                id="code",
                outputs=[new_output("stream", text=f"{words[0]} 0.5 7\n"), verdict],
            ),
            new_code_cell(
                "plot()",
                id="figure",
                outputs=[figure],
                metadata={"mystnb": {"image": {"alt": words[1]}, "figure": {"caption": words[0]}}},
            ),
        ]
    )
    return notebook


def in_source(cell: int, old: str, new: str) -> Callable[[Any], None]:
    def apply(notebook: Any) -> None:
        assert old in notebook.cells[cell].source
        notebook.cells[cell].source = notebook.cells[cell].source.replace(old, new)

    return apply


def a_picture(width: int) -> str:
    file = BytesIO()
    Image.new("L", (width, 2)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def printed(text: str) -> Callable[[Any], None]:
    def apply(notebook: Any) -> None:
        notebook.cells[1].outputs[0].text = text

    return apply


def other_size(notebook: Any) -> None:
    notebook.cells[2].outputs[0].data["image/png"] = a_picture(width=4)


def other_data(notebook: Any) -> None:
    notebook.cells[2].outputs[0].metadata[KEY]["data"] = ["2 points, mean |x| 0.5, |y| 1.6"]


def no_figure(notebook: Any) -> None:
    del notebook.cells[2].outputs[0]


def in_verdict(notebook: Any) -> None:
    notebook.cells[1].outputs[1].data["text/html"] = '<div lang="en">Loss</div>'


def drop_verdict(notebook: Any) -> None:
    del notebook.cells[1].outputs[1]


def drop_cell(notebook: Any) -> None:
    del notebook.cells[1]


def other_id(notebook: Any) -> None:
    notebook.cells[2].id = "picture"


def other_tags(notebook: Any) -> None:
    notebook.cells[1].metadata.tags = ["hide-input"]


def test_notebooks_that_differ_in_language_alone_agree() -> None:
    assert list(notebooks_disagree(a_notebook("en"), a_notebook("zh"))) == []
    wide = a_notebook("en")
    in_source(1, "{x}", "{x:9}")(wide)
    in_source(1, '"a"', '" a"')(wide)
    assert list(notebooks_disagree(wide, a_notebook("zh"))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (in_source(0, "\\beta m", "\\beta v"), ": cell 1 (id text)"),
        (in_source(0, "$\\eta$", "$\\theta$"), "inline equations differ"),
        (in_source(0, "$v$", "$m$"), "inline equations differ"),
        (in_source(0, "## ", "### "), "headings differ"),
        (in_source(0, "(top)=", "(head)="), "labels differ"),
        (in_source(0, "(eq-m)", "(eq-n)"), "labels differ"),
        (in_source(0, "kingma2015", "reddi2018"), "citations differ"),
        (in_source(0, "{eq}`eq-m`", "{ref}`top`"), "references differ"),
        (in_source(0, "{tip}", "{note}"), "directives differ"),
        (in_source(1, '"a"', '"b"'), "is not Chinese: 'a' in en, 'b' in zh: cell 2 (id code)"),
        (in_source(1, "x =", "y ="), "-x = ''"),
        (in_source(1, '"zh"', '"en"'), "the zh edition sets the language 'en'"),
        (in_source(1, "# 损失", "# gate: rtol=1"), "'# gate: rtol=1' gives no reason"),
        (in_source(1, "x =", "# gate: rtol=1 because 1\nx ="), "'# gate:' comments"),
        (in_source(1, '"a"', "3"), "-x = ''"),
        (in_source(1, "{x}", "{y}"), "+print(f'{y}')"),
        (in_source(1, "{x}", "{x:.2f}"), "+print(f'{x:.2f}')"),
        (in_source(1, "损失 {x}", "losses {x}"), "is not Chinese: 'Loss {}' in en, 'losses {}'"),
        (printed("损失 0.6 7\n"), "output 1 (en, then zh): line 1: 0.5 became 0.6"),
        (printed("7 个损失 0.5\n"), "line 1: 0.5 became 7"),
        (printed("losses 0.5 7\n"), "+losses 0.5 7"),
        (other_size, "the figure is of (3, 2) pixels in en, of (4, 2) in zh: cell 3 (id figure)"),
        (other_data, "the figures show other data: line 1: 1.5 became 1.6"),
        (no_figure, "display_data image/png text/plain  in en, nothing in zh"),
        (in_verdict, "the zh edition shows a verdict in another language"),
        (drop_verdict, "en has 1 exercise verdicts, zh has 0"),
        (drop_cell, "-code code"),
        (other_id, "+code picture"),
        (other_tags, "tags: en has [], zh has ['hide-input']"),
    ],
)
def test_each_disagreement_is_named(change: Callable[[Any], None], said: str) -> None:
    zh = a_notebook("zh")
    change(zh)
    assert said in "\n".join(notebooks_disagree(a_notebook("en"), zh))


@pytest.mark.parametrize("edition", EDITIONS)
def test_figures_want_words_in_their_language(edition: str) -> None:
    notebook = a_notebook(edition)
    assert undescribed(notebook, edition) == []
    other = "zh" if edition == "en" else "en"
    assert len(undescribed(notebook, other)) == 2
    del notebook.cells[2].metadata["mystnb"]
    assert len(undescribed(notebook, edition)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "学习率lr",
        "有3个",
        "用`Adam`训练",
        "步长$\\eta$很小",
        "**Adam**优化",
        "损失,梯度",
        "损失: 梯度",
        "收敛.",
        "矩估计(动量)",
        "矩估计 (moment)",
        "损失 ，梯度",
        "损失， 梯度",
        "损失\n梯度",
        "亚当优化器",
        "重量衰减",
        "体重衰减",
        "| 损失,梯度 |\n|---|",
        ":::{tip} 学习率lr\n:::",
    ],
)
def test_bad_chinese_typesetting_is_seen(text: str) -> None:
    assert list(faults(parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "学习率 `lr` 取 0.1 时，Adam（自适应矩估计）最快；见 {cite:t}`kingma2015`。",
        "步长 $\\eta$、动量 $\\beta$：{eq}`a` 与 [Adam 一章](adam.ipynb)。",
        "**权重衰减**与{term}`动量`不同",
        "Adam, SGD (2015) 与 y = 5x + 7",
        "```python\n学习率lr\n```",
        "1. 先算梯度。\n2. 再走一步。",
    ],
)
def test_good_chinese_typesetting_passes(text: str) -> None:
    assert list(faults(parse(text))) == []
