// A softmax that rounds after every step, to watch it overflow.

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

export const ROUND = { float16: toFloat16, float32: Math.fround, float64: (x) => x };

export function softmaxInPrecision(scores, { precision = "float64", subtractMax = false } = {}) {
  const round = ROUND[precision];
  const rounded = scores.map(round);
  const largest = subtractMax ? Math.max(...rounded) : 0;
  const exp = rounded.map((s) => round(Math.exp(round(s - largest))));
  const total = exp.reduce((sofar, e) => round(sofar + e), 0);
  return exp.map((e) => round(e / total));
}
