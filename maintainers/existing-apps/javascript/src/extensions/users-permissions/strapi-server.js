'use strict';

const jwt = require('jsonwebtoken');
const { errors } = require('@strapi/utils');

const { ApplicationError } = errors;

const issueJWT = (payload) =>
  jwt.sign(payload, process.env.JWT_SECRET, { expiresIn: process.env.JWT_SECRET_EXPIRES });

const issueRefreshToken = (payload) =>
  jwt.sign(payload, process.env.REFRESH_SECRET, { expiresIn: process.env.REFRESH_TOKEN_EXPIRES });

const verifyRefreshToken = (token) => {
  try {
    return jwt.verify(token, process.env.REFRESH_SECRET);
  } catch (error) {
    throw new ApplicationError(error.toString());
  }
};

module.exports = (plugin) => {
  const original = plugin.controllers.auth;
  plugin.controllers.auth = ({ strapi }) => {
    const actions = original({ strapi });
    return {
      ...actions,
      async callback(ctx) {
        await actions.callback(ctx);
        const { user } = ctx.body;
        const refreshToken = issueRefreshToken({ id: user.id });
        ctx.cookies.set('refreshToken', refreshToken, { httpOnly: true, signed: true });
        ctx.send({ status: 'Authenticated', jwt: issueJWT({ id: user.id }), user });
      },
      async refreshToken(ctx) {
        const { id } = verifyRefreshToken(ctx.request.body.refreshToken);
        ctx.send({ jwt: issueJWT({ id }), refreshToken: issueRefreshToken({ id }) });
      },
    };
  };
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/token/refresh',
    handler: 'auth.refreshToken',
    config: { prefix: '', auth: false },
  });

  const { me } = plugin.controllers.user;
  plugin.controllers.user.me = async (ctx) => {
    await me(ctx);
    ctx.body = { ...ctx.body, greeting: `Hello ${ctx.body.username}` };
  };
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/auth/rename',
    // A function needs no permission of a role.
    handler: async (ctx) => {
      await strapi.db.query('plugin::users-permissions.user').update({
        where: { id: ctx.state.user.id },
        data: { username: ctx.request.body.username },
      });
      ctx.body = { ok: true };
    },
    config: { prefix: '' },
  });
  return plugin;
};
