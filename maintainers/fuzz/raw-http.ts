import { Agent, request } from 'node:http';

/** A request as it is sent: headers in this order, and a header may occur twice. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Sends requests exactly as they are given, also malformed ones. */
export interface RawClient {
  /** Rejects when there is no complete response within the timeout. */
  send(raw: RawRequest): Promise<RawResponse>;
  close(): void;
}

/**
 * Creates a client that keeps its connections open.
 *
 * @param connections the maximum number of connections
 * @param timeout of a response, in milliseconds
 */
export const createRawClient = (port: number, connections: number, timeout: number): RawClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });

  const send = ({ method, path, headers, body }: RawRequest): Promise<RawResponse> =>
    new Promise((resolve, reject) => {
      const length = body ? [['Content-Length', String(body.length)] as const] : [];
      const outgoing = request({
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        // As an array Node sends the headers as they are, in this order and with duplicates.
        headers: [['Host', 'api.example.com'], ...length, ...headers].flat(),
      });
      const timer = setTimeout(() => {
        outgoing.destroy(new Error(`No response in ${timeout} ms`));
      }, timeout);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      outgoing.on('error', fail);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      outgoing.end(body ?? undefined);
    });

  return { send, close: () => agent.destroy() };
};
