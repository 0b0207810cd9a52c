"""Two workers share the tests so that neither waits long for the other."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import sharing
from tools.sharing import group, rank

SITE = "tests/book/test_site.py"


def test_a_chapter_keeps_its_kernel_and_a_file_its_fixtures() -> None:
    assert group("book/en/adam.ipynb::as stored") == group("book/en/adam.ipynb::code cell 3 (id x)")
    assert group("tests/unit/test_optim.py::test_a[1]") == "tests/unit/test_optim.py"


def test_what_looks_at_the_same_visits_stays_together_and_the_rest_goes_alone() -> None:
    together = {
        group(f"{SITE}::test_no_script_is_inline"),
        group(f"{SITE}::test_each_page_says_what_it_is"),
    }
    assert together == {f"{SITE}::visits"}
    assert group(f"{SITE}::test_a_phone_never_scrolls_sideways") == f"{SITE}::phone_visits"
    assert group(f"{SITE}::test_axe[en]") != group(f"{SITE}::test_axe[zh]")


def test_the_longest_is_begun_first() -> None:
    names = ["tests/book/test_parity.py::a", "book/en/adam.ipynb::b", f"{SITE}::c"]
    assert sorted(names, key=rank) == names[::-1]


def test_a_run_is_shared_and_says_where_its_time_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers run a file each, begun in the order of `rank`; the slow one is named."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    slow = "import time, pytest\n@pytest.mark.parametrize('n', range(150))\ndef test_a(n):\n    "
    (tmp_path / "test_a.py").write_text(slow + "pass\n")
    (tmp_path / "test_b.py").write_text(slow + "time.sleep(0.01)\n")
    command = [sys.executable, "-m", "pytest", "-p", "tools.sharing", "-n", "2"]
    command += ["--dist", "loadfile", "-p", "no:cacheprovider"]
    monkeypatch.setenv("PYTHONPATH", str(sharing.ROOT))
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "300 passed" in done.stdout, done.stdout + done.stderr
    summary = done.stdout.partition("slowest 10 groups")[2].splitlines()
    assert [line.split()[-1] for line in summary[1:3]] == ["test_b.py", "test_a.py"]
