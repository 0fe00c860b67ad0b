import { expect, test } from 'vitest';
import { fromLink, toLink } from '../../src/utils/settingsLink.js';

const defaults = { rank: 8, lr: 0.002, targets: 'all-linear', loss_on_all: false };

test('a link carries what differs from the defaults, and gives it back', () => {
  const link = toLink({ ...defaults, rank: 16, targets: 'q_proj,v_proj', loss_on_all: true }, defaults, 'http://localhost/page#old');
  expect(link).toBe('http://localhost/page#settings:rank=16&targets=q_proj%2Cv_proj&loss_on_all=true');
  expect(fromLink(new URL(link).hash, defaults)).toEqual({ rank: 16, lr: 0.002, targets: 'q_proj,v_proj', loss_on_all: true });
});

test('names that are not settings and values of another type are left out', () => {
  expect(fromLink('#settings:rank=many&__proto__=1&model=x&lr=', defaults)).toEqual(defaults);
  expect(fromLink('#elsewhere', defaults)).toBeNull();
});
