// Excerpts of search results: the article's own words, each formula once. From file:// a page may
// not read another one, so there results come without excerpts.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
Search.htmlToText = (html, anchor) => {
  const article = new DOMParser().parseFromString(html, "text/html").querySelector("article");
  article.querySelectorAll(".headerlink, .katex-html, script, style").forEach((part) => part.remove());
  const text = (anchor && article.querySelector(anchor)) || article;
  return text.textContent.replace(/\s+/g, " ");
};
