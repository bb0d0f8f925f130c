# The image for CPUs (amd64, arm64), from the repository's root: docker build -f docker/cpu.Dockerfile .
# Debian 13: its libtorch 2.6 is linked to an OpenBLAS that knows the processors of today (docs/adr/0020).
FROM node:24.20.0-trixie-slim@sha256:50c3b2f6988dfc307b86e5301d69611af31f4789bdf232863b07d3b02fe55ae0 AS build
WORKDIR /app
# Debian withdraws a version from its archive with every point release: pinned ones would stop the build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates cmake g++ libopenblas0-openmp libtorch-dev ninja-build \
    && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm run build:native
# For traces: moved from the devDependencies, in the version of the lock file, so that it stays.
RUN npm install --save-prod @opentelemetry/sdk-node@0.223.0 \
    && npm sbom --omit=dev --sbom-format=cyclonedx > sbom.cdx.json \
    && npm prune --omit=dev
# What the server loads, and nothing else: no shell, no package manager, no compiler.
RUN node docker/runtime-root.mjs /runtime

FROM scratch
COPY --from=build /runtime /
WORKDIR /app
# HF_HOME is the one folder that is written to, and only by a download. The memory of bodies of megabytes goes back to the system at once.
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps HF_HOME=/models MALLOC_MMAP_THRESHOLD_=1048576 PATH=/usr/local/bin
# Any numeric user of group 0 will do.
USER 10001:0
EXPOSE 8004
HEALTHCHECK --interval=10s --timeout=5s --start-period=30m CMD ["node", "docker/healthcheck.mjs"]
# Node is process 1: the server handles SIGTERM itself and waits for the engine, its only child.
ENTRYPOINT ["node"]
CMD ["dist/apps/server/src/main.js"]
