// Who may attend to whom; the last query lines up with the last key.

function maskOf(tQ, tK, allowed) {
  const rows = Array.from({ length: tQ }, (_, i) => i + tK - tQ);
  const columns = Array.from({ length: tK }, (_, j) => j);
  return rows.map((i) => columns.map((j) => allowed(i, j)));
}

export function causalMask(tQ, tK = tQ) {
  return maskOf(tQ, tK, (i, j) => j <= i);
}

export function windowMask(tQ, radius, tK = tQ) {
  return maskOf(tQ, tK, (i, j) => Math.abs(i - j) <= radius);
}

export function prefixMask(tQ, prefix, tK = tQ) {
  return maskOf(tQ, tK, (i, j) => j <= i || j < prefix);
}
