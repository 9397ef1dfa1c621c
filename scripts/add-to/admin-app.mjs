import ts from 'typescript';
import {
  addImport,
  addProperty,
  configValue,
  objectIn,
  openSource,
  propertyOf,
} from './source-code.mjs';

const BY_HAND = `Add to what it exports:

  import { registerSessions } from './sessions/register';
  import { translations } from './sessions/translations';

  config: { translations },
  register(app) {
    registerSessions(app);
  },`;

/** Returns the function of a property such as `register(app) {…}` or `register: (app) => {…}`. */
const functionOf = (property) =>
  ts.isPropertyAssignment(property) ? property.initializer : property;

/** Calls `registerSessions` first in the function `register`. False where it is not plain. */
const callFirst = ({ edit }, property) => {
  const { body, parameters } = functionOf(property);
  const name = parameters?.[0]?.name.getText();
  if (!name || !body || !ts.isBlock(body)) return false;
  edit.appendLeft(body.getStart() + 1, `\n    registerSessions(${name});`);
  return true;
};

/** Adds the translations to `config`. False where it has some. */
const addTranslations = (source, app) => {
  const config = objectIn(app, 'config');
  if (!config) {
    if (propertyOf(app, 'config')) return false;
    addProperty(source, app, 'config: { translations }');
    return true;
  }
  if (propertyOf(config, 'translations')) return false;
  addProperty(source, config, 'translations');
  return true;
};

/**
 * Puts the pages of the admin panel into `src/admin/app`.
 *
 * @param app `{ find, read }`
 * @param fresh `{ file, text }` for an app without one
 * @returns `{ writes }`, `{ file, byHand }`, or `{}` where nothing is to be done
 */
export const changeAdminApp = ({ find, read }, fresh) => {
  const file = find('src/admin/app');
  if (!file) return { writes: { [fresh.file]: fresh.text } };
  const text = read(file);
  if (text.includes('registerSessions')) return {};

  const source = openSource(file, text);
  const app = configValue(source.tree);
  const byHand = { file, byHand: BY_HAND };
  if (!app || !ts.isObjectLiteralExpression(app)) return byHand;
  const register = propertyOf(app, 'register');
  if (!register) addProperty(source, app, 'register: registerSessions');
  else if (!callFirst(source, register)) return byHand;
  if (!addTranslations(source, app)) return byHand;
  addImport(source, 'registerSessions', './sessions/register');
  addImport(source, 'translations', './sessions/translations');
  return { writes: { [file]: source.edit.toString() } };
};
