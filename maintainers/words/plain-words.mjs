import { RIDDLES } from './riddles.mjs';

/** Not a word and not white space, so that no phrase reaches across it. */
const HIDDEN = '\0';
const TITLED = ['describe', 'it', 'test'];

const hide = (text) => HIDDEN.repeat(text.length);
const blank = (text) => ' '.repeat(text.length);

const alternatives = new Intl.ListFormat('en', { type: 'disjunction' });

const riddlesOf = (kind) =>
  RIDDLES.filter(({ only }) => only === undefined || only === kind).map(({ words, instead }) => ({
    pattern: new RegExp(`\\b(?:${words.replaceAll(' ', '\\s+')})\\b`, 'gi'),
    instead: alternatives.format(instead.map((phrase) => `"${phrase}"`)),
  }));

/** The text of a comment at the same offsets: its marks are spaces, and code in it is hidden. */
const textOfComment = (comment) =>
  comment.replace(/^\/\/|^\/\*+|\*\/$|^[ \t]*\*(?!\/)/gm, blank).replace(/`[^`]*`/g, hide);

/** The text of a file at the same offsets, with everything hidden but its comments and titles. */
const proseOf = (text, comments, titles) => {
  const pieces = [...comments, ...titles].sort((a, b) => a.range[0] - b.range[0]);
  let prose = '';
  let before = null;
  for (const { type, range } of pieces) {
    const gap = text.slice(prose.length, range[0]);
    const isOneComment = type === 'Line' && before === 'Line' && gap.trim() === '';
    const piece = text.slice(...range);
    prose += isOneComment ? gap : hide(gap);
    prose += type === 'Line' || type === 'Block' ? textOfComment(piece) : textOfTitle(piece);
    before = type;
  }
  return prose;
};

/** A title without what Vitest puts into it: `$name` of a table. */
const textOfTitle = (title) => title.replace(/\$[\w.]+/g, hide);

/** `it` of `it(…)`, of `it.each(…)(…)` and of `it.skipIf(…)(…)`. */
const functionOf = ({ type, name, object, callee }) => {
  if (type === 'Identifier') return name;
  if (type === 'MemberExpression') return functionOf(object);
  return type === 'CallExpression' ? functionOf(callee) : undefined;
};

const partsOfTitle = (title) => {
  if (title?.type === 'TemplateLiteral') return title.quasis;
  return typeof title?.value === 'string' ? [title] : [];
};

/**
 * Refuses the words of `riddles.mjs` in comments, titles of tests and prose of Markdown.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const plainWords = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Plain words in comments, titles of tests and documents' },
    messages: { riddle: 'Write {{instead}} instead of "{{found}}".' },
    schema: [],
  },

  create(context) {
    const { sourceCode } = context;

    const check = (prose, kind, offset = 0) => {
      for (const { pattern, instead } of riddlesOf(kind)) {
        for (const { 0: found, index } of prose.matchAll(pattern)) {
          const start = sourceCode.getLocFromIndex(offset + index);
          const end = sourceCode.getLocFromIndex(offset + index + found.length);
          const data = { instead, found: found.replace(/\s+/g, ' ') };
          context.report({ loc: { start, end }, messageId: 'riddle', data });
        }
      }
    };

    /** A text or a piece of HTML, such as a comment, in Markdown. */
    const checkMarkdown = (node) =>
      check(sourceCode.getText(node), 'document', node.position.start.offset);

    const titles = [];
    return {
      CallExpression({ callee, arguments: [title] }) {
        if (TITLED.includes(functionOf(callee))) titles.push(...partsOfTitle(title));
      },
      'Program:exit'() {
        check(proseOf(sourceCode.text, sourceCode.getAllComments(), titles), 'code');
      },
      text: checkMarkdown,
      html: checkMarkdown,
    };
  },
};
