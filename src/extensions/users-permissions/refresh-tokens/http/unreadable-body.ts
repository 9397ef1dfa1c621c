import { refusal } from './refusals';

/** The HTTP status on a parser's error: `status` (raw-body) or `httpCode` (formidable). */
const statusOf = (error: Error & { status?: unknown; httpCode?: unknown }): unknown =>
  error.status ?? error.httpCode;

/**
 * `onError` of `strapi::body`, for a body that cannot be read (broken JSON, multipart or gzip).
 * Strapi itself answers some of them with a 500, although the sender is at fault.
 *
 * @throws always, an error that Strapi answers with 400 or 413
 */
export const refuseUnreadableBody = (error: Error): never => {
  throw refusal(statusOf(error) === 413 ? 'body-too-large' : 'unreadable-body');
};
