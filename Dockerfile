# Habeas in a container: no root, and nothing written outside the volumes and /tmp.
#   docker build -t habeas .
#   docker run --read-only --tmpfs /tmp -v ./my-company:/etc/habeas:ro habeas run intake
FROM python:3.13-slim AS build
RUN python -m venv /opt/habeas
COPY requirements/app.txt /build/requirements/
RUN /opt/habeas/bin/python -m pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
      --require-hashes -r /build/requirements/app.txt \
 && rm -r /opt/habeas/lib/python*/site-packages/phonenumbers/geodata \
      /opt/habeas/lib/python*/site-packages/phonenumbers/carrierdata
COPY pyproject.toml README.md LICENSE /build/
COPY schemas /build/schemas
COPY connectors /build/connectors
COPY consumers /build/consumers
COPY producers /build/producers
COPY habeas /build/habeas
RUN /opt/habeas/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps /build \
 && /opt/habeas/bin/python -m pip uninstall --yes --quiet pip && chmod -R a+rX /opt/habeas

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp habeas \
 && install -d -m 755 -o habeas -g habeas /run/secrets/state /run/secrets/keys /run/secrets/crm /run/secrets/billing \
      /run/secrets/mailman /run/secrets/sftp /run/secrets/sftp-server \
 && install -d -m 700 -o habeas -g habeas /run/secrets/master /var/lib/habeas/vault /var/lib/habeas/answers \
      /var/lib/habeas/mailing-list /var/lib/habeas/sample
COPY --from=build /opt/habeas /opt/habeas
ENV PATH=/opt/habeas/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HABEAS_CONFIG=/etc/habeas/habeas.toml
USER 10001:10001
# asks what the role tells of itself: each of its loops, the log, the database
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "habeas.observability.health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["habeas"]
CMD ["--help"]
