import { expect, test } from 'vitest';
import { Figures } from '../../src/utils/figures.js';

test('the time left is told after three steps, by the speed of the last ones', () => {
  const figures = Figures.of({ steps: 10 });
  for (let step = 1; step <= 3; ++step) {
    expect(figures.etaS).toBeNaN();
    figures.stepped({ step, tokens: 100 * step, loss: 4 - step, tokens_per_s: 50, seconds: 2.5 });
  }
  expect(figures.etaS).toBeCloseTo(14);
  expect(figures.trainingS).toBeCloseTo(7.5);
  expect(figures.firstLoss).toBe(3);
});

test('held-out losses are the first and the last', () => {
  const figures = new Figures();
  figures.validated(0, 4);
  figures.validated(20, 3);
  expect([figures.valFirst, figures.valLast]).toEqual([4, 3]);
});

test('the time left counts the validations that are to come', () => {
  const figures = Figures.of({ steps: 10, evalEvery: 4 });
  for (let step = 1; step <= 4; ++step) figures.stepped({ step, tokens: 100 * step, loss: 1, tokens_per_s: 50, seconds: step === 4 ? 5 : 2, ...(step === 4 && { val_loss: 1 }) });
  expect(figures.etaS).toBeCloseTo(6 * 2 + 2 * 3);
});
