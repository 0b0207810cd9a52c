"""Try how much the gate notices: change one thing at a time, and run the gate over it.

Stored outputs are changed and held by the gate's own comparison against what the cell gives now;
one token or line of a notebook or of coursekit is changed, and the notebooks that run it are run by
the gate until the first failure; where none fails, the module's unit tests are. All of that happens
in copies: nothing in the checkout changes but the report.
What is known already is kept in ``_build/gate-mutants``, so that a run that was stopped goes on.
"""

import contextlib
import hashlib
import io
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from itertools import groupby, islice
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import pytest

from tools.gate_mutants.mutators import (
    CODE_KINDS,
    CONTROLS,
    OUTPUT_KINDS,
    Edit,
    Outputs,
    changed_outputs,
    edits,
    in_turn,
    is_change,
    shown,
)
from tools.outputs import as_text, code_cells, execute, read
from tools.units import tests_of, unit

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
KEPT = ROOT / "_build" / "gate-mutants"
JUDGES = (
    "gate/plugin",
    "gate/comparison",
    "gate_mutants/mutators",
    "gate_mutants/mutants",
)  # what a verdict hangs on
COPIED = (
    "coursekit",
    "book/en",
    "book/scripts",
    "tools/outputs.py",
    "tools/sharing.py",
    "tools/units.py",
    "tools/gate",
    "tests/unit",
    "conftest.py",
)

SEED = 23
OUTPUTS_A_KIND, CONTROLS_A_KIND = 12, 12
CODE_A_KIND = {"notebooks": 11, "coursekit": 9, "coursekit.check": 2}
SECONDS_A_CELL = 120
SECONDS_OF_UNIT_TESTS = 600  # those of `check`, the slowest, take a tenth of it

# coverage comes with mutmut
FIRST_CELL = """\
import coverage as _coverage
_lines = _coverage.Coverage(data_file=None, include=["*/coursekit/*"])
_lines.start()
"""
LAST_CELL = """\
import json as _json
_lines.stop()
_found = _lines.get_data()
print(_json.dumps({file: _found.lines(file) for file in _found.measured_files()}))
"""

Lines = Mapping[str, set[int]]


@dataclass(frozen=True)
class Mutant:
    """One change: of which group and kind, of which file, where in it, and what it was and is."""

    group: str
    kind: str
    file: str
    place: str
    before: str
    after: str
    outputs: Outputs = field(default_factory=list, compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)
    edit: Edit | None = field(default=None, compare=False, repr=False)
    notebooks: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def key(self) -> str:
        """What tells this change from all others."""
        start = self.edit.start if self.edit else 0
        return f"{self.kind}: {self.file}, {self.place}, {start}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class Verdict:
    """Whether a change was caught, by what, and by running which notebooks that is known.

    ``unit`` says that the notebooks let it pass and a unit test did not.
    """

    caught: bool
    by: str = ""
    ran: tuple[str, ...] = ()
    unit: bool = False


# --- what may be changed -------------------------------------------------------------------------


def chapters() -> list[str]:
    """Return the English notebooks; both editions' outputs pass through the same comparison."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "book/en").glob("*.ipynb"))


def output_mutants(kind: str, group: str, count: int, seed: int) -> list[Mutant]:
    """Choose changed outputs of one kind, from each chapter in turn."""
    places = []
    for chapter in chapters():
        cells = [cell for _, cell in code_cells(read(ROOT / chapter)) if cell.outputs]
        Random(f"{seed} {kind} {chapter}").shuffle(cells)
        places.append([(chapter, cell) for cell in cells])
    Random(f"{seed} {kind}").shuffle(places)
    found: list[Mutant] = []
    for chapter, cell in in_turn(places):
        if len(found) == count:
            break
        new = changed_outputs(cell.outputs, kind, Random(f"{seed} {kind} {chapter} {cell.id}"))
        if new is not None:
            before, after = _parted(cell.outputs, new)
            place = f"cell `{cell.id}`"
            found.append(Mutant(group, kind, chapter, place, before, after, outputs=new))
    return found


def _parted(old: Outputs, new: Outputs) -> tuple[str, str]:
    """Return the first lines of text in which two lists of outputs differ, or their lengths."""
    for before, after in zip(old, new, strict=False):
        for one, other in zip(_texts(before), _texts(after), strict=False):
            if one != other:
                lines = zip(one.splitlines(), other.splitlines(), strict=False)
                pair = next(((a, b) for a, b in lines if a != b), ("the last line", "nothing"))
                return pair[0].strip()[:120], pair[1].strip()[:120]
    if len(old) != len(new):
        return f"{len(old)} outputs", f"{len(new)} outputs"
    return "a figure", "a changed figure"


def _texts(output: Any) -> list[str]:
    data = {mime: text for mime, text in output.get("data", {}).items() if mime != "image/png"}
    return [str(text) for text in (output.get("text", ""), *data.values())]


def notebook_sites() -> list[Mutant]:
    """Return every change that could be made in the chapters' code."""
    found = []
    for chapter in chapters():
        for _, cell in code_cells(read(ROOT / chapter)):
            with contextlib.suppress(SyntaxError):  # a line magic; only the first cells have any
                for edit in edits(cell.source):
                    place = f"cell `{cell.id}`"
                    found.append(
                        _of_code("notebooks", chapter, place, cell.source, edit, (chapter,))
                    )
    return found


