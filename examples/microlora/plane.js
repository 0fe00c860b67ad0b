// Draws the bent lattice, pairs of points, and the chart. Coordinates are -1 to 1, y upwards.
/** @typedef {{ from: number[], to: number[] }} Pair */

const MARGIN = 1.25; // half of what the canvas shows

/** @param {HTMLCanvasElement} canvas */
function pen(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const color = (/** @type {string} */ name) => getComputedStyle(document.documentElement).getPropertyValue(name);
  context.clearRect(0, 0, canvas.width, canvas.height);
  return { context, color };
}

/** @param {HTMLCanvasElement} canvas @param {number[]} place */
const toPixels = ({ width, height }, [x, y]) => [((x / MARGIN + 1) / 2) * width, ((1 - y / MARGIN) / 2) * height];

/** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
export function placeOf(canvas, event) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const clip = (/** @type {number} */ v) => Math.max(-1, Math.min(1, v));
  return [clip(((2 * (event.clientX - left)) / width - 1) * MARGIN), clip((1 - (2 * (event.clientY - top)) / height) * MARGIN)];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{ n: number, knots: number[][] }} lattice
 * @param {Float32Array} shifts [knots][2]
 * @param {{ pairs: Pair[], ring?: number[], at?: number[] }} marks `at`: where the ringed point is now
 */
export function drawPlane(canvas, { n, knots }, shifts, { pairs, ring, at }) {
  const { context, color } = pen(canvas);
  const bent = knots.map(([x, y], i) => toPixels(canvas, [x + shifts[2 * i], y + shifts[2 * i + 1]]));
  context.strokeStyle = color('--line');
  context.beginPath();
  bent.forEach(([x, y], i) => {
    for (const next of [(i + 1) % n ? i + 1 : -1, i + n < n * n ? i + n : -1]) {
      if (next < 0) continue;
      context.moveTo(x, y);
      context.lineTo(bent[next][0], bent[next][1]);
    }
  });
  context.stroke();
  context.lineWidth = 2;
  for (const { from, to } of pairs) {
    const [x, y] = toPixels(canvas, from), [u, v] = toPixels(canvas, to);
    context.strokeStyle = context.fillStyle = color('--point');
    context.beginPath();
    context.arc(x, y, 4, 0, 7);
    context.fill();
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(u, v);
    context.stroke();
    context.strokeStyle = color('--goal');
    context.beginPath();
    context.moveTo(u - 6, v - 6);
    context.lineTo(u + 6, v + 6);
    context.moveTo(u + 6, v - 6);
    context.lineTo(u - 6, v + 6);
    context.stroke();
  }
  for (const [place, radius] of /** @type {[number[] | undefined, number][]} */ ([[ring, 4], [at, 10]])) {
    if (!place) continue;
    const [x, y] = toPixels(canvas, place);
    context.strokeStyle = color('--point');
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.stroke();
  }
  context.lineWidth = 1;
}

/** @param {HTMLCanvasElement} canvas @param {number[]} values the newest last @param {number} top */
export function drawChart(canvas, values, top) {
  const { context, color } = pen(canvas);
  context.strokeStyle = color('--point');
  context.beginPath();
  values.forEach((v, i) => context.lineTo((i / Math.max(1, values.length - 1)) * canvas.width, (1 - v / top) * (canvas.height - 8) + 4));
  context.stroke();
}
