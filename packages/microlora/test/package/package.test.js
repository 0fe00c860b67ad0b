// The tarball as users get it: its contents, its exports map, its types, and a Vite application on top of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url)), work = fileURLToPath(new URL('../../../../build/micro/', import.meta.url));
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);
const run = (/** @type {string} */ program, /** @type {string[]} */ args, cwd = root) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

mkdirSync(work, { recursive: true });
const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work]));
const tarball = join(work, filename), app = join(work, 'vite-app');

test('the tarball holds code, types, modules, README and licence, nothing else', () => {
  const paths = files.map((/** @type {{ path: string }} */ f) => f.path);
  for (const path of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.js.map', 'src/index.js', 'types/index.d.ts', 'wasm/microlora.wasm', 'wasm/microlora.relaxed.wasm']) {
    assert.ok(paths.includes(path), path);
  }
  assert.ok(paths.every((/** @type {string} */ p) => /^(dist|src|types|wasm)\/|^(LICENSE|README\.md|package\.json)$/.test(p)), paths.join());
});

test('publint finds nothing', () => {
  run(bin('publint'), ['run', tarball, '--strict']);
});

test('attw finds nothing', () => {
  run(bin('attw'), [tarball, '--profile', 'esm-only']);
});

test('the package has no side effects: unused, it leaves no code in a bundle', async () => {
  const { build } = await import(pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')).href);
  const entry = join(work, 'unused.js');
  writeFileSync(entry, `import ${JSON.stringify(join(root, 'dist/index.js'))};\nimport { sum } from ${JSON.stringify(join(root, 'dist/arithmetic.js'))};\nconsole.log('only this');\n`);
  const { output } = await build({ logLevel: 'silent', configFile: false, build: { write: false, minify: true, rollupOptions: { input: entry } } });
  assert.ok(output.filter((/** @type {any} */ o) => o.type === 'chunk').map((/** @type {any} */ o) => o.code).join('').length < 900);
});

test('a Vite application is built from the tarball', () => {
  rmSync(app, { recursive: true, force: true });
  cpSync(fileURLToPath(new URL('../vite-app', import.meta.url)), app, { recursive: true });
  const inside = join(app, 'node_modules/microlora');
  mkdirSync(inside, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', inside]);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module', dependencies: { microlora: '0.1.0' } }));
  run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--base', './', '--logLevel', 'error'], app);
});

test('the example page is built', () => {
  const page = fileURLToPath(new URL('../../../../examples/microlora/', import.meta.url));
  run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', join(work, 'example'), '--emptyOutDir', '--logLevel', 'error'], page);
});
