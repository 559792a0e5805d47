#!/bin/sh
# Submit a job script to LSF and print the job's number alone, which is what Snakemake wants to know.
#   submit-lsf.sh BSUB-OPTIONS... SCRIPT
bsub "$@" | sed -n 's/^Job <\([0-9]*\)>.*/\1/p'
