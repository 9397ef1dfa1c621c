import { refusal } from './refusals';

/** Parsers put the HTTP status on their error as `status` (raw-body) or `httpCode` (formidable). */
const statusOf = (error: Error & { status?: unknown; httpCode?: unknown }): unknown =>
  error.status ?? error.httpCode;

/**
 * The `onError` of `strapi::body`, called for a body that cannot be parsed (broken JSON, multipart or
 * gzip). By itself Strapi responds to some of these with a 500.
 *
 * @throws always: an error that Strapi turns into a 400 or 413
 */
export const refuseUnreadableBody = (error: Error): never => {
  throw refusal(statusOf(error) === 413 ? 'body-too-large' : 'unreadable-body');
};
