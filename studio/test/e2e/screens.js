// Looks at a screen as it is: in both themes without a finding of axe-core, and as pictures in three sizes.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { screenshots } from './harness.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [[1440, 900], [820, 1180], [390, 844]];

/** What was found on all screens so far. @type {string[]} */
export const findings = [];

/** @param {import('playwright-core').Page} page @param {string} name */
export async function look(page, name) {
  mkdirSync(screenshots, { recursive: true });
  const before = page.viewportSize();
  for (const theme of ['light', 'dark']) {
    if (await page.evaluate(() => document.documentElement.dataset.theme) !== theme) await setTheme(page, theme);
    await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, { resultTypes: ['violations'] }));
    const found = violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => `${n.target} ${n.failureSummary}`).join(' | ')}`);
    findings.push(...found.map((/** @type {string} */ finding) => `${name}, ${theme}: ${finding}`));
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await page.screenshot({ path: join(screenshots, `${name}-${width}x${height}-${theme}.png`), fullPage: width < 1000 });
      if (wide > 0) findings.push(`${name} is ${wide} px wider than a window of ${width}`);
    }
    if (before) await page.setViewportSize(before);
  }
}

/** By the page's own store, because a dialog may lie over the button. @param {import('playwright-core').Page} page @param {string} theme */
async function setTheme(page, theme) {
  await page.evaluate((wanted) => /** @type {any} */ (document.querySelector('#app')).__vue_app__.config.globalProperties.$pinia._s.get('look').setTheme(wanted), theme);
}
