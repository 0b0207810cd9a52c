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

// Schedules: the factor of the learning rate after t steps; and what a run with rates ηₜ has at its end
// on a parabola of curvature λ: the share of the start that is left, and the variance of unit noise.

export const climbFactor = (t, count, start) => start + (1 - start) * Math.min(t / count, 1);
export const stairsFactor = (t, size, gamma) => gamma ** Math.floor(t / size);
export const inverseTimeFactor = (t, decay) => 1 / (1 + decay * t);
export const linearFactor = (t, count) => 1 - Math.min(t / count, 1);
export const cosineFactor = (t, count) => (1 + Math.cos((Math.PI * t) / count)) / 2;

export const leftAtEnd = (rates, curvature) => {
  let [start, noise] = [1, 0];
  for (const eta of rates) {
    const shrink = 1 - eta * curvature;
    start *= shrink;
    noise = shrink * shrink * noise + eta * eta;
  }
  return [start, noise];
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

// Adam's averages of gradients, from zero, as [m, v]. Then one step of it, the t-th; returns
// [parameters, m, v].

export const adamAverages = (grads, beta1, beta2) => {
  let [m, v] = [0, 0];
  for (const grad of grads) {
    m = beta1 * m + (1 - beta1) * grad;
    v = beta2 * v + (1 - beta2) * grad ** 2;
  }
  return [m, v];
};

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

// Lines through points, [slope, level], that make the sum of a loss of the errors least, and the
// slopes of the losses in the error.

export const squaredSlope = (error) => 2 * error;
export const absoluteSlope = (error) => Math.sign(error);
export const huberSlope = (error, delta) => Math.max(-delta, Math.min(delta, error));

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The weighted least-squares line, or nothing where the points with weight have one x alone. */
const weightedLine = (xs, ys, weights) => {
  const total = sum(weights);
  const [meanX, meanY] = [xs, ys].map((values) => sum(values.map((value, i) => weights[i] * value)) / total);
  const spread = sum(xs.map((x, i) => weights[i] * (x - meanX) ** 2));
  if (!(spread > 1e-12 * total)) return null;
  const slope = sum(xs.map((x, i) => weights[i] * (x - meanX) * (ys[i] - meanY))) / spread;
  return [slope, meanY - slope * meanX];
};

export const leastSquaresLine = (xs, ys) => weightedLine(xs, ys, xs.map(() => 1));

/** One of the best lines goes through two of the points. */
export const leastAbsoluteLine = (xs, ys) => {
  let [best, least] = [null, Infinity];
  for (let i = 0; i < xs.length; i += 1) {
    for (let j = i + 1; j < xs.length; j += 1) {
      if (xs[i] === xs[j]) continue;
      const slope = (ys[j] - ys[i]) / (xs[j] - xs[i]);
      const level = ys[i] - slope * xs[i];
      const cost = sum(xs.map((x, k) => (k === i || k === j ? 0 : Math.abs(level + slope * x - ys[k]))));
      if (cost < least) [best, least] = [[slope, level], cost];
    }
  }
  return best;
};

/** Newton's steps, which end exactly, and where one fails a step of reweighted least squares, which never climbs. */
export const huberLine = (xs, ys, delta) => {
  const errors = ([slope, level]) => xs.map((x, i) => level + slope * x - ys[i]);
  const cost = (line) => sum(errors(line).map(Math.abs).map((z) => (z < delta ? 0.5 * z * z : delta * (z - 0.5 * delta))));
  let line = leastSquaresLine(xs, ys);
  for (let k = 0; k < 500; k += 1) {
    const found = errors(line);
    // Targets beyond δ pull as if they were δ above or below the line: the squares of the rest decide.
    const inside = found.map((error) => (Math.abs(error) < delta ? 1 : 0));
    let next = null;
    const plain = sum(inside) > 1 ? weightedLine(xs, ys, inside) : null;
    if (plain) {
      const meanX = sum(xs.map((x, i) => inside[i] * x)) / sum(inside);
      const outside = found.map((error, i) => (inside[i] ? 0 : delta * Math.sign(error)));
      const spread = sum(xs.map((x, i) => inside[i] * (x - meanX) ** 2));
      const turn = -sum(xs.map((x, i) => outside[i] * (x - meanX))) / spread;
      const lift = -sum(outside) / sum(inside) - turn * meanX;
      next = [plain[0] + turn, plain[1] + lift];
      const after = errors(next).map((error, i) => (Math.abs(error) < delta ? 1 : 0) === inside[i] && (inside[i] === 1 || Math.sign(error) === Math.sign(found[i])));
      if (after.every(Boolean)) return next;
      if (!(cost(next) < cost(line))) next = null;
    }
    line = next ?? weightedLine(xs, ys, found.map((error) => Math.min(1, delta / Math.abs(error)))) ?? line;
  }
  return line;
};

// The network of three nodes: h = tanh(u x), p = v h, to which the skip adds x, L = (p - y)². From its
// inputs [x, u, v, y] forward to [h, p, L], and back to L's derivatives by x, u, v, h and p.

export const graphForward = ([x, u, v, y], skip) => {
  const h = Math.tanh(u * x);
  const p = v * h + (skip ? x : 0);
  return [h, p, (p - y) ** 2];
};

export const graphBackward = ([x, u, v, y], skip) => {
  const [h, p] = graphForward([x, u, v, y], skip);
  const pBar = 2 * (p - y);
  const [vBar, hBar] = [pBar * h, pBar * v];
  const inner = hBar * (1 - h * h); // by u x
  return [inner * u + (skip ? pBar : 0), inner * x, vBar, hBar, pBar];
};

/** The same five by central differences: a number moves by e either way, what comes before it stays. */
export const graphNudged = ([x, u, v, y], skip, e) => {
  const [h, p] = graphForward([x, u, v, y], skip);
  const past = skip ? x : 0;
  const losses = [
    (by) => graphForward([x + by, u, v, y], skip)[2],
    (by) => graphForward([x, u + by, v, y], skip)[2],
    (by) => graphForward([x, u, v + by, y], skip)[2],
    (by) => (v * (h + by) + past - y) ** 2,
    (by) => (p + by - y) ** 2,
  ];
  return losses.map((loss) => (loss(e) - loss(-e)) / (2 * e));
};

// Polynomials fitted by least squares to targets at fixed inputs: linear in the targets. Legendre's
// over the inputs' range, made orthonormal over the inputs; for each the values there and elsewhere.

const orthonormal = (highest, xs, at) => {
  const [low, high, n] = [Math.min(...xs), Math.max(...xs), xs.length];
  // In typed arrays and plain loops, since a lab fits hundreds of them within a frame.
  const places = Float64Array.of(...xs, ...at).map((x) => (2 * (x - low)) / (high - low) - 1);
  const legendre = [places.map(() => 1), places];
  for (let j = 1; j < highest; j += 1) {
    const [before, last] = legendre.slice(-2);
    legendre.push(places.map((t, i) => ((2 * j + 1) * t * last[i] - j * before[i]) / (j + 1)));
  }
  const shared = (one, other) => {
    let total = 0;
    for (let i = 0; i < n; i += 1) total += one[i] * other[i];
    return total;
  };
  const basis = [];
  for (const column of legendre.slice(0, highest + 1)) {
    for (let again = 0; again < 2; again += 1) { // once more, for what rounding left
      for (const one of basis) {
        const share = shared(one, column);
        for (let i = 0; i < column.length; i += 1) column[i] -= share * one[i];
      }
    }
    const size = Math.sqrt(shared(column, column));
    basis.push(column.map((value) => value / size));
  }
  return basis.map((column) => [column.subarray(0, n), column.subarray(n)]);
};

/** The weights by which predictions depend on the targets: a row for each place. */
export const polynomialSmoother = (degree, xs, at) => {
  const basis = orthonormal(degree, xs, at);
  return at.map((_, a) => xs.map((_, i) => sum(basis.map(([q, p]) => p[a] * q[i]))));
};

/** The values, at places, of the polynomial fitted to targets. */
export const polynomialFit = (degree, xs, ys, at) =>
  orthonormal(degree, xs, at).reduce((fit, [q, p]) => {
    const share = sum(q.map((value, i) => value * ys[i]));
    return fit.map((value, a) => value + share * p[a]);
  }, at.map(() => 0));

// What a further column adds to a fit, and how far that then is from a curve: a mean square.
const added = (fit, column, share, curve) => {
  let total = 0;
  for (let i = 0; i < fit.length; i += 1) {
    fit[i] += share * column[i];
    total += (fit[i] - curve[i]) ** 2;
  }
  return total / fit.length;
};

/** For each degree up to the highest, means over the places: bias², and variance with noise of variance 1. */
export const polynomialParts = (highest, xs, at, truth, truthAt) => {
  const mean = new Float64Array(at.length);
  let squares = 0;
  return orthonormal(highest, xs, at).map(([q, p]) => {
    const squared = added(mean, p, sum(q.map((value, i) => value * truth[i])), truthAt);
    squares += sum(p.map((value) => value * value));
    return [squared, squares / at.length];
  });
};

/** For each degree up to the highest: the fit's mean squared error, and that of its values at places from a curve. */
export const polynomialLosses = (highest, xs, ys, at, curve) => {
  const [here, there] = [xs, at].map((places) => new Float64Array(places.length));
  return orthonormal(highest, xs, at).map(([q, p]) => {
    const share = sum(q.map((value, i) => value * ys[i]));
    return [added(here, q, share, ys), added(there, p, share, curve)];
  });
};

// Matrices, as lists of rows: Newton and Schulz's iteration with Muon's coefficients, and the singular
// values, largest first, by rotating columns until no two of them share a direction (Jacobi).

const product = (a, b) => a.map((row) => b[0].map((_, j) => sum(row.map((value, k) => value * b[k][j]))));
const transposed = (a) => a[0].map((_, j) => a.map((row) => row[j]));

export const newtonSchulz = (matrix, count) => {
  const size = Math.max(1e-7, Math.hypot(...matrix.flat()));
  let x = matrix.map((row) => row.map((value) => value / size));
  for (let k = 0; k < count; k += 1) {
    const gram = product(x, transposed(x));
    const once = product(gram, x);
    const twice = product(gram, once);
    x = x.map((row, i) => row.map((value, j) => 3.4445 * value - 4.775 * once[i][j] + 2.0315 * twice[i][j]));
  }
  return x;
};

export const singularValues = (matrix) => {
  const columns = transposed(matrix);
  for (let turned = true, sweep = 0; turned && sweep < 30; sweep += 1) {
    turned = false;
    for (let p = 0; p < columns.length; p += 1) {
      for (let q = p + 1; q < columns.length; q += 1) {
        const [one, other] = [columns[p], columns[q]];
        const [alpha, beta, shared] = [[one, one], [other, other], [one, other]].map(([a, b]) => sum(a.map((value, i) => value * b[i])));
        if (Math.abs(shared) <= 1e-15 * Math.sqrt(alpha * beta)) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * shared);
        const tan = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cos = 1 / Math.hypot(1, tan);
        columns[p] = one.map((value, i) => cos * (value - tan * other[i]));
        columns[q] = other.map((value, i) => cos * (value + tan * one[i]));
      }
    }
  }
  return columns.map((column) => Math.hypot(...column)).sort((a, b) => b - a);
};

