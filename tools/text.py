"""A notebook as text, for `git diff`: what a cell says, one line a line, and no JSON.

``.gitattributes`` asks for it; ``make`` tells git the command when it sets up the environment. It
runs on Python alone, because git starts it.
"""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any


def lines(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield the notebook's lines; of a figure its digest."""
    for cell in notebook.get("cells", []):
        metadata = dict(cell.get("metadata", {}))
        tags = " ".join(metadata.pop("tags", []))
        yield f"--- {cell['cell_type']} {cell.get('id', '')} {tags}".rstrip()
        for name, said in metadata.pop("mystnb", {}).items():
            yield from (f"    {name} {key}: {value}" for key, value in said.items())
        if metadata:
            yield f"    {json.dumps(metadata, ensure_ascii=False, sort_keys=True)}"
        yield from _joined(cell.get("source", "")).splitlines()
        if cell["cell_type"] == "code" and cell.get("execution_count") is None:
            yield "    (not executed)"
        for output in cell.get("outputs", []):
            yield from _output(output)
        yield ""


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def _output(output: dict[str, Any]) -> Iterator[str]:
    said = {output.get("name", "error"): output["text"]} if "text" in output else {}
    said |= output.get("data", {})
    if "ename" in output:
        said["error"] = f"{output['ename']}: {output['evalue']}"
    for kind, content in said.items():
        if kind.startswith("image/") and kind != "image/svg+xml":
            yield f"    > {kind} {sha256(_joined(content).encode()).hexdigest()[:12]}"
        else:
            text = _joined(content) if not isinstance(content, dict) else json.dumps(content)
            yield from (f"    > {line}" for line in text.splitlines())


def main() -> int:
    """Print the notebook that the command line names; any other text as it is."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    try:
        notebook = json.loads(text)
    except ValueError:  # half merged, or cut off
        print(text)
        return 0
    print(*lines(notebook), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
