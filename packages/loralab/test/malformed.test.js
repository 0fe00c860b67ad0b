// The bad inputs of tests/malformed, as files, through the package: the same codes, fields, offsets and lines as natively.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createEngine } from '../src/index.js';
import { tinyModel } from './tiny-model.js';
import { malformedCorpus } from './helpers.js';

const folder = mkdtempSync(join(tmpdir(), 'malformed-'));
execFileSync(malformedCorpus, [folder]);
/** @type {{ id: string, what: string, format: string, path: string, accepted: boolean, code?: string, field?: string, offset?: number, line?: number }[]} */
const cases = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
/** @type {import('../src/index.js').Engine} */
let engine;
/** @type {import('../src/index.js').Model} */
let tiny;

before(async () => {
  engine = await createEngine({ threads: 1 });
  tiny = await engine.loadModel(tinyModel());
});
after(() => {
  engine.dispose();
  rmSync(folder, { recursive: true });
});

/** How each format comes in. @type {Record<string, (path: string) => Promise<any>>} */
const readers = {
  safetensors: (path) => engine.inspect(path),
  shards: (path) => engine.inspect(path),
  gguf: (path) => engine.inspect(path),
  corpus: (path) => engine.inspect(path),
  tokenizer: async (path) => (await engine.loadTokenizer(path)).dispose(),
  async model(path) {
    const model = await engine.loadModel(path);
    try {
      await model.tokenize('');  // a model without a tokenizer is taken, and says so when it is asked for ids
    } finally {
      await model.dispose();
    }
  },
  adapter: async (path) => (await tiny.loadAdapter(path)).dispose(),
  async dataset(path) {
    const tokenizer = await engine.loadTokenizer(dirname(path));
    try {
      await tokenizer.corpus({ corpus: readFileSync(path), name: basename(path), context: 8, val_fraction: 0 });
    } finally {
      await tokenizer.dispose();
    }
  },
};

for (const format of Object.keys(readers)) {
  const list = cases.filter((one) => one.format === format);
  test(`${format}: ${list.length} bad inputs get the codes that they get natively`, async () => {
    assert.notEqual(list.length, 0);
    const wrong = [];
    for (const one of list) {
      const path = join(folder, one.path);
      const { code, place = {}, remedy } = await readers[format](path).then(() => ({ code: undefined }), (error) => error);
      const same = code === one.code && ['field', 'offset', 'line'].every((key) => one[/** @type {'field'} */ (key)] === undefined || one[/** @type {'field'} */ (key)] === place[key]);
      if (!same || (code && !remedy && format !== 'corpus')) wrong.push({ ...one, got: { code, ...place, remedy }, size: statSync(path).size });
    }
    assert.deepEqual(wrong, []);
  });
}

test('there is a reader for every format', () => {
  assert.deepEqual([...new Set(cases.map(({ format }) => format))].filter((format) => !(format in readers)), []);
});
