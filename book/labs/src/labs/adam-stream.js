// adam: a stream of gradients, both averages with and without their correction, and the step in units
// of η under the paper's bound and the one that holds.
import { ink, lab, maths } from "engine";

const SHOWN = 60;
const BEFORE = 5000; // steps before the window, when it is late
const SEED = 5;
const TINY = 1e-300; // ε, so that silence is no division by zero
const noise = maths.normals(SEED, BEFORE + SHOWN);

const STREAMS = {
  constant: () => 1,
  alternating: (k) => (k % 2 ? -1 : 1),
  noise: (k) => noise[k + BEFORE],
  spike: (k) => (k === 40 ? 1 : 0),
  // The stream that comes closest to the bound: it grows, or fades, by β₂/β₁ a step; its largest is one.
  growing: (k, beta1, beta2) => (k < 20 ? 0 : (beta2 / beta1) ** (k - (beta2 > beta1 ? SHOWN - 1 : 20))),
};

/** Each step of the window: gradient, m, v, both corrected, step over η. */
const computed = ({ stream, beta1, beta2, when }) => {
  const before = when === "late" ? BEFORE : 0;
  const gradient = (k) => STREAMS[stream](k, beta1, beta2);
  let [m, v] = maths.adamAverages(Array.from({ length: before }, (_, k) => gradient(k - before)), beta1, beta2);
  return Array.from({ length: SHOWN }, (_, k) => {
    const [g, t] = [gradient(k), before + k + 1];
    const [[step], [first], [second]] = maths.adam([0], [g], [m], [v], t, 1, beta1, beta2, TINY);
    [m, v] = [first, second];
    return { g, m, v, mHat: m / (1 - beta1 ** t), vHat: v / (1 - beta2 ** t), step: 0 - step };
  });
};

// The numbers and the picture of one state ask for the same steps.
let kept = {};
const window = (state) => {
  const key = JSON.stringify(state);
  if (kept.key !== key) kept = { key, rows: computed(state) };
  return kept.rows;
};

const numbers = (state) => ({
  longest: Math.max(...window(state).map(({ step }) => Math.abs(step))),
  paper: maths.adamPaperBound(state.beta1, state.beta2),
  ours: maths.adamBound(state.beta1, state.beta2) ?? 0,
});

const draw = ({ state, numbers: { longest, paper, ours }, pen, say, narrow }) => {
  const { beta1, beta2, when } = state;
  const rows = window(state);
  const xs = [0, SHOWN];
  const at = (value) => rows.map((row, k) => [k + 1, value(row)]);
  const places = narrow
    ? { g: [46, 26, 292, 54], means: [46, 118, 292, 92], step: [46, 268, 292, 110], plane: [46, 440, 180, 104] }
    : { g: [46, 26, 290, 80], means: [46, 144, 290, 196], step: [404, 26, 290, 150], plane: [404, 236, 190, 104] };
  const panel = ([x, y, width, height], more) => pen.panel({ x, y, width, height, ...more });
  const ticks = [0, 20, 40, 60];
  const named = when === "late" ? ticks.map((one) => [one, String(one + BEFORE)]) : ticks;

  const largest = Math.max(1, ...rows.map(({ g }) => Math.abs(g)));
  const g = panel(places.g, { xs, ys: [rows.some((row) => row.g < 0) ? -largest * 1.1 : -0.05, largest * 1.1] });
  g.clipped(() => {
    g.line([[0, 0], [SHOWN, 0]], { color: "edge", width: 1 });
    g.line(rows.flatMap((row, k) => (row.g ? [[k + 1, 0], [k + 1, row.g], [NaN, NaN]] : [])), { color: "quiet", width: 1.5 });
  });
  g.axes({ xticks: [], ycount: 2 });
  pen.words(g.left, g.top - 8, say("gradients"));

  const sizes = rows.flatMap((row) => [Math.abs(row.mHat), Math.sqrt(row.vHat)]);
  const most = Math.max(0.01, ...sizes) * 1.1;
  const means = panel(places.means, { xs, ys: [rows.some((row) => row.mHat < -0.02 * most) ? -most : -0.04 * most, most] });
  means.clipped(() => {
    means.line([[0, 0], [SHOWN, 0]], { color: "edge", width: 1 });
    means.line(at((row) => Math.sqrt(row.v)), { color: "rmsprop", width: 1.5, dash: "4 3" });
    means.line(at((row) => Math.sqrt(row.vHat)), { color: "rmsprop", width: 2.5 });
    means.line(at((row) => row.m), { color: "momentum", width: 1.5, dash: "4 3" });
    means.line(at((row) => row.mHat), { color: "momentum", width: 2.5 });
  });
  means.axes({ xticks: named, xlabel: say("step"), ycount: 3 });
  pen.words(means.left, means.top - 8, say("averages"));
  pen.words(means.left + means.width - 58, means.top - 8, "m̂", { "text-anchor": "end", fill: ink("momentum", "say") });
  pen.words(means.left + means.width, means.top - 8, "√v̂", { "text-anchor": "end", fill: ink("rmsprop", "say") });

  const top = Math.max(1.3, longest, Math.min(ours || paper, 12)) * 1.15;
  const low = rows.some((row) => row.step < -0.02) ? -top : -0.04 * top;
  const step = panel(places.step, { xs, ys: [low, top] });
  step.clipped(() => {
    step.line([[0, 0], [SHOWN, 0]], { color: "edge", width: 1 });
    for (const sign of low < -0.5 ? [1, -1] : [1]) {
      step.line([[0, sign * paper], [SHOWN, sign * paper]], { color: "text", width: 1.2, dash: "5 3" });
      if (ours) step.line([[0, sign * ours], [SHOWN, sign * ours]], { color: "text", width: 1.2 });
    }
    step.line(at((row) => row.step), { color: "adam", width: 2.5 });
  });
  step.axes({ xticks: named, xlabel: say("step"), ycount: 3 });
  pen.words(step.left, step.top - 8, say("steps"));
  step.text([SHOWN - 1, paper], say("paperLine"), { dy: step.y(paper) + 18 > step.top + step.height ? -6 : 14, anchor: "end", color: "quiet", "font-size": 12 });
  if (ours && ours < top) step.text([1, ours], say("oursLine"), { dy: 14, color: "quiet", "font-size": 12 });

  const plane = panel(places.plane, { xs: [0.5, 0.99], ys: [0.5, 0.0005], logY: true });
  const edge = Array.from({ length: 30 }, (_, i) => 0.5 + (0.49 * i) / 29).map((one) => [one, 1 - one * one]); // β₂ = β₁²
  plane.clipped(() => {
    plane.line([[0.5, 0.9], ...edge, [0.99, 0.9]], { color: "none", fill: "tint", closed: true });
    plane.line(edge, { color: "text", width: 1.2 });
  });
  plane.axes({ xlabel: "β₁", xticks: [0.6, 0.8], yticks: [[0.1, "0.9"], [0.01, "0.99"], [0.001, "0.999"]] });
  pen.words(plane.left, plane.top - 8, "β₂");
  plane.text([0.986, 0.47], say("unbounded"), { anchor: "end", color: "quiet", "font-size": 12, yields: true });
  plane.marker([beta1, 1 - beta2], { color: "adam", shape: "o", size: 4.5 });
  plane.handle("beta1", [beta1, 1 - beta2], (x, y) => ({ beta1: x, beta2: 1 - y }));
};

