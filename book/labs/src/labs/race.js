// landing page: one start, three rules. On each surface a rule has the one learning rate of a sweep with
// which it needs the fewest steps on average over many starts, so that none is held back by its rate.
import { contour, ink, lab, maths } from "engine";

const RULES = ["sgd", "momentum", "adam"];
const GOAL = 0.01;
const MOST = 400;
const [BETA, BETA1, BETA2, EPS] = [0.9, 0.9, 0.999, 1e-8];
const [XS, YS] = [[-5, 5], [-4, 4]];
const KAPPA = 100;
// Rates are powers of ten: these are eight times the exponents. The tests find them again.
const SURFACES = {
  ravine: { height: (x, y) => maths.bowl(x, y, KAPPA, 0), slope: (x, y) => maths.bowlGradient(x, y, KAPPA, 0), minima: [[0, 0]], rates: { sgd: -14, momentum: -17, adam: -1 }, levels: [2, 8, 30, 90, 220, 450, 750] },
  rosenbrock: { height: maths.rosenbrock, slope: maths.rosenbrockGradient, minima: [[1, 1]], rates: { sgd: -24, momentum: -23, adam: 0 }, levels: [12, 80, 400, 1500, 6000, 20000] },
  himmelblau: { height: maths.himmelblau, slope: maths.himmelblauGradient, minima: [[3, 2], [-2.805118, 3.131313], [-3.77931, -3.283186], [3.584428, -1.848127]], rates: { sgd: -15, momentum: -18, adam: -4 }, levels: [10, 40, 90, 150, 250, 400] },
};

/** The way of a rule, until it is where the loss is small, or has left, or has taken all its steps. */
const run = (rule, { surface, x, y }) => {
  const { height, slope, rates } = SURFACES[surface];
  const lr = 10 ** (rates[rule] / 8);
  const points = [[x, y]];
  let [theta, first, second] = [[x, y], [0, 0], [0, 0]];
  for (let t = 1; t <= MOST; t += 1) {
    if (height(...theta) < GOAL) return { points, steps: t - 1 };
    const grad = slope(...theta);
    if (rule === "sgd") theta = maths.sgd(theta, grad, lr);
    else if (rule === "momentum") [theta, first] = maths.momentum(theta, grad, first, lr, BETA);
    else [theta, first, second] = maths.adam(theta, grad, first, second, t, lr, BETA1, BETA2, EPS);
    if (!(Math.abs(theta[0]) < 1e4 && Math.abs(theta[1]) < 1e4)) break;
    points.push(theta);
  }
  return { points, steps: height(...theta) < GOAL ? MOST : MOST + 1 };
};

// The runs stay while only the count of steps that is shown moves.
let kept = {};
const runs = (state) => {
  const key = [state.surface, state.x, state.y].join();
  if (kept.key !== key) kept = { key, found: Object.fromEntries(RULES.map((rule) => [rule, run(rule, state)])) };
  return kept.found;
};

const numbers = (state) => {
  const found = runs(state);
  return {
    goal: GOAL,
    most: MOST,
    ...Object.fromEntries(RULES.flatMap((rule) => [[rule, found[rule].steps], [`${rule}Rate`, 10 ** (SURFACES[state.surface].rates[rule] / 8)]])),
  };
};

const COLUMNS = 81;
const ROWS = 65;
const lines = {};
const rings = (map, surface) => (lines[`${surface}${map.width}`] ??= (() => {
  const { height, levels } = SURFACES[surface];
  const place = (column, row) => [XS[0] + ((XS[1] - XS[0]) * column) / (COLUMNS - 1), YS[0] + ((YS[1] - YS[0]) * row) / (ROWS - 1)];
  const grid = Array.from({ length: COLUMNS * ROWS }, (_, i) => Math.log(1 + height(...place(i % COLUMNS, Math.floor(i / COLUMNS)))));
  return levels.map((level) => contour(grid, COLUMNS, ROWS, Math.log(1 + level), (column, row) => {
    const [x, y] = place(column, row);
    return [map.x(x), map.y(y)];
  })).join("");
})());

