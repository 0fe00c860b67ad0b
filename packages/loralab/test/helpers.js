// What the tests share: the model's place, the golden data, and the native program.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const oracle = process.env.LAB_ORACLE_DIR ?? join(root, '../shared/oracle');
export const program = process.env.LAB_PROGRAM ?? join(root, 'build/native/cli/lora-lab');
export const modelPath = process.env.LAB_MODEL
  ?? join(process.env.LAB_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lora-lab'), 'SmolLM2-135M-Instruct.Q4_1.gguf');
export const corpus = join(root, 'examples/harbour-log.jsonl');

for (const path of [modelPath, program]) {
  if (!existsSync(path)) throw new Error(`${path} is missing; run ./lab build first`);
}

/** @param {string} name */
export const golden = (name) => JSON.parse(readFileSync(join(oracle, name), 'utf8'));

/** @template T @param {AsyncIterable<T>} iterable @returns {Promise<T[]>} */
export async function all(iterable) {
  const list = [];
  for await (const item of iterable) list.push(item);
  return list;
}

/** The program that writes the bad inputs. */
export const malformedCorpus = process.env.LAB_MALFORMED ?? join(root, 'build/native/tests/malformed/malformed_corpus');
