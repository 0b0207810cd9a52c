"""Change coursekit one operator, number or name at a time and count what the unit tests notice.

``make mutants`` runs this file. mutmut writes the changed functions, all of them into one file with
a switch in front; a module's mutants are tried against the tests of that module alone. Those are
collected once, and run once unchanged, to see which test reaches which function and how long it
takes. Then each mutant gets a fork of that process, which runs the tests that reach the changed
function until one fails: first those that noticed other changes of it, then of each test function
the quickest case, then the second, for a hundred cases of one notice much the same. That is
ten mutants a second, where a pytest for each would make it one. A function that ran while the tests
were collected left its results in modules and in the tests' arguments: where a mutant of one goes
unnoticed, the package is imported and the tests are collected once more, with the mutant in place.
What the tests of a minute don't notice counts as survived; the rest could only make the count
better.

What survived is written to ``_build/mutants/MODULE.diff``; beside it are all verdicts, in
``MODULE.json``, and the copy of the package that was mutated. Ctrl-C keeps the verdicts so far.
"""

import argparse
import faulthandler
import gc
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import unified_diff
from functools import _lru_cache_wrapper, cached_property, partial
from multiprocessing import get_context
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from threading import RLock
from typing import Literal

import pytest
from mutmut.mutation.file_mutation import MutatedFile, mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import get_mutant_name
from tqdm import tqdm

from tools.units import tests_of
from tools.units import unit as unit_of

ROOT = Path(__file__).parents[1]
COPIES = ROOT / "_build" / "mutants"
ENOUGH = 0.95
LONGEST = 60.0
"""Seconds of the processor that the tests of one mutant may take together."""

LEFT_OUT = (
    # These list a module's functions, which mutmut gives other names.
    "test_penalties.py::test_everything_public_is_listed",
    "plots/test_figures.py::test_every_public_function_is_tried_above",
    "test_schedules.py::test_every_schedule_is_public",
    # This one reads the code of the references, and finds mutmut's switch.
    "test_check_catalogue.py::test_every_switch_has_its_words_and_every_word_its_switch",
    # This one starts a kernel, and takes as long as a hundred mutants.
    "training/test_progress.py::test_an_executed_notebook_stores_no_bar_and_a_waiting_reader_sees_one",
    # Its loops are ended by the code of a function that stands behind mutmut's switch there.
    "test_check_trouble.py::test_an_endless_loop_is_ended",
    # They wait for a process or a lock, and fail in a fork, or after the tests that come first.
    "test_check_trouble.py::test_one_call_without_end_is_ended[waits_for_a_",
)

NO_FAILURE = (pytest.skip.Exception, pytest.xfail.Exception)

UNCHANGED = ""  # the name of a trial that changes nothing, and has to survive
Verdict = Literal["killed", "survived"]


@dataclass(frozen=True)
class Unit:
    """Files that are mutated together, and the tests that are to notice."""

    name: str
    sources: tuple[Path, ...]
    tests: tuple[Path, ...]

    @property
    def copy(self) -> Path:
        """Where the unit's copy of the package stands."""
        return COPIES / self.name


def units() -> dict[str, Unit]:
    """Return every module with its tests, a package (``check``, ``data``) as one."""
    sources: dict[str, list[Path]] = {}
    for path in sorted((ROOT / "coursekit").rglob("*.py")):
        if path != ROOT / "coursekit" / "__init__.py":
            sources.setdefault(unit_of(path), []).append(path.relative_to(ROOT))
    return {
        name: Unit(name, tuple(paths), tuple(test.relative_to(ROOT) for test in tests_of(name)))
        for name, paths in sources.items()
    }


def write_mutants(unit: Unit) -> dict[str, str]:
    """Write a copy of the package with the unit's mutants in it.

    Parameters
    ----------
    unit : Unit
        Whose files are mutated.

    Returns
    -------
    dict
        The change behind each mutant's name, as a diff.
    """
    shutil.rmtree(unit.copy, ignore_errors=True)
    for name in ("coursekit", "tests"):
        shutil.copytree(ROOT / name, unit.copy / name)
    for name in ("conftest.py", "pyproject.toml", "README.md", "book", "tools"):
        (unit.copy / name).symlink_to(ROOT / name)
    diffs = {}
    for path in unit.sources:
        mutated = mutate_file_contents(str(path), (ROOT / path).read_text("utf-8"))
        (unit.copy / path).write_text(mutated.code, "utf-8")
        for name in mutated.mutant_names:
            diffs[get_mutant_name(path, name)] = _diff(mutated, name)
    return {name: diff for name, diff in diffs.items() if not _is_a_cast(diff)}


