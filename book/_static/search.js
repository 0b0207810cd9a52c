// The search page. Everything it knows is in searchindex.js, so it works over HTTP and from a file.
//
// A query is turned into needs. A need is something to find: the names of a term of the glossary (any
// of them will do), a word, a run of Chinese. A page's worth is the product, over the needs, of how
// much the page is about each; within a page the place that is most about them is shown.

const hanzi = "\\u3400-\\u9fff\\uf900-\\ufaff";
const simple = new Map(); // traditional to simplified
for (let i = 0; i < courseIndex.traditional.length; i += 2) simple.set(courseIndex.traditional[i], courseIndex.traditional[i + 1]);
const sound = new Map(); // a Chinese character's sound
for (const [syllable, characters] of Object.entries(courseIndex.sounds)) for (const each of characters) sound.set(each, syllable);

// Letter by letter, so that a place in the result is the same place in the text.
const fold = (text) => text.toLowerCase().replace(/[\u3400-\u9fff]/g, (each) => simple.get(each) ?? each).replace(/[‐‑–—-]/g, "-");
// Words that say nothing of what is looked for.
const SILENT = new Set("a an and are as at be between by can do does for from has how i in is it its my of on or should so that the their to versus vs was what when where which why will with you your".split(" "));
const SILENT_ZH = /什么时候|什么是|是什么|为什么|怎么样|怎么办|怎么|怎样|如何|多少|哪些|哪个|什么|请问|关于|一下|可以|应该|演算法|算法|方法|公式|原理|推导|代码|实现|区别|定义|例子|教程|的|了|吗|呢|和|与|是/g;

// British and American, singular and plural, the forms of a verb: one stem for all.
const stem = (word) => {
  const base = word.replace(/is(e[ds]?|ing|ations?|ers?)$/, "iz$1").replace(/our/g, "or").replace(/tre$/, "ter").replace(/lling$/, "ling").replace(/lled$/, "led");
  if (!/^[a-z]{5,}$/.test(base)) return base;
  return base.replace(/(?:izations?|izing|ized|izes?|izers?)$/, "iz").replace(/(?<=[a-z]{4})at(?:e[ds]?|ing|ions?|ors?)$/, "at").replace(/ies$/, "y").replace(/(?<=[a-z]{4})(?:ing|ed|es|s|e)$/, "").replace(/(?<=[a-z]{3})([bdgmnprt])\1$/, "$1");
};
// Words that one puts beside a name and that any page, or none, may say.
const USUAL = new Set("algorithm code definition difference equation example explained explanation formula function implementation implement layer meaning method optimizer policy problem proof python pytorch torch technique term trick tutorial use used using".split(" ").map((word) => stem(word)));
const latin = (text) => text.match(/[a-z0-9_]+/g) ?? [];
const spaced = (text) => ` ${latin(text).map(stem).join(" ")} `; // so that a word is found as a whole

// Every word of the book: its stem, and how often it is said.
const places = courseIndex.sections.map(([page, anchor, heading, text, names, weight, introduced]) => {
  const place = { page, anchor, heading, text, names, weight, introduced, low: fold(text), head: fold(heading) };
  place.words = spaced(place.low);
  place.headWords = spaced(place.head);
  place.nameWords = ` ${fold(names)} `;
  return place;
});
const pages = courseIndex.pages.map(([name, title, kind], number) => {
  const own = places.filter(({ page }) => page === number);
  const length = own.reduce((sum, { low }) => sum + low.length, 1);
  return { name, title, kind, own, length, head: fold(title), headWords: spaced(fold(title)) };
});
const usual = pages.reduce((sum, { length }) => sum + length, 0) / pages.length;
const vocabulary = new Map(); // stems
const spelt = new Map(); // words as they are written
for (const { low, head, nameWords } of places) {
  for (const word of [...latin(low), ...latin(head)]) spelt.set(word, (spelt.get(word) ?? 0) + 1);
  for (const word of new Set(latin(nameWords))) vocabulary.set(word, 0.1);
}
for (const { head } of pages) for (const word of latin(head)) spelt.set(word, (spelt.get(word) ?? 0) + 1);
for (const [word, often] of spelt) vocabulary.set(stem(word), (vocabulary.get(stem(word)) ?? 0) + often);

