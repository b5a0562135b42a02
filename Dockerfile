# Habeas in a container: no root, and nothing written outside the volumes and /tmp.
#   docker build -t habeas .
#   docker run --read-only --tmpfs /tmp -v ./my-company:/etc/habeas:ro habeas run intake
FROM python:3.13-slim AS dependencies
RUN python -m venv --without-pip /opt/habeas
COPY requirements/app.txt /build/requirements/
# of phone numbers their forms are needed, not where in the world they are
RUN python -m pip --python /opt/habeas/bin/python install --no-cache-dir --disable-pip-version-check --only-binary :all: \
      --require-hashes -r /build/requirements/app.txt \
 && rm -r /opt/habeas/lib/python*/site-packages/phonenumbers/geodata \
      /opt/habeas/lib/python*/site-packages/phonenumbers/carrierdata \
 && chmod -R a+rX /opt/habeas

# apart from them, since it changes more often
FROM dependencies AS package
COPY pyproject.toml README.md LICENSE /build/
COPY schemas /build/schemas
COPY connectors /build/connectors
COPY consumers /build/consumers
COPY producers /build/producers
COPY habeas /build/habeas
RUN python -m pip --python /opt/habeas/bin/python install --no-cache-dir --disable-pip-version-check \
      --no-build-isolation --no-deps --target /package /build \
 && mkdir -p /scripts && mv /package/bin/habeas /scripts/ && rmdir /package/bin && chmod -R a+rX /package /scripts

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp habeas \
 && install -d -m 755 -o habeas -g habeas /run/secrets/state /run/secrets/keys /run/secrets/crm /run/secrets/billing \
      /run/secrets/mailman /run/secrets/sftp /run/secrets/sftp-server \
 && install -d -m 700 -o habeas -g habeas /run/secrets/master /var/lib/habeas/vault /var/lib/habeas/answers \
      /var/lib/habeas/mailing-list /var/lib/habeas/sample
COPY --from=dependencies /opt/habeas /opt/habeas
COPY --from=package /scripts /opt/habeas/bin
COPY --from=package /package /opt/habeas/lib/python3.13/site-packages
ENV PATH=/opt/habeas/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HABEAS_CONFIG=/etc/habeas/habeas.toml
USER 10001:10001
# asks what the role tells of itself: each of its loops, the log, the database
HEALTHCHECK --interval=10s --timeout=15s --start-period=180s --retries=3 CMD ["python", "-m", "habeas.observability.health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["habeas"]
CMD ["--help"]
