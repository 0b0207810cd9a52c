// loss-functions: what one wrong point does to three fits. Each loss pulls on the line with its slope:
// in proportion to the error, by the error's side alone, or in proportion up to δ.
import { ink, lab, maths } from "engine";

const XS = [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5];
const YS = [3.9, 4.9, 4.7, 5.6, 6.3, 6.2, 7.3, 7.4];
const LOSSES = ["squared", "absolute", "huber"];
const LOOKS = { squared: ["sgd", ""], absolute: ["momentum", "3 3"], huber: ["rmsprop", "10 3.2"] };

const data = ({ x, y }) => [[...XS, x], [...YS, y]];

const lines = (state) => {
  const [xs, ys] = data(state);
  return {
    squared: maths.leastSquaresLine(xs, ys),
    absolute: maths.leastAbsoluteLine(xs, ys),
    huber: maths.huberLine(xs, ys, state.delta),
  };
};

/** How hard a point pulls the line towards itself, upwards positive; nothing where it lies on it. */
const pulls = (state) => {
  const [xs, ys] = data(state);
  const found = lines(state);
  return Object.fromEntries(LOSSES.map((loss) => {
    const [slope, level] = found[loss];
    return [loss, xs.map((x, i) => {
      const error = level + slope * x - ys[i];
      if (Math.abs(error) < 1e-9) return 0;
      return -(loss === "squared" ? maths.squaredSlope(error) : loss === "absolute" ? maths.absoluteSlope(error) : maths.huberSlope(error, state.delta));
    })];
  }));
};

const numbers = (state) => {
  const found = lines(state);
  const pull = pulls(state);
  const [slope, level] = maths.leastSquaresLine(XS, YS);
  return {
    without: slope,
    off: Math.abs(state.y - level - slope * state.x),
    ...Object.fromEntries(LOSSES.flatMap((loss) => [[loss, found[loss][0]], [`${loss}Pull`, Math.abs(pull[loss].at(-1))]])),
  };
};

const draw = ({ state, pen, say, narrow }) => {
  const { x, y, delta } = state;
  const map = pen.panel({ ...(narrow ? { x: 36, y: 14, width: 312, height: 262 } : { x: 40, y: 14, width: 412, height: 348 }), xs: [0, 12], ys: [0, 14] });
  const found = lines(state);
  map.clipped(() => {
    const [slope, level] = maths.leastSquaresLine(XS, YS);
    map.line([[0, level], [12, level + 12 * slope]], { color: "edge", width: 6 });
    for (const loss of LOSSES) {
      const [tilt, base] = found[loss];
      map.line([[0, base], [12, base + 12 * tilt]], { color: LOOKS[loss][0], dash: LOOKS[loss][1], width: 2.5 });
    }
    map.text([(12.9 - level) / slope - 0.4, 12.9], say("others"), { anchor: "end", color: "quiet", "font-size": 12 });
    XS.forEach((one, i) => map.marker([one, YS[i]], { color: "text", shape: "o", size: 4.5 }));
    map.marker([x, y], { color: "text", shape: "D", size: 5 });
  });
  map.axes({ xlabel: "x", xticks: [0, 4, 8, 12], yticks: [0, 4, 8, [12, "12"]] });
  map.handle("x", [x, y], (toX, toY) => ({ x: toX, y: toY }));

  // The pulls, in a panel for each loss: squared error's scale has room for much, the others' not.
  const tops = narrow ? [344, 344, 344] : [34, 160, 286];
  const pull = pulls(state);
  const most = { squared: 16, absolute: 1.5, huber: 1.5 * delta };
  const marks = { squared: [-10, 0, 10], absolute: [-1, 0, 1], huber: [-delta, 0, delta] };
  LOSSES.forEach((loss, k) => {
    const [color, dash] = LOOKS[loss];
    const strip = pen.panel({ ...(narrow ? { x: 36 + 112 * k, y: tops[k], width: 84, height: 92 } : { x: 516, y: tops[k], width: 192, height: 76 }), xs: [0, 12], ys: [-most[loss], most[loss]] });
    strip.line([[0, 0], [12, 0]], { color: "edge", width: 1 });
    strip.clipped(() => {
      [...XS, x].forEach((at, i) => {
        const size = pull[loss][i];
        const tip = Math.max(-0.97, Math.min(0.97, size / most[loss])) * most[loss];
        if (size === 0) strip.dots([[at, 0]], { color, size: 5 });
        else {
          strip.line([[at, 0], [at, tip]], { color, width: i === XS.length ? 3 : 1.6, dash: "" });
          strip.marker([at, tip], { color, shape: size > 0 ? "^" : "v", size: i === XS.length ? 4 : 2 });
        }
      });
    });
    strip.axes({ xticks: narrow ? [] : [0, 4, 8, 12], yticks: marks[loss].map((value) => [value, String(Number(value.toFixed(1))).replace("-", "−")]) });
    const left = strip.left;
    pen.raw(`<path d="M${left} ${strip.top - 13}h18" fill="none" stroke="${ink(color)}" stroke-width="2.5" stroke-dasharray="${dash}"/>`);
    pen.words(left + 23, strip.top - 8, say(`${loss}Line`), { fill: ink(color, "say") });
  });
  if (narrow) pen.words(36, 318, say("pulls"));
  else pen.words(708, 12, say("pulls"), { "text-anchor": "end", fill: ink("quiet"), "font-size": 12 });
};

