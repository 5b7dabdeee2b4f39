// This folder is the page's twin of attn_helpers/reference: the same definitions on plain
// arrays, a file each. Pure functions, no document. A vector is an array of numbers, a
// matrix an array of rows; a mask holds booleans, true = this query may attend to this
// key. The tests prove the two equal; change them together.

export function dot(a, b) {
  return a.reduce((total, x, i) => total + x * b[i], 0);
}

// The row vector x times the matrix w.
export function timesMatrix(x, w) {
  return w[0].map((_, j) => x.reduce((total, xi, i) => total + xi * w[i][j], 0));
}

// Largest entry divided out first, so that squaring cannot overflow; 0 stays 0.
export function unit(x) {
  const largest = Math.max(...x.map(Math.abs)) || 1;
  const scaled = x.map((xi) => xi / largest);
  const length = Math.sqrt(dot(scaled, scaled)) || 1;
  return scaled.map((xi) => xi / length);
}

export function sum(values) {
  return values.reduce((total, x) => total + x, 0);
}
