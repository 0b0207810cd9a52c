"""Run what the working tree's changes can affect: ``make quick``.

    python -m tools.quick              what differs from the last commit, new files included
    python -m tools.quick --since main what differs from another
    python -m tools.quick --list       say what would run

A changed chapter gets every test of its words; where its code or an output changed it is executed
and compared, in both editions. A module of coursekit gets its unit tests, and the chapter of its
name, or else the one that most uses what it defines; an exercise its own; a tool or a helper of the
tests those that import it. What takes seconds runs before what takes minutes. It is the quick
answer, not the whole one: what else a change may reach is named at the end, and ``make test``
leaves nothing out.
"""

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.chapters import chapter, names
from tools.outputs import EDITIONS, ROOT
from tools.units import tests_of, unit

OF_PAGES = (  # all that judges words, code and outputs as they are stored
    *("parity", "links", "prose_numbers", "claims", "exercises", "glossary", "minutes", "syllabus"),
    *("notation", "plain", "english_style", "chinese_style", "chinese_words"),
)
OF_THE_HOUSE = {"pyproject.toml", "environment.yml", "Makefile", "README.md", "CITATION.cff"}
FRAME = ("_ext", "_static", "_templates", "_site")
NO_TESTS = 5  # how pytest ends where nothing is selected
NOT_ALONE = {"test_site"}  # judges the built pages: `make site` comes first


@dataclass
class Plan:
    """What runs, and what does not although the change may reach it."""

    tests: dict[str, None] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    lint: list[str] = field(default_factory=list)
    left: dict[str, None] = field(default_factory=dict)

    def add(self, *tests: str | Path) -> None:
        """Run these files, tests or notebooks, as far as they are there."""
        for one in tests:
            path = one.relative_to(ROOT).as_posix() if isinstance(one, Path) else one
            if Path(path).stem in NOT_ALONE:
                self.left["the pages: make site, then pytest tests/book/test_site.py"] = None
            elif (ROOT / path.partition("::")[0]).exists():
                self.tests[path] = None

    def choose(self, test: str, expression: str) -> None:
        """Run of this file what the expression names, unless the whole file runs."""
        known = self.chosen.get(test)
        self.chosen[test] = f"{known} or {expression}" if known else expression


def changed(since: str) -> list[str]:
    """Return the files that differ from a commit, new ones included."""
    git = ["git", "-C", str(ROOT)]
    asked = (["diff", "--name-only", since], ["ls-files", "--others", "--exclude-standard"])
    found = [
        subprocess.run([*git, *one], check=True, capture_output=True, text=True).stdout.splitlines()
        for one in asked
    ]
    return sorted({name for names_ in found for name in names_})


def plan(files: Iterable[str], since: str = "HEAD") -> Plan:
    """Return what the changed files ask for."""
    made = Plan()
    for name in files:
        path = Path(name)
        if path.suffix in (".py", ".ipynb") and (ROOT / path).exists():
            made.lint.append(name)
        _of(path, made, since)
    made.chosen = {test: what for test, what in made.chosen.items() if test not in made.tests}
    return made


def _of(path: Path, made: Plan, since: str) -> None:
    parts = path.parts
    if parts[0] == "book" and len(parts) > 2 and parts[1] in EDITIONS:
        _of_a_page(path, made, since)
    elif parts[0] == "book":
        made.add(*sorted((ROOT / "tests/book").glob(f"test_{path.stem.strip('_')}*.py")))
        if parts[1] in FRAME or path.suffix == ".py":
            made.add("tests/book/test_rendering.py", "tests/book/test_site.py")
        if parts[1] == "labs":
            made.add("tests/tools/test_labs.py", *tests_of("labs"))
        if parts[1] == "scripts":
            made.add("tests/book/test_scripts.py")
    elif parts[0] == "coursekit":
        _of_the_package(path, made)
    elif parts[0] == "tests":
        made.add(*([ROOT / path] if path.name.startswith("test_") else importers(path)))
        if parts[1:3] == ("unit", "exercises"):
            made.choose("tests/unit/test_check_record.py", path.stem)
        if parts[1:3] == ("unit", "check") and path.suffix == ".txt":
            made.choose("tests/unit/check/test_answers.py", path.stem)
    elif parts[0] == "tools":
        name = parts[1].removesuffix(".py")
        made.add(f"tests/tools/test_{name}.py", *importers(path))
    elif path.name in OF_THE_HOUSE or path.suffix == ".lock" or parts[0] in (".ci", ".github"):
        made.add("tests/tools/test_environment.py")
    elif path.name in ("_config.yml", "_toc.yml"):
        made.add("tests/book/test_rendering.py", "tests/book/test_site.py")
    if path.name == "conftest.py":
        made.left["everything: make test"] = None


def _of_a_page(path: Path, made: Plan, since: str) -> None:
    made.add(*(f"tests/book/test_{kind}.py" for kind in OF_PAGES))
    if path.suffix == ".ipynb" and not only_words(path, since):
        made.add(*(f"book/{edition}/{Path(*path.parts[2:]).as_posix()}" for edition in EDITIONS))
    made.left["the page: make book"] = None


