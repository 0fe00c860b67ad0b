// Every tiny model, adapter, training trace, GGUF file and tokenizer of the golden data, through the package in Node.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createEngine } from '../src/index.js';
import { cases, check } from './oracle/checks.js';
import { goldenNames, nativeRefusal, readGolden } from './oracle/golden.js';

const names = goldenNames();
/** @type {import('./oracle/checks.js').Place} */
let place;
before(async () => {
  place = { read: readGolden, names, engine: await createEngine() };
});
after(() => place.engine.dispose());

for (const [kind, list] of Object.entries(cases(names))) {
  test(`${kind}: ${list.length} cases agree, or are refused as natively`, async () => {
    assert.notEqual(list.length, 0);
    let agreed = 0;
    for (const name of list) {
      const result = await check(place, /** @type {any} */ (kind), name);
      if ('bad' in result) {
        assert.deepEqual(result.bad, [], name);
        ++agreed;
      } else {
        assert.ok(kind === 'tiny' || kind === 'lora', `${name}: ${result.message}`);
        assert.equal(result.refused, nativeRefusal(kind, name), `${name}: ${result.message}`);
      }
    }
    assert.ok(agreed >= list.length / 3, `${agreed} of ${list.length}`);
  });
}
