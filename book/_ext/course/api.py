"""The reference of the package: what autodoc reads, without what says nothing."""

from typing import Any

from sphinx.application import Sphinx


def _without_aliases(*given: Any) -> None:
    """Of a named tuple's fields autodoc knows only the number, which says nothing."""
    lines: list[str] = given[-1]
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()


def setup(app: Sphinx) -> None:
    """Look at every docstring."""
    app.setup_extension("sphinx.ext.autodoc")  # whose event this is
    app.connect("autodoc-process-docstring", _without_aliases)
