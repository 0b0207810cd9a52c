// gradient-descent: which minimum a descent ends in. It depends on the start, and on η: a minimum of
// curvature λ is lost once η passes 2/λ.
import { contour, ink, lab, maths } from "engine";

const MINIMA = [
  [3, 2],
  [-2.805118086952745, 3.131312518250573],
  [-3.779310253377747, -3.28318599128617],
  [3.584428340330492, -1.848126526964404],
];
const COLOURS = ["sgd", "momentum", "rmsprop", "adam"];
const LIMITS = MINIMA.map(([x, y]) => 2 / maths.himmelblauCurvatures(x, y)[1]);
const SIDE = 64; // cells of the map, each way
const STEPS = 5000;
const QUICK = 100; // enough for the map, which asks only near which minimum a run is kept
const SHOWN = 60;
const NEAR = 1e-3;

const step = ([x, y], eta) => {
  const [gx, gy] = maths.himmelblauGradient(x, y);
  return [x - eta * gx, y - eta * gy];
};

const nearest = ([x, y]) => {
  let [best, far] = [-1, NEAR];
  MINIMA.forEach(([mx, my], i) => {
    const gap = Math.hypot(x - mx, y - my);
    if (gap < far) [best, far] = [i, gap];
  });
  return best;
};

/** Where a descent ends: the number of a minimum, "cycle", "away" or "elsewhere". */
const end = ([x, y], eta, quick = false) => {
  // maths.himmelblauGradient, written out: the map asks for it a hundred thousand times.
  let [x1, y1, x2, y2] = [x, y, x, y]; // one step ago, two steps ago
  for (let t = 1; t <= (quick ? QUICK : STEPS); t += 1) {
    [x2, y2, x1, y1] = [x1, y1, x, y];
    const a = x1 * x1 + y1 - 11;
    const b = x1 + y1 * y1 - 7;
    x = x1 - eta * (4 * x1 * a + 2 * b);
    y = y1 - eta * (2 * a + 4 * y1 * b);
    if (!(x < 100 && x > -100 && y < 100 && y > -100)) return "away";
    // The map is content with a place close to a minimum that holds.
    if (quick && t % 4 === 0) {
      for (let k = 0; k < 4; k += 1) {
        if (eta < LIMITS[k] && Math.abs(x - MINIMA[k][0]) + Math.abs(y - MINIMA[k][1]) < 0.02) return k;
      }
    }
    // Where it stands still, or comes back every other step, it will be at the end.
    if (Math.abs(x - x2) + Math.abs(y - y2) < 1e-7) break;
  }
  const found = quick ? MINIMA.findIndex(([mx, my], k) => eta < LIMITS[k] && Math.hypot(x - mx, y - my) < 0.5) : nearest([x, y]);
  if (found >= 0) return found;
  return Math.abs(x - x2) + Math.abs(y - y2) < 1e-6 ? "cycle" : "elsewhere";
};

// The map depends on η alone: it is kept while the start moves.
let kept = { eta: NaN };
const basins = (eta) => {
  if (kept.eta !== eta) {
    const cells = Array.from({ length: SIDE * SIDE }, (_, i) => {
      const [column, row] = [i % SIDE, Math.floor(i / SIDE)];
      return end([-5 + (10 * (column + 0.5)) / SIDE, 5 - (10 * (row + 0.5)) / SIDE], eta, true);
    });
    // One path for each minimum, of strips along the rows.
    const paths = MINIMA.map((_, k) => {
      let path = "";
      for (let row = 0; row < SIDE; row += 1) {
        for (let from = 0; from < SIDE; from += 1) {
          if (cells[row * SIDE + from] !== k) continue;
          let to = from;
          while (to < SIDE && cells[row * SIDE + to] === k) to += 1;
          path += `M${from} ${row}h${to - from}v1h${from - to}`;
          from = to;
        }
      }
      return path;
    });
    kept = { eta, paths };
  }
  return kept.paths;
};

const heights = () => {
  const side = 51;
  const grid = Array.from({ length: side * side }, (_, i) =>
    Math.log(1 + maths.himmelblau(-5 + (i % side) / 5, -5 + Math.floor(i / side) / 5)));
  return { grid, side };
};
const ground = heights();
const lines = {};
const rings = (map) => (lines[map.width] ??= [10, 60, 150, 300].map((level) =>
  contour(ground.grid, ground.side, ground.side, Math.log(1 + level), (column, row) => [map.x(-5 + column / 5), map.y(-5 + row / 5)])).join(""));

const run = ({ eta, x, y }, count) => {
  const points = [[x, y]];
  for (let t = 0; t < count && Math.hypot(...points[t]) < 100; t += 1) points.push(step(points[t], eta));
  return points;
};

const numbers = ({ eta, x, y }) => {
  const place = end([x, y], eta);
  const found = typeof place === "number" ? MINIMA[place] : [0, 0];
  return {
    left: LIMITS.filter((limit) => eta < limit).length,
    endX: found[0],
    endY: found[1],
    ...Object.fromEntries(MINIMA.flatMap(([mx, my], i) => [[`x${i}`, mx], [`y${i}`, my], [`limit${i}`, LIMITS[i]]])),
  };
};

