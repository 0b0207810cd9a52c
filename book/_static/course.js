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
  const shown = () => region.checkVisibility({ visibilityProperty: true });
  const change = (open) => {
    checkbox.checked = open;
    button.setAttribute("aria-expanded", shown());
  };
  button.addEventListener("click", () => {
    change(!checkbox.checked);
    const overlays = getComputedStyle(region).position === "fixed";
    if (overlays && shown()) region.querySelector("a, input")?.focus();
  });
  checkbox.addEventListener("change", () => change(checkbox.checked));
  region.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !checkbox.checked) return;
    change(false);
    button.focus();
  });
  region.addEventListener("click", (event) => {
    if (event.target.closest("a[href^='#']")) change(false);
  });
  change(checkbox.checked);
};
for (const [name, side, region] of [["menu", "primary", "page-navigation"], ["contents", "secondary", "page-contents"]]) {
  panel(
    document.querySelector(`.${name}-button`),
    document.getElementById(`pst-${side}-sidebar-checkbox`),
    document.getElementById(region),
  );
}

// The section one is reading: marked in the page's contents, kept when the language is switched.
const sections = all("article.bd-article section[id]").filter((section) => section.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6)"));
const language = document.querySelector("a.language");
const twin = language?.getAttribute("href");
const links = new Map(all(".bd-toc-nav a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
const position = (section) => section.querySelector(":scope > span[id^='at-']")?.id;
// Sections that are not laid out are not asked where their own parts are: they would have to be.
const parts = sections.filter((section) => !section.parentElement.closest("section section"));
const last = (candidates) => candidates.findLast((section) => section.getBoundingClientRect().top < innerHeight / 3);
const follow = () => {
  const part = last(parts);
  const here = part && (last(sections.filter((section) => !parts.includes(section) && part.contains(section))) || part);
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
language?.addEventListener("click", follow);
follow();

// A box that scrolls sideways can be scrolled by keyboard. A box is seen when it is laid out first,
// and again when its size or, with a font, its content's changes.
const boxes = all(".scrolls, .highlight pre, .pst-scrollable-table-container, .cell_output .output");
const sizes = new ResizeObserver((entries) => {
  // All are measured before any is changed, or the page would be laid out once a box.
  for (const [box, wide] of entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth])) {
    if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
});
const watch = () => {
  sizes.disconnect();
  boxes.forEach((box) => sizes.observe(box));
};
watch();
document.fonts.addEventListener("loadingdone", watch);

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
