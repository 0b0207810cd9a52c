"""The catalogue: every mistake is named as what it is, in both languages."""

import ast
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from coursekit import check, optim
from coursekit.check import Text, _sentences, _words
from coursekit.check._exercise import Exercise, Values
from coursekit.check._judge import judge
from coursekit.check._play import _replay
from coursekit.check._trace import agree
from coursekit.check._words import Mistake
from coursekit.check.exercises import data

Function = Callable[..., Any]

EVERY = [
    pytest.param(exercise, mistake, id=f"{name}-{mistake.key}")
    for name, exercise in check.EXERCISES.items()
    for mistake in exercise.mistakes
]
every_exercise = pytest.mark.parametrize(
    "exercise", check.EXERCISES.values(), ids=lambda exercise: exercise.name
)
every_mistake = pytest.mark.parametrize(("exercise", "mistake"), EVERY)


def plain(exercise: Exercise, *bugs: str) -> Function:
    """Return a variant that takes the positional parameters and no options."""
    variant = exercise.variant(*bugs)
    return lambda *arguments: variant(*arguments)


# --- naming ---------------------------------------------------------------------------------------


def test_no_mistake_is_taken_for_another() -> None:
    """Print the table with ``pytest -s``."""
    table = check.diagnoses()
    print(f"\n{table.to_string()}\n\n{table.sum().to_string()}")  # noqa: T201
    assert table["mistakes"].sum() >= 60
    assert table["mistakes"].min() >= 5
    assert table["confused"].sum() == 0
    same = [m for e in check.EXERCISES.values() for m in e.mistakes if m.same_as]
    assert table["alike"].sum() == len(same)


@every_mistake
def test_evidence_comes_with_the_name(exercise: Exercise, mistake: Mistake) -> None:
    verdict = judge(exercise, exercise.variant(mistake.key))
    assert not verdict
    assert verdict.mistake == mistake.same_as or verdict.mistake == mistake.key
    assert verdict.hint is not None
    if verdict.evidence is None:  # another shape: what is returned can't be laid beside
        assert verdict.consequence is not None
        assert "has shape" in verdict.consequence.en
        assert mistake.key in {
            "adds_first_column",
            "adds_last_column",
            "averaged",
            "no_reduction",
            "not_summed",
            "one_dimension",
            "one_for_all",
            "predictions",
            "swapped",
            "transposed",
            "whole_path",
        }
    else:
        assert verdict.evidence.yours != verdict.evidence.expected
        assert verdict.evidence.given


@every_exercise
def test_without_options_what_can_be_seen_is_named(exercise: Exercise) -> None:
    """A reader's function may take none of the options: then those mistakes can't be made."""
    unseen = []
    for mistake in exercise.mistakes:
        verdict = judge(exercise, plain(exercise, mistake.key))
        if verdict.passed:
            unseen.append(mistake.key)
        else:
            assert verdict.mistake == mistake.same_as or verdict.mistake == mistake.key
    of_options = ("weigh", "smooth", "reduction", "mean_o", "keeps_whole")
    assert all(any(word in key for word in of_options) for key in unseen), unseen
    assert exercise.options or not unseen


IN_SINGLE = ["adadelta", "adagrad", "adam", "adamw", "bias_variance", "gd_step", "huber_loss"]
IN_SINGLE += ["l1_loss", "lasso_step", "momentum", "mse_gradient", "mse_loss", "nesterov"]
IN_SINGLE += ["cross_entropy_backward", "matmul_backward", "product_backward"]
IN_SINGLE += ["nll_loss", "ridge", "rmsprop", "soft_threshold"]


@pytest.mark.parametrize("name", IN_SINGLE)
def test_a_mistake_made_in_float32_is_named_too(name: str) -> None:
    exercise = check.EXERCISES[name]
    for mistake in exercise.mistakes:
        variant = exercise.variant(mistake.key)

        def single(*arguments: Any, variant: Function = variant) -> Any:
            return variant(
                *(
                    a.float() if isinstance(a, Tensor) and a.is_floating_point() else a
                    for a in arguments
                )
            )

        verdict = judge(exercise, single)
        if not verdict.passed:
            assert verdict.mistake == mistake.same_as or verdict.mistake == mistake.key
        else:
            assert exercise.options


@pytest.mark.parametrize("name", ["momentum", "mse_gradient", "l1_loss"])
def test_two_mistakes_at_once_are_named(name: str) -> None:
    exercise = check.EXERCISES[name]
    found = {True: 0, False: 0}
    for one, two in combinations(exercise.mistakes, 2):
        verdict = judge(exercise, exercise.variant(one.key, two.key))
        if verdict.mistake is not None and " + " in verdict.mistake:
            told = verdict.mistake.split(" + ")
            again = judge(exercise, exercise.variant(*told))
            assert again.evidence == verdict.evidence
            assert again.sentence == verdict.sentence
            found[told == [one.key, two.key]] += 1
    assert found[True] > 3 * found[False]


