// The labs' engine: what every lab shares. A lab says what its state is, which numbers follow from it
// and how they are drawn; from that the engine makes its controls, its picture, its sentence, its
// address. A lab draws into text, never into the page, so the still picture that stands where no
// script runs is drawn by the same code (tools/labs.py), and the tests read it without a browser.
//
// A lab's module, labs/<name>.js, imports from "engine" (what global.js lists) and ends in
//
//   export default lab({
//     name: "momentum-plane",                            // that of its file
//     sizes: { wide: [720, 400], narrow: [360, 512] },   // of the two pictures: desk and phone
//     state: {                                           // what its controls set, in their order
//       eta: { min: 0, max: 4, step: 0.01, value: 1 },   //   a slider; with `more: true` a button too,
//                                                        //   named "eta+", that goes one step up
//       lambda: { min: 0.1, max: 10, log: 20, value: 1 },//   one with so many places a decade
//       rule: { choices: ["sgd", "adam"], value: "sgd" },//   a choice
//       noisy: { value: false },                         //   a switch
//     },
//     numbers: (state) => ({ steps: 20, factor: 0.6 }),  // all numbers it says: no DOM, no chance
//     finding: (state, numbers) => "tied",               // which of its words is the sentence below
//     draw: ({ state, numbers, pen, say, narrow }) => {  // the picture; pen.js says with what
//       const map = pen.panel({ x: 44, y: 26, width: 400, height: 330, xs: [0, 4], ys: [0, 1] });
//       map.clipped(() => map.line([[0, 0], [1, 1]], { color: "momentum" }));
//       map.axes({ xlabel: say("xlabel") });
//       map.handle("eta", [state.eta, 0.5], (x, y) => ({ eta: x }));  // drags; goes with a slider
//     },
//     words: { en: { ... }, zh: { ... } },
//   });
//
// Words that must be there: `title`, `hint` (how to move it), `alt` (the picture, for who can't see
// it), each setting's label under its name, each choice's as "rule=sgd", and the findings. They name
// settings and numbers in braces: `{steps}`, `{factor:2}` with two decimals. No other digits.
import * as maths from "./maths.js";
import { Pen, contour, ems, ink, ticks } from "./pen.js";
import { mount } from "./page.js";
import { parsed, patch } from "./patch.js";

const labs = {};
const WORDS = {
  en: { reset: "Reset", on: "on", off: "off" },
  zh: { reset: "还原", on: "开", off: "关" },
};
const NARROW = 560; // container widths below it get the narrow picture; labs.css says the same

const escape = (text) =>
  String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** Write a number with so many decimals, and a true minus. */
