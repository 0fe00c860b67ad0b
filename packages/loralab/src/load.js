// load(): a model, tokenizer or other file from wherever it is into the engine's memory, and opened there.
import { LabError, throwIfAborted } from './errors.js';
import { fetchModel } from './fetch-model.js';
import { openFiles } from './folder.js';
import { Intake } from './intake.js';
import { KNOWN, wantedModel } from './models.js';
import { isThere, pathOfKnown } from './source.js';

let folders = 0;

/**
 * Reads one file into the module's memory, where it is a file of that name from then on.
 * @param {import('./module.js').EngineModule} engine @param {import('./source.js').OpenSource} source
 * @param {string} path @param {AbortSignal} signal @param {(loaded: number) => void} tell
 */
async function read(engine, { name, size, pieces }, path, signal, tell) {
  const intake = new Intake(engine, path, false);
  try {
    intake.begin(size);
    for await (const piece of pieces) {
      throwIfAborted(signal);
      intake.write(piece);
      tell(intake.loaded);
    }
    throwIfAborted(signal);
    if (intake.loaded !== size) throw new LabError({ code: 'truncated', message: `the source gave ${intake.loaded} bytes of ${size}`, file: name });
    intake.keep();
  } finally {
    intake.release();
  }
}

/** @param {any} source is it to be fetched from a server? */
const isRemote = (source) => typeof source === 'string' && (/^https?:/.test(source) || (Object.hasOwn(KNOWN, source) && !isThere(pathOfKnown(source))));

/**
 * Reads a file or the files of a folder into the module's memory and opens them as `open` says.
 * @param {import('./module.js').EngineModule} engine
 * @param {{ source: any, open: 'open_model' | 'open_tokenizer' | 'inspect', cache: boolean, modelsUrl?: string, sha256?: string }} body
 * @param {AbortSignal} signal @param {(progress: { loaded: number, total: number, from?: 'network' | 'cache' }) => void} tell
 */
export async function load(engine, { source, open, cache, modelsUrl, sha256 }, signal, tell) {
  if (isRemote(source)) {
    const wanted = await wantedModel(source, modelsUrl);
    const fetched = await fetchModel(engine, { sha256, ...wanted }, { cache, signal, tell }, () => engine.call({ do: open, path: wanted.file }));
    return { ...fetched.opened, source: fetched.source };
  }
  const { folder, files } = await openFiles(source, signal);
  const path = folder === undefined ? files[0].name : `models/${++folders}`;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const paths = [];
  let before = 0;
  try {
    for (const file of files) {
      const name = folder === undefined ? path : `${path}/${file.name}`;
      await read(engine, await file.open(), name, signal, (loaded) => tell({ loaded: before + loaded, total }));
      paths.push(name);
      before += file.size;
    }
    const answer = { ...engine.call({ do: open, path }), source: { name: path, file: path } };
    // An opened model's bytes stay, and so do the names in its folder, until it is closed.
    if (open === 'open_model' && folder !== undefined) paths.length = 0;
    return answer;
  } finally {
    for (const name of paths) engine.dropFile(name);
  }
}
