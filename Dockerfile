FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The native parts come ready made: no install script has to run.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/bin bin
COPY --from=build /app/dist dist
COPY --from=build /app/rules rules
COPY --from=build /app/device-sim/maps device-sim/maps
COPY --from=build /app/evaluation/recorded/rules evaluation/recorded/rules
COPY --from=build /app/notices/messages/*.yaml notices/messages/
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# Inside a container other addresses than its own loopback are what is published.
ENV FOREWARN_DATA_DIR=/data FOREWARN_HTTP_HOST=0.0.0.0 FOREWARN_MQTT_HOST=0.0.0.0
# Many threads would get memory of their own from the C library: that is 50 MB more. Blocks of 128 KiB and more are given
# back when they are freed; by default the library learns to keep ever larger ones, which fills up another 30 MB over hours.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
EXPOSE 8080 1883
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/forewarn.js"]
CMD ["up"]
