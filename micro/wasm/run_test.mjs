// Runs a WebAssembly test program under Node's WASI, with a scratch folder of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';

const scratch = mkdtempSync(join(tmpdir(), 'microlora-'));
const wasi = new WASI({
  version: 'preview1',
  args: process.argv.slice(2),
  env: { TEST_SCRATCH: '/scratch' },
  preopens: { '/scratch': scratch },
  returnOnExit: true,
});
const module = await WebAssembly.compile(readFileSync(process.argv[2]));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
rmSync(scratch, { recursive: true });
