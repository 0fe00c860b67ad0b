// The names of a kept run's files, and what its manifest says.
import { LabError } from './errors.js';
import { storageError } from './opfs.js';

export const RUNS = 'runs', MANIFEST = 'run.json';
export const CHECKPOINT = 'checkpoint.safetensors', PREVIOUS = 'checkpoint.previous.safetensors', DAMAGED = 'checkpoint.damaged.safetensors';
export const WEIGHTS = 'adapter_model.safetensors', CONFIG = 'adapter_config.json', GGUF = 'adapter.gguf';
/**
 * @typedef {{ step: number, loss: number }} Loss
 *
 * @typedef {object} RunManifest
 * @property {string} id @property {string} model its name @property {{ name: string, file: string }} corpus its name, and that of its file here
 * @property {Record<string, any>} settings @property {number} step that is kept @property {number} steps in all
 * @property {boolean} complete @property {number} savedAt in ms since 1970
 * @property {Loss[]} losses @property {Loss[]} valLosses
 *
 * @typedef {object} Progress since it was kept last
 * @property {number} step @property {Loss[]} losses @property {Loss[]} valLosses @property {boolean} complete
 */

/** @param {string} id @param {unknown} [error] */
export function noRun(id, error) {
  if (error !== undefined && storageError(error).code !== 'not_found') return storageError(error);
  return new LabError({ code: 'not_found', message: `there is no run '${id}' in the browser's storage`, remedy: 'engine.runs.list() says what there is.' });
}
