// momentum: which pairs (η, β) are stable, and which is best. One pair is two points on the plane of
// (ηλ, β), one for each curvature of the bowl.
import { ink, lab, maths } from "engine";

const STEPS = 60; // shown
const MOST = 2000; // counted
const SEED = 7;
const LEVELS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

const RULES = {
  momentum: { step: maths.momentum, roots: maths.momentumRoots, complex: maths.momentumComplex, border: maths.momentumBorder, within: maths.momentumWithin, spread: maths.momentumSpread },
  nesterov: { step: maths.nesterov, roots: maths.nesterovRoots, complex: maths.nesterovComplex, border: maths.nesterovBorder, within: maths.nesterovWithin, spread: maths.nesterovSpread },
};

/** Distances from the minimum of a run from (1, 1) on curvatures 1 and κ, the first one as unit. */
const distances = (step, kappa, lr, beta, count, noise = 0) => {
  const drawn = noise ? maths.normals(SEED, 2 * count) : [];
  let theta = [1, 1];
  let buffer = [0, 0];
  const far = [1];
  for (let t = 0; t < count; t += 1) {
    const grad = [theta[0] + noise * (drawn[2 * t] ?? 0), kappa * theta[1] + noise * (drawn[2 * t + 1] ?? 0)];
    [theta, buffer] = step(theta, grad, buffer, lr, beta);
    far.push(Math.hypot(...theta) / Math.SQRT2);
  }
  return far;
};

const toThousandth = (far) => {
  const steps = far.findIndex((one) => one < 1e-3);
  return steps < 0 ? `> ${MOST}` : steps;
};

const numbers = ({ rule, eta, beta, kappa }) => {
  const { step, roots, border } = RULES[rule];
  const steep = maths.factor(roots(eta, beta));
  const flat = maths.factor(roots(eta / kappa, beta));
  return {
    steep,
    flat,
    slowest: Math.max(steep, flat),
    border: border(beta),
    steps: toThousandth(distances(step, kappa, eta / kappa, beta, MOST)),
    plain: toThousandth(distances(maths.momentum, kappa, 2 / (kappa + 1), 0, MOST)),
  };
};

const floor = ({ rule, eta, beta, kappa, noise }) => {
  const { spread } = RULES[rule];
  return noise * Math.sqrt((spread(eta / kappa, beta, 1) + spread(eta / kappa, beta, kappa)) / 2);
};

const isComplex = ({ rule, eta, beta }) => {
  const [from, to] = RULES[rule].complex(beta);
  return beta > 0 && eta > from + 1e-9 && eta < to - 1e-9; // at both ends they are one real root
};

