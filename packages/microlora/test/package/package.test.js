// The tarball as users get it: its contents, its exports map, its types, and a Vite application on top of it.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packed } from '../../../testing/tarball.js';

const root = fileURLToPath(new URL('../../', import.meta.url)), work = fileURLToPath(new URL('../../../../build/micro/', import.meta.url));
const tarball = packed(root, work);

test('the tarball holds code, types, modules, README and licence, nothing else', () => {
  for (const path of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.js.map', 'src/index.js', 'types/index.d.ts', 'wasm/microlora.wasm', 'wasm/microlora.relaxed.wasm'])
    assert.ok(tarball.files.includes(path), path);
  assert.ok(tarball.files.every((path) => /^(dist|src|types|wasm)\/|^(LICENSE|README\.md|package\.json)$/.test(path)), tarball.files.join());
});

tarball.test([]);

test('the package has no side effects: unused, it leaves no code in a bundle', async () => {
  const { build } = await import(pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')).href);
  const entry = join(work, 'unused.js');
  writeFileSync(entry, `import ${JSON.stringify(join(root, 'dist/index.js'))};\nimport { sum } from ${JSON.stringify(join(root, 'dist/arithmetic.js'))};\nconsole.log('only this');\n`);
  const { output } = await build({ logLevel: 'silent', configFile: false, build: { write: false, minify: true, rollupOptions: { input: entry } } });
  assert.ok(output.filter((/** @type {any} */ o) => o.type === 'chunk').map((/** @type {any} */ o) => o.code).join('').length < 900);
});

test('a Vite application is built from the tarball', () => {
  const app = join(work, 'vite-app');
  tarball.unpack(app);
  cpSync(fileURLToPath(new URL('../vite-app', import.meta.url)), app, { recursive: true });
  tarball.build(app, '--base', './');
});

test('the example page is built', () => {
  tarball.build(fileURLToPath(new URL('../../../../examples/microlora/', import.meta.url)), '--outDir', join(work, 'example'), '--emptyOutDir');
});