export default lab({
  name: "loss-functions-outlier",
  sizes: { wide: [720, 404], narrow: [360, 448] },
  state: {
    x: { min: 0.2, max: 11.8, step: 0.1, value: 7 },
    y: { min: 0.2, max: 13.8, step: 0.1, value: 1 },
    delta: { min: 0.1, max: 8, step: 0.1, value: 1 },
  },
  words: {
    en: {
      title: "Lab: one point, three fits.",
      others: "without the point",
      hint: "Drag the diamond, or move the sliders.",
      alt: "Left, eight points along a rising line, a ninth at ({x}, {y}), and the lines fitted with squared error, absolute error and Huber’s loss; a broad line in the background is the fit without the ninth. Right, an arrow for each point’s pull under each loss.",
      x: "the point’s x",
      y: "the point’s y",
      delta: "Huber’s δ",
      pulls: "pull of each point",
      squaredLine: "squared",
      absoluteLine: "absolute",
      huberLine: "Huber",
      near: "The point is {off:1} away from the line of the others, and all three fits have nearly their slope, {without:2}: {squared:2}, {absolute:2} and {huber:2}.",
      holds: "Without the point the slope is {without:2}; with it {squared:2} under squared error, {absolute:2} under absolute error, {huber:2} under Huber’s loss. It pulls with {squaredPull:1} under the first, but with {huberPull:1} under the last.",
      huge: "With δ = {delta} Huber’s loss is squared error for all that is in reach, and its line goes along: slope {huber:2} against {squared:2}; {without:2} without the point, {absolute:2} under absolute error.",
      turned: "So far out in x the absolute line passes right through the point: slope {absolute:2} against {without:2} without it; squared {squared:2}, Huber {huber:2}. A bounded pull has a lever as long as x is far.",
    },
    zh: {
      title: "动手试：一个点，三种拟合。",
      others: "不算这个点",
      hint: "拖动菱形，或移动滑块。",
      alt: "左边是沿一条上升直线的八个点、第九个点 ({x}, {y})，以及用平方误差、绝对误差、Huber 损失拟合的直线；背景里的宽线是不算第九个点的拟合。右边的箭头是每个点在每种损失下的拉力。",
      x: "这个点的 x",
      y: "这个点的 y",
      delta: "Huber 的 δ",
      pulls: "每个点的拉力",
      squaredLine: "平方",
      absoluteLine: "绝对",
      huberLine: "Huber",
      near: "这个点离其余各点的直线 {off:1}，三种拟合的斜率都和不算它时的 {without:2} 差不多：{squared:2}、{absolute:2}、{huber:2}。",
      holds: "不算这个点，斜率是 {without:2}；算上它，平方误差是 {squared:2}，绝对误差是 {absolute:2}，Huber 损失是 {huber:2}。平方误差下它的拉力有 {squaredPull:1}，Huber 损失下只有 {huberPull:1}。",
      huge: "取 δ = {delta}，够得着的误差 Huber 损失都按平方算，直线也跟着走：斜率 {huber:2}，平方误差是 {squared:2}；不算这个点是 {without:2}，绝对误差是 {absolute:2}。",
      turned: "x 远到这个地步，绝对误差的直线正好穿过这个点：斜率 {absolute:2}，不算它是 {without:2}；平方误差 {squared:2}，Huber {huber:2}。拉力有上限，力臂却和 x 一样远。",
    },
  },
  numbers,
  finding: (state, { off, without, squared, absolute, huber, absolutePull }) => {
    if (state.x > 6 && absolutePull === 0 && Math.abs(absolute - without) > 0.15) return "turned";
    if (off < 1) return "near";
    return Math.abs(huber - squared) < 0.05 * Math.abs(squared - without) ? "huge" : "holds";
  },
  draw,
});