const draw = ({ state, numbers: { slowest }, pen, say, narrow }) => {
  const { rule, eta, beta, kappa, noise } = state;
  const { step, roots, complex, border, within } = RULES[rule];
  const betas = Array.from({ length: 41 }, (_, i) => (i / 40) ** 2); // close together where the curves bend

  // The plane: bands of equal factor, both critical curves, the border, the two points.
  const map = pen.panel({ ...(narrow ? { x: 40, y: 26, width: 308, height: 250 } : { x: 44, y: 26, width: 400, height: 330 }), xs: [0, 4], ys: [0, 1] });
  map.clipped(() => {
    for (const level of LEVELS) {
      // With momentum the edges are straight lines up to β = r².
      const edges = (rule === "momentum" ? [0, level * level] : betas).map((one) => [one, within(level, one)]);
      const points = [...edges.map(([one, [from]]) => [from, one]), ...edges.reverse().map(([one, [, to]]) => [to, one])];
      map.line(points, { color: "none", fill: "link", closed: true, "fill-opacity": 0.085 });
    }
    map.line((rule === "momentum" ? [0, 1] : betas).map((one) => [border(one), one]), { color: "text", width: 2 });
    for (const side of [0, 1]) map.line(betas.map((one) => [complex(one)[side], one]), { color: "text", width: 1.2 });
  });
  map.axes({ xlabel: say("xlabel"), ylabel: "β", yticks: [0, 0.2, 0.4, 0.6, 0.8, 1] });
  map.text([3.92, 0.06], say("grows"), { anchor: "end", color: "quiet", yields: true });
  for (const level of rule === "momentum" ? [0.5, 0.7, 0.9] : []) map.text([1, level * level], String(level), { dy: 4, anchor: "middle", color: "quiet", "font-size": 12, class: "lab-tick", yields: true });
  pen.words(map.left + map.width, map.top - 8, say("bands"), { "text-anchor": "end", fill: ink("quiet"), "font-size": 12 });
  const points = [[eta, beta]];
  if (kappa > 1) {
    points.push([eta / kappa, beta]);
    map.line(points, { color: rule, width: 1.5, dash: "2 4" });
    // Left of the steep point, if there is room; inside the map in any case.
    const tight = map.x(eta) - Math.max(map.left, map.x(eta / kappa) + 36) < 54;
    const high = beta > 0.9;
    map.text(points[1], say("flat"), { dx: high ? 14 : 8, dy: high && !tight ? 20 : -9, color: rule });
    map.text(points[0], say("steep"), tight ? { dx: 8, dy: high ? 22 : -26, color: rule } : { dx: -13, dy: high ? 20 : -10, anchor: "end", color: rule });
  }
  points.forEach((point, i) => map.marker(point, { color: rule, shape: "o", size: 5, hollow: i === 1 }));
  map.handle("eta", points[0], (x, y) => ({ eta: x, beta: y }));

  // The roots in the unit circle.
  const side = narrow ? 120 : 150;
  const plane = pen.panel({ ...(narrow ? { x: 40, y: 346 } : { x: 500, y: 26 }), width: side, height: side, xs: [-1.25, 1.25], ys: [-1.25, 1.25] });
  plane.circle([0, 0], 1, { color: "none", fill: "tint" });
  plane.line([[-1.25, 0], [1.25, 0]], { color: "edge", width: 1 });
  plane.line([[0, -1.25], [0, 1.25]], { color: "edge", width: 1 });
  plane.circle([0, 0], 1, { width: 2 });
  plane.circle([0, 0], Math.sqrt(beta), { color: "quiet", "stroke-dasharray": "3 3" });
  pen.words(plane.left, plane.top - 8, say("roots"));
  plane.clipped(() => {
    const pairs = points.map(([a]) => roots(a, beta));
    pairs.reverse().forEach((pair, i) => pair.forEach((z) => plane.marker(z, { color: rule, shape: "o", size: 5, hollow: points.length - 1 - i === 1 })));
  });
  plane.axes({ xticks: [[-1, "−1"], [0, "0"], [1, "1"]], yticks: [[-1, "−i"], [1, "i"]] });

  // The run: what the theory says, what is measured, and plain descent at its best.
  const run = pen.panel({ ...(narrow ? { x: 216, y: 346, width: 132, height: 120 } : { x: 500, y: 236, width: 208, height: 120 }), xs: [0, STEPS], ys: [1e-6, 10], logY: true });
  const count = Array.from({ length: STEPS + 1 }, (_, t) => t);
  const best = distances(maths.momentum, kappa, 2 / (kappa + 1), 0, STEPS);
  const far = distances(step, kappa, eta / kappa, beta, STEPS, noise);
  run.clipped(() => {
    run.line([[0, 1e-3], [STEPS, 1e-3]], { color: "edge", width: 1 });
    if (noise && slowest < 1) run.line([[0, floor(state)], [STEPS, floor(state)]], { color: "text", width: 1 });
    if (kappa > 1) run.line(count.map((t) => [t, best[t]]), { color: "sgd", width: 2 });
    run.line(count.map((t) => [t, Math.max(far[t], 1e-9)]), { color: rule, width: 2.5 });
  });
  run.axes({ xlabel: say("step"), xticks: [0, 20, 40, 60], yticks: [[1, "1"], [1e-3, "10⁻³"], [1e-6, "10⁻⁶"]] });
  pen.words(run.left, run.top - 8, say("distance"));
  if (kappa > 1) run.text([20, best[20]], say("plainLine"), { dx: 2, dy: -7, color: "sgd" });
  run.text([1, 3e-6], say("pairLine"), { color: rule });
};

