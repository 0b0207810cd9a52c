// What the course changes of Sphinx's search.

// A page is found once, by the best of its places. Chapters come before the glossary and that before
// the package reference; what has the words in a title comes before what only mentions them.
const found = Search._performSearch;
Search._performSearch = (query, ...terms) => {
  const behind = (page) => (page.startsWith("api/") ? 300 : page === "glossary" ? 150 : 0);
  const words = query.toLowerCase().trim();
  const worth = ([page, title, , , score]) =>
    score + (title.toLowerCase().includes(words) ? 120 : 0) - behind(page);
  const best = new Map();
  for (const result of found(query, ...terms)) {
    const other = best.get(result[0]);
    if (!other || worth(result) >= worth(other)) best.set(result[0], result);
  }
  // Sphinx shows them from the last to the first.
  return [...best.values()].sort((a, b) => worth(a) - worth(b));
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
