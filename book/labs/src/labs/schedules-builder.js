// learning-rate schedules: a schedule of one's own, and what it leaves along each of nine curvatures: the
// start that it has not forgotten, and the noise that it has let in. Both are exact expectations.
import { ink, lab, maths } from "engine";

const STEPS = 1000;
const NOISE = 0.09; // the variance of the noise in each gradient
const CURVATURES = Array.from({ length: 9 }, (_, i) => 10 ** (i / 4 - 2));
const HIGHEST = 0.5;
const PEAKS = Array.from({ length: 50 }, (_, i) => (i + 1) / 100); // those of the slider

// What comes after the warm-up, over the steps that are left.
const DECAYS = {
  constant: () => 1,
  step: (t, count) => maths.stairsFactor(t, count / 4, 0.1),
  inverse: (t) => maths.inverseTimeFactor(t, 0.01),
  linear: maths.linearFactor,
  cosine: maths.cosineFactor,
  held: (t, count) => (t < 0.8 * count ? 1 : maths.linearFactor(t - 0.8 * count, 0.2 * count)),
};

const factors = (decay, warmup) =>
  Array.from({ length: STEPS }, (_, t) =>
    (t < warmup ? maths.climbFactor(t, warmup, 1 / warmup) : DECAYS[decay](t - warmup, STEPS - warmup)));

/** Both parts of the loss along each curvature. */
const parts = (shape, peak) => {
  const rates = shape.map((factor) => peak * factor);
  return CURVATURES.map((curvature) => {
    const [start, noise] = maths.leftAtEnd(rates, curvature);
    return { curvature, start: (curvature * start * start) / 2, noise: (curvature * NOISE * noise) / 2 };
  });
};

const total = (all) => all.reduce((sum, { start, noise }) => sum + start + noise, 0);

// A shape's losses at all peaks do not change while the peak is moved.
let kept = {};
const shaped = (decay, warmup) => {
  if (kept.decay !== decay || kept.warmup !== warmup) {
    const shape = factors(decay, warmup);
    kept = { decay, warmup, shape, losses: PEAKS.map((peak) => total(parts(shape, peak))) };
  }
  return kept;
};

let others = null; // the losses of all shapes without a warm-up
const plain = () => {
  others ??= Object.keys(DECAYS).map((decay) => {
    const shape = factors(decay, 0);
    return PEAKS.map((peak) => total(parts(shape, peak)));
  });
  return others;
};

const numbers = ({ peak, warmup, decay }) => {
  const { shape, losses } = shaped(decay, warmup);
  const all = parts(shape, peak);
  const least = losses.indexOf(Math.min(...losses));
  return {
    loss: total(all),
    start: all.reduce((sum, one) => sum + one.start, 0),
    noise: all.reduce((sum, one) => sum + one.noise, 0),
    best: PEAKS[least],
    bestLoss: losses[least],
  };
};

const draw = ({ state, numbers: { loss, best, bestLoss }, pen, say, narrow }) => {
  const { peak, warmup, decay } = state;
  const { shape, losses } = shaped(decay, warmup);
  const places = narrow
    ? { plan: [44, 26, 298, 120], ends: [44, 216, 298, 200], peaks: [44, 486, 298, 130] }
    : { plan: [44, 26, 292, 128], ends: [408, 26, 300, 330], peaks: [44, 226, 292, 130] };
  const panel = ([x, y, width, height], more) => pen.panel({ x, y, width, height, ...more });

  // The schedule; a staircase falls at once, so its steps are all drawn.
  const plan = panel(places.plan, { xs: [0, STEPS], ys: [0, 1.06 * HIGHEST] });
  const every = decay === "step" ? 1 : 10;
  plan.clipped(() => {
    const points = shape.map((factor, t) => [t, peak * factor]).filter(([t]) => t % every === 0 || t === STEPS - 1);
    plan.line([[0, 0], ...points, [STEPS, 0]], { color: "none", fill: "tint" });
    plan.line(points, { color: "link", width: 2.5 });
  });
  plan.axes({ xlabel: say("step"), xticks: [0, 250, 500, 750, 1000], yticks: [0, 0.2, 0.4] });
  pen.words(plan.left, plan.top - 8, say("rate"));
  plan.handle("warmup", [warmup, peak], (x, y) => ({ warmup: x, peak: y }));

  // What is left along each curvature.
  const ends = panel(places.ends, { xs: [0.008, 1.25], ys: [1e-6, 1], logX: true, logY: true });
  const found = parts(shape, peak);
  const LEAST = 1e-9; // below the panel
  ends.clipped(() => {
    ends.line(CURVATURES.map((one) => [one, one / 2]), { color: "quiet", width: 1.2, dash: "3 3" });
    for (const [part, color] of [["start", "bias"], ["noise", "variance"]]) {
      const points = found.map((one) => [one.curvature, Math.max(one[part], LEAST)]);
      ends.line(points, { color, width: 2.5 });
      points.forEach((point) => ends.marker(point, { color, size: 4 }));
    }
  });
  ends.axes({ xlabel: say("curvature"), xticks: [0.01, 0.1, 1], yticks: [[1, "1"], [1e-2, "10⁻²"], [1e-4, "10⁻⁴"], [1e-6, "10⁻⁶"]] });
  pen.words(ends.left, ends.top - 8, say("left"));
  // Nothing comes here: what is left is less than what there was, and noise stays low.
  const legend = [["before", ink("quiet")], ["startLeft", ink("bias", "say")], ["noiseLeft", ink("variance", "say")]];
  legend.forEach(([key, fill], i) => pen.words(ends.left + 10, ends.top + (narrow ? 15 : 18) + (narrow ? 15 : 17) * i, say(key), { fill, "font-weight": key === "before" ? "" : "bold" }));

  // The loss at the end against the peak, for this shape and, thin, for all without a warm-up.
  const peaks = panel(places.peaks, { xs: [0, HIGHEST], ys: [0.007, 0.4], logY: true });
  peaks.clipped(() => {
    for (const one of plain()) peaks.line(one.map((value, i) => [PEAKS[i], value]), { color: "quiet", width: 0.8, dash: "", "stroke-opacity": 0.6 });
    peaks.line(losses.map((value, i) => [PEAKS[i], value]), { color: "link", width: 2.5 });
    peaks.marker([best, bestLoss], { color: "link", shape: "o", size: 4 });
  });
  peaks.axes({ xlabel: say("peak"), xticks: [0, 0.1, 0.2, 0.3, 0.4, 0.5], yticks: [0.01, 0.1] });
  pen.words(peaks.left, peaks.top - 8, say("losses"));
  peaks.handle("peak", [peak, loss], (x) => ({ peak: x }));
};

