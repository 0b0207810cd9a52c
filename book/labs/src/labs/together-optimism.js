// putting it together: the score with which the best of many networks won, and what it is worth. All
// of it is exact, for networks that err each on its own: the beta-binomial distribution and its best.
import { ink, lab, maths } from "engine";

const MEAN = 0.9;
const POOLS = Array.from({ length: 12 }, (_, i) => 2 ** i);
const GRID = Array.from({ length: 121 }, (_, i) => 0.8 + (i + 0.5) / 610);

const apartOf = ({ spread }) => maths.apartness(MEAN, spread);

/** The distribution of the winner's score, and both means. */
const winner = (shares, images, apart, models) => {
  const highest = maths.highestShares(shares, models);
  const mean = (values) => values.reduce((sum, value, k) => sum + highest[k] * value, 0);
  return {
    highest,
    shown: mean(shares.map((_, k) => k / images)),
    worth: mean(shares.map((_, k) => maths.worth(k, images, MEAN, apart))),
  };
};

// The curve over pools depends on images and spread alone, so it is kept while models move.
let kept = {};
const found = ({ images, spread }) => {
  if (kept.images !== images || kept.spread !== spread) {
    const apart = apartOf({ spread });
    const shares = maths.scoreShares(images, MEAN, apart);
    kept = { images, spread, apart, shares, curve: POOLS.map((models) => winner(shares, images, apart, models)) };
  }
  return kept;
};

const numbers = (state) => {
  const { shares, apart } = found(state);
  const { shown, worth } = winner(shares, state.images, apart, state.models);
  return { shown, worth, gap: shown - worth, luck: 100 / (1 + state.images * apart), mean: MEAN };
};

const draw = ({ state, numbers: { shown, worth }, pen, say, narrow }) => {
  const { models, images, spread } = state;
  const { shares, apart, curve } = found(state);
  const { highest } = winner(shares, images, apart, models);

  // Three distributions, each to its own peak.
  const map = pen.panel({ ...(narrow ? { x: 12, y: 52, width: 336, height: 190 } : { x: 12, y: 52, width: 420, height: 262 }), xs: [0.8, 1.003], ys: [0, 1.22] });
  const peaked = (sizes) => {
    const most = Math.max(...sizes);
    return sizes.map((size, i) => [GRID[i], size / most]);
  };
  map.clipped(() => {
    const most = Math.max(...highest);
    highest.forEach((share, k) => {
      if (share < 1e-4 * most) return;
      const [left, right, up] = [(k - 0.46) / images, (k + 0.46) / images, share / most];
      map.line([[left, 0], [left, up], [right, up], [right, 0]], { color: "none", closed: true, fill: "validation", "fill-opacity": 0.75 });
    });
    if (spread > 0) {
      const all = peaked(GRID.map((p) => Math.exp((MEAN / apart - 1) * Math.log(p / MEAN) + ((1 - MEAN) / apart - 1) * Math.log((1 - p) / (1 - MEAN)))));
      map.line([[GRID[0], 0], ...all, [GRID[GRID.length - 1], 0]], { color: "data", width: 1.5, fill: "data", "fill-opacity": 0.25 });
      const seen = highest.map((share) => (share > 1e-9 ? share : 0)); // what the eye can't see costs time
      const behind = peaked(maths.behindShares(images, MEAN, apart, shares, seen, GRID));
      map.line([[GRID[0], 0], ...behind, [GRID[GRID.length - 1], 0]], { color: "test", width: 2.5, dash: "none", fill: "test", "fill-opacity": 0.2 });
    } else {
      map.line([[MEAN, 0], [MEAN, 1]], { color: "data", width: 7 });
      map.line([[MEAN, 0], [MEAN, 1]], { color: "test", width: 2.5, dash: "none" });
    }
    map.line([[worth, 0], [worth, 1.1]], { color: "test", width: 1.5, dash: "3 3" });
    map.line([[shown, 0], [shown, 1.1]], { color: "validation", width: 1.5, dash: "3 3" });
    map.line([[worth, 1.1], [shown, 1.1]], { color: "text", width: 2 });
  });
  map.axes({ xlabel: say("accuracy"), xticks: [[0.8, "0.8"], [0.85, "0.85"], [0.9, "0.9"], [0.95, "0.95"], [1, "1"]], yticks: [] });
  map.text([(worth + shown) / 2, 1.1], say("gapLabel"), { dy: -6, anchor: shown > 0.975 ? "end" : "middle" });
  for (const [name, color, far] of [["poolLine", "data", 0], ["worthLine", "test", narrow ? 104 : 128], ["shownLine", "validation", narrow ? 222 : 264]]) {
    pen.raw(`<rect x="${map.left + far}" y="${map.top - 18}" width="11" height="11" fill="${ink(color)}"/>`);
    pen.words(map.left + far + 15, map.top - 8, say(name), { fill: ink(color, "say") });
  }
  pen.words(map.left, map.top - 28, say("howOften"), { fill: ink("quiet"), "font-size": 12 });

  // Both means against the number of networks.
  const means = pen.panel({ ...(narrow ? { x: 44, y: 316, width: 296, height: 150 } : { x: 488, y: 52, width: 212, height: 262 }), xs: [1, 2048], ys: [0.89, 1.002], logX: true });
  means.clipped(() => {
    means.line([...curve.map((one, i) => [POOLS[i], one.shown]), ...curve.map((one, i) => [POOLS[i], one.worth]).reverse()], { color: "none", closed: true, fill: "tint" });
    means.line([[models, 0.89], [models, 1.002]], { color: "quiet", width: 1 });
    means.line(curve.map((one, i) => [POOLS[i], one.shown]), { color: "validation", width: 2.5 });
    means.line(curve.map((one, i) => [POOLS[i], one.worth]), { color: "test", width: 2.5 });
  });
  means.axes({ xlabel: say("modelsAxis"), xticks: [1, 16, 256, 2048].map((one) => [one, String(one)]), yticks: [0.9, 0.92, 0.94, 0.96, 0.98, 1].map((one) => [one, one.toFixed(2)]) });
  pen.words(means.left, means.top - 8, say("onAverage"));
  means.marker([models, worth], { color: "test", size: 4 });
  means.marker([models, shown], { color: "validation", size: 4 });
  means.handle("models", [models, shown], (x) => ({ models: x }));
};

