// Drawing into text: panels with axes, and what lies in them. Colours are custom properties of the
// page's style sheet, each with the value that is meant where no style sheet is.
import { looks } from "./palette.js";

const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const one = (value) => String(Math.round(value * 10) / 10);
const TEXT = "var(--text,#1d232b)";
const QUIET = "var(--quiet,#4b5563)";
const EDGE = "var(--edge,#d5dbe1)";
const GROUND = "var(--ground,#fff)";

const PAGE = { text: TEXT, quiet: QUIET, edge: EDGE, ground: GROUND, tint: "var(--tint,#f4f6f8)", link: "var(--link,#0b5f85)" };

/** The colour of a character of the course ("momentum"), or one of the page ("text", "link"). */
export const ink = (name, use = "look") => PAGE[name] ?? looks[name][use];

/** Places for about `count` ticks between two values, at steps of 1, 2 or 5 times a power of ten. */
export const ticks = (from, to, count = 5) => {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((many) => many * power >= rough * 0.999);
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
};

/** How wide words are, in ems, with some to spare: letters are half as wide as characters, or a bit more. */
export const ems = (text) => [...text].reduce((total, one) => total + (one > "\u2e7f" ? 1 : 0.56), 0);

/** Where words stand: the rectangle of their letters. */
const extent = (x, y, text, { "text-anchor": anchor = "start", "font-size": size = 13 }) => {
  const wide = size * ems(text);
  const left = x - wide * { start: 0, middle: 0.5, end: 1 }[anchor];
  return { left, right: left + wide, top: y - 0.75 * size, bottom: y + 0.2 * size };
};

const attributes = (given) => Object.entries(given).filter(([, value]) => value !== undefined && value !== "").map(([key, value]) => ` ${key}="${value}"`).join("");

/** The lines along which a function of a grid has a value, as an SVG path: marching squares. */
export const contour = (grid, columns, rows, level, place) => {
  const ends = new Map(); // from a point to the pieces that begin or end there
  const pieces = [];
  const note = (point, piece) => ends.set(point, [...(ends.get(point) ?? []), piece]);
  for (let r = 0; r + 1 < rows; r += 1) {
    for (let c = 0; c + 1 < columns; c += 1) {
      const at = r * columns + c;
      const below = (grid[at] < level) + (grid[at + 1] < level) + (grid[at + columns] < level) + (grid[at + columns + 1] < level);
      if (below % 4 === 0) continue; // most cells: the line is elsewhere
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      const heights = corners.map(([x, y]) => grid[y * columns + x] - level);
      const cuts = [];
      for (let k = 0; k < 4; k += 1) {
        const [from, to] = [heights[k], heights[(k + 1) % 4]];
        if (from < 0 === to < 0) continue;
        const share = from / (from - to);
        const [[x0, y0], [x1, y1]] = [corners[k], corners[(k + 1) % 4]];
        cuts.push(place(x0 + share * (x1 - x0), y0 + share * (y1 - y0)).map(one).join(" "));
      }
      for (let k = 0; k + 1 < cuts.length; k += 2) {
        const piece = { cut: [cuts[k], cuts[k + 1]], used: false };
        pieces.push(piece);
        piece.cut.forEach((point) => note(point, piece));
      }
    }
  }
  // Pieces that meet are one line.
  const path = [];
  for (const piece of pieces) {
    if (piece.used) continue;
    piece.used = true;
    const line = [...piece.cut];
    for (const grow of ["push", "unshift"]) {
      for (;;) {
        const tip = grow === "push" ? line[line.length - 1] : line[0];
        const next = ends.get(tip).find((other) => !other.used);
        if (!next) break;
        next.used = true;
        line[grow](next.cut[0] === tip ? next.cut[1] : next.cut[0]);
      }
    }
    path.push(`M${line.join("L")}`);
  }
  return path.join("");
};

