import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openBrowser, type Site } from './browser-client';
import { freePort } from '../../tests/helpers/process';
import { startProgram, waitUntilReady } from '../../tests/helpers/program';

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

/** How the proxy is set up, where that is not as it should be. */
export interface NginxOptions {
  /** What the instances hear of the request; unless told otherwise, all that they need. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The path at which browsers see the server, with a slash at both ends. */
  readonly path?: string;
}

interface Proxied extends NginxOptions {
  /** Where its configuration and its temporary files go. */
  readonly folder: string;
  readonly certificate: Certificate;
  /** The instances that take turns. */
  readonly upstreams: readonly number[];
}

/** What a proxy has to tell the server behind it. */
export const FORWARDED = {
  Host: '$http_host',
  'X-Forwarded-For': '$proxy_add_x_forwarded_for',
  'X-Forwarded-Proto': '$scheme',
} as const;

const headerLines = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `proxy_set_header ${name} ${value};`)
    .join('\n      ');

// Node ends a connection that was idle for five seconds: the proxy has to be first, or a request now
// and then meets a connection that is just being closed.
const configuration = (
  { folder, certificate, upstreams, headers = FORWARDED, path: seenAt = '/' }: Proxied,
  port: number,
): string => `
worker_processes 1;
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
    location ${seenAt} {
      proxy_pass http://strapi${seenAt === '/' ? '' : '/'};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${headerLines(headers)}
    }
  }
}
`;

/** A proxy that runs. */
export interface NginxProcess {
  stop(): Promise<void>;
}

/**
 * Starts nginx with a configuration of its own.
 *
 * @param folder where the configuration goes
 * @param isUp whether it answers
 * @throws when it ends before it answers, with what it has said
 */
export const runNginx = async (
  folder: string,
  text: string,
  isUp: () => Promise<boolean>,
): Promise<NginxProcess> => {
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, text);

  const directives = `daemon off; pid ${folder}/nginx.pid;`;
  const args = ['-p', folder, '-c', file, '-e', 'stderr', '-g', directives];
  const nginx = startProgram('nginx', args, { env: { PATH: `${process.env.PATH}:/usr/sbin` } });
  await waitUntilReady('nginx', nginx, isUp, 20_000);
  return {
    stop: async () => {
      await nginx.stop('SIGTERM');
    },
  };
};

export interface Nginx extends Site, NginxProcess {}

const isHealthy = async (site: Site, seenAt = '/'): Promise<boolean> => {
  const browser = openBrowser(site);
  const answer = await browser.get(`${seenAt}_health`).catch(() => null);
  browser.close();
  return answer?.status === 204;
};

/** Starts nginx on a free port: TLS ends there, the instances take turns. */
export const startNginx = async (proxied: Proxied): Promise<Nginx> => {
  const port = await freePort();
  const folder = path.join(proxied.folder, `nginx-${port}`);
  mkdirSync(folder);
  const site = {
    origin: `https://127.0.0.1:${port}`,
    certificate: readFileSync(proxied.certificate.certificateFile, 'utf8'),
  };
  const text = configuration({ ...proxied, folder }, port);
  const nginx = await runNginx(folder, text, () => isHealthy(site, proxied.path));
  return { ...site, ...nginx };
};
