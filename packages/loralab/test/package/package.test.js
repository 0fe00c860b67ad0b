// The tarball as users get it: its contents, its exports map, its types, and a Vite application on top of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url)), work = fileURLToPath(new URL('../../../../build/web/', import.meta.url));
const bin = (/** @type {string} */ name) => join(root, 'node_modules/.bin', name);
const run = (/** @type {string} */ program, /** @type {string[]} */ args, cwd = root) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

mkdirSync(work, { recursive: true });
const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work]));
const tarball = join(work, filename), app = join(work, 'vite-app');

test('the tarball holds code, types, modules, README and licence, nothing else', () => {
  const paths = files.map((/** @type {{ path: string }} */ f) => f.path);
  const modules = ['loralab', 'loralab.relaxed', 'loralab.threads', 'loralab.relaxed.threads'].map((name) => `wasm/${name}.wasm`);
  for (const path of ['LICENSE', 'README.md', 'package.json', 'src/index.js', 'src/worker.js', 'src/pool-worker.js', 'types/index.d.ts', ...modules])
    assert.ok(paths.includes(path), path);
  assert.ok(paths.every((/** @type {string} */ p) => /^(src|types|wasm)\/|^(LICENSE|README\.md|package\.json)$/.test(p)), paths.join());
});

test('publint finds nothing', () => {
  run(bin('publint'), ['run', tarball, '--strict']);
});

test('attw finds nothing', () => {
  run(bin('attw'), [tarball, '--profile', 'esm-only', '--exclude-entrypoints', 'worker.js']);
});

test('no module is longer than 200 lines', () => {
  for (const name of readdirSync(join(root, 'src'))) {
    const lines = run('wc', ['-l', join(root, 'src', name)]);
    assert.ok(Number.parseInt(lines, 10) <= 200, lines);
  }
});

test('the types of the requests are those of the engine', () => {
  run(process.execPath, [join(root, 'scripts/write-requests.js'), '--check']);
});

test('Node takes the tarball without flags', () => {
  const place = join(work, 'node-app');
  unpack(place);
  writeFileSync(join(place, 'main.js'), "import { createEngine } from 'loralab';\nconst engine = await createEngine();\nconsole.log(engine.flavour);\nengine.dispose();\n");
  assert.match(run(process.execPath, ['main.js'], place), /SIMD/);
});

test('a Vite application is built from the tarball', () => {
  unpack(app);
  cpSync(fileURLToPath(new URL('../vite-app', import.meta.url)), app, { recursive: true });
  run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--base', './', '--logLevel', 'error'], app);
});

/** Makes a program's folder that has the package from the tarball. @param {string} place */
function unpack(place) {
  rmSync(place, { recursive: true, force: true });
  const inside = join(place, 'node_modules/loralab');
  mkdirSync(inside, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', inside]);
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module', dependencies: { loralab: '0.1.0' } }));
}