def test_words_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"en": "step 2", "zh": "第 2 步"}
    page: dict[str, Any] = {
        "hints": {"idea": said, "line": said},
        "mistakes": {"late": {**said, "hint": {"en": "Count from zero."}}},
    }
    monkeypatch.setattr(_words, "_page", lambda name: page)
    with pytest.raises(ValueError, match=r"^adam\.toml, mistakes\.late\.hint: zh missing$"):
        _words.read_words("adam")
    del page["mistakes"]["late"]["hint"]
    with pytest.raises(ValueError, match=r"mistakes\.late\.hint: en and zh missing$"):
        _words.read_words("adam")


def test_two_mistakes_in_adam_are_named() -> None:
    exercise = check.EXERCISES["adam"]
    verdict = judge(exercise, exercise.variant("no_bias_correction", "eps_inside_root"))
    assert verdict.mistake == "no_bias_correction + eps_inside_root"
    assert "two mistakes at once" in verdict.sentence.en


def test_the_two_that_are_alike_are_so_on_all_inputs() -> None:
    alike = [
        (exercise, mistake)
        for exercise in check.EXERCISES.values()
        for mistake in exercise.mistakes
        if mistake.same_as
    ]
    assert [(exercise.name, mistake.key) for exercise, mistake in alike] == [
        ("nesterov", "old_buffer")
    ]


@given(*[st.floats(-5, 5)] * 4, st.floats(0, 0.99))
def test_nesterov_with_the_old_buffer_is_plain_momentum(
    theta: float, grad: float, buffer: float, lr: float, momentum: float
) -> None:
    values = [torch.tensor(value, dtype=torch.float64) for value in (theta, grad, buffer)]
    nesterov = check.EXERCISES["nesterov"]
    one = nesterov.variant("plain")(*values, lr, momentum)
    two = nesterov.variant("old_buffer")(*values, lr, momentum)
    torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-12)


def test_the_price_of_a_missing_bias_correction_is_measured() -> None:
    verdict = judge(check.EXERCISES["adam"], check.EXERCISES["adam"].variant("no_bias_correction"))
    one_step = optim.Adam(lr=0.1)
    theta = torch.zeros(3, dtype=torch.float64)
    right, _ = one_step.update(theta, theta + 1, one_step.init(theta))
    ratio = 0.1 * 0.1 / 0.001**0.5 / float(-right[0])
    assert f"{ratio:.2g}" == "3.2"
    assert verdict.consequence is not None
    assert f"{ratio:.2g} times as far" in verdict.consequence.en
    assert verdict.evidence is not None
    assert verdict.evidence.where.en == "step 1"


def test_an_unknown_mistake_gets_the_first_departure() -> None:
    def wrong(theta: Tensor, grad: Tensor, m: Tensor, v: Tensor, t: int, *hyper: float) -> Any:
        theta, m, v = check.EXERCISES["adam"].variant()(theta, grad, m, v, t, *hyper)
        if t == 3:
            theta = theta + torch.tensor([0.0, 0.25, 0.0]).to(theta)
        return theta, m, v

    verdict = check.adam(wrong)
    assert not verdict
    assert verdict.mistake is None
    assert verdict.evidence is not None
    assert verdict.evidence.where.en == "step 3"
    assert verdict.evidence.place == "theta[1]"
    yours, expected = str(verdict.evidence.yours), str(verdict.evidence.expected)
    assert float(yours) - float(expected) == pytest.approx(0.25)
    assert "no mistake that this checker knows" in repr(verdict)


def test_the_table_can_be_had_for_one_exercise() -> None:
    assert list(check.diagnoses("adam").index) == ["adam"]
    with pytest.raises(ValueError, match=r"^names must be .* did you mean 'adam'"):
        check.diagnoses("adams")


@every_exercise
def test_unknown_switches_are_refused(exercise: Exercise) -> None:
    with pytest.raises(ValueError, match=r"bugs must be among .*'nothing_known'"):
        exercise.variant("nothing_known")


@every_exercise
def test_spellings_change_nothing_by_themselves(exercise: Exercise) -> None:
    for spelling in exercise.spellings:
        assert judge(exercise, exercise.variant(spelling)).passed


def played(exercise: Exercise, *bugs: str) -> list[Values | str]:
    """Return what a variant returns, call by call, and how it ends where it does not go through."""
    found: list[Values | str] = []
    try:
        found.extend(seen.values for seen in _replay(exercise, exercise.scenarios, bugs))
    except Exception as error:
        found.append(type(error).__name__)
    return found


def same(one: list[Values | str], other: list[Values | str]) -> bool:
    return len(one) == len(other) and all(
        a == b if isinstance(a, str) or isinstance(b, str) else agree(a, b)
        for a, b in zip(one, other, strict=True)
    )


@every_exercise
def test_each_spelling_makes_a_difference_to_some_mistake(exercise: Exercise) -> None:
    """Also to each other spelling: of two that never differ, one is looked for in vain."""
    for pair in combinations(("", *exercise.spellings), 2):
        ways = [[one] if one else [] for one in pair]
        assert not all(
            same(*(played(exercise, mistake.key, *way) for way in ways))
            for mistake in exercise.mistakes
        ), pair


