import { fileURLToPath } from 'node:url';
import VueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { offlineFiles, SERVICE_WORKER } from './plugins/offlineFiles.js';

/** The headers of `lora-lab serve`, without its policy: the development server needs inline scripts. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const policy = here('./src/engine/trustedTypes.js');

/** The engine's own worker starts workers, too, and the server's policy asks every one of them for a review of their addresses. */
const trustEngine = () => ({
  name: 'trust-engine',
  /** @param {string} code @param {string} id */
  transform: (code, id) => (id.endsWith('/loralab/src/worker.js') ? `import ${JSON.stringify(policy)};\n${code}` : null),
});

export default defineConfig({
  plugins: [
    vue(),
    trustEngine(),
    // Messages are compiled here, so that the page needs no eval.
    VueI18n({ include: [here('./src/locales/**')] }),
    offlineFiles(),
  ],
  worker: { format: 'es', plugins: () => [trustEngine()] },
  // Bundled in advance, the engine would lose its workers and its module.
  optimizeDeps: { exclude: ['loralab'] },
  server: { headers, fs: { allow: ['..'] }, proxy: { '/models': 'http://127.0.0.1:8080' } },
  build: {
    target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 600, emptyOutDir: true,
    rolldownOptions: {
      input: { index: here('./index.html'), [SERVICE_WORKER]: here('./src/workers/offline.js') },
      // A service worker keeps its name and lies at the top, as it serves what lies beside and below it.
      output: { entryFileNames: ({ name }) => (name === SERVICE_WORKER ? '[name].js' : 'assets/[name]-[hash].js') },
    },
  },
  test: { environment: 'happy-dom', include: ['test/unit/**/*.test.js'] },
});