const fixed = (value, digits = 0) => {
  const text = Number(value).toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

/** Put values into a sentence: `{steps}` as it is, `{factor:2}` with two decimals; of one thing there are no "steps". */
const fill = (sentence, values) =>
  sentence.replace(/\{(\w+)(?::(\d))?\}/g, (_, name, digits) => {
    if (!(name in values)) throw new Error(`no value ${name} for: ${sentence}`);
    const value = values[name];
    return typeof value === "number" ? fixed(value, Number(digits ?? 0)) : String(value);
  }).replace(/(?<![\d.])1 (step|example|round)s\b/g, "1 $1");

// A setting is { min, max, step, value } (a slider), { min, max, log, value } (one whose places lie
// evenly on a log scale, `log` of them a decade; with `whole` its values are whole numbers), { choices,
// value } (a choice) or { value: false } (a switch).
const decimals = (step) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

// A log slider's places are whole numbers; a value has three figures, and is shown with two.
const placeOf = ({ log }, value) => Math.round(log * Math.log10(value));
const valueAt = ({ log, whole }, place) => (whole ? Math.round(10 ** (place / log)) : Number((10 ** (place / log)).toPrecision(3)));
const figures = ({ whole }, value) => fixed(value, whole ? 0 : Math.max(0, 1 - Math.floor(Math.log10(value) + 1e-9)));

/** Return the nearest value that a setting admits to one that came from outside. */
const admitted = (setting, given) => {
  if (setting.choices) return setting.choices.find((one) => String(one) === String(given)) ?? setting.value;
  if (typeof setting.value === "boolean") return given === true || given === "true" || given === "1";
  const { min, max, step } = setting;
  const number = typeof given === "number" ? given : parseFloat(given);
  if (!Number.isFinite(number)) return setting.value;
  if (setting.log) return valueAt(setting, placeOf(setting, Math.min(max, Math.max(min, number))));
  const nearest = min + Math.round((Math.min(max, Math.max(min, number)) - min) / step) * step;
  return Number(Math.min(max, nearest).toFixed(decimals(step)));
};

const defaults = (lab) => Object.fromEntries(Object.entries(lab.state).map(([key, { value }]) => [key, value]));

const complete = (lab, given) => {
  const state = defaults(lab);
  for (const key of Object.keys(state)) if (Object.hasOwn(given ?? {}, key)) state[key] = admitted(lab.state[key], given[key]);
  return state;
};

/** Return what differs from the first state, as `eta:1.9,beta:0.5`, and read it back. */
const written = (lab, state) =>
  Object.entries(lab.state).filter(([key, { value }]) => state[key] !== value).map(([key]) => `${key}:${state[key]}`).join(",");

const read = (text) =>
  Object.fromEntries((text ?? "").split(",").filter(Boolean).map((part) => part.split(":")));

const shown = (lab, key, value, language) => {
  const setting = lab.state[key];
  if (setting.choices) return lab.words[language][`${key}=${value}`] ?? String(value);
  if (typeof setting.value === "boolean") return WORDS[language][value ? "on" : "off"];
  return setting.log ? figures(setting, value) : fixed(value, decimals(setting.step));
};

/** Return all that sentences may name: the state as shown, and the numbers that follow from it. */
const values = (lab, state, numbers, language) => ({
  ...Object.fromEntries(Object.keys(state).map((key) => [key, shown(lab, key, state[key], language)])),
  ...numbers,
});

const control = (lab, key, state, language) => {
  const setting = lab.state[key];
  const label = escape(lab.words[language][key]);
  const value = state[key];
  const said = escape(shown(lab, key, value, language));
  if (setting.choices) {
    const options = setting.choices.map((one) =>
      `<option value="${escape(one)}"${one === value ? " selected" : ""}>${escape(shown(lab, key, one, language))}</option>`);
    return `<label>${label} <select name="${key}">${options.join("")}</select></label>`;
  }
  if (typeof setting.value === "boolean") {
    return `<label class="lab-switch"><input type="checkbox" name="${key}"${value ? " checked" : ""}> ${label}</label>`;
  }
  const [min, max, at] = [setting.min, setting.max, value].map((one) => (setting.log ? placeOf(setting, one) : one));
  // A label names the first thing in it that can be named: the output. So the slider says its own.
  const slider = `<label class="lab-slider"><span>${label} <output name="${key}-out">${said}</output></span>` +
    `<input type="range" name="${key}" aria-label="${label}" min="${min}" max="${max}" step="${setting.log ? 1 : setting.step}" value="${at}"></label>`;
  if (!setting.more) return slider;
  const more = escape(lab.words[language][`${key}+`]);
  return `<div class="lab-more">${slider}<button type="button" name="${key}+"${at === max ? " disabled" : ""}>${more}</button></div>`;
};

/** Draw a lab's picture in one of its sizes; return it as text, with the places of its handles. */
const picture = (lab, state, numbers, language, narrow) => {
  const [width, height] = narrow ? lab.sizes.narrow : lab.sizes.wide;
  const named = values(lab, state, numbers, language);
  const say = (key, more) => fill(lab.words[language][key], { ...named, ...more });
  const pen = new Pen(width, height, narrow);
  lab.draw({ state, numbers, pen, say, narrow, language });
  return { width, height, inside: pen.text(), handles: pen.handles };
};

const handle = ({ x, y }) => `<g class="lab-handle" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"><circle r="22" fill="transparent"/><circle r="9" fill="none" stroke="var(--text,#1d232b)" stroke-width="2"/></g>`;

const svg = (lab, state, numbers, language, narrow) => {
  const { width, height, inside, handles } = picture(lab, state, numbers, language, narrow);
  const hidden = narrow ? ' style="display:none"' : ""; // labs.css chooses; where it is not, the wide one
  const alt = escape(fill(lab.words[language].alt, values(lab, state, numbers, language)));
  return `<svg class="${narrow ? "lab-narrow" : "lab-wide"}"${hidden} xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${alt}" font-family="system-ui,sans-serif" font-size="13" fill="var(--text,#1d232b)"><g>${inside}</g><g>${handles.map(handle).join("")}</g></svg>`;
};

const sentence = (lab, state, numbers, language) =>
  fill(lab.words[language][lab.finding(state, numbers)], values(lab, state, numbers, language));

/** Return the sentence below a lab in a state. */
const said = (lab, given, language) => {
  const state = complete(lab, given);
  return sentence(lab, state, lab.numbers(state), language);
};

/** Return for how many lines of a sentence a lab keeps room: at a desk's width, and at a phone's. */
const lines = (lab, language) => {
  const { title, hint, alt, ...words } = lab.words[language];
  const most = Math.max(...Object.values(words).map((text) => ems(text.replace(/\{[^}]*\}/g, "0000"))));
  return [46, 20.5].map((width) => Math.max(1, Math.ceil(most / width)));
};

