/**
 * Words that make a reader guess, and what to write instead.
 *
 * `words` is the source of a regular expression: a space in it matches any white space, also a line break,
 * and both ends are word boundaries. With `only: 'code'` the words are allowed in documents.
 */
export const RIDDLES = [
  { words: 'makes (?:what|that which)', instead: ['creates the function that'] },
  {
    words: '(?:is|are|was|were) asked (?:of|for)',
    instead: ['requires', 'checks', 'is requested'],
  },
  { words: 'hand(?:s|ed|ing)? (?:(?:it|them) )?out', instead: ['issue', 'return', 'send'] },
  { words: 'that there (?:is|are|was|were) not', instead: ['that does not exist'] },
  {
    words: '(?:is|are|was|were) none',
    instead: ['does not exist', 'is not set', 'is not a', 'without one'],
  },
  { words: 'of good will', instead: ['well-behaved'] },
  { words: "people(?!['’]s)", instead: ['users', 'developers', 'callers'], only: 'code' },
  { words: 'worlds?', instead: ['fixture', 'setup', 'environment'] },
  { words: 'weather', instead: ['network faults'] },
  { words: 'crowds?', instead: ['clients', 'users'] },
  { words: 'stor(?:y|ies)', instead: ['scenario', 'case', 'history'] },
  { words: '(?:tells|told)', instead: ['says', 'returns', 'reports', 'shows', 'warns'] },
  { words: 'hears?', instead: ['receives', 'is called with', 'logs'] },
  { words: 'stands(?! for)', instead: ['is', 'the status of'] },
  { words: '(?:is|are|was|were) as (?:it|they) (?:was|were)', instead: ['unchanged', 'restored'] },
  { words: 'nobody count(?:s|ed)', instead: ['is not counted'] },
  { words: 'who(?:ever)? asks', instead: ['the caller'] },
  { words: 'go(?:es)? by', instead: ['uses', 'follows'] },
  { words: 'ha(?:s|ve) no say', instead: ['cannot change'] },
  {
    words: '(?:of|from) before(?! (?:an?|it|the))',
    instead: ['of an earlier version', 'previous', 'earlier'],
  },
  { words: '(?:be|)comes? of', instead: ['happens to', 'the result of'] },
  { words: '(?:is|are|was|were) let in', instead: ['is accepted', 'is authenticated'] },
];
