const HTTP = 'src/extensions/users-permissions/refresh-tokens/http';
const INPUT = `${HTTP}/plain-input.ts`;

const BROKEN = 'Denial by big or broken requests';
const VALUE = 'Denial by a value or a query that the database refuses';
const HIDDEN = 'A query guesses a hidden field';
const TEXT = 'Denial by text that a library cannot bear';

export default [
  {
    title: 'The body of a login is an object',
    rows: [BROKEN],
    file: INPUT,
    before: "if (!isPlainObject(body)) throw refusal('body-not-plain');",
    after: 'if (!isPlainObject(body)) return next();',
    test: 'tests/http/bad-input.test.ts › POST $path',
  },
  {
    title: 'Deep input is refused',
    rows: [TEXT],
    file: INPUT,
    before: "if (depth > MAXIMUM_DEPTH) throw refusal('input-too-deep');",
    after: 'if (depth > 1000 * MAXIMUM_DEPTH) return;',
    test: 'tests/http/bad-input.test.ts › a NUL in a body gets 400, and so does a value that is nested too deeply: POST %s',
  },
  {
    title: 'A NUL in a path, a query or a body is refused',
    rows: [TEXT],
    file: INPUT,
    before: "if (text.includes('\\0')) throw refusal('nul-in-text');",
    after: '',
    test: 'tests/http/bad-input.test.ts › a NUL gets 400: %s %s',
  },
  {
    title: 'A body is searched for a NUL',
    rows: [TEXT],
    file: INPUT,
    before: "if (text.includes('\\0')) throw refusal('nul-in-text');",
    after: '',
    test: 'tests/http/bad-input.test.ts › a NUL in a body gets 400, and so does a value that is nested too deeply: POST %s',
  },
  {
    title: 'The path is decoded before it is searched',
    rows: [TEXT],
    file: INPUT,
    before: 'const path = decodedPathOf(ctx);',
    after: 'const { path } = ctx;',
    test: 'tests/http/bad-input.test.ts › broken percent-encoding in the path gets 400: %s',
  },
  {
    title: 'Names of fields are searched, too',
    rows: [TEXT],
    file: INPUT,
    before: '        checkText(name);\n',
    after: '        void name;\n',
    test: 'tests/http/bad-input.test.ts › a NUL gets 400: %s %s',
  },
  {
    title: 'Names of files are searched, too',
    rows: [TEXT],
    file: INPUT,
    before: '  checkPlainText(fileNamesOf(ctx));\n',
    after: '  void fileNamesOf;\n',
    test: 'tests/http/bad-input.test.ts › a NUL gets 400 in a field of a multipart form, and in the name of a file',
  },
  {
    title: 'An e-mail address fits its column',
    rows: [BROKEN],
    file: INPUT,
    before: 'email.toLowerCase().length > MAXIMUM_EMAIL_LENGTH',
    after: 'email.toLowerCase().length > 1000 * MAXIMUM_EMAIL_LENGTH',
    test: 'tests/http/bad-input.test.ts › POST %s answers 4xx to %s',
  },
  {
    title: 'Half a surrogate pair is refused',
    rows: [TEXT],
    file: INPUT,
    before: "if (!text.isWellFormed()) throw refusal('malformed-text');",
    after: '',
    test: 'tests/unit/plain-input.test.ts › refuses half a surrogate pair in %s',
  },
  {
    title: 'A value that the database refuses is a 400',
    rows: [VALUE],
    file: INPUT,
    before: 'throw toWrongValue(error, ctx);',
    after: 'throw error;',
    test: 'tests/http/error-codes.test.ts › wrong-value: an id, and a field that every object has, in a body',
  },
  {
    title: 'Parts of a query that Strapi does not check are refused',
    rows: [HIDDEN],
    file: INPUT,
    before: '  checkUncheckedQuery(ctx);\n',
    after: '',
    test: 'tests/http/error-codes.test.ts › wrong-value: GET /upload/files?%s, which Strapi does not check',
  },
];