export default lab({
  name: "adam-stream",
  sizes: { wide: [720, 382], narrow: [360, 586] },
  state: {
    stream: { choices: Object.keys(STREAMS), value: "growing" },
    when: { choices: ["start", "late"], value: "late" },
    beta1: { min: 0.5, max: 0.99, step: 0.01, value: 0.9 },
    beta2: { min: 0.5, max: 0.999, step: 0.001, value: 0.999 },
  },
  words: {
    en: {
      title: "Lab: a stream of gradients.",
      hint: "Choose a stream, then drag the ring or move the sliders.",
      alt: "Left, the gradients of a stream and both of Adam’s averages, corrected in full lines and uncorrected in dashed ones. Right, the step in units of η under two bounds, and the plane of both decay rates with the region in which no bound exists.",
      stream: "stream",
      "stream=constant": "constant",
      "stream=alternating": "alternating",
      "stream=noise": "noise",
      "stream=spike": "one after silence",
      "stream=growing": "after silence, × β₂/β₁ a step",
      when: "steps shown",
      "when=start": "the first",
      "when=late": "late ones",
      beta1: "β₁",
      beta2: "β₂",
      gradients: "gradients",
      averages: "averages (dashed: uncorrected)",
      step: "step",
      steps: "step / η",
      paperLine: "the paper’s bound",
      oursLine: "our bound",
      unbounded: "no bound",
      over: "The longest of these steps is {longest:2} η: beyond the paper’s bound of {paper:2}, and within ours of {ours:2}.",
      under: "The longest of these steps is {longest:2} η: within the paper’s bound of {paper:2}, and within ours of {ours:2}.",
      early: "The longest of these steps is {longest:2} η. At the start the corrections still count, and the bounds are those of later steps.",
      free: "The longest of these steps is {longest:2} η. Here β₁² is not below β₂, and no bound exists.",
    },
    zh: {
      title: "动手试：一串梯度。",
      hint: "先选一串梯度，再拖动圆环或移动滑块。",
      alt: "左边是一串梯度和 Adam 的两个平均，实线经过修正，虚线没有。右边是以 η 为单位的步长和两条上界，以及两个衰减率的平面，其中一块区域没有上界。",
      stream: "梯度",
      "stream=constant": "不变",
      "stream=alternating": "正负交替",
      "stream=noise": "噪声",
      "stream=spike": "沉默之后来一个",
      "stream=growing": "沉默之后，每步乘 β₂/β₁",
      when: "显示哪些步",
      "when=start": "最初的",
      "when=late": "后来的",
      beta1: "β₁",
      beta2: "β₂",
      gradients: "梯度",
      averages: "平均（虚线：未修正）",
      step: "步",
      steps: "步长 / η",
      paperLine: "论文的上界",
      oursLine: "我们的上界",
      unbounded: "没有上界",
      over: "这些步里最长的是 {longest:2} η：超过了论文的上界 {paper:2}，没有超过我们的上界 {ours:2}。",
      under: "这些步里最长的是 {longest:2} η：没有超过论文的上界 {paper:2}，也没有超过我们的上界 {ours:2}。",
      early: "这些步里最长的是 {longest:2} η。刚开始时修正还起作用，上界说的是后来的步。",
      free: "这些步里最长的是 {longest:2} η。这里 β₁² 不小于 β₂，没有上界。",
    },
  },
  numbers,
  finding: ({ when }, { longest, paper, ours }) => {
    if (when === "start") return "early";
    if (!ours) return "free";
    return longest > paper + 1e-9 ? "over" : "under";
  },
  draw,
});
