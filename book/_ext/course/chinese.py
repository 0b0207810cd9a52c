"""What a Chinese book prints otherwise: references, citations, brackets, the order of an index.

A chapter is referred to as 第 5 章《小批量》 and a section as 《为什么是平方？》一节, wherever the
author gave no words of his own or, as in a notebook, a chapter's title alone: 《小批量》. No space
stands between Chinese and a Chinese link. Index and glossary are in the order of pinyin. All of it
acts on pages whose language is Chinese, and on no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from docutils import nodes
from pypinyin import Style, lazy_pinyin
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

HAN = "\u3400-\u9fff\u3000-\u303f\uff00-\uff5e"
ENDS_CHINESE = re.compile(rf"(?<=[{HAN}]) +$")
STARTS_CHINESE = re.compile(rf"^ +(?=[{HAN}])")
SAYS_SECTION = re.compile(r"^\s*(这|那)?一?节")


@dataclass
class ChineseReferences(AuthorYearReferenceStyle):
    """Citations by author and year, with 等 and 和."""

    person: PersonStyle = field(
        default_factory=lambda: PersonStyle(sep="、", sep2=" 和 ", last_sep=" 和 ", other=" 等")
    )


def sounds(text: str) -> tuple[list[str], str]:
    """Return what a name is ordered by: its letters, or how its characters are read."""
    return [sound.lower() for sound in lazy_pinyin(text, style=Style.TONE3)], text


def initial(text: str) -> str:
    """Return the letter below which a name stands in an index."""
    first = (sounds(text)[0] or [""])[0][:1].upper()
    return first if first.isascii() and first.isalpha() else "#"


class _InChinese:
    """A transform of Chinese pages."""

    env: BuildEnvironment

    @property
    def chinese(self) -> bool:
        return str(self.env.config.language).startswith("zh")


class GlossaryInOrder(_InChinese, SphinxTransform):
    """Put a glossary's terms in the order of pinyin; their source keeps the other edition's."""

    default_priority = 500

    def apply(self, **_options: object) -> None:
        """Sort the glossaries of the page at hand."""
        if self.chinese:
            for glossary in self.document.findall(addnodes.glossary):
                for terms in glossary.findall(nodes.definition_list):
                    terms.children.sort(
                        key=lambda item: sounds(item.next_node(nodes.term).astext())
                    )


class ReferencesSpelledOut(_InChinese, SphinxPostTransform):
    """Say of what a reference leads to what it is, where the author did not."""

    default_priority = 4  # before they are resolved, and exercises' made numbers of

    def run(self, **_options: object) -> None:
        """Spell out the references of the page at hand."""
        if not self.chinese:
            return
        chapters = _chapters(self.env)
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("refexplicit"):
                words = chapters.get(node.astext(), "")
                if words:
                    node[:] = [nodes.inline(words, words, classes=node[0].get("classes", []))]
            elif node.get("refdomain") == "std":
                words = self._words(node)
                if words:
                    inline = nodes.inline(words, words, classes=node[0].get("classes", []))
                    node[:] = [inline]
                    node["refexplicit"] = True

    def _words(self, node: addnodes.pending_xref) -> str:
        if node["reftype"] == "doc":
            target = self.env.relfn2path(node["reftarget"], node["refdoc"])[0]
            page = re.sub(r"\.\w+$", "", target)
            return _chapter(self.env, page)
        labels = self.env.get_domain("std").labels  # type: ignore[attr-defined]
        if node["reftype"] == "ref" and node["reftarget"] in labels:
            page, label, title = labels[node["reftarget"]]
            if not label or not title or node["reftarget"] in _exercises(self.env):
                return ""
            _, after = _neighbours(node)
            said = after is not None and SAYS_SECTION.match(after.astext())
            in_table = isinstance(node.parent.parent, nodes.entry)
            return f"《{title}》" if said or in_table else f"《{title}》一节"
        return ""


def _exercises(env: BuildEnvironment) -> dict[str, Any]:
    known: dict[str, Any] = getattr(env, "sphinx_exercise_registry", {})
    return known


def _chapters(env: BuildEnvironment) -> dict[str, str]:
    """Return how the pages are referred to, by their titles in 《》."""
    return {f"《{title.astext()}》": _chapter(env, page) for page, title in env.titles.items()}


def _chapter(env: BuildEnvironment, page: str) -> str:
    """Return how a page is referred to: with its number, if it is a chapter."""
    if page not in env.titles:
        return ""
    title = f"《{env.titles[page].astext()}》"
    number = env.toc_secnumbers.get(page, {}).get("")
    return f"第 {number[0]} 章{title}" if number and len(number) == 1 else title


class ChineseSpacing(_InChinese, SphinxPostTransform):
    """Take the spaces away between Chinese and a link that is Chinese, and widen brackets."""

    default_priority = 899  # when all references have their words, exercises their titles

    def run(self, **_options: object) -> None:
        """Mend the page at hand."""
        if not self.chinese:
            return
        for exercise in self.document.findall(_is_exercise):
            _widen(exercise.children[0])
        for link in list(self.document.findall(nodes.reference)):
            said = link.astext()
            before, after = _neighbours(link)
            if before is not None and re.match(rf"[{HAN}]", said):
                _mend(before, ENDS_CHINESE)
            if after is not None and re.search(rf"[{HAN}]$", said):
                _mend(after, STARTS_CHINESE)


class EnglishInChinese(_InChinese, SphinxPostTransform):
    """Say of what is in English that it is: fonts, voices and emphasis differ."""

    default_priority = 950
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Mark the page at hand."""
        if not self.chinese:
            return
        for text in self.document.findall(lambda node: isinstance(node, ENGLISH)):
            said = text.astext()
            if not re.search(rf"[{HAN}]", said) and len(re.findall(r"[A-Za-z]{2,}", said)) > 2:
                text["classes"].append("language-en")  # docutils writes that as lang="en"
        for emphasis in self.document.findall(nodes.emphasis):
            if not re.search(rf"[{HAN}]", emphasis.astext()):
                emphasis["classes"].append("language-en")


