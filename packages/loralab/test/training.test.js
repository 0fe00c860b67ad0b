// Training runs that stop and go on, and the same numbers at any thread count.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEngine } from '../src/index.js';
import { all, corpus, modelPath, program } from './helpers.js';

const text = readFileSync(corpus);
const settings = { corpus: text, name: 'harbour-log.jsonl', steps: 4, context: 64, seed: 3, warmup: 1, val_fraction: 0 };

/** Trains in an engine of its own. @param {number} threads */
async function train(threads) {
  const engine = await createEngine({ threads });
  try {
    const model = await engine.loadModel(modelPath);
    const run = await model.train(settings);
    const losses = (await all(run)).map(({ loss }) => loss);
    return { losses, weights: await run.adapter().toSafetensors() };
  } finally {
    engine.dispose();
  }
}

test('several threads compute the same bits as one, and a run that is resumed those of one that was not', async () => {
  const one = await train(1), two = await train(2);
  assert.deepEqual(two.losses, one.losses);
  assert.ok(Buffer.from(two.weights).equals(Buffer.from(one.weights)));

  const engine = await createEngine({ threads: 2 }), scratch = mkdtempSync(join(tmpdir(), 'loralab-'));
  try {
    const model = await engine.loadModel(modelPath);
    const begun = await model.train(settings);
    const losses = [];
    for await (const { step, loss } of begun) {
      losses.push(loss);
      if (step === 2) break;
    }
    const checkpoint = await begun.checkpoint();
    await begun.dispose();
    const resumed = await model.train({ corpus: text, name: 'harbour-log.jsonl', checkpoint });
    assert.equal(resumed.info.steps_done, 2);
    losses.push(...(await all(resumed)).map(({ loss }) => loss));
    assert.deepEqual(losses, one.losses);
    assert.ok(Buffer.from(await resumed.adapter().toSafetensors()).equals(Buffer.from(one.weights)));

    // The native program goes on with it as well.
    writeFileSync(join(scratch, 'checkpoint.safetensors'), checkpoint);
    const report = JSON.parse(execFileSync(program, ['train', '--resume', '--precision', 'f32', '--out', scratch, '--model', modelPath, '--data', corpus, '--json'], { encoding: 'utf8', stdio: 'pipe' }));
    assert.equal(report.steps, 4);
    assert.ok(Math.abs(report.loss_last - one.losses[3]) < 1e-3);

    await assert.rejects(model.train({ corpus: text.subarray(0, text.lastIndexOf(10, -2) + 1), name: 'harbour-log.jsonl', checkpoint }), { code: 'mismatch' });
  } finally {
    engine.dispose();
    rmSync(scratch, { recursive: true });
  }
});

test('a plan says time and memory of a run, and the run takes that memory', async () => {
  const engine = await createEngine({ threads: 1 });
  try {
    const model = await engine.loadModel(modelPath);
    const plan = await model.plan({ ...settings, recompute: true });
    assert.ok(plan.fits);
    assert.equal(plan.parameters, 2442240);
    assert.ok(plan.tokens_per_s > 1 && plan.eta_s > 0);
    const again = await model.plan({ ...settings, recompute: true });
    assert.ok(Math.abs(again.peak_bytes - plan.peak_bytes) < 1e6, `${again.peak_bytes} after ${plan.peak_bytes}: what a plan takes, it gives back`);
    const run = await model.train({ ...settings, recompute: true });
    for (const { step, tokens, tokens_per_s: rate, seconds } of await all(run)) if (step === 1) assert.ok(seconds >= tokens / rate, 'the step is in it, and validations');
    await run.checkpoint();
    await run.adapter().toSafetensors();
    const peak = await run.peakBytes();
    assert.ok(Math.abs(plan.peak_bytes / peak - 1) < 0.1, `${plan.peak_bytes} were planned, ${peak} taken`);
    assert.ok(engine.memoryBytes >= peak);
  } finally {
    engine.dispose();
  }
});
