import { describe, expect, it } from 'vitest';
import { checkPlainText } from '../../src/extensions/users-permissions/refresh-tokens/http/plain-input';

describe('checkPlainText', () => {
  it.each([
    ['a value', '\ud800abcdefg'],
    ['a value in a list', { password: ['\udc00'] }],
    ['the name of a field', { user: { '\ud800': 1 } }],
  ])('refuses half a surrogate pair in %s', (_place, input) => {
    expect(() => checkPlainText(input)).toThrow('The request must be well-formed UTF-8');
  });

  it('accepts a whole surrogate pair, and anything but text', () => {
    expect(() => checkPlainText({ name: ['🐎', 1, null, true, undefined] })).not.toThrow();
  });
});
