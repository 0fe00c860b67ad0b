// A model of two layers in an engine, for the tests of what a program asks of the package.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { LabError, createEngine } from '../src/index.js';
import { all, oracle } from './helpers.js';

export const base = join(oracle, 'gguf/llama-tied.F32.gguf'), peft = join(oracle, 'lora/llama-tied_lora');
export const corpus = Array.from({ length: 24 }, (_, i) => JSON.stringify({ prompt: `Question ${i}: `, completion: `answer ${i * i}.` })).join('\n');
export const settings = { corpus, name: 'squares.jsonl', steps: 6, context: 48, warmup: 1, lr: 0.01, seed: 4, eval_every: 3 };
export const scratch = mkdtempSync(join(tmpdir(), 'loralab-'));

export const engine = await createEngine({ threads: 2 });
export const model = await engine.loadModel(base);
after(() => {
  engine.dispose();
  rmSync(scratch, { recursive: true });
});

/** @param {import('../src/generation.js').GenerateOptions} [options] */
export const answer = async (options) => (await all(model.generate('Question 3: ', { maxTokens: 12, ...options }))).map(({ id }) => id);
/** @param {Promise<any>} promise @returns {Promise<LabError>} */
export const refusal = (promise) => promise.then(() => assert.fail('was not refused'), (error) => {
  assert.ok(error instanceof LabError, String(error));
  return error;
});
