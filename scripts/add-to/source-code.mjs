import MagicString from 'magic-string';
import ts from 'typescript';

/** Opens the text of a file: its syntax tree, and an editor that keeps all that is not changed as it is. */
export const openSource = (file, text) => ({
  tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true),
  edit: new MagicString(text),
});

/** Returns a node without parentheses and types: `({…} satisfies X)` is `{…}`. */
const bare = (node) =>
  ts.isParenthesizedExpression(node) ||
  ts.isAsExpression(node) ||
  ts.isSatisfiesExpression(node) ||
  ts.isNonNullExpression(node)
    ? bare(node.expression)
    : node;

const isModuleExports = (node) => /^(module\.)?exports(\.default)?$/.test(node.getText());

/** Returns what a file exports by `export default` or `module.exports`; undefined if nothing. */
const defaultExport = (tree) => {
  for (const statement of tree.statements) {
    if (ts.isExportAssignment(statement)) return statement.expression;
    const isDefault = statement.modifiers?.some(
      ({ kind }) => kind === ts.SyntaxKind.DefaultKeyword,
    );
    if (ts.isFunctionDeclaration(statement) && isDefault) return statement;
    if (
      ts.isExpressionStatement(statement) &&
      ts.isBinaryExpression(statement.expression) &&
      statement.expression.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      isModuleExports(statement.expression.left)
    ) {
      return statement.expression.right;
    }
  }
  return undefined;
};

/** Returns the value of a name that statements declare. */
const declared = (name, statements) => {
  for (const statement of statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name?.text === name) return statement;
    if (!ts.isVariableStatement(statement)) continue;
    const found = statement.declarationList.declarations.find(
      (declaration) => declaration.name.getText() === name,
    );
    if (found?.initializer) return found.initializer;
  }
  return undefined;
};

/** Follows a name to its value. */
const valueOf = (node, statements) => {
  const value = bare(node);
  if (!ts.isIdentifier(value)) return value;
  const found = declared(value.text, statements);
  return found && valueOf(found, statements);
};

const isFunction = (node) =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node);

/** Returns the values that a function returns; those of functions inside it are not its own. */
const returned = (body) => {
  const values = [];
  const visit = (node) => {
    if (isFunction(node)) return;
    if (ts.isReturnStatement(node)) values.push(node.expression);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return values;
};

const exportedValue = (tree) => {
  const exported = defaultExport(tree);
  return exported && valueOf(exported, tree.statements);
};

/** Returns the function that a file exports; undefined for anything else. */
export const exportedFunction = (tree) => {
  const value = exportedValue(tree);
  return value && isFunction(value) ? value : undefined;
};

/** Returns the one value that a function returns; undefined where it has several or none. */
const resultOf = ({ body }, { statements }) => {
  if (!ts.isBlock(body)) return valueOf(body, statements);
  const values = returned(body);
  if (values.length !== 1 || !values[0]) return undefined;
  return valueOf(values[0], [...body.statements, ...statements]);
};

/**
 * Returns the one object or list that a configuration file has or, as a function, returns. Undefined where only a
 * running app knows it.
 */
export const configValue = (tree) => {
  const factory = exportedFunction(tree);
  const value = factory ? resultOf(factory, tree) : exportedValue(tree);
  const isPlain =
    value && (ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value));
  return isPlain ? value : undefined;
};

/** Returns the name of a property, without quotes. */
export const nameOf = ({ name }) => name?.text ?? '';

/** Returns the property of an object literal with this name. */
export const propertyOf = (object, name) =>
  object.properties.find((property) => nameOf(property) === name);

/** Returns the value of a property if it is an object literal. */
export const objectIn = (object, name) => {
  const property = object && propertyOf(object, name);
  const value = property && ts.isPropertyAssignment(property) && bare(property.initializer);
  return value && ts.isObjectLiteralExpression(value) ? value : undefined;
};

/** Returns the expression at an address such as `sessions.cookie.name` below an object literal. */
export const expressionAt = (object, address) => {
  const names = address.split('.');
  const parent = names.slice(0, -1).reduce(objectIn, object);
  const property = parent && propertyOf(parent, names.at(-1));
  return property && ts.isPropertyAssignment(property) ? property.initializer : undefined;
};

