/** Makes Strapi's own login answer with a refresh token as well. */
module.exports = (plugin, mintRefreshToken) => {
  const original = plugin.controllers.auth;
  return (context) => {
    const actions = original(context);
    return {
      ...actions,
      async callback(ctx, next) {
        await actions.callback(ctx, next);
        ctx.body = { ...ctx.body, refreshToken: mintRefreshToken({ id: ctx.body.user.id }) };
      },
    };
  };
};