/** Four by four with these singular values; its axes are turned in eight planes by the same angle. */
export const turnedMatrix = (values, angle) => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const axes = (planes) => planes.reduce((rows, [i, j]) => rows.map((row) => {
    const next = [...row];
    [next[i], next[j]] = [cos * row[i] + sin * row[j], cos * row[j] - sin * row[i]];
    return next;
  }), values.map((_, i) => values.map((_, j) => (i === j ? 1 : 0))));
  const left = axes([[0, 1], [1, 2], [2, 3], [0, 3]]).map((row) => row.map((value, i) => value * values[i]));
  return product(left, transposed(axes([[0, 2], [1, 3], [0, 1], [1, 2]])));
};

// Rules that divide by what they have seen, each as [parameters, what it has seen]. The full Adagrad is
// for two parameters, and has seen a matrix [[a, b], [b, c]] as [a, b, c].

export const adagrad = (theta, grad, sum, lr, eps) => {
  const s = sum.map((old, i) => old + grad[i] * grad[i]);
  return [theta.map((x, i) => x - (lr * grad[i]) / (Math.sqrt(s[i]) + eps)), s];
};

export const rmsprop = (theta, grad, mean, lr, alpha, eps) => {
  const v = mean.map((old, i) => alpha * old + (1 - alpha) * grad[i] * grad[i]);
  return [theta.map((x, i) => x - (lr * grad[i]) / (Math.sqrt(v[i]) + eps)), v];
};

