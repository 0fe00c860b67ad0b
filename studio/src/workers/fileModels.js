// FileModels: models that came as files, kept in the browser's file system, so that they are there after a reload.

const ROOT = 'lora-lab-models', MANIFEST = 'manifest.json';
/** What belongs to a model in a Hugging Face folder. */
const PARTS = /\.(gguf|json|safetensors|jinja)$|^merges\.txt$/i;

/** What a kept model is loaded by, and begins with. */
export const KEPT = 'kept:';

/** @typedef {{ title: string, detail: string, bytes: number, files: string[] }} FileModel */

/** @param {boolean} [create] @returns {Promise<any>} */
const root = async (create = false) => (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create });

/** @param {any} folder @returns {Promise<FileModel | null>} null if it was not kept to its end */
async function manifestOf(folder) {
  try {
    return JSON.parse(await (await (await folder.getFileHandle(MANIFEST)).getFile()).text());
  } catch {
    return null;
  }
}

/** @param {any} folder @param {string} name @param {Blob} content */
async function write(folder, name, content) {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await content.stream().pipeTo(writable);
}

export class FileModels {
  /** @returns {Promise<FileModel[]>} */
  async list() {
    const models = [];
    const folders = await root().catch(() => null);
    for await (const folder of folders?.values() ?? []) models.push(await manifestOf(folder));
    return models.filter((model) => model !== null);
  }

  /** Keeps a model, in the place of one with the same title. @param {{ title: string, detail: string }} model @param {File | File[]} source */
  async keep({ title, detail }, source) {
    const files = [source].flat().filter(({ name }) => PARTS.test(name));
    await this.remove(title);
    try {
      const folder = await (await root(true)).getDirectoryHandle(encodeURIComponent(title), { create: true });
      for (const file of files) await write(folder, file.name, file);
      const manifest = { title, detail, bytes: files.reduce((sum, { size }) => sum + size, 0), files: files.map(({ name }) => name) };
      await write(folder, MANIFEST, new Blob([JSON.stringify(manifest)]));
    } catch (error) {
      await this.remove(title);
      throw error;
    }
  }

  /** @param {string} title @returns {Promise<File | File[]>} as the engine loads it */
  async open(title) {
    const folder = await (await root()).getDirectoryHandle(encodeURIComponent(title)), { files = [] } = await manifestOf(folder) ?? {};
    const list = await Promise.all(files.map(async (name) => (await folder.getFileHandle(name)).getFile()));
    return list.length === 1 ? list[0] : list;
  }

  /** @param {string} title */
  async remove(title) {
    await (await root(true)).removeEntry(encodeURIComponent(title), { recursive: true }).catch(() => {});
  }
}
