// Trains on a model that the server has, and says in the title how it went.
import { createEngine } from 'loralab';

try {
  const engine = await createEngine({ threads: globalThis.crossOriginIsolated ? 2 : 1 });
  const model = await engine.loadModel('/model.gguf');
  const run = await model.train({ corpus: '{"text":"a text to be learnt"}', steps: 2, context: 32, val_fraction: 0 });
  let steps = 0;
  for await (const { loss } of run) steps += Number(loss > 0);
  const ids = [];
  for await (const { id } of model.generate('a text', { adapter: run, maxTokens: 3 })) ids.push(id);
  document.title = `done ${engine.threads} ${steps} ${ids.length}`;
  engine.dispose();
} catch (error) {
  document.title = `failed ${error}`;
}
