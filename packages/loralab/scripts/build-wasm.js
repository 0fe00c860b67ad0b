// Builds the engine's WebAssembly modules, for one thread and for several, with relaxed SIMD and without, with CMake and puts them into wasm/.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const wasm = fileURLToPath(new URL('../wasm/', import.meta.url));
const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

mkdirSync(wasm, { recursive: true });
for (const [preset, ending] of [['wasm', '.wasm'], ['wasm-threads', '.threads.wasm']]) {
  if (!existsSync(join(root, 'build', preset, 'build.ninja'))) {
    const hasCache = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'ccache')));
    run('cmake', '--preset', preset, ...(hasCache ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : []));
  }
  run('cmake', '--build', '--preset', preset);
  for (const file of [`loralab${ending}`, `loralab.relaxed${ending}`]) copyFileSync(join(root, 'build', preset, 'wasm', file), join(wasm, file));
}
