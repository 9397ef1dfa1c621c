import { describe, expect, it, vi } from 'vitest';
import { refuseMultipart } from '../../src/extensions/users-permissions/refresh-tokens/http/refuse-multipart';
import type { StrapiKoaContext } from '../../src/extensions/users-permissions/refresh-tokens/shapes';

/** Sends a multipart body to a path. Resolves to whether the middleware let it pass. */
const isPassed = async (apiPrefix: string, path: string): Promise<boolean> => {
  const next = vi.fn(() => Promise.resolve());
  const ctx = { path, is: () => 'multipart/form-data', unsupportedMediaType: vi.fn() };
  await refuseMultipart({ apiPrefix })(ctx as unknown as StrapiKoaContext, next);
  expect(ctx.unsupportedMediaType.mock.calls.length + next.mock.calls.length).toBe(1);
  return next.mock.calls.length === 1;
};

describe('refuseMultipart', () => {
  it.each([
    ['/api', '/api/auth/local'],
    ['/api', '/API/Token/refresh'],
    ['', '/auth/local'],
    ['/v1', '/v1/token/refresh'],
  ])('with the API prefix "%s" refuses %s', async (apiPrefix, path) => {
    expect(await isPassed(apiPrefix, path)).toBe(false);
  });

  it.each([
    ['/api', '/api/upload'],
    ['/api', '/auth/local'],
    ['', '/upload'],
  ])('with the API prefix "%s" lets %s pass', async (apiPrefix, path) => {
    expect(await isPassed(apiPrefix, path)).toBe(true);
  });
});
