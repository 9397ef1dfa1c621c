export default (plugin: any) => {
  plugin.controllers.user.rename = async (ctx: any) => {
    ctx.body = await strapi.db.query('plugin::users-permissions.user').update({
      where: { id: ctx.state.user.id },
      data: { username: ctx.request.body.username },
    });
  };
  const { me } = plugin.controllers.user;
  plugin.controllers.user.me = async (ctx: any) => {
    await me(ctx);
    ctx.body = { ...ctx.body, greeting: `Hello ${ctx.body.username}` };
  };
  plugin.routes['content-api'].routes.push({
    method: 'POST',
    path: '/auth/rename',
    handler: 'user.rename',
    config: { prefix: '', auth: { scope: [] } },
  });
  return plugin;
};
