// A run's curves, and those of runs laid over it, as the aligned columns that uPlot draws.

/** @typedef {import('./series.js').Series} Series @typedef {(number | null | undefined)[]} Column */

/** @param {Series} series @returns {number} */
const lastStep = (series) => Math.max(series.last?.step ?? 0, series.validations.at(-1)?.step ?? 0);

/** @param {number} size @param {Iterable<[number, number]>} points @returns {Column} */
function column(size, points) {
  /** @type {Column} */
  const values = new Array(size).fill(null);
  for (const [step, value] of points) values[step] = value;
  return values;
}

/** @param {Series} series @param {'losses' | 'smoothed'} which @returns {Generator<[number, number]>} */
function* pointsOf(series, which) {
  for (let i = 0; i < series.length; ++i) yield [series.steps[i], series[which][i]];
}

/**
 * Columns: steps, the losses, smoothed, held out, then the smoothed losses of each other run.
 * @param {Series} series @param {Series[]} others @param {number} [steps] of the whole run
 */
export function chartData(series, others, steps = 0) {
  const size = Math.max(steps, 1, lastStep(series), ...others.map(lastStep)) + 1;
  return [
    Array.from({ length: size }, (_, step) => step),
    column(size, pointsOf(series, 'losses')),
    column(size, pointsOf(series, 'smoothed')),
    column(size, series.validations.map(({ step, loss }) => [step, loss])),
    ...others.map((other) => column(size, pointsOf(other, 'smoothed'))),
  ];
}