const draw = ({ state, pen, say, narrow }) => {
  const { eta, x, y } = state;
  const side = narrow ? 304 : 350;
  const map = pen.panel({ x: 42, y: 16, width: side, height: side, xs: [-5, 5], ys: [-5, 5] });
  const points = run(state, SHOWN);
  map.clipped(() => {
    const cell = side / SIDE;
    pen.raw(`<g transform="translate(42 16) scale(${cell})" fill-opacity="0.3" shape-rendering="crispEdges">${basins(eta).map((path, i) => `<path d="${path}" fill="${ink(COLOURS[i])}"/>`).join("")}</g>`);
    pen.raw(`<path d="${rings(map)}" fill="none" stroke="${ink("quiet")}" stroke-width="0.6" stroke-opacity="0.6"/>`);
    map.line(points, { color: "ground", width: 4 });
    map.line(points, { color: "text", width: 1.5 });
    map.dots(points, { color: "text", size: 4 });
    MINIMA.forEach((minimum, i) => map.marker(minimum, { color: COLOURS[i], shape: "D", size: 5.5, hollow: eta >= LIMITS[i] }));
  });
  map.axes({ xlabel: "θ₁", ylabel: "", xticks: [-4, -2, 0, 2, 4], yticks: [[-4, "−4"], [-2, "−2"], [0, "0"], [2, "2"], [4, "θ₂"]] });
  map.handle("x", [x, y], (toX, toY) => ({ x: toX, y: toY }));

  // How far each minimum's limit reaches, and where η is.
  const limits = pen.panel({ ...(narrow ? { x: 84, y: 386, width: 106, height: 104 } : { x: 504, y: 34, width: 204, height: 130 }), xs: [0, 0.026], ys: [4.6, 0.4] });
  pen.words(limits.left, limits.top - 8, say("limits"));
  limits.clipped(() => {
    LIMITS.forEach((limit, i) => limits.line([[0, i + 1], [limit, i + 1]], { color: COLOURS[i], width: eta < limit ? 6 : 2, dash: eta < limit ? "" : "3 3" }));
    limits.line([[eta, 0], [eta, 5]], { color: "text", width: 2 });
  });
  limits.axes({ xlabel: "η", xticks: [0, 0.01, 0.02], yticks: [] });
  MINIMA.forEach((_, i) => pen.words(limits.left - 7, limits.y(i + 1) + 4, say(`at${i}`), { "text-anchor": "end", "font-size": 12, fill: ink(COLOURS[i], "say") }));

  const loss = pen.panel({ ...(narrow ? { x: 234, y: 386, width: 114, height: 104 } : { x: 504, y: 236, width: 204, height: 130 }), xs: [0, SHOWN], ys: [1e-6, 1e3], logY: true });
  loss.clipped(() => {
    loss.line(points.map(([px, py], t) => [t, Math.min(1e6, Math.max(maths.himmelblau(px, py), 1e-9))]), { color: "text", width: 2 });
  });
  loss.axes({ xlabel: say("step"), xticks: [0, 20, 40, 60], yticks: [[1e3, "10³"], [1, "1"], [1e-3, "10⁻³"], [1e-6, "10⁻⁶"]] });
  pen.words(loss.left, loss.top - 8, say("loss"));
};

export default lab({
  name: "gradient-descent-basins",
  sizes: { wide: [720, 406], narrow: [360, 530] },
  state: {
    eta: { min: 0.002, max: 0.026, step: 0.0002, value: 0.016 },
    x: { min: -5, max: 5, step: 0.1, value: -1 },
    y: { min: -5, max: 5, step: 0.1, value: -1 },
  },
  words: {
    en: {
      title: "Lab: the minima that are left.",
      hint: "Move η, then drag the ring, the start.",
      alt: "Left, Himmelblau’s surface with four minima, each start coloured by the minimum that a descent from it ends in; without a colour it ends in none. Right, a bar for each minimum up to two over its curvature, with a line at η = {eta}, and loss against step from the start.",
      eta: "learning rate η",
      x: "start θ₁",
      y: "start θ₂",
      limits: "limits 2/λ",
      at0: "({x0:1}, {y0:1})",
      at1: "({x1:1}, {y1:1})",
      at2: "({x2:1}, {y2:1})",
      at3: "({x3:1}, {y3:1})",
      step: "step",
      loss: "loss",
      rests: "From here the run comes to rest at ({endX:1}, {endY:1}). At this η it can rest in {left} of the four minima.",
      cycles: "From here the run ends up jumping between two points. At this η it can rest in {left} of the four minima.",
      wanders: "From here the run finds no rest. At this η it can rest in {left} of the four minima.",
      leaves: "From here the run flies off. At this η it can rest in {left} of the four minima.",
    },
    zh: {
      title: "动手试：还剩哪些极小值。",
      hint: "先移动 η，再拖动圆环，也就是起点。",
      alt: "左边是 Himmelblau 函数，有四个极小值；每个起点按下降到达的极小值着色，没有颜色的，哪个也没到。右边每个极小值一条横线，长到二除以曲率，竖线是 η = {eta}；下面是从起点出发的损失随步数的变化。",
      eta: "学习率 η",
      x: "起点 θ₁",
      y: "起点 θ₂",
      limits: "上限 2/λ",
      at0: "({x0:1}, {y0:1})",
      at1: "({x1:1}, {y1:1})",
      at2: "({x2:1}, {y2:1})",
      at3: "({x3:1}, {y3:1})",
      step: "步",
      loss: "损失",
      rests: "从这里出发，停在 ({endX:1}, {endY:1})。取这个 η，四个极小值里有 {left} 个停得住。",
      cycles: "从这里出发，最后在两点之间来回跳。取这个 η，四个极小值里有 {left} 个停得住。",
      wanders: "从这里出发，停不下来。取这个 η，四个极小值里有 {left} 个停得住。",
      leaves: "从这里出发，越走越远，发散了。取这个 η，四个极小值里有 {left} 个停得住。",
    },
  },
  numbers,
  finding: ({ eta, x, y }) => {
    const place = end([x, y], eta);
    return typeof place === "number" ? "rests" : { cycle: "cycles", elsewhere: "wanders", away: "leaves" }[place];
  },
  draw,
});
