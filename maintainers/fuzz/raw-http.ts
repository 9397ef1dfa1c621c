import { Agent, request } from 'node:http';

/** A request as it goes over the wire: headers in this order, doubled ones included. */
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

/** Sends requests that no well-behaved client would send. */
export interface RawClient {
  /** @throws when no answer has come in time */
  send(raw: RawRequest): Promise<RawResponse>;
  close(): void;
}

/**
 * Makes a client on connections that are kept open.
 *
 * @param timeout how long to wait for a whole answer, in milliseconds
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
        // Node takes pairs, too, and then sends them as they are.
        headers: [['Host', 'api.example.com'], ...length, ...headers].flat(),
      });
      const timer = setTimeout(() => {
        outgoing.destroy(new Error(`No answer in ${timeout} ms`));
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
