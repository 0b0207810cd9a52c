// What the pages do: light or dark, the two side panels, the place one is at, boxes that scroll.
const root = document.documentElement;
const all = (selector) => [...document.querySelectorAll(selector)];

// Light, dark, as the system says: each press goes on to the next.
document.querySelector(".mode-button")?.addEventListener("click", () => {
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  const modes = system ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
  window.courseMode(modes[(modes.indexOf(root.dataset.mode) + 1) % 3]);
});

// The theme shows a side panel by a hidden checkbox; these buttons set it and say so.
const panel = (button, checkbox, region) => {
  if (!button || !checkbox || !region) return;
  const state = () => {
    button.setAttribute("aria-expanded", region.getBoundingClientRect().right > 0 && region.checkVisibility({ visibilityProperty: true }));
  };
  button.addEventListener("click", () => {
    checkbox.checked = !checkbox.checked;
    checkbox.dispatchEvent(new Event("change"));
  });
  checkbox.addEventListener("change", () => setTimeout(state, 300));
  region.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !checkbox.checked) return;
    checkbox.checked = false;
    checkbox.dispatchEvent(new Event("change"));
    button.focus();
  });
  region.addEventListener("click", (event) => {
    if (event.target.closest("a[href^='#']")) checkbox.checked = false;
  });
  state();
};
for (const [name, side, region] of [["menu", "primary", "navigation"], ["contents", "secondary", "contents"]]) {
  panel(
    document.querySelector(`.${name}-button`),
    document.getElementById(`pst-${side}-sidebar-checkbox`),
    document.getElementById(region),
  );
}

// The section one is reading: marked in the page's contents, kept when the language is switched.
const sections = all("article.bd-article section[id]");
const language = document.querySelector("a.language");
const twin = language?.getAttribute("href");
const links = new Map(all(".bd-toc-nav a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
const position = (section) => section.querySelector(":scope > span[id^='at-']")?.id;
const follow = () => {
  const above = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
  const here = above[above.length - 1];
  for (const [id, link] of links) {
    const reading = here?.id === id;
    link.classList.toggle("active", reading);
    link.toggleAttribute("aria-current", reading);
  }
  if (language) language.href = here && position(here) ? `${twin}#${position(here)}` : twin;
};
let waiting = false;
const soon = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
};
addEventListener("scroll", soon, { passive: true });
addEventListener("resize", soon);
follow();

// A box that scrolls sideways can be scrolled by keyboard.
const reachable = () => {
  for (const box of all(".scrolls, .highlight pre, .pst-scrollable-table-container, .cell_output .output")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
addEventListener("resize", reachable);
addEventListener("load", reachable);
document.fonts?.ready.then(reachable);

// Ctrl+K or ⌘K searches.
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const field = all(".course-search input").find((input) => input.checkVisibility());
  if (field) field.select();
  else document.querySelector(".search-link")?.click();
});

// On paper every box is open.
addEventListener("beforeprint", () => all("details").forEach((box) => { box.open = true; }));

// From file:// a page may not read another one, so search results come without excerpts there.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
