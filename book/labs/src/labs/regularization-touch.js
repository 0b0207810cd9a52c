// regularization: where the error's contours touch what a penalty allows, for every strength. Patients
// are the chapter's, with two of their measurements; of them all that a fit needs is means of products.
import { ink, lab, maths } from "engine";

const STRENGTHS = Array.from({ length: 85 }, (_, i) => Number((10 ** ((i - 40) / 20)).toPrecision(3)));
const FIRST = STRENGTHS[0];
const LAST = STRENGTHS[STRENGTHS.length - 1];

// Standardised by the training patients; targets less their mean.
const PATIENTS = {
  20: {
    train: { gram: [1, 0.6795560958, 1], products: [53.72335062, 34.9777058], square: 5507.8275 },
    validation: { gram: [1.035075938, 0.358977381, 0.9949866783], products: [40.75978081, 27.37645682], square: 5496.464842 },
  },
  50: {
    train: { gram: [1, 0.5489057566, 1], products: [46.81109588, 40.74197607], square: 5828.1684 },
    validation: { gram: [0.7538341096, 0.3285706482, 1.010030972], products: [30.75956247, 26.82094175], square: 5146.892681 },
  },
  221: {
    train: { gram: [1, 0.418957494, 1], products: [46.12357544, 37.51305424], square: 5968.656457 },
    validation: { gram: [0.9033790591, 0.3985112869, 1.115557119], products: [33.89683328, 28.68591719], square: 5231.383656 },
  },
};

const fit = ({ penalty, patients }, strength) => {
  const { gram, products } = PATIENTS[patients].train;
  // The lasso's function has half the error, so half the strength.
  return penalty === "ball" ? maths.ridgePair(gram, products, strength) : maths.lassoPair(gram, products, strength / 2);
};
const rmse = ({ gram, products, square }, w) => Math.sqrt(maths.pairError(gram, products, square, w));

/** The path of one penalty, with both errors along it. */
const along = (state) => {
  const { train, validation } = PATIENTS[state.patients];
  return STRENGTHS.map((strength) => {
    const w = fit(state, strength);
    return { strength, w, train: rmse(train, w), validation: rmse(validation, w) };
  });
};

const numbers = (state) => {
  const { train, validation } = PATIENTS[state.patients];
  const [bmi, bp] = fit(state, state.strength);
  const best = along(state).reduce((least, one) => (one.validation < least.validation ? one : least));
  return {
    bmi,
    bp,
    error: rmse(validation, [bmi, bp]),
    plain: rmse(validation, maths.ridgePair(train.gram, train.products, 0)),
    best: best.strength,
    least: best.validation,
  };
};

/** A contour of the error, the one through a point or a share as far out: an ellipse about the centre. */
const contour = ([, b], centre, through, share = 1) => {
  // Both inputs have mean square 1, so the axes lie along the diagonals.
  const [long, short] = [Math.sqrt((1 - b) / 2), Math.sqrt((1 + b) / 2)];
  const [x, y] = [through[0] - centre[0], through[1] - centre[1]];
  const far = share * Math.hypot((x + y) * short, (x - y) * long);
  return Array.from({ length: 73 }, (_, k) => {
    const [u, v] = [(far * Math.cos((k / 36) * Math.PI)) / short, (far * Math.sin((k / 36) * Math.PI)) / long];
    return [centre[0] + (u + v) / 2, centre[1] + (u - v) / 2];
  });
};