const draw = ({ state, numbers: found, pen, say, narrow }) => {
  const { surface, x, y, t } = state;
  const map = pen.panel({ ...(narrow ? { x: 6, y: 84, width: 348, height: 278 } : { x: 6, y: 46, width: 708, height: 380 }), xs: XS, ys: YS });
  const all = runs(state);
  map.clipped(() => {
    pen.raw(`<path d="${rings(map, surface)}" fill="none" stroke="${ink("edge")}" stroke-width="1.2"/>`);
    SURFACES[surface].minima.forEach((minimum) => map.dots([minimum], { color: "text", size: 8 }));
    for (const rule of RULES) {
      const points = all[rule].points.slice(0, t + 1);
      map.line(points, { color: rule, width: 1.8, dash: "" });
      map.dots(points, { color: rule, size: 4 });
      map.marker(points[points.length - 1], { color: rule, size: 5.5 });
    }
  });
  map.axes({ xticks: [], yticks: [] });
  map.handle("x", [x, y], (toX, toY) => ({ x: toX, y: toY }));
  pen.words(map.left, 16, say("counted"));
  RULES.forEach((rule, k) => {
    const left = narrow ? map.left + [0, 106, 244][k] : map.left + [300, 410, 580][k];
    const key = pen.panel({ x: left, y: narrow ? 44 : 4, width: 16, height: 16, xs: [0, 1], ys: [0, 1] });
    key.marker([0.5, 0.5], { color: rule, size: 5 });
    pen.words(left + 22, narrow ? 56 : 16, say(found[rule] > MOST ? `${rule}Late` : `${rule}There`), { fill: ink(rule, "say"), "font-weight": 600, "font-size": narrow ? 12 : 13 });
  });
};

export default lab({
  name: "race",
  sizes: { wide: [720, 434], narrow: [360, 370] },
  state: {
    surface: { choices: ["ravine", "rosenbrock", "himmelblau"], value: "ravine" },
    t: { min: 0, max: MOST, step: 1, value: 40 },
    x: { min: -4.8, max: 4.8, step: 0.1, value: -4 },
    y: { min: -3.8, max: 3.8, step: 0.1, value: 2 },
  },
  words: {
    en: {
      title: "A race.",
      hint: "Drag the ring, the start, or choose another surface.",
      alt: "Contours of a surface and, from ({x}, {y}), the first {t} steps of SGD, momentum and Adam.",
      surface: "surface",
      "surface=ravine": "a ravine",
      "surface=rosenbrock": "Rosenbrock’s banana",
      "surface=himmelblau": "Himmelblau’s hollows",
      t: "steps drawn",
      x: "start θ₁",
      y: "start θ₂",
      counted: "steps to a loss of {goal:2}",
      sgdThere: "SGD {sgd}",
      sgdLate: "SGD > {most}",
      momentumThere: "momentum {momentum}",
      momentumLate: "momentum > {most}",
      adamThere: "Adam {adam}",
      adamLate: "Adam > {most}",
      sgdFirst: "SGD is first, after {sgd} steps. Each rule runs at the learning rate that serves it best on this surface, on average over many starts. Will another surface have another winner?",
      momentumFirst: "Momentum is first, after {momentum} steps. Each rule runs at the learning rate that serves it best on this surface, on average over many starts. Will another surface have another winner?",
      adamFirst: "Adam is first, after {adam} steps. Each rule runs at the learning rate that serves it best on this surface, on average over many starts. Will another surface have another winner?",
      tie: "From here no single rule is first. Each rule runs at the learning rate that serves it best on this surface, on average over many starts. Who wins from elsewhere?",
      nobody: "From here none of them gets there in {most} steps, though each runs at the learning rate that serves it best on this surface, on average over many starts.",
    },
    zh: {
      title: "赛跑。",
      hint: "拖动圆环，也就是起点，或换一张曲面。",
      alt: "一张曲面的等高线，以及 SGD、动量和 Adam 从 ({x}, {y}) 出发的前 {t} 步。",
      surface: "曲面",
      "surface=ravine": "一条峡谷",
      "surface=rosenbrock": "Rosenbrock 的香蕉谷",
      "surface=himmelblau": "Himmelblau 的四个坑",
      t: "画出几步",
      x: "起点 θ₁",
      y: "起点 θ₂",
      counted: "损失降到 {goal:2} 的步数",
      sgdThere: "SGD {sgd}",
      sgdLate: "SGD > {most}",
      momentumThere: "动量 {momentum}",
      momentumLate: "动量 > {most}",
      adamThere: "Adam {adam}",
      adamLate: "Adam > {most}",
      sgdFirst: "SGD 先到，用了 {sgd} 步。学习率各取这张曲面上对许多起点平均最好的。换一张曲面，谁先到？",
      momentumFirst: "动量先到，用了 {momentum} 步。学习率各取这张曲面上对许多起点平均最好的。换一张曲面，谁先到？",
      adamFirst: "Adam 先到，用了 {adam} 步。学习率各取这张曲面上对许多起点平均最好的。换一张曲面，谁先到？",
      tie: "从这里出发，先到的不止一个。学习率各取这张曲面上对许多起点平均最好的。换个起点，谁先到？",
      nobody: "从这里出发，{most} 步之内谁也没到，尽管学习率各取了这张曲面上对许多起点平均最好的。",
    },
  },
  numbers,
  finding: (_, found) => {
    const least = Math.min(...RULES.map((rule) => found[rule]));
    if (least > MOST) return "nobody";
    const first = RULES.filter((rule) => found[rule] === least);
    return first.length > 1 ? "tie" : `${first[0]}First`;
  },
  draw,
});
