// backpropagation: the network of three nodes. Values go forward, derivatives come back along the edges,
// each multiplied by the edge's own; beside each stands what nudging its number finds.
import { fixed, ink, lab, maths } from "engine";

const INPUTS = ["x", "u", "v"];
const NODES = ["x", "u", "v", "h", "p"];
const CURVE = 81;

const given = ({ x, u, v, y }) => [x, u, v, y];
const skips = ({ net }) => net === "skip";

const numbers = (state) => {
  const { x, u, at, e } = state;
  const [h, p, loss] = maths.graphForward(given(state), skips(state));
  const bars = maths.graphBackward(given(state), skips(state));
  const nudged = maths.graphNudged(given(state), skips(state), e);
  const hBar = bars[3];
  const gate = 1 - h * h;
  return {
    h,
    p,
    loss,
    lossBar: 1,
    gate,
    xLocal: gate * u,
    uLocal: gate * x,
    around: hBar * gate * u,
    bar: bars[INPUTS.indexOf(at)],
    nudged: nudged[INPUTS.indexOf(at)],
    ...Object.fromEntries(NODES.flatMap((name, i) => [[`${name}Bar`, bars[i]], [`${name}Nudged`, nudged[i]]])),
  };
};

/** An arrow between two circles, and on it, the broader the more comes back, the derivative's way. */
const edge = (pen, [x0, y0], [x1, y1], back, bend = null) => {
  const [cx, cy] = bend ?? [(x0 + x1) / 2, (y0 + y1) / 2];
  const towards = (ax, ay, far) => {
    const size = Math.hypot(cx - ax, cy - ay);
    return [ax + (far * (cx - ax)) / size, ay + (far * (cy - ay)) / size];
  };
  const [fromX, fromY] = towards(x0, y0, 17);
  const [toX, toY] = towards(x1, y1, 19);
  const way = `M${fromX.toFixed(1)} ${fromY.toFixed(1)}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${toX.toFixed(1)} ${toY.toFixed(1)}`;
  const angle = (Math.atan2(toY - cy, toX - cx) * 180) / Math.PI;
  if (back !== null) pen.raw(`<path d="${way}" fill="none" stroke="${ink("fit")}" stroke-opacity="0.4" stroke-width="${Math.min(16, 3 * Math.sqrt(Math.abs(back))).toFixed(1)}"/>`);
  pen.raw(`<path d="${way}" fill="none" stroke="${ink("quiet")}"/><path d="M0 0l-8 -4v8Z" transform="translate(${toX.toFixed(1)} ${toY.toFixed(1)}) rotate(${angle.toFixed(1)})" fill="${ink("quiet")}"/>`);
};

