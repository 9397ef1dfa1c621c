export default (plugin: any) => {
  const { me } = plugin.controllers.user;
  plugin.controllers.user.me = async (ctx: any) => {
    await me(ctx);
    ctx.body = { ...ctx.body, greeting: `Hello ${ctx.body.username}` };
  };
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/auth/rename',
    // A function needs no permission of a role.
    handler: async (ctx: any) => {
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
