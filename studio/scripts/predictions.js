// Trains with several settings in the real studio, and prints what was planned beside what was taken.
// It fails if a time is off by more than 25 % or a memory by more than 10 %; where other programs compute meanwhile, times mean nothing.
import { endOfRun, loadModel, openBrowser, records, serveStudio, setPlan, takeSample } from '../test/e2e/harness.js';

const TIME = 0.25, MEMORY = 0.1;
const EVERY = { 'Sample every': 0, 'Warm-up steps': 0 };
/** @type {Record<string, number | string>[]} */
const RUNS = [
  { 'Steps': 10, 'Context': 64, 'Validate every': 0, 'Held-out share': 0 },
  { 'Steps': 10, 'Context': 128, 'Validate every': 5, 'Held-out share': 0.02 },
  { 'Steps': 6, 'Context': 256, 'Validate every': 0, 'Held-out share': 0.02 },
  { 'Steps': 6, 'Context': 128, 'Rows a step': 2, 'Rank': 32, 'Validate every': 0, 'Held-out share': 0 },
  { 'Steps': 8, 'Context': 128, 'Variant': 'dora', 'Validate every': 0, 'Held-out share': 0 },
  { 'Steps': 8, 'Context': 128, 'Targets': 'q_proj,v_proj', 'Validate every': 0, 'Held-out share': 0 },
];

const percent = (/** @type {number} */ share) => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;
const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);

const server = await serveStudio();
const browser = await openBrowser();
const { page } = browser;
try {
  await page.goto(server.url);
  await loadModel(page);
  await takeSample(page);
  for (const settings of RUNS) {
    const dialog = await setPlan(page, { 'Rows a step': 1, 'Rank': 8, 'Variant': 'lora', 'Targets': 'all-linear', ...EVERY, ...settings });
    await dialog.getByRole('button', { name: 'Train adapter' }).click();
    await endOfRun(page, Number(settings.Steps));
  }
  const rows = (await records(page)).map(({ settings: s, plan, figures, peakBytes = NaN }) => ({
    'context': s.context, 'rows': s.batch, 'rank': s.rank, 'variant': s.variant, 'targets': s.targets, 'steps': s.steps,
    'planned s': plan.eta_s.toFixed(1), 'taken s': figures.trainingS.toFixed(1), 'time': percent(figures.trainingS / plan.eta_s - 1),
    'planned MB': megabytes(plan.peak_bytes), 'taken MB': megabytes(peakBytes), 'memory': percent(peakBytes / plan.peak_bytes - 1),
    'ok': Math.abs(figures.trainingS / plan.eta_s - 1) <= TIME && Math.abs(peakBytes / plan.peak_bytes - 1) <= MEMORY,
  }));
  console.table(rows);
  if (rows.some(({ ok }) => !ok)) process.exitCode = 1;
} finally {
  await browser.close();
  await server.stop();
}
