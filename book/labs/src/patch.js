// A picture drawn anew is text, of which a move changes little: so it is read, compared with the text
// that stands, and only what differs is written to the page, which then lays out and paints no more.

const SVG = "http://www.w3.org/2000/svg";
const PLAIN = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };
const plain = (text) => (text.includes("&") ? text.replace(/&\w+;/g, (one) => PLAIN[one] ?? one) : text);

/** Read a picture's text: elements as { name, said, children }, `said` being the opening tag; words as text. */
export const parsed = (text) => {
  const root = { name: "", said: "", children: [] };
  const open = [root];
  for (const token of text.match(/<[^>]*>|[^<]+/g) ?? []) {
    if (token[0] !== "<") open.at(-1).children.push(plain(token));
    else if (token[1] === "/") open.pop();
    else {
      const element = { name: token.match(/\w+/)[0], said: token, children: [] };
      open.at(-1).children.push(element);
      if (token.at(-2) !== "/") open.push(element);
    }
  }
  return root;
};

const attributes = (said) => {
  const found = {};
  for (const [, key, value] of said.matchAll(/([\w:-]+)="([^"]*)"/g)) found[key] = plain(value);
  return found;
};

const made = (tree) => {
  if (typeof tree === "string") return document.createTextNode(tree);
  const node = document.createElementNS(SVG, tree.name);
  for (const [key, value] of Object.entries(attributes(tree.said))) node.setAttribute(key, value);
  node.append(...tree.children.map(made));
  return node;
};

// Elements of one name with the same attributes: words have no name.
const shape = ({ name, said }) => name && name + said.replace(/"[^"]*"/g, "");
const alike = (old, now) => typeof old !== "string" && (old.said === now.said || shape(old) === shape(now));

/** Make of an element's content, which is as one tree says, what another says. */
export const patch = (parent, was, now) => {
  let node = parent.firstChild;
  now.children.forEach((child, i) => {
    const old = was.children[i];
    const next = node?.nextSibling ?? null;
    if (old === undefined) parent.append(made(child));
    else if (typeof old === "string" && typeof child === "string") {
      if (old !== child) node.data = child;
    } else if (!alike(old, child)) node.replaceWith(made(child));
    else {
      if (old.said !== child.said) {
        const [before, after] = [old, child].map(({ said }) => attributes(said));
        for (const [key, value] of Object.entries(after)) if (before[key] !== value) node.setAttribute(key, value);
      }
      patch(node, old, child);
    }
    node = next;
  });
  for (let gone = was.children.length - now.children.length; gone > 0; gone -= 1) parent.lastChild.remove();
};
