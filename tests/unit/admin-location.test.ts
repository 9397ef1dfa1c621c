import { describe, expect, it } from 'vitest';
import {
  changeQuery,
  isEverything,
  pageOfUser,
  readFilter,
  readQuery,
  writeQuery,
} from '../../src/admin/sessions/location';

const read = (address: string) => readQuery(new URLSearchParams(address));

describe('the address of the page "Sessions"', () => {
  it('without parameters is the newest page of all sessions', () => {
    expect(read('')).toEqual({ pageSize: 20 });
    expect(isEverything(readFilter(new URLSearchParams()))).toBe(true);
  });

  it('keeps every filter, the page size and the cursor', () => {
    const query = {
      user: 'ada & co',
      device: 'Firefox on Linux',
      address: '2001:db8::7',
      state: 'reuse-detected',
      userId: 'izz688n496j4qiuzxaynyn7e',
      pageSize: 50,
      older: 'a+b/c=',
    } as const;

    expect(read(writeQuery(query))).toEqual(query);
    expect(isEverything(readFilter(new URLSearchParams(writeQuery(query))))).toBe(false);
  });

  it.each([
    ['a page size that is not offered', 'pageSize=1000'],
    ['a page size that is not a number', 'pageSize=many'],
    ['an unknown state', 'state=dead'],
    ['empty and blank texts', 'user=&device=%20&older='],
    ['parameters with brackets', '_q[]=a&user[id]=1'],
    ['the page and the sort order of old links', 'page=3&sort=loginAt:ASC'],
  ])('may have %s, which are ignored', (_, address) => {
    expect(read(address)).toEqual({ pageSize: 20 });
  });

  it('may have the search text of old links, which is read as the user', () => {
    expect(read('_q=ada')).toEqual({ user: 'ada', pageSize: 20 });
    expect(read('_q=ada&user=grace').user).toBe('grace');
  });

  it('never results in two cursors, which the API refuses', () => {
    expect(read('older=a&newer=b')).toEqual({ older: 'a', pageSize: 20 });
  });
});

describe('changeQuery', () => {
  const query = { user: 'ada', pageSize: 50, older: 'a' };

  it('returns to the newest page when a filter or the page size changes', () => {
    expect(changeQuery(query, { state: 'live' })).toEqual({
      user: 'ada',
      state: 'live',
      pageSize: 50,
    });
    expect(changeQuery(query, { pageSize: 10 })).toEqual({ user: 'ada', pageSize: 10 });
  });

  it('replaces the cursor', () => {
    expect(changeQuery(query, { newer: 'b' })).toEqual({ user: 'ada', pageSize: 50, newer: 'b' });
  });

  it('removes a filter that becomes empty', () => {
    expect(writeQuery(changeQuery(query, { user: '' }))).toBe('pageSize=50');
  });
});

describe('pageOfUser', () => {
  it('returns the address with the sessions of one user', () => {
    expect(pageOfUser('a&b')).toBe('/plugins/users-permissions/sessions?userId=a%26b');
  });
});
