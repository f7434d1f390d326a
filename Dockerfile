# sosie on a CPU, as an ordinary user. What it keeps is in /moi: mount a folder of yours there.
#   docker build -t sosie .
#   docker run --rm -it --network none --user "$(id -u):$(id -g)" -v "$PWD/moi:/moi" sosie demo --no-page
FROM python:3.11-slim

WORKDIR /opt/sosie
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
ARG EXTRAS=train,gguf,serve
RUN pip install --no-cache-dir -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu ".[${EXTRAS}]" \
    && useradd --create-home --uid 1000 moi \
    && install -d -o moi -m 0700 /moi

USER 1000
WORKDIR /moi
ENV HF_HUB_OFFLINE=1 SOSIE_CACHE=/moi/.cache HOME=/tmp
ENTRYPOINT ["sosie"]
CMD ["--help"]
