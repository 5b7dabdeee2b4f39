// Positions: each pair of numbers is a clock hand.

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