const draw = ({ state, numbers: found, pen, say, narrow }) => {
  const { x, u, v, y, at, e } = state;
  const { h, p, loss, hBar, pBar, gate } = found;
  const columns = narrow ? [34, 131, 228, 325] : [46, 186, 326, 446];
  const places = {
    x: [columns[0], 92],
    u: [columns[0], 268],
    h: [columns[1], 180],
    v: [columns[1], 318],
    p: [columns[2], 244],
    y: [columns[2], 354],
    L: [columns[3], 298],
  };
  const [skipX, skipY] = [(columns[1] + columns[2]) / 2, 44];
  if (skips(state)) edge(pen, places.x, places.p, pBar, [skipX, skipY]);
  edge(pen, places.x, places.h, found.around);
  edge(pen, places.u, places.h, found.uBar);
  edge(pen, places.h, places.p, hBar);
  edge(pen, places.v, places.p, found.vBar);
  edge(pen, places.p, places.L, pBar);
  edge(pen, places.y, places.L, null);

  const local = (from, to, value, right, down) => {
    const [[x0, y0], [x1, y1]] = [places[from], places[to]];
    pen.words((x0 + x1) / 2 + right, (y0 + y1) / 2 + down, `×${fixed(value, 3)}`, { "text-anchor": "middle", "font-size": 12, fill: ink("quiet") });
  };
  local("x", "h", found.xLocal, narrow ? 14 : 8, -12);
  local("u", "h", found.uLocal, narrow ? 3 : 9, 21);
  local("h", "p", v, 8, -12);
  local("v", "p", h, 9, narrow ? 27 : 21);
  local("p", "L", pBar, narrow ? 6 : 10, -13);
  if (skips(state)) pen.words(skipX - 6, 116, `×${fixed(1, 3)}`, { "text-anchor": "middle", "font-size": 12, fill: ink("quiet") });

  const values = { x, u, v, y, h, p, L: loss };
  for (const [name, [left, top]] of Object.entries(places)) {
    pen.raw(`<circle cx="${left}" cy="${top}" r="16" fill="${ink(name === at ? "ground" : "tint")}" stroke="${ink(name === at ? "text" : "quiet")}" stroke-width="${name === at ? 2.5 : 1}"/>`);
    pen.words(left, top + 4.5, name, { "text-anchor": "middle", "font-size": 15, "font-style": "italic", "stroke-width": 0 });
    const line = (dy, text, more, right = 0) => pen.words(left + right, top + dy, text, { "text-anchor": "middle", ...more });
    line(-22, fixed(values[name], 3), { fill: ink("sgd", "say") }, name === "p" && skips(state) ? 28 : 0);
    if (name === "y") continue;
    line(32, fixed(found[name === "L" ? "lossBar" : `${name}Bar`], 3), { fill: ink("fit", "say"), "font-weight": 700 });
    if (name !== "L") line(48, fixed(found[`${name}Nudged`], 3), { "font-size": 12 });
  }
  const marks = narrow ? [0, 62, 170] : [columns[0] - 24, columns[0] + 70, columns[0] + 210];
  pen.words(marks[0], 16, say("values"), { fill: ink("sgd", "say") });
  pen.words(marks[1], 16, say("derivatives"), { fill: ink("fit", "say"), "font-weight": 700 });
  pen.words(marks[2], 16, say("nudges"));

  // The loss against one input, its tangent, and the two places that the nudge compares.
  const curveOf = (value) => maths.graphForward(given({ ...state, [at]: value }), skips(state))[2];
  const curve = Array.from({ length: CURVE }, (_, i) => -3 + (6 * i) / (CURVE - 1)).map((value) => [value, curveOf(value)]);
  const top = 1.08 * Math.max(1, ...curve.map(([, height]) => height));
  const panel = pen.panel({ ...(narrow ? { x: 40, y: 416, width: 308, height: 124 } : { x: 524, y: 44, width: 184, height: 290 }), xs: [-3, 3], ys: [-0.06 * top, top] });
  panel.clipped(() => {
    panel.line(curve, { color: "sgd", width: 2.5 });
    panel.line([-6, 6].map((far) => [state[at] + far, loss + far * found.bar]), { color: "fit", width: 2.5 });
    const ends = [-e, e].map((far) => [state[at] + far, curveOf(state[at] + far)]);
    panel.line([-6, 6].map((far) => [state[at] + far, (ends[0][1] + ends[1][1]) / 2 + far * found.nudged]), { color: "text", width: 1.5, dash: "5 4" });
    ends.forEach((end) => panel.marker(end, { color: "text", size: 3.5 }));
  });
  panel.axes({ xlabel: at, xticks: [-2, 0, 2], ycount: 4 });
  pen.words(panel.left, panel.top - 9, say("against"), { fill: ink("sgd", "say") });
  panel.handle(at, [state[at], loss], (to) => ({ [at]: to }));
};

