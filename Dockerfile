# ifnsig with the locked versions that its tests run on. Build: docker build -t ifnsig:0.1.0 .
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY ifnsig ifnsig
COPY workflows workflows
RUN python -m venv /opt/ifnsig \
 && /opt/ifnsig/bin/pip install --no-cache-dir --requirement requirements.lock \
 && /opt/ifnsig/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ifnsig" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="BSD-3-Clause"
# Nextflow measures its tasks with ps. No version is pinned: Debian keeps only the latest of a release.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends procps \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/ifnsig /opt/ifnsig
# Any user may run it (docker run --user, Singularity): compiled code goes to the user's own cache, or to a private folder
# for one run where he has no home; never to a folder that others can write.
ENV PATH="/opt/ifnsig/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --create-home --uid 10001 ifnsig
USER 10001
WORKDIR /data
CMD ["ifnsig", "--help"]
