// mini-batch: at a constant rate the runs settle in a cloud, whose size depends on η / B. Two hundred
// runs on a bowl, each batch with noise of its own, against the ellipse that theory gives.
import { lab, maths } from "engine";

const CURVATURES = [1, 4];
const NOISE = 4; // standard deviation of one example's gradient, in each direction
const START = [3.5, 2.2];
const RUNS = 200;
const MOST = 100;
const AT_ONCE = 64; // examples that a step takes in the time of one
const SEED = 11;
const SIZES = [1, 4, 16, 64, 256];

const drawn = maths.normals(SEED, 2 * RUNS * MOST);
const excess = ([x, y]) => (CURVATURES[0] * x * x + CURVATURES[1] * y * y) / 2;

/** The cloud after each step: lists of points, computed anew when B or η move. */
let kept = {};
const clouds = ({ batch, eta }) => {
  if (kept.batch === batch && kept.eta === eta) return kept.found;
  const size = NOISE / Math.sqrt(batch);
  let points = Array.from({ length: RUNS }, () => START);
  const found = [points];
  for (let t = 0; t < MOST; t += 1) {
    points = points.map((point, run) =>
      point.map((one, k) => one - eta * (CURVATURES[k] * one + size * drawn[2 * (t * RUNS + run) + k])));
    found.push(points);
  }
  kept = { batch, eta, found };
  return found;
};

const mean = (points) => points.reduce((sum, point) => sum + excess(point), 0) / RUNS;

/** The variance that theory expects in each direction after so many steps. */
const variances = ({ batch, eta }, steps) => CURVATURES.map((curvature) =>
  ((NOISE * NOISE) / batch) * maths.momentumSpread(eta, 0, curvature) * (1 - (1 - eta * curvature) ** (2 * steps)));

const centre = ({ eta }, steps) => CURVATURES.map((curvature, k) => START[k] * (1 - eta * curvature) ** steps);

const expected = (state, steps) => {
  const spread = variances(state, steps);
  return excess(centre(state, steps)) + (CURVATURES[0] * spread[0] + CURVATURES[1] * spread[1]) / 2;
};

const floor = (state) => expected(state, Infinity);

const numbers = (state) => {
  const { batch, t } = state;
  return {
    measured: mean(clouds(state)[t]),
    expected: expected(state, t),
    floor: floor(state),
    examples: t * batch,
    rounds: t * Math.ceil(batch / AT_ONCE),
  };
};