def only_words(path: Path, since: str) -> bool:
    """Tell whether a notebook's code and outputs are those of a commit: the gate has seen them."""
    git = ["git", "-C", str(ROOT), "show", f"{since}:{path.as_posix()}"]
    before = subprocess.run(git, capture_output=True, check=False).stdout
    if not before or not (ROOT / path).exists():
        return False
    stored = (before, (ROOT / path).read_bytes())
    try:
        cells = [json.loads(notebook)["cells"] for notebook in stored]
    except ValueError:
        return False
    then, now = (
        [
            (cell["source"], cell["outputs"], cell["metadata"].get("tags"))
            for cell in notebook
            if cell["cell_type"] == "code"
        ]
        for notebook in cells
    )
    return then == now


def _of_the_package(path: Path, made: Plan) -> None:
    tests = ROOT / "tests/unit"
    top = unit(path)
    if top == "check":
        exercises = exercises_in(ROOT / path)
        if exercises:
            for test in [*sorted(tests.glob("test_check_*.py")), tests / "check/test_answers.py"]:
                made.choose(test.relative_to(ROOT).as_posix(), " or ".join(exercises))
        else:
            made.add("tests/unit/test_check_record.py", "tests/unit/test_check_trouble.py")
            made.left["all checkers: pytest tests/unit -k check"] = None
    else:
        made.add(*tests_of(top))
    made.add("tests/unit/test_package.py", "tests/unit/test_docstrings.py")
    using = uses([top])
    if using:
        own = [name for name in using if name == path.stem.strip("_")]
        shown = next(iter(own or uses(defined_in(ROOT / path)) or using))
        made.add(f"book/en/{shown}.ipynb")
        if others := [name for name in using if name != shown]:
            made.left[f"other chapters that use {top}: {', '.join(others)}"] = None


def exercises_in(path: Path) -> list[str]:
    """Return the exercises that a module of ``check`` declares, or whose texts a file has."""
    from coursekit import check

    return sorted(set(defined_in(path)) & set(check.EXERCISES))


def defined_in(path: Path) -> list[str]:
    """Return the public functions and classes of a module, or the exercise of a file of texts."""
    if path.suffix == ".toml":
        return [path.stem]
    if path.suffix != ".py" or not path.exists():
        return []
    body = ast.parse(path.read_text(encoding="utf-8")).body
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node.name for node in body if isinstance(node, kinds) and node.name[0] != "_"]


def uses(words: Sequence[str]) -> list[str]:
    """Return the chapters whose code has one of these words, first who has them most often."""
    if not words:
        return []
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b")
    times = {name: len(pattern.findall(code_of(name))) for name in names()}
    return sorted((name for name in times if times[name]), key=lambda name: -times[name])


def code_of(name: str) -> str:
    """Return the code of a chapter."""
    return "\n".join(cell.source for cell in chapter(name, "en").cells if cell.cell_type == "code")


def importers(path: Path) -> Iterator[Path]:
    """Yield the tests that import a module of tools or tests, also by way of another one."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    found, ahead = set(), [module]
    sources = {one: one.read_text(encoding="utf-8") for one in _modules()}
    while ahead:
        package, _, name = (asked := ahead.pop()).rpartition(".")
        pattern = re.compile(
            rf"^\s*(?:from {re.escape(asked)} import|import {re.escape(asked)}\b"
            rf"|from {re.escape(package)} import [^\n]*\b{re.escape(name)}\b)",
            re.MULTILINE,
        )
        for file, source in sources.items():
            if file not in found and pattern.search(source):
                found.add(file)
                if not file.name.startswith("test_"):
                    ahead.append(".".join(file.relative_to(ROOT).with_suffix("").parts))
    yield from sorted(file for file in found if file.name.startswith("test_"))


def _modules() -> list[Path]:
    return [path for folder in ("tests", "tools") for path in (ROOT / folder).rglob("*.py")]


def main() -> int:
    """Lint and test what changed; return the exit status."""
    parser = argparse.ArgumentParser(description="Run what the changes can affect.")
    parser.add_argument("--since", default="HEAD", help="differing from this commit (HEAD)")
    parser.add_argument("--list", action="store_true", help="only say what would run")
    asked = parser.parse_args()
    made = plan(changed(asked.since), asked.since)
    commands = list(commands_of(made))
    status = 0
    if asked.list:
        print(*(" ".join(command[2:]) for command in commands), sep="\n")
    while commands and status in (0, NO_TESTS) and not asked.list:
        command = commands.pop(0)
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status and "ruff" in command:
            print("What is only laid out otherwise, `make format` mends.")
    for what in [*made.left, *(() if asked.list else (" ".join(one[2:]) for one in commands))]:
        print(f"Not tried: {what}")
    if not (made.lint or made.tests or made.chosen):
        print("Nothing that a test could judge has changed.")
    return 0 if status == NO_TESTS else status


def commands_of(made: Plan) -> Iterator[list[str]]:
    """Yield the commands of a plan: the linter's, then pytest's."""
    python = [sys.executable, "-m"]
    if made.lint:
        yield [*python, "ruff", "check", *made.lint]
        yield [*python, "ruff", "format", "--check", *made.lint]
    pytest = [*python, "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    quick = [test for test in made.tests if not test.endswith(".ipynb")]
    notebooks = [test for test in made.tests if test.endswith(".ipynb")]
    yield from ([*pytest, *tests] for tests in (quick, notebooks) if tests)
    by_words: dict[str, list[str]] = {}
    for test, words in made.chosen.items():
        by_words.setdefault(words, []).append(test)
    for words, tests in by_words.items():
        yield [*pytest, *tests, "-k", words]


if __name__ == "__main__":
    sys.exit(main())
