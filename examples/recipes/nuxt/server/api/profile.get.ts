import { defineEventHandler, setResponseStatus } from 'h3';
import { callStrapi } from '../../../web-server/strapi';

/** For pages, with `useFetch('/api/profile')`: on the server it forwards the cookies of the browser. */
export default defineEventHandler(async (event) => {
  const response = await callStrapi('/users/me', event.context.accessToken);
  setResponseStatus(event, response.status);
  return response.json();
});