export const fullAdagrad = ([x, y], [g, h], [a0, b0, c0], lr, eps) => {
  const [a, b, c] = [a0 + g * g, b0 + g * h, c0 + h * h];
  // The matrix has the eigenvalues large and small, along (cos, sin) and across it.
  const [large, small, angle] = symmetric(a, b, c);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = (cos * g + sin * h) / (Math.sqrt(large) + eps);
  const across = (cos * h - sin * g) / (Math.sqrt(small) + eps);
  return [[x - lr * (cos * along - sin * across), y - lr * (sin * along + cos * across)], [a, b, c]];
};

// The loss of a line over slope and intercept, for inputs of a mean and a standard deviation: the
// Hessian's eigenvalues, large and small, and the angle of the first one's direction. And the steps of
// size η after which two lines, apart by `parts` along curvatures, stay nearer than `near` over the data.

const symmetric = (a, b, c) => {
  const large = (a + c) / 2 + Math.hypot((a - c) / 2, b);
  return [large, large > 0 ? Math.max(0, (a * c - b * b) / large) : 0, Math.atan2(2 * b, a - c) / 2];
};

export const lineValley = (mean, scale) => symmetric(2 * (mean * mean + scale * scale), 2 * mean, 2);

export const stepsToNear = (eta, curvatures, parts, near) => {
  const far = (t) => sum(curvatures.map((one, i) => (one / 2) * ((1 - eta * one) ** t * parts[i]) ** 2));
  const there = (t) => far(t) < near * near;
  if (curvatures.some((one, i) => Math.abs(1 - eta * one) >= 1 && parts[i] !== 0)) return Infinity;
  if (there(0)) return 0;
  let [before, after] = [0, 1];
  while (!there(after)) [before, after] = [after, 2 * after];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    [before, after] = there(middle) ? [before, middle] : [middle, after];
  }
  return after;
};

