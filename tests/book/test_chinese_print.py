"""A Chinese page refers, cites and orders as a Chinese book does."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tools.outputs import ROOT

CONF = """
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_parser", "sphinx_exercise", "sphinxcontrib.bibtex", "course.chinese"]
language = "{language}"
numfig = True
bibtex_bibfiles = ["a.bib"]
bibtex_reference_style = "{style}"
"""
BIB = """
@book{two, author={Diederik Kingma and Jimmy Ba}, title={A}, year=2015, publisher={P}}
@book{three, author={Laurent Lessard and Benjamin Recht and Andrew Packard}, title={B}, year=2016,
  publisher={P}}
"""
EXTENSIONS = ROOT / "book" / "_ext"
INDEX = """# 书

```{toctree}
:numbered:
one
two
```

```{toctree}
words
```
"""
ONE = """# 动量

(sec-why)=
## 为什么是平方？

```{exercise} 手写动量
:label: ex-hand
写。
```
"""
TWO = """# 小批量

像 {doc}`one` 那样，见 {ref}`sec-why` 和 {ref}`sec-why` 一节。

如[《动量》](one.md)，如[《动量》](one.md#sec-why)，如[那里](one.md)。

{ref}`后文 <sec-why>` 与 {term}`学习率` 也是。
{cite:t}`two` 与 {cite:t}`three`，{ref}`ex-hand`，{doc}`words`。

```{bibliography}
```
"""
WORDS = """# 术语

```{glossary}
学习率
  一。

动量
  二。

Adam
  三。
```
"""


def built(folder: Path, language: str = "zh_CN", style: str = "chinese") -> dict[str, str]:
    """Return the text of each page of a small book."""
    conf = CONF.format(language=language, style=style, extensions=str(EXTENSIONS))
    files = {"conf.py": conf, "a.bib": BIB, "index.md": INDEX, "one.md": ONE, "two.md": TWO,
             "words.md": WORDS}  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    # A process of its own: what an extension registers with Sphinx stays for the next test.
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "out")]
    subprocess.run(command, check=True)
    pages = {path.stem: path.read_text("utf-8") for path in (folder / "out").glob("*.html")}
    return {name: plain(page.split('role="main"')[-1]) for name, page in pages.items()}


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return built(tmp_path_factory.mktemp("chinese"))


@pytest.mark.parametrize(
    "said",
    [
        "像第 1 章《动量》那样，见《为什么是平方？》一节和《为什么是平方？》一节。",
        "后文与学习率也是。",
        "如第 1 章《动量》，如第 1 章《动量》，如那里。",
        "Kingma 和 Ba [2015]",
        "Lessard 等 [2016]",
        "，《术语》。",
    ],
)
def test_references_and_citations_are_a_chinese_book_s(pages: dict[str, str], said: str) -> None:
    assert said in pages["two"]


def test_an_exercise_s_name_is_in_full_width_brackets(pages: dict[str, str]) -> None:
    assert "（手写动量）" in pages["one"]
    assert "(手写动量)" not in pages["one"]


@pytest.mark.parametrize("page", ["words", "genindex"])
def test_terms_are_in_the_order_of_pinyin(pages: dict[str, str], page: str) -> None:
    text = pages[page].partition("Project name")[0]  # what follows is the theme's
    assert text.rindex("Adam") < text.rindex("动量") < text.rindex("学习率")


def test_the_index_has_letters_for_chinese_terms(pages: dict[str, str]) -> None:
    assert "A | D | X" in pages["genindex"]


def test_other_languages_are_left_alone(tmp_path: Path) -> None:
    pages = built(tmp_path, "en", "author_year")
    assert "像 动量 那样" in pages["two"]
    assert "Kingma and Ba [2015]" in pages["two"]
    assert "(手写动量)" in pages["one"]


def test_names_are_ordered_by_how_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXTENSIONS)
    module = import_module("course.chinese")
    initial, sounds = module.initial, module.sounds
    names = ["学习率", "He 初始化", "动量", "Adam", "反向传播", "方差"]
    assert sorted(names, key=sounds) == ["Adam", "动量", "反向传播", "方差", "He 初始化", "学习率"]
    assert [initial(name) for name in ("学习率", "He 初始化", "_x")] == ["X", "H", "#"]
