// supervised-learning: a polynomial fitted to some pairs, and the two losses, of which only one is seen.
// Each data set drawn leaves a dot of both at every degree. What is drawn depends on its number alone.
import { ink, lab, maths } from "engine";

const HIGHEST = 12;
const SIGMA = 0.3;
const DEGREES = Array.from({ length: HIGHEST + 1 }, (_, degree) => degree);
const GRID = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 50 - 1);
const [LOW, HIGH] = [0.02, 20];

const truth = (x) => Math.sin(Math.PI * x);
const TRUTH = GRID.map(truth);

/** The pairs of a data set, and its training loss and risk at every degree. */
const made = (n, set) => {
  const xs = maths.uniforms(2 * set - 1, n).map((share) => 2 * share - 1);
  const ys = maths.normals(2 * set, n).map((noise, i) => truth(xs[i]) + SIGMA * noise);
  const losses = maths.polynomialLosses(HIGHEST, xs, ys, GRID, TRUTH);
  return { xs, ys, train: losses.map(([seen]) => seen), risk: losses.map(([, squared]) => squared + SIGMA * SIGMA) };
};

// Data sets are kept while the number of pairs stays.
let kept = { n: NaN };
const sets = ({ n, draws }) => {
  if (kept.n !== n) kept = { n, found: [] };
  while (kept.found.length < draws) kept.found.push(made(n, kept.found.length + 1));
  return kept.found.slice(0, draws);
};

const median = (values) => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
};

const medians = (all, loss) => DEGREES.map((degree) => median(all.map((one) => one[loss][degree])));

const numbers = (state) => {
  const all = sets(state);
  const newest = all[all.length - 1];
  const risks = medians(all, "risk");
  const best = risks.indexOf(Math.min(...risks));
  return {
    train: newest.train[state.degree],
    risk: newest.risk[state.degree],
    trainMedian: medians(all, "train")[state.degree],
    riskMedian: risks[state.degree],
    best,
    bestRisk: risks[best],
    noise: SIGMA * SIGMA,
  };
};

const draw = ({ state, numbers: found, pen, say, narrow }) => {
  const { degree } = state;
  const all = sets(state);
  const { xs, ys } = all[all.length - 1];
  const map = pen.panel({ ...(narrow ? { x: 36, y: 28, width: 312, height: 210 } : { x: 36, y: 28, width: 320, height: 310 }), xs: [-1, 1], ys: [-2.2, 2.2] });
  map.clipped(() => {
    const across = Array.from({ length: 161 }, (_, i) => i / 80 - 1);
    map.line(across.map((x) => [x, truth(x)]), { color: "truth" });
    const fit = maths.polynomialFit(degree, xs, ys, across);
    map.line(across.map((x, i) => [x, fit[i]]), { color: "fit", width: 2.5 });
    map.dots(xs.map((x, i) => [x, ys[i]]), { color: "train", size: 6 });
  });
  map.axes({ xlabel: "x", xticks: [-1, 0, 1], yticks: [-2, -1, 0, 1, 2] });
  pen.words(map.left, map.top - 10, say("fitLine"), { fill: ink("fit", "say") });
  pen.words(map.left + map.width, map.top - 10, say("truthLine"), { "text-anchor": "end" });

  const losses = pen.panel({ ...(narrow ? { x: 44, y: 312, width: 304, height: 200 } : { x: 408, y: 28, width: 300, height: 310 }), xs: [-0.7, HIGHEST + 0.7], ys: [LOW, HIGH], logY: true });
  const shown = (value) => Math.max(LOW, Math.min(HIGH, value));
  losses.clipped(() => {
    losses.line([[-1, found.noise], [HIGHEST + 1, found.noise]], { color: "theory", width: 1 });
    losses.line([[degree, LOW], [degree, HIGH]], { color: "edge", width: 18 });
    for (const [loss, color, aside] of [["train", "train", -0.14], ["risk", "test", 0.14]]) {
      losses.dots(all.flatMap((one) => one[loss].map((value, k) => [k + aside, shown(value)])), { color, size: 4, "stroke-opacity": 0.5 });
      losses.line(medians(all, loss).map((value, k) => [k + aside, shown(value)]), { color, width: 2 });
    }
    // The newest data set's own two, which the sentence names.
    losses.marker([degree - 0.14, shown(found.train)], { color: "train", size: 4.5 });
    losses.marker([degree + 0.14, shown(found.risk)], { color: "test", size: 4.5 });
  });
  losses.axes({ xlabel: say("degree"), xticks: [0, 3, 6, 9, 12].map((one) => [one, String(one)]), yticks: [[0.1, "0.1"], [1, "1"], [10, "10"]] });
  pen.words(losses.left, losses.top - 10, say("trainDots"), { fill: ink("train", "say") });
  pen.words(losses.left + (narrow ? 100 : 108), losses.top - 10, say("riskDots"), { fill: ink("test", "say") });
  losses.text([-0.6, found.noise], say("noiseLine"), { dy: 14, "font-size": 12 }); // no loss of a low degree is so small
  losses.handle("degree", [degree, shown(found.riskMedian)], (x) => ({ degree: x }));
};

