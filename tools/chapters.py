"""What the chapters are, and what a cell says to its readers: prose, captions, alt texts.

Whatever reads a chapter's words (claims, numbers, parity of the editions, typography) reads them
here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from tools.outputs import EDITIONS, ROOT, read

BOOK = ROOT / "book"


def path(name: str, edition: str) -> Path:
    """Return where an edition's notebook lies, by the chapter's name."""
    return BOOK / edition / f"{name}.ipynb"


def names() -> list[str]:
    """Return the names of the chapters that both editions have, sorted."""
    found = [{one.stem for one in (BOOK / edition).glob("*.ipynb")} for edition in EDITIONS]
    return sorted(set.intersection(*found))


def chapter(name: str, edition: str) -> NotebookNode:
    """Read an edition's notebook."""
    return read(path(name, edition))


@dataclass(frozen=True)
class Figure:
    """What a cell says of the figure that it draws; "" for what it does not say."""

    name: str
    caption: str
    alt: str


def figure(cell: NotebookNode) -> Figure:
    """Return what a cell's metadata say of its figure."""
    about = cell.metadata.get("mystnb", {})
    said = about.get("figure", {})
    return Figure(
        name=str(said.get("name", "")),
        caption=str(said.get("caption", "")),
        alt=str(about.get("image", {}).get("alt", "")),
    )


def words(cell: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield each text of a cell that readers read, after its kind: prose, caption or alt text."""
    if cell.cell_type == "markdown":
        yield "prose", str(cell.source)
    said = figure(cell)
    for kind, text in (("caption", said.caption), ("alt text", said.alt)):
        if text:
            yield kind, text


def tags(cell: NotebookNode) -> list[str]:
    """Return a cell's tags."""
    return list(cell.metadata.get("tags", []))


def called(cell: NotebookNode, number: int) -> str:
    """Return the words by which a message names a cell."""
    return f"cell {number} (id {cell.id})"
