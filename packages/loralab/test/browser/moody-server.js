// A server for tests whose answers for one file go wrong as they are told to.
import { readFileSync, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/**
 * @typedef {object} Mood how an answer goes wrong
 * @property {number} [status] @property {string} [type] @property {Buffer | string} [body] other than the file's
 * @property {number} [cutAfter] bytes, then the connection breaks @property {number} [holdAfter] bytes, then nothing more comes
 * @property {string} [etag] @property {boolean} [ignoreRange] @property {boolean} [ignoreIfRange]
 * @property {boolean} [unknownLength] @property {number} [length] that is announced
 */

/**
 * Serves this package, and `path` as `file` with Range, If-Range and ETag, except for moods.
 * @param {string} path @param {string} file
 */
export async function serveMoodily(path, file) {
  const whole = readFileSync(file);
  /** @type {{ range?: string, ifRange?: string, closed: Promise<number> }[]} */
  const requests = [];
  /** @type {Mood[]} */
  const moods = [];
  /** @type {Mood} */
  let always = {};
  /** @type {(() => void)[]} */
  const heldWaiters = [];
  const server = createServer((request, response) => {
    const name = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    if (name !== path) {
      const other = join(ROOT, name);
      if (!existsSync(other) || !statSync(other).isFile()) return response.writeHead(404).end();
      return response.writeHead(200, { 'content-type': TYPES[/** @type {keyof typeof TYPES} */ (extname(other))] ?? 'application/octet-stream' }).end(readFileSync(other));
    }
    const mood = { ...always, ...moods.shift() };
    const body = Buffer.from(mood.body ?? whole), etag = mood.etag ?? '"first"';
    const { range, 'if-range': ifRange } = request.headers;
    let sent = 0;
    requests.push({ range, ifRange: ifRange === undefined ? undefined : String(ifRange), closed: new Promise((done) => response.once('close', () => done(sent))) });
    /** @type {Record<string, string | number>} */
    const headers = { 'content-type': mood.type ?? 'application/octet-stream', etag, 'accept-ranges': 'bytes', 'access-control-allow-origin': '*' };
    let from = 0, status = mood.status ?? 200;
    if (range && !mood.ignoreRange && !mood.status && (mood.ignoreIfRange || !ifRange || ifRange === etag)) {
      from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
      status = from < body.length ? 206 : 416;
      headers['content-range'] = status === 206 ? `bytes ${from}-${body.length - 1}/${body.length}` : `bytes */${body.length}`;
    }
    const rest = status === 416 ? Buffer.alloc(0) : body.subarray(from);
    if (!mood.unknownLength) headers['content-length'] = mood.length ?? rest.length;
    response.writeHead(status, headers);
    const limit = mood.cutAfter ?? mood.holdAfter ?? rest.length;
    const send = () => {
      while (sent < limit) {
        const piece = rest.subarray(sent, Math.min(limit, sent + (1 << 18)));
        sent += piece.length;
        if (!response.write(piece)) return void response.once('drain', send);
      }
      if (mood.cutAfter !== undefined) return void response.write('', () => response.socket?.destroySoon());
      if (mood.holdAfter !== undefined) return heldWaiters.splice(0).forEach((done) => done());
      if (mood.length === undefined) response.end();
    };
    send();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    size: whole.length,
    requests,
    /** The next answers, in this order. @param {Mood[]} next */
    next: (...next) => void moods.push(...next),
    /** All answers from now on. @param {Mood} mood */
    from: (mood) => { always = mood; },
    /** When an answer with holdAfter has sent what it sends. */
    held: () => new Promise((done) => heldWaiters.push(() => done(undefined))),
    forget: () => { requests.length = moods.length = 0; always = {}; },
    close: () => void (server.close(), server.closeAllConnections()),
  };
}