# --- both languages -------------------------------------------------------------------------------

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"`[^`]+`")


def texts() -> Iterator[tuple[str, Text]]:
    for name, exercise in check.EXERCISES.items():
        for mistake in exercise.mistakes:
            yield f"{name}-{mistake.key}-says", mistake.says
            yield f"{name}-{mistake.key}-hint", mistake.hint
        for fact, text in exercise.facts.items():
            yield f"{name}-{fact}", text
    for module in (_sentences, data):
        for name, value in vars(module).items():
            if isinstance(value, Text):
                yield name, value


def test_every_sentence_is_in_both_languages() -> None:
    def fields(words: str) -> set[str]:
        return {field for _, field, _, _ in Formatter().parse(words) if field}

    texts_found = list(texts())
    assert len(texts_found) > 800
    for name, text in texts_found:
        assert not CHINESE.search(text.en), name
        assert CHINESE.search(text.zh), name
        assert fields(text.en) == fields(text.zh), name


def test_chinese_is_set_as_chinese() -> None:
    """Full-width marks, and a space between Chinese and Latin letters or figures."""
    half_width = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]")
    no_space = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9`]|[A-Za-z0-9`][\u4e00-\u9fff]")
    for name, text in texts():
        words = CODE.sub("`x`", text.zh)
        assert not half_width.search(words), (name, words)
        assert not no_space.search(words), (name, words)


def test_a_hint_is_a_whole_sentence() -> None:
    for name, text in texts():
        if name.endswith("-hint"):
            assert text.en[-1] in ".?!", name
            assert text.zh[-1] in "。？！", name


def test_a_text_needs_both_languages() -> None:
    with pytest.raises(ValueError, match="zh must not be empty"):
        Text("only English", " ")
    with pytest.raises(ValueError, match="en must not be empty"):
        Text("", "只有中文")


def test_every_switch_has_its_words_and_every_word_its_switch() -> None:
    """A mistake is one switch of a reference and one entry of a file."""
    switches: set[str] = set()
    for path in Path(data.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare | ast.BinOp) and "bugs" in ast.unparse(node):
                switches |= {
                    part.value
                    for part in ast.walk(node)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    keys = {mistake.key for each in check.EXERCISES.values() for mistake in each.mistakes}
    spellings = {spelling for each in check.EXERCISES.values() for spelling in each.spellings}
    assert keys <= switches <= keys | spellings


def test_every_file_of_words_is_an_exercises() -> None:
    files = list((Path(check.__file__).parent / "texts").iterdir())
    assert {path.stem for path in files} == {*check.EXERCISES, "shared"}
    pages = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in files}
    shared = pages.pop("shared")
    mistakes = [one for page in pages.values() for one in page["mistakes"].values()]
    used = [one["like"] for one in mistakes if "like" in one]
    assert all(used.count(name) > 1 for name in shared)


# --- what is written down -------------------------------------------------------------------------


@every_exercise
def test_the_checker_is_public_and_says_what_it_calls(exercise: Exercise) -> None:
    checker = getattr(check, exercise.name)
    assert exercise.name in check.__all__
    assert list(inspect.signature(checker).parameters) == ["function"]
    given_and_returned = f"function({', '.join(exercise.parameters)}) ->"
    assert given_and_returned in " ".join(checker.__doc__.split())
    sections = re.findall(r"^(\w+)\n-+$", checker.__doc__, re.MULTILINE)
    assert sections == ["Parameters", "Returns", "Raises", "Examples"]


@every_exercise
def test_the_module_lists_the_checker(exercise: Exercise) -> None:
    page = " ".join((check.__doc__ or "").split())
    head = re.search(r"(=+) (=+) checker the reader's function \1 \2 ``", page)
    assert head is not None
    assert len(head[1]) == max(len(f"``{name}``") for name in check.EXERCISES) < len(head[2])
    row = page[page.index(f"``{exercise.name}`` ") :].split(" ", 1)[1].split("`` ``")[0]
    returned = "batches" if exercise.name == "minibatches" else ", ".join(exercise.returns)
    if len(exercise.returns) > 1 and exercise.name != "minibatches":
        returned = f"({returned})"
    assert row.startswith(f"``({', '.join(exercise.parameters)}) -> {returned}")
    for option in exercise.options:
        assert f"``{option}" in row


@every_exercise
def test_keys_are_unique_and_differ_from_the_kinds_of_trouble(exercise: Exercise) -> None:
    keys = [mistake.key for mistake in exercise.mistakes]
    assert len(set(keys)) == len(keys)
    trouble = {"not_written", "returns_nothing", "prints_instead", "raises", "endless", "in_place"}
    trouble |= {"not_a_tensor", "not_a_number", "not_batches", "wrong_count", "wrong_shape"}
    assert not set(keys) & (trouble | {"detached", "arguments", "argument_order"})
    assert all(" " not in key for key in keys)
