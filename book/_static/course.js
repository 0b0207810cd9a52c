// What the pages do: light or dark, the two side panels, the place one is at, boxes that scroll or
// open, figures enlarged, exercises ticked off, code and formulas copied, paper.
const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const words = JSON.parse(document.body.dataset.words);
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const article = document.getElementById("page");

// What is remembered between visits; where storage is blocked, nothing is.
const memory = {
  get: (key, otherwise) => {
    try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
  },
  set: (key, value) => {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* then it lasts for this page */ }
  },
};

// Light, dark, as the system says: each press goes on to the next.
document.querySelector(".mode-button")?.addEventListener("click", () => {
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  const modes = system ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
  window.courseMode(modes[(modes.indexOf(root.dataset.mode) + 1) % 3]);
});

// The side panels. Where there is no room for one beside the page it comes over the page, as a
// dialog: it takes the focus, the rest can't be reached, Escape or a press beside it closes it.
const panels = [["menu", "page-navigation", "(max-width: 991px)"], ["contents", "page-contents", "(max-width: 1199px)"]]
  .map(([name, id, narrow]) => {
    const region = document.getElementById(id);
    const button = document.querySelector(`.${name}-button`);
    const onlyOver = id === "page-navigation" && root.dataset.page !== "page";
    return { id, region, button, over: () => onlyOver || matchMedia(narrow).matches };
  })
  .filter(({ region, button }) => region && button);
const opened = () => panels.find(({ id }) => root.dataset.open === id);
const tell = () => {
  for (const { id, button, over } of panels) {
    const shown = over() ? root.dataset.open === id : root.dataset.pages !== "shut";
    button.setAttribute("aria-expanded", shown);
  }
};
const beside = (region) => all("body > *, .frame > *").filter((each) => each !== region && !each.contains(region) && !each.closest(".figure-view"));
const close = (focus = true) => {
  const panel = opened();
  if (!panel) return;
  delete root.dataset.open;
  beside(panel.region).forEach((each) => { each.inert = false; });
  panel.region.removeAttribute("role");
  panel.region.removeAttribute("aria-modal");
  tell();
  if (focus) panel.button.focus();
};
const open = (panel) => {
  close(false);
  root.dataset.open = panel.id;
  beside(panel.region).forEach((each) => { each.inert = true; });
  panel.region.setAttribute("role", "dialog");
  panel.region.setAttribute("aria-modal", "true");
  tell();
  const current = panel.region.querySelector("[aria-current]");
  current?.scrollIntoView({ block: "nearest" });
  (current || panel.region.querySelector("a, input")).focus();
};
for (const panel of panels) {
  panel.button.addEventListener("click", () => {
    if (panel.over()) {
      if (opened() === panel) close();
      else open(panel);
    } else {
      root.dataset.pages = root.dataset.pages === "shut" ? "" : "shut";
      tell();
    }
  });
  panel.region.addEventListener("click", (event) => {
    if (event.target.closest("a[href^='#']")) close(false);
  });
}
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened()) close();
});
document.addEventListener("click", (event) => {
  const panel = opened();
  if (panel && !panel.region.contains(event.target) && !panel.button.contains(event.target)) close();
});
addEventListener("resize", () => {
  if (opened() && !opened().over()) close(false);
  tell();
});
tell();

