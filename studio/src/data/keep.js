// What is remembered of runs beside what the engine's package keeps of them: a record each, in IndexedDB.
import { openDB } from 'idb';

/**
 * @typedef {object} RunRecord
 * @property {string} id under which the package keeps its corpus, checkpoint and adapter
 * @property {string} model @property {any} source of the model, as it is loaded again; null if it was a file
 * @property {string} corpus its name @property {'adapter' | 'full'} mode @property {Record<string, any>} settings @property {number} startedAt
 * @property {'open' | 'done' | 'aborted'} state @property {any} plan @property {any} info @property {any} proof @property {any} figures
 * @property {any} extras @property {string} prompt @property {number} [peakBytes]
 * @property {{ step: number, text: string }[]} samples @property {{ steps: ArrayLike<number>, losses: ArrayLike<number>, validations: any[] } | null} series
 */

const database = () => openDB('lora-lab', 1, { upgrade: (db) => { db.createObjectStore('runs', { keyPath: 'id' }); } });
/** @type {ReturnType<typeof database> | undefined} */
let opened;
const open = () => (opened ??= database());

/** @returns {Promise<RunRecord[]>} the latest first */
export async function readRuns() {
  const runs = await (await open()).getAll('runs');
  return runs.sort((a, b) => b.startedAt - a.startedAt);
}

/** @param {RunRecord} record */
export const writeRun = async (record) => (await open()).put('runs', record);

/** @param {string} id */
export const forgetRun = async (id) => (await open()).delete('runs', id);
