// ModelCache: the models that this browser keeps for this site.
import { MODELS, readEntry } from './cache-entry.js';
import { LabError } from './errors.js';
import { withLockNow } from './locks.js';
import { foldersIn, hasStorage, openFolder, removeFolder } from './opfs.js';

/**
 * @typedef {object} CachedModel
 * @property {string} name what remove() takes: a known name, or the file's name with a mark of its URL
 * @property {string} file @property {string} url
 * @property {number | undefined} bytes of the whole, if that is known @property {number} storedBytes of it that are here
 * @property {string | undefined} sha256
 * @property {boolean} complete a model that is not is only ever gone on with, never used
 * @property {number | undefined} usedAt when it was loaded last, in ms since 1970
 */

export class ModelCache {
  /** @returns {Promise<CachedModel[]>} in Node, none */
  async list() {
    const models = [];
    for (const name of await foldersIn(MODELS)) {
      const { manifest, partial, stored } = await readEntry(await openFolder(`${MODELS}/${name}`));
      const of = manifest ?? partial;
      if (of) models.push({
        name, file: of.file, url: manifest?.url ?? partial.version.url, bytes: manifest?.bytes ?? partial.version.total,
        storedBytes: stored, sha256: manifest?.sha256, complete: manifest?.bytes === stored, usedAt: manifest?.usedAt,
      });
    }
    return models;
  }

  /** Removes a model, or what is here of it. @param {string} name of list(), or a URL */
  async remove(name) {
    const found = (await this.list()).find((model) => model.name === name || model.url === name);
    if (!found) throw new LabError({ code: 'not_found', message: `there is no model '${name}' in the browser's storage`, remedy: 'engine.cache.list() says what there is.' });
    await withLockNow(`loralab:model:${found.name}`, `the model ${found.name}`, () => removeFolder(MODELS, found.name));
  }

  /** What this site uses of the browser's storage and may use, as the browser estimates it. @returns {Promise<{ usedBytes: number, quotaBytes: number, persisted: boolean }>} */
  async usage() {
    if (!hasStorage()) return { usedBytes: 0, quotaBytes: 0, persisted: false };
    const [{ usage = 0, quota = 0 }, persisted] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]);
    return { usedBytes: usage, quotaBytes: quota, persisted };
  }
}

let asked = false;

/** Asks the browser once not to clear this site's storage by itself, now that there is something worth keeping. */
export async function askToStay() {
  if (asked || typeof navigator !== 'object' || !navigator.storage?.persist) return;
  asked = true;
  if (!(await navigator.storage.persisted())) await navigator.storage.persist();
}
