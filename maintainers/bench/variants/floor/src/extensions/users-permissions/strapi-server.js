// A refresh without a database: one verification and two signatures, with keys that are created once, on
// the same HTTP stack. A refresh that stores a session does all of this and more.
const { createSecretKey } = require('node:crypto');
const jwt = require('jsonwebtoken');
const addRefreshToken = require('../../add-refresh-token');

const accessKey = createSecretKey(process.env.JWT_SECRET, 'utf8');
const refreshKey = createSecretKey(process.env.REFRESH_SECRET, 'utf8');

const signRefreshToken = ({ id }) =>
  jwt.sign({ id }, refreshKey, { expiresIn: process.env.REFRESH_TOKEN_EXPIRES });

const refresh = async (ctx) => {
  const { id } = jwt.verify(ctx.request.body.refreshToken, refreshKey);
  return ctx.send({
    jwt: jwt.sign({ id }, accessKey, { expiresIn: process.env.JWT_SECRET_EXPIRES }),
    refreshToken: signRefreshToken({ id }),
  });
};

module.exports = (plugin) => {
  plugin.controllers.auth = addRefreshToken(plugin, signRefreshToken);
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/token/refresh',
    handler: refresh,
    config: { prefix: '', auth: false },
  });
  return plugin;
};
