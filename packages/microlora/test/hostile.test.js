// A million calls with hostile arguments: typed errors only, never a trap, never a weight that is not finite.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import init, { MicroLoRA } from 'microlora';
import { WasmMicroLoRA, WasmScopedLoRA, WasmTrajectoryBuffer } from 'microlora/learning';
import { AdaptFeedbackWasm, MicroLoraConfigWasm, MicroLoraWasm } from 'microlora/ruvllm';
import { getWeights, setWeights } from 'microlora/weights';
import { random } from './helpers.js';

await init();
const next = random(2024), pick = (list) => list[Math.floor(next() * list.length)];
const DIM = 8;

const numbers = [0, 1, -1, 0.5, 2, 16, 17, 255, 65537, 1e-40, 1e12, 1e30, 3.4e38, 1e300, -1e30, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32];
const oddities = [undefined, null, '', 'x', true, {}, [], () => 1, Symbol('s'), 10n, new Date(0)];
const number = () => (next() < 0.9 ? pick(numbers) : pick(oddities));
const values = () => pick([() => next() - 0.5, () => pick(numbers), () => 1e18, () => 3e38, () => 0]);
function list() {
  if (next() < 0.1) return pick(oddities);
  const n = next() < 0.8 ? DIM : pick([0, 1, 7, 9, 16, 1000]), draw = values();
  const made = Float32Array.from({ length: n }, draw);
  return next() < 0.8 ? made : pick([[...made], Float64Array.from(made), new Int8Array(n), made.map(() => NaN)]);
}
const quality = () => {
  const feedback = new AdaptFeedbackWasm(next() < 0.9 ? next() : pick(numbers));
  if (next() < 0.2) feedback.learningRate = pick([0, 1, 1e10]);
  if (next() < 0.3) feedback.gradient = list();
  if (next() < 0.02) feedback.free();
  return next() < 0.98 ? feedback : pick(oddities);
};

const config = () => Object.assign(new MicroLoraConfigWasm(), { inFeatures: DIM, outFeatures: DIM, alpha: pick([4, 1e10, -1, 0]) });
const kinds = [
  {
    make: () => new MicroLoRA({ inputDim: DIM, outputDim: DIM, rank: pick([1, 2, 3, 16]), alpha: pick([1, 1e10, -3]),
      optimizer: pick(['sgd', 'adam']), learningRate: pick([1e-3, 1, 1e12]), dropout: pick([0, 0.5]) }),
    calls: [(o) => o.adapt(list(), list()), (o) => o.predict(list(), next() < 0.1 ? list() : undefined), (o) => o.adaptBatch(list(), list()),
      (o) => o.adaptBatch([{ input: list(), target: list() }, pick(oddities)]), (o) => o.apply(list()), (o) => o.delta(),
      (o) => o.forwardBatch(list()), (o) => o.deltaNorm(), (o) => setWeights(o, { loraA: list(), loraB: list() }), (o) => o.forward()],
  },
  {
    make: () => new MicroLoraWasm(config()),
    calls: [(o) => o.apply(list()), (o) => o.adapt(list(), quality()), (o) => o.adapt(list(), quality()), (o) => o.applyUpdates(number()),
      (o) => o.applyUpdates(0.01), (o) => o.stats().toJson(), (o) => o.pendingUpdates(), (o) => o.adaptBatch(list(), list()),
      (o) => o.getConfig().computeScaling(), (o) => o.forwardBatch(list())],
  },
  {
    make: () => new WasmMicroLoRA(DIM, pick([0.1, 1e10, -2, 0]), pick([0.01, 1e12, 0]), { ascend: next() < 0.5, clip: pick([10, 1e30]) }),
    calls: [(o) => o.forward_array(list()), (o) => o.adapt_array(list()), (o) => o.adapt_with_reward(number()), (o) => o.forward(),
      (o) => o.adapt(), (o) => o.input.set(Float32Array.from({ length: DIM }, values())), (o) => o.adaptBatch(list(), list()), (o) => o.delta_norm()],
  },
  {
    make: () => new WasmScopedLoRA(DIM, pick([0.1, 1e10]), pick([0.01, 1e12])),
    calls: [(o) => o.forward_array(number(), list()), (o) => o.adapt_array(number(), list()), (o) => o.adapt_with_reward(number(), number()),
      (o) => o.forward_array(3, list()), (o) => o.adapt_array(3, list()), (o) => o.adapt_with_reward(3, number()), (o) => o.reset_scope(number()),
      (o) => o.set_category_fallback(next() < 0.5), (o) => o.adapt_count(number()), (o) => WasmScopedLoRA.scope_name(number()), (o) => o.delta_norm(2)],
  },
  {
    make: () => new WasmTrajectoryBuffer(pick([1, 2, 50]), DIM),
    calls: [(o) => o.record(list(), number(), number(), number(), number()), (o) => o.record(list(), 3, 4, 10 + next(), 20), (o) => o.window(),
      (o) => o.high_quality_count(number()), (o) => o.count_by_operator(number()), (o) => o.get(number()), (o) => o.reset()],
  },
  {
    make: () => ({ free() {} }),
    calls: [() => new MicroLoRA({ inputDim: number(), outputDim: DIM, rank: number() }).free(), () => new WasmMicroLoRA(number(), number(), number()).free(),
      () => new AdaptFeedbackWasm(number()), () => Object.assign(new MicroLoraConfigWasm(), { [pick(['rank', 'alpha', 'inFeatures', 'seed'])]: number() }),
      () => new WasmTrajectoryBuffer(pick([0, -1, 1.5, NaN, 2 ** 40, 'x', null, 7]), DIM), () => new MicroLoraWasm(pick(oddities))],
  },
];

