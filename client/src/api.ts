import { AuthError } from './errors.ts';

export interface Body {
  readonly jwt?: string;
  readonly refreshToken?: string;
  readonly user?: unknown;
  readonly error?: { readonly message?: string; readonly details?: Record<string, unknown> };
}

/** An answer of the API. The status is 0 without one. */
export interface ApiResponse {
  readonly status: number;
  readonly body: Body;
  /** In milliseconds; 0 if the answer does not say. */
  readonly retryAfter: number;
}

export interface ApiRequest {
  readonly method?: string;
  readonly body?: object;
  readonly jwt?: string | undefined;
  readonly key?: string;
}

/**
 * The timeout of each attempt, in milliseconds. All attempts start within the default leeway (10 s), so that a server that
 * ignores the `Idempotency-Key` returns the same successor, too.
 */
export const RETRIES = [3_000, 3_000, 15_000];
const RETRY_DELAY = 500;
/** One long attempt: a login is not repeated, and the password hash takes time. */
const ONCE = [30_000];

/** Whether the server may answer otherwise later. */
export const isUnavailable = ({ status }: ApiResponse): boolean =>
  status === 0 || status === 429 || status >= 500;

/** Whether a refresh was refused for good. Another server than the API has no errors of this shape. */
export const isRefusal = ({ status, body }: ApiResponse): boolean =>
  (status === 400 || status === 401) && body.error !== undefined;

export const NO_ANSWER: ApiResponse = { status: 0, body: {}, retryAfter: 0 };

/** Returns the error of an answer that is not a 2xx. */
export const errorOf = (response: ApiResponse, cause?: unknown): AuthError => {
  const { message = 'The server cannot be reached', details = {} } = response.body.error ?? {};
  const code = details.code ?? (isUnavailable(response) ? 'unavailable' : 'refused');
  return new AuthError(String(code), message, { ...response, details }, { cause });
};

/** Reads an answer. Without JSON it is not the API's: a page of a proxy, or truncated. */
export const readResponse = async (response: Response): Promise<ApiResponse> => {
  const retryAfter = Number(response.headers.get('Retry-After')) * 1000 || 0;
  const json = (await response.json().catch(() => null)) as Body | null;
  const status = json || response.status === 429 ? response.status : 0;
  return { status, body: json ?? {}, retryAfter };
};

/**
 * Creates the function that sends requests of the client itself. It never rejects. After a 5xx, or without an answer of the
 * API, it repeats the request as long as there is a timeout for another attempt.
 *
 * @param api the URL of the API, with the prefix
 * @param isCookie whether the refresh token is to come in a cookie
 */
export const createApi = (api: string, isCookie: boolean) => {
  const initOf = ({ method = 'POST', body, jwt, key }: ApiRequest): RequestInit => {
    const headers = new Headers({ 'x-strapi-refresh-cookie': isCookie ? 'httpOnly' : 'none' });
    if (body) headers.set('Content-Type', 'application/json');
    if (jwt) headers.set('Authorization', `Bearer ${jwt}`);
    if (key) headers.set('Idempotency-Key', key);
    const credentials = isCookie ? 'include' : 'omit';
    return { method, headers, credentials, body: body ? JSON.stringify(body) : null };
  };

  const attempt = async (
    path: string,
    request: ApiRequest,
    timeout: number | undefined,
  ): Promise<ApiResponse> => {
    // React Native has no `AbortSignal.timeout`.
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeout);
    try {
      const { signal } = controller;
      return await readResponse(await fetch(api + path, { ...initOf(request), signal }));
    } catch {
      return NO_ANSWER;
    } finally {
      clearTimeout(timer);
    }
  };

  return async (path: string, request: ApiRequest, timeouts = ONCE): Promise<ApiResponse> => {
    let response = await attempt(path, request, timeouts[0]);
    for (const timeout of timeouts.slice(1)) {
      if (!isUnavailable(response) || response.status === 429) break;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      response = await attempt(path, request, timeout);
    }
    return response;
  };
};

export type SendToApi = ReturnType<typeof createApi>;
