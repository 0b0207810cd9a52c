"""What the course's pages need of Sphinx beyond Jupyter Book.

``links`` leads Markdown links to terms, works and sections, ``maths`` renders formulas while the
book is built, ``search`` writes what the search page knows, ``outputs`` shows figures at the size
they were drawn for, in the light and in the dark, ``api`` shows the package's reference without
what says nothing, ``boxes`` lets the browser open solutions and folded code, ``chapters`` gives
every chapter the same opening and the landing page its rows, ``thumbnails`` draws what stands
beside them, ``landing`` makes the page's head, ``prerequisites`` the chapters' map, ``labs`` loads
what can be dragged, ``chinese`` prints references, citations and the index as a Chinese book has
them, ``pages`` ties the two editions together and keeps every page free of inline and third-party
scripts.
"""

from os.path import relpath
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from course import (
    api,
    boxes,
    chapters,
    chinese,
    labs,
    landing,
    links,
    maths,
    outputs,
    pages,
    prerequisites,
    search,
)

BOOK = Path(__file__).resolve().parents[2]

# A docstring's types are prose ("float or Tensor, at least 0") or belong to other libraries, whose
# pages would need the network. What names a public part of coursekit must exist;
# Data and Table are type variables, which have no page.
PROSE = [
    ("py:.*", r"(?!coursekit\b).*|coursekit\..*\b_\w+.*|coursekit\.data\.(\w+\.)?(Data|Table)")
]


def _locate(app: Sphinx, config: Config) -> None:
    """Name the shared folders, whichever of the source trees is being built."""
    config.html_static_path = [str(BOOK / "_static")]
    config.templates_path = [str(BOOK / "_templates")]
    config.bibtex_bibfiles = [Path(relpath(BOOK / "references.bib", app.srcdir)).as_posix()]
    config.nitpick_ignore_regex = PROSE


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    app.connect("config-inited", _locate, priority=100)
    parts = (
        links,
        maths,
        search,
        outputs,
        api,
        boxes,
        chapters,
        landing,
        prerequisites,
        labs,
        pages,
        chinese,
    )
    for part in parts:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
