// The page: pairs teach one adapter by targets, thumbs teach another by scores; both bend the same lattice.
import init, { MicroLoRA } from 'microlora';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { FEATURES, features, lattice } from './features.js';
import { drawChart, drawPlane, placeOf } from './plane.js';

/** @template {HTMLElement} T @param {string} id @returns {T} */
const element = (id) => /** @type {any} */ (document.getElementById(id));
/** @type {HTMLCanvasElement} */
const plane = element('plane'), /** @type {HTMLCanvasElement} */ chart = element('chart');
/** @type {HTMLInputElement} */
const rate = element('rate');
const grid = lattice(25), STEPS = 20;

await init();
const byTargets = new MicroLoRA({ inputDim: FEATURES, outputDim: 2, optimizer: 'adam', learningRate: 0.01, initScale: 0.1 });
const config = Object.assign(new MicroLoraConfigWasm(), { inFeatures: FEATURES, outFeatures: 2 });
const byScores = new MicroLoraWasm(config);
element('size').textContent = String(byScores.stats().paramCount);

/** @type {import('./plane.js').Pair[]} */
let pairs = [];
/** @type {import('./plane.js').Pair} the point that is scored, and its wish */
let scored = { from: [-0.3, 0.2], to: [0.2, 0.5] };
/** @type {number[]} */
let history = [];
let mode = 'targets', dragging = false, scores = 0;

const shift = () => byScores.apply(features(scored.from[0], scored.from[1]));
const goalQuality = () => {
  const [dx, dy] = shift(), [ex, ey] = [scored.to[0] - scored.from[0], scored.to[1] - scored.from[1]];
  return Math.exp(-((dx - ex) ** 2 + (dy - ey) ** 2) / (ex * ex + ey * ey || 1));
};

/** @param {number} quality 0 to 1 */
function score(quality) {
  byScores.adapt(features(scored.from[0], scored.from[1]), new AdaptFeedbackWasm(quality));
  byScores.applyUpdates(0.01);
  ++scores;
}

/** One frame's learning. @returns {string} what to say about it */
function learn() {
  const start = performance.now();
  if (mode === 'scores') {
    for (let i = 0; rate.checked && i < STEPS; ++i) score(goalQuality());
    const time = rate.checked ? ` ${(((performance.now() - start) * 1000) / STEPS).toFixed(1)} µs each.` : '';
    history.push(goalQuality());
    return `${scores} scores given; quality now ${goalQuality().toFixed(3)}.${time}`;
  }
  if (!pairs.length) return 'Drag in the square: from where a point is to where it should go.';
  const examples = pairs.map(({ from, to }) => ({ input: features(from[0], from[1]), target: Float32Array.of(to[0] - from[0], to[1] - from[1]) }));
  let loss = 0;
  for (let i = 0; i < STEPS; ++i) loss = byTargets.adaptBatch(examples);
  history.push(Math.sqrt(2 * loss));
  return `${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'}; mean distance ${Math.sqrt(2 * loss).toFixed(4)}; ${(((performance.now() - start) * 1000) / STEPS).toFixed(0)} µs a step.`;
}

let frames = 0;
function frame() {
  const text = learn();
  if (frames++ % 10 === 0) element('status').textContent = text;
  history = history.slice(-400);
  const scoring = mode === 'scores', shifts = (scoring ? byScores : byTargets).forwardBatch(grid.inputs);
  const [dx, dy] = scoring ? shift() : [0, 0];
  drawPlane(plane, grid, shifts, scoring
    ? { pairs: [scored], ring: scored.from, at: [scored.from[0] + dx, scored.from[1] + dy] } : { pairs });
  drawChart(chart, history, scoring ? 1 : Math.max(0.01, ...history));
  requestAnimationFrame(frame);
}

plane.addEventListener('pointerdown', (event) => {
  const place = placeOf(plane, event);
  dragging = true;
  plane.setPointerCapture(event.pointerId);
  if (mode === 'targets') pairs.push({ from: place, to: place });
  else restartScores({ from: place, to: place });
});
plane.addEventListener('pointermove', (event) => {
  if (!dragging) return;
  const pair = mode === 'targets' ? pairs[pairs.length - 1] : scored;
  pair.to = placeOf(plane, event);
});
plane.addEventListener('pointerup', () => (dragging = false));

/** @param {import('./plane.js').Pair} pair */
function restartScores(pair) {
  scored = pair;
  byScores.reset();
  scores = 0;
  history = [];
}

for (const radio of document.querySelectorAll('input[name=mode]')) {
  radio.addEventListener('change', () => {
    mode = /** @type {HTMLInputElement} */ (radio).value;
    for (const id of ['targets', 'scores']) element(id).hidden = id !== mode;
    element('caption').textContent = mode === 'scores' ? 'Quality, frame by frame: from 0 to 1' : 'Distance from the targets, frame by frame';
    history = [];
  });
}
element('targets').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const [x, y, u, v] = ['fromX', 'fromY', 'toX', 'toY'].map((name) => Number(form.get(name)));
  pairs.push({ from: [x, y], to: [u, v] });
});
element('scores').addEventListener('submit', (event) => event.preventDefault());
element('undo').addEventListener('click', () => pairs.pop());
element('better').addEventListener('click', () => score(1));
element('worse').addEventListener('click', () => score(0));
element('reset').addEventListener('click', () => {
  byTargets.reset();
  pairs = [];
  restartScores(scored);
});
frame();
