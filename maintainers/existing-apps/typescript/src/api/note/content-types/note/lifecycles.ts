const SPAM = /\bcasino\b/i;

export default {
  /** Whoever posts spam is blocked at once. */
  async afterCreate({ result }: any) {
    if (!SPAM.test(`${result.title} ${result.text}`)) return;
    const { owner } = await strapi.db
      .query('api::note.note')
      .findOne({ where: { id: result.id }, populate: ['owner'] });
    await strapi.db
      .query('plugin::users-permissions.user')
      .update({ where: { id: owner.id }, data: { blocked: true } });
  },
};
