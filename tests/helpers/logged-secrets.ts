import type { Context, Next } from 'koa';

/** Finds secrets in a log. */
export interface LoggedSecrets {
  /** Remembers a secret. Short values are ignored: they are in a log by chance. */
  add(kind: string, value: unknown): void;
  /** Remembers the secrets among environment variables. */
  addVariables(variables: Record<string, string>): void;
  /** Remembers a text that is in the log on purpose: what it contains is no secret. */
  addPublic(text: string): void;
  /** @throws an error that says which lines have which secrets, and shows these lines without them */
  assertNoneIn(lines: readonly string[]): void;
}

const MIN_LENGTH = 8;
const MAX_LINE_LENGTH = 300;

const SECRET_VARIABLE = /(SECRET|KEYS?|SALT|PASSWORD)$/;

/** What nobody has to remember: a JWT, and a hash of bcrypt. */
const SHAPES = [
  ['JWT', /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}/g],
  ['hash of a password', /\$2[aby]\$\d\d\$[./\w]{53}/g],
] as const;

const passwordOfUrl = (value: string): string =>
  URL.canParse(value) ? decodeURIComponent(new URL(value).password) : '';

/** A secret as it is, in JSON and in a URL. */
const spellingsOf = (value: string): string[] => [
  value,
  JSON.stringify(value).slice(1, -1),
  encodeURIComponent(value.toWellFormed()),
];

export const createLoggedSecrets = (): LoggedSecrets => {
  const kinds = new Map<string, string>();
  const publicTexts = new Set<string>();

  const add: LoggedSecrets['add'] = (kind, value) => {
    if (typeof value !== 'string') return;
    // The rest of a JWT is no secret, and useless without its signature.
    const secret = /^eyJ[\w-]*\.[\w-]*\.([\w-]+)$/.exec(value)?.[1] ?? value;
    if (secret.length < MIN_LENGTH) return;
    for (const spelling of spellingsOf(secret)) kinds.set(spelling, kind);
  };

  /** Returns the line without its secrets, and what they are. */
  const conceal = (line: string): { kinds: Set<string>; concealed: string } => {
    const found = new Set<string>();
    let concealed = line;
    const replace = (secret: string | RegExp, kind: string) => {
      concealed = concealed.replaceAll(secret, () => {
        found.add(kind);
        return `<${kind}>`;
      });
    };
    // A secret may contain another one.
    const longestFirst = [...kinds].sort(([a], [b]) => b.length - a.length);
    for (const [secret, kind] of longestFirst) replace(secret, kind);
    for (const [kind, shape] of SHAPES) replace(shape, kind);
    return { kinds: found, concealed: concealed.slice(0, MAX_LINE_LENGTH) };
  };

  return {
    add,
    addVariables: (variables) => {
      for (const [name, value] of Object.entries(variables)) {
        if (SECRET_VARIABLE.test(name)) for (const part of value.split(',')) add(name, part);
        else add(`password in ${name}`, passwordOfUrl(value));
      }
    },
    addPublic: (text) => {
      publicTexts.add(text);
    },
    assertNoneIn: (lines) => {
      // One search in everything takes a fraction of the time of one for each line.
      const all = lines.join('\n');
      const published = [...publicTexts].join('\n');
      for (const secret of kinds.keys()) {
        if (!all.includes(secret) || published.includes(secret)) kinds.delete(secret);
      }
      if (kinds.size === 0 && SHAPES.every(([, shape]) => all.search(shape) < 0)) return;
      const found = lines.map(conceal).filter((line) => line.kinds.size > 0);
      const report = found.map((line) => `\n${[...line.kinds].join(', ')} in "${line.concealed}"`);
      throw new Error(`The log has secrets:${report.join('')}`);
    },
  };
};

const SECRET_INPUT = /password|token|jwt|secret|code|confirmation/i;
/** Without `code`: those of errors are public. */
const SECRET_OUTPUT = /token|jwt|secret|accessKey/i;

/** Remembers the fields with these names at any depth, which can be more than a stack can hold. */
const addFields = (
  secrets: LoggedSecrets,
  origin: string,
  names: RegExp,
  fields: unknown,
): void => {
  const objects = new Set([fields]);
  for (const object of objects) {
    for (const [name, value] of Object.entries(object ?? {})) {
      if (typeof value === 'object') objects.add(value);
      else if (names.test(name)) secrets.add(`${name} of ${origin}`, value);
    }
  }
};

const addCookies = (secrets: LoggedSecrets, header: string | undefined): void => {
  for (const pair of header?.split(/; */) ?? []) {
    const [name = '', ...value] = pair.split('=');
    secrets.add(`cookie ${name}`, value.join('='));
  }
};

const addQuery = (secrets: LoggedSecrets, origin: string, url: string): void => {
  const query = new URLSearchParams(url.split('?')[1]);
  addFields(secrets, origin, SECRET_INPUT, Object.fromEntries(query));
};

/** A middleware that remembers all secrets in requests and responses. */
export const rememberSecrets =
  (secrets: LoggedSecrets) =>
  async (ctx: Context, next: Next): Promise<void> => {
    secrets.add('Authorization', ctx.get('authorization').replace(/^\w+ /, ''));
    secrets.add('Idempotency-Key', ctx.get('idempotency-key'));
    addCookies(secrets, ctx.get('cookie'));
    addQuery(secrets, 'a query', ctx.originalUrl);
    secrets.addPublic(ctx.path);
    try {
      await next();
    } finally {
      addFields(secrets, 'a request', SECRET_INPUT, (ctx.request as { body?: unknown }).body);
      for (const header of [ctx.response.get('set-cookie')].flat()) {
        addCookies(secrets, header.split(';')[0]);
      }
      addQuery(secrets, 'a redirect', ctx.response.get('location'));
      if (ctx.type === 'application/json') {
        const body = typeof ctx.body === 'string' ? (JSON.parse(ctx.body) as unknown) : ctx.body;
        addFields(secrets, 'a response', SECRET_OUTPUT, body);
      }
    }
  };
