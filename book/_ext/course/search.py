"""Search that finds Chinese without a dictionary.

Chinese has no spaces between words, so each run of Chinese characters is indexed as its single
characters and its overlapping pairs (梯度下降 gives 梯度, 度下, 下降), and a query is cut the same
way: a page is found if it has every pair. Words in other scripts are kept whole, so Adam in a
Chinese sentence is found too.
"""

import re
from itertools import pairwise

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

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


def setup(app: Sphinx) -> None:
    """Take the place of Sphinx's own Chinese search."""
    app.add_search_language(ChineseByPairs)
