// Builds the two WebAssembly modules with CMake and shrinks them with wasm-opt, for build-js.js.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const build = join(root, 'build/micro-wasm'), optimized = join(build, 'optimized');
const run = (/** @type {string} */ program, /** @type {string[]} */ ...args) =>
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });

run('cmake', '-S', join(root, 'micro'), '-B', build, '-G', 'Ninja', '--toolchain', join(root, 'micro/wasm32.cmake'), '-DCMAKE_BUILD_TYPE=Release');
run('cmake', '--build', build, '--target', 'module_baseline', 'module_relaxed');
mkdirSync(optimized, { recursive: true });
const optimizer = join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-opt');
const features = ['simd', 'relaxed-simd', 'bulk-memory', 'sign-ext', 'nontrapping-float-to-int', 'mutable-globals'];
for (const name of ['microlora.wasm', 'microlora.relaxed.wasm']) {
  run(process.execPath, optimizer, '-Oz', '--converge', '--traps-never-happen', '--low-memory-unused', ...features.map((f) => `--enable-${f}`), '--strip-producers',
    '--strip-target-features', join(build, name), '-o', join(optimized, name));
}
