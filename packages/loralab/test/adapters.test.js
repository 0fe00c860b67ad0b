// Adapters: how they are loaded, refused, answered with, and trained, on a model of two layers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { all, oracle } from './helpers.js';
import { answer, base, engine, model, peft, refusal, scratch, settings } from './small-model.js';

test('several adapters stay loaded; an answer names one, its strength, or none', async () => {
  const plain = await answer();
  const first = await model.loadAdapter(peft);
  assert.deepEqual({ ...first.info, base_model: '' }, { rank: 4, alpha: 8, variant: 'lora', pairs: 14, parameters: first.info.parameters, base_model: '',
    targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] });
  const adapted = await answer();
  const second = await model.loadAdapter(readFileSync(join(oracle, 'gguf/adapter.gguf')));
  assert.notDeepEqual(adapted, plain);
  assert.deepEqual(await answer(), adapted, 'the GGUF file holds the same adapter');
  assert.deepEqual(await answer({ adapter: first }), adapted);
  assert.deepEqual(await answer({ adapter: null }), plain);
  assert.deepEqual(await answer({ adapter: first, strength: 0 }), plain);
  assert.deepEqual(await answer({ adapter: first, strength: 1 }), adapted);
  const strong = await answer({ adapter: first, strength: 2 });
  assert.notDeepEqual(strong, adapted);
  assert.deepEqual(await answer({ adapter: first, strength: 2 }), strong);
  assert.equal((await refusal(answer({ adapter: first, strength: 3 }))).place.field, 'strength');
  await second.dispose();
  assert.deepEqual(await answer(), plain, 'the adapter that answers came with is gone');
  assert.deepEqual(await answer({ adapter: first }), adapted);
  assert.equal((await refusal(answer({ adapter: second }))).code, 'not_found');
  const other = await engine.loadModel(base);
  assert.equal((await refusal(all(other.generate('x', { adapter: first })))).code, 'mismatch');
  await other.dispose();
  await first.dispose();
});

test('an adapter comes as a zip, stored or deflated, as Files, and as a path', async () => {
  const expected = await (async () => { await model.loadAdapter(peft); return answer(); })();
  const [weights, config] = ['adapter_model.safetensors', 'adapter_config.json'].map((name) => readFileSync(join(peft, name)));
  for (const [name, mode] of [['stored', 'ZIP_STORED'], ['deflated', 'ZIP_DEFLATED']]) {
    const code = `import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.${mode}) as z:\n  for n in sys.argv[3:]: z.write(sys.argv[2] + '/' + n, 'folder/' + n)`;
    execFileSync('python3', ['-c', code, join(scratch, `${name}.zip`), peft, 'adapter_config.json', 'adapter_model.safetensors', 'golden.safetensors']);
    await model.loadAdapter(new Blob([readFileSync(join(scratch, `${name}.zip`))]));
    assert.deepEqual(await answer(), expected, name);
  }
  await model.loadAdapter([new File([config], 'adapter_config.json'), new File([weights], 'adapter_model.safetensors')]);
  assert.deepEqual(await answer(), expected);
  await model.loadAdapter(weights, { config: JSON.parse(config.toString()) });
  assert.deepEqual(await answer(), expected);
  await model.loadAdapter(null);
});

test('a file that is no adapter of this model is refused in a sentence', async () => {
  const zip = readFileSync(join(scratch, 'deflated.zip')), weights = readFileSync(join(peft, 'adapter_model.safetensors'));
  /** @type {[any, any, string][]} */
  const wrong = [
    [readFileSync(base), {}, 'mismatch'], [weights, {}, 'not_found'], [new Uint8Array([1, 2, 3]), { config: '{}' }, 'bad_json'],
    [weights.subarray(0, 200), { config: readFileSync(join(peft, 'adapter_config.json'), 'utf8') }, 'truncated'],
    [zip.subarray(0, zip.length - 30), {}, 'corrupt'], [zip.subarray(0, 100), {}, 'corrupt'], [join(scratch, 'nowhere'), {}, 'not_found'],
    [[new File(['{}'], 'adapter_config.json')], {}, 'not_found'],
  ];
  const flipped = Buffer.from(zip);
  flipped[flipped.indexOf('adapter_model.safetensors') + 200] ^= 1;
  wrong.push([flipped, {}, 'corrupt']);
  for (const [bytes, options, code] of wrong) {
    const error = await model.loadAdapter(bytes, options).then(() => assert.fail(`${code} was not refused`), (reason) => reason);
    assert.equal(error.code, code, `${error.message} ${JSON.stringify(error.place)}`);
    assert.ok(error.message.length > 10 && error.remedy.length > 10, `${error.message}|${error.remedy}`);
  }
  assert.equal((await answer()).length, 12);
});

test('answers come from the adapter that is being trained, between its steps and while it is paused', async () => {
  const plain = await answer({ adapter: null });
  const run = await model.train(settings), answers = [];
  for await (const { step, val_loss } of run) {
    assert.equal(val_loss !== undefined, step % 3 === 0);
    answers.push(await answer({ adapter: run }));
    if (step === 4) {
      run.pause();
      assert.deepEqual(await answer({ adapter: run }), answers.at(-1));
      run.resume();
    }
  }
  assert.equal(answers.length, 6);
  assert.notDeepEqual(answers[5], plain);
  assert.deepEqual(await answer(), plain, 'nothing else has changed');
  assert.throws(() => run.model(), { name: 'LabError', code: 'unsupported' });
  const handle = await model.loadAdapter(await run.adapter().toPeftZip());
  assert.deepEqual(await answer({ adapter: handle }), answers[5]);
  await handle.dispose();

  const proof = await run.proof();
  assert.equal(proof.steps, 6);
  assert.equal(proof.parameters, run.info.parameters);
  assert.ok(proof.parameters_changed > 0.9 * proof.parameters && proof.weights_affected < proof.weights);
  assert.ok(/** @type {number} */ (proof.val_loss_last) < /** @type {number} */ (proof.val_loss_first));
  assert.ok(/** @type {number} */ (proof.loss_last) < /** @type {number} */ (proof.loss_first));
  for await (const { difference, backward } of model.checkGradient({ adapter: run, directions: 3 })) assert.ok(difference < 2e-3 && backward !== 0, `${difference}`);
  await run.dispose();
  assert.equal((await refusal(answer({ adapter: run }))).code, 'not_found');
});