// Names of programs in words: nn.SmoothL1Loss is smooth l1 loss, NLLLoss is nll loss; but a name that
// the book itself says stays whole.
const inWords = (text) => text.replace(/\b(?:torch|nn|optim|functional|F|np|sklearn|coursekit)\./g, "").replace(/[A-Za-z0-9]+/g, (name) => (spelt.has(name.toLowerCase()) ? name : name.replace(/([a-z0-9])([A-Z][a-z])|([A-Z])(?=[A-Z][a-z]{2})/g, (all, before, after, capital) => (before ? `${before} ${after}` : `${capital} `))));

// The glossary's names.
const han = new RegExp(`[${hanzi}]`);
const isHan = (text) => han.test(text);
const terms = courseIndex.terms.map(([names, linking, sounds, treated], index) => ({
  index, names, linking, treated,
  keys: names.map((name) => (isHan(name) ? fold(name).replace(/\s+/g, "") : spaced(fold(inWords(name))).trim())),
  tight: names.map((name) => (isHan(name) ? "" : latin(fold(inWords(name))).join(""))),
  sounds: sounds.filter(Boolean),
}));

// How often a name stands in a text: Chinese anywhere, Latin as whole words.
const count = (key, low, words) => {
  if (!key) return 0;
  const [text, part] = isHan(key) ? [low, key] : [words, ` ${key} `];
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + Math.max(1, part.length - 1))) found += 1;
  return found;
};

// How many letters to change, to swap, to add or to leave out, up to a limit.
const distance = (one, other, limit) => {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let before = [], row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] !== other[j - 1]));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[other.length];
};
const allowed = (length) => (length < 4 ? 0 : length < 7 ? 1 : length < 12 ? 2 : 3);

// What a reader may have meant: the term or the word nearest to what is typed.
const nearest = (word) => {
  // Who misspells a word knows how it begins: "focal" is another word, not "local".
  const begins = (other) => other[0] === word[0] || other[0] === word[1] && other[1] === word[0];
  let best, least = allowed(word.length) + 0.5;
  for (const term of terms) for (const [i, key] of term.keys.entries()) {
    if (isHan(key)) continue;
    const tight = term.tight[i];
    if (!begins(tight)) continue;
    const d = distance(word, tight, 3);
    if (d < least && d <= allowed(Math.min(word.length, tight.length))) [best, least] = [{ term, meant: term.names[i] }, d];
  }
  for (const [other, often] of spelt) {
    if (!begins(other)) continue;
    const d = distance(word, other, 3) + 0.1 - Math.min(0.09, often / 1000);
    if (d < least && d <= allowed(Math.min(word.length, other.length)) + 0.1) [best, least] = [{ word: other, meant: other }, d];
  }
  return best;
};

// The same for Chinese: a term of which one character is wrong (two of a long one), or which sounds so.
const soundsLike = (text) => [...text].map((each) => sound.get(each) ?? each).join(" ").replace(/\b(\w+?)ng\b/g, "$1n").replace(/\b([zcs])h/g, "$1");
const nearestHan = (run) => {
  let best, least = Infinity;
  for (const term of terms) for (const [i, key] of term.keys.entries()) {
    if (!new RegExp(`^[${hanzi}]{2,}$`).test(key)) continue;
    const wanted = soundsLike(key);
    for (let at = 0; at <= run.length - key.length; at += 1) {
      const part = run.slice(at, at + key.length);
      const wrong = [...part].filter((each, j) => each !== key[j]).length;
      const like = soundsLike(part) === wanted;
      const limit = key.length < 3 ? 0 : key.length < 6 ? 1 : 2;
      const cost = (like ? 0.3 : wrong) - key.length / 10;
      if ((like || wrong <= limit) && cost < least) [best, least] = [{ term, meant: term.names[i], part }, cost];
    }
    // One character too many or too few.
    if (key.length >= 4 && distance(run, key, 1) === 1 && 1 - key.length / 10 < least) [best, least] = [{ term, meant: term.names[i], part: run }, 1 - key.length / 10];
  }
  return best;
};