// A bowl of curvature 1 along a valley that is turned by an angle, and κ across it; then its gradient.

export const bowl = (x, y, kappa, angle) => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return ((cos * x + sin * y) ** 2 + kappa * (cos * y - sin * x) ** 2) / 2;
};

export const bowlGradient = (x, y, kappa, angle) => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [u, w] = [cos * x + sin * y, kappa * (cos * y - sin * x)];
  return [cos * u - sin * w, sin * u + cos * w];
};

// Least squares with two coefficients, from the data's means: the Gram matrix [[a, b], [b, c]] of the
// inputs as [a, b, c], their products with the targets as [p, q], the targets' squares.

export const pairError = ([a, b, c], [p, q], square, [x, y]) =>
  square - 2 * (p * x + q * y) + a * x * x + 2 * b * x * y + c * y * y;

/** Where the error and λ times the coefficients' squares are least. */
export const ridgePair = ([a, b, c], [p, q], strength) => {
  const [one, other] = [a + strength, c + strength];
  const determinant = one * other - b * b;
  return [(other * p - b * q) / determinant, (one * q - b * p) / determinant];
};

/** Where half the error and α times the coefficients' sizes are least. */
export const lassoPair = ([a, b, c], [p, q], strength) => {
  const soft = (z) => Math.sign(z) * Math.max(Math.abs(z) - strength, 0);
  const [x, y] = [soft(p) / a, soft(q) / c];
  if (Math.abs(q - b * x) <= strength) return [x, 0];
  if (Math.abs(p - b * y) <= strength) return [0, y];
  // Neither is zero: of the four pairs of signs, one is that of what it leads to.
  const found = [[1, 1], [1, -1], [-1, 1], [-1, -1]].map(([s, t]) => {
    const [u, v] = ridgePair([a, b, c], [p - s * strength, q - t * strength], 0);
    return { pair: [u, v], fits: Math.min(s * u, t * v) };
  });
  return found.reduce((best, one) => (one.fits > best.fits ? one : best)).pair;
};

