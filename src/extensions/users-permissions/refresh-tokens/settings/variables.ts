import ms from 'ms';
import { parse } from 'tldts';
import { z } from 'zod';

/** HS256 requires a key of at least 256 bits (RFC 7518, section 3.2). */
const MINIMUM_SECRET_LENGTH = 32;

const LONGEST_DURATION = ms('100y');
const PLACEHOLDER = /to-?be-?modified|change-?me|replace-?me|your-?secret|placeholder/i;

const splitList = (value: string): string[] => value.split(',').map((entry) => entry.trim());

/** Defines a variable: its schema, with its default, and its text in docs/configuration.md. */
export const variable = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema.meta({ description });

/** Adds a problem to a variable. */
export const refuse = (context: z.core.$RefinementCtx<string>, message: string): typeof z.NEVER => {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
};

/**
 * Reads a duration with a unit (`360s`, `10m`, `2d`) as milliseconds.
 *
 * A number without a unit is refused: readers take `360` for seconds, `ms` and `jsonwebtoken` for
 * milliseconds.
 */
export const duration = z.string().transform((value, context): number => {
  if (/^[\d.]+$/.test(value)) {
    return refuse(context, `"${value}" has no unit; write "${value}s" for seconds`);
  }
  if (value.endsWith('M')) {
    return refuse(
      context,
      `"${value}" may be minutes or months; write "m" for minutes, or count days ("30d")`,
    );
  }
  const milliseconds = /^\d+(\.\d+)?\s*[a-z]+$/i.test(value)
    ? ms(value as ms.StringValue)
    : undefined;
  if (milliseconds === undefined) {
    return refuse(context, `"${value}" is not a duration; write for example "30s", "10m" or "2d"`);
  }
  return milliseconds > LONGEST_DURATION
    ? refuse(context, `"${value}" is longer than 100 years`)
    : Math.round(milliseconds);
});

/** Reads the lifetime of a token or a session: at least one second, since JWT times are whole seconds. */
export const lifetime = duration.refine((milliseconds) => milliseconds >= 1000, {
  message: 'must be at least 1s',
});

export const boolean = z
  .enum(['true', 'false'], { message: 'must be "true" or "false"' })
  .transform((value) => value === 'true');

export const wholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d+$/, { message: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, {
      message:
        maximum === Number.MAX_SAFE_INTEGER
          ? `must be ${minimum} or more`
          : `must be between ${minimum} and ${maximum}`,
    });

