// A link that carries a run's settings, and nothing else, in the part of the address that no server sees.

const MARK = '#settings:';

/** @param {Record<string, any>} settings @param {Record<string, any>} defaults @param {string} page its address */
export function toLink(settings, defaults, page) {
  const changed = Object.entries(settings).filter(([name, value]) => name in defaults && value !== defaults[name]);
  const query = new URLSearchParams(changed.map(([name, value]) => [name, String(value)]));
  return page.split('#')[0] + MARK + query;
}

/** The settings of a link; null if it is none. Unknown names and values of another type are left out. @param {string} hash @param {Record<string, any>} defaults */
export function fromLink(hash, defaults) {
  if (!hash.startsWith(MARK)) return null;
  /** @type {Record<string, any>} */
  const settings = { ...defaults };
  for (const [name, text] of new URLSearchParams(hash.slice(MARK.length))) {
    if (!Object.hasOwn(defaults, name)) continue;
    const kind = typeof defaults[name];
    if (kind === 'boolean') settings[name] = text === 'true';
    else if (kind === 'string') settings[name] = text;
    else if (text.trim() !== '' && Number.isFinite(Number(text))) settings[name] = Number(text);
  }
  return settings;
}
