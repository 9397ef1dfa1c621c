import ts from 'typescript';
import { addProperty, objectIn, openSource, propertyOf } from './source-code.mjs';

/** The language level in which the extension is written. */
const LIBRARIES = ['ES2022', 'ES2024.String'];

const isOlder = (library) => /^es(5|6|20(1\d|2[01]))$/i.test(library);
const isNewer = (library) => /^es(202[3-9]|next)$/i.test(library);
const asText = (libraries) => `[${libraries.map((library) => `"${library}"`).join(', ')}]`;

/** Puts the language level of the extension into `lib` of `tsconfig.json`, and keeps its comments. `{ text }` or `{ byHand }`. */
export const changeTsconfig = (file, text) => {
  const tree = ts.parseJsonText(file, text);
  const source = { edit: openSource(file, text).edit, tree };
  const root = tree.statements[0]?.expression;
  const options = root && ts.isObjectLiteralExpression(root) && objectIn(root, 'compilerOptions');
  if (!options) return { byHand: `Add to "compilerOptions":\n\n  "lib": ${asText(LIBRARIES)}` };

  const property = propertyOf(options, 'lib');
  if (!property) {
    addProperty(source, options, `"lib": ${asText(LIBRARIES)}`, { isJson: true });
    return { text: source.edit.toString() };
  }
  const before = property.initializer.elements.map((element) => element.text);
  const has = (library) => before.some((one) => one.toLowerCase() === library.toLowerCase());
  const missing = LIBRARIES.filter(
    (library) => !has(library) && !has('ESNext') && !(library === 'ES2022' && before.some(isNewer)),
  );
  if (missing.length === 0) return {};
  const after = [...before.filter((library) => !isOlder(library)), ...missing];
  source.edit.overwrite(
    property.initializer.getStart(tree),
    property.initializer.end,
    asText(after),
  );
  return { text: source.edit.toString() };
};