export default lab({
  name: "together-optimism",
  sizes: { wide: [720, 356], narrow: [360, 508] },
  state: {
    models: { min: 1, max: 2048, log: 1 / Math.log10(2), whole: true, value: 2048 },
    images: { min: 20, max: 2000, step: 20, value: 180 },
    spread: { min: 0, max: 0.03, step: 0.005, value: 0.01 },
  },
  words: {
    en: {
      title: "Lab: what picking does to a score.",
      hint: "Drag the ring, or move the sliders.",
      alt: "Left, three distributions over accuracy: of all networks’ true accuracies, of the score with which the best of {models} wins on {images} images, and of that winner’s true accuracy; a bar joins the means of the last two. Right, both means against the number of networks.",
      models: "networks to pick from",
      images: "validation images",
      spread: "spread of accuracies",
      accuracy: "accuracy",
      modelsAxis: "networks to pick from",
      howOften: "how often, each to its own peak",
      poolLine: "all networks",
      worthLine: "winner’s truth",
      shownLine: "winner’s score",
      onAverage: "on average",
      gapLabel: "optimism {gap:3}",
      chosen: "The best of {models} scores {shown:3} on average, and is worth {worth:3}. Of its lead over the mean, {luck:0}% is luck.",
      alike: "All are equally good. The best of {models} scores {shown:3} on average, and is worth {worth:3}: its lead is all luck.",
      single: "One network, and nothing chosen: on average its score, {shown:3}, is what it is worth.",
    },
    zh: {
      title: "动手试：挑选怎样抬高分数。",
      hint: "拖动圆环，或移动滑块。",
      alt: "左边是准确率的三个分布：全部网络的真实准确率，{models} 个里最好的那个在 {images} 幅图像上的分数，以及它的真实准确率；一条横线连起后两者的均值。右边是这两个均值随候选网络数的变化。",
      models: "候选网络数",
      images: "验证图像数",
      spread: "准确率的标准差",
      accuracy: "准确率",
      modelsAxis: "候选网络数",
      howOften: "出现的多少，各按自己的峰值",
      poolLine: "全部网络",
      worthLine: "胜者的真值",
      shownLine: "胜者的分数",
      onAverage: "平均",
      gapLabel: "乐观偏差 {gap:3}",
      chosen: "{models} 个里最好的，平均得分 {shown:3}，实际值 {worth:3}。它领先均值的部分，{luck:0}% 是运气。",
      alike: "所有网络一样好。{models} 个里最好的，平均得分 {shown:3}，实际值 {worth:3}：领先全靠运气。",
      single: "只有一个网络，没有挑选：平均得分 {shown:3}，就是它的实际值。",
    },
  },
  numbers,
  finding: ({ models, spread }) => {
    if (models === 1) return "single";
    return spread > 0 ? "chosen" : "alike";
  },
  draw,
});
