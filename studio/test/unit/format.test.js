import { expect, test } from 'vitest';
import { formats } from '../../src/utils/format.js';

test('bytes and times read as people say them', () => {
  const f = formats('en');
  expect(f.bytes(31)).toBe('31 byte');
  expect(f.bytes(138114)).toBe('138 kB');
  expect(f.bytes(98362432)).toBe('98 MB');
  expect(f.bytes(2.69e9)).toBe('2.69 GB');
  expect(f.exactBytes(98362432)).toBe('98.4 MB');
  expect(f.duration(42)).toBe('42 sec');
  expect(f.duration(83)).toBe('1 min 23 sec');
  expect(f.duration(3700)).toBe('1 hr 2 min');
  expect(f.about(187)).toBe('3 min 10 sec');
});

test('what is not known is a dash', () => {
  const f = formats('en');
  for (const value of [null, undefined, NaN, Infinity]) expect(f.loss(value)).toBe('–');
});

test('another language has its own marks', () => expect(formats('de').loss(2.5)).toBe('2,500'));