export default lab({
  name: "supervised-fit",
  sizes: { wide: [720, 380], narrow: [360, 554] },
  state: {
    degree: { min: 0, max: HIGHEST, step: 1, value: 12 },
    n: { min: 15, max: 100, step: 5, value: 30 },
    draws: { min: 1, max: 30, step: 1, value: 12, more: true },
  },
  words: {
    en: {
      title: "Lab: the loss that is seen and the one that is not.",
      hint: "Drag the ring, draw new data.",
      alt: "Left, the {n} pairs of a data set, the polynomial of degree {degree} fitted to them, and the sine wave they came from. Right, on a log scale, training loss and risk against degree, a dot for each of {draws} data sets and lines through the medians: the training loss falls all the way, the risk falls to degree {best} and then rises.",
      degree: "degree",
      n: "pairs n",
      draws: "data sets",
      "draws+": "New data",
      fitLine: "polynomial of degree {degree}",
      truthLine: "truth (dashed)",
      trainDots: "training loss",
      riskDots: "risk",
      noiseLine: "noise σ²",
      over: "Data set {draws}, degree {degree}: training loss {train:3}, risk {risk:3}. The first is below the noise, {noise:3}, and says nothing of the second. The median risk of all drawn is least at degree {best}: {bestRisk:3}.",
      grown: "Data set {draws}, degree {degree}: training loss {train:3}, risk {risk:3}. The median risk of all drawn is {riskMedian:3} here and least at degree {best}: {bestRisk:3}.",
      under: "Data set {draws}, degree {degree}: training loss {train:3}, risk {risk:3}. Such a polynomial misses the curve, and both losses show it. The median risk of all drawn is least at degree {best}: {bestRisk:3}.",
      least: "Data set {draws}, degree {degree}: training loss {train:3}, risk {risk:3}. No other degree has a smaller median risk among all drawn, {bestRisk:3}. The training loss goes on falling to the right.",
    },
    zh: {
      title: "动手试：看得见的损失和看不见的损失。",
      hint: "把圆环拖到别的次数，再抽新数据。",
      alt: "左边是一个数据集的 {n} 对数据、拟合它的 {degree} 次多项式，以及数据来自的正弦曲线。右边用对数刻度画训练损失和风险随次数的变化，{draws} 个数据集各一个点，线穿过中位数：训练损失一路下降，风险降到 {best} 次，然后上升。",
      degree: "次数",
      n: "数据对数 n",
      draws: "数据集",
      "draws+": "抽新数据",
      fitLine: "{degree} 次多项式",
      truthLine: "真实函数（虚线）",
      trainDots: "训练损失",
      riskDots: "风险",
      noiseLine: "噪声 σ²",
      over: "第 {draws} 个数据集，{degree} 次：训练损失 {train:3}，风险 {risk:3}。前者低于噪声 {noise:3}，却看不出后者有多大。风险的中位数在 {best} 次最小，{bestRisk:3}。",
      grown: "第 {draws} 个数据集，{degree} 次：训练损失 {train:3}，风险 {risk:3}。风险的中位数在这里是 {riskMedian:3}，在 {best} 次最小，{bestRisk:3}。",
      under: "第 {draws} 个数据集，{degree} 次：训练损失 {train:3}，风险 {risk:3}。次数太低，跟不上曲线，两个损失都大。风险的中位数在 {best} 次最小，{bestRisk:3}。",
      least: "第 {draws} 个数据集，{degree} 次：训练损失 {train:3}，风险 {risk:3}。风险的中位数 {bestRisk:3}，别的次数都不比它小。再往右，训练损失还在降。",
    },
  },
  numbers,
  finding: ({ degree }, { best, train, noise }) => {
    if (degree === best) return "least";
    if (train < noise) return "over";
    return degree < best && train > 2 * noise ? "under" : "grown";
  },
  draw,
});
