// beyond Adam: a gradient of given singular values, and those of the steps that three rules make of it.
// SGD's step is the gradient; Adam's first step is the sign of each number; Muon's is the matrix after
// Newton and Schulz's iteration.
import { ink, lab, maths } from "engine";

const SIZE = 4;
const BETAS = [0.9, 0.999, 1e-8]; // Adam's defaults, with ε
const ZERO = Array(SIZE * SIZE).fill(0);
const NAMES = ["sigma1", "sigma2", "sigma3", "sigma4"];

const rows = (flat) => Array.from({ length: SIZE }, (_, i) => flat.slice(SIZE * i, SIZE * (i + 1)));

/** Each rule's step for the gradient of a state, as a matrix. */
const steps = (state) => {
  const gradient = maths.turnedMatrix(NAMES.map((name) => state[name]), (state.angle * Math.PI) / 180);
  const [moved] = maths.adam(ZERO, gradient.flat(), ZERO, ZERO, 1, 1, ...BETAS);
  return { sgd: gradient, adam: rows(moved.map((value) => -value)), muon: maths.newtonSchulz(gradient, state.iterations) };
};

const shares = (values) => values.map((value) => value / Math.max(...values));

const numbers = (state) => {
  const found = {};
  for (const [rule, step] of Object.entries(steps(state))) {
    const spectrum = shares(maths.singularValues(step));
    found[rule] = spectrum[SIZE - 1];
    found[`${rule}Many`] = spectrum.filter((share) => share > 0.1).length;
  }
  return found;
};

const draw = ({ state, pen, say, narrow }) => {
  const made = steps(state);
  Object.entries(made).forEach(([rule, step], k) => {
    const [x, y] = narrow ? [0, 8 + 176 * k] : [238 * k, 8];
    const look = { fill: ink(rule, "say"), "font-weight": "bold" };
    pen.words(x, y + 10, say(`${rule}Step`), look);

    // The matrix: the area of a square is the size of a number, a hollow one is negative.
    const cell = narrow ? 26 : 27;
    const [left, top] = [x + (narrow ? 0 : 54), y + 24];
    const most = Math.max(...step.flat().map(Math.abs));
    pen.raw(`<rect x="${left}" y="${top}" width="${cell * SIZE}" height="${cell * SIZE}" fill="${ink("tint")}"/>`);
    step.forEach((row, i) => row.forEach((value, j) => {
      const side = (cell - 5) * Math.sqrt(Math.abs(value) / most);
      if (side < 1) return;
      const inner = value > 0 ? side : Math.max(0.1, side - 2);
      const [cx, cy] = [left + cell * (j + 0.5), top + cell * (i + 0.5)];
      pen.raw(`<rect x="${(cx - inner / 2).toFixed(1)}" y="${(cy - inner / 2).toFixed(1)}" width="${inner.toFixed(1)}" height="${inner.toFixed(1)}" fill="${value > 0 ? ink(rule) : ink("ground")}"${value > 0 ? "" : ` stroke="${ink(rule)}" stroke-width="2"`}/>`);
    }));

    // Its singular values: the gradient's as they are set, the others' as shares of the largest.
    const spectrum = rule === "sgd" ? NAMES.map((name) => state[name]) : shares(maths.singularValues(step));
    const bars = pen.panel({ ...(narrow ? { x: 150, y: y + 24, width: 202, height: 104 } : { x: x + 30, y: 174, width: 200, height: 156 }), xs: [0.5, SIZE + 0.5], ys: [0, 1.12] });
    spectrum.forEach((share, i) => bars.line([[i + 0.7, 0], [i + 0.7, share], [i + 1.3, share], [i + 1.3, 0]], { color: "none", fill: rule, closed: true }));
    const ticks = rule === "sgd" ? ["σ₁", "σ₂", "σ₃", "σ₄"] : ["1", "2", "3", "4"];
    bars.axes({ xticks: ticks.map((one, i) => [i + 1, one]), yticks: [0, 0.5, 1], xlabel: rule === "sgd" ? say("own") : say("sorted") });
    if (rule !== "sgd") return;
    // The largest last: it is at the end of its range, where it moves one way only.
    [3, 2, 1, 0].forEach((i) => bars.handle(NAMES[i], [i + 1, spectrum[i]], (_, value) => ({ [NAMES[i]]: value })));
  });
};

