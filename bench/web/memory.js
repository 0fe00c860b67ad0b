// The largest memory that a page's process has held, on Linux.
import { readFileSync, readdirSync } from 'node:fs';

/** @param {string} path */
const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';  // the process is gone
  }
};

/** Descendants of this process that show pages. */
function renderers() {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(all.map((pid) => [pid, read(`/proc/${pid}/stat`).replace(/^.*\)/s, '').trim().split(' ')[1]]));
  const isOurs = (/** @type {string | undefined} */ pid) => {
    for (; pid && pid !== '1' && pid !== '0'; pid = parents.get(pid)) if (pid === String(process.pid)) return true;
    return false;
  };
  return all.filter((pid) => isOurs(pid) && read(`/proc/${pid}/cmdline`).includes('--type=renderer'));
}

/** MiB of the renderer that has held most. */
export const peakRendererMib = () => Math.max(0, ...renderers().map((pid) => Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024));
