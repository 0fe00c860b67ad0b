// The C++ forward pass beside the time that only reading its weights from the first cache takes, and that moving all
// its floats takes: weights and input in, output out.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url)), build = join(root, 'build/micro-native');

/** Builds and runs the benchmark. @returns {{ dim: number, forward: number, reading: number, moving: number }[]} nanoseconds */
export function nativeRows() {
  const quiet = { stdio: /** @type {any} */ (['ignore', 'ignore', 'inherit']) };
  execFileSync('cmake', ['-S', join(root, 'micro'), '-B', build, '-G', 'Ninja', '-DCMAKE_CXX_COMPILER=clang++-22',
    '-DCMAKE_BUILD_TYPE=Release', '-DMICROLORA_BENCH=ON'], quiet);
  execFileSync('cmake', ['--build', build, '--target', 'microlora_bench'], quiet);
  const report = JSON.parse(execFileSync(join(build, 'microlora_bench'), ['--benchmark_repetitions=31', '--benchmark_format=json',
    '--benchmark_enable_random_interleaving=true', '--benchmark_min_time=0.002', '--benchmark_report_aggregates_only=true'],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const median = (/** @type {string} */ name) =>
    report.benchmarks.find((/** @type {any} */ b) => b.run_name === name && b.aggregate_name === 'median').cpu_time;
  return [256, 768, 1024].map((dim) => ({ dim, forward: median(`forward_pass/${dim}`), reading: median(`read_weights/${dim}`),
    moving: median(`move_all/${dim}`) }));
}
