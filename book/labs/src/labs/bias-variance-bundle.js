// bias-variance: sixteen fits to sixteen data sets, and what the errors of all such fits are made of. The
// parts are those of the closed form, so they hold for all data sets and not for the sixteen drawn.
import { ink, lab, maths } from "engine";

const SETS = 16;
const HIGHEST = 11;
const SEED = 3;
const GRID = Array.from({ length: 101 }, (_, i) => i / 100);
const DEGREES = Array.from({ length: HIGHEST + 1 }, (_, degree) => degree);

const truth = (x) => Math.sin(2 * Math.PI * x);
const inputs = (n) => Array.from({ length: n }, (_, i) => i / (n - 1));

// Both parts depend on σ by a factor alone, so they are kept while degree and noise move.
let kept = { n: NaN };
const shares = (n) => {
  const xs = inputs(n);
  if (kept.n !== n) kept = { n, found: maths.polynomialParts(HIGHEST, xs, GRID, xs.map(truth), GRID.map(truth)) };
  return kept.found;
};

const parts = ({ n, sigma }) =>
  shares(n).map(([bias, share]) => {
    const [variance, noise] = [sigma * sigma * share, sigma * sigma];
    return { bias, variance, noise, error: bias + variance + noise };
  });

const numbers = (state) => {
  const all = parts(state);
  const best = all.reduce((least, one, degree) => (one.error < all[least].error ? degree : least), 0);
  return { ...all[state.degree], best, bestError: all[best].error };
};

const draw = ({ state, pen, say, narrow }) => {
  const { degree, n, sigma } = state;
  const xs = inputs(n);
  const smoother = maths.polynomialSmoother(degree, xs, GRID);
  const fitted = (targets) => smoother.map((weights) => weights.reduce((sum, weight, i) => sum + weight * targets[i], 0));
  const noise = maths.normals(SEED, SETS * n);

  const map = pen.panel({ ...(narrow ? { x: 36, y: 26, width: 312, height: 220 } : { x: 40, y: 26, width: 376, height: 320 }), xs: [-0.02, 1.02], ys: [-2.6, 2.6] });
  map.clipped(() => {
    for (let set = 0; set < SETS; set += 1) {
      const fit = fitted(xs.map((x, i) => truth(x) + sigma * noise[set * n + i]));
      map.line(GRID.map((x, i) => [x, fit[i]]).filter((_, i) => i % 2 === 0), { color: "data", width: 0.8, "stroke-opacity": 0.55 });
    }
    const mean = fitted(xs.map(truth));
    map.line(GRID.map((x, i) => [x, mean[i]]), { color: "fit", width: 3 });
    map.line(GRID.map((x) => [x, truth(x)]), { color: "text", width: 2, dash: "8 4" });
    map.dots(xs.map((x) => [x, -2.48]), { color: "text", size: 7 });
  });
  map.axes({ xlabel: "x", xticks: [0, 0.5, 1], yticks: [-2, -1, 0, 1, 2] });
  pen.raw(`<path d="M${map.left} ${map.top - 12}h24" fill="none" stroke="${ink("text")}" stroke-width="2" stroke-dasharray="8 4"/>`);
  pen.words(map.left + 29, map.top - 8, say("truthLine"));
  const second = map.left + (narrow ? 96 : 120);
  pen.raw(`<path d="M${second} ${map.top - 12}h24" stroke="${ink("fit")}" stroke-width="3"/>`);
  pen.words(second + 29, map.top - 8, say("meanLine"), { fill: ink("fit", "say") });

  // A bar for each degree, of three parts from below: noise, which nothing removes, bias², variance.
  const all = parts(state);
  const top = 1.08 * Math.max(...all.map(({ error }) => error));
  const bars = pen.panel({ ...(narrow ? { x: 44, y: 326, width: 304, height: 160 } : { x: 474, y: 62, width: 234, height: 284 }), xs: [-0.7, HIGHEST + 0.7], ys: [0, top] });
  bars.clipped(() => {
    all.forEach((one, k) => {
      let below = 0;
      for (const part of ["noise", "bias", "variance"]) {
        const above = below + one[part];
        bars.line([[k - 0.36, below], [k + 0.36, below], [k + 0.36, above], [k - 0.36, above]], { color: "none", closed: true, fill: part, "fill-opacity": k === degree ? 1 : 0.45 });
        below = above;
      }
    });
  });
  bars.axes({ xlabel: say("degree"), xticks: [0, 3, 6, 9].map((one) => [one, String(one)]), ycount: 4 });
  const { error } = all[degree];
  bars.line([[degree - 0.48, 0], [degree - 0.48, error], [degree + 0.48, error], [degree + 0.48, 0]], { color: "text", width: 1.5 });
  bars.handle("degree", [degree, error], (x) => ({ degree: x }));
  let left = bars.left;
  for (const part of ["noise", "bias", "variance"]) {
    pen.raw(`<rect x="${left}" y="${bars.top - 18}" width="11" height="11" fill="${ink(part)}"/>`);
    pen.words(left + 15, bars.top - 8, say(`${part}Part`), { fill: ink(part, "say") });
    left += 78;
  }
  pen.words(bars.left, bars.top - 28, say("made"), { fill: ink("quiet"), "font-size": 12 });
};

