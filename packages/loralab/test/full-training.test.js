// Training every weight of a model of two layers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { all, program } from './helpers.js';
import { answer, base, corpus, engine, model, refusal, scratch, settings } from './small-model.js';

test('a whole model is trained as natively, and comes out as GGUF and as a folder', async () => {
  writeFileSync(join(scratch, 'squares.jsonl'), corpus);
  const { name, corpus: text, ...numbers } = settings, out = join(scratch, 'full'), log = join(scratch, 'full.jsonl');
  const flags = Object.entries(numbers).flatMap(([key, value]) => [`--${key.replaceAll('_', '-')}`, String(value)]);
  execFileSync(program, ['train', '--model', base, '--data', join(scratch, name), '--variant', 'full', '--precision', 'f32', '--out', out, '--log', log, '--json', ...flags], { stdio: 'pipe' });
  const native = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter(({ loss }) => loss !== undefined).map(({ loss }) => loss);

  const plan = await model.plan({ ...settings, mode: 'full' });
  assert.equal(plan.parameters, model.info.parameters);
  const run = await model.train({ ...settings, mode: 'full' });
  assert.equal(run.info.parameters, model.info.parameters);
  const losses = (await all(run)).map(({ loss }) => loss);
  for (const [i, loss] of losses.entries()) assert.ok(Math.abs(loss - native[i]) < 1e-3, `${losses} and ${native}`);
  assert.equal(losses.length, 6);
  const expected = await answer({ adapter: run });
  assert.equal((await refusal(answer({ adapter: run, strength: 0.5 }))).code, 'unsupported');
  assert.ok((await run.proof()).weights_affected > 0.9 * model.info.parameters);

  assert.throws(() => run.adapter(), { name: 'LabError', code: 'unsupported' });
  const gguf = await run.model().toGguf(), half = await run.model().toGguf({ dtype: 'f16' });
  assert.ok(half.size < 0.6 * gguf.size);
  const files = await run.model().toFolder();
  assert.deepEqual(Buffer.from(await (await run.model().toSafetensors()).arrayBuffer()), Buffer.from(await files['model.safetensors'].arrayBuffer()));
  const reloaded = await engine.loadModel(gguf);
  assert.deepEqual((await all(reloaded.generate('Question 3: ', { maxTokens: 12 }))).map(({ id }) => id), expected);
  await reloaded.dispose();
  const folder = await engine.loadModel(Object.entries(files).map(([file, blob]) => new File([blob], file)));
  const ids = [await model.tokenize('Question 3: ')];
  assert.deepEqual(Array.from((await folder.probe({ ids, continue: expected.length })).tensors.greedy.data), expected);
  await folder.dispose();
  await run.dispose();
});

test('a whole model\'s run goes on from its checkpoint to the same result', async () => {
  const options = { ...settings, mode: /** @type {'full'} */ ('full'), val_fraction: 0 };
  const losses = (await all(await model.train(options))).map(({ loss }) => loss);
  const begun = await model.train(options), parted = [];
  for await (const { step, loss } of begun) {
    parted.push(loss);
    if (step === 3) break;
  }
  const resumed = await model.train({ corpus, name: settings.name, checkpoint: await begun.checkpoint() });
  parted.push(...(await all(resumed)).map(({ loss }) => loss));
  assert.deepEqual(parted, losses);
});
