# Wheels only: nothing is compiled, so neither stage has a compiler.
FROM python:3.13-slim-trixie AS packages
COPY requirements.txt /
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --only-binary :all: --requirement /requirements.txt


FROM python:3.13-slim-trixie

# pg_dump and psql, for `raterhub-tracker backup` and `restore`. Their version is that of the database in
# docker-compose.yml: pg_dump refuses a server newer than itself.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-17 \
 && rm -rf /var/lib/apt/lists/*

# A user without rights: no home, no shell, owner of its data alone. A new volume takes over the owner and
# the mode of the directory that it is mounted on.
RUN groupadd --system --gid 10001 raterhub \
 && useradd --system --uid 10001 --gid raterhub --no-create-home --home-dir /nonexistent \
            --shell /usr/sbin/nologin raterhub \
 && install --directory --owner raterhub --group raterhub --mode 700 /data /run/raterhub/web \
 && install --directory --owner raterhub --group raterhub --mode 755 /run/raterhub/services

COPY --from=packages /opt/venv /opt/venv
COPY LICENSE /srv/
COPY deploy/raterhub-tracker deploy/make-secrets /usr/local/bin/
COPY app /srv/app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1

# The code belongs to root and stays as it is; compiled here because nobody can write beside it later.
RUN chmod 755 /usr/local/bin/raterhub-tracker /usr/local/bin/make-secrets \
 && python -m compileall -q /srv/app
ENV PYTHONDONTWRITEBYTECODE=1

WORKDIR /srv
USER 10001:10001
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]

ENTRYPOINT ["raterhub-tracker"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