const indentationAt = (tree, position) => {
  const { line } = tree.getLineAndCharacterOfPosition(position);
  return /^[ \t]*/.exec(tree.text.slice(tree.getLineStarts()[line]))[0];
};

/** Adds a property at the end of an object literal. JSON gets no comma after it. */
export const addProperty = ({ tree, edit }, object, text, { isJson = false } = {}) => {
  const { properties } = object;
  const last = properties.at(-1);
  if (!last) {
    edit.overwrite(object.getStart(tree), object.end, `{ ${text} }`);
    return;
  }
  const comma = properties.hasTrailingComma ? '' : ',';
  const start = last.getStart(tree);
  const isOnOneLine = !tree.text.slice(object.getStart(tree), start).includes('\n');
  const added = isOnOneLine
    ? `${comma} ${text}`
    : `${comma}\n${indentationAt(tree, start)}${text}${isJson ? '' : ','}`;
  edit.appendLeft(properties.end, added);
};

/** Removes a property or element with its comma and its comments. */
export const removeFromList = ({ tree, edit }, node) => {
  const [comma = ''] = /^\s*,/.exec(tree.text.slice(node.end)) ?? [];
  edit.remove(node.getFullStart(), node.end + comma.length);
};

const isRequire = (statement) =>
  ts.isVariableStatement(statement) && /=\s*require\(/.test(statement.getText());

const isPrologue = (statement) =>
  ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);

/** Imports a name, in the way of the file: `import` or `require`. */
export const addImport = ({ tree, edit }, name, from) => {
  const line = ts.isExternalModule(tree)
    ? `import { ${name} } from '${from}';`
    : `const { ${name} } = require('${from}');`;
  const last = tree.statements.findLast(
    (statement) =>
      ts.isImportDeclaration(statement) || isRequire(statement) || isPrologue(statement),
  );
  if (last) edit.appendRight(last.end, `\n${line}`);
  else edit.prepend(`${line}\n\n`);
};

/** What {@link evaluate} returns for what only a running app knows. */
export const UNKNOWN = Symbol('unknown');

const readers = {
  env: (text) => text,
  'env.int': Number,
  'env.float': Number,
  'env.bool': (text) => text === 'true',
};

const ofVariable = (name, environment, read, fallback) => {
  const text = environment[name];
  return text === undefined || text === '' ? fallback() : read(text);
};

const ofLiteral = (node) => {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  return node.getText() === 'undefined' ? undefined : UNKNOWN;
};

const ofCall = (node, environment) => {
  const read = readers[node.expression.getText()];
  const [name, fallback] = node.arguments;
  if (!read || !name || !ts.isStringLiteralLike(name)) return UNKNOWN;
  return ofVariable(name.text, environment, read, () =>
    fallback ? evaluate(fallback, environment) : undefined,
  );
};

const operators = {
  '*': (left, right) =>
    typeof left === 'number' && typeof right === 'number' ? left * right : UNKNOWN,
  '||': (left, right) => (left === UNKNOWN ? UNKNOWN : left || right),
  '??': (left, right) => (left === UNKNOWN ? UNKNOWN : (left ?? right)),
};

/**
 * Returns the value of an expression in a configuration file: a literal, a product of numbers, `env(…)` with its default, or
 * `process.env.NAME`. {@link UNKNOWN} for anything else.
 */
export const evaluate = (expression, environment) => {
  const node = bare(expression);
  const [, variable] = /^process\.env\.(\w+)$/.exec(node.getText()) ?? [];
  if (variable) return ofVariable(variable, environment, String, () => undefined);
  if (ts.isCallExpression(node)) return ofCall(node, environment);
  if (!ts.isBinaryExpression(node)) return ofLiteral(node);
  const operate = operators[node.operatorToken.getText()] ?? (() => UNKNOWN);
  return operate(evaluate(node.left, environment), evaluate(node.right, environment));
};