ENGLISH = (nodes.paragraph, nodes.term, nodes.caption)


def _is_exercise(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Admonition) and node.__class__.__name__.startswith("exercise")


def _widen(title: nodes.Node) -> None:
    """Turn the brackets around an exercise's name into full-width ones."""
    if isinstance(title, nodes.title) and len(title) and title[0].astext() == " (":
        title[0] = nodes.Text("（")
        title[-1] = nodes.Text("）")


def _neighbours(link: nodes.Element) -> Iterator[nodes.Text | None]:
    siblings = link.parent.children
    place = siblings.index(link)
    for near in (place - 1, place + 1):
        node = siblings[near] if 0 <= near < len(siblings) else None
        yield node if isinstance(node, nodes.Text) else None


def _mend(text: nodes.Text, spaces: re.Pattern[str]) -> None:
    mended = spaces.sub("", text.astext())
    if mended != text.astext():
        text.parent.replace(text, nodes.Text(mended))


def _index_in_order(
    app: Sphinx, page: str, _: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """Put the index in the order of pinyin, below the letters of the alphabet."""
    if page != "genindex" or not str(app.config.language).startswith("zh"):
        return
    entries = [entry for _, group in context["genindexentries"] for entry in group]
    entries.sort(key=lambda entry: (initial(entry[0]), sounds(entry[0])))
    grouped = [(key, list(group)) for key, group in groupby(entries, lambda one: initial(one[0]))]
    context["genindexentries"] = grouped
    context["genindexcounts"] = [
        sum(1 + len(subitems) for _, (_, subitems, _) in group) for _, group in grouped
    ]


def setup(app: Sphinx) -> None:
    """Register the transforms and the style of citations."""
    register_plugin(
        "sphinxcontrib.bibtex.style.referencing", "chinese", ChineseReferences, force=True
    )
    app.add_transform(GlossaryInOrder)
    app.add_post_transform(ReferencesSpelledOut)
    app.add_post_transform(ChineseSpacing)
    app.add_post_transform(EnglishInChinese)
    app.connect("html-page-context", _index_in_order)
