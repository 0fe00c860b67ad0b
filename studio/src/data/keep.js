// What outlives the page: runs with their curves, checkpoints, adapters and corpora, in IndexedDB. Each write is whole or not at all.
import { openDB } from 'idb';

/**
 * @typedef {object} RunRecord
 * @property {string} id @property {string} model @property {any} source of the model, as it is loaded again; null if it was a file
 * @property {string} corpus its name @property {'adapter' | 'full'} mode @property {Record<string, any>} settings @property {number} startedAt
 * @property {'open' | 'done' | 'aborted'} state @property {any} plan @property {any} info @property {any} proof @property {any} figures
 * @property {{ step: number, text: string }[]} samples @property {{ steps: Float64Array, losses: Float64Array, validations: any[] } | null} series
 *
 * @typedef {{ id: string, step: number, bytes: Uint8Array, tokens: number }} Checkpoint
 */

const database = () => openDB('lora-lab-studio', 1, {
  upgrade(db) {
    for (const store of ['runs', 'checkpoints', 'adapters', 'corpora']) db.createObjectStore(store, { keyPath: 'id' });
  },
});
/** @type {ReturnType<typeof database> | undefined} */
let opened;
const open = () => (opened ??= database());

/** @param {string} store @param {string} id */
export const read = async (store, id) => (await open()).get(store, id);

/** @returns {Promise<RunRecord[]>} the latest first */
export async function readRuns() {
  const runs = await (await open()).getAll('runs');
  return runs.sort((a, b) => b.startedAt - a.startedAt);
}

/** Writes records of several stores at once. @param {Record<string, { id: string } & Record<string, any>>} records by store @param {[string, string][]} [removed] stores and ids */
export async function write(records, removed = []) {
  const stores = [...new Set([...Object.keys(records), ...removed.map(([store]) => store)])];
  const transaction = (await open()).transaction(stores, 'readwrite', { durability: 'strict' });
  await Promise.all([
    ...Object.entries(records).map(([store, record]) => transaction.objectStore(store).put(record)),
    ...removed.map(([store, id]) => transaction.objectStore(store).delete(id)),
    transaction.done,
  ]);
}

/** Forgets a run and all that belongs to it. @param {string} id */
export const forget = (id) => write({}, [['runs', id], ['checkpoints', id], ['adapters', id], ['corpora', id]]);
