import pickBy from 'lodash/pickBy.js';
import size from 'lodash/size.js';

/**
 * Returns the text of the manifest.
 *
 * @param added
 * - `version` of the starter
 * - `files` git's hash of what was brought, by path
 * - `packages` versions by name
 * - `texts` by path, what an update has merged with a change of the app: git has the result, and not this
 * - `conflicts` by path, the hashes `{ yours, ours }` of a file that is left as it is
 *
 * The last two may be left out, as may be undefined values in them.
 */
export const manifestText = ({ texts, conflicts, ...added }) => {
  const changed = pickBy({ texts: pickBy(texts), conflicts: pickBy(conflicts) }, size);
  return `${JSON.stringify({ ...added, ...changed }, null, 2)}\n`;
};
