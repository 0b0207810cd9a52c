"""What `make quick` makes of a change, and a notebook as `git diff` shows it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import quick
from tools.quick import OF_PAGES, commands_of, only_words, plan
from tools.text import lines

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ("book/en/adam.ipynb", ["tests/book/test_parity.py", "tests/book/test_chinese_words.py"]),
        ("coursekit/optim/_momentum.py", ["book/en/momentum.ipynb"]),
        ("coursekit/check/texts/huber_loss.toml", ["book/en/loss-functions.ipynb"]),
        ("coursekit/optim.py", ["tests/unit/test_optim.py", "tests/unit/test_package.py"]),
        ("coursekit/_require.py", ["tests/unit/test_require.py"]),
        ("coursekit/data/splitting.py", ["tests/unit/data/test_splitting.py"]),
        ("coursekit/_progress.py", ["tests/unit/training/test_progress.py"]),
        ("tests/unit/test_optim.py", ["tests/unit/test_optim.py"]),
        ("tests/book/myst.py", ["tests/book/test_parity.py", "tests/book/test_prose_numbers.py"]),
        ("tools/twins.py", ["tests/tools/test_carry.py", "tests/book/test_parity.py"]),
        ("tools/gate/comparison.py", ["tests/tools/test_gate.py"]),
        ("pyproject.toml", ["tests/tools/test_environment.py"]),
        ("book/lighten.py", ["tests/book/test_lighten.py", "tests/book/test_rendering.py"]),
    ],
)
def test_a_change_asks_for_its_tests(changed: str, wanted: list[str]) -> None:
    assert not set(wanted) - plan([changed]).tests.keys()


def test_a_chapter_gets_all_that_judges_stored_pages() -> None:
    """What opens a browser, builds or runs a server takes minutes, and is left to `make test`."""
    slow = {"chinese_print", "download", "jupyter", "lab_pages", "landing", "lighten", "reading"}
    slow |= {"rendering", "scripts", "search", "sheet", "site", "sphinx"}
    all_of_them = {path.stem.removeprefix("test_") for path in (ROOT / "tests/book").glob("test_*")}
    assert set(OF_PAGES) == all_of_them - slow


def test_a_chapter_is_executed_where_more_than_its_words_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    def write(words: str, code: str, said: str) -> None:
        cells = [
            {"cell_type": "markdown", "source": words, "metadata": {}},
            {"cell_type": "code", "source": code, "metadata": {}, "outputs": [{"text": said}]},
        ]
        page.write_text(json.dumps({"cells": cells}), encoding="utf-8")

    page = tmp_path / "book/en/adam.ipynb"
    page.parent.mkdir(parents=True)
    monkeypatch.setattr(quick, "ROOT", tmp_path)
    name = Path("book/en/adam.ipynb")
    git("init")
    write("Why", "print(1)", "1")
    assert not only_words(name, "HEAD"), "it is new"
    git("add", ".")
    git("-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "-m", "one")
    write("How", "print(1)", "1")
    assert only_words(name, "HEAD")
    write("Why", "print(2)", "1")
    assert not only_words(name, "HEAD")
    write("Why", "print(1)", "2")
    assert not only_words(name, "HEAD")
    page.unlink()
    assert not only_words(name, "HEAD")


def test_an_exercise_asks_for_its_own_checks() -> None:
    texts = plan(["coursekit/check/texts/huber_loss.toml"]).chosen
    assert texts["tests/unit/test_check_answers.py"] == "huber_loss"
    assert texts["tests/unit/check/test_answers.py"] == "huber_loss"
    chosen = plan(["tests/unit/exercises/adam.txt"]).chosen
    assert chosen == {"tests/unit/test_check_record.py": "adam"}
    for kind in ("answers", "words"):
        chosen = plan([f"tests/unit/check/{kind}/adam.txt"]).chosen
        assert chosen == {"tests/unit/check/test_answers.py": "adam"}


def test_what_does_not_run_is_named() -> None:
    made = plan(["book/_static/course.css"])
    assert "tests/book/test_site.py" not in made.tests
    assert list(made.left) == ["the pages: make site, then pytest tests/book/test_site.py"]


def test_a_module_of_one_chapter_leaves_no_other() -> None:
    made = plan(["coursekit/autodiff.py"])
    assert "book/en/backpropagation.ipynb" in made.tests
    assert not made.left


def test_python_is_linted_first_and_nothing_runs_for_nothing() -> None:
    commands = [" ".join(one) for one in commands_of(plan(["tools/carry.py"]))]
    assert commands[0].endswith("-m ruff check tools/carry.py")
    assert list(commands_of(plan(["LICENSE"]))) == []


def test_what_takes_seconds_comes_before_the_notebooks() -> None:
    commands = [" ".join(one) for one in commands_of(plan(["coursekit/optim/_momentum.py"]))]
    first = next(n for n, one in enumerate(commands) if "test_optim.py" in one)
    assert first < next(n for n, one in enumerate(commands) if ".ipynb" in one)


def test_a_notebook_as_text_has_what_a_reader_sees_and_no_json() -> None:
    output = {"output_type": "display_data", "data": {"image/png": "aGk=", "text/plain": "<Fig>"}}
    said = {"output_type": "stream", "name": "stdout", "text": ["0.5\n", "0.6\n"]}
    about = {"tags": ["hide-input"], "mystnb": {"figure": {"caption": "A curve."}}}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# T\n", "\n", "Words."]},
        {"cell_type": "code", "id": "b", "metadata": about, "source": "plot()",
         "execution_count": 1, "outputs": [said, output]},
        {"cell_type": "code", "id": "c", "metadata": {}, "source": "x", "execution_count": None,
         "outputs": []},
    ]  # fmt: skip
    found = "\n".join(lines({"cells": cells}))
    assert "--- markdown a\n# T\n\nWords.\n" in found
    assert (
        "--- code b hide-input\n    figure caption: A curve.\nplot()\n    > 0.5\n    > 0.6" in found
    )
    assert re.search(r"\n    > image/png [0-9a-f]{12}\n", found)
    assert "(not executed)" in found


def test_git_can_start_it_without_the_environment(tmp_path: Path) -> None:
    """A half merged notebook is shown as it is."""
    notebook = tmp_path / "half.ipynb"
    notebook.write_text("<<<<<<< 动量\n", encoding="utf-8")
    command = [sys.executable, "-I", str(ROOT / "tools" / "text.py"), str(notebook)]
    said = subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8")
    assert said.split() == ["<<<<<<<", "动量"]
