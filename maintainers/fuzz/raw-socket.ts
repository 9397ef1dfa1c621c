import { connect } from 'node:net';

/** What is written to a socket as it is: no HTTP client would send it. The path is one of the routes. */
export const MALFORMED: readonly ((path: string) => Buffer)[] = (
  [
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":`,
    (path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}`,
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}`,
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
    (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${'X: a\r\n'.repeat(5000)}\r\n`,
    (path) => `GET ${path} HTTP/1.1\r\nHost: a\r\nA: b\r\n c: d\r\n\r\n`,
    (path) => `GET ${path} HTTP/1.1\r\n\r\n`,
    (path) => `GET ${path} HTTP/9.9\r\nHost: a\r\n\r\n`,
    (path) => `GET ${path}\r\n\r\n`,
    (path) => `BREW ${path} HTTP/1.1\r\nHost: a\r\n\r\n`,
    (path) => `GET ${path}?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    (path) => `GET ${path}?a[b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    (path) => `GET http://evil.example${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    (path) => `GET ${path.slice(1)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    (path) =>
      `${`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(20)}GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    (path) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    (path) =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    (path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: nonsense\r\nContent-Length: 2\r\n\r\n{}`,
    (path) =>
      Buffer.concat([
        Buffer.from(`GET ${path}/`),
        Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
        Buffer.from(' HTTP/1.1\r\nHost: a\r\n\r\n'),
      ]),
    (path) =>
      Buffer.concat([
        Buffer.from(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n"`,
        ),
        Buffer.from([0xff, 0xc0, 0x80, 0xed]),
        Buffer.from('"'),
      ]),
    () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
  ] as ((path: string) => string | Buffer)[]
).map((build) => (path) => {
  const bytes = build(path);
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
});

/**
 * Writes bytes to a new socket, closes its own half, and resolves to the status codes of all responses, once the
 * server has closed it.
 *
 * @param timeout in milliseconds; rejects when the server keeps the socket open for longer
 */
export const sendBytes = (port: number, bytes: Buffer, timeout: number): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const received: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`The socket is open after ${timeout} ms`));
    }, timeout);
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    // The server may close the socket before it has read everything.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(received).toString('latin1');
      resolve([...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)));
    });
    socket.end(bytes);
  });
