// The flow of the tutorial "How to Create a Refresh Token Feature in your Strapi Application", rewritten: a
// refresh token is a JWT, and nothing is stored. As in the tutorial, secrets are strings, and the settings are
// read from the store on each refresh.
const jwt = require('jsonwebtoken');
const addRefreshToken = require('../../add-refresh-token');

const signAccessToken = (claims) =>
  jwt.sign(claims, process.env.JWT_SECRET, { expiresIn: process.env.JWT_SECRET_EXPIRES });

const signRefreshToken = (claims) =>
  jwt.sign(claims, process.env.REFRESH_SECRET, { expiresIn: process.env.REFRESH_TOKEN_EXPIRES });

const isConfirmationRequired = async () => {
  const store = strapi.store({ type: 'plugin', name: 'users-permissions' });
  return (await store.get({ key: 'advanced' })).email_confirmation;
};

const refresh = async (ctx) => {
  try {
    const { id } = jwt.verify(ctx.request.body.refreshToken, process.env.REFRESH_SECRET);
    const user = await strapi.db.query('plugin::users-permissions.user').findOne({ where: { id } });
    if (!user) return ctx.badRequest('Invalid identifier or password');
    if ((await isConfirmationRequired()) && !user.confirmed) {
      return ctx.badRequest('Your account email is not confirmed');
    }
    if (user.blocked) return ctx.badRequest('Your account has been blocked by an administrator');
    return ctx.send({
      jwt: signAccessToken({ id: user.id }),
      refreshToken: signRefreshToken({ id: user.id }),
    });
  } catch (error) {
    return ctx.badRequest(String(error));
  }
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
