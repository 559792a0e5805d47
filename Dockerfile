# The environment of the workflow for sites that want a container:
#   docker build --tag regrade .
#   docker run --rm --volume "$PWD:/regrade" regrade snakemake --cores 8
#   docker run --rm --volume "$PWD:/regrade" regrade python -m regrade check
# With CPU wheels of torch: docker build --build-arg PIP_FIND_LINKS=<page or folder with CPU wheels> .
FROM python:3.11-slim
ARG PIP_FIND_LINKS=
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 NUMBA_CACHE_DIR=/tmp/numba HOME=/tmp
# git: `snakemake` asks it for the version of the workflow.
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY envs/requirements.lock /tmp/
RUN PIP_FIND_LINKS="$PIP_FIND_LINKS" pip install --requirement /tmp/requirements.lock
WORKDIR /regrade
# The package is not in the image, but in the folder that is mounted: `python -m regrade` works there, too.
ENV PYTHONPATH=/regrade/workflow_scripts
