const isComment = (line) => /^\s*#/.test(line);

/**
 * Presents the comments of a shell script, a YAML file or the like to ESLint as comments of
 * JavaScript. Only lines that hold nothing but a comment count.
 *
 * @type {import('eslint').Linter.Processor}
 */
export const hashComments = {
  meta: { name: 'hash-comments' },

  preprocess(text) {
    const lines = text.split('\n').map((line) => (isComment(line) ? line.replace('#', '//') : ''));
    return [{ text: lines.join('\n'), filename: 'comments.js' }];
  },

  /** `//` is one character longer than `#`. */
  postprocess([messages]) {
    return messages.map((message) => ({ ...message, column: message.column - 1 }));
  },
};
