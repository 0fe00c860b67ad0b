// Trains with several settings in the real studio, and prints what was planned beside what was taken, a line for each run.
// It fails if a time is off by more than 25 % or a memory by more than 10 %; where other programs compute meanwhile, times mean nothing.
import { endOfRun, loadModel, openBrowser, records, serveStudio, setPlan, takeSample } from '../test/e2e/harness.js';

const TIME = 0.25, MEMORY = 0.1;
const EVERY = { 'Sample every': 0, 'Validate every': 0, 'Warm-up steps': 0, 'Rows a step': 1, 'Rank': 8, 'Variant': 'lora', 'Targets': 'all-linear' };
/** @type {Record<string, number | string>[]} */
const RUNS = [
  { 'Steps': 8, 'Context': 64, 'Held-out share': 0 },
  { 'Steps': 6, 'Context': 128, 'Held-out share': 0.02 },
  { 'Steps': 4, 'Context': 256, 'Held-out share': 0 },
  { 'Steps': 4, 'Context': 64, 'Rows a step': 2, 'Rank': 32, 'Held-out share': 0 },
  { 'Steps': 4, 'Context': 128, 'Variant': 'dora', 'Held-out share': 0 },
  { 'Steps': 4, 'Context': 128, 'Targets': 'q_proj,v_proj', 'Held-out share': 0 },
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
    const dialog = await setPlan(page, { ...EVERY, ...settings });
    await dialog.getByRole('button', { name: 'Train adapter' }).click();
    await endOfRun(page, Number(settings.Steps));
    const { settings: s, plan, figures, peakBytes = NaN } = (await records(page)).at(-1) ?? {};
    const time = figures.trainingS / plan.eta_s - 1, memory = peakBytes / plan.peak_bytes - 1;
    console.log(`${s?.steps} x ${s?.batch} x ${s?.context}, ${s?.variant} ${s?.rank} ${s?.targets}: time ${plan.eta_s.toFixed(1)} / ${figures.trainingS.toFixed(1)} s (${percent(time)}), memory ${megabytes(plan.peak_bytes)} / ${megabytes(peakBytes)} MB (${percent(memory)})`);
    if (Math.abs(time) > TIME || Math.abs(memory) > MEMORY) process.exitCode = 1;
  }
} finally {
  await browser.close();
  await server.stop();
}