export default lab({
  name: "momentum-plane",
  sizes: { wide: [720, 400], narrow: [360, 512] },
  state: {
    eta: { min: 0.02, max: 4, step: 0.01, value: 2.56 },
    beta: { min: 0, max: 0.99, step: 0.01, value: 0.36 },
    kappa: { choices: [1, 9, 16, 81, 361], value: 16 },
    rule: { choices: ["momentum", "nesterov"], value: "momentum" },
    noise: { min: 0, max: 1, step: 0.1, value: 0 },
  },
  words: {
    en: {
      title: "Lab: one pair, two curvatures.",
      hint: "Drag the ring, or move the sliders.",
      alt: "Left, the plane of ηλ and β with the region of stable pairs, its border and the two curves between which the roots are complex; one pair is a point for the steep direction at {eta} and one for the flat. Right, the roots of both in the unit circle, and distance against step.",
      eta: "ηλ of the steep direction",
      beta: "β",
      kappa: "condition number κ",
      rule: "rule",
      noise: "noise in the gradient",
      "rule=momentum": "momentum",
      "rule=nesterov": "Nesterov",
      xlabel: "ηλ",
      grows: "grows",
      bands: "bands: factor per step",
      steep: "steep",
      flat: "flat",
      roots: "roots z",
      distance: "distance",
      step: "step",
      plainLine: "plain, best η",
      pairLine: "this pair",
      border: "On the border, which is at ηλ = {border:2} for this β: the run neither dies down nor grows.",
      growing: "Beyond the border, which is at ηλ = {border:2} for this β: the run grows by {slowest:2} a step.",
      noisy: "The factor per step is {slowest:2}, but noise keeps the run at a distance: the thin line is what theory expects.",
      swinging: "Complex roots, both of size {slowest:2}: the run swings about the minimum, and is a thousand times closer after {steps} steps.",
      sliding: "Real roots, the larger of size {slowest:2}: the run is a thousand times closer after {steps} steps.",
      tied: "Both directions shrink by {slowest:2} a step: a thousand times closer after {steps} steps. Plain descent at its best takes {plain}.",
      steepBehind: "The steep direction is behind, with {steep:2} a step against {flat:2}: a thousand times closer after {steps} steps. Plain descent at its best takes {plain}.",
      flatBehind: "The flat direction is behind, with {flat:2} a step against {steep:2}: a thousand times closer after {steps} steps. Plain descent at its best takes {plain}.",
    },
    zh: {
      title: "动手试：一对常数，两个曲率。",
      hint: "拖动圆环，或移动滑块。",
      alt: "左边是 ηλ 与 β 的平面：稳定区域、它的边界，以及两条曲线，曲线之间的根是复数；一对常数对应两点，陡方向在 {eta}，另一点是平缓方向。右边是两者在单位圆中的根，以及距离随步数的变化。",
      eta: "陡方向的 ηλ",
      beta: "β",
      kappa: "条件数 κ",
      rule: "规则",
      noise: "梯度中的噪声",
      "rule=momentum": "动量",
      "rule=nesterov": "Nesterov",
      xlabel: "ηλ",
      grows: "发散",
      bands: "色带：每步的因子",
      steep: "陡",
      flat: "平缓",
      roots: "根 z",
      distance: "距离",
      step: "步",
      plainLine: "不用动量",
      pairLine: "这一对",
      border: "正在边界上（这个 β 的边界在 ηλ = {border:2}）：既不衰减，也不放大。",
      growing: "越过了边界（这个 β 的边界在 ηλ = {border:2}）：每步放大到 {slowest:2} 倍。",
      noisy: "每步的因子是 {slowest:2}，但噪声让它停在一段距离之外：细线是理论的预期。",
      swinging: "根是复数，模都是 {slowest:2}：在极小值两侧来回摆动，{steps} 步后距离剩千分之一。",
      sliding: "根是实数，较大的模是 {slowest:2}：{steps} 步后距离剩千分之一。",
      tied: "两个方向每步都缩到 {slowest:2} 倍：{steps} 步后距离剩千分之一。不用动量，最快也要 {plain} 步。",
      steepBehind: "陡方向落在后面，每步 {steep:2}，平缓方向是 {flat:2}：{steps} 步后距离剩千分之一。不用动量，最快也要 {plain} 步。",
      flatBehind: "平缓方向落在后面，每步 {flat:2}，陡方向是 {steep:2}：{steps} 步后距离剩千分之一。不用动量，最快也要 {plain} 步。",
    },
  },
  numbers,
  finding: (state, { slowest, steep, flat }) => {
    if (Math.abs(slowest - 1) < 1e-9) return "border";
    if (slowest > 1) return "growing";
    if (state.noise > 0) return "noisy";
    if (state.kappa === 1) return isComplex(state) ? "swinging" : "sliding";
    if (Math.abs(steep - flat) < 0.005) return "tied";
    return steep > flat ? "steepBehind" : "flatBehind";
  },
  draw,
});