def coursekit_sites(lines: Mapping[str, Lines], seconds: Mapping[str, float]) -> list[Mutant]:
    """Return every change that could be made in coursekit, with the notebooks that would run it.

    ``lines`` has the lines that each notebook runs, ``seconds`` what it takes. No notebook is named
    where none runs the line.
    """
    cheapest = sorted(chapters(), key=lambda chapter: seconds[chapter])
    found = []
    for path in sorted((ROOT / "coursekit").rglob("*.py")):
        file = str(path.relative_to(ROOT))
        source = path.read_text(encoding="utf-8")
        group = "coursekit.check" if "/check/" in file else "coursekit"
        for edit in edits(source):
            # a line in a function's head, a default, runs on import; it matters where the body does
            first, last = edit.lines
            if edit.function and first < edit.function[0]:
                first, last = edit.function
            wanted = set(range(first, last + 1))
            run_by = tuple(one for one in cheapest if wanted & lines[one].get(file, set()))
            place = f"line {edit.line(source)}"
            found.append(_of_code(group, file, place, source, edit, run_by))
    return found


def _of_code(
    group: str, file: str, place: str, source: str, edit: Edit, run_by: tuple[str, ...]
) -> Mutant:
    before, after = shown(source, edit)
    return Mutant(
        group, edit.kind, file, place, before, after, source=source, edit=edit, notebooks=run_by
    )


def drawn(sites: Sequence[Mutant], a_kind: int, seed: int) -> list[Mutant]:
    """Choose so many of each kind, from each file in turn."""
    found: list[Mutant] = []
    for kind in CODE_KINDS:
        of_kind = [site for site in sites if site.kind == kind]
        files = [list(group) for _, group in groupby(of_kind, key=lambda site: site.file)]
        for group in files:
            Random(f"{seed} {kind} {group[0].file}").shuffle(group)
        Random(f"{seed} {kind}").shuffle(files)
        valid = (one for one in in_turn(files) if one.edit and is_change(one.source, one.edit))
        found += islice(valid, a_kind)
    return found


# --- running, each process in its own copy -------------------------------------------------------