export default lab({
  name: "bias-variance-bundle",
  sizes: { wide: [720, 388], narrow: [360, 528] },
  state: {
    degree: { min: 0, max: HIGHEST, step: 1, value: 11 },
    n: { min: 14, max: 84, step: 2, value: 14 },
    sigma: { min: 0.05, max: 0.6, step: 0.05, value: 0.3 },
  },
  words: {
    en: {
      title: "Lab: what a bundle of fits is made of.",
      hint: "Drag the ring to another degree, or move the sliders.",
      alt: "Left, sixteen polynomials of degree {degree}, each fitted to {n} readings of a sine wave with noise {sigma}, their expected fit and the wave. Right, a stacked bar for each degree: noise, squared bias and variance.",
      degree: "degree",
      n: "readings n",
      sigma: "noise σ",
      truthLine: "truth",
      meanLine: "mean fit",
      made: "error on new data, by degree",
      biasPart: "bias²",
      variancePart: "variance",
      noisePart: "noise",
      mostVariance: "Degree {degree}: noise {noise:3}, bias² {bias:3}, variance {variance:3}, together {error:3}. What could be removed is mostly variance. Degree {best} has the least error, {bestError:3}.",
      mostBias: "Degree {degree}: noise {noise:3}, bias² {bias:3}, variance {variance:3}, together {error:3}. What could be removed is mostly bias. Degree {best} has the least error, {bestError:3}.",
      leastError: "Degree {degree}: noise {noise:3}, bias² {bias:3}, variance {variance:3}, together {error:3}. No other degree has less error.",
    },
    zh: {
      title: "动手试：一束拟合由什么组成。",
      hint: "把圆环拖到别的次数，或移动滑块。",
      alt: "左边是十六个 {degree} 次多项式，每个拟合正弦曲线的 {n} 个读数，噪声为 {sigma}，还有它们的期望拟合和正弦曲线。右边每个次数一根堆叠的条：噪声、偏差平方、方差。",
      degree: "次数",
      n: "读数个数 n",
      sigma: "噪声 σ",
      truthLine: "真实函数",
      meanLine: "平均拟合",
      made: "新数据上的误差，按次数",
      biasPart: "偏差²",
      variancePart: "方差",
      noisePart: "噪声",
      mostVariance: "{degree} 次：噪声 {noise:3}，偏差平方 {bias:3}，方差 {variance:3}，合计 {error:3}。能去掉的大半是方差。误差最小的是 {best} 次，{bestError:3}。",
      mostBias: "{degree} 次：噪声 {noise:3}，偏差平方 {bias:3}，方差 {variance:3}，合计 {error:3}。能去掉的大半是偏差。误差最小的是 {best} 次，{bestError:3}。",
      leastError: "{degree} 次：噪声 {noise:3}，偏差平方 {bias:3}，方差 {variance:3}，合计 {error:3}。没有别的次数误差更小。",
    },
  },
  numbers,
  finding: ({ degree }, { best, bias, variance }) => {
    if (degree === best) return "leastError";
    return bias > variance ? "mostBias" : "mostVariance";
  },
  draw,
});