const draw = ({ state, numbers: { bmi, bp, best, least, error }, pen, say, narrow }) => {
  const { penalty, strength, patients } = state;
  const path = along(state);
  const { gram, products } = PATIENTS[patients].train;
  const centre = maths.ridgePair(gram, products, 0);
  const touch = [bmi, bp];

  // The plane: contours, what is allowed, and the path from least squares to zero.
  const plane = pen.panel({ ...(narrow ? { x: 40, y: 26, width: 308, height: 242 } : { x: 44, y: 26, width: 364, height: 286 }), xs: [-44, 68], ys: [-44, 44] });
  plane.clipped(() => {
    plane.line([[-44, 0], [68, 0]], { color: "edge", width: 1 });
    plane.line([[0, -44], [0, 44]], { color: "edge", width: 1 });
    for (const share of [0.25, 0.5, 0.75, 1, 1.25]) plane.line(contour(gram, centre, [0, 0], share), { color: "train", width: 1, "stroke-opacity": 0.45 });
    const look = { color: "text", width: 1.5, fill: "data", "fill-opacity": 0.3 };
    if (penalty === "ball") plane.circle([0, 0], Math.hypot(bmi, bp), { ...look, "stroke-width": 1.5 });
    else {
      const far = Math.abs(bmi) + Math.abs(bp);
      plane.line([[far, 0], [0, far], [-far, 0], [0, -far]], { ...look, closed: true });
    }
    plane.line(contour(gram, centre, touch), { color: "train", width: 2.5 });
    plane.line([centre, ...path.map(({ w }) => w), [0, 0]], { color: "fit", width: 2, dash: "2 4" });
  });
  plane.axes({ xlabel: say("bmiAxis"), ylabel: say("bpAxis"), xticks: [-40, -20, 0, 20, 40, 60], yticks: [-40, -20, 0, 20, 40] });
  plane.marker(centre, { color: "text", shape: "s", size: 3.5 });
  plane.text(centre, say("plainPoint"), { dx: 30, dy: centre[1] < 0 ? 20 : -12, anchor: "end" });
  plane.marker(touch, { color: "fit", size: 5 });
  plane.handle("strength", touch, (x, y) => ({
    strength: path.reduce((near, one) => (Math.hypot(one.w[0] - x, one.w[1] - y) < Math.hypot(near.w[0] - x, near.w[1] - y) ? one : near)).strength,
  }));

  // Both coefficients along the path, and both errors.
  const scale = { xs: [FIRST, LAST], logX: true };
  const powers = narrow ? [[0.01, "0.01"], [1, "1"], [100, "100"]] : [[0.01, "0.01"], [0.1, "0.1"], [1, "1"], [10, "10"], [100, "100"]];
  const paths = pen.panel({ ...(narrow ? { x: 40, y: 350, width: 132, height: 124 } : { x: 468, y: 26, width: 240, height: 120 }), ...scale, ys: [-16, 66] });
  const errors = pen.panel({ ...(narrow ? { x: 216, y: 350, width: 132, height: 124 } : { x: 468, y: 192, width: 240, height: 120 }), ...scale, ys: [46, 80] });
  for (const panel of [paths, errors]) panel.line(panel.ys.map((end) => [strength, end]), { color: "quiet", width: 1 });
  paths.clipped(() => {
    paths.line([[FIRST, 0], [LAST, 0]], { color: "edge", width: 1 });
    paths.line(path.map((one) => [one.strength, one.w[0]]), { color: "fit", width: 2.5 });
    paths.line(path.map((one) => [one.strength, one.w[1]]), { color: "fit", width: 2.5, dash: "7 3" });
  });
  paths.axes({ xticks: powers, yticks: [0, 20, 40, 60], xlabel: narrow ? say("strengthAxis") : "" });
  pen.words(paths.left, paths.top - 8, say("coefficients"));
  paths.text([FIRST, path[0].w[0]], say("bmiLine"), { dx: 4, dy: 16, color: "fit" });
  paths.text([FIRST, path[0].w[1]], say("bpLine"), { dx: 4, dy: patients === 20 ? 13 : 16, color: "fit" });
  paths.marker([strength, bmi], { color: "fit", size: 4 });
  paths.marker([strength, bp], { color: "fit", size: 4, hollow: true });

  errors.clipped(() => {
    errors.line(path.map((one) => [one.strength, one.train]), { color: "train", width: 2 });
    errors.line(path.map((one) => [one.strength, one.validation]), { color: "validation", width: 2.5 });
  });
  errors.axes({ xticks: powers, yticks: [50, 60, 70, 80], xlabel: say("strengthAxis") });
  pen.words(errors.left, errors.top - 8, say("errors"));
  errors.text([FIRST, path[0].validation], say("validationLine"), { dx: 4, dy: -7, color: "validation", yields: true });
  errors.text([FIRST, path[0].train], say("trainLine"), { dx: 4, dy: 16, color: "train" });
  pen.raw(`<path d="M${errors.x(best).toFixed(1)} ${(errors.y(least) + 7).toFixed(1)}l4.5 8h-9z" fill="${ink("validation")}"/>`);
  errors.marker([strength, error], { color: "validation", size: 4 });
  errors.handle("strength", [strength, error], (x) => ({ strength: x }));
};

