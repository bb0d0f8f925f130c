# The image for NVIDIA GPUs (amd64, CUDA 12.6), from the repository's root: docker build -f docker/cuda.Dockerfile .
FROM node:24.20.0-bookworm-slim@sha256:ba849c60be29959425b8734d57b8b4b7d56f98edd9504c9af091d5281095a71e AS node

FROM nvidia/cuda:12.6.3-devel-ubuntu24.04@sha256:392c0df7b577ecae17a17f6ba7f2009c217bb4422f8431c053ae9af61a8c148a AS build
WORKDIR /app
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates cmake g++ ninja-build python3-pip \
    && rm -rf /var/lib/apt/lists/*
# The CUDA 12.6 build of libtorch with the libraries it is linked to, by hash. Python only fetches it.
COPY libs/tensor-libtorch/setup/wheels.txt ./
RUN python3 -m pip install --no-cache-dir --no-compile --no-deps --require-hashes --only-binary=:all: --python-version=3.11 \
    --target build/libtorch-packages --requirement wheels.txt
COPY --from=node /usr/local /usr/local/node
ENV PATH=/usr/local/node/bin:$PATH
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
# The container toolkit mounts the driver by these. Binaries of 12.6 run on drivers from 525 on.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility NVIDIA_REQUIRE_CUDA="cuda>=12.0"
# HF_HOME is the one folder that is written to, and only by a download. The memory of bodies of megabytes goes back to the system at once.
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps HF_HOME=/models MALLOC_MMAP_THRESHOLD_=1048576 PATH=/usr/local/bin
# Any numeric user of group 0 will do.
USER 10001:0
EXPOSE 8004
HEALTHCHECK --interval=10s --timeout=5s --start-period=30m CMD ["node", "docker/healthcheck.mjs"]
# Node is process 1: the server handles SIGTERM itself and waits for the engine, its only child.
ENTRYPOINT ["node"]
CMD ["dist/apps/server/src/main.js"]