def _diff(mutated: MutatedFile, name: str) -> str:
    lines = mutated.code.splitlines()

    def body(function: str) -> list[str]:
        span = mutated.line_span_by_function_name[function]
        return [re.sub(r"__mutmut_\w+", "", line) for line in lines[span.start - 1 : span.end]]

    before = body(f"{_function(name)}__mutmut_orig")
    changed = unified_diff(before, body(name), n=0, lineterm="")
    return "\n".join(line for line in changed if not line.startswith(("---", "+++", "@@")))


def _is_a_cast(diff: str) -> bool:
    """Whether only the first argument of ``cast`` changes, which the type checker alone reads."""
    before, after = (
        re.sub(r"""\bcast\(("[^"]*"|[\w.]+), """, "cast(", " ".join(part))
        for part in (
            [line[1:] for line in diff.splitlines() if line.startswith(sign)] for sign in "-+"
        )
    )
    return before == after


class Trials:
    """A pytest plugin: in place of one run of the tests, one run for each mutant.

    Parameters
    ----------
    mutants : sequence of str
        Their names.
    jobs : int
        How many are tried at a time.
    arguments : sequence of str
        What pytest was started with.
    """

    def __init__(self, mutants: Sequence[str], jobs: int, arguments: Sequence[str]) -> None:
        self.mutants = mutants
        self.jobs = jobs
        self.arguments = list(arguments)
        self.verdicts: dict[str, Verdict] = {}
        self._tests: dict[str, int] = {}
        self._seconds: list[float] = []
        self._turns: dict[int, int] = {}
        self._reached: dict[str, set[int]] = {}
        self._early: set[str] = set()
        self._forget: Callable[[], None] = lambda: None
        self._killers = RawArray("i", len(mutants) + 1)  # which the forks share
        self._kills: Counter[tuple[str, int]] = Counter()
        self._trial: int | None = None
        self._changed = UNCHANGED
        self._failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End a trial at the first failure, before pytest spends a second on describing it."""
        if self._trial is None or not call.excinfo or call.excinfo.errisinstance(NO_FAILURE):
            return
        self._killers[self._trial] = self._tests.get(item.nodeid, -1)
        os._exit(1)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed:
            self._failed.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try every mutant on the tests that were collected."""
        if self._trial is not None:
            return self._run_afresh(session)
        self._run_unchanged(session.items)
        self._forget = _forgetful()
        gc.freeze()  # the forks share what is there by now
        trials = [UNCHANGED, *self.mutants]
        waiting = list(enumerate(trials))[::-1]
        running: dict[int, int] = {}
        while waiting or running:
            while waiting and len(running) < self.jobs:
                trial, mutant = waiting.pop()
                running[_fork(partial(self._try, trial, mutant, session.items))] = trial
            time.sleep(0.002)
            for trial, killed in _ended(running):
                self.verdicts[trials[trial]] = "killed" if killed else "survived"
                Path("results.json").write_text(json.dumps(self.verdicts), "utf-8")
                if killed and not trial:
                    failed = session.items[self._killers[0]].nodeid
                    pytest.exit(f"fails unchanged in a fork, or in another order: {failed}", 1)
                if killed:
                    self._kills[_function(trials[trial]), self._killers[trial]] += 1
                print(f"\r{len(self.verdicts)} of {len(trials)}", end="\r", file=sys.__stderr__)
        return True

    def _run(self, items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
        """Run tests; yield each when it is over."""
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            yield item

    def _try(self, trial: int, mutant: str, items: Sequence[pytest.Item]) -> bool:
        self._trial, self._changed = trial, _function(mutant)
        set_mutant_under_test(mutant)
        self._forget()
        longest = LONGEST if mutant != UNCHANGED else float("inf")
        survived = self._survives([items[test] for test in self._in_order(self._changed)], longest)
        if not survived or self._changed not in self._early:
            return survived
        _forget_modules()
        _end_in(LONGEST)
        return pytest.main(self.arguments, plugins=[self]) == pytest.ExitCode.OK

    def _run_afresh(self, session: pytest.Session) -> bool:
        """Run the tests that were collected with a mutant in place, the likeliest first."""
        likeliest = self._in_order(self._changed, near=True)
        place = {test: number for number, test in enumerate(likeliest)}
        known = {name: place[test] for name, test in self._tests.items()}
        items = sorted(session.items, key=lambda item: known.get(item.nodeid, -1))
        session.testsfailed += not self._survives(items, LONGEST)
        return True

    def _survives(self, items: Sequence[pytest.Item], longest: float) -> bool:
        start = time.process_time()
        run = self._run(items)
        for item in items:
            if time.process_time() - start > longest:
                break
            test = self._tests.get(item.nodeid)
            _end_in(10 + 4 * (LONGEST if test is None else self._seconds[test]))
            next(run)
            if self._failed:
                return False
        return True

    def _run_unchanged(self, items: Sequence[pytest.Item]) -> None:
        """Note how long each test takes, the tests that reach each function, and what ran already.

        They run in this process, so that what is imported or set up at first use is there in every
        fork.
        """
        self._tests = {item.nodeid: test for test, item in enumerate(items)}
        self._early = state()._stats | {UNCHANGED}
        state()._stats.clear()
        start = time.process_time()
        for test, _ in enumerate(self._run(items)):
            self._seconds.append(time.process_time() - start)
            for function in state()._stats | {UNCHANGED}:
                self._reached.setdefault(function, set()).add(test)
            state()._stats.clear()
            start = time.process_time()
        if self._failed:
            pytest.exit(f"fails before anything is changed: {self._failed}", returncode=1)
        alike: Counter[str] = Counter()  # one function with other arguments
        for test in sorted(range(len(items)), key=self._seconds.__getitem__):
            name = items[test].nodeid.partition("[")[0]
            self._turns[test] = alike[name]
            alike[name] += 1

    def _in_order(self, function: str, near: bool = False) -> list[int]:
        """Return the tests that reach a function, the likeliest to notice a change first.

        With ``near`` they are all tests, first those that reach its module.
        """
        tests = self._reached.get(function, set())
        if near:
            module = function.rpartition(".")[0]
            found = [self._reached[one] for one in self._reached if one.startswith(f"{module}.")]
            tests = tests.union(*found)
        return sorted(
            range(len(self._tests)) if near else tests,
            key=lambda test: (
                -self._kills[function, test],
                test not in tests,
                self._turns[test],
                self._seconds[test],
            ),
        )


def _function(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def _forgetful() -> Callable[[], None]:
    """Return what empties the package's caches, so that a mutant is not hidden by a result kept."""
    # By `type`, as `isinstance` asks an object for its class, and some answer with a warning.
    there = gc.get_objects()
    caches = [one for one in there if type(one) is _lru_cache_wrapper and _is_ours(one)]
    keeping = {
        one: [name for name, kept in vars(one).items() if type(kept) is cached_property]
        for one in map(type, there)
        if _is_ours(one)
    }
    objects = [(vars(one), keeping[type(one)]) for one in there if keeping.get(type(one))]

    def forget() -> None:
        for cache in caches:
            cache.cache_clear()
        for kept, names in objects:
            for name in names:
                kept.pop(name, None)

    return forget


def _is_ours(made: object) -> bool:
    return str(made.__module__).startswith("coursekit.")  # of a built-in it may be no string


def _forget_modules() -> None:
    """Forget the package and its tests, as if neither had been imported."""
    copies = tuple(str(Path.cwd() / name) for name in ("coursekit", "tests"))
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(copies):
            del sys.modules[name]


def _end_in(seconds: float) -> None:
    """End this process after so many seconds more: a test that never ends has noticed a mutant.

    They are the processor's, so that a busy machine kills nothing. One that only waits uses none,
    and has twenty times as many of the clock's.
    """
    limit = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    faulthandler.dump_traceback_later(20 * seconds, exit=True, file=2)


def _ended(running: dict[int, int]) -> Iterator[tuple[int, bool]]:
    """Take out the forks that have ended; yield the trial of each, and whether it was killed."""
    for child, trial in list(running.items()):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # what it has started and left behind
            del running[child]
            yield trial, status != 0


def _fork(run: Callable[[], bool]) -> int:
    """Run a function in a fork, a process group of its own, which ends with 0 if that is true."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        code = 0 if run() else 1
    finally:
        os._exit(code)


def try_unit(unit: Unit, mutants: Sequence[str], jobs: int) -> None:
    """Try mutants of a unit and write the verdicts into its ``results.json``."""
    os.chdir(unit.copy)
    sys.path[:0] = [str(unit.copy)]
    os.dup2(os.open("pytest.log", os.O_WRONLY | os.O_CREAT), 1)
    # tqdm's own lock spans processes, and a fork that ends while it holds it would stop all others.
    tqdm.set_lock(RLock())
    tqdm.monitor_interval = 0  # no thread that a fork could catch at work
    arguments = ["-qq", "--capture=sys", "--hypothesis-profile=mutants", "-p", "no:cacheprovider"]
    arguments += [f"--deselect=tests/unit/{test}" for test in LEFT_OUT]
    arguments += map(str, unit.tests)
    set_mutant_under_test("stats")
    code = pytest.main(arguments, plugins=[Trials(mutants, jobs, arguments)])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        Path("results.json").write_text(json.dumps({UNCHANGED: "survived"}), "utf-8")


def mutate(name: str, options: argparse.Namespace) -> Counter[str]:
    """Try one module's mutants; return how many were killed, survived and were not tried."""
    unit = units()[name.partition(".")[0]]
    if options.tests:
        some = tuple(test for test in unit.tests if re.search(options.tests, test.name))
        if not some:
            names = ", ".join(test.name for test in unit.tests)
            sys.exit(f"--tests must fit the name of one of {names}, got {options.tests!r}")
        unit = replace(unit, tests=some)
    diffs = write_mutants(unit)
    mutants = [mutant for mutant in diffs if mutant.startswith(f"coursekit.{name}.")]
    record = COPIES / f"{name}.json"
    verdicts: dict[str, Verdict] = {}
    chosen = mutants
    if options.again or options.rest:
        last = json.loads(record.read_text("utf-8"))
        verdicts = {mutant: last[mutant] for mutant in mutants if mutant in last}
    if options.again:
        chosen = [mutant for mutant in mutants if verdicts.get(mutant) == "survived"]
    if options.sample and options.sample < len(chosen):
        chosen = random.Random(options.seed).sample(chosen, options.sample)
    if options.rest:
        chosen = [mutant for mutant in chosen if mutant not in verdicts]
    # A fork of its own: what one unit imports, the next imports from another copy.
    trial = get_context("fork").Process(target=try_unit, args=(unit, chosen, options.jobs))
    trial.start()
    with suppress(KeyboardInterrupt):
        trial.join()
    trial.join()
    results = unit.copy / "results.json"
    tried = json.loads(results.read_text("utf-8")) if results.exists() else {}
    if tried.pop(UNCHANGED, "killed") == "killed":
        log = (unit.copy / "pytest.log").relative_to(ROOT)
        sys.exit(f"{name}: the unit tests must pass before anything is changed, see {log}")
    verdicts |= tried
    record.write_text(json.dumps(verdicts, indent=1), "utf-8")
    survived = [mutant for mutant in mutants if verdicts.get(mutant) == "survived"]
    (COPIES / f"{name}.diff").write_text(
        "".join(f"# {mutant}\n{diffs[mutant]}\n\n" for mutant in survived), "utf-8"
    )
    return Counter(verdicts.get(mutant, "not tried") for mutant in mutants)


def main() -> None:
    """Try the modules that the command line names, or all of them, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="such as optim, check or check._judge")
    parser.add_argument("--sample", type=int, help="of each module, try as many, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="what that draw starts from")
    parser.add_argument("--again", action="store_true", help="only what survived the last time")
    parser.add_argument("--rest", action="store_true", help="what Ctrl-C kept from being tried")
    parser.add_argument("--tests", help="only files of tests whose name has this pattern in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tried at a time")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if options.sample:
        print(f"Samples of {options.sample}, drawn from seed {options.seed}.")
    print("| module | mutants | killed | survived | not tried |\n|---|---|---|---|---|")
    weak = []
    for name in options.modules or units():
        found = mutate(name, options)
        killed, survived = found["killed"], found["survived"]
        print(f"| `{name}` | {found.total()} | {killed} | {survived} | {found['not tried']} |")
        if killed < ENOUGH * (killed + survived):
            weak.append(name)
    print(f"What survived stands in {COPIES.relative_to(ROOT)}/MODULE.diff.")
    if weak:
        sys.exit(f"less than {ENOUGH:.0%} of the mutants tried were killed: {', '.join(weak)}")


if __name__ == "__main__":
    main()
