// How a page mounts a lab: when it comes near, with the five functions of anywidget's model that labs
// may rely on; its state is in the page's address, and links in the text set it.

/** anywidget's model, as far as labs use it. */
const shim = (first) => {
  const data = { ...first };
  const heard = {};
  return {
    get: (key) => data[key],
    set: (key, value) => {
      data[key] = value;
      (heard[`change:${key}`] ?? []).forEach((act) => act());
    },
    on: (event, act) => { (heard[event] ??= []).push(act); },
    off: (event, act) => { heard[event] = (heard[event] ?? []).filter((one) => one !== act); },
    save_changes: () => (heard.saved ?? []).forEach((act) => act()),
  };
};

/** The address of this page with a lab in a state, which `text` says as `eta:1.9,beta:0.5`. */
const address = (name, text, hash) => {
  const query = new URLSearchParams(location.search);
  if (text) query.set(name, text);
  else query.delete(name);
  const said = query.toString().replace(/%3A/g, ":").replace(/%2C/g, ",");
  return `${location.pathname}${said && `?${said}`}${hash ?? location.hash}`;
};

export const mount = (name, module, { read, written }) => {
  const el = document.querySelector(`.lab[data-lab="${name}"]`);
  if (!el) return;
  const asked = () => read(new URLSearchParams(location.search).get(name) ?? el.dataset.state);
  const model = shim({ state: asked(), language: document.documentElement.lang.slice(0, 2) });
  addEventListener("popstate", () => model.set("state", asked())); // back from a link that set it

  // The address follows once the reader pauses: browsers forbid more.
  let pause = 0;
  const remember = () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      try { history.replaceState(history.state, "", address(name, written(model.get("state")))); } catch { /* then it stays */ }
    }, 300);
  };
  model.on("saved", remember);

  let mounted = false;
  const begin = () => {
    if (mounted) return;
    mounted = true;
    near.disconnect();
    module.render({ model, el });
  };
  const near = new IntersectionObserver((entries) => { if (entries.some((one) => one.isIntersecting)) begin(); }, { rootMargin: "600px" });
  near.observe(el);

  for (const link of document.querySelectorAll(`a[href="#${el.id}"][data-lab-state]`)) {
    const state = link.dataset.labState;
    link.href = address(name, state, `#${el.id}`); // so that it can be copied, or opened beside
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      begin();
      model.set("state", read(state));
      remember();
      history.pushState(history.state, "", `#${el.id}`);
      el.scrollIntoView({ block: "nearest" });
      el.querySelector(".lab-hands :is(input, select)").focus({ preventScroll: true });
    });
  }
};
