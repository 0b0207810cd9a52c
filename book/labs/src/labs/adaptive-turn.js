// adaptive learning rates: the same bowl, turned. Each rule runs at its best of many learning rates, and
// thin lines say what it did along the axes.
import { ink, lab, maths } from "engine";

const STEPS = 130; // counted
const SHOWN = 60;
const RATES = 41;
const START = [-4, 2]; // along the valley and across it
const SHARE = 1e-3;
const LOST = 1e6; // a run that grows so far does not come back in time

const rates = (from, to) => Array.from({ length: RATES }, (_, i) => 10 ** (from + ((to - from) * i) / (RATES - 1)));
const WIDE = rates(-2, 1.5);

// Each rule: its rates, what it has seen at first, a step; coursekit's hyper-parameters.
const RULES = {
  sgd: { rates: rates(-3.5, 0.5), first: null, step: (theta, grad, seen, lr) => [maths.sgd(theta, grad, lr), seen] },
  adagrad: { rates: WIDE, first: [0, 0], step: (theta, grad, seen, lr) => maths.adagrad(theta, grad, seen, lr, 1e-10) },
  rmsprop: { rates: WIDE, first: [0, 0], step: (theta, grad, seen, lr) => maths.rmsprop(theta, grad, seen, lr, 0.99, 1e-8) },
  full: { rates: WIDE, first: [0, 0, 0], step: (theta, grad, seen, lr) => maths.fullAdagrad(theta, grad, seen, lr, 1e-4) },
};
const LOOKS = { sgd: "sgd", adagrad: "adagrad", rmsprop: "rmsprop", full: "theory" };

/** The points of a run, and the loss at each as a share of the first; it ends where it is far enough. */
const run = ({ first, step }, lr, kappa, angle, count, far = 0) => {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  let theta = [c * START[0] - s * START[1], s * START[0] + c * START[1]];
  let seen = first;
  let grad = maths.bowlGradient(...theta, kappa, angle);
  const height = () => (theta[0] * grad[0] + theta[1] * grad[1]) / 2; // a quadratic's, by its gradient
  const points = [theta];
  const begin = height();
  const losses = [1];
  for (let last = 1; losses.length <= count && last >= far && last < LOST; ) {
    [theta, seen] = step(theta, grad, seen, lr);
    grad = maths.bowlGradient(...theta, kappa, angle);
    last = height() / begin;
    points.push(theta);
    losses.push(last);
  }
  return { points, losses };
};

/** A rule's best rate, with which it arrives first, and after how many steps. */
const best = (rule, kappa, angle) => {
  const arrives = (lr, most) => {
    const { losses } = run(rule, lr, kappa, angle, most, SHARE);
    return losses[losses.length - 1] < SHARE ? losses.length - 1 : Infinity;
  };
  // What was best a move ago is good here: no other rate need be given more steps than it takes. That
  // saves time and changes no answer.
  const most = Math.min(STEPS, arrives(rule.lately ?? rule.rates[0], STEPS));
  let found = { lr: rule.rates[0], steps: Infinity };
  for (const lr of rule.rates) {
    const steps = arrives(lr, Math.min(most, found.steps - 1));
    if (steps < found.steps) found = { lr, steps };
  }
  rule.lately = found.lr;
  return found;
};

const kept = {}; // the answers for a state, which its numbers and its picture both ask for
const all = (kappa, angle) => {
  const key = `${kappa} ${angle}`;
  kept[key] ??= Object.fromEntries(Object.entries(RULES).map(([name, rule]) => [name, best(rule, kappa, (angle * Math.PI) / 180)]));
  return kept[key];
};

const said = (steps) => (steps > STEPS ? `> ${STEPS}` : steps);

const numbers = ({ angle, kappa }) => {
  const [now, straight] = [all(kappa, angle), all(kappa, 0)];
  return Object.fromEntries(Object.keys(RULES).flatMap((name) => [[name, said(now[name].steps)], [`${name}0`, said(straight[name].steps)]]));
};

