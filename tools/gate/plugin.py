"""The pytest plugin that re-executes every notebook and compares its outputs with the stored ones.

It stands on nbval, which runs a notebook's cells in one kernel and makes each of them a test. What
nbval has no word for is added here: figures are compared, numbers are compared as numbers, a cell
that was not executed fails, and nothing is skipped without its reason.

A cell that must be treated otherwise says so in a comment that its readers see::

    # gate: rtol=1e-3 because the sum's last digits depend on the processor

What may stand there: ``rtol=``, ``atol=``, ``rms=`` with a number (see ``comparison.Tolerance``),
``raises-exception``, ``ignore-output``, ``skip``, several of them parted by commas.

nbval's own options may be typed and change nothing: ``pytest --nbval``, ``--nbval-lax``,
``--nbval-current-env``, ``--nbval-sanitize-with`` all run this gate, each cell once, in the Python
that runs pytest, all outputs compared.
"""

import math
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import (
    IPyNbCell,
    IPyNbFile,
    NbCellError,
    find_comment_markers,
    find_metadata_tags,
)

from tools.gate import report
from tools.gate.comparison import Difference, Tolerance, differences
from tools.outputs import (
    as_text,
    code_cells,
    neutral_settings,
    normalized,
    problems,
    read,
    without_widget,
)

COMMENT = re.compile(r"#[ \t]*gate:(?P<rest>.*)")
TERMS = re.compile(r"(?P<settings>.+?)\s*(?:because|因为)\s*(?P<reason>\S.*)")
EXCEPTIONS = {"raises-exception": "check_exception", "skip": "skip", "ignore-output": "ignore"}
PATIENCE = 120  # seconds for a kernel to start, or to hand over an output that it has
WIDTH = 150  # columns of a report that no terminal limits
FOLLOWS = "It may follow from"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Terms:
    """What a cell's own ``# gate:`` comment says."""

    tolerance: Tolerance = field(default_factory=Tolerance)
    exceptions: frozenset[str] = frozenset()
    reason: str = ""


def terms_of(cell: Any) -> Terms:
    """Read a cell's ``# gate:`` comment; ``ValueError`` where it can't be understood."""
    terms = Terms()
    for comment in COMMENT.finditer(cell.source):
        match = TERMS.fullmatch(comment["rest"].strip())
        if not match:
            raise ValueError(
                f"{comment.group().strip()!r} gives no reason: '# gate: ... because ...'"
            )
        terms = replace(terms, reason=f"{terms.reason} {match['reason']}".strip())
        for setting in re.split(r"[,，]\s*", match["settings"]):
            name, _, value = setting.partition("=")
            if name in ("rtol", "atol", "rms") and re.fullmatch(r"\d*\.?\d+(e-?\d+)?", value):
                tolerance = replace(terms.tolerance, **{name: float(value)})
                terms = replace(terms, tolerance=tolerance)
            elif setting in EXCEPTIONS:
                terms = replace(terms, exceptions=terms.exceptions | {setting})
            else:
                raise ValueError(f"{comment.group().strip()!r}: {setting!r} is not a setting")
    nbval_says = [*find_metadata_tags(cell.metadata), *find_comment_markers(cell.source)]
    raises = {("check_exception", True)} if "raises-exception" in terms.exceptions else set()
    if set(nbval_says) - raises:
        raise ValueError(
            "says with nbval's tags or comments what '# gate: ... because ...' must say"
        )
    return terms


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run leave the figures out: another matplotlib draws each of them a little otherwise."""
    parser.addoption(
        "--no-pixels", action="store_true", help="compare texts and numbers, not figures' pixels"
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep nbval from collecting every cell a second time, and a log's summaries from being cut."""
    config.option.nbval = config.option.nbval_lax = False
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not reporter.isatty:
        writer = config.get_terminal_writer()
        writer.fullwidth = max(writer.fullwidth, WIDTH)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "Notebook | None":
    """Collect every notebook."""
    if file_path.suffix != ".ipynb":
        return None
    notebook: Notebook = Notebook.from_parent(parent, path=file_path)
    return notebook


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget what an earlier run found."""
    if not hasattr(session.config, "workerinput"):
        report.clear(session.config.rootpath)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say where to begin and where to look when outputs differ."""
    index = report.write_index(config.rootpath)
    if index:
        first = [
            one.location[2]
            for one in terminalreporter.stats.get("failed", ())
            if one.location[0].endswith(".ipynb") and FOLLOWS not in one.longreprtext
        ]
        terminalreporter.write_line(f"Start with {'; '.join(first)}")
        terminalreporter.write_line(f"Expected, actual and difference side by side: {index}")
        for line in other_versions(config.rootpath / "requirements.lock"):
            terminalreporter.write_line(line)


def other_versions(lock: Path) -> Iterator[str]:
    """Yield what is installed in another version than the stored outputs were made with."""
    for name, made_with in locked(lock).items() if lock.exists() else ():
        try:
            installed = version(name).split("+")[0]
        except PackageNotFoundError:
            continue
        if installed != made_with:
            yield f"{name} is {installed}, the stored outputs were made with {made_with}"


