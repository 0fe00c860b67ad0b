// Builds the engine's WebAssembly module with CMake and puts it into wasm/.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const wasm = fileURLToPath(new URL('../wasm/', import.meta.url));
const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

if (!existsSync(join(root, 'build/wasm/build.ninja'))) {
  const hasCache = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'ccache')));
  run('cmake', '--preset', 'wasm', ...(hasCache ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : []));
}
run('cmake', '--build', '--preset', 'wasm');
mkdirSync(wasm, { recursive: true });
copyFileSync(join(root, 'build/wasm/wasm/loralab.wasm'), join(wasm, 'loralab.wasm'));
