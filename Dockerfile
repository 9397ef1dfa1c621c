# syntax=docker/dockerfile:1
# docs/deploying.md explains how to run the image.

# Alpine works as well: --build-arg NODE_IMAGE=node:24-alpine. Nothing has to be compiled.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# Copied before the code, so that a change of the code does not repeat the installation.
COPY package.json package-lock.json ./
COPY database/better-sqlite3 database/better-sqlite3
RUN npm ci --no-audit --no-fund
COPY . .
RUN NODE_ENV=production npm run build
RUN npm prune --omit=dev --no-audit --no-fund
# The default folder of the SQLite database. The server needs write access to it.
RUN mkdir -p .tmp

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
# Files that the server only reads belong to root. The folders that it writes to belong to `node`.
COPY --from=build /app/package.json /app/tsconfig.json /app/favicon.png ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/database database
COPY --from=build /app/dist dist
COPY --from=build --chown=node:node /app/public public
COPY --from=build --chown=node:node /app/.tmp .tmp
USER node
EXPOSE 1337
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 1337}/_health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Started without npm, so that the server itself receives SIGTERM.
CMD ["node", "node_modules/@strapi/strapi/bin/strapi.js", "start"]
