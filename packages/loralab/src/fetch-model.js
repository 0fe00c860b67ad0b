// fetchModel(): a model from the browser's storage or from its servers, into the engine's memory.
import { CacheEntry } from './cache-entry.js';
import { download } from './download.js';
import { LabError, detailsOf, throwIfAborted } from './errors.js';
import { Intake } from './intake.js';
import { withLock } from './locks.js';
import { checkSize } from './models.js';

/**
 * @typedef {import('./models.js').Wanted} Wanted
 * @typedef {{ name: string, file: string, from: 'network' | 'cache', cached: boolean, problem?: import('./errors.js').ErrorDetails }} Fetched
 *   `problem`: why it could not be kept
 * @typedef {(progress: { loaded: number, total: number, from: 'network' | 'cache' }) => void} Tell
 */

/** @param {string} file @param {string} sha256 @param {string} wanted */
const wrongHash = (file, sha256, wanted) => new LabError({
  code: 'mismatch', file, field: 'sha256', message: `the file's SHA-256 is ${sha256}, and it should be ${wanted}`,
  remedy: 'The file is damaged or another one: load it again, or take another address.',
});

/** Refusals after which another address may do. */
const LOCAL = new Set(['not_found', 'io', 'corrupt', 'mismatch']);

class Fetch {
  /** @type {CacheEntry | undefined} where it is kept, as long as that goes well */
  #entry;
  #wanted;
  #intake;
  #signal;
  #tell;
  /** @type {unknown} why it is not kept */
  problem;

  /** @param {Wanted} wanted @param {Intake} intake @param {CacheEntry | undefined} entry @param {AbortSignal} signal @param {Tell} tell */
  constructor(wanted, intake, entry, signal, tell) {
    this.#wanted = wanted;
    this.#intake = intake;
    this.#entry = entry;
    this.#signal = signal;
    this.#tell = tell;
  }

  /** From storage: true if it is there, and as it was when it was stored. */
  async fromCache() {
    const manifest = await this.#entry?.manifest();
    if (!manifest || !this.#entry || (this.#wanted.sha256 && manifest.sha256 !== this.#wanted.sha256)) return false;
    this.#intake.begin(manifest.bytes);
    await this.#readStored(this.#entry, manifest.bytes, manifest.bytes);
    if (this.#intake.sha256() !== manifest.sha256) return false;
    await this.#entry.used(manifest);
    return true;
  }

  /** From the first of its servers that gives the right file. @returns {Promise<string>} its SHA-256 */
  async fromServers() {
    const { urls, sha256: wanted, file } = this.#wanted;
    let failure;
    for (const url of urls) {
      try {
        let { sha256, resumed } = await this.#fromServer(url);
        if (wanted && sha256 !== wanted) {
          await this.#keep((entry) => entry.clear());
          // What was here before may be what is damaged: once more, without it.
          if (resumed) ({ sha256 } = await this.#fromServer(url));
        }
        if (!wanted || sha256 === wanted) return sha256;
        await this.#keep((entry) => entry.clear());
        failure = wrongHash(file, sha256, wanted);
      } catch (error) {
        if (this.#signal.aborted || !(error instanceof LabError && LOCAL.has(error.code))) throw error;
        failure = error;
      } finally {
        this.#entry?.close();
      }
    }
    throw failure;
  }

  /** @param {string} url */
  async #fromServer(url) {
    const { name, file, bytes } = this.#wanted;
    const held = await this.#entry?.held();
    let total = bytes, resumed = false;
    this.#intake.begin();
    for await (const piece of download(url, { signal: this.#signal, held, expected: this.#wanted })) {
      throwIfAborted(this.#signal);
      if (piece.bytes === undefined) {
        const { at, version } = piece;
        total = version.total;
        if (at === 0 || this.#intake.loaded === 0) this.#intake.begin(total);
        if (at > this.#intake.loaded && this.#entry) {
          resumed = true;
          await this.#readStored(this.#entry, at, total ?? 0);
        }
        await this.#keep((entry) => entry.begin({ name, file, version }, at));
      } else {
        this.#intake.write(piece.bytes);
        await this.#keep((entry) => entry.write(piece.bytes));
        this.#tell({ loaded: this.#intake.loaded, total: total ?? 0, from: 'network' });
      }
    }
    return { sha256: this.#intake.sha256(), resumed };
  }

  /** @param {CacheEntry} entry @param {number} length @param {number} total */
  async #readStored(entry, length, total) {
    for await (const piece of entry.read(length)) {
      throwIfAborted(this.#signal);
      this.#intake.write(piece);
      this.#tell({ loaded: this.#intake.loaded, total, from: 'cache' });
    }
  }

  /** It is whole, and opens. @param {string} sha256 */
  async commit(sha256) {
    const { name, file, urls: [url] } = this.#wanted, now = Date.now();
    await this.#keep((entry) => entry.commit({ name, file, url, bytes: this.#intake.loaded, sha256, savedAt: now, usedAt: now }));
  }

  async discard() {
    await this.#entry?.discard();
    this.#entry = undefined;
  }

  get kept() {
    return this.#entry !== undefined;
  }

  /** Stores, and does without storage from when that fails. @param {(entry: CacheEntry) => any} store */
  async #keep(store) {
    if (!this.#entry) return;
    try {
      await store(this.#entry);
    } catch (error) {
      this.problem = error;
      await this.discard();
    }
  }
}

/**
 * @template T
 * @param {import('./module.js').EngineModule} engine @param {Wanted} wanted
 * @param {{ cache: boolean, signal: AbortSignal, tell: Tell }} how @param {() => T} open opens the file of the name `wanted.file`
 * @returns {Promise<{ opened: T, source: Fetched }>}
 */
export async function fetchModel(engine, wanted, { cache, signal, tell }, open) {
  const { name, file } = wanted, lock = `loralab:model:${name}`;
  checkSize(wanted.bytes, file);
  const intake = new Intake(engine, file, true);
  const openKept = () => {
    intake.keep();
    try {
      return open();
    } finally {
      engine.dropFile(file);  // what was opened still holds its bytes
    }
  };
  /** @param {CacheEntry | undefined} entry @param {boolean} mayLoad @param {unknown} [problem] */
  const attempt = async (entry, mayLoad, problem) => {
    const fetch = new Fetch(wanted, intake, entry, signal, tell);
    if (await fetch.fromCache()) return { opened: openKept(), source: { name, file, from: /** @type {const} */ ('cache'), cached: true } };
    if (!mayLoad) return undefined;
    const sha256 = await fetch.fromServers();
    let opened;
    try {
      opened = openKept();
    } catch (error) {
      // A file that is no model is not worth keeping.
      if (!(error instanceof LabError && error.code === 'out_of_memory')) await fetch.discard();
      throw error;
    }
    await fetch.commit(sha256);
    const why = fetch.problem ?? problem;
    return { opened, source: { name, file, from: /** @type {const} */ ('network'), cached: fetch.kept, ...(why !== undefined && { problem: detailsOf(why) }) } };
  };
  try {
    if (!cache) return /** @type {any} */ (await attempt(undefined, true));
    let entry;
    try {
      entry = await CacheEntry.open(name);
    } catch (error) {
      return /** @type {any} */ (await attempt(undefined, true, error));
    }
    // Several tabs may read it at once; one loads it, while the others wait for it to be there.
    const found = await withLock(lock, { mode: 'shared', signal }, () => attempt(entry, false));
    return /** @type {any} */ (found ?? await withLock(lock, { signal }, () => attempt(entry, true)));
  } finally {
    intake.release();
  }
}