def settle(folder: str) -> None:
    """Make this process work in a copy of its own under ``folder``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits for it
    tempfile.tempdir = folder
    copy = Path(tempfile.mkdtemp())
    for name in COPIED:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        else:
            shutil.copy(ROOT / name, copy / name)
    (copy / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    os.chdir(copy)
    # kernels import the copy's coursekit, and no bytecode of the mutant before
    os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def gate(notebook: str, plugin: object) -> None:
    """Run the gate over one notebook of the copy until its first failure."""
    arguments = ["-x", "-q", "-p", "no:cacheprovider", f"--nbval-cell-timeout={SECONDS_A_CELL}"]
    with contextlib.redirect_stdout(io.StringIO()):
        status = pytest.main([*arguments, notebook], plugins=[plugin])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with {status}")


def unit_tests(file: str) -> tuple[str, ...]:
    """Return the unit tests of a file of coursekit, none for a notebook."""
    path = Path(file)
    if path.suffix != ".py":
        return ()
    name = "" if path == Path("coursekit/__init__.py") else unit(path)
    tests = {*(tests_of(name) if name else ()), ROOT / "tests/unit/test_package.py"}
    return tuple(sorted(str(test.relative_to(ROOT)) for test in tests))


def failing_test(tests: Sequence[str]) -> str:
    """Run unit tests of the copy until the first failure; return its name, "" if there is none.

    Not coming to an end is a failure, too.
    """
    if not tests:
        return ""
    # a process of its own: this one would keep the modules of the change before
    arguments = ["-x", "-q", "-rfE", "-p", "no:cacheprovider", *tests]
    command = [sys.executable, "-m", "pytest", *arguments]
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS_OF_UNIT_TESTS
        )
    except subprocess.TimeoutExpired:
        return f"{' '.join(tests)}: no end in {SECONDS_OF_UNIT_TESTS} s"
    if found.returncode == pytest.ExitCode.OK:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", found.stdout, re.MULTILINE)
    if failed is None:
        raise RuntimeError(f"pytest ended with {found.returncode}: {found.stderr or found.stdout}")
    return failed[1]


def try_unit_tests() -> "Found":
    """Run all of the unit tests that may be asked, with nothing changed."""
    tests = {test for path in Path("coursekit").rglob("*.py") for test in unit_tests(str(path))}
    if by := failing_test(sorted(tests)):
        raise SystemExit(f"The gate is red before anything is changed: {by}.")
    return [("unit tests", True, ())]


class FirstFailure:
    """A plugin that remembers what failed."""

    by = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the gate says first of the first failure."""
        if report.failed and not self.by:
            self.by = report.longreprtext.splitlines()[0]


class Judge(FirstFailure):
    """A plugin that, once a cell was run, asks the gate about changed copies of its outputs."""

    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self.mutants = mutants
        self.verdicts: dict[str, Verdict] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Iterator[None]:
        """Compare again, with each change of this cell's stored outputs."""
        yield
        for mutant in self.mutants:
            if mutant.place == f"cell `{getattr(item, 'cell', {}).get('id')}`":
                stored = [nbformat.from_dict(output) for output in mutant.outputs]
                caught = item.options["check"] and not item.compare_outputs(
                    item.test_outputs, stored
                )
                by = item.differences[0].where if caught else ""
                self.verdicts[mutant.key] = Verdict(bool(caught), by, (mutant.file,))


def judge_outputs(notebook: str, mutants: Sequence[Mutant]) -> "Found":
    """Run the gate once over a notebook, and its comparison over each change of the outputs."""
    judge = Judge(mutants)
    gate(notebook, judge)
    if judge.by:
        raise SystemExit(f"The gate is red before anything is changed: {judge.by}.")
    return [(key, asdict(verdict), verdict.ran) for key, verdict in judge.verdicts.items()]


def judge_code(mutant: Mutant) -> "Found":
    """Change the code, run the notebooks that run it until one fails, and change it back."""
    verdict = _judged(mutant)
    return [(mutant.key, asdict(verdict), verdict.ran)]


def _judged(mutant: Mutant) -> Verdict:
    assert mutant.edit is not None
    path = Path(mutant.file)
    before = path.read_text(encoding="utf-8")
    try:
        if path.suffix == ".ipynb":
            notebook = read(path)
            cell = next(c for _, c in code_cells(notebook) if f"cell `{c.id}`" == mutant.place)
            cell.source = mutant.edit.apply(cell.source)
            path.write_text(as_text(notebook), encoding="utf-8")
        else:
            path.write_text(mutant.edit.apply(before), encoding="utf-8")
        for name in mutant.notebooks:
            failure = FirstFailure()
            gate(name, failure)
            if failure.by:
                return Verdict(True, failure.by, (name,))
        if by := failing_test(unit_tests(mutant.file)):
            return Verdict(True, by, mutant.notebooks, unit=True)
    finally:
        path.write_text(before, encoding="utf-8")
    return Verdict(False, ran=mutant.notebooks)


def lines_run(name: str, notebook: str) -> "Found":
    """Find the seconds that a notebook takes, and the lines of coursekit that it runs."""
    path = Path(notebook)
    traced = read(path)
    first, last = map(nbformat.v4.new_code_cell, (FIRST_CELL, LAST_CELL))
    traced.cells = [first, *traced.cells, last]
    begun = time.perf_counter()
    execute(traced, path.parent)
    seconds = time.perf_counter() - begun
    found = {
        f"coursekit/{file.rpartition('/coursekit/')[2]}": lines
        for file, lines in json.loads(last.outputs[0].text).items()
    }
    return [(name, [seconds, found], (notebook,))]


