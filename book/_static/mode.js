// Runs before anything is painted.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const remembered = () => {
    try { return localStorage.getItem("mode"); } catch { return null; }
  };
  // A reader who chose dark, or whose system did, sees no flash; paper is always light.
  const show = (mode, printing = paper.matches) => {
    root.dataset.mode = mode;
    root.dataset.theme = printing ? "light" : mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  };
  show(remembered() || "auto");
  dark.addEventListener("change", () => show(root.dataset.mode));
  paper.addEventListener("change", () => show(root.dataset.mode));
  addEventListener("beforeprint", () => show(root.dataset.mode, true));
  addEventListener("afterprint", () => show(root.dataset.mode, false));
  window.courseMode = (mode) => {
    show(mode);
    try { localStorage.setItem("mode", mode); } catch { /* then it lasts for this page */ }
  };
  // Who comes back to a page comes back to a place on it, which guessed heights would move; so with a link to one.
  if (location.hash || performance.getEntriesByType("navigation")[0]?.type !== "navigate") root.dataset.whole = "";
})();
