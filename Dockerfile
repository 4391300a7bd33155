FROM node:24-slim

ENV NODE_ENV=production \
    MALLOC_TRIM_THRESHOLD_=131072 \
    MALLOC_ARENA_MAX=2 \
    PARLANCE_HOST=0.0.0.0 \
    PARLANCE_DATA=/data

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The install script compiles ahead and needs the source. It is skipped here and run below, so that Docker caches this layer.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY bin ./bin
COPY src ./src
COPY LICENSE README.md ./
RUN node bin/parlance.js warm && mkdir /data && chown node:node /data

USER node
VOLUME /data
EXPOSE 4747

HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PARLANCE_PORT || 4747}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# The young generation stays small: an idle server then needs little memory (docs/decisions/0005-start.md).
CMD ["node", "--max-semi-space-size=16", "bin/parlance.js", "serve"]
