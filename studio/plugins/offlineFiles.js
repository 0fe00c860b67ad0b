// A Vite plugin that tells the service worker which files the build has made: names with a hash in them, and the hashes of others.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SERVICE_WORKER = 'offline';
const PLACE = 'self.__OFFLINE_FILES__';

/** @param {string | Uint8Array} bytes */
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** @returns {import('vite').Plugin} */
export function offlineFiles() {
  let publicFolder = '';
  return {
    name: 'offline-files',
    apply: 'build',
    enforce: 'post',
    configResolved(config) { publicFolder = config.publicDir; },
    generateBundle(_, bundle) {
      const worker = bundle[`${SERVICE_WORKER}.js`];
      if (worker?.type !== 'chunk' || worker.imports.length || !worker.code.includes(PLACE)) this.error(`${SERVICE_WORKER}.js is not one file with a place for the list`);
      const built = Object.values(bundle).filter((file) => file !== worker).map((file) => (
        { url: `/${file.fileName}`, revision: file.fileName.startsWith('assets/') ? null : hash(file.type === 'chunk' ? file.code : file.source) }));
      const copied = readdirSync(publicFolder).map((name) => ({ url: `/${name}`, revision: hash(readFileSync(join(publicFolder, name))) }));
      const files = [...built, ...copied].sort((a, b) => (a.url < b.url ? -1 : 1));
      worker.code = worker.code.replace(PLACE, () => JSON.stringify(files));
    },
  };
}
