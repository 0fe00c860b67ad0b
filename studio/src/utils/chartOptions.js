// How the loss chart looks: colours from the theme, curves told apart by shape as well.

/** @param {HTMLElement} element @param {string} name */
const colour = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

/** @param {{ element: HTMLElement, width: number, height: number, labels: { raw: string, smoothed: string, validation: string }, others: string[], onCursor: (step: number | null) => void, format: (value: number) => string }} how @returns {import('uplot').Options} */
export function chartOptions({ element, width, height, labels, others, onCursor, format }) {
  const ink = colour(element, '--muted'), line = colour(element, '--line'), accent = colour(element, '--accent');
  const axis = { stroke: ink, font: `12px ${colour(element, '--font')}`, ticks: { show: false }, grid: { stroke: line, width: 1 } };
  const dashes = [[2, 3], [8, 3], [8, 3, 2, 3]];
  return {
    width, height,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: { y: false, drag: { x: true, y: false, uni: 8 }, points: { size: 7 } },
    scales: { x: { time: false }, y: { range: (_u, low, high) => range(low, high) } },
    axes: [
      { ...axis, size: 28, grid: { show: false }, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] },
      { ...axis, size: 46, values: (_u, values) => values.map(format) },
    ],
    series: [
      {},
      { label: labels.raw, stroke: colour(element, '--curve-raw'), width: 1, points: { show: false } },
      { label: labels.smoothed, stroke: accent, width: 2.5, points: { show: false } },
      { label: labels.validation, stroke: colour(element, '--ink'), width: 1.5, dash: [5, 4], spanGaps: true, points: { show: true, size: 6, fill: colour(element, '--surface') } },
      ...others.map((label, index) => ({ label, stroke: colour(element, `--curve-other-${(index % 3) + 1}`), width: 2, dash: dashes[index % 3], points: { show: false } })),
    ],
    hooks: { setCursor: [(u) => onCursor(u.cursor.idx ?? null)] },
  };
}

/** Room around the curves, never below zero. @param {number | null} low @param {number | null} high @returns {[number, number]} */
function range(low, high) {
  if (low === null || high === null || !Number.isFinite(low)) return [0, 5];
  const room = Math.max(0.1, (high - low) * 0.08);
  return [Math.max(0, low - room), high + room];
}
