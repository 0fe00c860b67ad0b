// A place in the square as 64 numbers: how near it is to each of 8 x 8 posts. With them a linear map can bend.
const SIDE = 8, WIDTH = 0.3;

export const FEATURES = SIDE * SIDE;

/**
 * @param {number} x -1 to 1
 * @param {number} y
 * @param {Float32Array} [out]
 */
export function features(x, y, out = new Float32Array(FEATURES)) {
  for (let i = 0; i < FEATURES; ++i) {
    const dx = x - (2 * (i % SIDE)) / (SIDE - 1) + 1, dy = y - (2 * Math.floor(i / SIDE)) / (SIDE - 1) + 1;
    out[i] = Math.exp(-(dx * dx + dy * dy) / (2 * WIDTH * WIDTH));
  }
  return out;
}

/** The lattice's knots, and their features in one array, ready for `forwardBatch`. @param {number} n */
export function lattice(n) {
  const knots = Array.from({ length: n * n }, (_, i) => [(2 * (i % n)) / (n - 1) - 1, (2 * Math.floor(i / n)) / (n - 1) - 1]);
  const inputs = new Float32Array(n * n * FEATURES);
  knots.forEach(([x, y], i) => features(x, y, inputs.subarray(i * FEATURES, (i + 1) * FEATURES)));
  return { n, knots, inputs };
}
