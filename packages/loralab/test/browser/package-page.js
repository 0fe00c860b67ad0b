// page.html, which puts the package on the window.

/** @param {import('playwright-core').Page} page @param {string} site that serves the package's folder, with a / at its end */
export async function gotoPackage(page, site) {
  await page.goto(`${site}test/browser/page.html`);
  await page.waitForFunction(() => 'loralab' in window);
}
