// How far news travels through layers of masked attention.

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