// The section one is reading: marked in the page's contents, kept when the language is switched.
const sections = all("section[id]", article).filter((section) => section.querySelector(":scope > :is(h1, h2, h3, h4, h5, h6)"));
const language = document.querySelector("a.language");
const twin = language?.getAttribute("href");
const links = new Map(all(".contents a[href^='#']").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
const position = (section) => section.querySelector(":scope > span[id^='at-']")?.id;
// Sections that are not laid out are not asked where their own parts are: they would have to be.
const parts = sections.filter((section) => !section.parentElement.closest("section section"));
const last = (candidates, above = innerHeight / 3) => candidates.findLast((part) => part.getBoundingClientRect().top < above);
const bar = document.querySelector(".bar");
const exercises = all(".exercise[id]", article); // both editions give them the same names
const follow = () => {
  const part = last(parts);
  const here = part && (last(sections.filter((section) => !parts.includes(section) && part.contains(section))) || part);
  for (const [id, link] of links) {
    if (here?.id === id) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
  // Going to the bar by keyboard may scroll the page: the place is the one before that.
  if (language && !bar.contains(document.activeElement)) {
    const card = here && last(exercises.filter((exercise) => here.contains(exercise)), 150);
    const place = card?.id || here && position(here);
    language.href = place ? `${twin}#${place}` : twin;
  }
};
// What the address says of labs goes along into the other language, from the bar and from the page.
for (const link of all("a[hreflang]")) link.addEventListener("click", () => { link.search = location.search; });
let waiting = false;
const soon = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
};
addEventListener("scroll", soon, { passive: true });
addEventListener("resize", soon);
follow();

// Once a reader moves, the sections still to be laid out are, one after the other when there is time:
// from then on the scroll bar tells the truth.
const layOut = () => {
  if ("whole" in root.dataset) return;
  const left = all(":scope > section > section", article);
  const next = (deadline) => {
    while (left.length && deadline.timeRemaining() > 8) left.shift().style.contentVisibility = "visible";
    if (left.length) requestIdleCallback(next);
    else root.dataset.whole = "";
  };
  if ("requestIdleCallback" in window) requestIdleCallback(next);
};
for (const move of ["scroll", "pointerdown", "keydown"]) addEventListener(move, layOut, { once: true, passive: true });
// All at once, where a place on the page is asked for.
addEventListener("click", ({ target }) => {
  const link = target.closest?.("a");
  if (link?.hash && link.pathname === location.pathname) root.dataset.whole = "";
}, { capture: true });

// Boxes that a reader opened are open again after a reload and on the way back.
const boxes = all("details", article);
for (const index of history.state?.opened ?? []) boxes[index]?.setAttribute("open", "");
const remember = () => {
  const opened = boxes.flatMap((box, index) => (box.open ? [index] : []));
  history.replaceState({ ...history.state, opened }, "");
};
let printing = false;
for (const box of boxes) box.addEventListener("toggle", () => { if (!printing) remember(); });

// Who comes back finds the line where it was: the browser's own way counts pixels from the top, and
// loses some where code is set in lines after that. A reload may be over before `pagehide` is told.
const blocks = all(":is(p, pre, figure, li, h2, h3)", article);
const topOf = (block) => block.getBoundingClientRect().top;
let settling = false;
const keep = () => {
  if (settling) return;
  const index = scrollY && blocks.findIndex((block) => block.checkVisibility() && topOf(block) > 0);
  const place = index > 0 ? [index, topOf(blocks[index])] : null;
  history.replaceState({ ...history.state, place }, "");
};
for (const end of ["scrollend", "pagehide"]) addEventListener(end, keep);
const [kept, height] = history.state?.place ?? [];
if (blocks[kept] && "whole" in root.dataset && !location.hash) {
  settling = true;
  const settle = () => {
    const off = topOf(blocks[kept]) - height;
    if (settling && Math.abs(off) >= 1) scrollBy({ top: off, behavior: "instant" });
  };
  const growing = new ResizeObserver(settle);
  const rest = () => { settling = false; growing.disconnect(); };
  growing.observe(article);
  addEventListener("load", () => { settle(); setTimeout(rest, 1000); });
  for (const move of ["wheel", "pointerdown", "keydown"]) addEventListener(move, rest, { once: true, passive: true });
}

// Code and printed text in lines: every line is a block that knows how far it is set in itself
// (.line in course.css), so that one that is too long goes on below.
const inLines = (text) => {
  if (text.querySelector(".line")) return;
  const button = text.querySelector(".copy");
  button?.remove();
  text.innerHTML = text.innerHTML.replace(/.*\n|.+$/g, '<span class="line">$&</span>');
  for (const line of text.children) line.style.setProperty("--in", /^ */.exec(line.textContent)[0].length);
  if (button) text.prepend(button);
};

// Text that would scroll is set in lines; what else is wider than its box can be scrolled by
// keyboard. A box is seen when it is laid out first, and again when its size or, with a font, its
// content's changes.
const scrolling = all(".scrolls, .highlight pre, .pst-scrollable-table-container, .output");
const sizes = new ResizeObserver((entries) => {
  // All are measured before any is changed, or the page would be laid out once a box.
  for (const [box, wide] of entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth])) {
    if (wide && box.matches("article pre") && !box.querySelector(".line")) inLines(box);
    else if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
});
const watch = () => {
  sizes.disconnect();
  scrolling.forEach((box) => sizes.observe(box));
};
watch();
document.fonts.addEventListener("loadingdone", watch);

