// What a lab imports as "engine": labs.js, which the page or anywidget has loaded before it.
export const { contour, fixed, ink, lab, maths, ticks } = globalThis.courseLabs;