def locked(lock: Path) -> dict[str, str]:
    """Return a lock's versions by the packages' names, which are canonical there."""
    text = lock.read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE))


class HistoryKernel(RunningKernel):  # type: ignore[misc]  # nbval is untyped
    """nbval's kernel, with a history: without one a trailing ``;`` does not silence an output."""

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> Any:
        """Send one cell's source; return the id of the message."""
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


class Notebook(IPyNbFile):  # type: ignore[misc]
    """One notebook: a test of how it is stored, then one test for each code cell."""

    first_failure: str | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the tests."""
        self.nb = read(self.path)
        yield Stored.from_parent(self, name="as stored")
        for number, (where, cell) in enumerate(code_cells(self.nb)):
            try:
                terms = terms_of(cell)
            except ValueError:  # reported by the test of how the notebook is stored
                terms = Terms()
            options = {
                "check": "ignore-output" not in terms.exceptions,
                "check_exception": "raises-exception" in terms.exceptions,
                "skip": False,
            }
            item = Cell.from_parent(self, name=where, cell_num=number, cell=cell, options=options)
            item.terms = terms
            item.output_timeout = PATIENCE
            if "skip" in terms.exceptions:
                item.add_marker(pytest.mark.skip(reason=terms.reason))
            yield item

    def setup(self) -> None:
        """Start a kernel that knows nothing of its owner's Jupyter and matplotlib settings."""
        self.ipython_folder = tempfile.TemporaryDirectory()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in neutral_settings(self.ipython_folder.name).items():
                patch.setenv(name, value)
            folder = str(self.path.parent)
            self.kernel = HistoryKernel(CURRENT_ENV_KERNEL_NAME, folder, PATIENCE)

    def teardown(self) -> None:
        """Stop the kernel."""
        super().teardown()
        self.ipython_folder.cleanup()


class Stored(pytest.Item):
    """What the file says of itself, before anything is executed."""

    def runtest(self) -> None:
        """Fail with a list of all that is wrong."""
        notebook = self.parent.nb  # type: ignore[union-attr]
        found = list(problems(notebook))
        for where, cell in code_cells(notebook):
            try:
                terms_of(cell)
            except ValueError as error:
                found.append(f"{where} {error}")
        if as_text(normalized(notebook)) != self.path.read_text(encoding="utf-8"):
            found.append("the file is not in the form that `make outputs` gives it")
        if found:
            pytest.fail("\n".join([*found, f"in {_name(self)}"]), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the test in pytest's report."""
        return self.path, 0, f"{_name(self)}, as stored"


class Cell(IPyNbCell):  # type: ignore[misc]
    """One code cell, executed after those above it."""

    terms: Terms

    def runtest(self) -> None:
        """Execute the cell and compare."""
        self.differences: list[Difference] = []
        super().runtest()
        if self.cell.execution_count is None and self.cell.source.strip():
            self.raise_cell_error("was not executed before it was stored; run `make outputs`")

    def compare_outputs(self, test: Any, ref: Any, skip_compare: Any = None) -> bool:  # noqa: ARG002
        """Compare all outputs, figures included, in place of nbval's own comparison."""
        tolerance = self.terms.tolerance
        if self.config.getoption("--no-pixels"):
            tolerance = replace(tolerance, rms=math.inf)
        self.differences = differences(ref, list(map(without_widget, test)), tolerance)
        self.comparison_traceback = [f"{one.where}: {one.message}" for one in self.differences]
        return not self.differences

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """Say what differs, then which notebook and cell, then where the images are.

        What fails behind the first failing cell of a notebook mostly follows from it: that is said,
        and only what differs is shown.
        """
        error = excinfo.value
        title = f"{_name(self)}, {self.name}"
        if not isinstance(error, NbCellError):
            return f"{error!r}\n{title}"
        said = ANSI.sub("", error.inner_traceback or "").strip("\n")
        if self.differences:
            lines = [said]
        else:
            lines = [said.splitlines()[-1]] if said else []
            lines += [str(error), said]
        found = self.differences or [Difference("execution", "\n".join(lines))]
        here = report.write_cell(self.config.rootpath, title, self.cell.source, found)
        where = f"Texts and images are in {here.relative_to(self.config.rootpath)}"
        if before := self.parent.first_failure:
            shown = lines if self.differences else lines[:1] or [str(error)]
            return "\n".join([*shown, title, f"{FOLLOWS} {before} above.", where])
        self.parent.first_failure = self.name
        source = "".join(f"    {line}\n" for line in self.cell.source.splitlines())
        return "\n".join([*lines, title, f"the cell:\n{source}", where])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the test in pytest's report."""
        return self.path, 0, f"{_name(self)}, {self.name}"


def _name(item: pytest.Item) -> str:
    root = item.config.rootpath
    return str(item.path.relative_to(root) if item.path.is_relative_to(root) else item.path)
