import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  proxySettings,
  proxyWarning,
} from '../../src/extensions/users-permissions/refresh-tokens/settings/proxy';

describe('proxySettings', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each<[Record<string, string>, object]>([
    [{}, { koa: false, maxIpsCount: 1 }],
    [{ IS_PROXIED: 'true' }, { koa: true, maxIpsCount: 1 }],
    [
      { IS_PROXIED: 'true', TRUSTED_PROXIES: '2' },
      { koa: true, maxIpsCount: 2 },
    ],
    // An invalid variable stops the boot later. Until then it must not make Koa trust more.
    [
      { IS_PROXIED: 'true', TRUSTED_PROXIES: '0' },
      { koa: true, maxIpsCount: 1 },
    ],
    [
      { IS_PROXIED: 'true', CLIENT_ADDRESS_HEADER: 'CF-Connecting-IP' },
      { koa: true, maxIpsCount: 1, ipHeader: 'CF-Connecting-IP' },
    ],
  ])('turns %o into %o', (variables, proxy) => {
    for (const name of ['IS_PROXIED', 'TRUSTED_PROXIES', 'CLIENT_ADDRESS_HEADER']) {
      vi.stubEnv(name, variables[name]);
    }

    expect(proxySettings()).toEqual(proxy);
    expect(proxyWarning(proxySettings())).toBeNull();
  });
});

describe('proxyWarning', () => {
  it('warns of a project whose Koa takes the first address of the header', () => {
    expect(proxyWarning({ koa: true })).toContain('proxySettings()');
    expect(proxyWarning({ koa: true, maxIpsCount: 0 })).toContain('proxySettings()');
  });

  it('does not warn of a project without a proxy', () => {
    expect(proxyWarning({})).toBeNull();
    expect(proxyWarning({ koa: false })).toBeNull();
  });
});
