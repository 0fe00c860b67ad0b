// Builds the two WebAssembly modules with CMake, shrinks them with wasm-opt, and puts them into wasm/.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const build = join(root, 'build/micro-wasm'), wasm = fileURLToPath(new URL('../wasm/', import.meta.url));
const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });

run('cmake', '-S', join(root, 'micro'), '-B', build, '-G', 'Ninja', '--toolchain', join(root, 'micro/wasm32.cmake'), '-DCMAKE_BUILD_TYPE=Release');
run('cmake', '--build', build, '--target', 'module_baseline', 'module_relaxed');
mkdirSync(wasm, { recursive: true });
const optimizer = join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt');
const features = ['simd', 'relaxed-simd', 'bulk-memory', 'sign-ext', 'nontrapping-float-to-int', 'mutable-globals'];
for (const name of ['microlora.wasm', 'microlora.relaxed.wasm']) {
  run(process.execPath, optimizer, '-Oz', '--converge', '--traps-never-happen', '--low-memory-unused', ...features.map((f) => `--enable-${f}`), '--strip-producers',
    '--strip-target-features', join(build, name), '-o', join(wasm, name));
}
