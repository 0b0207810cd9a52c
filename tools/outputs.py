"""Execute the notebooks and store their outputs, normalized: ``make outputs``.

    python -m tools.outputs                     every notebook of both editions
    python -m tools.outputs adam                these chapters, in both editions
    python -m tools.outputs book/en/adam.ipynb  these notebooks, or those in these folders

A stored notebook is a function of its cells alone: two executions give the same bytes, so a diff
shows only what changed. Whatever would differ on another machine or another day (a warning, a path,
a memory address, a timing, a widget's state) is refused or left out, and a notebook that is refused
keeps the outputs it had. The Chinese edition is executed like the English one, although its code is
the same but for words: an output that depends on the edition is then seen, not assumed away. What
each figure draws and writes is kept in its output's metadata, for the editions to be compared.
"""

import argparse
import base64
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from PIL import Image

from tools import figures

ROOT = Path(__file__).resolve().parents[1]
EDITIONS = ("en", "zh")
SECONDS_A_CELL = 600

# What nbconvert needs to write a script; a version would change with the machine.
PYTHON = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
NOISE = {"ExecuteTime", "collapsed", "deletable", "editable", "execution", "scrolled", "trusted"}
WIDGET = "application/vnd.jupyter.widget-view+json"
# What a Markdown cell ends in when the code cells right after it belong to a solution.
SOLUTION = re.compile(r"^(`{3,})\{solution\}[^\n]*\n(?:(?!\1).*\n)*\1\s*\Z", re.MULTILINE)
CLOSED = {"outputs_hidden": True, "source_hidden": True}
TO_WRITE = "TO-WRITE"  # what `make carry` puts before words that an edition has not yet
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
MACHINE_PATH = re.compile(r"(?:/home/|/Users/|/root/|/tmp/|/private/var/|\b[A-Z]:\\\\?Users)")


def main() -> int:
    """Execute what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description="Execute notebooks and store their outputs.")
    parser.add_argument("what", nargs="*", help="chapters, notebooks or folders of notebooks")
    paths: list[Path] = []
    for name in parser.parse_args().what:
        named = [path for path in editions_of(name) if path.exists()] or [Path(name)]
        if not named[0].exists() or not (named[0].is_dir() or named[0].suffix == ".ipynb"):
            chapters = sorted(path.stem for path in (ROOT / "book" / "en").glob("*.ipynb"))
            close = get_close_matches(name, chapters, 1)
            meant = f"; did you mean {close[0]}?" if close else f": {', '.join(chapters)}"
            parser.error(f"{name} is no chapter, no notebook and no folder of notebooks{meant}")
        paths += named
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop as Ctrl-C does
    failed = 0
    try:
        for path in notebooks(paths or [ROOT / "book" / edition for edition in EDITIONS]):
            failed += not store_outputs(path)
    except KeyboardInterrupt:
        print("Stopped. The notebooks listed above are stored, the others are as they were.")
        return 130
    except OSError as error:
        print(f"Cannot store outputs: {error}.")
        return 1
    return int(failed > 0)


def editions_of(chapter: str) -> list[Path]:
    """Return where the editions of a chapter lie, by its name."""
    return [ROOT / "book" / edition / f"{chapter}.ipynb" for edition in EDITIONS]


def notebooks(paths: Iterable[Path]) -> list[Path]:
    """Return the notebooks named by or lying under the paths, without Jupyter's checkpoints."""
    found = (
        file for path in paths for file in ([path] if path.is_file() else path.rglob("*.ipynb"))
    )
    return sorted(file for file in found if ".ipynb_checkpoints" not in file.parts)


