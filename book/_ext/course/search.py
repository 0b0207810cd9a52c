"""Search that finds Chinese without a dictionary and puts the page that treats a word first.

Chinese has no spaces between words, so each run of Chinese characters is indexed as its single
characters and its overlapping pairs (梯度下降 gives 梯度, 度下, 下降), and a query is cut the same
way: a page is found if it has every pair. Words in other scripts are kept whole, so Adam in a
Chinese sentence is found too.

What is found is ranked by ``weights``, which are computed here, from where and how often a page has
a word, and multiplied in the browser, over the words of a query.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain, pairwise
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

# How many mentions of a word in the text (of a page of average length) these are worth: the page's
# title, a heading, the book's first link to its line in the glossary, where the word is introduced,
# and a later chapter's link.
TITLE, HEADING, INTRODUCED, LINKED = 64, 16, 8, 4
# So many mentions give half of the most that a word can give a page.
HALF = 8
# A chapter explains, the pages behind it look up, the package's reference lists.
CHAPTER, BEHIND, REFERENCE = 1.0, 0.25, 0.1

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUN = re.compile(rf"[{HAN}]+|[^\W{HAN}]+")


class ChineseByPairs(SearchLanguage):
    """Index and query Chinese by pairs of characters.

    Examples
    --------
    >>> ChineseByPairs({}).split("用Adam做梯度")
    ['用', 'Adam', '做', '梯', '度', '做梯', '梯度']
    """

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = f"""
function splitQuery(query) {{
  const runs = query.match(/[{HAN}]+|[\\p{{L}}\\p{{N}}_]+/gu) || [];
  return runs.flatMap((run) => {{
    if (run.length === 1 || !/[{HAN}]/.test(run)) return [run];
    return Array.from({{ length: run.length - 1 }}, (_, i) => run.slice(i, i + 2));
  }});
}}
"""

    def split(self, text: str) -> list[str]:
        """Return the terms of a text."""
        terms: list[str] = []
        for run in RUN.findall(text):
            if re.match(f"[{HAN}]", run):
                terms += [*run, *map("".join, pairwise(run))]
            else:
                terms.append(run)
        return terms

    def word_filter(self, word: str) -> bool:
        """Keep every term: a single Chinese character can be a word."""
        return bool(word)


Words = Callable[[str], list[str]]


def mentions(doctree: nodes.document, words: Words) -> Counter[str]:
    """Count the words of a page's prose."""
    texts = (text for text in doctree.findall(nodes.Text) if not _is_code(text.parent))
    return Counter(word for text in texts for word in words(text.astext()))


def _is_code(node: nodes.Node) -> bool:
    return isinstance(node, nodes.literal_block)


def terms(doctree: nodes.document) -> set[str]:
    """Return the glossary's terms that a page links."""
    links = doctree.findall(pending_xref)
    return {link["reftarget"].lower() for link in links if link["reftype"] == "term"}


def places(doctree: nodes.document, known: set[str], words: Words) -> Counter[str]:
    """Return what a page's title, headings and links to the glossary are worth, word by word.

    ``known`` are the terms that earlier pages linked. A word in several headings counts as in one.
    """
    title, *headings = [node.astext() for node in doctree.findall(nodes.title)] or [""]
    linked = terms(doctree)
    worth: Counter[str] = Counter()
    for texts, each in (
        ([title], TITLE),
        (headings, HEADING),
        (linked - known, INTRODUCED),
        (linked & known, LINKED),
    ):
        worth.update(dict.fromkeys(chain.from_iterable(map(words, texts)), each))
    return worth


def weights(
    counts: Mapping[str, Counter[str]], worths: Mapping[str, Counter[str]]
) -> dict[str, dict[str, float]]:
    """Return, for every word, how much each page that has it is about it: from 0 to 1.

    As in BM25, mentions count relative to the page's length, and each less than the one before. The
    better places count as so many mentions.

    Examples
    --------
    >>> pages = {"a": Counter(adam=9, step=1), "b": Counter(adam=1, step=9)}
    >>> found = weights(pages, {"a": Counter(), "b": Counter(adam=TITLE)})
    >>> found["step"]["b"] > found["step"]["a"], found["adam"]["b"] > found["adam"]["a"]
    (True, True)
    """
    usual = sum(counter.total() for counter in counts.values()) / len(counts)
    found: dict[str, dict[str, float]] = {}
    for page, counter in counts.items():
        for word, count in counter.items():
            share = count * usual / counter.total() + worths[page][word]
            found.setdefault(word, {})[page] = share / (share + HALF)
    return found


def _kind(app: Sphinx, page: str) -> float:
    if app.env.doc2path(page).endswith(".ipynb"):
        return CHAPTER
    return REFERENCE if page.startswith("api/") else BEHIND


def _write_weights(app: Sphinx, failure: Exception | None) -> None:
    """Write the weights beside Sphinx's index, in hundredths.

    English words are weighed in pairs too, so that a page with both side by side comes first. What
    the whole book says only once is left out: most pairs, and words that are on one page anyway.
    """
    indexer = getattr(app.builder, "indexer", None)
    if failure or indexer is None:
        return
    language: SearchLanguage = indexer.lang

    def words(text: str) -> list[str]:
        stems = (language.stem(word).lower() for word in language.split(text))
        kept = [word for word in stems if language.word_filter(word)]
        return kept if language.lang == "zh" else [*kept, *map(" ".join, pairwise(kept))]

    order = [app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, [])]
    pages = [*order, *sorted(app.env.found_docs - set(order))]
    known: set[str] = set()
    counts: dict[str, Counter[str]] = {}
    worths: dict[str, Counter[str]] = {}
    for page in pages:
        doctree = app.env.get_doctree(page)
        counts[page] = mentions(doctree, words)
        worths[page] = places(doctree, known, words)
        known |= terms(doctree)
    everywhere = sum(counts.values(), Counter[str]())
    rounded = {
        word: {pages.index(page): round(100 * weight) for page, weight in of.items()}
        for word, of in sorted(weights(counts, worths).items())
        if everywhere[word] > 1
    }
    given = {"kinds": {page: _kind(app, page) for page in pages}, "words": rounded}
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    path = Path(app.outdir, "searchweights.js")
    path.write_text(f"Search.weights = {text};\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's own Chinese search, and of its ranking."""
    app.add_search_language(ChineseByPairs)
    app.connect("build-finished", _write_weights)
