// Update rules, losses and closed forms, each as its equation. What is exported here is held to
// coursekit, to twelve digits, on a thousand random problems (tests/unit/labs/twins.py): a function
// without a twin there fails the tests.

// One step of a rule on a list of parameters; each returns [parameters, buffer].

export const sgd = (theta, grad, lr) => theta.map((x, i) => x - lr * grad[i]);

export const momentum = (theta, grad, buffer, lr, beta) => {
  const b = buffer.map((old, i) => beta * old + grad[i]);
  return [theta.map((x, i) => x - lr * b[i]), b];
};

export const nesterov = (theta, grad, buffer, lr, beta) => {
  const b = buffer.map((old, i) => beta * old + grad[i]);
  return [theta.map((x, i) => x - lr * (grad[i] + beta * b[i])), b];
};

// Momentum on one curvature, a = ηλ: the roots of z² - p z + q, as [[re, im], [re, im]].

const roots = (p, q) => {
  const discriminant = p * p - 4 * q;
  if (discriminant < 0) {
    const im = Math.sqrt(-discriminant) / 2;
    return [[p / 2, im], [p / 2, -im]];
  }
  // The larger root by the formula, the other one by their product: nothing cancels.
  const large = (p + (p < 0 ? -1 : 1) * Math.sqrt(discriminant)) / 2;
  return [[large, 0], [large === 0 ? 0 : q / large, 0]];
};

export const momentumRoots = (a, beta) => roots(1 + beta - a, beta);
export const nesterovRoots = (a, beta) => roots((1 + beta) * (1 - a), beta * (1 - a));

export const factor = (pair) => Math.max(...pair.map(([re, im]) => Math.hypot(re, im)));

// Where in ηλ the roots are complex, [from, to], and the border beyond which a run grows.

export const momentumComplex = (beta) => [(1 - Math.sqrt(beta)) ** 2, (1 + Math.sqrt(beta)) ** 2];
export const nesterovComplex = (beta) => [((1 - beta) / (1 + beta)) ** 2, 1];
export const momentumBorder = (beta) => 2 * (1 + beta);
export const nesterovBorder = (beta) => (2 * (1 + beta)) / (1 + 2 * beta);

// The pairs whose factor is at most r: for one β the range of ηλ, or nothing. At its ends a root is r
// or -r, where the polynomial is zero.

export const momentumWithin = (r, beta) =>
  beta > r * r ? null : [(1 - r) * (1 - beta / r), (1 + r) * (1 + beta / r)];

export const nesterovWithin = (r, beta) => {
  const up = (1 + beta) * r - beta;
  const most = Math.min(beta > 0 ? (r * r) / beta : Infinity, up > 0 ? (r * r) / up : Infinity);
  const least = Math.max(beta > 0 ? -(r * r) / beta : -Infinity, -(r * r) / ((1 + beta) * r + beta));
  return [1 - most, 1 - least];
};

// Polyak's pair on curvatures 1 and κ: [η, β].

export const polyak = (kappa) => {
  const root = Math.sqrt(kappa);
  return [(2 / (root + 1)) ** 2, ((root - 1) / (root + 1)) ** 2];
};

// The variance that noise of variance 1 in the gradient keeps up on curvature λ. The error follows
// x' = φ₁ x + φ₂ x₋ - η (ω e + ψ e₋), whose variance is that of an ARMA(2, 1).

const kept = (phi1, phi2, omega, psi) => {
  const around = (1 - phi2) * (omega * omega + psi * psi) + 2 * phi1 * omega * psi;
  return around / ((1 + phi2) * (1 - phi1 - phi2) * (1 + phi1 - phi2));
};

export const momentumSpread = (lr, beta, curvature) =>
  lr * lr * kept(1 + beta - lr * curvature, -beta, 1, 0);

export const nesterovSpread = (lr, beta, curvature) => {
  const a = 1 - lr * curvature;
  return lr * lr * kept((1 + beta) * a, -beta * a, 1 + beta, -beta);
};

// Random numbers that depend on the seed alone: `count` uniform ones in (0, 1), or normal ones.

export const uniforms = (seed, count) => {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  });
};

export const normals = (seed, count) => {
  const flat = uniforms(seed, 2 * Math.ceil(count / 2));
  const pairs = Array.from({ length: flat.length / 2 }, (_, i) => {
    const size = Math.sqrt(-2 * Math.log(flat[2 * i]));
    const angle = 2 * Math.PI * flat[2 * i + 1];
    return [size * Math.cos(angle), size * Math.sin(angle)];
  });
  return pairs.flat().slice(0, count);
};

// Himmelblau's surface: its height, its gradient, its curvatures (the Hessian's eigenvalues, rising).

export const himmelblau = (x, y) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2;

export const himmelblauGradient = (x, y) => {
  const [one, other] = [x * x + y - 11, x + y * y - 7];
  return [4 * x * one + 2 * other, 2 * one + 4 * y * other];
};

export const himmelblauCurvatures = (x, y) => {
  const xx = 12 * x * x + 4 * y - 42;
  const yy = 12 * y * y + 4 * x - 26;
  const xy = 4 * (x + y);
  const apart = Math.hypot((xx - yy) / 2, xy);
  return [(xx + yy) / 2 - apart, (xx + yy) / 2 + apart];
};

// One step of Adam, the t-th; returns [parameters, m, v].

export const adam = (theta, grad, first, second, t, lr, beta1, beta2, eps) => {
  const m = first.map((old, i) => beta1 * old + (1 - beta1) * grad[i]);
  const v = second.map((old, i) => beta2 * old + (1 - beta2) * grad[i] ** 2);
  const moved = theta.map((x, i) => {
    const mHat = m[i] / (1 - beta1 ** t);
    const vHat = v[i] / (1 - beta2 ** t);
    return x - (lr * mHat) / (Math.sqrt(vHat) + eps);
  });
  return [moved, m, v];
};

// How long Adam's step may be, in units of η, late in a run: by the paper, and by Cauchy and Schwarz.

export const adamPaperBound = (beta1, beta2) => Math.max(1, (1 - beta1) / Math.sqrt(1 - beta2));
export const adamBound = (beta1, beta2) =>
  beta1 * beta1 < beta2 ? (1 - beta1) / Math.sqrt((1 - beta2) * (1 - (beta1 * beta1) / beta2)) : null;