// The best of many scores. True accuracies follow a beta distribution of a mean and a standard
// deviation; `apart` is 1 / (a + b), which is 0 where all are alike. A score counts right answers to n
// questions.

export const apartness = (mean, deviation) => {
  const squared = deviation * deviation;
  return squared / (mean * (1 - mean) - squared);
};

/** How often a score of k comes, for k from 0 to n: the beta-binomial distribution. */
export const scoreShares = (n, mean, apart) => {
  const logs = [0];
  for (let k = 0; k < n; k += 1) {
    logs.push(logs[k] + Math.log(((n - k) / (k + 1)) * ((mean + k * apart) / (1 - mean + (n - k - 1) * apart))));
  }
  const most = Math.max(...logs);
  const sizes = logs.map((log) => Math.exp(log - most));
  const total = sum(sizes);
  return sizes.map((size) => size / total);
};

/** How often each score is the highest of so many. */
export const highestShares = (shares, many) => {
  let below = 0;
  let last = 0;
  return shares.map((share) => {
    below = Math.min(1, below + share);
    const [before, now] = [last, below ** many];
    last = now;
    return now - before;
  });
};

/** What a score of k is worth: the mean of the true accuracies that stand behind it. */
export const worth = (k, n, mean, apart) => (mean + k * apart) / (1 + n * apart);

/** The shares of some true accuracies among those that stand behind a share of scores. */
export const behindShares = (n, mean, apart, shares, highest, at) => {
  let choose = 0; // the logarithm of n over k
  const scores = [];
  shares.forEach((share, k) => {
    if (k > 0) choose += Math.log((n - k + 1) / k);
    if (highest[k] > 0) scores.push({ k, choose, weight: highest[k] / share });
  });
  const sizes = at.map((p) => {
    const [right, wrong] = [Math.log(p), Math.log(1 - p)];
    const before = (mean / apart - 1) * right + ((1 - mean) / apart - 1) * wrong;
    return { before, then: sum(scores.map((one) => one.weight * Math.exp(one.choose + one.k * right + (n - one.k) * wrong))) };
  });
  const most = Math.max(...sizes.map(({ before }) => before));
  const found = sizes.map(({ before, then }) => then * Math.exp(before - most));
  const total = sum(found);
  return found.map((one) => one / total);
};

// Rosenbrock's curved valley.

export const rosenbrock = (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2;

export const rosenbrockGradient = (x, y) => {
  const above = y - x * x;
  return [-2 * (1 - x) - 400 * x * above, 200 * above];
};
