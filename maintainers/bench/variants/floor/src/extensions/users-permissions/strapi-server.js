// Responses without a database, on the same HTTP stack, with keys that are created once. A refresh is one verification
// and two signatures, an authenticated request one verification: what uses a database does all of this and more. With
// FLOOR_UPDATES a refresh also sends the least that records it: one UPDATE by a key.
const { createSecretKey } = require('node:crypto');
const jwt = require('jsonwebtoken');
const addRefreshToken = require('../../add-refresh-token');

const accessKey = createSecretKey(process.env.JWT_SECRET, 'utf8');
const refreshKey = createSecretKey(process.env.REFRESH_SECRET, 'utf8');

const signRefreshToken = ({ id }) =>
  jwt.sign({ id }, refreshKey, { expiresIn: process.env.REFRESH_TOKEN_EXPIRES });

const record = (id) =>
  strapi.db.connection
    .raw('update up_users set updated_at = now() where id = ?', [id])
    .options({ name: 'floor' });

const refresh = async (ctx) => {
  const { id } = jwt.verify(ctx.request.body.refreshToken, refreshKey);
  if (process.env.FLOOR_UPDATES) await record(id);
  return ctx.send({
    jwt: jwt.sign({ id }, accessKey, { expiresIn: process.env.JWT_SECRET_EXPIRES }),
    refreshToken: signRefreshToken({ id }),
  });
};

const check = async (ctx) => {
  const { id } = jwt.verify(ctx.get('authorization').slice('Bearer '.length), accessKey);
  return ctx.send({ id, username: 'username', email: 'name@example.com', provider: 'local' });
};

module.exports = (plugin) => {
  plugin.controllers.auth = addRefreshToken(plugin, signRefreshToken);
  const config = { prefix: '', auth: false };
  plugin.routes['content-api'].routes.push(
    { method: 'POST', path: '/token/refresh', handler: refresh, config },
    { method: 'GET', path: '/token/check', handler: check, config },
  );
  return plugin;
};
