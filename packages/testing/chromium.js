// A headless Chromium and a static file server, for the tests of packages that need a page.
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };

/**
 * Serves a folder, and further files (and folders, whose names end with a /) by name, on a free port of this machine.
 * @param {string} folder @param {Record<string, string>} others @param {Record<string, string>} headers of every answer
 */
export async function serve(folder, others = {}, headers = {}) {
  const prefixes = Object.keys(others).filter((name) => name.endsWith('/'));
  const pathOf = (/** @type {string} */ name) => {
    const prefix = prefixes.find((one) => name.startsWith(one));
    const path = others[name] ?? (prefix ? join(others[prefix], name.slice(prefix.length)) : join(folder, name));
    return existsSync(path) && statSync(path).isDirectory() ? join(path, 'index.html') : path;
  };
  const server = createServer((request, response) => {
    const path = pathOf(normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)));
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[/** @type {keyof typeof TYPES} */ (extname(path))] ?? 'application/octet-stream',
      'content-length': statSync(path).size, ...headers,
    });
    createReadStream(path).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, close: () => void (server.close(), server.closeAllConnections()) };
}

/**
 * A browser whose profile is new and empty, or the one that is given, which stays.
 * @param {any} chromium of the package playwright-core @param {string} [given] @param {object} [options] of playwright's context
 */
export async function launch(chromium, given, options = {}) {
  const profile = given ?? mkdtempSync(join(tmpdir(), 'chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
    ...options,
  });
  const close = async () => {
    await context.close();
    if (!given) rmSync(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** A page of such a browser. @param {any} chromium @param {string} [given] */
export async function openPage(chromium, given) {
  const { context, close } = await launch(chromium, given);
  context.setDefaultTimeout(250_000);  // a busy machine is no failure
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (/** @type {Error} */ error) => errors.push(String(error)));
  return { page, errors, close };
}
