// Runs before the style sheets come: asks for the fonts of formulas at once. A formula that gets its
// font late changes its width, and with it where the lines below it stand. From a file there is no
// waiting, and browsers refuse the request there.
if (location.protocol.startsWith("http")) {
  for (const name of ["Main-Regular", "Math-Italic"]) {
    const href = new URL(`vendor/katex/fonts/KaTeX_${name}.woff2`, document.currentScript.src);
    const hint = { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href };
    document.head.append(Object.assign(document.createElement("link"), hint));
  }
}