export default lab({
  name: "backpropagation-graph",
  sizes: { wide: [720, 388], narrow: [360, 586] },
  state: {
    x: { min: -3, max: 3, step: 0.1, value: 1.5 },
    u: { min: -3, max: 3, step: 0.1, value: 0.5 },
    v: { min: -3, max: 3, step: 0.1, value: -1.2 },
    y: { min: -3, max: 3, step: 0.1, value: 1 },
    at: { choices: INPUTS, value: "u" },
    e: { choices: [0.001, 0.5, 2], value: 0.001 },
    net: { choices: ["plain", "skip"], value: "plain" },
  },
  words: {
    en: {
      title: "Lab: there and back.",
      hint: "Move the inputs by the sliders, or drag the ring.",
      alt: "A graph: x and u lead to h, h and v to p, p and y to the loss L. Above each circle its value: h {h:3}, p {p:3}, L {loss:3}. Below it the loss’s derivative and what nudging finds: by u {uBar:3} and {uNudged:3}, by v {vBar:3} and {vNudged:3}, by h {hBar:3} and {hNudged:3}, by p {pBar:3} and {pNudged:3}. Beside the graph, the loss against {at} with its tangent.",
      x: "input x",
      u: "weight u",
      v: "weight v",
      y: "target y",
      at: "nudged in the curve",
      e: "nudge, either way",
      net: "network",
      "net=plain": "p = v h",
      "net=skip": "p = v h + x",
      values: "value",
      derivatives: "derivative",
      nudges: "found by nudging",
      against: "loss L against {at}",
      agrees: "The derivative by {at}, multiplied along the way back from L, is {bar:3}. Nudging {at} by {e} either way finds {nudged:3}, for two more runs forward. The walk back gave them all.",
      bends: "The derivative by {at} is {bar:3}, but nudging by {e} either way finds {nudged:3}: over so long a way the curve bends. A finite difference needs a small nudge, the walk back none.",
      shut: "h = {h:3}, where tanh is flat: what arrives at h is multiplied by {gate:3} before it goes on. Hence u’s derivative, {uBar:3}, though {hBar:3} arrived.",
      around: "h = {h:3}, where tanh is flat, and u’s derivative is {uBar:3}. But x has a second way, on which nothing is multiplied: {around:3} through h and {pBar:3} past it make {xBar:3}.",
      added: "x is used twice, so it is answered twice: {around:3} comes back through h, {pBar:3} past it. They add up to {xBar:3}, which is what nudging finds: {xNudged:3}.",
      blocked: "With v at zero nothing goes back through it: h, u and, through h, x get none. Only v has a derivative of its own, {vBar:3}: the first step moves v, the second one u too.",
      stuck: "v and h are both zero, so neither weight has a derivative, {uBar:3} and {vBar:3}: descent stays where it is, though the loss is {loss:3}.",
      silent: "With x at zero u’s derivative is zero, whatever arrives: an input of zero teaches its weight nothing. And h is zero with it, so v learns nothing either.",
      rests: "p = {p:3} is nearly the target: little comes back, {pBar:3}, and all the derivatives are products with it. At the target itself they are zero.",
    },
    zh: {
      title: "动手试：一去一回。",
      hint: "用滑块改输入，或拖动圆环。",
      alt: "一张图：x 和 u 通向 h，h 和 v 通向 p，p 和 y 通向损失 L。圆圈上方是值：h 是 {h:3}，p 是 {p:3}，L 是 {loss:3}。下方是损失的导数和拨动得到的数：u 是 {uBar:3} 和 {uNudged:3}，v 是 {vBar:3} 和 {vNudged:3}，h 是 {hBar:3} 和 {hNudged:3}，p 是 {pBar:3} 和 {pNudged:3}。旁边是损失随 {at} 变化的曲线和切线。",
      x: "输入 x",
      u: "权重 u",
      v: "权重 v",
      y: "目标 y",
      at: "曲线里拨动谁",
      e: "两边各拨多少",
      net: "网络",
      "net=plain": "p = v h",
      "net=skip": "p = v h + x",
      values: "值",
      derivatives: "导数",
      nudges: "拨动得到的",
      against: "损失 L 随 {at} 变化",
      agrees: "从 L 往回一路相乘，{at} 的导数是 {bar:3}；把 {at} 两边各拨 {e}，得到 {nudged:3}。往回走一趟，导数全有；拨动一个数，就要再前向两次。",
      bends: "{at} 的导数是 {bar:3}，两边各拨 {e} 得到的却是 {nudged:3}：这么远，曲线已经弯了。有限差分要拨得小；往回走用不着拨。",
      shut: "h = {h:3}，tanh 在这里很平：到 h 的导数先乘 {gate:3} 才往下传。所以到 h 有 {hBar:3}，到 u 只剩 {uBar:3}。",
      around: "h = {h:3}，tanh 在这里很平，u 的导数只有 {uBar:3}。x 却另有一条路，路上什么也不乘：经过 h 的 {around:3}，加上绕过去的 {pBar:3}，是 {xBar:3}。",
      added: "x 用了两次，导数也来两份：经过 h 的是 {around:3}，绕过去的是 {pBar:3}，加起来 {xBar:3}。拨动得到的也是 {xNudged:3}。",
      blocked: "v 是零，什么也传不回去：h 和 u 都收不到，x 经过 h 也收不到。只有 v 自己有导数 {vBar:3}：第一步先动 v，第二步才轮到 u。",
      stuck: "v 和 h 都是零，两个权重的导数也就是 {uBar:3} 和 {vBar:3}：损失还有 {loss:3}，梯度下降却停在原地。",
      silent: "x 是零，不管传来多少，u 的导数都是零：输入是零，权重什么也学不到。h 也跟着是零，v 同样学不到。",
      rests: "p = {p:3}，差不多就是目标：传回来的只有 {pBar:3}，别的导数都要乘上它。正好在目标上，就全是零。",
    },
  },
  numbers,
  finding: (state, { h, p, gate, bar, nudged, xBar, xNudged }) => {
    const apart = (one, other) => Math.abs(one - other) > 0.002 * Math.max(1, Math.abs(one));
    if (Math.abs(p - state.y) < 0.05) return "rests";
    if (state.v === 0 && h === 0) return "stuck";
    if (state.v === 0) return "blocked";
    if (state.x === 0) return "silent";
    if (apart(bar, nudged)) return "bends";
    if (gate < 0.05) return skips(state) ? "around" : "shut";
    return skips(state) && !apart(xBar, xNudged) ? "added" : "agrees";
  },
  draw,
});
