'use strict';

const jwt = require('jsonwebtoken');
const _ = require('lodash');
const utils = require('@strapi/utils');

const { ApplicationError, ValidationError } = utils.errors;

const USER = 'plugin::users-permissions.user';

// Removes the fields that nobody may see.
const sanitizeUser = (user, ctx) => {
  const { auth } = ctx.state;
  return strapi.contentAPI.sanitize.output(user, strapi.getModel(USER), { auth });
};

// Issues an access token.
const issueJWT = (payload, jwtOptions = {}) => {
  _.defaults(jwtOptions, strapi.config.get('plugin::users-permissions.jwt'));
  return jwt.sign(
    _.clone(payload),
    strapi.config.get('plugin::users-permissions.jwtSecret'),
    jwtOptions,
  );
};

// Verifies a refresh token with the REFRESH_SECRET of .env.
const verifyRefreshToken = (token) =>
  new Promise((resolve, reject) => {
    jwt.verify(token, process.env.REFRESH_SECRET, {}, (err, tokenPayload = {}) => {
      if (err) return reject(new Error('Invalid token.'));
      resolve(tokenPayload);
    });
  });

// Issues a refresh token.
const issueRefreshToken = (payload) =>
  jwt.sign(_.clone(payload), process.env.REFRESH_SECRET, {
    expiresIn: process.env.REFRESH_TOKEN_EXPIRES,
  });

const setRefreshCookie = (ctx, refreshToken) =>
  ctx.cookies.set('refreshToken', refreshToken, {
    httpOnly: true,
    secure: process.env.NODE_ENV === 'production',
    signed: true,
    overwrite: true,
  });

const checkUser = async (user) => {
  const store = strapi.store({ type: 'plugin', name: 'users-permissions' });
  const { email_confirmation: isConfirmationRequired } = await store.get({ key: 'advanced' });
  if (isConfirmationRequired && user.confirmed !== true) {
    throw new ApplicationError('Your account email is not confirmed');
  }
  if (user.blocked === true) {
    throw new ApplicationError('Your account has been blocked by an administrator');
  }
};

const countNotes = (user) =>
  strapi.db.query('api::note.note').count({ where: { owner: { id: user.id } } });

module.exports = (plugin) => {
  const originalAuth = plugin.controllers.auth;

  plugin.controllers.auth = ({ strapi }) => ({
    ...originalAuth({ strapi }),

    async callback(ctx) {
      const provider = ctx.params.provider || 'local';
      if (provider !== 'local') return originalAuth({ strapi }).callback(ctx);

      const { identifier, password } = ctx.request.body;
      if (!identifier || !password) {
        throw new ValidationError('identifier and password are required');
      }
      const user = await strapi.db.query(USER).findOne({
        where: { provider, $or: [{ email: identifier.toLowerCase() }, { username: identifier }] },
      });
      const userService = strapi.plugin('users-permissions').service('user');
      if (!user || !(await userService.validatePassword(password, user.password))) {
        throw new ValidationError('Invalid identifier or password');
      }
      await checkUser(user);

      setRefreshCookie(ctx, issueRefreshToken({ id: user.id }));
      return ctx.send({
        status: 'Authenticated',
        jwt: issueJWT({ id: user.id }, { expiresIn: process.env.JWT_SECRET_EXPIRES }),
        user: await sanitizeUser(user, ctx),
      });
    },

    async refreshToken(ctx) {
      const presented = ctx.cookies.get('refreshToken') || ctx.request.body.refreshToken;
      if (!presented) return ctx.badRequest('No Authorization');
      try {
        const { id } = await verifyRefreshToken(presented);
        const user = await strapi.db.query(USER).findOne({ where: { id } });
        if (!user) throw new ValidationError('Invalid identifier or password');
        await checkUser(user);

        const refreshToken = issueRefreshToken({ id: user.id });
        setRefreshCookie(ctx, refreshToken);
        return ctx.send({
          jwt: issueJWT({ id: user.id }, { expiresIn: process.env.JWT_SECRET_EXPIRES }),
          refreshToken,
        });
      } catch (err) {
        return ctx.badRequest(err.toString());
      }
    },
  });

  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/token/refresh',
    handler: 'auth.refreshToken',
    config: {
      policies: [],
      prefix: '',
    },
  });

  const { me } = plugin.controllers.user;
  plugin.controllers.user.me = async (ctx) => {
    await me(ctx);
    ctx.body.noteCount = await countNotes(ctx.state.user);
  };

  plugin.controllers.user.changeEmail = async (ctx) => {
    const { email } = ctx.request.body;
    if (!email) throw new ValidationError('email is required');
    const user = await strapi
      .plugin('users-permissions')
      .service('user')
      .edit(ctx.state.user.id, { email: email.toLowerCase() });
    ctx.body = await sanitizeUser(user, ctx);
  };
  plugin.routes['content-api'].routes.push({
    method: 'PUT',
    path: '/users/me/email',
    handler: 'user.changeEmail',
    config: {
      prefix: '',
    },
  });

  return plugin;
};