/** A panel: a rectangle of the picture with scales for both directions, linear or logarithmic. */
class Panel {
  constructor(pen, { x, y, width, height, xs, ys, logX = false, logY = false }) {
    Object.assign(this, { pen, left: x, top: y, width, height, xs, ys, logX, logY });
  }

  x(value) {
    const [from, to, at] = this.logX ? [...this.xs, value].map(Math.log) : [...this.xs, value];
    return this.left + this.width * (at - from) / (to - from);
  }

  y(value) {
    const [from, to, at] = this.logY ? [...this.ys, value].map(Math.log) : [...this.ys, value];
    return this.top + this.height * (1 - (at - from) / (to - from));
  }

  valueX(x) {
    const share = (x - this.left) / this.width;
    const [from, to] = this.xs;
    return this.logX ? from * (to / from) ** share : from + share * (to - from);
  }

  valueY(y) {
    const share = 1 - (y - this.top) / this.height;
    const [from, to] = this.ys;
    return this.logY ? from * (to / from) ** share : from + share * (to - from);
  }

  holds(x, y) {
    return x >= this.left && x <= this.left + this.width && y >= this.top && y <= this.top + this.height;
  }

  place([x, y]) {
    return `${one(this.x(x))} ${one(this.y(y))}`;
  }

  /** Draw the frame, ticks and the names of the axes; ticks are [value, text] or values. */
  axes({ xlabel = "", ylabel = "", xticks, yticks, xcount = 5, ycount = 4 } = {}) {
    const { pen, left, top, width, height } = this;
    pen.raw(`<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="${EDGE}"/>`);
    const written = (tick) => (Array.isArray(tick) ? tick : [tick, String(tick).replace("-", "−")]);
    const below = top + height;
    const marks = [];
    for (const [value, text] of (xticks ?? ticks(...this.xs, xcount)).map(written)) {
      marks.push(`<path d="M${one(this.x(value))} ${below}v4"/>`);
      pen.words(this.x(value), below + 17, text, { "text-anchor": "middle", fill: QUIET, "font-size": 12, class: "lab-tick" });
    }
    for (const [value, text] of (yticks ?? ticks(...this.ys, ycount)).map(written)) {
      marks.push(`<path d="M${left} ${one(this.y(value))}h-4"/>`);
      pen.words(left - 7, this.y(value) + 4, text, { "text-anchor": "end", fill: QUIET, "font-size": 12, class: "lab-tick" });
    }
    pen.raw(`<g stroke="${EDGE}">${marks.join("")}</g>`);
    if (xlabel) pen.words(left + width / 2, below + 34, xlabel, { "text-anchor": "middle" });
    if (ylabel) pen.words(left, top - 8, ylabel, { "text-anchor": "start" });
  }

  /** Draw what the body draws, cut off at the panel's edge. */
  clipped(body) {
    const { pen, left, top, width, height } = this;
    // A view of its own cuts off without an id, of which a page may have each only once.
    pen.raw(`<svg x="${left}" y="${top}" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">`);
    body();
    pen.raw("</svg>");
  }

  line(points, { color = "text", width = 2, dash, closed = false, fill = "none", ...rest } = {}) {
    let path = "";
    let pending = "M";
    for (const point of points) {
      if (point.every(Number.isFinite)) {
        path += pending + this.place(point);
        pending = "L";
      } else pending = "M";
    }
    const stroke = color === "none" ? "none" : ink(color);
    this.pen.raw(`<path d="${path}${closed ? "Z" : ""}"${attributes({ fill: fill === "none" ? fill : ink(fill), stroke, "stroke-width": width, "stroke-dasharray": dash ?? (color in looks ? looks[color].dash : ""), "stroke-linejoin": "round", ...rest })}/>`);
  }

  /** Draw a circle about a point; its radius is in units of the horizontal axis. */
  circle(point, radius, { color = "text", width = 1, fill = "none", ...rest } = {}) {
    const far = this.x(point[0] + radius) - this.x(point[0]);
    this.pen.raw(`<circle${attributes({ cx: one(this.x(point[0])), cy: one(this.y(point[1])), r: one(far), fill: fill === "none" ? fill : ink(fill), stroke: color === "none" ? color : ink(color), "stroke-width": width, ...rest })}/>`);
  }

