import { expect, test } from 'vitest';
import { chartData } from '../../src/utils/chartData.js';
import { Series } from '../../src/utils/series.js';

/** @param {number[]} losses */
function seriesOf(losses) {
  const series = new Series();
  losses.forEach((loss, index) => series.push(index + 1, loss));
  return series;
}

test('smoothing begins at the first loss and follows later ones', () => {
  const series = seriesOf([4, 4, 4, 2]);
  expect(series.smoothed[0]).toBeCloseTo(4);
  expect(series.smoothed[2]).toBeCloseTo(4);
  expect(series.last?.smoothed).toBeGreaterThan(2);
  expect(series.last?.smoothed).toBeLessThan(4);
});

test('a series of thousands of steps keeps every one', () => {
  const series = seriesOf(Array.from({ length: 1000 }, (_, i) => i));
  expect(series.length).toBe(1000);
  expect(series.losses[999]).toBe(999);
});

test('what is kept gives the same series, and its part up to a step', () => {
  const series = seriesOf([3, 2, 1]);
  series.validate(0, 4);
  series.validate(3, 1.5);
  expect(Series.from(series.toPlain()).toPlain()).toEqual(series.toPlain());
  const part = series.upTo(2);
  expect([...part.toPlain().losses]).toEqual([3, 2]);
  expect(part.validations).toEqual([{ step: 0, loss: 4 }]);
});

test('the chart has a column for each curve, as long as the run', () => {
  const series = seriesOf([3, 2]);
  series.validate(0, 4);
  const [steps, raw, smoothed, held, other] = chartData(series, [seriesOf([5, 4, 3])], 4);
  expect(steps).toEqual([0, 1, 2, 3, 4]);
  expect(raw).toEqual([null, 3, 2, null, null]);
  expect(smoothed[1]).toBeCloseTo(3);
  expect(held).toEqual([4, null, null, null, null]);
  expect(other.length).toBe(5);
  expect(other[0]).toBeNull();
});
