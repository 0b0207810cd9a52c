"""Run a part of the tests under other conditions, and say in a table how that went."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "_build" / "environments"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 120
NO_OTHER_PATH = {"PYTHONPATH": ""}  # so that a wheel that is installed is what is imported
# What the tests need of the repository, the package itself not among it.
TESTS = (
    *(".ci", ".github", "book", "tests", "tools", "conftest.py", "pyproject.toml", "Makefile"),
    *("README.md", "LICENSE", "CITATION.cff", "environment.yml", "requirements.lock"),
    *("requirements-cpu.lock", "requirements-cuda.lock"),
)


GATE_AND_UNITS = ("tests/unit", "book")


@dataclass(frozen=True)
class Leg:
    """One run of pytest: its name, what differs in it, and where it runs."""

    name: str
    differs: str
    variables: Mapping[str, str] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    tests: Path = ROOT
    folder: Path = ROOT
    options: Sequence[str] = ()
    only: Sequence[str] = ()  # what it runs, whichever tests are asked for


@dataclass(frozen=True)
class Outcome:
    """What came of a leg: how many passed, what failed and how, how long it took."""

    passed: int
    failures: Mapping[str, str]
    seconds: float

    @property
    def green(self) -> bool:
        """Whether there was something to pass and all of it passed."""
        return self.passed > 0 and not self.failures


def command_line(description: str, legs: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser of what both commands ask: which of the legs, and which tests in them."""

    def leg(name: str) -> str:
        if name not in legs:
            raise argparse.ArgumentTypeError(f"no such leg: {name}")
        return name

    parser = argparse.ArgumentParser(description=description)
    says = f"{', '.join(legs)} (all of them)"
    parser.add_argument("legs", nargs="*", metavar="LEG", type=leg, help=says)
    says = "which tests (gate and units)"
    parser.add_argument("--tests", nargs="+", default=GATE_AND_UNITS, help=says)
    return parser


def run(leg: Leg, selected: Sequence[str]) -> Outcome:
    """Run the selected tests as the leg says; what pytest printed is kept in ``WORK``."""
    WORK.mkdir(parents=True, exist_ok=True)
    verdicts, log = (WORK / f"{leg.name}.{kind}" for kind in ("xml", "txt"))
    verdicts.unlink(missing_ok=True)
    command = [str(leg.python), "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    command += ["-p", "no:cacheprovider", f"--junitxml={verdicts}", *leg.options]
    command += [str(leg.tests / one) for one in leg.only or selected]
    begun = time.perf_counter()
    with log.open("w", encoding="utf-8") as printed:
        done = subprocess.run(
            command,
            cwd=leg.folder,
            env={**os.environ, **leg.variables},
            stdout=printed,
            stderr=subprocess.STDOUT,
            check=False,
        )
    seconds = time.perf_counter() - begun
    passed, failures = judged(verdicts)
    if done.returncode and not failures:
        failures = {"pytest itself": f"ended with {done.returncode}"}
    _keep_report(leg)
    return Outcome(passed, failures, seconds)


def judged(verdicts: Path) -> tuple[int, dict[str, str]]:
    """Return how many tests passed and what the others said, by name."""
    if not verdicts.exists():
        return 0, {"pytest itself": "wrote no verdicts"}
    passed = 0
    failures = {}
    for case in ET.parse(verdicts).iter("testcase"):
        said = [part for part in case if part.tag in ("failure", "error")]
        if said:
            name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
            failures[name] = _in_one_line(said[0].text or said[0].get("message") or "")
        elif case.find("skipped") is None:
            passed += 1
    return passed, failures


def _in_one_line(said: str) -> str:
    """Return the line that says most: pytest's own of an error, or the gate's of a difference."""
    lines = [line.strip() for line in ANSI.sub("", said).splitlines() if line.strip()]
    errors = [line.removeprefix("E").strip() for line in lines if line.startswith("E  ")]
    return next(iter(errors or lines[1:] or lines), "")[:LONGEST]


def _keep_report(leg: Leg) -> None:
    """Move the gate's report to the leg's own place, before the next leg clears it."""
    report, kept = leg.tests / "_build" / "gate-report", WORK / f"{leg.name}-report"
    shutil.rmtree(kept, ignore_errors=True)
    if report.exists():
        shutil.move(report, kept)


def copy_without_the_package(folder: Path) -> Path:
    """Copy what the tests need into ``folder``, the checkout's own coursekit left out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in TESTS:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def install_wheel(python: Path, folder: Path) -> None:
    """Build coursekit's wheel in ``folder`` and install it for ``python``, which has the rest."""
    source = folder / "source"  # a copy: setuptools leaves its own folders where it builds
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "coursekit", source / "coursekit")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [str(python), "-m", "pip", "install", "-q", "--no-index"]
    install = ["--no-deps", "--no-build-isolation", "--force-reinstall", str(source)]
    subprocess.run([*pip, *install], env={**os.environ, **NO_OTHER_PATH}, check=True)
    asked = [str(python), "-I", "-c", "import coursekit; print(coursekit.__file__)"]
    where = subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True).stdout
    if not Path(where).is_relative_to(python.parents[1]):
        sys.exit(f"coursekit is not the wheel's but {where.strip()}")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table for the terminal, as Markdown, its columns aligned."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    return "\n".join(
        [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
    )
