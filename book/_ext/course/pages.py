"""The frame of a page: its twin in the other language, what robots read, the scripts it loads.

Positions of headings are the same in both editions, so every section gets an id made of them
(``at-2-1``: the first part of the second section); the language switch leads from section to
section by these.
"""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.jinja2glue import BuiltinTemplateLoader
from sphinx.locale import translators
from sphinx.transforms import SphinxTransform

LAUNCHERS = {
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}

# Of the scripts and styles that Sphinx, the theme and extensions put on every page, the pages take
# their own alone.
USED = re.compile(r"(?:course|labs|search|katex\.min)\.(?:js|css)(?:\?|$)")

# What the scripts say, in the edition's language.
WORDS = (
    "Bigger",
    "Close",
    "Copied",
    "Copy the code",
    "Copy:",
    "Did you mean:",
    "Done",
    "Nothing found for",
    "Results for",
    "Smaller",
    "The figure, enlarged",
)

# Extensions that Jupyter Book brings along and that act on every page.
UNWANTED = {"sphinx_thebe", "sphinx_togglebutton"}


class SectionPositions(SphinxTransform):
    """Give every section below the title an id that the other edition's twin has too."""

    default_priority = 870

    def apply(self, **_: object) -> None:
        """Add the ids."""
        for section, position in _numbered(self.document, ()):
            section["ids"].append("-".join(("at", *map(str, position))))


def _numbered(
    parent: nodes.Element, position: tuple[int, ...]
) -> Iterator[tuple[nodes.section, tuple[int, ...]]]:
    sections = [child for child in parent.children if isinstance(child, nodes.section)]
    for count, section in enumerate(sections, 1):
        # The page's own title is the one section at the top; positions start below it.
        here = () if isinstance(parent, nodes.document) else (*position, count)
        if here:
            yield section, here
        yield from _numbered(section, here)


class Words(NullTranslations):
    """An edition's words for the page frame, before those that Sphinx knows."""

    def __init__(self, words: dict[str, str], others: NullTranslations) -> None:
        super().__init__()
        self.words = words
        self.add_fallback(others)

    def gettext(self, message: str) -> str:
        """Return the edition's word for an English one."""
        return self.words.get(message) or super().gettext(message)


def _speak(app: Sphinx) -> None:
    """Put the edition's words before those of Sphinx, of the theme and of the exercises."""
    for domain in ("sphinx", "exercise"):
        known = translators.get(("general", domain), NullTranslations())
        translators["general", domain] = Words(app.config.course_strings, known)
    if isinstance(app.builder, StandaloneHTMLBuilder):
        templates = cast("BuiltinTemplateLoader", app.builder.templates)
        templates.environment.install_gettext_translations(translators["general", "sphinx"])  # type: ignore[attr-defined]


def _forget(app: Sphinx, _: BuildEnvironment, page: str) -> None:
    """Remove the page of a document that is gone, or about to be read anew."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        Path(app.builder.get_outfilename(page)).unlink(missing_ok=True)


def _silence(app: Sphinx, _: Config) -> None:
    """Keep the unwanted extensions from writing scripts into the pages."""
    for listeners in app.events.listeners.values():
        listeners[:] = [each for each in listeners if each.handler.__module__ not in UNWANTED]


def _launchers(_: Sphinx, config: Config) -> None:
    """Offer launch buttons if, and only if, the repository has an address."""
    options = config.html_theme_options
    options["launch_buttons"] = dict(LAUNCHERS) if options.get("repository_url") else {}
    if options.get("repository_url"):
        options["launch_buttons"]["notebook_interface"] = "jupyterlab"


def _frame(
    app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Fill in what the page's templates ask for."""
    context["script_files"] = [_deferred(file) for file in context["script_files"] if _used(file)]
    context["css_files"] = [file for file in context["css_files"] if _used(file)]
    context["description"] = _description(doctree) if doctree else ""
    context["editions"] = [_alternate(app, edition, page) for edition in _editions(app)]
    context["twin"] = next((each for each in context["editions"] if not each["here"]), None)
    context["words"] = {word: translators["general", "sphinx"].gettext(word) for word in WORDS}
    context["card"] = _card(app)
    is_notebook = context.get("page_source_suffix") == ".ipynb"
    above = "../" * page.count("/")
    context["notebook"] = f"{above}_sources/{page}.ipynb" if is_notebook else ""
    groups = (
        group for group in context["header_buttons"] if group.get("label") == "launch-buttons"
    )
    context["launchers"] = [button for group in groups for button in group["buttons"]]


def _used(file: Any) -> bool:
    return bool(file.filename) and bool(USED.search(str(file.filename)))


def _card(app: Sphinx) -> str:
    """Return where the picture is that other sites show beside a link, if that is known."""
    base = str(app.config.html_baseurl).rstrip("/")
    return f"{base}/_static/card.png" if base else ""


def _deferred(script: Any) -> Any:
    script.attributes["defer"] = "defer"
    return script


def _editions(app: Sphinx) -> list[dict[str, str]]:
    editions: list[dict[str, str]] = app.config.course_editions
    return editions


def _alternate(app: Sphinx, edition: dict[str, str], page: str) -> dict[str, Any]:
    """Return where the same page is in an edition, from here and, if known, on the web."""
    folder = Path(app.srcdir).parent / edition["name"]
    generated = page not in app.env.found_docs
    known = generated or any((folder / f"{page}{end}").exists() for end in (".ipynb", ".md"))
    target = f"{edition['name']}/{page if known else 'index'}.html"
    above = "../" * (page.count("/") + 1)
    base = str(app.config.html_baseurl).rstrip("/").removesuffix(f"/{app.config.course_edition}")
    return {
        **edition,
        "here": edition["name"] == app.config.course_edition,
        "href": above + target,
        "url": f"{base}/{target}" if base else "",  # robots want whole addresses or none
    }


def _description(doctree: nodes.document) -> str:
    """Return the page's first paragraph, cut at a word if it is long."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= 200 else text[:199].rsplit(" ", 1)[0] + "…"
    return ""


def setup(app: Sphinx) -> None:
    """Connect to Sphinx."""
    app.add_config_value("course_edition", "en", "env")
    app.add_config_value("course_editions", [], "env")
    app.add_config_value("course_strings", {}, "html")
    app.add_transform(SectionPositions)
    app.add_css_file("course.css", priority=900)
    app.add_js_file("course.js", loading_method="defer")
    app.connect("config-inited", _silence, priority=1)
    app.connect("config-inited", _launchers)
    app.connect("builder-inited", _speak)
    app.connect("html-page-context", _frame, priority=900)
    app.connect("env-purge-doc", _forget)
