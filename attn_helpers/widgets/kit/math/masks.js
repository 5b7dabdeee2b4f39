// Who may attend to whom; `first` is the place of query 0 among the keys.

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
