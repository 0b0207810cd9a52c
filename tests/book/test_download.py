"""A chapter that is downloaded alone: what it says to install, and that it runs with just that."""

import json
import os
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from book import editions
from book.editions import SITE, WHEELS
from tools import chapters
from tools.environments import empty

CHAPTER = "mini-batch"  # it has a lab, a checker and a script of the course
DOWNLOADED = "COURSE_DOWNLOADED"
EVERY_CHAPTER = chapters.names() if os.environ.get(DOWNLOADED) else []


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
        assert editions.WHEEL_LINK not in running


@pytest.mark.parametrize("edition", ["en", "zh"])
@pytest.mark.parametrize("base", ["https://example.org/course", ""])
def test_the_first_lines_say_what_to_install(tmp_path: Path, edition: str, base: str) -> None:
    notebook = tmp_path / "chapter.ipynb"
    notebook.write_text(
        json.dumps({"cells": [{"id": "one", "cell_type": "code", "source": ["x = 1"]}]}),
        encoding="utf-8",
    )
    editions.make_alone(notebook, edition, "coursekit-0.1.0-py3-none-any.whl", base)
    first, second = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert second == {"id": "one", "cell_type": "code", "source": ["x = 1"]}
    said = "".join(first["source"])
    if base:
        line = f"%pip install -q {base}/wheels/coursekit-0.1.0-py3-none-any.whl"
        assert first["cell_type"] == "code"
        assert said.splitlines()[-1] == line
    else:
        assert first["cell_type"] == "markdown"
        assert "pip install coursekit-0.1.0-py3-none-any.whl" in said


@pytest.mark.parametrize("edition", ["en", "zh"])
@pytest.mark.parametrize("base", ["https://example.org/course", ""])
def test_the_page_gives_the_line_that_a_download_begins_with(edition: str, base: str) -> None:
    written = (editions.BOOK / edition / "running.md").read_text(encoding="utf-8")
    page = editions.name_wheel(written, edition, "coursekit-0.1.0-py3-none-any.whl", base)
    line = "%pip install -q {}/wheels/coursekit-0.1.0-py3-none-any.whl"
    assert line.format(base or editions.ADDRESS[edition]) in page
    assert page.count("coursekit-0.1.0-py3-none-any.whl") == 2
    assert editions.WHEEL_LINK not in page
    assert "git+" not in page


def test_a_script_that_a_chapter_reads_comes_along() -> None:
    read = {"id": "read", "cell_type": "code", "source": ['Path("../scripts/data_parallel.py")']}
    words = {"id": "words", "cell_type": "markdown", "source": ['"../scripts/data_parallel.py"']}
    script, first, second, text = editions.bring_scripts([read, read, words])
    assert first["source"] == second["source"] == ['Path("data_parallel.py")']
    assert text == words
    head, *lines = script["source"]
    assert head == "%%writefile data_parallel.py\n"
    assert "".join(lines) == (editions.BOOK / "scripts/data_parallel.py").read_text("utf-8")


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the site's wheel and what it requires: no checkout, no other package.

    ``make test-matrix LEGS=empty`` names one that pip has set up from the registry.
    """
    if EVERY_CHAPTER:
        return Path(os.environ[DOWNLOADED])
    return empty.linked(tmp_path_factory.mktemp("empty") / "venv", wheel)


@pytest.mark.parametrize("chapter", EVERY_CHAPTER or [CHAPTER])
def test_a_downloaded_chapter_runs_with_the_wheel_alone(
    python: Path, chapter: str, tmp_path: Path
) -> None:
    notebook = tmp_path / "chapter.ipynb"
    content = json.loads((SITE / "en" / "_sources" / f"{chapter}.ipynb").read_text("utf-8"))
    where = "import coursekit, pathlib; print(pathlib.Path(coursekit.__file__).parents[5])"
    last = {"cell_type": "code", "id": "where", "metadata": {}, "outputs": [], "source": where}
    content["cells"].append({**last, "execution_count": None})
    notebook.write_text(json.dumps(content), encoding="utf-8")
    empty.execute(python, notebook)
    ran = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in ran for output in cell.get("outputs", [])]
    assert [one["text"] for one in outputs if one.get("name") == "stderr"] == []
    assert "".join(ran[-1]["outputs"][0]["text"]).strip() == str(python.parents[2])


def test_what_the_wheel_does_not_require_is_not_there(python: Path) -> None:
    asked = "import importlib.util as u, sys; print(*map(u.find_spec, sys.argv[1:]))"
    command = [str(python), "-c", asked, "pytest", "jupyterlab", "anywidget", "pip", "book"]
    environment = empty.clean(python.parents[1])
    done = subprocess.run(
        command, cwd=python.parent, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["None"] * 5
