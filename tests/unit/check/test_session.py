"""Hints on request, and what this session has tried: said in both languages, kept in memory."""

import inspect
import re
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from coursekit import check
from coursekit.check import _declare, _sentences, _session

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def new_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_session, "_asked", {})
    monkeypatch.setattr(_declare, "CHECKED", {})
    yield
    check.language("en")


def step(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return theta - lr * grad


# --- hints ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", check.EXERCISES)
def test_three_hints_go_from_the_idea_to_the_line(name: str) -> None:
    given = [check.hint(name) for _ in range(4)]
    assert [each.number for each in given] == [1, 2, 3, 3]
    assert given[2] == given[3]
    idea, equation, line = (each.text for each in given[:3])
    assert len({idea.en, equation.en, line.en}) == 3
    for words in (idea, line):
        assert words.en[-1] in ".?"
        assert words.zh[-1] in "。？"
        assert CHINESE.search(words.zh)
        assert not CHINESE.search(words.en)
        assert "\\" not in words.en  # LaTeX is in the equation alone
    assert "`" in line.en
    for latex in (equation.en, equation.zh):
        assert latex.count("{") == latex.count("}")
        assert "`" not in latex
        assert len(latex) > 5


def test_each_exercise_counts_its_own_hints() -> None:
    assert check.hint("adam").number == 1
    assert check.hint("momentum").number == 1
    assert check.hint("adam").number == 2


def test_an_equation_says_what_the_exercise_asks_for() -> None:
    """The docstring's, unless the exercise's file has one that says it all."""
    for name, exercise in check.EXERCISES.items():
        assert exercise.equation or exercise.words.hints.equation, name
        if exercise.words.hints.equation is None:
            doc = inspect.getdoc(getattr(check, name)) or ""
            assert exercise.equation.split("\n")[0] in doc, name


def test_a_hint_is_shown_as_text_and_with_its_equation_set() -> None:
    first, second, third = (check.hint("adam") for _ in range(3))
    assert repr(first).startswith("adam. Hint 1 of 3, the idea: Two averages")
    assert first._repr_markdown_().startswith("**adam**. Hint 1 of 3, the idea: Two averages")
    assert "$$\n\\begin{aligned}\nm_t &= \\beta_1" in second._repr_markdown_()
    assert second._repr_markdown_().endswith("\\end{aligned}\n$$")
    assert "Hint 3 of 3, the line to look at: The two lines" in repr(third)
    check.hint("gd_step")
    assert "$$\n\\theta - \\eta\\, g\n$$" in check.hint("gd_step")._repr_markdown_()


def test_a_hint_in_chinese() -> None:
    check.language("zh")
    first, second, third = (check.hint("adam") for _ in range(3))
    assert repr(first).startswith("adam. 提示 1/3，思路：两个平均")
    assert "提示 2/3，公式：\n\n$$" in second._repr_markdown_()
    assert "提示 3/3，该看哪一行：做修正的两行" in third._repr_markdown_()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [("adams", ValueError, "did you mean 'adam'"), (3, TypeError, "name must be one of")],
)
def test_a_hint_for_nothing(name: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check.hint(name)
    assert not _session._asked


def test_a_starter_says_where_to_begin() -> None:
    verdict = check.gd_step(lambda theta, grad, lr: ...)
    assert verdict.notes == (_sentences.WHERE_TO_BEGIN.format(name="gd_step"),)
    assert '`check.hint("gd_step")`' in repr(verdict)
    assert "<code>check.hint(&quot;gd_step&quot;)</code>" in verdict._repr_html_()


def test_hints_say_chinese_as_chinese() -> None:
    half_width = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]")
    no_space = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9`]|[A-Za-z0-9`][\u4e00-\u9fff]")
    for name, exercise in check.EXERCISES.items():
        hints = exercise.words.hints
        for text in (hints.idea, hints.line):
            words = re.sub(r"`[^`]+`", "`x`", text.zh)
            assert not half_width.search(words), (name, words)
            assert not no_space.search(words), (name, words)


# --- progress -------------------------------------------------------------------------------------


def test_progress_knows_right_tried_and_not_tried() -> None:
    assert set(check.progress().values()) == {"not tried"}
    check.gd_step(lambda theta, grad, lr: theta)
    check.mse_loss(torch.nn.functional.mse_loss)
    found = check.progress()
    assert list(found) == list(check.EXERCISES)
    assert len(found) == len(check.EXERCISES)
    assert (found["gd_step"], found["mse_loss"], found["adam"]) == ("tried", "right", "not tried")
    check.gd_step(step)
    assert check.progress()["gd_step"] == "right"
    assert found["gd_step"] == "tried"  # what was listed then


def test_a_right_answer_stays_right() -> None:
    check.gd_step(step)
    check.gd_step(lambda theta, grad, lr: theta)
    assert check.progress()["gd_step"] == "right"


def test_a_starter_is_not_tried_and_what_is_no_function_is_no_answer() -> None:
    check.gd_step(lambda theta, grad, lr: ...)
    with pytest.raises(TypeError):
        check.adam(3)  # type: ignore[arg-type]
    check.diagnoses("momentum")  # the catalogue's own variants are nobody's answers
    check.hint("nesterov")
    assert set(check.progress().values()) == {"not tried"}


def test_progress_is_shown_in_the_language_in_force() -> None:
    check.gd_step(step)
    check.adam(lambda *arguments: arguments[0])
    assert repr(check.progress()).splitlines()[:2] == [
        "✓ right (1): gd_step",
        "✗ tried, not yet right (1): adam",
    ]
    rest = len(check.EXERCISES) - 2
    assert repr(check.progress()).splitlines()[2].startswith(f"· not tried ({rest}): finite_diff")
    html = check.progress()._repr_html_()
    assert html.startswith('<div lang="en">')
    assert "<strong>right (1): </strong><code>gd_step</code>" in html
    check.language("zh")
    assert repr(check.progress()).startswith("✓ 做对了（1）：gd_step\n✗ 试过，还不对（1）：adam\n")
    assert 'lang="zh-CN"' in check.progress()._repr_html_()
