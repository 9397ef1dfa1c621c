import { errors } from '@strapi/utils';

/** HTTP status that a body parser hung on its error: `status` (raw-body), `httpCode` (formidable). */
const statusOf = (error: Error & { status?: unknown; httpCode?: unknown }): unknown =>
  error.status ?? error.httpCode;

/**
 * What `strapi::body` does with a body that cannot be read (broken JSON, multipart or gzip): it is
 * the sender's fault and answered with a 4xx. By itself Strapi answers some of them with a 500.
 *
 * @throws always, an error that Strapi answers with 400 or 413
 */
export const refuseUnreadableBody = (error: Error): never => {
  throw statusOf(error) === 413
    ? new errors.PayloadTooLargeError('Request body is too large')
    : new errors.ValidationError('Request body cannot be read');
};
