#!/usr/bin/env bash
# A real Slurm of one node on the loopback interface, with fake GPUs, for tests: tests/slurm.sh start|stop FOLDER
#
# Needs root: it installs Debian's packages where they are missing, makes device nodes, and links its configuration
# to /etc/slurm, because Snakemake's job steps do not inherit SLURM_CONF. It refuses to touch a Slurm that is there.
# Everything else (key, socket, spool, logs, pids) lies in the folder.
set -euo pipefail
command=${1:?start or stop} folder=${2:?a folder}
port=16917 gpus=2 cpus=8
host=$(hostname -s)
configurations="slurm gres cgroup"

install_packages() {
    command -v slurmctld slurmd sbatch munged >/dev/null && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        slurmctld slurmd slurm-client munge >/dev/null
}

configure() {
    mkdir -p "$folder"/{controller,node,log,munge}
    chmod 711 "$folder/munge"
    [ -s "$folder/munge/key" ] || head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 400 "$folder/munge/key"
    # config_overrides: more CPUs may be advertised than there are. DefMemPerCPU: else a job without --mem takes all
    # memory, and jobs wait for each other. MinJobAge: how long squeue knows a job that ended.
    cat >"$folder/slurm.conf" <<END
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CryptoType=crypto/munge
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
StateSaveLocation=$folder/controller
SlurmdSpoolDir=$folder/node
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
MpiDefault=none
MailProg=/bin/true
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=512
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=0,bf_interval=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
ReturnToService=2
MinJobAge=600
KillWait=5
OverTimeLimit=0
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=16000 Gres=gpu:fake:$gpus State=UNKNOWN
PartitionName=gpu Nodes=$host Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=0
PartitionName=urgent Nodes=$host Default=NO MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
SlurmdParameters=config_overrides
END
    # Slurm sets CUDA_VISIBLE_DEVICES for device nodes alone; copies of /dev/null will do.
    for ((device = 0; device < gpus; device++)); do
        [ -e "$folder/nvidia$device" ] || mknod "$folder/nvidia$device" c 1 3
    done
    echo "NodeName=$host Name=gpu Type=fake File=$folder/nvidia[0-$((gpus - 1))]" >"$folder/gres.conf"
    # The plugin can be switched off from 23.11 on; before that, v1 touches nothing with the plugins above.
    if printf '23.11\n%s\n' "$(slurmctld -V | awk '{print $2}')" | sort -VC; then
        echo CgroupPlugin=disabled
    else
        echo CgroupPlugin=cgroup/v1
    fi >"$folder/cgroup.conf"
}

link_configuration() {
    mkdir -p /etc/slurm
    local found=/etc/slurm/slurm.conf
    if [ -e $found ] && [ "$(readlink $found)" != "$folder/slurm.conf" ]; then
        echo "$found exists: this machine has a Slurm of its own" >&2
        exit 1
    fi
    for name in $configurations; do ln -sfn "$folder/$name.conf" "/etc/slurm/$name.conf"; done
}

start() {
    install_packages
    configure
    link_configuration
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/log/munged.log" \
        --seed-file="$folder/munge/seed" --num-threads=2
    slurmctld -f "$folder/slurm.conf" -i
    slurmd -f "$folder/slurm.conf"
    for _ in $(seq 100); do
        sinfo --noheader --format=%t 2>/dev/null | grep -q '^idle$' && return
        sleep 0.1
    done
    tail -n 20 "$folder"/log/*.log >&2
    exit 1
}

stop() {
    timeout 5 scancel --user root || true
    for name in slurmd slurmctld munged; do
        pid=$(cat "$folder/$name.pid" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -9 "$pid" 2>/dev/null || true
    done
    for name in $configurations; do
        [ "$(readlink "/etc/slurm/$name.conf")" != "$folder/$name.conf" ] || rm "/etc/slurm/$name.conf"
    done
}

"$command"
