// linear regression: the loss of a line over slope and intercept, and descent on it, as the input's mean
// and scale are moved. The lines stay the same ones, with other numbers for them.
import { ink, lab, maths } from "engine";

const READINGS = 40;
const NEAR = 0.01; // a line is there when it is so near the best one, root mean square over the data
const COUNTED = 5000; // no run is longer
const SHOWN = 400;
const [MEAN, SCALE] = [0.5, Math.sqrt(1 / 12)]; // of the chapter's inputs, uniform from 0 to 1

// The inputs, standardized, and their readings: slope 5, intercept 7, noise 1/4.
const plain = Array.from({ length: READINGS }, (_, i) => i - (READINGS - 1) / 2);
const spread = Math.sqrt(plain.reduce((total, one) => total + one * one, 0) / READINGS);
const U = plain.map((one) => one / spread);
const noise = maths.normals(1, READINGS);
const Y = U.map((u, i) => 5 * (MEAN + SCALE * u) + 7 + noise[i] / 4);
const [TILT, LEVEL] = maths.leastSquaresLine(U, Y); // the best line, over standardized inputs
const START = [-2, 4]; // a falling line, in the same terms

/** A line's slope and intercept over inputs as they are, from those over standardized ones. */
const line = ([tilt, level], { mean, scale }) => [tilt / scale, level - (tilt / scale) * mean];
const best = (state) => line([TILT, LEVEL], state);
const begin = (state) => line([START[0] - TILT, START[1] - LEVEL], state); // beside the best one

/** Curvatures, their directions, and how far the first line is from the best one along each. */
const valley = (state) => {
  const [large, small, angle] = maths.lineValley(state.mean, state.scale);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [w, b] = begin(state);
  return { curvatures: [large, small], cos, sin, parts: [cos * w + sin * b, cos * b - sin * w] };
};

/** Descent from the first line: slope and intercept beside the best ones, until the line is there. */
const run = (state) => {
  const { mean, scale, eta } = state;
  const square = mean * mean + scale * scale;
  let apart = begin(state);
  const points = [apart];
  const far = ([slope, level]) => Math.hypot(level + mean * slope, scale * slope);
  const first = far(apart);
  for (let last = first; last >= NEAR && last < 1e3 * first && points.length <= COUNTED; last = far(apart)) {
    const [slope, level] = apart;
    apart = maths.sgd(apart, [2 * (square * slope + mean * level), 2 * (mean * slope + level)], eta);
    points.push(apart);
  }
  return points;
};

const numbers = (state) => {
  const { curvatures, parts } = valley(state);
  const [large, small] = curvatures;
  const bestRate = 2 / (large + small);
  return {
    kappa: large / small,
    limit: 2 / large,
    bestRate,
    predicted: maths.stepsToNear(state.eta, curvatures, parts, NEAR),
    bestSteps: maths.stepsToNear(bestRate, curvatures, parts, NEAR),
    counted: run(state).length - 1,
  };
};

const draw = ({ state, numbers: { limit, bestRate }, pen, say, narrow }) => {
  const { mean, scale, eta } = state;
  const { curvatures, cos, sin } = valley(state);
  const [w, b] = best(state);
  const places = narrow
    ? { bowl: [44, 26, 304, 304], data: [44, 406, 304, 120], factors: [44, 602, 304, 120] }
    : { bowl: [44, 26, 330, 330], data: [430, 26, 278, 126], factors: [430, 230, 278, 126] };
  const panel = ([x, y, width, height], more) => pen.panel({ x, y, width, height, ...more });

  // The loss about the best line, with the same scale both ways, as wide as the start asks.
  const reach = 1.25 * Math.hypot(...begin(state));
  const bowl = panel(places.bowl, { xs: [w - reach, w + reach], ys: [b - reach, b + reach] });
  const points = run(state).slice(0, SHOWN).map(([slope, level]) => [w + slope, b + level]);
  bowl.clipped(() => {
    for (const share of [0.08, 0.2, 0.4, 0.7, 1.1]) {
      // Radii at equal loss: that along the steep direction is the shorter by √κ.
      const long = share * reach * Math.min(Math.sqrt(curvatures[0] / curvatures[1]), 3);
      const short = long * Math.sqrt(curvatures[1] / curvatures[0]);
      const round = Array.from({ length: 73 }, (_, i) => {
        const [along, across] = [short * Math.cos((i * Math.PI) / 36), long * Math.sin((i * Math.PI) / 36)];
        return [w + cos * along - sin * across, b + sin * along + cos * across];
      });
      bowl.line(round, { color: "edge", width: 1.2, closed: true });
    }
    bowl.line(points, { color: "sgd", width: 1.8 });
    bowl.dots(points.slice(0, 60), { color: "sgd", size: 4.5 });
    bowl.marker(points[0], { color: "sgd", shape: "o", size: 5, hollow: true });
    bowl.dots([[w, b]], { color: "text", size: 8 });
  });
  bowl.axes({ xlabel: say("slope"), xcount: 5, ycount: 5 });
  pen.words(bowl.left, bowl.top - 8, say("intercept"));

  // The data, which move along x and widen.
  const data = panel(places.data, { xs: [-2.7, 4.7], ys: [-1, 14] });
  data.clipped(() => {
    data.line([[0, -1], [0, 14]], { color: "edge", width: 1.2 });
    const [first, from] = line(START, state);
    data.line([-3, 5].map((x) => [x, from + first * x]), { color: "sgd", width: 1.5, dash: "5 3" });
    data.line([-3, 5].map((x) => [x, b + w * x]), { color: "fit", width: 1.5 });
    data.dots(U.map((u, i) => [mean + scale * u, Y[i]]), { color: "data", size: 4.5 });
  });
  data.axes({ xlabel: "x", xticks: [-2, 0, 2, 4], yticks: [0, 5, 10] });
  pen.words(data.left, data.top - 8, say("readings"));
  pen.words(data.left + data.width, data.top - 8, say("begin"), { "text-anchor": "end", fill: ink("sgd", "say") });
  data.handle("mean", [mean, LEVEL], (x) => ({ mean: x }));
  data.handle("scale", [mean + scale, LEVEL + TILT], (x) => ({ scale: x - mean }));

  // What a step leaves of the error along both directions, against η.
  const factors = panel(places.factors, { xs: [0, 1.05], ys: [0, 1.3] });
  factors.clipped(() => {
    factors.line([[0, 1], [1.05, 1]], { color: "text", width: 1 });
    const at = Array.from({ length: 106 }, (_, i) => i / 100);
    curvatures.forEach((one, i) => factors.line(at.map((rate) => [rate, Math.abs(1 - rate * one)]), { color: "sgd", width: 2, dash: i ? "5 3" : "" }));
    if (bestRate < 1.05) factors.line([[bestRate, 0], [bestRate, 1.3]], { color: "quiet", width: 1, dash: "2 3" });
  });
  factors.axes({ xlabel: "η", xticks: [0, 0.25, 0.5, 0.75, 1], yticks: [0, 0.5, 1] });
  pen.words(factors.left, factors.top - 8, say("factor"));
  factors.handle("eta", [eta, Math.min(1.3, Math.max(...curvatures.map((one) => Math.abs(1 - eta * one))))], (x) => ({ eta: x }));
};

