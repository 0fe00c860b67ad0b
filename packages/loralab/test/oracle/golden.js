// Where the golden data lies, for tests in Node; and whether the native program refuses a case as well.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oracle, program } from '../helpers.js';

/** Every folder of the golden data with the names of its files. @returns {Record<string, string[]>} */
export function goldenNames(folder = '') {
  const entries = readdirSync(join(oracle, folder)).sort();
  const isFolder = (/** @type {string} */ name) => statSync(join(oracle, folder, name)).isDirectory();
  /** @type {Record<string, string[]>} */
  const names = { [folder]: entries.filter((name) => !isFolder(name)) };
  for (const name of entries.filter(isFolder)) Object.assign(names, goldenNames(join(folder, name)));
  return names;
}

/** @param {string} path */
export const readGolden = async (path) => new Uint8Array(readFileSync(join(oracle, path)));

/** The code by which the native program refuses a tiny model or an adapter on it; '' if it takes it. @param {'tiny' | 'lora'} kind @param {string} name */
export function nativeRefusal(kind, name) {
  const model = join(oracle, 'tiny', kind === 'tiny' ? name : name.slice(0, name.indexOf('_')));
  const adapter = kind === 'lora' ? ['--adapter', join(oracle, 'lora', name)] : [];
  try {
    execFileSync(program, ['probe', '--model', model, ...adapter, '--ids', join(oracle, kind, name, 'golden.safetensors'), '--out', join(tmpdir(), `probe-${process.pid}`), '--json'], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return JSON.parse(/** @type {any} */ (error).stdout).error.code;
  }
}

if (!existsSync(oracle)) throw new Error(`${oracle} is missing; set LAB_ORACLE_DIR`);