const draw = ({ state, numbers: counts, pen, say, narrow }) => {
  const { kappa, angle } = state;
  const turn = (angle * Math.PI) / 180;
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const names = Object.keys(RULES);
  const runs = (degrees) => names.map((name) => run(RULES[name], all(kappa, degrees)[name].lr, kappa, (degrees * Math.PI) / 180, SHOWN));
  const now = runs(angle);

  // The bowl from above, and the four paths.
  const map = pen.panel({ ...(narrow ? { x: 34, y: 26, width: 314, height: 314 } : { x: 34, y: 26, width: 330, height: 330 }), xs: [-5.5, 5.5], ys: [-5.5, 5.5] });
  map.clipped(() => {
    for (const level of [0.15, 0.5, 1.1, 2]) {
      const round = Array.from({ length: 73 }, (_, i) => {
        const [u, w] = [level * 5 * Math.cos((i * Math.PI) / 36), (level * 5 * Math.sin((i * Math.PI) / 36)) / Math.sqrt(kappa)];
        return [c * u - s * w, s * u + c * w];
      });
      map.line(round, { color: "edge", width: 1.2, closed: true });
    }
    map.line([[-8 * c, -8 * s], [8 * c, 8 * s]], { color: "quiet", width: 1, dash: "2 4" });
    now.forEach(({ points }, i) => {
      map.line(points, { color: LOOKS[names[i]], width: 2, dash: "" });
      map.dots(points.slice(0, 12), { color: LOOKS[names[i]], size: 4.5 });
    });
    map.marker(now[0].points[0], { color: "text", shape: "o", size: 5, hollow: true });
  });
  map.axes({ xcount: 5, ycount: 5 });
  map.text([4.6 * c, 4.6 * s], say("valley"), { dx: angle > 60 ? -16 : -14, dy: angle > 60 ? 4 : -16, anchor: "end", color: "quiet" });
  map.handle("angle", [4.6 * c, 4.6 * s], (x, y) => ({ angle: (Math.atan2(Math.abs(y), Math.abs(x)) * 180) / Math.PI }));

  // The losses, with thin lines for the bowl along the axes.
  const loss = pen.panel({ ...(narrow ? { x: 44, y: 392, width: 304, height: 160 } : { x: 432, y: 26, width: 276, height: 200 }), xs: [0, SHOWN], ys: [1e-8, 3], logY: true });
  loss.clipped(() => {
    loss.line([[0, SHARE], [SHOWN, SHARE]], { color: "edge", width: 1.2 });
    runs(0).forEach(({ losses }, i) => loss.line(losses.map((one, t) => [t, Math.max(one, 1e-12)]), { color: LOOKS[names[i]], width: 1.2, dash: "3 3" }));
    now.forEach(({ losses }, i) => loss.line(losses.map((one, t) => [t, Math.max(one, 1e-12)]), { color: LOOKS[names[i]], width: 2.5, dash: "" }));
  });
  loss.axes({ xlabel: say("step"), xticks: [0, 20, 40, 60], yticks: [[1, "1"], [1e-3, "10⁻³"], [1e-6, "10⁻⁶"]] });
  pen.words(loss.left, loss.top - 8, say("loss"));

  // Who needs how many steps.
  const [left, top] = narrow ? [44, 620] : [432, 286];
  const [middle, right] = [left + 196, left + loss.width];
  pen.words(left, top, say("arrived"), { fill: ink("quiet") });
  pen.words(middle, top, say("here"), { "text-anchor": "end", fill: ink("quiet") });
  pen.words(right, top, say("axes"), { "text-anchor": "end", fill: ink("quiet") });
  names.forEach((name, i) => {
    const y = top + 23 + 22 * i;
    const look = { fill: ink(LOOKS[name], "say"), "font-weight": "bold" };
    pen.raw(`<path d="M${left} ${y - 4.5}h14" stroke="${ink(LOOKS[name])}" stroke-width="2.5"/>`);
    pen.words(left + 20, y, say(`${name}Name`), look);
    pen.words(middle, y, String(counts[name]), { ...look, "text-anchor": "end" });
    pen.words(right, y, String(counts[`${name}0`]), { ...look, "text-anchor": "end" });
  });
};

const many = (steps) => (typeof steps === "number" ? steps : Infinity);