export default lab({
  name: "beyond-adam-spectrum",
  sizes: { wide: [720, 370], narrow: [360, 540] },
  state: {
    sigma1: { min: 0.01, max: 1, step: 0.01, value: 1 },
    sigma2: { min: 0.01, max: 1, step: 0.01, value: 0.5 },
    sigma3: { min: 0.01, max: 1, step: 0.01, value: 0.2 },
    sigma4: { min: 0.01, max: 1, step: 0.01, value: 0.05 },
    angle: { min: 0, max: 45, step: 1, value: 30 },
    iterations: { min: 0, max: 10, step: 1, value: 5 },
  },
  words: {
    en: {
      title: "Lab: what is left of a spectrum.",
      hint: "Drag a ring, or move the sliders.",
      alt: "Three matrices of four by four, with their singular values as bars. The gradient, with {sigma1}, {sigma2}, {sigma3} and {sigma4}; Adam’s first step, whose squares are all of one size; Muon’s step, after {iterations} iterations.",
      sigma1: "singular value σ₁",
      sigma2: "singular value σ₂",
      sigma3: "singular value σ₃",
      sigma4: "singular value σ₄",
      angle: "turn of its axes (°)",
      iterations: "iterations in Muon",
      sgdStep: "SGD: the gradient",
      adamStep: "Adam’s first step",
      muonStep: "Muon’s step",
      own: "singular value",
      sorted: "share of the largest, by size",
      apart: "Singular values above a tenth of the largest: gradient {sgdMany}, Adam {adamMany}, Muon {muonMany}. The smallest as a share: {sgd:2}, Adam {adam:2}, Muon {muon:2}.",
      straight: "Diagonal: here Adam, too, makes all singular values equal. Muon’s smallest is {muon:2} of its largest. Turn the axes.",
      early: "So few iterations leave small values small: the smallest is {muon:2} of the largest, from {sgd:2} in the gradient. Each multiplies it by three and a half at most.",
    },
    zh: {
      title: "动手试：奇异值还剩下什么。",
      hint: "拖动圆环，或移动滑块。",
      alt: "三个四乘四的矩阵，各自的奇异值画成条。梯度的奇异值是 {sigma1}、{sigma2}、{sigma3}、{sigma4}；Adam 的第一步，方块一样大；Muon 迭代 {iterations} 次的一步。",
      sigma1: "奇异值 σ₁",
      sigma2: "奇异值 σ₂",
      sigma3: "奇异值 σ₃",
      sigma4: "奇异值 σ₄",
      angle: "轴的转角（°）",
      iterations: "Muon 的迭代次数",
      sgdStep: "SGD：梯度本身",
      adamStep: "Adam 的第一步",
      muonStep: "Muon 的一步",
      own: "奇异值",
      sorted: "与最大者之比，从大到小",
      apart: "大于最大者十分之一的：梯度 {sgdMany} 个，Adam {adamMany} 个，Muon {muonMany} 个。最小与最大之比：{sgd:2}、{adam:2}、{muon:2}。",
      straight: "对角阵：Adam 也把奇异值全变成相等。Muon 的最小与最大之比是 {muon:2}。转动它试试。",
      early: "迭代太少，小的还小：最小与最大之比，梯度 {sgd:2}，Muon {muon:2}。每迭代一次，至多乘三倍半。",
    },
  },
  numbers,
  finding: ({ angle, iterations }, { sgd, muon }) => {
    if (angle === 0) return "straight";
    return iterations < 5 && muon < 0.1 && sgd < 0.1 ? "early" : "apart";
  },
  draw,
});