# --- what is kept between runs -------------------------------------------------------------------


class Kept:
    """What earlier runs found, as far as it was found with the files as they are now."""

    def __init__(self) -> None:
        sources = [*(ROOT / "coursekit").rglob("*.py"), *(ROOT / "coursekit").glob("*.mplstyle")]
        judges = [ROOT / "tools/outputs.py", *(ROOT / f"tools/{name}.py" for name in JUDGES)]
        judges += sorted((ROOT / "tests/unit").glob("*.py"))
        self.digests = {one: _digest(ROOT / one) for one in chapters()}
        base = _digest(*sorted(sources), *judges)
        self.path = KEPT / f"{base}.jsonl"
        self.found: dict[str, Any] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                key, value, ran = json.loads(line)
                if all(self.digests.get(name) == digest for name, digest in ran.items()):
                    self.found[key] = value

    def add(self, key: str, value: Any, ran: Sequence[str]) -> None:
        """Note what running some notebooks has found."""
        self.found[key] = value
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps([key, value, {name: self.digests[name] for name in ran}])
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def verdict(self, mutant: Mutant) -> Verdict:
        """Return what became of a change."""
        value = self.found[mutant.key]
        return Verdict(value["caught"], value["by"], tuple(value["ran"]), value["unit"])


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


# What a task is called by when its result is looked up, the function, and its arguments. It returns
# what it found, each with its name and the notebooks that were run for it.
Found = list[tuple[str, Any, tuple[str, ...]]]
Task = tuple[str, Callable[..., Found], tuple[Any, ...]]


def work(pool: ProcessPoolExecutor, tasks: Sequence[Task], kept: Kept) -> None:
    """Do the tasks that are not done yet, and say how far it is."""
    waiting: list[Future[Found]] = [
        pool.submit(function, *arguments)
        for key, function, arguments in tasks
        if key not in kept.found
    ]
    try:
        for number, future in enumerate(as_completed(waiting), 1):
            for key, value, ran in future.result():
                kept.add(key, value, ran)
            sys.stderr.write(f"\r{number} of {len(waiting)}")
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    sys.stderr.write("\n" if waiting else "")


@dataclass(frozen=True)
class Result:
    """All that the report is made of."""

    mutants: Sequence[Mutant]
    verdicts: Mapping[str, Verdict]
    unseen: Mapping[str, tuple[int, int]]  # changes that no notebook runs, and all, by group
    seed: int = SEED


def run(kept: Kept, processes: int = 2, seed: int = SEED) -> Result:
    """Draw the changes and try them all."""
    wanted = [(kind, "outputs", OUTPUTS_A_KIND) for kind in OUTPUT_KINDS]
    wanted += [(kind, "control", CONTROLS_A_KIND) for kind in CONTROLS]
    outputs = [one for each in wanted for one in output_mutants(*each, seed)]
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(processes, context, settle, (folder,)) as pool,
    ):
        names = {one: f"lines of {one}" for one in chapters()}
        work(pool, [(name, lines_run, (name, one)) for one, name in names.items()], kept)
        seconds = {one: kept.found[name][0] for one, name in names.items()}
        lines = {
            one: {file: set(run) for file, run in kept.found[name][1].items()}
            for one, name in names.items()
        }
        sites = notebook_sites() + coursekit_sites(lines, seconds)
        code: list[Mutant] = []
        unseen = {}
        for group, a_kind in CODE_A_KIND.items():
            of_group = [site for site in sites if site.group == group]
            eligible = [site for site in of_group if site.notebooks]
            unseen[group] = (len(of_group) - len(eligible), len(of_group))
            code += drawn(eligible, a_kind, seed)
        tasks: list[Task] = [("unit tests", try_unit_tests, ())]
        for chapter in chapters():
            here = [one for one in outputs if one.file == chapter]
            if not all(one.key in kept.found for one in here):
                tasks.append((f"outputs of {chapter}", judge_outputs, (chapter, here)))
        work(pool, [*tasks, *((one.key, judge_code, (one,)) for one in code)], kept)
    mutants = [*outputs, *code]
    return Result(mutants, {one.key: kept.verdict(one) for one in mutants}, unseen, seed)
