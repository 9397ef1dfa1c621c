export default {
  config: { locales: [] },
};
