// download(): a file from a server, in pieces; goes on where a cut connection or a closed tab left it.
import { LabError } from './errors.js';
import { checkSize } from './models.js';

/** Attempts without a further byte, and how long to wait before each but the first. */
const WAITS_MS = [250, 1000, 4000];

/**
 * @typedef {object} Version what a server says of the file as it is now
 * @property {string} url @property {number} [total] bytes @property {string} [etag] @property {string} [modified]
 * @property {boolean} [encoded] are the bytes on the way others than those of the file?
 *
 * @typedef {{ at: number, version: Version, bytes?: undefined } | { bytes: Uint8Array }} Piece bytes; before them, and
 *   where it begins anew, where they begin and of which version they are
 *
 * @typedef {{ bytes?: number, sha256?: string }} Expected
 */

/** @param {string | null} text of Content-Range @returns {{ at?: number, total?: number }} */
function contentRange(text) {
  const [, at, total] = text?.match(/^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/) ?? [];
  return { at: at === undefined ? undefined : Number(at), total: total === undefined || total === '*' ? undefined : Number(total) };
}

/** @param {string} url @param {Response} response @returns {Version} */
function versionOf(url, { status, headers }) {
  const encoding = headers.get('content-encoding'), length = headers.get('content-length');
  const encoded = Boolean(encoding && encoding !== 'identity');
  const total = status === 206 ? contentRange(headers.get('content-range')).total : encoded || length === null ? undefined : Number(length);
  return { url, total, encoded, etag: headers.get('etag') ?? undefined, modified: headers.get('last-modified') ?? undefined };
}

/** Are these of the same bytes, as far as can be told? @param {Version} a @param {Version} b @param {Expected} expected */
function same(a, b, expected) {
  if (a.total !== undefined && b.total !== undefined && a.total !== b.total) return false;
  if (expected.sha256) return true;  // the hash decides in the end
  if (a.etag && b.etag) return a.etag === b.etag;
  return Boolean(a.modified && a.modified === b.modified);
}

/** @param {Version} version @param {number} from @returns {Record<string, string>} */
function rangeHeaders({ url, etag }, from) {
  // To other servers If-Range would need their permission first; what they answer is compared instead.
  const isOurs = typeof location !== 'object' || new URL(url).origin === location.origin;
  return { range: `bytes=${from}-`, ...(isOurs && etag && !etag.startsWith('W/') && { 'if-range': etag }) };
}

class Refused extends LabError {}

/** @param {string} url @param {Response} response */
function check(url, response) {
  const { status, statusText, headers } = response;
  const details = { file: url, message: `the server answered ${status} ${statusText}`.trim() };
  if (status === 404 || status === 410) throw new Refused({ ...details, code: 'not_found', remedy: 'Check the address.' });
  if (status === 401 || status === 403) throw new Refused({ ...details, code: 'io', remedy: 'The server keeps this file to itself: take another address, or load the file from this machine.' });
  if (!response.ok && status !== 416) {
    const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
    throw new (mayPass ? LabError : Refused)({ ...details, code: 'io', remedy: mayPass ? 'Try again later.' : 'Check the address.' });
  }
  if (/^text\/html\b/.test(headers.get('content-type') ?? ''))
    throw new Refused({ code: 'corrupt', file: url, message: 'the server answered with a web page, not with a file', remedy: 'Check the address: it must be the one of the file itself.' });
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
});

/**
 * @param {string} url @param {object} options @param {AbortSignal} options.signal
 * @param {{ version: Version, length: number }} [options.held] what is here already
 * @param {Expected} [options.expected]
 * @returns {AsyncGenerator<Piece, void, void>}
 */
export async function* download(url, { signal, held, expected = {} }) {
  let have = held?.length ?? 0, version = held?.version, furthest = have, failures = 0;
  for (;;) {
    try {
      const ask = have > 0 && version && !version.encoded ? rangeHeaders({ ...version, url }, have) : undefined;
      const response = await fetch(url, { signal, headers: ask, cache: 'no-store' });
      check(url, response);
      const now = versionOf(url, response), range = contentRange(response.headers.get('content-range'));
      const goesOn = Boolean(ask && version && same(version, now, expected));
      if (response.status === 416 && goesOn && range.total === have) {
        yield { at: have, version: now };
        return;
      }
      if (response.status === 416 || (response.status === 206 && !(goesOn && range.at === have))) {
        // Not what is needed: from the beginning, then.
        await response.body?.cancel();
        if (!ask) throw new Refused({ code: 'io', file: url, message: `the server answered ${response.status} to a request for the whole file`, remedy: 'Take another address.' });
        version = undefined;
        have = 0;
        continue;
      }
      if (response.status !== 206) have = 0;
      version = now;
      try {
        checkSize(now.total, url);
        if (expected.bytes !== undefined && now.total !== undefined && now.total !== expected.bytes)
          throw new Refused({ code: 'mismatch', file: url, message: `the server has a file of ${now.total} bytes, and it should have ${expected.bytes}`, remedy: 'Take another address.' });
      } catch (error) {
        await response.body?.cancel();
        throw error;
      }
      yield { at: have, version };
      if (!response.body) throw new LabError({ code: 'io', file: url, message: 'the server sent nothing' });
      for await (const bytes of piecesOf(response.body)) {
        have += bytes.length;
        if (have > furthest) failures = 0;
        furthest = Math.max(furthest, have);
        yield { bytes };
      }
      if (now.total === undefined || have === now.total) return;
      if (have > now.total) throw new Refused({ code: 'io', file: url, message: `the server sent ${have} bytes and announced ${now.total}`, remedy: 'Take another address.' });
      throw new TypeError(`the connection was cut at ${have} of ${now.total} bytes`);
    } catch (error) {
      // A network's failure is a TypeError, in all browsers and in Node.
      const mayPass = error instanceof TypeError || (error instanceof LabError && !(error instanceof Refused) && error.code === 'io');
      if (signal.aborted || !mayPass) throw error;
      if (failures === WAITS_MS.length) {
        const why = error instanceof LabError ? error.message : `the download failed: ${/** @type {Error} */ (error).message}`;
        throw new LabError({ code: 'io', file: url, message: why, remedy: 'Load it again when the connection is better: what has come is kept, where this browser keeps models.' });
      }
      await pause(WAITS_MS[failures++], signal);
    }
  }
}

/** A stream's pieces, also where streams cannot be iterated. @param {ReadableStream<Uint8Array>} stream */
export async function* piecesOf(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
