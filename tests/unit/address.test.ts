import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  networkOf,
} from '../../src/extensions/users-permissions/refresh-tokens/http/address';

/** The length of the column `ipAddress` on PostgreSQL and MySQL. */
const COLUMN_LENGTH = 255;

describe('canonicalAddress', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100.7:4711', '198.51.100.7'],
    [' 198.51.100.7 ', '198.51.100.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['2001:0db8:0000:0000:0001:0000:0000:0007', '2001:db8::1:0:0:7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
    [`fe80::1%${'z'.repeat(300)}`, 'fe80::1'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['::FFFF:c633:6407', '198.51.100.7'],
    ['[::ffff:198.51.100.7]:443', '198.51.100.7'],
    ['::1', '::1'],
    ['::', '::'],
  ])('turns %s into %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  it.each([
    ['', 'nothing'],
    ['unknown', 'a word'],
    ['localhost', 'a name'],
    ['_hidden', 'an obfuscated identifier (RFC 7239, section 6.3)'],
    ['198.51.100', 'a short address'],
    ['198.51.100.256', 'a part that is too large'],
    ['0x7f.1', 'hexadecimal'],
    ['127.1', 'a part that is missing'],
    ['0177.0.0.1', 'octal'],
    ['198.51.100.7:port', 'a port that is no number'],
    ['[198.51.100.7', 'one bracket'],
    ['[2001:db8::7]x', 'text behind the bracket'],
    ['2001:db8::7::1', 'two gaps'],
    ['198.51.100.7, 198.51.100.8', 'two addresses'],
    ['198.51.100.7\u0000', 'a NUL'],
  ])('refuses %j: %s', (text) => {
    expect(canonicalAddress(text)).toBeNull();
  });

  it('returns the same for its own results, which are addresses and fit the column', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    const ipV6 = parts.map((groups) => groups.map((group) => group.toString(16)).join(':'));
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), ipV6, fc.string());
    fc.assert(
      fc.property(texts, fc.constantFrom('', ':80', '%eth0'), (text, suffix) => {
        const address = canonicalAddress(text + suffix);
        if (address === null) return;
        expect(isIP(address)).toBeGreaterThan(0);
        expect(address.length).toBeLessThanOrEqual(COLUMN_LENGTH);
        expect(canonicalAddress(address)).toBe(address);
      }),
    );
  });
});

describe('networkOf', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:db8::1:0:0:1', '2001:db8::/64'],
    ['::1', '::/64'],
  ])('returns the caller that %s counts as: %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