  /** Draw an ellipse along the axes; its radii are in units of the two axes. */
  ellipse(point, [across, up], { color = "text", width = 1, fill = "none", ...rest } = {}) {
    const [cx, cy] = [this.x(point[0]), this.y(point[1])];
    this.pen.raw(`<ellipse${attributes({ cx: one(cx), cy: one(cy), rx: one(this.x(point[0] + across) - cx), ry: one(cy - this.y(point[1] + up)), fill: fill === "none" ? fill : ink(fill), stroke: color === "none" ? color : ink(color), "stroke-width": width, ...rest })}/>`);
  }

  /** Draw many points as one path: round dots of a diameter. */
  dots(points, { color = "text", size = 5, ...rest } = {}) {
    const path = points.filter((point) => point.every(Number.isFinite)).map((point) => `M${this.place(point)}h0`).join("");
    this.pen.raw(`<path d="${path}"${attributes({ stroke: ink(color), "stroke-width": size, "stroke-linecap": "round", ...rest })}/>`);
  }

  /** Draw one point with the marker that a character has everywhere, or a named one. */
  marker([x, y], { color = "text", shape = looks[color]?.marker ?? "o", size = 5, hollow = false } = {}) {
    if (!(Number.isFinite(x) && Number.isFinite(y))) return;
    const [cx, cy] = [this.x(x), this.y(y)];
    const at = (corners) => `<path d="M${corners.map(([dx, dy]) => `${one(cx + size * dx)} ${one(cy + size * dy)}`).join("L")}Z"${paint}/>`;
    const paint = attributes({ fill: hollow ? GROUND : ink(color), stroke: ink(color), "stroke-width": 2 });
    const corners = { s: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]], D: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]], "^": [[0, -1.1], [1, 0.8], [-1, 0.8]], v: [[0, 1.1], [1, -0.8], [-1, -0.8]] }[shape];
    this.pen.raw(corners ? at(corners) : `<circle cx="${one(cx)}" cy="${one(cy)}" r="${size}"${paint}/>`);
  }

  /** Write words beside a point, `[dx, dy]` pixels away; they stay readable on top of lines. With
      `yields` they are left out where other words or a handle's ring stand. */
  text(point, words, { dx = 0, dy = 0, anchor = "start", color = "text", ...rest } = {}) {
    this.pen.words(this.x(point[0]) + dx, this.y(point[1]) + dy, words, { "text-anchor": anchor, fill: ink(color, "say"), ...rest });
  }

  /** Offer a handle at a point: `name` is the setting whose control it goes with, `set(x, y)` what it changes. */
  handle(name, point, set) {
    this.pen.handles.push({ name, panel: this, set, x: this.x(point[0]), y: this.y(point[1]) });
  }
}

export class Pen {
  constructor(width, height, narrow) {
    Object.assign(this, { width, height, narrow, handles: [], labels: [], parts: [] });
  }

  raw(text) {
    this.parts.push(text);
  }

  words(x, y, text, { yields = false, ...given } = {}) {
    this.labels.push({ ...extent(x, y, String(text), given), yields, part: this.parts.length });
    this.raw(`<text x="${one(x)}" y="${one(y)}"${attributes({ "paint-order": "stroke", stroke: GROUND, "stroke-width": 3, "stroke-linejoin": "round", ...given })}>${escape(text)}</text>`);
  }

  panel(given) {
    return new Panel(this, given);
  }

  text() {
    const rings = this.handles.map(({ x, y }) => ({ left: x - 9, right: x + 9, top: y - 9, bottom: y + 9 }));
    const meet = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
    const covered = this.labels.filter((one) => one.yields && [...this.labels, ...rings].some((other) => !other.yields && meet(one, other)));
    return this.parts.filter((_, part) => !covered.some((one) => one.part === part)).join("");
  }
}
