const countNotes = (user: any) =>
  strapi.db.query('api::note.note').count({ where: { owner: { id: user.id } } });

export default (plugin: any) => {
  const { me } = plugin.controllers.user;
  plugin.controllers.user.me = async (ctx: any) => {
    await me(ctx);
    ctx.body.noteCount = await countNotes(ctx.state.user);
  };

  plugin.controllers.user.profile = async (ctx: any) => {
    const { username, createdAt } = ctx.state.user;
    ctx.body = { username, since: createdAt, notes: await countNotes(ctx.state.user) };
  };
  plugin.routes['content-api'].routes.push({
    method: 'GET',
    path: '/users/me/profile',
    handler: 'user.profile',
    config: { prefix: '' },
  });
  return plugin;
};
