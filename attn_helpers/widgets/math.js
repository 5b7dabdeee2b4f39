// The page's twin of attn_helpers/reference: the same definitions, on plain arrays.
// Pure functions, no document. A vector is an array of numbers, a matrix an array of
// rows. A mask holds booleans, true = this query may attend to this key.
// tests/widgets/test_math.py proves the two equal; change them together.

// --- vectors ---

export function dot(a, b) {
  return a.reduce((total, x, i) => total + x * b[i], 0);
}

// The row vector x times the matrix w.
function timesMatrix(x, w) {
  return w[0].map((_, j) => x.reduce((total, xi, i) => total + xi * w[i][j], 0));
}

// Largest entry divided out first, so that squaring cannot overflow; 0 stays 0.
function unit(x) {
  const largest = Math.max(...x.map(Math.abs)) || 1;
  const scaled = x.map((xi) => xi / largest);
  const length = Math.sqrt(dot(scaled, scaled)) || 1;
  return scaled.map((xi) => xi / length);
}

// --- softmax ---

// (score - largest) / temperature: at most 0, and -Infinity stays -Infinity.
function gapsToTheLargest(scores, temperature) {
  const largest = Math.max(...scores);
  const peak = Number.isFinite(largest) ? largest : 0;
  return scores.map((s) => (s - peak) / temperature);
}

function sum(values) {
  return values.reduce((total, x) => total + x, 0);
}

// Shares that are never negative and sum to 1; nothing but -Infinity gives zeros.
export function softmax(scores, temperature = 1) {
  const exp = gapsToTheLargest(scores, temperature).map(Math.exp);
  const total = sum(exp) || 1;
  return exp.map((e) => e / total);
}

export function logSoftmax(scores, temperature = 1) {
  const gaps = gapsToTheLargest(scores, temperature);
  const logTotal = Math.log(sum(gaps.map(Math.exp)) || 1);
  return gaps.map((g) => g - logTotal);
}

// mask: null, or one boolean per score. A row with nothing allowed gives zeros.
export function maskedSoftmax(scores, mask, temperature = 1) {
  const allowed = mask ? scores.map((s, i) => (mask[i] ? s : -Infinity)) : scores;
  return softmax(allowed, temperature);
}

// In nats; 0 · log 0 counts as 0.
export function entropy(weights) {
  return 0 - sum(weights.map((w) => (w > 0 ? w * Math.log(w) : 0)));
}

// --- sparsemax and entmax: weights that can be exactly zero ---

// The point of the simplex nearest to the scores; a sort finds the threshold.
export function sparsemax(scores) {
  const gaps = gapsToTheLargest(scores, 1);
  let [sofar, threshold] = [0, 0];
  for (const [i, gap] of [...gaps].sort((a, b) => b - a).entries()) {
    sofar += gap;
    if (1 + (i + 1) * gap > sofar) threshold = (sofar - 1) / (i + 1);
  }
  return gaps.map((g) => Math.max(g - threshold, 0));
}

// (1 + (alpha - 1) x) to the power 1 / (alpha - 1), 0 below the root; exp(x) as alpha -> 1.
function power(x, alpha) {
  return Math.exp(Math.log1p(Math.max((alpha - 1) * x, -1)) / (alpha - 1));
}

// alpha = 1 is the softmax, 2 is sparsemax; the number to subtract is found by halving.
export function entmax(scores, alpha = 1.5) {
  if (alpha === 1) return softmax(scores);
  if (alpha === 2) return sparsemax(scores);
  const gaps = gapsToTheLargest(scores, 1);
  const powers = (shift) => gaps.map((g) => power(g - shift, alpha));
  let [low, high] = [0, -Math.expm1((1 - alpha) * Math.log(gaps.length)) / (alpha - 1)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (sum(powers(middle)) >= 1) low = middle;
    else high = middle;
  }
  const total = sum(powers(low)) || 1;
  return powers(low).map((w) => w / total);
}

// --- a softmax that rounds after every step, to watch it overflow ---

