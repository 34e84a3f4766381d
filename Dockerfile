# The workflow with everything it needs, for machines that run containers: docs/cluster.md.
#   docker build -t rnnfv .
#   docker run --rm -u "$(id -u)" -v "$PWD:/project" rnnfv --cores 8 results/table1.csv
FROM python:3.11-slim

WORKDIR /opt/rnnfv
# The packages first: they are downloaded again only when the requirements change.
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .

# Any user can run it, from a folder that is mounted. Snakemake and Matplotlib keep caches in HOME.
RUN useradd --create-home runner \
    && mkdir /project \
    && chown runner /project \
    && chmod -R a+rX /opt/rnnfv
ENV HOME=/tmp OMP_NUM_THREADS=1 PYTHONUNBUFFERED=1
USER runner
WORKDIR /project
ENTRYPOINT ["snakemake", "--snakefile", "/opt/rnnfv/Snakefile"]
CMD ["--help"]
