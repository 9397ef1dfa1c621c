import ms from 'ms';
import { z } from 'zod';

/** Shortest secret that is accepted. HS256 wants a key at least as long as its hash (RFC 7518, 3.2). */
export const MINIMUM_SECRET_LENGTH = 32;

const LONGEST_DURATION = ms('100y');
const PLACEHOLDER = /to-?be-?modified|change-?me|replace-?me|your-?secret|placeholder/i;

const splitList = (value: string): string[] => value.split(',').map((entry) => entry.trim());

const refuse = (context: z.core.$RefinementCtx<string>, message: string): typeof z.NEVER => {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
};

/**
 * A duration with a unit (`360s`, `10m`, `2d`), as milliseconds.
 *
 * A bare number is refused: `360` reads as seconds to people and means milliseconds to
 * `jsonwebtoken`. One schema for every duration, so that one unit rule holds.
 */
export const duration = z.string().transform((value, context): number => {
  if (/^[\d.]+$/.test(value)) {
    return refuse(context, `"${value}" has no unit; write "${value}s" for seconds`);
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

/** A duration for the life of a token or a session: JWT times count whole seconds, so one at least. */
export const lifetime = duration.refine((milliseconds) => milliseconds >= 1000, {
  message: 'must be at least 1s',
});

/** `true` or `false`, nothing else. */
export const boolean = z
  .enum(['true', 'false'], { message: 'must be "true" or "false"' })
  .transform((value) => value === 'true');

/** A whole number from `minimum` to `maximum`. */
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

/** A URL with one of these protocols (`redis:`). The value is not repeated: it may hold a password. */
export const url = (protocols: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `must be a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });

/** A secret that somebody has to set: present and no placeholder. Its value never enters a message. */
export const secret = z.string('is missing').refine((value) => !PLACEHOLDER.test(value), {
  message: 'is still a placeholder; set a random value',
});

/**
 * One or more token secrets, comma-separated: the first signs, all verify (design section 3).
 * Never repeats a value in a message.
 */
export const secretList = z
  .string('is missing')
  .transform(splitList)
  .superRefine((secrets, context) => {
    const complain = (message: string) => context.addIssue({ code: 'custom', message });
    if (secrets.some((value) => value === '')) {
      complain('has an empty entry; remove the extra comma');
    } else if (secrets.some((value) => PLACEHOLDER.test(value))) {
      complain('is still a placeholder; set a random value');
    } else if (secrets.some((value) => value.length < MINIMUM_SECRET_LENGTH)) {
      complain(`is too short; use ${MINIMUM_SECRET_LENGTH} characters or more`);
    }
  });

/** Koa's cookie keys: one or more, comma-separated, none of them a placeholder. */
export const keyList = z
  .string('is missing')
  .transform(splitList)
  .superRefine((keys, context) => {
    if (keys.some((key) => key === '' || PLACEHOLDER.test(key))) {
      context.addIssue({
        code: 'custom',
        message: 'is still a placeholder or has an empty entry; set random values',
      });
    }
  });

/** What is repeated in a message must not hold a password. */
const withoutCredentials = (origin: string): string =>
  origin.includes('@') ? 'an entry with "@"' : `"${origin}"`;

const isOrigin = (value: string): boolean =>
  URL.canParse(value) &&
  ['http:', 'https:'].includes(new URL(value).protocol) &&
  new URL(value).origin === value;

/** Web origins (RFC 6454), comma-separated, as a browser sends them: no path, no trailing slash, no `*`. */
export const originList = z
  .string()
  .transform(splitList)
  .superRefine((origins, context) => {
    for (const origin of origins.filter((value) => !isOrigin(value))) {
      context.addIssue({
        code: 'custom',
        message: `${withoutCredentials(origin)} is not an origin; write scheme and host only, such as "https://app.example.com"`,
      });
    }
  });

/** The name of a cookie: a token of RFC 6265, section 4.1.1. */
export const cookieName = z.string().regex(/^[\w!#$%&'*.^`|~+-]+$/, {
  message: 'must be a cookie name: letters, digits, "_", "-" or "."',
});

const LABEL = '[a-z\\d]([a-z\\d-]*[a-z\\d])?';
const DOMAIN = new RegExp(`^\\.?${LABEL}(\\.${LABEL})*$`, 'i');

/** The `Domain` of a cookie: a host name, with or without a leading dot. */
export const cookieDomain = z.string().regex(DOMAIN, {
  message: 'must be a host name, such as "example.com"',
});

/** The `Path` of a cookie. */
export const cookiePath = z.string().regex(/^\/[!-:=-~]*$/, {
  message: 'must be a path that starts with "/", without spaces, ";" and "<"',
});

/** The `SameSite` of a cookie, in any case. */
export const sameSite = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['strict', 'lax', 'none'], { message: 'must be "strict", "lax" or "none"' }));