export default lab({
  name: "schedules-builder",
  sizes: { wide: [720, 396], narrow: [360, 656] },
  state: {
    peak: { min: 0.01, max: HIGHEST, step: 0.01, value: 0.12 },
    warmup: { min: 0, max: 500, step: 10, value: 100 },
    decay: { choices: Object.keys(DECAYS), value: "cosine" },
  },
  words: {
    en: {
      title: "Lab: build a schedule.",
      hint: "Drag a ring, or move the sliders.",
      alt: "Above left, the learning rate against the step: a warm-up over {warmup} steps to {peak}, then {decay}. Right, for nine curvatures, the loss that is left at the end from the start and from noise. Below left, the final loss against the peak.",
      peak: "peak learning rate",
      warmup: "steps of warm-up",
      decay: "then",
      "decay=constant": "constant",
      "decay=step": "step: a tenth each quarter",
      "decay=inverse": "inverse time",
      "decay=linear": "linear",
      "decay=cosine": "cosine",
      "decay=held": "held, then down",
      step: "step",
      rate: "learning rate",
      curvature: "curvature λ",
      left: "loss at the end, by curvature",
      before: "dashed: before the run",
      startLeft: "start not forgotten",
      noiseLeft: "noise let in",
      losses: "loss at the end (thin: all six, no warm-up)",
      forgets: "Loss {loss:4}: start not forgotten {start:4}, noise {noise:4}. Most of it is the start, along flat directions. The best peak for this shape is {best:2}, with {bestLoss:4}.",
      noisy: "Loss {loss:4}: start not forgotten {start:4}, noise {noise:4}. Most of it is noise. The best peak for this shape is {best:2}, with {bestLoss:4}.",
      least: "Loss {loss:4}: start not forgotten {start:4}, noise {noise:4}. No other peak does better with this shape: a lower one forgets less, a higher one lets in more noise.",
    },
    zh: {
      title: "动手试：自己搭一个调度。",
      hint: "拖动圆环，或移动滑块。",
      alt: "左上是学习率随步数的变化：先用 {warmup} 步预热到 {peak}，之后是{decay}。右边对九个曲率，画出结束时起点和噪声各留下的损失。左下是最终损失与峰值的关系。",
      peak: "峰值学习率",
      warmup: "预热步数",
      decay: "之后",
      "decay=constant": "固定",
      "decay=step": "阶梯：每四分之一降到十分之一",
      "decay=inverse": "反比例",
      "decay=linear": "线性",
      "decay=cosine": "余弦",
      "decay=held": "先保持，后下降",
      step: "步",
      rate: "学习率",
      curvature: "曲率 λ",
      left: "结束时的损失，按曲率",
      before: "虚线：运行之前",
      startLeft: "没忘掉的起点",
      noiseLeft: "放进来的噪声",
      losses: "结束时的损失（细线：六种，不预热）",
      forgets: "损失 {loss:4}：起点 {start:4}，噪声 {noise:4}，大半是起点。最好的峰值是 {best:2}，损失 {bestLoss:4}。",
      noisy: "损失 {loss:4}：起点 {start:4}，噪声 {noise:4}，大半是噪声。最好的峰值是 {best:2}，损失 {bestLoss:4}。",
      least: "损失 {loss:4}：起点 {start:4}，噪声 {noise:4}。别的峰值都不如它：低了忘得少，高了噪声多。",
    },
  },
  numbers,
  finding: ({ peak }, { start, noise, best }) => {
    if (peak === best) return "least";
    return start > noise ? "forgets" : "noisy";
  },
  draw,
});