export default lab({
  name: "adaptive-turn",
  sizes: { wide: [720, 386], narrow: [360, 716] },
  state: {
    angle: { min: 0, max: 90, step: 1, value: 45 },
    kappa: { choices: [4, 25, 100], value: 25 },
  },
  words: {
    en: {
      title: "Lab: the bowl, turned.",
      hint: "Drag the ring at the valley’s end, or move the slider.",
      alt: "Left, an elongated bowl from above, turned by {angle}°, with the paths of plain descent, Adagrad, RMSprop and full-matrix Adagrad from the same place on it. Right, loss against step for the four, with thin lines for the same bowl along the axes, and below the steps to a thousandth of the loss: {sgd}, {adagrad}, {rmsprop} and {full}; along the axes {sgd0}, {adagrad0}, {rmsprop0} and {full0}.",
      angle: "angle of the valley (°)",
      kappa: "condition number κ",
      valley: "valley",
      step: "step",
      loss: "share of the loss left (thin: along the axes)",
      arrived: "steps to a thousandth",
      here: "turned",
      axes: "along",
      sgdName: "SGD",
      adagradName: "Adagrad",
      rmspropName: "RMSprop",
      fullName: "full Adagrad",
      straight: "Along the axes: Adagrad is there after {adagrad} steps and RMSprop after {rmsprop}, where plain descent takes {sgd}. Each rule has its best learning rate.",
      lost: "Turned by {angle}°: Adagrad takes {adagrad} steps and RMSprop {rmsprop}, plain descent {sgd}. Along the axes they took {adagrad0} and {rmsprop0}: all of their lead is gone. The full matrix takes {full}, and took {full0}.",
      partly: "Turned by {angle}°: Adagrad takes {adagrad} steps, along the axes {adagrad0}; RMSprop {rmsprop}, along them {rmsprop0}. Plain descent takes {sgd}, the full matrix {full}, as along the axes.",
    },
    zh: {
      title: "动手试：转动这只碗。",
      hint: "拖动山谷一端的圆环，或移动滑块。",
      alt: "左边从上方看一只狭长的碗，转了 {angle}°，普通梯度下降、Adagrad、RMSprop 和全矩阵 Adagrad 从碗上同一处出发的路径。右边是四者的损失随步数的变化，细线是同一只碗沿着坐标轴时的情形；下面是降到千分之一所需的步数：{sgd}、{adagrad}、{rmsprop}、{full}；沿着坐标轴时是 {sgd0}、{adagrad0}、{rmsprop0}、{full0}。",
      angle: "山谷的角度（°）",
      kappa: "条件数 κ",
      valley: "山谷",
      step: "步",
      loss: "剩下的损失（细线：沿着坐标轴）",
      arrived: "降到千分之一的步数",
      here: "转过",
      axes: "沿轴",
      sgdName: "SGD",
      adagradName: "Adagrad",
      rmspropName: "RMSprop",
      fullName: "全矩阵 Adagrad",
      straight: "沿着坐标轴：Adagrad 要 {adagrad} 步，RMSprop 要 {rmsprop} 步，梯度下降要 {sgd} 步。每条规则都取自己最好的学习率。",
      lost: "转了 {angle}°：Adagrad 要 {adagrad} 步，RMSprop 要 {rmsprop} 步，梯度下降要 {sgd} 步。沿着坐标轴时，前两者只要 {adagrad0} 步和 {rmsprop0} 步：领先全没了。全矩阵要 {full} 步，原来是 {full0} 步。",
      partly: "转了 {angle}°：Adagrad 要 {adagrad} 步，沿着坐标轴时是 {adagrad0} 步；RMSprop 要 {rmsprop} 步，原来是 {rmsprop0} 步。梯度下降 {sgd} 步，全矩阵 {full} 步，都和沿着坐标轴时一样。",
    },
  },
  numbers,
  finding: ({ angle }, { sgd, adagrad, rmsprop }) => {
    if (angle % 90 === 0) return "straight";
    return Math.min(many(adagrad), many(rmsprop)) >= many(sgd) ? "lost" : "partly";
  },
  draw,
});
