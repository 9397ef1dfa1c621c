import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { vi } from 'vitest';
import { openBrowser, type Site } from './browser-client';
import { freePort } from './process';

export interface Certificate {
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** Makes a certificate for `127.0.0.1`, good for a day. */
export const makeCertificate = (folder: string): Certificate => {
  const keyFile = path.join(folder, 'key.pem');
  const certificateFile = path.join(folder, 'certificate.pem');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', keyFile, '-out', certificateFile],
    ],
    { stdio: 'pipe' },
  );
  return { keyFile, certificateFile };
};

interface Proxied {
  /** Where its configuration and its temporary files go. */
  readonly folder: string;
  readonly certificate: Certificate;
  /** The instances that take turns. */
  readonly upstreams: readonly number[];
}

// Node ends a connection that was idle for five seconds: the proxy has to be first, or a request now
// and then meets a connection that is just being closed.
const configuration = ({ folder, certificate, upstreams }: Proxied, port: number): string => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;

  upstream strapi {
    ${upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=1 fail_timeout=1s;`).join('\n    ')}
    keepalive 64;
    keepalive_timeout 3s;
  }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate.certificateFile};
    ssl_certificate_key ${certificate.keyFile};
    location / {
      proxy_pass http://strapi;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;

export interface Nginx extends Site {
  stop(): Promise<void>;
}

const answers = async (site: Site): Promise<boolean> => {
  const browser = openBrowser(site);
  const answer = await browser.get('/_health').catch(() => null);
  browser.close();
  return answer?.status === 204;
};

/** Starts nginx on a free port: TLS ends there, the instances take turns. */
export const startNginx = async (proxied: Proxied): Promise<Nginx> => {
  const port = await freePort();
  const folder = path.join(proxied.folder, 'nginx');
  mkdirSync(folder);
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, configuration({ ...proxied, folder }, port));

  const child = spawn('nginx', ['-p', folder, '-c', file, '-e', 'stderr'], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const written: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };

  const site = {
    origin: `https://127.0.0.1:${port}`,
    certificate: readFileSync(proxied.certificate.certificateFile, 'utf8'),
  };
  try {
    await Promise.race([
      ended.then(() => {
        throw new Error(`nginx ended before it answered:\n${written.join('')}`);
      }),
      vi.waitUntil(() => answers(site), { timeout: 20_000, interval: 100 }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...site, stop };
};
