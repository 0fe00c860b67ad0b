import { fileURLToPath } from 'node:url';

// The package of this repository under the names it is published by, so that nothing is to be installed.
const at = (/** @type {string} */ path) => fileURLToPath(new URL(`../../packages/microlora/${path}`, import.meta.url));

export default {
  base: './',
  build: { target: 'es2022' },
  resolve: {
    alias: [
      { find: /^microlora$/, replacement: at('dist/index.js') },
      { find: /^microlora\/(\w+)$/, replacement: at('dist/$1.js') },
    ],
  },
  server: { fs: { allow: ['.', at('')] } },
};
