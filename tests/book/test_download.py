"""A chapter that is downloaded alone: what it says to install, and that it runs with just that."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from book import editions
from book.editions import SITE, WHEELS

CHAPTER = "momentum"


@pytest.fixture(scope="module")
def wheel(site: None) -> Path:
    (found,) = (SITE / WHEELS).glob("coursekit-*.whl")
    return found


def test_the_wheel_is_the_package_that_made_the_pages(wheel: Path) -> None:
    with ZipFile(wheel) as packed:
        inside = {name: packed.read(name) for name in packed.namelist()}
    sources = (
        path
        for path in (editions.ROOT / "coursekit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    for path in sources:
        name = path.relative_to(editions.ROOT).as_posix()
        assert inside.get(name) == path.read_bytes(), name
    for edition in ("en", "zh"):
        running = (SITE / edition / "running.html").read_text(encoding="utf-8")
        assert f'href="../{WHEELS}/{wheel.name}"' in running


@pytest.mark.parametrize("edition", ["en", "zh"])
@pytest.mark.parametrize("base", ["https://example.org/course", ""])
def test_the_first_lines_say_what_to_install(tmp_path: Path, edition: str, base: str) -> None:
    notebook = tmp_path / "chapter.ipynb"
    notebook.write_text(
        json.dumps({"cells": [{"id": "one", "cell_type": "code"}]}), encoding="utf-8"
    )
    editions.make_alone(notebook, edition, "coursekit-0.1.0-py3-none-any.whl", base)
    first, second = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert second == {"id": "one", "cell_type": "code"}
    said = "".join(first["source"])
    if base:
        line = f"%pip install -q {base}/wheels/coursekit-0.1.0-py3-none-any.whl"
        assert first["cell_type"] == "code"
        assert said.splitlines()[-1] == line
    else:
        assert first["cell_type"] == "markdown"
        assert "pip install coursekit-0.1.0-py3-none-any.whl" in said


def test_a_downloaded_chapter_runs_with_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """What the wheel requires is at hand; coursekit is taken from the wheel, not from here."""
    alone = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(alone), str(wheel)], check=True)
    notebook = tmp_path / "chapter.ipynb"
    content = json.loads((SITE / "en" / "_sources" / f"{CHAPTER}.ipynb").read_text("utf-8"))
    where = "import coursekit, pathlib; print(pathlib.Path(coursekit.__file__).parent)"
    last = {"cell_type": "code", "id": "where", "metadata": {}, "outputs": [], "source": where}
    content["cells"].append({**last, "execution_count": None})
    notebook.write_text(json.dumps(content), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(alone), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "notebook", "--execute"]
    command += ["--inplace", "--log-level", "ERROR", str(notebook)]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
    ran = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert "".join(ran[-1]["outputs"][0]["text"]).strip() == str(alone / "coursekit")