export default lab({
  name: "linear-regression-valley",
  sizes: { wide: [720, 396], narrow: [360, 768] },
  state: {
    mean: { min: 0, max: 2, step: 0.01, value: 0.5 },
    scale: { min: 0.05, max: 1.5, step: 0.01, value: 0.29 },
    eta: { min: 0.01, max: 1, step: 0.01, value: 0.75 },
  },
  words: {
    en: {
      title: "Lab: the input’s mean and scale.",
      hint: "Drag a ring, or move the sliders.",
      alt: "Left, contours of the loss over slope and intercept, for inputs of mean {mean} and standard deviation {scale}, and the path of descent at η = {eta}. Right, the data with their best line, and below what a step leaves of the error along both directions, against η.",
      mean: "mean of x",
      scale: "standard deviation of x",
      eta: "η",
      slope: "slope w",
      intercept: "intercept b",
      readings: "readings, best line",
      begin: "dashed: start",
      factor: "factor per step (full: steep, dashed: flat)",
      grows: "κ = {kappa:1}. From η = {limit:2} on the steep direction does not shrink. The rate that treats both directions alike is {bestRate:2}: {bestSteps} steps.",
      circle: "κ = 1: circles, and every step goes straight to the minimum. {predicted} predicted, {counted} counted; at η = {bestRate:2} it is {bestSteps}.",
      arrives: "κ = {kappa:1}: {predicted} steps predicted until the lines are a hundredth apart, {counted} counted. The rate that treats both directions alike is {bestRate:2}: {bestSteps} steps.",
      long: "κ = {kappa:1}: {predicted} steps predicted until the lines are a hundredth apart, too many to count here. The rate that treats both directions alike is {bestRate:2}: {bestSteps} steps.",
    },
    zh: {
      title: "动手试：输入的均值和尺度。",
      hint: "拖动圆环，或移动滑块。",
      alt: "左边是损失在斜率和截距上的等高线，输入的均值是 {mean}，标准差是 {scale}，还有 η = {eta} 时下降的路径。右边是数据和最佳直线，下面是每步之后两个方向上误差剩下的比例，横轴是 η。",
      mean: "x 的均值",
      scale: "x 的标准差",
      eta: "η",
      slope: "斜率 w",
      intercept: "截距 b",
      readings: "读数和最佳直线",
      begin: "虚线：起点",
      factor: "每步的因子（实线陡，虚线平缓）",
      grows: "κ = {kappa:1}。η 到了 {limit:2}，陡方向上就不再缩小。一视同仁的 η 是 {bestRate:2}，要 {bestSteps} 步。",
      circle: "κ = 1：等高线是圆，每步都直奔最小点。预测 {predicted} 步，实测 {counted} 步；η 取 {bestRate:2}，要 {bestSteps} 步。",
      arrives: "κ = {kappa:1}：到两线相距不到百分之一，预测 {predicted} 步，实测 {counted} 步。一视同仁的 η 是 {bestRate:2}，要 {bestSteps} 步。",
      long: "κ = {kappa:1}：到两线相距不到百分之一，预测 {predicted} 步，数不过来。一视同仁的 η 是 {bestRate:2}，要 {bestSteps} 步。",
    },
  },
  numbers,
  finding: ({ eta }, { kappa, limit, predicted }) => {
    if (eta >= limit) return "grows";
    if (predicted > COUNTED) return "long";
    return kappa < 1.005 ? "circle" : "arrives";
  },
  draw,
});
