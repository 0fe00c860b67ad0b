// A package's tarball as npm packs it, unpacked where a program would have it, and checked by the tools for packages.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** @param {string} program @param {string[]} args @param {string} cwd */
export const run = (program, args, cwd) => execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/**
 * @param {string} root of the package, with a / at its end @param {string} work a folder for the tarball
 * @returns {{ files: string[], test: (attw: string[]) => void, unpack: (place: string) => void, build: (place: string, ...args: string[]) => void }}
 */
export function packed(root, work) {
  mkdirSync(work, { recursive: true });
  const [{ name, version, filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], root));
  const tarball = join(work, filename), bin = (/** @type {string} */ tool) => join(root, 'node_modules/.bin', tool);
  return {
    files: files.map((/** @type {{ path: string }} */ file) => file.path),
    /** Its exports and types, by publint and by attw with further options. */
    test(attw) {
      test('publint finds nothing', () => void run(bin('publint'), ['run', tarball, '--strict'], root));
      test('attw finds nothing', () => void run(bin('attw'), [tarball, '--profile', 'esm-only', ...attw], root));
    },
    /** Makes the folder of a program that has the package from the tarball. */
    unpack(place) {
      rmSync(place, { recursive: true, force: true });
      const inside = join(place, 'node_modules', name);
      mkdirSync(inside, { recursive: true });
      run('tar', ['-xzf', tarball, '--strip-components=1', '-C', inside], root);
      writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module', dependencies: { [name]: version } }));
    },
    /** Builds the page in a folder with Vite. */
    build: (place, ...args) => void run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', ...args], place),
  };
}