/** Return all that stands inside a lab, as HTML: title, picture, finding, controls. */
const still = (lab, given, language) => {
  const state = complete(lab, given);
  const numbers = lab.numbers(state);
  const { title, hint } = lab.words[language];
  return `<p class="lab-title"><strong>${escape(title)}</strong> <span class="lab-hint">${escape(hint)}</span></p>` +
    `<div class="lab-picture">${svg(lab, state, numbers, language, false)}${svg(lab, state, numbers, language, true)}</div>` +
    `<p class="lab-finding" aria-live="polite">${escape(sentence(lab, state, numbers, language))}</p>` +
    `<form class="lab-hands">${Object.keys(lab.state).map((key) => control(lab, key, state, language)).join("")}` +
    `<button type="reset">${WORDS[language].reset}</button></form>`;
};

// What already stands is not written again: the page would lay it out once more, and say it.
const attribute = (element, key, value) => { if (element.getAttribute(key) !== value) element.setAttribute(key, value); };
const content = (element, text) => { if (element.textContent !== text) element.textContent = text; };

/** Bring a lab to life in an element: AFM's `render`, which the page's shim and anywidget both call. */
const render = (lab, { model, el }) => {
  const language = model.get("language") === "zh" ? "zh" : "en";
  let state = complete(lab, model.get("state"));
  if (!el.querySelector(".lab-hands")) {
    el.classList.add("lab");
    el.lang = language;
    el.dataset.lab = lab.name;
    el.innerHTML = still(lab, state, language);
  }
  const form = el.querySelector(".lab-hands");
  const finding = el.querySelector(".lab-finding");
  const pictures = [...el.querySelectorAll(".lab-picture > svg")];
  const controls = Object.entries(lab.state).map(([key, setting]) => {
    const [input, output, more] = ["", "-out", "+"].map((kind) => form.elements[`${key}${kind}`]);
    return { key, setting, input, output, more };
  });
  let drawn = null; // the picture as it stands, its panels and handles
  let last = null; // which of the two it is
  let stands = null; // what it has inside, as read
  let waiting = 0;

  const visible = () => pictures[(el.clientWidth || NARROW) < NARROW ? 1 : 0];
  const draw = () => {
    waiting = 0;
    const numbers = lab.numbers(state);
    const target = last ??= visible(); // asked for at each move, the width would have the page laid out twice
    drawn = picture(lab, state, numbers, language, target === pictures[1]);
    const now = parsed(drawn.inside);
    if (stands) patch(target.firstElementChild, stands, now);
    else target.firstElementChild.innerHTML = drawn.inside;
    stands = now;
    const group = target.lastElementChild;
    if (group.childElementCount !== drawn.handles.length) group.innerHTML = drawn.handles.map(handle).join("");
    drawn.handles.forEach(({ x, y }, i) => attribute(group.children[i], "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`));
    attribute(target, "aria-label", fill(lab.words[language].alt, values(lab, state, numbers, language)));
    content(finding, sentence(lab, state, numbers, language));
    for (const { key, setting, input, output, more } of controls) {
      const [value, words] = [state[key], shown(lab, key, state[key], language)];
      const at = String(setting.log ? placeOf(setting, value) : value);
      if (input.type === "checkbox") input.checked = value;
      else if (input.value !== at) input.value = at;
      if (output) content(output, words);
      if (input.type === "range") attribute(input, "aria-valuetext", words);
      if (more) more.disabled = value === setting.max;
    }
  };
  const soon = () => { if (!waiting) waiting = requestAnimationFrame(draw); };
  // Paper has a width of its own, and may show the picture that does not stand here.
  const onPaper = () => {
    if (waiting) draw();
    const other = pictures.find((one) => one !== last);
    other.firstElementChild.innerHTML = picture(lab, state, lab.numbers(state), language, other === pictures[1]).inside;
  };
  const change = (parts, told = true) => {
    state = complete(lab, { ...state, ...parts });
    if (told) {
      model.set("state", { ...state });
      model.save_changes();
    }
    soon();
  };

  form.addEventListener("input", ({ target }) => {
    if (!(target.name in state)) return;
    const setting = lab.state[target.name];
    change({ [target.name]: setting.log ? valueAt(setting, target.value) : target.type === "checkbox" ? target.checked : target.value });
  });
  form.addEventListener("click", ({ target }) => {
    const key = target.name?.endsWith("+") ? target.name.slice(0, -1) : "";
    if (key in state) change({ [key]: state[key] + lab.state[key].step });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    change(defaults(lab));
  });

  // Dragging: a handle by any pointer; with the mouse, or by a tap, any place in a handle's panel.
  let held = null; // a handle's number, and the pointer that has hold of it
  const place = (target, event) => {
    const box = target.getBoundingClientRect();
    return [(event.clientX - box.left) * drawn.width / box.width, (event.clientY - box.top) * drawn.height / box.height];
  };
  const move = ({ panel, set }, [x, y]) => change(set(panel.valueX(x), panel.valueY(y)));
  const nearest = ([x, y], reach) => drawn.handles
    .map((one, index) => ({ ...one, index, far: Math.hypot(one.x - x, one.y - y) }))
    .filter((one) => one.far <= reach || (reach === 0 && one.panel.holds(x, y)))
    .sort((one, other) => one.far - other.far)[0];
  const start = (target, event) => {
    if (event.button !== 0 || !drawn) return;
    const at = place(target, event);
    const near = nearest(at, 24) ?? (event.pointerType === "mouse" ? nearest(at, 0) : undefined);
    if (!near) return;
    held = { index: near.index, by: event.pointerId };
    event.preventDefault();
    target.setPointerCapture(event.pointerId);
    move(near, at);
    // From here on the arrow keys move what was taken hold of.
    form.elements[near.name].focus({ preventScroll: true });
  };
  const listeners = [];
  const listen = (target, kind, act) => {
    target.addEventListener(kind, act);
    listeners.push(() => target.removeEventListener(kind, act));
  };
  for (const target of pictures) {
    listen(target, "pointerdown", (event) => start(target, event));
    listen(target, "pointermove", (event) => { if (held?.by === event.pointerId) move(drawn.handles[held.index], place(target, event)); });
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) listen(target, kind, (event) => { if (held?.by === event.pointerId) held = null; });
    listen(target, "click", (event) => {
      const near = event.pointerType === "mouse" ? null : nearest(place(target, event), 0);
      if (near) move(near, place(target, event));
    });
  }

  listen(window, "beforeprint", onPaper);

  const told = () => {
    const given = complete(lab, model.get("state"));
    if (written(lab, given) !== written(lab, state)) change(given, false);
  };
  model.on("change:state", told);
  const sizes = new ResizeObserver(() => { if (visible() !== last) { last = visible(); stands = null; soon(); } });
  sizes.observe(el);
  // In JupyterLab the arrows move between cells, if a control does not keep them.
  for (const one of form.elements) one.dataset.lmSuppressShortcuts = "true";
  el.dataset.mounted = "";
  draw();
  return () => {
    cancelAnimationFrame(waiting);
    sizes.disconnect();
    model.off("change:state", told);
    listeners.forEach((remove) => remove());
  };
};

/** Make a lab of its description; what a lab's module exports. */
const lab = (description) => {
  labs[description.name] = description;
  const module = { render: (context) => render(description, context) };
  // On the page the bundle is a classic script; what anywidget loads is a module, and has none.
  if (globalThis.document?.currentScript) {
    mount(description.name, module, { read, written: (state) => written(description, complete(description, state)) });
  }
  return module;
};

globalThis.courseLabs = { lab, labs, maths, contour, ink, ticks, fixed, fill, admitted, complete, read, written, still, said, lines };
