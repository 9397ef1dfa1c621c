import { createApp } from 'vue';
import { createAuthClient } from 'strapi-refresh-token-client';
import { authPlugin } from 'strapi-refresh-token-client/vue';
import Page from './page.vue';

const auth = createAuthClient({ url: import.meta.env.VITE_API_URL });
createApp(Page).use(authPlugin, auth).mount('#root');
