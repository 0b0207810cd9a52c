// What the course changes of Sphinx's search.

// A page is found once, at the best of its places. The order of the pages is that of the weights
// which the build has given them (see _ext/course/search.py), multiplied over the words of the query:
// a page that treats all of them comes before one that is about the first and mentions the second.
const weigh = (words) => {
  const { kinds, words: known } = Search.weights;
  const pages = Object.keys(kinds);
  const single = [...words];
  const pairs = single.slice(1).map((word, i) => `${single[i]} ${word}`).filter((pair) => pair in known);
  const factors = [...single, ...pairs].map((word) => {
    // Like Sphinx's own search, this takes a word that is on no page for a part of others.
    const alike = word in known ? [word] : Object.keys(known).filter((other) => other.includes(word));
    return (page) => Math.max(1, ...alike.map((other) => known[other][page] || 0));
  });
  return (name) => factors.reduce((worth, factor) => worth * factor(pages.indexOf(name)), kinds[name] || 0);
};
const found = Search._performSearch;
Search._performSearch = (query, words, ...rest) => {
  const best = new Map();
  for (const result of found(query, words, ...rest)) {
    const [page, , , , score] = result;
    if (!best.has(page) || score >= best.get(page)[4]) best.set(page, result);
  }
  const worth = weigh(words);
  // Sphinx shows them from the last to the first.
  return [...best.values()].sort(([one], [other]) => worth(one) - worth(other));
};

// Excerpts are the article's own words, each formula once. From file:// a page may not read another
// one, so there results come without excerpts.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
Search.htmlToText = (html, anchor) => {
  const article = new DOMParser().parseFromString(html, "text/html").querySelector("article");
  article.querySelectorAll(".headerlink, .katex-html, script, style").forEach((part) => part.remove());
  const text = (anchor && article.querySelector(anchor)) || article;
  return text.textContent.replace(/\s+/g, " ");
};
