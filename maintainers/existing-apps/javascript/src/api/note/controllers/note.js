'use strict';

const { createCoreController } = require('@strapi/strapi').factories;

/** Users see and write their own notes only. */
module.exports = createCoreController('api::note.note', ({ strapi }) => ({
  async find(ctx) {
    const notes = await strapi.documents('api::note.note').findMany({
      filters: { owner: { id: ctx.state.user.id } },
      sort: 'id',
    });
    return this.transformResponse(await this.sanitizeOutput(notes, ctx));
  },

  async create(ctx) {
    const { title, text } = ctx.request.body.data;
    const note = await strapi
      .documents('api::note.note')
      .create({ data: { title, text, owner: ctx.state.user.documentId } });
    ctx.status = 201;
    return this.transformResponse(await this.sanitizeOutput(note, ctx));
  },
}));
