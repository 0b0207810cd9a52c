"""Interruptions and missing means leave nothing half done, and say what is the matter."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.outputs import as_text, store_outputs

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="make, signals and limits as Unix has them"
)
SIGNALS = [signal.SIGINT, signal.SIGTERM]
PATIENCE = 300

# Undoes what a shell does to the commands that it starts in the background.
HEAR_INTERRUPTS = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)

# The second execution tells its process and waits; what was stored knows nothing of it.
SLEEPER = """
import os, pathlib, time
here = pathlib.Path("running")
if pathlib.Path("wait").exists():
    here.with_suffix(".part").write_text(str(os.getpid()))
    here.with_suffix(".part").rename(here)
    time.sleep(600)
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Return a stored notebook, alone in a folder, that takes ten minutes from now on."""
    path = tmp_path / "book" / "sleeper.ipynb"
    path.parent.mkdir()
    cells = [new_code_cell("print('awake ' * 300)", id="a"), new_code_cell(SLEEPER, id="b")]
    path.write_text(as_text(new_notebook(cells=cells)), encoding="utf-8")
    assert store_outputs(path)
    (path.parent / "wait").touch()
    return path


def start(
    command: Sequence[object], folder: Path, variables: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.Popen(
        [sys.executable, "-c", HEAR_INTERRUPTS, *(str(part) for part in command)],
        cwd=folder,
        env={**ours, "PYTHONPATH": str(ROOT), **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    begun = time.monotonic()
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.05)


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> str:
    """Send the signal; return all that the process has said."""
    process.send_signal(number)
    return process.communicate(timeout=PATIENCE)[0]


def gone(pid: int) -> bool:
    """Tell whether a process ends, within the time that a kernel takes to miss its parent."""
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def stopped_while_running(
    command: Sequence[object], notebook: Path, number: signal.Signals
) -> tuple[int, str]:
    """Interrupt a command that executes the notebook; return its status and words.

    Whatever the command: the notebook is as it was, nothing lies beside it, its kernel is gone.
    """
    before = notebook.read_bytes()
    process = start(command, notebook.parent)
    running = notebook.parent / "running"
    wait_until(running.exists, process)
    said = end(process, number)
    assert notebook.read_bytes() == before
    assert {path.name for path in notebook.parent.iterdir()} - {"__pycache__"} == {
        "running",
        "sleeper.ipynb",
        "wait",
    }
    assert gone(int(running.read_text()))
    return process.returncode, said


@pytest.mark.parametrize("number", SIGNALS)
def test_stopping_the_storing_of_outputs(notebook: Path, number: signal.Signals) -> None:
    command = [sys.executable, ROOT / "tools" / "outputs.py", notebook]
    status, said = stopped_while_running(command, notebook, number)
    assert status == 130
    assert said == (
        "Stopped. The notebooks listed above are stored, the others are as they were.\n"
    )


@pytest.mark.parametrize("number", SIGNALS)
def test_stopping_the_gate(notebook: Path, number: signal.Signals) -> None:
    (notebook.parent.parent / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tools.gate.plugin"]
    command += ["-p", "no:cacheprovider", str(notebook)]
    status, said = stopped_while_running(command, notebook, number)
    assert status in (pytest.ExitCode.INTERRUPTED, -signal.SIGTERM)
    assert " passed" not in said or number == signal.SIGINT


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """Return the site of an earlier build, beside a copy of all that a build reads."""
    for name in ("book", "coursekit/labs/built"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    site = tmp_path / "_build" / "site"
    site.mkdir(parents=True)
    (site / "index.html").touch()
    yield site
    for left in builders(tmp_path):
        left.kill()


def builders(folder: Path) -> list[psutil.Process]:
    """Return the processes that build in a folder."""
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if str(folder / "_build") in " ".join(one.info["cmdline"] or [])]


@pytest.mark.parametrize("number", SIGNALS)
def test_stopping_a_build(tmp_path: Path, site: Path, number: signal.Signals) -> None:
    process = start([sys.executable, "-m", "book.editions"], tmp_path)
    wait_until(lambda: len(builders(tmp_path)) == 2, process)
    assert end(process, number) == "No site was built: stopped.\n"
    assert process.returncode == 1
    assert not site.exists()
    assert not builders(tmp_path)


def with_little_space(command: Sequence[object]) -> list[object]:
    """Return the command with 1 kB as the most that it can write into any one file."""
    return ["bash", "-c", 'ulimit -f 1; exec "$@"', "-", *command]


def test_no_space_for_outputs(notebook: Path) -> None:
    (notebook.parent / "wait").unlink()
    before = notebook.read_bytes()
    command = [sys.executable, ROOT / "tools" / "outputs.py", notebook]
    process = start(with_little_space(command), notebook.parent)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said.startswith("Cannot store outputs: [Errno 27] File too large")
    assert said.count("\n") == 1
    assert notebook.read_bytes() == before
    assert [path.name for path in notebook.parent.iterdir()] == ["sleeper.ipynb"]


def test_no_space_for_a_build(tmp_path: Path, site: Path) -> None:
    process = start(with_little_space([sys.executable, "-m", "book.editions"]), tmp_path)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said == "No site was built: [Errno 27] File too large.\n"
    assert not site.exists()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with what `make` reads before there is an environment."""
    for name in ("Makefile", "pyproject.toml", *(path.name for path in ROOT.glob("*.lock"))):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_a_wrong_python_is_named(clone: Path) -> None:
    old = clone / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    process = start(["make", "book", f"PYTHON={old}"], clone)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert said.startswith(
        "The course needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module, and found none"
        f" (looked for: {old}). Install one, or name it: make book PYTHON=/path/to/python3.12\n"
    )
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("patch", "what"),
    [
        ("sysconfig.get_config_var = lambda _: 'x86_64-pc-linux-musl'", "Linux with musl"),
        ("sysconfig.get_platform = lambda: 'macosx-13-x86_64'", "Macs with an Intel processor"),
    ],
)
def test_a_system_without_torch_is_told_before_anything_is_fetched(
    clone: Path, patch: str, what: str
) -> None:
    (clone / "sitecustomize.py").write_text(f"import sysconfig\n{patch}\n")
    own = {"PYTHONPATH": str(clone)}
    process = start(["make", "book", f"PYTHON={sys.executable}"], clone, own)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert said.startswith(f"The course needs PyTorch, which has no build for {what}")
    assert "network" not in said
    assert not (clone / ".venv").exists()


def test_no_network_while_the_environment_is_set_up(clone: Path) -> None:
    unreachable = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_USER": "1",
    }
    process = start(["make", "book", f"PYTHON={sys.executable}"], clone, unreachable)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "The environment could not be set up; the reason stands above (network?" in said
    assert "Traceback" not in said
    assert "user" not in said.lower()
    assert not list((clone / ".venv").glob(".ready*"))
