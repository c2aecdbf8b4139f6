# ifnsig with the locked versions that its tests run on. Build: docker build -t ifnsig:0.1.0 .
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY ifnsig ifnsig
RUN python -m venv /opt/ifnsig \
 && /opt/ifnsig/bin/pip install --no-cache-dir --requirement requirements.lock \
 && /opt/ifnsig/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ifnsig" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="BSD-3-Clause"
COPY --from=build /opt/ifnsig /opt/ifnsig
ENV PATH="/opt/ifnsig/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    MPLCONFIGDIR=/tmp/matplotlib
RUN useradd --create-home --uid 10001 ifnsig
USER 10001
WORKDIR /data
CMD ["ifnsig", "--help"]
