// Figures as people read them, in their language.

/** @typedef {(value: number | null | undefined) => string} Format */

const NOTHING = '–';

/** @param {(value: number) => string} format @returns {Format} */
const orNothing = (format) => (value) => (value === null || value === undefined || !Number.isFinite(value) ? NOTHING : format(value));

/** @param {string} language */
export function formats(language) {
  const number = (/** @type {Intl.NumberFormatOptions} */ options) => {
    const format = new Intl.NumberFormat(language, options);
    return (/** @type {number} */ value) => format.format(value);
  };
  const unit = (/** @type {string} */ name, digits = 0) => number({ style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits, minimumFractionDigits: digits });
  const single = unit('byte'), kilobytes = unit('kilobyte'), megabytes = unit('megabyte'), exactMegabytes = unit('megabyte', 1), gigabytes = unit('gigabyte', 2);
  const seconds = unit('second'), minutes = unit('minute'), hours = unit('hour');
  const whole = number({ maximumFractionDigits: 0 }), loss = number({ minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const short = number({ maximumSignificantDigits: 3 }), share = number({ style: 'percent', maximumFractionDigits: 0 }), percent = number({ style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });

  /** @param {number} value */
  const bytes = (value) => (value > 0 && value < 1e3 ? single(value) : value < 1e6 ? kilobytes(value / 1e3) : value < 1e7 ? exactMegabytes(value / 1e6) : value < 1e9 ? megabytes(value / 1e6) : gigabytes(value / 1e9));
  /** @param {number} s */
  const duration = (s) => {
    if (s < 59.5) return seconds(Math.round(s));
    const m = Math.round(s / 60);
    if (s < 600) return `${minutes(Math.floor(Math.round(s) / 60))} ${seconds(Math.round(s) % 60)}`;
    return m < 60 ? minutes(m) : `${hours(Math.floor(m / 60))} ${minutes(m % 60)}`;
  };
  /** Rounded, for what is only expected. @param {number} s */
  const about = (s) => duration(s < 10 ? s : s < 59.5 ? Math.round(s / 5) * 5 : s < 300 ? Math.round(s / 10) * 10 : Math.round(s / 60) * 60);
  return {
    whole: orNothing(whole), loss: orNothing(loss), short: orNothing(short), percent: orNothing(percent), share: orNothing(share), bytes: orNothing(bytes),
    exactBytes: orNothing((value) => exactMegabytes(value / 1e6)), duration: orNothing(duration), about: orNothing(about),
  };
}
