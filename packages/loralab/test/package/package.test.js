// The tarball as users get it: its contents, its exports map, its types, and a Vite application on top of it.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packed, run } from '../../../testing/tarball.js';

const root = fileURLToPath(new URL('../../', import.meta.url)), work = fileURLToPath(new URL('../../../../build/web/', import.meta.url));
const tarball = packed(root, work);

test('the tarball holds code, types, modules, README and licence, nothing else', () => {
  const modules = ['loralab', 'loralab.relaxed', 'loralab.threads', 'loralab.relaxed.threads'].map((name) => `wasm/${name}.wasm`);
  for (const path of ['LICENSE', 'README.md', 'package.json', 'src/index.js', 'src/worker.js', 'src/pool-worker.js', 'types/index.d.ts', ...modules])
    assert.ok(tarball.files.includes(path), path);
  assert.ok(tarball.files.every((path) => /^(src|types|wasm)\/|^(LICENSE|README\.md|package\.json)$/.test(path)), tarball.files.join());
});

tarball.test(['--exclude-entrypoints', 'worker.js']);

test('no module is longer than 200 lines', () => {
  for (const name of readdirSync(join(root, 'src'))) assert.ok(readFileSync(join(root, 'src', name), 'utf8').split('\n').length <= 201, name);
});

test('the types of the requests are those of the engine', () => {
  run(process.execPath, [join(root, 'scripts/write-requests.js'), '--check'], root);
});

test('Node takes the tarball without flags', () => {
  const place = join(work, 'node-app');
  tarball.unpack(place);
  writeFileSync(join(place, 'main.js'), "import { createEngine } from 'loralab';\nconst engine = await createEngine();\nconsole.log(engine.flavour);\nengine.dispose();\n");
  assert.match(run(process.execPath, ['main.js'], place), /SIMD/);
});

test('a Vite application is built from the tarball', () => {
  const app = join(work, 'vite-app');
  tarball.unpack(app);
  cpSync(fileURLToPath(new URL('../vite-app', import.meta.url)), app, { recursive: true });
  tarball.build(app, '--base', './');
});