export default lab({
  name: "regularization-touch",
  sizes: { wide: [720, 356], narrow: [360, 516] },
  state: {
    strength: { min: 0.01, max: 158, log: 20, value: 28.2 },
    penalty: { choices: ["diamond", "ball"], value: "diamond" },
    patients: { choices: [20, 50, 221], value: 20 },
  },
  words: {
    en: {
      title: "Lab: where the contours touch.",
      hint: "Drag a ring, or move the slider.",
      alt: "Left, the plane of two coefficients: ellipses of equal training error about the least-squares point, the set that the penalty allows, one ellipse that touches it, and a dotted path from least squares to zero. Right, above, both coefficients against the strength, below, training and validation error; all three marked at a strength of {strength}.",
      strength: "strength λ",
      penalty: "what is allowed",
      patients: "training patients",
      "penalty=diamond": "diamond (L1)",
      "penalty=ball": "ball (L2)",
      bmiAxis: "coefficient of body mass",
      bpAxis: "coefficient of blood pressure",
      strengthAxis: "strength λ",
      plainPoint: "least squares",
      coefficients: "coefficients",
      bmiLine: "body mass",
      bpLine: "pressure",
      errors: "error (RMSE)",
      validationLine: "validation",
      trainLine: "training",
      corner: "λ = {strength}: touched at a corner, so blood pressure is exactly 0. Validation error {error:1}; without a penalty {plain:1}.",
      cornerBest: "λ = {strength}: touched at a corner, so blood pressure is exactly 0. Validation error {error:1}, the least; without a penalty {plain:1}.",
      edge: "λ = {strength}: touched on an edge, so neither coefficient is 0. Validation error {error:1}; without a penalty {plain:1}.",
      edgeBest: "λ = {strength}: touched on an edge, so neither coefficient is 0. Validation error {error:1}, the least; without a penalty {plain:1}.",
      point: "λ = {strength}: only the origin is left, so both coefficients are exactly 0. Validation error {error:1}; without a penalty {plain:1}.",
      round: "λ = {strength}: coefficients {bmi:1} and {bp:1}. Validation error {error:1}; without a penalty {plain:1}.",
      roundBest: "λ = {strength}: coefficients {bmi:1} and {bp:1}. Validation error {error:1}, the least; without a penalty {plain:1}.",
    },
    zh: {
      title: "动手试：等高线碰在哪里。",
      hint: "拖动圆环，或移动滑块。",
      alt: "左边是两个系数的平面：训练误差的椭圆等高线围着最小二乘点，惩罚允许的集合，碰到它的那条椭圆，还有从最小二乘到零的点线路径。右上是两个系数随强度的变化，右下是训练误差和验证误差；三处都标出强度 {strength}。",
      strength: "强度 λ",
      penalty: "允许的集合",
      patients: "训练病人数",
      "penalty=diamond": "菱形（L1）",
      "penalty=ball": "圆（L2）",
      bmiAxis: "体重指数的系数",
      bpAxis: "血压的系数",
      strengthAxis: "强度 λ",
      plainPoint: "最小二乘",
      coefficients: "系数",
      bmiLine: "体重指数",
      bpLine: "血压",
      errors: "误差（RMSE）",
      validationLine: "验证",
      trainLine: "训练",
      corner: "λ = {strength}：碰在角上，血压的系数恰好是 0。验证误差 {error:1}，不加惩罚是 {plain:1}。",
      cornerBest: "λ = {strength}：碰在角上，血压的系数恰好是 0。验证误差 {error:1}，最小；不加惩罚是 {plain:1}。",
      edge: "λ = {strength}：碰在边上，两个系数都不是 0。验证误差 {error:1}，不加惩罚是 {plain:1}。",
      edgeBest: "λ = {strength}：碰在边上，两个系数都不是 0。验证误差 {error:1}，最小；不加惩罚是 {plain:1}。",
      point: "λ = {strength}：只剩原点，两个系数恰好都是 0。验证误差 {error:1}，不加惩罚是 {plain:1}。",
      round: "λ = {strength}：系数是 {bmi:1} 和 {bp:1}。验证误差 {error:1}，不加惩罚是 {plain:1}。",
      roundBest: "λ = {strength}：系数是 {bmi:1} 和 {bp:1}。验证误差 {error:1}，最小；不加惩罚是 {plain:1}。",
    },
  },
  numbers,
  finding: ({ penalty, strength }, { bmi, bp, best }) => {
    if (bmi === 0 && bp === 0) return "point";
    const touched = penalty === "ball" ? "round" : bp === 0 ? "corner" : "edge";
    return strength === best ? `${touched}Best` : touched;
  },
  draw,
});