// Formulas in closed boxes and far below ask for their fonts when they are shown; paper can't wait.
const faces = { ".amsrm, .mathbb": "AMS", ".mathcal": "Caligraphic", ".mathbf": "Main", ".size1": "Size1", ".size2": "Size2", ".size3": "Size3", ".size4": "Size4", ".op-symbol.small-op": "Size1", ".op-symbol.large-op": "Size2", ".mathscr": "Script", ".mathfrak": "Fraktur", ".mathsf": "SansSerif", ".mathtt": "Typewriter" };
if (article.querySelector(".katex")) {
  const used = new Set(["Main", "Math"]);
  for (const [selector, face] of Object.entries(faces)) if (article.querySelector(`.katex :is(${selector})`)) used.add(face);
  const load = () => document.fonts.forEach((face) => {
    const family = face.family.replaceAll('"', "").replace("KaTeX_", "");
    const bold = face.weight === "bold" || face.weight === "700";
    if (used.has(family) && (!bold || article.querySelector(".katex :is(.mathbf, .textbf, .boldsymbol)"))) face.load().catch(() => {});
  });
  addEventListener("load", () => setTimeout(load, 300), { once: true });
  addEventListener("beforeprint", load);
}

// Alt+Shift+L reads on in the other language; Ctrl+K or ⌘K searches.
addEventListener("keydown", (event) => {
  if (event.code === "KeyL" && event.altKey && event.shiftKey && language) {
    event.preventDefault();
    language.click();
  }
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const field = () => all(".search-form input").find((input) => input.checkVisibility() && !input.closest("[inert]"));
  if (!field()) open(panels[0]);
  field()?.select();
});

// What there is one of for each heading, figure or exercise is named for that, so that no two sound
// alike.
const numbered = (part) => part.querySelector(".caption-number")?.textContent.trim() ?? "";
for (const link of all(".headerlink", article)) {
  const part = link.closest(":is(h1, h2, h3, h4, figcaption, caption, dt, .eqno)");
  if (part) link.ariaLabel = `${link.title} ${numbered(part) || part.textContent.replace("#", "").trim()}`;
}

// A press on a figure shows it as large as it was drawn, in the light or in the dark; from there it
// can be enlarged by the buttons, by + and -, by two fingers. Without this script the link leads to
// the picture.
const enlarged = (link) => {
  const shown = all("img", link).find((image) => image.checkVisibility());
  const picture = make("img", { src: shown.currentSrc || shown.src, alt: shown.alt });
  const natural = Number(shown.getAttribute("width"));
  let scale = Math.max(1, (Math.min(innerWidth, 1400) - 16) / natural);
  const show = (factor) => {
    scale = Math.min(4, Math.max(0.5, scale * factor));
    picture.width = Math.round(natural * scale);
  };
  const button = (text, name, press) => make("button", { type: "button", className: "button", textContent: text, title: name, ariaLabel: name, onclick: press });
  const view = make("dialog", { className: "figure-view", ariaLabel: words["The figure, enlarged"] },
    make("div", { className: "controls" },
      button("−", words.Smaller, () => show(1 / 1.25)),
      button("+", words.Bigger, () => show(1.25)),
      button("✕", words.Close, () => view.close())),
    make("div", { className: "picture", tabIndex: 0 }, picture));
  view.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") show(1.25);
    else if (event.key === "-") show(1 / 1.25);
  });
  view.addEventListener("close", () => { view.remove(); link.focus(); });
  show(1);
  document.body.append(view);
  view.showModal();
  view.querySelector(".picture").focus();
};
const symbol = (path) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
};
for (const link of all("a.enlarge")) {
  link.ariaLabel = `${link.ariaLabel} ${numbered(link.parentElement)}`.trim();
  link.append(symbol("M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7"));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    enlarged(link);
  });
}

