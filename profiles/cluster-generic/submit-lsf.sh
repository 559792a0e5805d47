#!/bin/sh
# Submit a job script to LSF and print the job's number alone, which is what Snakemake wants to know.
#   submit-lsf.sh BSUB-OPTIONS... SCRIPT
# A job that LSF refuses has no number, and Snakemake must be told: what ends a pipe is not bsub.
set -eu
answer=$(bsub "$@") || {
    status=$?
    printf '%s\n' "$answer" >&2
    exit "$status"
}
number=$(printf '%s\n' "$answer" | sed -n 's/^Job <\([0-9]*\)>.*/\1/p')
if [ -z "$number" ]; then
    printf '%s: bsub named no job: %s\n' "$0" "$answer" >&2
    exit 1
fi
echo "$number"
