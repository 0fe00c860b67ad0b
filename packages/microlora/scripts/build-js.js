// Bundles src/ into dist/: minified modules, one for each entry of the exports map and what they share, with source
// maps into src/. Names that start with an underscore and those of the WebAssembly exports become short ones, in the
// modules of wasm/ too, which build-wasm.js has made.
import binaryen from 'binaryen';
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const at = (/** @type {string} */ path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { exports } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const entries = Object.values(exports).flatMap((/** @type {any} */ entry) => entry.default ?? []).map((path) => at(path.replace('/dist/', '/src/')));

const { outputFiles, mangleCache = {} } = await build({
  entryPoints: entries, outdir: at('dist'), bundle: true, splitting: true, format: 'esm', target: 'es2022', write: false,
  mangleProps: /^_[a-z]|^(core|feed|fit|scoped)_/, mangleCache: {}, sourcemap: 'linked', sourcesContent: false, logLevel: 'warning',
});
for (const folder of ['dist', 'wasm', 'types']) rmSync(at(folder), { recursive: true, force: true });
for (const folder of ['dist', 'wasm']) mkdirSync(at(folder));
const text = new Map(outputFiles.map((file) => [file.path, file.text]));
for (const [path, code] of text) {
  if (path.endsWith('.map')) continue;
  const result = await minify(code, {
    module: true, ecma: 2020, compress: { passes: 3, hoist_props: true, unsafe_arrows: true },
    sourceMap: { content: text.get(`${path}.map`), url: `${basename(path)}.map` },
  });
  writeFileSync(path, /** @type {string} */ (result.code));
  writeFileSync(`${path}.map`, /** @type {string} */ (result.map));
}

for (const name of ['microlora.wasm', 'microlora.relaxed.wasm']) {
  const module = binaryen.readBinary(readFileSync(at(join('../../build/micro-wasm/optimized', name))));
  for (const [long, short] of Object.entries(mangleCache)) {
    const found = module.getExport(long);
    if (!found) continue;
    module.addFunctionExport(binaryen.getExportInfo(found).value, /** @type {string} */ (short));
    module.removeExport(long);
  }
  writeFileSync(at(`wasm/${name}`), module.emitBinary());
}
