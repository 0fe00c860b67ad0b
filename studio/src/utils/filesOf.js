// What was dropped or chosen: single files, or the files that lie directly in a folder.

/** @typedef {{ files: File[], folder: string | null }} Given `folder`: its name */

/** @param {any} entry of a folder @returns {Promise<any[]>} what lies in it */
async function entriesIn(entry) {
  const reader = entry.createReader(), all = [];
  // A reader gives some at a time, and in the end none.
  for (let some = [true]; some.length > 0;) {
    some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    all.push(...some);
  }
  return all;
}

/** @param {any} entry @returns {Promise<File>} */
const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/** Must be called in the event itself: what it gives is gone afterwards. @param {DataTransfer} transfer @returns {Promise<Given>} */
export async function droppedFiles(transfer) {
  const files = [...transfer.files];
  const entry = transfer.items[0]?.webkitGetAsEntry?.();
  if (!entry?.isDirectory) return { files, folder: null };
  const inside = (await entriesIn(entry)).filter(({ isFile }) => isFile);
  return { files: await Promise.all(inside.map(fileOf)), folder: entry.name };
}

/** Of an input that takes a folder. @param {File[]} files @returns {Given} */
export function chosenFolder(files) {
  const parts = files.map(({ webkitRelativePath }) => webkitRelativePath.split('/'));
  return { files: files.filter((_, i) => parts[i].length <= 2), folder: parts[0]?.[0] || null };
}
