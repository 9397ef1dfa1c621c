// What a refresh costs without any database: one verification and two signatures, with keys that
// are made once, through the same HTTP stack. No refresh that remembers anything can be faster.
const { createSecretKey } = require('node:crypto');
const jwt = require('jsonwebtoken');
const addRefreshToken = require('../../add-refresh-token');

const accessKey = createSecretKey(process.env.JWT_SECRET, 'utf8');
const refreshKey = createSecretKey(process.env.REFRESH_SECRET, 'utf8');

const mintRefreshToken = ({ id }) =>
  jwt.sign({ id }, refreshKey, { expiresIn: process.env.REFRESH_TOKEN_EXPIRES });

const refresh = async (ctx) => {
  const { id } = jwt.verify(ctx.request.body.refreshToken, refreshKey);
  return ctx.send({
    jwt: jwt.sign({ id }, accessKey, { expiresIn: process.env.JWT_SECRET_EXPIRES }),
    refreshToken: mintRefreshToken({ id }),
  });
};

module.exports = (plugin) => {
  plugin.controllers.auth = addRefreshToken(plugin, mintRefreshToken);
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/token/refresh',
    handler: refresh,
    config: { prefix: '', auth: false },
  });
  return plugin;
};
