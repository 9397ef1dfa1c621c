import ts from 'typescript';
import { exportedFunction, nameOf, openSource } from './source-code.mjs';

/** Whether a file has the code of "How to Create a Refresh Token Feature in your Strapi Application". */
export const isTutorial = (text) => /\bissueRefreshToken\b|['"`]\/token\/refresh['"`]/.test(text);

/** The actions of the `auth` controller that the tutorial writes. */
const ACTIONS = ['callback', 'refreshToken'];
const ACTION = new RegExp(
  String.raw`\.controllers\.auth(\.|\[['"])(${ACTIONS.join('|')})(['"]\])?$`,
);
const REFRESH_PATH = /path:\s*['"`]\/token\/refresh['"`]/;

/** Whether a factory of the `auth` controller adds nothing but the actions of the tutorial. */
const addsOnlyActions = (factory) => {
  let names;
  const visit = (node) => {
    const isController =
      ts.isObjectLiteralExpression(node) &&
      node.properties.some((property) => ACTIONS.includes(nameOf(property)));
    if (isController) {
      names ??= node.properties.filter((one) => !ts.isSpreadAssignment(one)).map(nameOf);
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(factory);
  return names?.every((name) => ACTIONS.includes(name)) ?? false;
};

const isPush = ({ expression, arguments: added }) =>
  /\.routes\.push$/.test(expression.getText()) &&
  added.length === 1 &&
  REFRESH_PATH.test(added[0].getText());

/** Whether a statement is the tutorial's, all of it. */
const isOfTutorial = (statement) => {
  if (!ts.isExpressionStatement(statement)) return false;
  const { expression } = statement;
  if (ts.isCallExpression(expression)) return isPush(expression);
  if (!ts.isBinaryExpression(expression)) return false;
  const target = expression.left.getText();
  return (
    ACTION.test(target) ||
    (/\.controllers\.auth$/.test(target) && addsOnlyActions(expression.right))
  );
};

const bodyOf = (tree) => {
  const body = exportedFunction(tree)?.body;
  return body && ts.isBlock(body) ? body.statements : undefined;
};

/** Returns how often each name is used, other than where it is declared. */
const usesOf = (tree) => {
  const uses = new Map();
  const visit = (node) => {
    const isDeclared = node.parent?.name === node && !ts.isPropertyAccessExpression(node.parent);
    if (ts.isIdentifier(node) && !isDeclared) uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return uses;
};

const namesIn = (binding) =>
  ts.isIdentifier(binding)
    ? [binding.text]
    : binding.elements.filter(({ name }) => name).flatMap(({ name }) => namesIn(name));

const importedNames = ({ importClause }) => {
  const { name, namedBindings } = importClause ?? {};
  const bindings = namedBindings?.elements ?? [namedBindings];
  return [name, ...bindings.map((binding) => binding?.name)].flatMap((one) => one?.text ?? []);
};

/** Returns the names that a statement declares; none for one that does more than that. */
const declaredNames = (statement) => {
  if (ts.isFunctionDeclaration(statement) && statement.name) return [statement.name.text];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name));
  }
  return ts.isImportDeclaration(statement) ? importedNames(statement) : [];
};

const withoutStatements = (file, text, select) => {
  const { tree, edit } = openSource(file, text);
  const removed = [...tree.statements, ...(bodyOf(tree) ?? [])].filter(select);
  for (const statement of removed) edit.remove(statement.getFullStart(), statement.end);
  return removed.length === 0 ? text : edit.toString();
};

/** Removes what was used before and no longer is, until nothing is left to remove. */
const withoutUnused = (file, text, usedBefore) => {
  const uses = usesOf(openSource(file, text).tree);
  const after = withoutStatements(file, text, (statement) => {
    const names = declaredNames(statement);
    return names.some((name) => usedBefore.has(name)) && names.every((name) => !uses.has(name));
  });
  return after === text ? text : withoutUnused(file, after, usedBefore);
};

/**
 * Removes the tutorial's code from `strapi-server`: its actions, its route, and what only they have used.
 *
 * @returns `{ text }`, null when nothing of the project is left; or `{ byHand }` where its code is mixed with other code
 */
export const withoutTutorial = (file, text) => {
  const usedBefore = usesOf(openSource(file, text).tree);
  const kept = withoutStatements(file, text, isOfTutorial);
  const after = withoutUnused(file, kept, usedBefore);
  const { tree } = openSource(file, after);
  const statements = bodyOf(tree);
  if (!statements || isTutorial(after) || /\brefreshToken\b/.test(after)) {
    return {
      byHand:
        'It has the code of the tutorial, mixed with other code. Delete the actions "callback" and "refreshToken" and the route "/token/refresh", and run this command again.',
    };
  }
  const isEmpty = statements.every(ts.isReturnStatement);
  return { text: isEmpty ? null : after.replace(/^\n+/, '') };
};
