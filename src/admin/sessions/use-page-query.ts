import { useSearchParams } from 'react-router-dom';
import type { SessionQuery } from './api-types';
import { changeQuery, readFilter, readQuery, writeQuery } from './location';

/**
 * Reads the filter, the page size and the cursor from the address of the page. `linkTo` returns the
 * search part of an address with some of them changed, and `change` goes there.
 */
export const usePageQuery = () => {
  const [parameters, setParameters] = useSearchParams();
  const query = readQuery(parameters);
  const changed = (changes: Partial<SessionQuery>) => writeQuery(changeQuery(query, changes));
  return {
    query,
    filter: readFilter(parameters),
    linkTo: (changes: Partial<SessionQuery>) => `?${changed(changes)}`,
    change: (changes: Partial<SessionQuery>) => setParameters(changed(changes)),
  };
};
