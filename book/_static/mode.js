// Runs before anything is painted: a reader who chose dark, or whose system did, sees no flash.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => {
    try { return localStorage.getItem("mode"); } catch { return null; }
  };
  const show = (mode) => {
    root.dataset.mode = mode;
    root.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  };
  show(remembered() || "auto");
  dark.addEventListener("change", () => show(root.dataset.mode));
  window.courseMode = (mode) => {
    show(mode);
    try { localStorage.setItem("mode", mode); } catch { /* then it lasts for this page */ }
  };
})();
