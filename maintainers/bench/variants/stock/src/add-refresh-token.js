/** Returns the controller of Strapi's login, extended: its response also contains a refresh token. */
module.exports = (plugin, signRefreshToken) => {
  const original = plugin.controllers.auth;
  return (context) => {
    const actions = original(context);
    return {
      ...actions,
      async callback(ctx, next) {
        await actions.callback(ctx, next);
        ctx.body = { ...ctx.body, refreshToken: signRefreshToken({ id: ctx.body.user.id }) };
      },
    };
  };
};
