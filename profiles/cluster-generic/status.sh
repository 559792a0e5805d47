#!/bin/sh
# Say of a job what Snakemake wants to know: running, success or failed.
#   status.sh pbs|lsf|sge JOBID
# A job that the scheduler does not know (any more, or yet) counts as running: a server that does not answer for a
# moment must not cost a job.
set -u
scheduler=$1 job=$2

judge() {  # exit status of a job that ended
    case $1 in
        0) echo success ;;
        "") echo running ;;
        *) echo failed ;;
    esac
}

case $scheduler in
    pbs)
        found=$(qstat -x -f "$job" 2>/dev/null)
        case $(echo "$found" | sed -n 's/^ *job_state = //p') in
            F | C) judge "$(echo "$found" | sed -n 's/^ *[Ee]xit_status = //p')" ;;
            *) echo running ;;
        esac
        ;;
    lsf)
        case $(bjobs -noheader -o stat "$job" 2>/dev/null) in
            DONE) echo success ;;
            EXIT | ZOMBI) echo failed ;;
            *) echo running ;;
        esac
        ;;
    sge)
        if qstat -j "$job" >/dev/null 2>&1; then
            echo running
        else
            # A job that was killed has a number other than 0 after `failed`, whatever its exit status.
            judge "$(qacct -j "$job" 2>/dev/null | awk '
                $1 == "failed" || $1 == "exit_status" { worst = worst > $2 + 0 ? worst : $2 + 0; known = 1 }
                END { if (known) print worst }')"
        fi
        ;;
    *)
        echo "usage: $0 pbs|lsf|sge JOBID" >&2
        exit 2
        ;;
esac