const draw = ({ state, pen, say, narrow }) => {
  const { batch, eta, t } = state;
  const steps = clouds(state);
  const map = pen.panel({ ...(narrow ? { x: 40, y: 12, width: 308, height: 238 } : { x: 40, y: 14, width: 404, height: 312 }), xs: [-4.2, 4.2], ys: [-3.25, 3.25] });
  map.clipped(() => {
    for (const height of [0.5, 2, 4.5, 8, 12.5]) map.ellipse([0, 0], CURVATURES.map((curvature) => Math.sqrt((2 * height) / curvature)), { color: "edge", width: 1 });
    map.line(steps.slice(0, t + 1).map((_, at) => centre(state, at)), { color: "quiet", width: 1 });
    map.dots(steps[t], { color: "mini-batch", size: 4, "stroke-opacity": 0.75 });
    map.ellipse(centre(state, t), variances(state, t).map((one) => 2 * Math.sqrt(one)), { color: "text", width: 2 });
    map.marker([0, 0], { color: "truth", shape: "D", size: 4 });
    map.marker(START, { color: "text", hollow: true, size: 4 });
  });
  map.axes({ xlabel: "θ₁", xticks: [-4, -2, 0, 2, 4], yticks: [[-2, "−2"], [0, "0"], [2, "θ₂"]] });
  map.text(START, say("start"), { dx: -8, dy: -8, anchor: "end", color: "quiet" });

  // The floor against η, one line for each batch size.
  const floors = pen.panel({ ...(narrow ? { x: 46, y: 322, width: 118, height: 110 } : { x: 504, y: 34, width: 204, height: 116 }), xs: [0.01, 0.45], ys: [1e-4, 20], logX: true, logY: true });
  const etas = Array.from({ length: 20 }, (_, i) => 0.01 * 45 ** (i / 19));
  floors.clipped(() => {
    for (const one of SIZES) floors.line(etas.map((rate) => [rate, floor({ batch: one, eta: rate })]), { color: one === batch ? "text" : "quiet", width: one === batch ? 2 : 0.8 });
    floors.marker([eta, floor(state)], { color: "mini-batch", shape: "o", size: 4.5 });
  });
  floors.axes({ xlabel: "η", xticks: [0.01, 0.1], yticks: [[1e-3, "10⁻³"], [1e-1, "0.1"], [10, "10"]] });
  pen.words(floors.left, floors.top - 8, say("floors"));
  floors.handle("eta", [eta, floor(state)], (x) => ({ eta: x }));

  // Excess loss against step: what theory expects and what the runs do.
  const loss = pen.panel({ ...(narrow ? { x: 224, y: 322, width: 124, height: 110 } : { x: 504, y: 214, width: 204, height: 112 }), xs: [0, MOST], ys: [1e-3, 30], logY: true });
  const count = steps.map((_, at) => at);
  loss.clipped(() => {
    loss.line(count.map((at) => [at, mean(steps[at])]), { color: "mini-batch", width: 2, dash: "none" });
    loss.line(count.map((at) => [at, expected(state, at)]), { color: "text", width: 1 });
    loss.line([[t, 1e-3], [t, 30]], { color: "quiet", width: 1 });
  });
  loss.axes({ xlabel: say("step"), xticks: [0, 50, 100], yticks: [[1e-2, "0.01"], [1, "1"]] });
  pen.words(loss.left, loss.top - 8, say("loss"));
  loss.handle("t", [t, expected(state, t)], (x) => ({ t: x }));
};

export default lab({
  name: "mini-batch-cloud",
  sizes: { wide: [720, 366], narrow: [360, 474] },
  state: {
    batch: { choices: SIZES, value: 4 },
    eta: { min: 0.01, max: 0.45, step: 0.01, value: 0.1 },
    t: { min: 0, max: MOST, step: 1, value: MOST },
  },
  words: {
    en: {
      title: "Lab: the cloud at the end.",
      hint: "Drag a ring on the right, or move the sliders.",
      alt: "Left, a bowl with two hundred runs as dots and theory’s ellipse of two standard deviations around them, after {t} steps. Right, the noise floor against the learning rate for five batch sizes, and the excess loss against step.",
      batch: "batch size B",
      eta: "learning rate η",
      t: "steps taken",
      start: "start",
      floors: "noise floor",
      loss: "excess loss",
      step: "step",
      settled: "The cloud has settled: on average the two hundred runs lie {measured:4} above the minimum, and theory’s floor is {floor:4}. Each took {examples} examples, in {rounds} rounds of at most sixty-four.",
      moving: "The cloud is on its way: on average {measured:4} above the minimum, and the floor is {floor:4}. Each run took {examples} examples, in {rounds} rounds of at most sixty-four.",
    },
    zh: {
      title: "动手试：最后的那团云。",
      hint: "拖动右边的圆环，或移动滑块。",
      alt: "左边是一个碗，两百次运行各是一点，外面是理论给出的两倍标准差椭圆，走了 {t} 步。右边是五种批量大小下噪声底随学习率的变化，以及超额损失随步数的变化。",
      batch: "批量大小 B",
      eta: "学习率 η",
      t: "走过的步数",
      start: "起点",
      floors: "噪声底",
      loss: "超额损失",
      step: "步",
      settled: "云已经停住：两百次运行平均比最小值高 {measured:4}，理论的噪声底是 {floor:4}。每次运行看了 {examples} 个样本，每轮至多六十四个，共 {rounds} 轮。",
      moving: "云还在路上：平均比最小值高 {measured:4}，噪声底是 {floor:4}。每次运行看了 {examples} 个样本，每轮至多六十四个，共 {rounds} 轮。",
    },
  },
  numbers,
  finding: (state) => (expected(state, state.t) < 1.1 * floor(state) && excess(centre(state, state.t)) < 0.1 * floor(state) && state.t > 0 ? "settled" : "moving"),
  draw,
});
