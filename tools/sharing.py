"""A pytest plugin: how two workers share the tests, and where the time went.

``pytest -n 2 --dist loadfile`` keeps a file's tests on one worker, because they share what is
costly to set up: a chapter its kernel, the pages the browser's visits. A file that takes minutes
alone then holds one worker up while the other waits. So the tests of `SPLIT` go by what they share:
those that ask for the same visits together, every other one on its own. What takes longest is
begun first. The ten slowest groups are printed at the end of every run of many.
"""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPLIT = ("tests/book/test_site.py",)
SHARED = re.compile(r"^def (test_\w+)\(([^)]*)\)", re.MULTILINE)
VISITS = re.compile(r"\b(\w*visits)\b")
FIRST = ("tests/book/test_site.py", "tests/tools/", "tests/unit/test_check", "book/", "tests/unit/")
SLOWEST = 10
MANY = 200  # tests; where there are fewer, one sees for oneself


def group(nodeid: str) -> str:
    """Return the name of the tests that run one after another on one worker, this one among them.

    Examples
    --------
    >>> group("book/en/adam.ipynb::code cell 1 (id code-01)")
    'book/en/adam.ipynb'
    """
    file, _, name = nodeid.partition("::")
    if file not in SPLIT:
        return file
    function = name.partition("[")[0]
    return f"{file}::{_visits(file).get(function, name)}"


@cache
def _visits(file: str) -> dict[str, str]:
    """Return which visits a file's tests ask for."""
    source = (ROOT / file).read_text(encoding="utf-8")
    found = {name: VISITS.search(asked) for name, asked in SHARED.findall(source)}
    return {name: match[1] for name, match in found.items() if match}


def rank(nodeid: str) -> int:
    """Return when a test is begun, 0 first."""
    return next((n for n, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes longest first where several workers share the tests."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share by `group` where pytest-xdist would share by file."""
    if config.getoption("dist", "no") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Groups(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist is untyped
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    config.option.loadscopereorder = False  # the order is that of `rank`
    return Groups(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the slowest groups."""
    seconds: defaultdict[str, float] = defaultdict(float)
    reports = [one for kind in terminalreporter.stats.values() for one in kind]
    timed = [one for one in reports if hasattr(one, "duration") and hasattr(one, "nodeid")]
    for one in timed:
        seconds[group(one.nodeid)] += one.duration
    if len({one.nodeid for one in timed}) < MANY:
        return
    terminalreporter.section(f"slowest {SLOWEST} groups")
    for name, spent in sorted(seconds.items(), key=lambda each: -each[1])[:SLOWEST]:
        terminalreporter.write_line(f"{spent:8.1f} s  {name}")