function roundHalfToEven(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

// The nearest float16: 11 significant bits, steps of 2^-24 near 0, nothing above 65504.
function toFloat16(x) {
  if (x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -14);
  const step = 2 ** (exponent - 10);
  const rounded = roundHalfToEven(x / step) * step;
  return Math.abs(rounded) > 65504 ? Math.sign(x) * Infinity : rounded;
}

const ROUND = { float16: toFloat16, float32: Math.fround, float64: (x) => x };

export function naiveSoftmax(scores, { precision = "float64", subtractMax = false } = {}) {
  const round = ROUND[precision];
  const rounded = scores.map(round);
  const largest = subtractMax ? Math.max(...rounded) : 0;
  const exp = rounded.map((s) => round(Math.exp(round(s - largest))));
  const total = exp.reduce((sofar, e) => round(sofar + e), 0);
  return exp.map((e) => round(e / total));
}

// --- scores of one query against one key ---

export const SCORES = {
  dot: (q, k) => dot(q, k),
  scaledDot: (q, k) => dot(q, k) / Math.sqrt(q.length),
  cosine: (q, k) => dot(unit(q), unit(k)),
  gaussian: (q, k, { bandwidth = 1 } = {}) => {
    const gaps = q.map((x, i) => (x - k[i]) / bandwidth);
    return 0 - 0.5 * dot(gaps, gaps);
  },
  additive: (q, k, { wQ, wK, wOut }) => {
    const fromKey = timesMatrix(k, wK);
    return dot(timesMatrix(q, wQ).map((x, i) => Math.tanh(x + fromKey[i])), wOut);
  },
  bilinear: (q, k, { w }) => dot(timesMatrix(q, w), k),
};

// --- attention ---

// Q, K, V: rows of queries, keys, values; mask: null or a row of booleans per query.
// The scores come back raw, before temperature and mask.
export function attention(
  Q, K, V,
  { score = "scaledDot", params = {}, temperature = 1, mask = null } = {},
) {
  const scores = Q.map((q) => K.map((k) => SCORES[score](q, k, params)));
  const weights = scores.map((row, i) =>
    maskedSoftmax(row, mask && mask[i], temperature),
  );
  return { scores, weights, output: weights.map((row) => timesMatrix(row, V)) };
}

// --- heads ---

// A matrix cut into as many columns as `widths` says. Without the transpose each head
// gets the next numbers in reading order instead, whichever rows they come from.
export function cutHeads(M, widths, transposed = true) {
  const flat = M.flat();
  return widths.map((width, head) => {
    const from = sum(widths.slice(0, head));
    const start = (i) => (transposed ? i * M[0].length + from : from * M.length + i * width);
    return M.map((_, i) => flat.slice(start(i), start(i) + width));
  });
}

// Attention in each head, side by side, mixed by wO; heads that are `off` give zeros.
export function multiHead(X, { wQ, wK, wV, wO }, widths, { off = [], transposed = true } = {}) {
  const cut = (w) => cutHeads(X.map((x) => timesMatrix(x, w)), widths, transposed);
  const [Q, K, V] = [wQ, wK, wV].map(cut);
  const heads = widths.map((_, head) => attention(Q[head], K[head], V[head]));
  const joined = X.map((_, i) =>
    heads.flatMap(({ output }, head) => output[i].map((v) => (off.includes(head) ? 0 : v))),
  );
  const output = joined.map((row) => timesMatrix(row, wO));
  return { weights: heads.map(({ weights }) => weights), joined, output };
}

// --- masks; `first` is the place of query 0 among the keys ---

function maskOf(tQ, tK, first, allowed) {
  const rows = Array.from({ length: tQ }, (_, i) => first + i);
  const columns = Array.from({ length: tK }, (_, j) => j);
  return rows.map((i) => columns.map((j) => allowed(i, j)));
}

export function causalMask(tQ, tK = tQ, first = 0) {
  return maskOf(tQ, tK, first, (i, j) => j <= i);
}

export function windowMask(tQ, radius, tK = tQ, first = 0) {
  return maskOf(tQ, tK, first, (i, j) => Math.abs(i - j) <= radius);
}

export function prefixMask(tQ, prefix, tK = tQ, first = 0) {
  return maskOf(tQ, tK, first, (i, j) => j <= i || j < prefix);
}

// The number of layers after which output i first depends on input j: 0 for its own,
// -1 for more than there are.
export function layersToReach(mask, layers) {
  let needed = mask.map((row, i) => row.map((_, j) => (i === j ? 0 : -1)));
  for (let layer = 1; layer <= layers; layer += 1) {
    const before = needed;
    const comes = (i, j) => mask[i].some((may, k) => may && before[k][j] >= 0);
    needed = before.map((row, i) => row.map((n, j) => (n < 0 && comes(i, j) ? layer : n)));
  }
  return needed;
}

// --- positions: each pair of numbers is a clock hand ---

// Radians a step, one for each pair.
export function frequencies(d, base = 10000) {
  return Array.from({ length: d / 2 }, (_, i) => base ** ((-2 * i) / d));
}

// One vector with its pairs turned by `position` steps.
export function rope(x, position, base = 10000) {
  return frequencies(x.length, base).flatMap((frequency, i) => {
    const [cos, sin] = [Math.cos(position * frequency), Math.sin(position * frequency)];
    const [a, b] = [x[2 * i], x[2 * i + 1]];
    return [a * cos - b * sin, a * sin + b * cos];
  });
}

// The vector that is added to the embedding at a position: sin, cos, sin, cos, …
export function sinusoid(position, d, base = 10000) {
  return frequencies(d, base).flatMap((f) => [Math.sin(position * f), Math.cos(position * f)]);
}

// --- kernel regression: attention whose score is the logarithm of a kernel ---

const outsideIsNever = (u, inside) => (Math.abs(u) < 1 ? inside(Math.abs(u)) : -Infinity);

// Each takes the gap in bandwidths.
export const LOG_KERNELS = {
  gaussian: (u) => -0.5 * u * u,
  epanechnikov: (u) => outsideIsNever(u, (a) => Math.log1p(-a * a)),
  triangular: (u) => outsideIsNever(u, (a) => Math.log1p(-a)),
  boxcar: (u) => (Math.abs(u) <= 1 ? 0 : -Infinity),
};

// A query with no neighbour in reach gets the estimate 0 and weights of 0.
export function nadarayaWatson(xQuery, x, y, bandwidth, kernel = "gaussian") {
  const weights = xQuery.map((at) =>
    softmax(x.map((xi) => LOG_KERNELS[kernel]((at - xi) / bandwidth))),
  );
  return { estimate: weights.map((row) => dot(row, y)), weights };
}
