import { describe, expect, it } from 'vitest';
import {
  isEverything,
  pageOfUser,
  readFilter,
  readQuery,
  type PageParameters,
} from '../../src/admin/sessions/location';

const DEFAULTS = { page: 1, pageSize: 20, sort: 'loginAt:desc' };

describe('the query in the address of the page "Sessions"', () => {
  it('asks for the newest of all sessions when it is empty', () => {
    expect(readQuery({})).toEqual(DEFAULTS);
    expect(isEverything(readFilter({}))).toBe(true);
  });

  it('is read as a whole', () => {
    const parameters = {
      page: '3',
      pageSize: '50',
      sort: 'lastUsedAt:ASC',
      _q: 'ada & co',
      state: 'reuse-detected',
      userId: 'izz688n496j4qiuzxaynyn7e',
    };

    expect(readQuery(parameters)).toEqual({
      page: 3,
      pageSize: 50,
      sort: 'lastUsedAt:asc',
      search: 'ada & co',
      state: 'reuse-detected',
      userId: 'izz688n496j4qiuzxaynyn7e',
    });
    expect(isEverything(readFilter(parameters))).toBe(false);
  });

  it.each<[string, PageParameters | Record<string, unknown>]>([
    ['a page that is none', { page: '0' }],
    ['a page that is no number', { page: 'first' }],
    ['half a page', { page: '1.5' }],
    ['a negative size', { pageSize: '-20' }],
    ['an unknown state', { state: 'dead' }],
    ['an empty search', { _q: '' }],
    ['a list where there should be a text', { _q: ['a', 'b'], userId: { id: '1' }, page: ['2'] }],
    ['a direction that is none', { sort: 'loginAt:up' }],
    ['no direction', { sort: 'loginAt' }],
    ['a column without an index', { sort: 'lastUsedAt:ASC' }],
  ])('counts as not there when it makes no sense: %s', (_, parameters) => {
    expect(readQuery(parameters)).toEqual(DEFAULTS);
  });

  it('stays within what the server answers', () => {
    expect(readQuery({ pageSize: '1000' }).pageSize).toBe(100);
    expect(readQuery({ page: '999999', pageSize: '100' }).page).toBe(100);
    expect(readQuery({ page: '999999', pageSize: '30' }).page).toBe(334);
  });
});

describe('pageOfUser', () => {
  it('leads to the sessions of one user', () => {
    expect(pageOfUser('a&b')).toBe('/plugins/users-permissions/sessions?userId=a%26b');
  });
});
