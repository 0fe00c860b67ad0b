// Writes src/requests.js, the types of the engine's requests, from wasm/requests.def; with --check only says whether it is stale.
import { readFileSync, writeFileSync } from 'node:fs';

const source = readFileSync(new URL('../../../wasm/requests.def', import.meta.url), 'utf8');
const target = new URL('../src/requests.js', import.meta.url);

/** @param {string} members */
const object = (members) => (members === '' ? '{}' : `{ ${members} }`);

const lines = [...source.matchAll(/LAB_REQUEST\((\w+),\s*"([^"]*)",\s*"([^"]*)"\)/g)]
  .map(([, name, asked, answered]) => ` * @property {{ asked: ${object(asked)}, answered: ${object(answered)} }} ${name}`);
const count = source.match(/^LAB_REQUEST\(/gm)?.length;
if (lines.length !== count) throw new Error(`${lines.length} of the ${count} requests in requests.def can be read`);

const text = `// The requests of the engine. Written by scripts/write-requests.js from wasm/requests.def; do not edit.

/**
 * @typedef {object} Requests
${lines.join('\n')}
 */
export {};
`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/requests.js is stale: npm run requests');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
