"""Links that every reader of a notebook can follow, and that lead further on the pages.

A chapter is read in JupyterLab, VS Code, Colab and on the pages, and roles are words of Sphinx
alone. So chapters link by Markdown: ``[Polyak (1964)](references.md#polyak1964methods)``,
``[learning rate](glossary.md#learning-rate)``, ``[the floor](mini-batch.ipynb#sec-mb-floor)``. On
the pages they lead to the work, with its title and journal on hovering, to the term and to the
section. What leads nowhere is a warning. A term's anchor is its English name, in both editions.
"""

import re
from functools import cache
from pathlib import Path
from typing import cast

from docutils import nodes
from pybtex.backends.plaintext import Backend
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode
from sphinxcontrib.bibtex.domain import BibtexDomain, Citation

LOGGER = logging.getLogger(__name__)

GLOSSARY, REFERENCES = "glossary", "references"
ENTRY = re.compile(r"^(\S.*)\n  (.+)$", re.MULTILINE)


def terms(glossary: str) -> dict[str, str]:
    r"""Return the terms of a glossary's text by their anchors.

    Examples
    --------
    >>> terms("```{glossary}\nlearning rate\n  学习率. The step.\n\nAdam\n  A rule.\n```")
    {'learning-rate': 'learning rate', 'adam': 'Adam'}
    >>> terms("```{glossary}\n学习率\n  learning rate。步长。\n\nAdam\n  一种方法。\n```")
    {'learning-rate': '学习率', 'adam': 'Adam'}
    """
    found = {}
    for term, definition in ENTRY.findall(glossary.partition("```{glossary}")[2]):
        english = term if term.isascii() else definition.partition("。")[0]
        found[anchor(english)] = term
    return found


def anchor(term: str) -> str:
    """Return a term's anchor.

    Examples
    --------
    >>> anchor("L2 regularization (ridge)")
    'l2-regularization-ridge'
    """
    return re.sub(r"\W+", "-", term.casefold()).strip("-")


@cache
def _terms_of(path: Path, _changed: float) -> dict[str, str]:
    return terms(path.read_text(encoding="utf-8"))


class LinksBetweenPages(SphinxTransform):
    """Make references to terms and sections of Markdown links into other pages."""

    default_priority = 5

    def apply(self, **_: object) -> None:
        """Replace them in the page at hand."""
        for link in self.document.findall(addnodes.pending_xref):
            page, place = link["reftarget"], link.get("reftargetid")
            if link["refdomain"] != "doc" or not place or page == REFERENCES:
                continue
            if page == GLOSSARY:
                path = Path(self.env.doc2path(GLOSSARY))
                term = _terms_of(path, path.stat().st_mtime).get(place)
                if term is None:
                    LOGGER.warning("the glossary has no term %r", place, location=link)
                    continue
                link["reftype"], link["reftarget"] = "term", term
                link[0]["classes"] = ["xref", "std", "std-term"]
            else:
                link["reftype"], link["reftarget"] = "ref", place
            link["refdomain"], link["refexplicit"], link["refwarn"] = "std", True, True


class LinksToWorks(SphinxPostTransform):
    """Lead Markdown links into the bibliography to the work that they name."""

    default_priority = 8  # before MyST looks for a heading of that name

    def run(self, **_options: object) -> None:
        """Lead those of the page at hand."""
        domain = cast(BibtexDomain, self.env.get_domain("cite"))
        works = {work.key: work for work in domain.citations}
        for link in list(self.document.findall(addnodes.pending_xref)):
            if (link["refdomain"], link["reftarget"]) != ("doc", REFERENCES):
                continue
            key = link.get("reftargetid")
            if not key:
                continue
            if key not in works:
                LOGGER.warning("the bibliography has no %r", key, location=link)
                link.replace_self(link.children)
                continue
            made = make_refnode(
                self.app.builder,
                self.env.docname,
                works[key].bibliography_key.docname,
                works[key].citation_id,
                nodes.inline("", "", *link[0].children),
                _title(works[key]),
            )
            link.replace_self(made)


def _title(work: Citation) -> str:
    """Return a work's entry in the bibliography as plain text."""
    if work.tooltip_entry is None:
        return ""
    return str(work.tooltip_entry.text.render(Backend())).replace("\\url ", "")


def setup(app: Sphinx) -> None:
    """Register the transforms."""
    app.add_transform(LinksBetweenPages)
    app.add_post_transform(LinksToWorks)