const wordNeed = (word) => ({ keys: [stem(word)], typed: word, linking: [], weak: USUAL.has(stem(word)) });
const known = (key, within = places) => within.some((place) => count(key, place.low, place.words) || count(key, place.head, place.headWords));
const taught = places.filter(({ page }) => courseIndex.pages[page][2] === 1);
const named = (whole, part) => (isHan(part) ? whole.includes(part) : ` ${whole} `.includes(` ${part} `));
// A term that no chapter says by any of its names is looked for by the longest other term in its name.
const termNeed = (term) => {
  const need = { keys: term.keys, typed: term.names[0], linking: term.linking, treated: term.treated, index: term.index };
  if (term.linking.length || term.treated || term.keys.some((key) => known(key, taught))) return need;
  const inner = terms.filter((other) => other !== term && named(term.keys[0], other.keys[0])).sort((one, other) => other.keys[0].length - one.keys[0].length)[0];
  return inner ? { ...need, keys: [...term.keys, ...inner.keys], linking: inner.linking, treated: inner.treated } : need;
};
// A word that only the glossary says, as a part of a longer name, stands for that name.
const partOf = (word) => {
  if (word.length < 3 || known(word, taught)) return undefined;
  const whole = terms.flatMap((term) => term.keys.filter((key) => key !== word && named(key, word)).map((key) => [key.length, term]));
  return whole.sort(([one], [other]) => one - other)[0]?.[1];
};

// The glossary's names, the longest first.
const longest = terms.flatMap((term) => term.keys.map((key) => ({ term, key }))).filter(({ key }) => key).sort((one, other) => other.key.length - one.key.length);