function attempt(call, object) {
  try {
    call(object);
  } catch (error) {
    if (error?.name !== 'MicroLoraError' || !error.code) throw error;
    return 1;
  }
  return 0;
}

test('a million calls with hostile arguments', () => {
  let refused = 0, made = 0;
  for (let calls = 0; calls < 1_000_000; ) {
    const kind = kinds[Math.min(5, Math.floor(next() * 5.05))], object = kind.make();
    ++made;
    for (let i = 0; i < 400; ++i, ++calls) {
      if (i === 395) object.free();
      refused += attempt(pick(kind.calls), object);
    }
    if (kinds.indexOf(kind) < 4) {
      const again = kind.make();
      for (let i = 0; i < 20; ++i, ++calls) refused += attempt(pick(kind.calls), again);
      for (const weights of Object.values(getWeights(again))) {
        if (typeof weights !== 'number') assert.ok(weights.every(Number.isFinite));
      }
      again.free();
    }
  }
  assert.ok(refused > 100_000 && refused < 900_000, `${refused} refused of a million, ${made} objects`);
});

test('JSON that was mutated is refused or gives a usable adapter', () => {
  const source = new MicroLoraWasm(config()), x = new Float32Array(DIM).fill(1);
  source.adapt(x, new AdaptFeedbackWasm(0.9));
  source.applyUpdates(0.01);
  const text = source.toJson(), pieces = ['null', '1e400', '-', '[', ']', '{', '}', '"', ',', ':', 'NaN', '1e', '99999999999999999999', '0', '\\u12', 'ü', '[1,2]'];
  let loaded = 0;
  for (let i = 0; i < 30_000; ++i) {
    let bad = text;
    for (let k = Math.floor(next() * 3); k >= 0; --k) {
      const at = Math.floor(next() * bad.length), cut = at + Math.floor(next() ** 3 * 40);
      bad = bad.slice(0, at) + (next() < 0.7 ? pick(pieces) : '') + bad.slice(next() < 0.5 ? at : cut);
    }
    try {
      const lora = MicroLoraWasm.fromJson(bad);
      ++loaded;
      const { loraA, loraB } = getWeights(lora);
      assert.ok(loraA.every(Number.isFinite) && loraB.every(Number.isFinite));
      attempt((o) => o.apply(new Float32Array(o.getConfig().inFeatures)), lora);
      lora.free();
    } catch (error) {
      assert.equal(error.name, 'MicroLoraError', error.stack);
    }
  }
  assert.ok(loaded < 15_000);
});
