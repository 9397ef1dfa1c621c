# syntax=docker/dockerfile:1
# docs/deploying.md says how to run it.

# The full image has a compiler: better-sqlite3 is built where no ready-made binary can be fetched.
FROM node:22-bookworm AS build
WORKDIR /app
# By themselves, so that a change of the code does not install everything again.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN NODE_ENV=production npm run build
RUN npm prune --omit=dev --no-audit --no-fund
# SQLite, where it is used, needs a folder that the server may write to.
RUN mkdir -p .tmp

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# What the server reads belongs to root, what it writes to `node`.
COPY --from=build /app/package.json /app/tsconfig.json /app/favicon.png ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/database database
COPY --from=build /app/dist dist
COPY --from=build --chown=node:node /app/public public
COPY --from=build --chown=node:node /app/.tmp .tmp
USER node
EXPOSE 1337
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 1337}/_health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, which would stand between the server and the signal to stop.
CMD ["node", "node_modules/@strapi/strapi/bin/strapi.js", "start"]
