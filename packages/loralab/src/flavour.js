// Which build of the engine is taken, by what is to be had here, and why.
import { LabError } from './errors.js';
import { mostThreads } from './threads.js';

/** @typedef {{ threads: number, relaxed: boolean, why: string }} Flavour */

/** Are there the instructions of relaxed SIMD? The module's one function uses f32x4.relaxed_madd. */
export const hasRelaxedSimd = () => WebAssembly.validate(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11]));

/** @param {number | undefined} asked @param {number} count @param {number} most @param {boolean} canShare */
function whyThreads(asked, count, most, canShare) {
  if (asked !== undefined) return `${count === 1 ? 'one thread' : `${count} threads`}, as asked`;
  if (!canShare) return 'one thread, because this page is not isolated (its server sends no Cross-Origin-Opener-Policy and -Embedder-Policy)';
  return most === 1 ? 'one thread, because there is one processor' : `${count} threads, one for each processor`;
}

/** @param {boolean | undefined} asked @param {boolean} relaxed */
function whyRelaxed(asked, relaxed) {
  if (asked !== undefined) return `${relaxed ? 'relaxed' : 'plain'} SIMD, as asked`;
  return relaxed ? 'relaxed SIMD, because it is there' : 'plain SIMD, because relaxed SIMD is not there';
}

/** @param {{ threads?: number, relaxed?: boolean }} asked @returns {Promise<Flavour>} */
export async function chooseFlavour(asked) {
  const most = await mostThreads();
  const canShare = typeof SharedArrayBuffer !== 'undefined' && (most > 1 || typeof crossOriginIsolated === 'undefined' || crossOriginIsolated);
  const threads = asked.threads ?? most, hasRelaxed = hasRelaxedSimd(), relaxed = asked.relaxed ?? hasRelaxed;
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new LabError({ code: 'bad_argument', message: `${threads} is not a number of threads from 1 to 64`, field: 'threads' });
  if (threads > 1 && !canShare)
    throw new LabError({ code: 'unsupported', message: 'this page may not share memory between threads', field: 'threads', remedy: 'Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or take one thread.' });
  if (relaxed && !hasRelaxed) throw new LabError({ code: 'unsupported', message: 'relaxed SIMD is not to be had here', field: 'relaxed', remedy: 'Leave relaxed out.' });
  return { threads, relaxed, why: `${whyRelaxed(asked.relaxed, relaxed)}; ${whyThreads(asked.threads, threads, most, canShare)}` };
}