// Read a query: terms of the glossary first, the longest before the others, then words.
const read = (query) => {
  const typed = inWords(query.normalize("NFKC"));
  let rest = fold(typed);
  const needs = [], meant = [], missing = [];
  if (rest.replace(SILENT_ZH, "").trim()) rest = rest.replace(SILENT_ZH, (found) => (terms.some(({ keys }) => keys.some((key) => isHan(key) && key.includes(found) && rest.replace(/\s+/g, "").includes(key))) ? found : " "));
  const tight = rest.replace(new RegExp(`(?<=[${hanzi}])\\s+(?=[${hanzi}])`, "g"), "");
  // Chinese, Latin or mixed: a name that stands in the query as it is.
  let words = tight, here = latin(words), stems = here.map(stem);
  for (const { term, key } of longest) {
    if (isHan(key)) {
      if (words.replace(/\s+/g, "").includes(key)) {
        const loose = new RegExp([...key].map((each) => each.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&")).join("\\s*"));
        if (loose.test(words)) { needs.push(termNeed(term)); words = words.replace(loose, " "); here = latin(words); stems = here.map(stem); }
      }
    } else {
      const wanted = key.split(" ");
      const at = stems.findIndex((_, i) => wanted.every((each, j) => stems[i + j] === each));
      if (at >= 0) {
        needs.push(termNeed(term));
        const loose = new RegExp(here.slice(at, at + wanted.length).join("[^a-z0-9_]*"));
        words = words.replace(loose, " ");
        here = latin(words);
        stems = here.map(stem);
      }
    }
  }
  // By sound: "tidu xiajiang", "tiduxiajiang".
  const letters = latin(words).join("");
  if (letters.length > 4 && !isHan(words)) {
    const term = terms.find(({ sounds }) => sounds.some((each) => each.replaceAll(" ", "") === letters));
    if (term && !known(latin(words).map(stem).join(" "))) { needs.push(termNeed(term)); words = ""; }
  }
  const left = latin(words).filter((word) => !SILENT.has(word) || !needs.length && latin(words).every((each) => SILENT.has(each)));
  const joined = left.length > 1 ? nearest(left.join("")) : undefined;
  if (joined?.term && left.some((word) => !vocabulary.has(stem(word)))) {
    needs.push(termNeed(joined.term));
    meant.push(joined.meant);
  } else {
    for (const word of left) {
      const named = needs.some(({ index }) => index !== undefined);
      const whole = word.length > 3 && terms.find((term) => term.tight.includes(word)) || !named && partOf(stem(word));
      if (whole) needs.push(termNeed(whole));
      else if (vocabulary.has(stem(word)) || vocabulary.has(word)) needs.push(vocabulary.has(stem(word)) ? wordNeed(word) : { keys: [word], typed: word, linking: [] });
      else if (word.length >= 4 && [...vocabulary.keys()].some((other) => other.startsWith(word))) needs.push({ keys: [], start: word, typed: word, linking: [] });
      else {
        const found = nearest(word);
        if (found) { needs.push(found.term ? termNeed(found.term) : wordNeed(found.word)); meant.push(found.meant); }
        else missing.push(word);
      }
    }
  }
  const content = latin(tight).filter((word) => !SILENT.has(word));
  const phrase = content.map(stem).join(" ");
  if (content.length > 1 && needs.length > 1 && known(phrase)) needs.push({ keys: [phrase], typed: content.join(" "), linking: [], bonus: true });
  for (const run of words.match(new RegExp(`[${hanzi}]+`, "g")) ?? []) {
    const whole = partOf(run);
    if (whole) { needs.push(termNeed(whole)); continue; }
    if (run.length > 1 && known(run)) { needs.push({ keys: [run], typed: run, linking: [] }); continue; }
    if (run.length === 1) { if (!needs.length && known(run)) needs.push({ keys: [run], typed: run, linking: [] }); continue; }
    const found = nearestHan(run);
    if (found) { needs.push(termNeed(found.term)); meant.push(found.meant); continue; }
    // Parts of it, the longest first.
    let rest = run, some = false;
    while (rest.length > 1) {
      let size = rest.length;
      while (size > 1 && !known(rest.slice(0, size))) size -= 1;
      if (size > 1) { needs.push({ keys: [rest.slice(0, size)], typed: rest.slice(0, size), linking: [], weak: true }); some = true; }
      rest = rest.slice(size > 1 ? size : 1);
    }
    if (!some) missing.push(run);
  }
  return { needs: [...new Map(needs.map((need) => [need.typed, need])).values()], meant, missing };
};

// How much a page, or a place, is about a need: mentions relative to its length, each worth less
// than the one before; the better places count as so many mentions.
const TITLE = 64, HEADING = 16, INTRODUCED = 8, LINKED = 4, CODE = 0.5, HALF = 8, HERE = 4;
const said = (need, place) => {
  if (need.start) return (place.words.match(new RegExp(` ${need.start}`, "g")) ?? []).length;
  return need.keys.reduce((sum, key, i) => sum + count(key, place.low, place.words) * (i ? 0.8 : 1), 0);
};
const headed = (need, head, words) => need.keys.some((key) => count(key, head, words)) || need.start && words.includes(` ${need.start}`);
const coded = (need, place) => need.keys.some((key) => !isHan(key) && place.nameWords.includes(` ${key} `)) || need.start && place.nameWords.includes(` ${need.start}`);
const worth = (share) => share / (share + HALF);

const search = (query) => {
  const { needs, meant, missing } = read(query);
  const found = [];
  const whole = fold(query.normalize("NFKC")).trim();
  // What no chapter links to the glossary is introduced where it is said first.
  const mentions = pages.map(({ own }) => needs.map((need) => own.map((place) => said(need, place))));
  const firstToSay = needs.map((_, i) => pages.findIndex(({ kind }, number) => kind === 1 && mentions[number][i].some(Boolean)));
  if (needs.length) for (const [number, page] of pages.entries()) {
    const details = mentions[number];
    let product = page.head === whole ? 1 : page.kind, any = false; // a title in full is meant
    needs.forEach((need, i) => {
      const first = need.linking.length || need.bonus ? need.linking[0] : firstToSay[i];
      const total = details[i].reduce((sum, each) => sum + each, 0);
      const title = headed(need, page.head, page.headWords);
      const heading = page.own.some((place) => place.anchor && headed(need, place.head, place.headWords));
      const code = page.own.some((place) => coded(need, place));
      const share = total * usual / page.length + TITLE * !!title + HEADING * !!heading + (first === number ? INTRODUCED : need.linking.includes(number) ? LINKED : 0) + (need.treated === page.name ? HEADING : 0) + CODE * code;
      if (share > 0) any = any || !need.bonus;
      const value = worth(share);
      product *= need.bonus ? 1 + 4 * value : need.weak ? 0.3 + value : Math.max(0.03, value);
    });
    if (!any) continue;
    // Within the page: a heading that says it, then where most is said.
    const own = page.own.map((place, j) => {
      const about = needs.reduce((sum, need, i) => sum + worth(details[i][j] * 1200 / (place.low.length + 600) + (place.anchor && headed(need, place.head, place.headWords) ? 6 : 0) + (coded(need, place) ? CODE : 0) + (place.introduced.includes(need.index) ? HERE : 0)), 0);
      return { place, about: place.weight * about + (place.anchor ? 0 : 0.02 + 0.5 * needs.filter((need) => headed(need, page.head, page.headWords)).length / needs.length) };
    }).filter(({ about }) => about > 0).sort((one, other) => other.about - one.about);
    found.push({ page, product, places: own.map(({ place }) => place) });
  }
  found.sort((one, other) => other.product - one.product);
  return { found, needs, meant, missing };
};
window.courseSearch = search; // for the tests

// An excerpt around the first match of the rarest need, with every match marked.
const matches = (needs, text) => {
  const low = fold(text);
  const spans = [];
  for (const need of needs) for (const key of need.start ? [need.start] : need.keys) {
    const pattern = isHan(key) ? key.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&") : `(?<![a-z0-9_])${key.split(" ").map((each) => `${each.replace(/iz$/, "i[sz]").replace(/ter$/, "t(?:er|re)").replace(/or/g, "ou?r")}[a-z]{0,6}`).join("[^a-z0-9_]+")}`;
    for (const found of low.matchAll(new RegExp(pattern, "g"))) {
      const whole = spaced(found[0]).trim();
      if (isHan(key) || need.start || whole === key) spans.push([found.index, found.index + found[0].length]);
    }
  }
  return spans.sort(([a], [b]) => a - b);
};
// Single letters with an index are shown as formulas show them: β₁, not β_1.
const below = Object.fromEntries([..."0123456789aehijklmnoprstuvx"].map((sign, i) => [sign, [..."₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"][i]]));
const indexed = (text) => text.replace(/(?<![\p{L}_])(\p{L})_([0-9aehijklmnoprstuvx])(?![\p{L}\d_])/gu, (_, letter, sign) => letter + below[sign]);
const excerpt = (needs, text) => {
  const spans = matches(needs, text);
  const chinese = isHan(text);
  const reach = chinese ? 60 : 150;
  const middle = spans.length ? spans[0][0] : 0;
  let from = Math.max(0, middle - reach / 2), to = Math.min(text.length, from + reach * 1.5);
  if (!chinese) {
    if (from) from = text.indexOf(" ", from) + 1 || from;
    if (to < text.length) to = text.lastIndexOf(" ", to);
  }
  const parts = from ? ["…"] : [];
  let at = from;
  for (const [begin, end] of spans) {
    if (begin < at || end > to) continue;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(begin, end);
    parts.push(indexed(text.slice(at, begin)), mark);
    at = end;
  }
  parts.push(indexed(text.slice(at, to)));
  if (to < text.length) parts.push("…");
  return parts;
};

// What the page shows.
const say = JSON.parse(document.body.dataset.words);
const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const address = (place) => `${courseIndex.pages[place.page][0]}.html${place.anchor && `#${place.anchor}`}`;
const show = (query) => {
  const { found, needs, meant, missing } = search(query);
  const summary = document.getElementById("search-summary");
  const list = document.getElementById("search-results");
  const zh = document.documentElement.lang.startsWith("zh");
  const quote = (text) => (zh ? `“${text}”` : `“${text}”`);
  const lines = [];
  if (!found.length) lines.push(`${say["Nothing found for"]} ${quote(query)}${zh ? "。" : "."}`);
  else lines.push(`${say["Results for"]} ${quote(query)}${zh ? "：" : ":"} ${found.length}`);
  if (meant.length) lines.push(`${say["Did you mean:"]} ${meant.join(", ")}`);
  if (found.length && missing.length) lines.push(`${say["Nothing found for"]} ${missing.map(quote).join(", ")}`);
  summary.textContent = lines.join(zh ? "　" : " · ");
  list.replaceChildren(...found.slice(0, 20).map(({ page, places: [best, ...others] }) => {
    const heading = best.anchor && best.heading !== page.title ? `${page.title} › ${best.heading}` : page.title;
    const more = others.filter((place) => place.anchor && matches(needs, `${place.heading} ${place.text}`).length).slice(0, 3);
    return element("li", {},
      element("h2", {}, element("a", { href: address(best) }, heading)),
      element("p", { className: "excerpt" }, ...excerpt(needs, best.text || best.heading)),
      ...(more.length ? [element("div", { className: "more" }, ...more.map((place) => element("a", { href: address(place) }, place.heading)))] : []));
  }));
};
const field = document.querySelector("article .search-form input");
const asked = new URLSearchParams(location.search).get("q") ?? "";
field.value = asked;
if (asked.trim()) show(asked);
else field.focus();
document.querySelector("article .search-form").addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(history.state, "", `?q=${encodeURIComponent(field.value)}`);
  show(field.value);
});