/** A URL with one of these protocols (`redis:`). The message does not quote it: it may hold a password. */
export const url = (protocols: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `must be a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });

/** Strapi generates secrets of 24 characters. A HMAC key can be tried without the server. */
const MINIMUM_STRAPI_SECRET_LENGTH = 16;
const MINIMUM_DISTINCT_CHARACTERS = 6;
const GUESSABLE = 'is easy to guess; set a random value (openssl rand -base64 32)';

const isGuessable = (value: string): boolean =>
  value.length < MINIMUM_STRAPI_SECRET_LENGTH || new Set(value).size < MINIMUM_DISTINCT_CHARACTERS;

/** A secret that is set and not a placeholder. The message does not quote it. */
export const secret = z.string('is missing').refine((value) => !PLACEHOLDER.test(value), {
  message: 'is still a placeholder; set a random value',
});

/** A secret of Strapi that signs something, so that whoever guesses it can forge that. */
export const signingSecret = secret.refine((value) => !isGuessable(value), { message: GUESSABLE });

/** For apps that move here: `adopt-sessions.ts`. */
export const adoptVariables = {
  ADOPT_SESSIONS_UNTIL: variable(
    z.iso.date('must be a date, such as "2027-01-31"').transform(Date.parse).optional(),
    "For an app that moves here: until the beginning of this day (UTC) its refresh tokens, those of Strapi's refresh mode and of the tutorial, are exchanged, once each (docs/moving.md). Unset: they are refused.",
  ),
  ADOPT_JWT_SECRET: variable(
    signingSecret.optional(),
    "The `jwtSecret` of Strapi's refresh mode, where it is too short for `JWT_SECRET`, as the 24 characters are that Strapi generates. Verifies nothing but refresh tokens of that mode, until `ADOPT_SESSIONS_UNTIL`.",
  ),
};

/** One or more token secrets, comma-separated (design section 3). The messages do not quote them. */
export const secretList = z
  .string('is missing')
  .transform(splitList)
  .superRefine((secrets, context) => {
    const addProblem = (message: string) => context.addIssue({ code: 'custom', message });
    if (secrets.some((value) => value === '')) {
      addProblem('has an empty entry; remove the extra comma');
    } else if (secrets.some((value) => PLACEHOLDER.test(value))) {
      addProblem('is still a placeholder; set a random value');
    } else if (secrets.some((value) => value.length < MINIMUM_SECRET_LENGTH)) {
      addProblem(`is too short; use ${MINIMUM_SECRET_LENGTH} characters or more`);
    }
  });

/** Standard Webhooks 1.0.0, "Signature scheme" (https://www.standardwebhooks.com). */
const WEBHOOK_SECRET_PREFIX = 'whsec_';
const WEBHOOK_SECRET_BYTES = { least: 24, most: 64 };

const webhookSecretProblem = (value: string): string | null => {
  if (PLACEHOLDER.test(value)) return 'is still a placeholder; set a random value';
  const base64 = value.slice(WEBHOOK_SECRET_PREFIX.length);
  const bytes = Buffer.from(base64, 'base64');
  // `Buffer.from` skips what is not base64; the libraries of receivers refuse it.
  if (!value.startsWith(WEBHOOK_SECRET_PREFIX) || bytes.toString('base64') !== base64) {
    return 'must be "whsec_" and padded base64 (echo "whsec_$(openssl rand -base64 32)"); several: comma-separated';
  }
  const { least, most } = WEBHOOK_SECRET_BYTES;
  if (bytes.length < least || bytes.length > most) {
    return `must be the base64 of ${least} to ${most} bytes`;
  }
  return isGuessable(base64) ? GUESSABLE : null;
};

/**
 * One or more secrets of Standard Webhooks, comma-separated. The messages do not quote them.
 * Returns their base64, without the prefix.
 */
export const webhookSecretList = z
  .string()
  .transform(splitList)
  .superRefine((secrets, context) => {
    const message = secrets.map(webhookSecretProblem).find((problem) => problem !== null);
    if (message) context.addIssue({ code: 'custom', message });
  })
  .transform((secrets) => secrets.map((value) => value.slice(WEBHOOK_SECRET_PREFIX.length)));

/** One or more keys for Koa's signed cookies, comma-separated. */
export const cookieKeyList = z
  .string('is missing')
  .transform(splitList)
  .superRefine((keys, context) => {
    if (keys.some((key) => key === '' || PLACEHOLDER.test(key))) {
      context.addIssue({
        code: 'custom',
        message: 'is still a placeholder or has an empty entry; set random values',
      });
    } else if (keys.some(isGuessable)) {
      context.addIssue({ code: 'custom', message: GUESSABLE });
    }
  });

/** Quotes an entry for a message, unless it may contain a password. */
const withoutCredentials = (origin: string): string =>
  origin.includes('@') ? 'an entry with "@"' : `"${origin}"`;

/**
 * An origin of an app in a web view or of a browser extension. `URL` does not parse these: the origin of
 * a scheme that it does not know is "null" (https://url.spec.whatwg.org/#origin).
 */
const APP_ORIGIN =
  /^(capacitor|ionic|tauri|chrome-extension|moz-extension|safari-web-extension):\/\/[\w-]+(\.[\w-]+)*(:\d+)?$/;

const isOrigin = (value: string): boolean =>
  APP_ORIGIN.test(value) ||
  (URL.canParse(value) &&
    ['http:', 'https:'].includes(new URL(value).protocol) &&
    new URL(value).origin === value);

const originProblem = (value: string): string | null => {
  if (value.includes('*')) {
    return `${withoutCredentials(value)} has a wildcard; write each origin by itself (docs/deploying.md, "Preview deployments")`;
  }
  return isOrigin(value)
    ? null
    : `${withoutCredentials(value)} is not an origin; write scheme and host only, such as "https://app.example.com"`;
};

/** Origins (RFC 6454), comma-separated, as browsers send them: no path, no trailing slash, no `*`. */
export const originList = z
  .string()
  .transform(splitList)
  .superRefine((origins, context) => {
    for (const message of origins.map(originProblem).filter((problem) => problem !== null)) {
      context.addIssue({ code: 'custom', message });
    }
  });

/** The name of a request header. A subset of RFC 9110, section 5.1, without `*`. */
const headerName = z.string().regex(/^[a-z][\w-]*$/i, {
  message: 'must be the name of a header, such as "CF-Connecting-IP"',
});

/** Names of request headers, comma-separated. */
export const headerList = z.string().transform(splitList).pipe(z.array(headerName));

/** The name of a header that contains addresses, comma-separated. */
export const addressHeader = headerName.refine((name) => name.toLowerCase() !== 'forwarded', {
  message: 'must be a header with plain addresses, which "Forwarded" (RFC 7239) is not',
});

/** A cookie name: a token (RFC 6265, section 4.1.1). */
export const cookieName = z.string().regex(/^[\w!#$%&'*.^`|~+-]+$/, {
  message: 'must be a cookie name: letters, digits, "_", "-" or "."',
});

const LABEL = '[a-z\\d]([a-z\\d-]*[a-z\\d])?';
const DOMAIN = new RegExp(`^\\.?${LABEL}(\\.${LABEL})*$`, 'i');

/**
 * The `Domain` of a cookie: a host name, with or without a leading dot. Browsers drop a cookie for an
 * address or a public suffix (RFC 6265bis, section 5.7; https://publicsuffix.org).
 */
export const cookieDomain = z
  .string()
  .regex(DOMAIN, { message: 'must be a host name, such as "example.com"' })
  .superRefine((value, context) => {
    const host = value.replace(/^\./, '');
    const { isIp, isIcann, isPrivate, publicSuffix } = parse(host, { allowPrivateDomains: true });
    if (isIp) refuse(context, 'is an address; leave it out, and the cookie is for this host only');
    if ((isIcann || isPrivate) && publicSuffix === host.toLowerCase()) {
      refuse(context, `"${host}" is shared by many owners; browsers refuse such a cookie`);
    }
  });

/** The `Path` of a cookie. */
export const cookiePath = z.string().regex(/^\/[!-:=-~]*$/, {
  message: 'must be a path that starts with "/", without spaces, ";" and "<"',
});

/** `iss` or `aud` of a token: one text or URI (RFC 7519, section 2). */
export const tokenParty = z
  .string()
  .max(255, { message: 'is longer than 255 characters' })
  .regex(/^[!-+\--~]+$/, {
    message: 'must be one value without spaces and commas, such as "https://api.example.com"',
  });

/** The `SameSite` of a cookie, in upper or lower case. */
export const sameSite = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['strict', 'lax', 'none'], { message: 'must be "strict", "lax" or "none"' }));