// An exercise can be ticked off. Both editions give it the same name, so it is in both.
const done = new Set(memory.get("done", []));
for (const card of all(".exercise[id]")) {
  const box = make("input", { type: "checkbox", checked: done.has(card.id), ariaLabel: `${numbered(card)} ${words.Done}`.trim() });
  box.addEventListener("change", () => {
    const now = new Set(memory.get("done", []));
    if (box.checked) now.add(card.id);
    else now.delete(card.id);
    memory.set("done", [...now]);
  });
  card.querySelector(".admonition-title")?.append(make("label", { className: "tick" }, box, words.Done));
}

// On a narrow page all text is set in lines.
const texts = all("pre", article);
const codes = texts.filter((text) => text.closest(".cell_input, .highlight-python, .highlight-ipython3, :not(.cell_output) > div[class*='highlight-']") && text.closest(".highlight"));
const narrow = matchMedia("(max-width: 768px)");
const allInLines = () => {
  if (narrow.matches) texts.forEach(inLines);
};
allInLines();
narrow.addEventListener("change", allInLines);

// Code is copied without prompts, and of what a session printed nothing. The button is named for the
// first line, so that no two sound alike.
const plain = (text) => {
  if (!/^>>> /m.test(text)) return text;
  return text.split("\n").filter((line) => /^(>>>|\.\.\.)( |$)/.test(line)).map((line) => line.slice(4)).join("\n") + "\n";
};
if (navigator.clipboard) {
  const names = new Map();
  for (const code of codes) {
    const first = plain(code.textContent).split("\n").find((line) => line.trim()) ?? "";
    const line = first.replace(/^[\s#]+/, "");
    names.set(line, (names.get(line) ?? 0) + 1);
    const again = names.get(line) > 1 ? ` (${names.get(line)})` : "";
    const name = `${words["Copy:"]} ${line}${again}`;
    const copy = make("button", { type: "button", className: "button copy", title: words["Copy the code"] });
    const show = (label, drawn) => {
      copy.ariaLabel = label;
      copy.replaceChildren(symbol(drawn));
    };
    const rest = () => show(name, "M9 9h11v11H9zM5 15H4V4h11v1");
    rest();
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(plain(code.textContent));
      show(words.Copied, "M5 13l4 4L19 7");
      setTimeout(rest, 1500);
    });
    code.prepend(copy);
  }
}

// A formula is on the page twice, for the eye and for software; it is copied once, as TeX.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0).cloneRange();
  const whole = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(".katex");
  if (whole(range.startContainer)) range.setStartBefore(whole(range.startContainer));
  if (whole(range.endContainer)) range.setEndAfter(whole(range.endContainer));
  const part = make("div", {}, range.cloneContents());
  const formulas = all(".katex", part);
  if (!formulas.length) return;
  for (const formula of formulas) {
    const tex = formula.querySelector("annotation")?.textContent ?? formula.querySelector("math")?.textContent ?? "";
    const mark = formula.closest(".katex-display") ? "$$" : "$";
    formula.replaceWith(`${mark}${tex}${mark}`);
  }
  all(".headerlink, .copy, .tick", part).forEach((each) => each.remove());
  // Lines as on the page: a block's text ends with a line.
  all("p, li, h1, h2, h3, h4, div.math, pre, tr, figcaption", part).forEach((block) => block.append("\n\n"));
  event.clipboardData.setData("text/plain", part.textContent.replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim());
  event.clipboardData.setData("text/html", part.innerHTML);
  event.preventDefault();
});

// On paper everything is laid out, and every box open but folded code.
addEventListener("beforeprint", () => {
  root.dataset.whole = "";
  printing = true;
  boxes.filter((box) => !box.open && !box.classList.contains("fold")).forEach((box) => { box.dataset.shut = ""; box.open = true; });
  all("img[loading]").forEach((image) => { image.loading = "eager"; });
});
addEventListener("afterprint", () => {
  boxes.filter((box) => "shut" in box.dataset).forEach((box) => { delete box.dataset.shut; box.open = false; });
  setTimeout(() => { printing = false; });
});