def store_outputs(path: Path) -> bool:
    """Execute one notebook, store it where it was, print a line; return whether it was stored."""
    name = path.resolve().relative_to(ROOT) if path.resolve().is_relative_to(ROOT) else path
    begun = time.perf_counter()
    try:
        notebook = read(path)
        execute(notebook, path.resolve().parent)
        notebook = normalized(notebook)
        found = list(problems(notebook))
    except NotExecutedError as error:
        found = [str(error)]
    seconds = time.perf_counter() - begun
    if found:
        print(f"{name}  {seconds:.1f} s  NOT STORED")
        print(*(f"  {problem}" for problem in found), sep="\n", flush=True)
        return False
    write(path, notebook)
    outputs = [output for _, cell in code_cells(notebook) for output in cell.outputs]
    figures = sum("image/png" in output.get("data", {}) for output in outputs)
    cells = sum(1 for _ in code_cells(notebook))
    print(f"{name}  {seconds:.1f} s  {cells} code cells  {figures} figures", flush=True)
    open_ends = [cell.id for cell in notebook.cells if unwritten(cell)]
    if open_ends:
        print(f"  still {TO_WRITE}: {', '.join(open_ends)}", flush=True)
    return True


def code_cells(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Yield the code cells, each with the words by which a message names it."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    for number, cell in enumerate(code, 1):
        yield f"code cell {number} (id {cell.id})", cell


def read(path: Path) -> nbformat.NotebookNode:
    """Return the notebook as it lies on disk, ids filled in where a cell has none of its own."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotExecutedError(f"is not JSON: {error}") from None
    if not isinstance(stored, dict) or stored.get("nbformat") != 4:
        raise NotExecutedError("is not a notebook of format 4; save it anew with JupyterLab")
    taken: set[str] = set()
    for number, cell in enumerate(stored["cells"], 1):
        if not VALID_ID.fullmatch(str(cell.get("id", ""))) or cell["id"] in taken:
            cell["id"] = _unused_id(number, taken | {other.get("id") for other in stored["cells"]})
        taken.add(cell["id"])
    stored["nbformat_minor"] = 5
    notebook: nbformat.NotebookNode = nbformat.reads(json.dumps(stored), as_version=4)
    return notebook


def _unused_id(number: int, taken: set[str]) -> str:
    candidate = f"cell-{number}"
    while candidate in taken:
        candidate += "-x"
    return candidate


def unwritten(cell: nbformat.NotebookNode) -> bool:
    """Return whether words of a cell, its captions and alt texts among them, are to be written."""
    return TO_WRITE in json.dumps({**cell, "outputs": []})


def write(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Put the notebook at ``path`` whole or not at all."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=".", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.write(as_text(notebook))
            file.close()
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def as_text(notebook: nbformat.NotebookNode) -> str:
    """Return the notebook's JSON: sorted keys, one line a source line, a newline at the end."""
    text: str = nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


class NotExecutedError(Exception):
    """A notebook could not be read or executed to its end; the message says where and why."""


class _ThisInterpreter(KernelSpecManager):
    """Whatever kernel a notebook names, the one that runs is the interpreter of this process."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        """Return the specification of this interpreter's own kernel."""
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class _Kernel(AsyncKernelManager):
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return _ThisInterpreter()


def execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run the code cells in a fresh kernel in ``folder``, storing their outputs in ``notebook``."""
    with tempfile.TemporaryDirectory() as ipython_folder:
        _describe_figures(Path(ipython_folder))
        client = NotebookClient(
            notebook,
            kernel_manager_class=_Kernel,
            extra_arguments=["--log-level=CRITICAL"],
            timeout=SECONDS_A_CELL,
            skip_cells_with_tag="",
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        settled = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        environment = {**os.environ, **neutral_settings(ipython_folder), **settled}
        # not client.execute: it answers an interrupt with a traceback of its own
        with client.setup_kernel(env=environment):
            places = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
            for place, (where, cell) in zip(places, code_cells(notebook), strict=True):
                cell.outputs, cell.execution_count = [], None
                try:
                    client.execute_cell(cell, place, store_history=True)
                except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                    raise NotExecutedError(f"{where}: {error}") from None


def _describe_figures(ipython_folder: Path) -> None:
    """Have each figure's data and words kept beside it, without a name in the cells' namespace."""
    startup = ipython_folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    code = Path(figures.__file__).read_text(encoding="utf-8") + "\ninstall()\n"
    (startup / "figures.py").write_text(f"exec({code!r}, {{}})\n", encoding="utf-8")


def neutral_settings(ipython_folder: str) -> dict[str, str]:
    """Return the variables that keep a reader's own Jupyter and matplotlib settings out."""
    spec = find_spec("matplotlib")
    package = Path(spec.origin).parent if spec and spec.origin else Path()
    return {
        "IPYTHONDIR": ipython_folder,
        "MATPLOTLIBRC": str(package / "mpl-data" / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONWARNINGS": "",
    }


def solutions(notebook: nbformat.NotebookNode) -> Iterator[nbformat.NotebookNode]:
    """Yield the code cells of solutions, which JupyterLab keeps closed until they are asked for."""
    inside = False
    for cell in notebook.cells:
        if cell.cell_type != "code":
            inside = SOLUTION.search(cell.source) is not None
        elif inside:
            yield cell


def normalized(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook with all that varies without meaning taken out."""
    notebook = nbformat.from_dict(notebook)
    kept = {key: value for key, value in notebook.metadata.items() if key != "widgets"}
    notebook.metadata = nbformat.from_dict(
        kept
        | {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": PYTHON,
        }
    )
    for cell in notebook.cells:
        for key in NOISE & cell.metadata.keys():
            del cell.metadata[key]
        cell.metadata.pop("jupyter", None)
    for cell in solutions(notebook):
        cell.metadata["jupyter"] = nbformat.from_dict(CLOSED)
    # That a cell was executed is kept, not when: a cell put in above would change all below it.
    for _, cell in code_cells(notebook):
        cell.outputs = [_normal_output(output) for output in _merged(cell.outputs)]
        if cell.execution_count is not None:
            cell.execution_count = 1
    return notebook


def _merged(outputs: list[Any]) -> list[Any]:
    """Return the outputs with neighbouring pieces of one stream joined."""
    merged: list[Any] = []
    for output in outputs:
        before = merged[-1] if merged else None
        if before and output.output_type == "stream" and before.get("name") == output.name:
            before.text += output.text
        else:
            merged.append(nbformat.from_dict(output))
    return merged


def _normal_output(output: Any) -> Any:
    if output.output_type == "execute_result":
        output.execution_count = 1
    if "image/png" in output.get("data", {}):
        output.data["image/png"] = _plain_png(output.data["image/png"])
    return without_widget(output)


def without_widget(output: Any) -> Any:
    """Return an output without its widget, if it says in HTML what it shows: a lab does.

    A widget's number is another one each time, and lives as long as the kernel.
    """
    if "text/html" in output.get("data", {}):
        output["data"].pop(WIDGET, None)
    return output


def _plain_png(encoded: str) -> str:
    """Return the image packed tightly, without matplotlib's notes: its version, the resolution.

    One that has no notes was packed before, and stays as it is whatever packs it now.
    """
    packed = BytesIO()
    with Image.open(BytesIO(base64.b64decode(encoded))) as image:
        if not image.info:
            return encoded
        Image.frombytes(image.mode, image.size, image.tobytes()).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def problems(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield what forbids storing or publishing the notebook as it is: which cell, and why."""
    for where, cell in code_cells(notebook):
        if cell.source.strip() and cell.execution_count is None:
            yield f"{where} was not executed; run `make outputs`"
        for output in cell.outputs:
            for problem in _output_problems(output, cell.metadata.get("tags", [])):
                yield f"{where}: {problem}"


def _output_problems(output: Any, tags: list[str]) -> Iterator[str]:
    if output.output_type == "error" and "raises-exception" not in tags:
        yield "\n    ".join([f"raised {output.ename}: {output.evalue}", *output.traceback])
    if output.get("name") == "stderr":
        yield f"wrote to stderr, so it warns: {output.text.strip()}"
    if WIDGET in output.get("data", {}):
        yield "shows a widget, which a stored output cannot hold"
    for text in texts(output):
        for pattern, what in ((ADDRESS, "a memory address"), (MACHINE_PATH, "a machine's path")):
            if match := pattern.search(text):
                line = next(line for line in text.splitlines() if match.group() in line)
                yield f"its output holds {what}: {line.strip()[:160]}"


def texts(output: Any) -> Iterator[str]:
    """Yield every readable text of an output."""
    if output.output_type == "stream":
        yield output.text
    for mime, content in output.get("data", {}).items():
        if not mime.startswith("image/") or mime == "image/svg+xml":
            yield content if isinstance(content, str) else json.dumps(content)


if __name__ == "__main__":
    sys.exit(main())
