// Takes the picture of README: a run of the sample corpus with a question answered by both, in the real studio.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, endOfRun, loadModel, openBrowser, root, serveStudio, setPlan, takeSample } from '../test/e2e/harness.js';

const steps = Number(process.argv[2] ?? 60);
const server = await serveStudio();
const browser = await openBrowser({ viewport: { width: 1360, height: 820 } });
const { page } = browser;
try {
  await page.goto(server.url);
  await loadModel(page);
  await takeSample(page);
  const dialog = await setPlan(page, { 'Steps': steps, 'Context': 128, 'Validate every': Math.ceil(steps / 6), 'Sample every': 0, 'Held-out share': 0.02 });
  await dialog.getByText('fits', { exact: true }).first().waitFor();
  await dialog.getByRole('button', { name: 'Train adapter' }).click();
  await endOfRun(page, steps);
  await page.getByRole('button', { name: 'Both' }).click();
  await ask(page, 'What is the water like at the north pier this morning?');
  await page.getByRole('button', { name: 'Send' }).waitFor();
  mkdirSync(join(root, 'docs'), { recursive: true });
  await page.screenshot({ path: join(root, 'docs/studio.png') });
} finally {
  await browser.close();
  await server.stop();
}
