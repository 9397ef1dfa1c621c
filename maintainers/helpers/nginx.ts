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

/** Creates a self-signed certificate for `127.0.0.1` that is valid for one day. */
export const createCertificate = (folder: string): Certificate => {
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

/** Differences from a correct configuration. */
export interface NginxOptions {
  /** The headers that nginx sets; by default `FORWARDED`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The path of the server for browsers, with a slash at both ends; by default `/`. */
  readonly path?: string;
}

interface NginxSetup extends NginxOptions {
  /** The folder for the configuration and the temporary files. */
  readonly folder: string;
  readonly certificate: Certificate;
  /** The ports of the instances behind nginx. */
  readonly upstreams: readonly number[];
}

/** The headers that a server behind a proxy needs. */
export const FORWARDED = {
  Host: '$http_host',
  'X-Forwarded-For': '$proxy_add_x_forwarded_for',
  'X-Forwarded-Proto': '$scheme',
} as const;

const headerLines = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `proxy_set_header ${name} ${value};`)
    .join('\n      ');

// `keepalive_timeout` is shorter than the five seconds after which Node closes an idle connection
// (`server.keepAliveTimeout`). Otherwise nginx sometimes sends a request on a connection that Node is closing.
const configuration = (
  { folder, certificate, upstreams, headers = FORWARDED, path: publicPath = '/' }: NginxSetup,
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
    location ${publicPath} {
      proxy_pass http://strapi${publicPath === '/' ? '' : '/'};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${headerLines(headers)}
    }
  }
}
`;

export interface NginxProcess {
  stop(): Promise<void>;
}

/**
 * Starts nginx with this configuration, and waits until it is ready.
 *
 * @param folder the folder for the configuration
 * @param isUp whether nginx is ready
 * @throws with the output of nginx if it exits before it is ready
 */
export const runNginx = async (
  folder: string,
  configurationText: string,
  isUp: () => Promise<boolean>,
): Promise<NginxProcess> => {
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, configurationText);

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

const isHealthy = async (site: Site, publicPath = '/'): Promise<boolean> => {
  const browser = openBrowser(site);
  const response = await browser.get(`${publicPath}_health`).catch(() => null);
  browser.close();
  return response?.status === 204;
};

/** Starts nginx on a free port. It terminates TLS and balances requests between the instances. */
export const startNginx = async (setup: NginxSetup): Promise<Nginx> => {
  const port = await freePort();
  const folder = path.join(setup.folder, `nginx-${port}`);
  mkdirSync(folder);
  const site = {
    origin: `https://127.0.0.1:${port}`,
    certificate: readFileSync(setup.certificate.certificateFile, 'utf8'),
  };
  const configurationText = configuration({ ...setup, folder }, port);
  const nginx = await runNginx(folder, configurationText, () => isHealthy(site, setup.path));
  return { ...site, ...nginx };
};
