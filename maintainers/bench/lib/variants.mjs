import { generateKeyPairSync } from 'node:crypto';

const createSigningKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });

/**
 * What is compared, in the order of the report.
 *
 * - `app`: the app that runs, a key of what `prepareApps` resolves to
 * - `environment`: returns the variables that differ from those of the other variants
 * - `table`: the table of its sessions, by default that of Strapi's own mode
 * - `loads`: what is measured of it, keys of `LOADS`
 * - `fullLoads`: what is measured of it with a full table, by a server of its own
 */
export const VARIANTS = {
  project: {
    name: 'This project',
    app: 'project',
    table: 'up_sessions',
    loads: ['login', 'refresh', 'account', 'photos'],
    fullLoads: ['refresh', 'account'],
  },
  before: {
    name: 'This project, before',
    app: 'before',
    table: 'up_sessions',
    loads: ['refresh', 'account', 'photos'],
  },
  es256: {
    name: 'This project, ES256',
    app: 'project',
    environment: () => ({ ACCESS_TOKEN_PRIVATE_KEY: createSigningKey() }),
    table: 'up_sessions',
    loads: ['refresh', 'account'],
  },
  repeats: {
    name: 'This project, repeats within the leeway',
    app: 'project',
    environment: () => ({ REFRESH_TOKEN_LEEWAY: '30s' }),
    table: 'up_sessions',
    loads: ['refresh'],
  },
  strapi: {
    name: "Strapi's own refresh mode",
    app: 'strapi',
    loads: ['login', 'refresh', 'account', 'photos'],
    fullLoads: ['refresh'],
  },
  stateless: {
    name: "The tutorial's stateless flow",
    app: 'stateless',
    loads: ['login', 'refresh', 'account', 'photos'],
  },
  floor: { name: 'Floor: no database', app: 'floor', loads: ['refresh', 'account'] },
  update: {
    name: 'Floor, with one UPDATE',
    app: 'floor',
    environment: () => ({ FLOOR_UPDATES: 'true' }),
    loads: ['refresh'],
  },
};

/** Sends one request of a client. */
export const LOADS = {
  login: (client) => client.login(),
  refresh: (client) => client.refresh(),
  account: (client) => client.fetchOwnAccount(),
  photos: (client) => client.fetchPhotos(),
};

/** Returns the servers to start, `{ variant, state }`: `state` is `empty` or `full`. Leaves out apps that do not exist. */
export const createInstanceList = (apps) => {
  const variants = Object.keys(VARIANTS).filter((variant) => apps[VARIANTS[variant].app]);
  return [
    ...variants.map((variant) => ({ variant, state: 'empty' })),
    ...variants
      .filter((variant) => VARIANTS[variant].fullLoads)
      .map((variant) => ({ variant, state: 'full' })),
  ];
};

/** Returns whether a load is measured of a server. */
export const isMeasured = (load, { variant, state }) =>
  VARIANTS[variant][state === 'full' ? 'fullLoads' : 'loads'].includes(load);
