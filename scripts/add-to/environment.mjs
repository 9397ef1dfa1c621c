import dotenv from 'dotenv';
import { freshSecret, settingsProblems, withVariable } from '../env-file.mjs';

/** The secrets that sign tokens of users. Others stay: a new one would log administrators out, or end API tokens. */
const TOKEN_SECRETS = ['JWT_SECRET', 'REFRESH_SECRET'];

/** Variables of `.env.example` that a Strapi app has by itself. */
const OF_STRAPI =
  /^(HOST|PORT|PUBLIC_URL|APP_KEYS|JWT_SECRET|ADMIN_JWT_SECRET|API_TOKEN_SALT|TRANSFER_TOKEN_SALT|ENCRYPTION_KEY|(FLAG|DATABASE|WEBHOOKS)_\w+)$/;

/**
 * Completes `.env` of the app.
 *
 * @param text of `.env`
 * @param variables what the configuration becomes; a variable that is set stays as it is
 * @param earlierSecret the secret of earlier refresh tokens, if they can be exchanged
 * @returns `{ text, notes, byHand }`: the names of what was set and never a value; `byHand` for what would stop the boot
 */
export const completeEnvironment = (text, variables, earlierSecret) => {
  const before = dotenv.parse(text);
  const refused = settingsProblems(before).map(({ variable }) => variable);
  const replaced = TOKEN_SECRETS.filter((name) => refused.includes(name));
  const added = Object.entries(variables).filter(([name]) => before[name] === undefined);
  const isReplaced = earlierSecret && replaced.includes('JWT_SECRET');
  const kept =
    isReplaced && before.ADOPT_JWT_SECRET === undefined
      ? [['ADOPT_JWT_SECRET', earlierSecret]]
      : [];

  const values = [...replaced.map((name) => [name, freshSecret()]), ...added, ...kept];
  const after = values.reduce((env, [name, value]) => withVariable(env, name, value), text);
  const problems = settingsProblems(dotenv.parse(after));
  return {
    text: after,
    notes: [
      ...replaced.map((name) =>
        before[name]
          ? `${name}: a new random secret, since the earlier one is too weak`
          : `${name}: a random secret`,
      ),
      ...added.map(([name, value]) => `${name}=${value}`),
      ...kept.map(([name]) => `${name}: the secret of earlier refresh tokens`),
    ],
    ...(problems.length > 0 && {
      byHand: `The server would not start:\n\n${problems.map(({ variable, message }) => `  ${variable} ${message}`).join('\n')}`,
    }),
  };
};

/** Splits the text of `.env.example` into its entries: the comments above a variable, and its line. */
const entriesOf = (example) => example.match(/(?:^#.*\n)*?^(?:# )?[A-Z_]+=.*\n?/gm) ?? [];

const variableOf = (entry) => /(?:^|\n)(?:# )?([A-Z_]+)=.*\n?$/.exec(entry)[1];

/** Adds the variables of the extension, with their comments, to `.env.example` of the app. */
export const completeExample = (text, example) => {
  const isKnown = (name) => new RegExp(`^(# ?)?${name}=`, 'm').test(text);
  const added = entriesOf(example).filter((entry) => {
    const name = variableOf(entry);
    return !OF_STRAPI.test(name) && !isKnown(name);
  });
  if (added.length === 0) return text;
  const head = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${head}\n# --- Sessions of users ---\n\n${added.map((entry) => entry.trim()).join('\n')}\n`;
};
