#!/usr/bin/env bash
# A real single-node Slurm on loopback, without systemd, cgroups or a database.
#   slurm_cluster.sh start|stop|status|env
# Everything (munge key and socket, config, spool, logs, pids) lies under $SLURM_TEST_DIR.
# Needs root (apt, /etc/slurm links, device nodes). Any user can then submit. Loopback ports only.
# SLURM_TEST_ACCT=1 adds slurmdbd + mariadb (sacct); without it use --slurm-status-command squeue.
set -euo pipefail
D=${SLURM_TEST_DIR:-${TMPDIR:-/tmp}/slurm-test}
GPUS=${SLURM_TEST_GPUS:-2}
CPUS=${SLURM_TEST_CPUS:-8}          # advertised; may exceed the real cores (config_overrides)
MEM=${SLURM_TEST_MEM_MB:-$(( $(awk '/MemTotal/{print $2}' /proc/meminfo) * 9 / 10240 ))}
PORT=${SLURM_TEST_PORT:-16817}
KILLWAIT=${SLURM_TEST_KILLWAIT:-10}
ACCT=${SLURM_TEST_ACCT:-0}            # 1: slurmdbd + mariadb, so that sacct works (adds ~3 s and 190 MB of packages)
U=$(id -un); H=$(hostname -s)
export SLURM_CONF=$D/slurm.conf

# Exit status 77, which test runners know as "skipped", where the packages cannot be had.
skip() { echo "skipped: $1"; exit 77; }

install() {
  local need=(slurmctld slurmd sbatch munged) pk=(slurmctld slurmd slurm-client munge) c
  [ "$ACCT" = 1 ] && need+=(slurmdbd mariadbd) && pk+=(slurmdbd mariadb-server)
  for c in "${need[@]}"; do command -v "$c" >/dev/null || break; c=; done
  [ -z "$c" ] && return 0
  # packages of slurm-wlm without the docs; policy-rc.d or no systemd: nothing is started by apt
  [ "$(id -u)" = 0 ] || skip 'Slurm is not installed, and only root may install it'
  command -v apt-get >/dev/null || skip 'Slurm is not installed, and there is no apt-get to install it with'
  local patience=(-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)
  { apt-get "${patience[@]}" update -qq && DEBIAN_FRONTEND=noninteractive apt-get "${patience[@]}" install -y -qq \
      --no-install-recommends "${pk[@]}"; } >/dev/null 2>&1 || skip 'the Slurm packages cannot be installed'
}

configure() {
  mkdir -p "$D"/{ctld,slurmd,log,munge}; chmod 711 "$D/munge"
  [ -s "$D/munge/key" ] || { head -c 1024 /dev/urandom >"$D/munge/key"; chmod 400 "$D/munge/key"; }
  cat >"$D/slurm.conf" <<EOC
ClusterName=ci
SlurmctldHost=$H(127.0.0.1)
SlurmUser=$U
SlurmdUser=$U
AuthType=auth/munge
AuthInfo=socket=$D/munge/socket
CryptoType=crypto/munge
SlurmctldPort=$PORT
SlurmdPort=$((PORT + 1))
SlurmctldPidFile=$D/slurmctld.pid
SlurmdPidFile=$D/slurmd.pid
StateSaveLocation=$D/ctld
SlurmdSpoolDir=$D/slurmd
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/$([ "$ACCT" = 1 ] && echo linux || echo none)
AccountingStorageType=accounting_storage/$([ "$ACCT" = 1 ] && echo slurmdbd || echo none)
$([ "$ACCT" = 1 ] && printf 'AccountingStorageHost=127.0.0.1\nAccountingStoragePort=%s\nAccountingStoragePass=%s\nAccountingStorageEnforce=associations\n' $((PORT + 2)) "$D/munge/socket")
JobCompType=jobcomp/filetxt
JobCompLoc=$D/jobs.txt
TaskProlog=$D/prolog.sh
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
KillWait=$KILLWAIT
OverTimeLimit=0
InactiveLimit=0
MaxArraySize=10001
MaxJobCount=20000
GresTypes=gpu
NodeName=$H NodeAddr=127.0.0.1 CPUs=$CPUS RealMemory=$MEM Gres=gpu:fake:$GPUS State=UNKNOWN
PartitionName=gpu Nodes=$H Default=YES MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=${SLURM_TEST_GRACE:-5}
PartitionName=urgent Nodes=$H Default=NO MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
SlurmdParameters=config_overrides
EOC
  # tests read from this file which devices each step of a job saw
  printf '#!/bin/sh\necho "$SLURM_JOB_ID ${CUDA_VISIBLE_DEVICES:--}" >>"%s/devices.txt"\n' "$D" >"$D/prolog.sh"
  chmod 755 "$D/prolog.sh"
  # a count-only gpu registers as 0 (node goes INVAL); copies of /dev/null pass for devices and make
  # slurm set CUDA_VISIBLE_DEVICES (plain files schedule too, but leave that variable unset)
  for i in $(seq 0 $((GPUS - 1))); do
    [ -e "$D/nvidia$i" ] || mknod "$D/nvidia$i" c 1 3 2>/dev/null || : >"$D/nvidia$i"
  done
  echo "NodeName=$H Name=gpu Type=fake File=$D/nvidia[0-$((GPUS - 1))]" >"$D/gres.conf"
  # 23.11+ can switch the cgroup plugin off; older ones get v1, which touches nothing with these plugins
  local v; v=$(slurmctld -V | awk '{print $2}')
  if printf '23.11\n%s\n' "$v" | sort -VC; then echo CgroupPlugin=disabled; else echo CgroupPlugin=cgroup/v1; fi >"$D/cgroup.conf"
}

# snakemake's jobstep plugin strips SLURM_* (SLURM_CONF too) before its inner srun, so the default path must work
link() { mkdir -p /etc/slurm
  if [ -e /etc/slurm/slurm.conf ] && [ "$(readlink /etc/slurm/slurm.conf)" != "$D/slurm.conf" ]; then
    echo '/etc/slurm/slurm.conf exists: this machine has a Slurm of its own, not touching it' >&2; exit 1; fi
  for f in slurm gres cgroup; do ln -sfn "$D/$f.conf" "/etc/slurm/$f.conf"; done; }
unlink_conf() { for f in slurm gres cgroup slurmdbd; do
  [ "$(readlink "/etc/slurm/$f.conf" 2>/dev/null)" = "$D/$f.conf" ] && rm -f "/etc/slurm/$f.conf"; done; true; }

alive() { [ -s "$1" ] && kill -0 "$(cat "$1" 2>/dev/null)" 2>/dev/null; }

accounting() {
  [ "$ACCT" = 1 ] || return 0
  mkdir -p "$D/mysql"
  [ -d "$D/mysql/mysql" ] || mariadb-install-db --no-defaults --user="$U" --datadir="$D/mysql" \
    --skip-test-db --auth-root-authentication-method=normal >"$D/log/mariadb-install.log" 2>&1
  if ! alive "$D/mariadbd.pid"; then
    setsid mariadbd --no-defaults --user="$U" --datadir="$D/mysql" --socket="$D/mysql.sock" \
      --pid-file="$D/mariadbd.pid" --bind-address=127.0.0.1 --port=$((PORT + 3)) \
      --innodb-flush-log-at-trx-commit=0 >"$D/log/mariadbd.log" 2>&1 </dev/null &
    for _ in $(seq 100); do mariadb-admin --no-defaults -S "$D/mysql.sock" ping >/dev/null 2>&1 && break; sleep 0.1; done
    mariadb --no-defaults -S "$D/mysql.sock" -e "create user if not exists slurm@'127.0.0.1' identified by 'slurm';
      create user if not exists slurm@localhost identified by 'slurm';
      grant all on slurm_acct_db.* to slurm@'127.0.0.1'; grant all on slurm_acct_db.* to slurm@localhost"
  fi
  cat >"$D/slurmdbd.conf" <<EOC
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((PORT + 2))
AuthType=auth/munge
AuthInfo=socket=$D/munge/socket
SlurmUser=$U
PidFile=$D/slurmdbd.pid
LogFile=$D/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((PORT + 3))
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
EOC
  chmod 600 "$D/slurmdbd.conf"; ln -sfn "$D/slurmdbd.conf" /etc/slurm/slurmdbd.conf
  alive "$D/slurmdbd.pid" || slurmdbd
  for _ in $(seq 10); do timeout 5 sacctmgr -n list cluster >/dev/null 2>&1 && break; sleep 0.1; done
  sacctmgr -i add cluster ci >/dev/null 2>&1 || true
  sacctmgr -i add account ci Cluster=ci >/dev/null 2>&1 || true
  sacctmgr -i add user "$U" Account=ci AdminLevel=Administrator >/dev/null 2>&1 || true
}

start() {
  [ "$(id -u)" = 0 ] || skip 'only root can start a Slurm with devices of its own'
  install; configure; link
  alive "$D/munged.pid" || munged --force --key-file="$D/munge/key" --socket="$D/munge/socket" \
    --pid-file="$D/munged.pid" --log-file="$D/log/munged.log" --seed-file="$D/munge/seed" --num-threads=2
  accounting
  alive "$D/slurmctld.pid" || slurmctld -f "$D/slurm.conf" -i
  alive "$D/slurmd.pid" || slurmd -f "$D/slurm.conf"
  for _ in $(seq 100); do
    sinfo -h -o '%t' 2>/dev/null | grep -q '^idle$' && { sinfo -o '%P %a %D %t %c %m %G'; return 0; }
    sleep 0.2
  done
  echo 'Slurm did not come up' >&2; tail -n 20 "$D"/log/*.log >&2; return 1
}

stop() {
  timeout 5 scancel -u "$U" 2>/dev/null || true
  for p in slurmd slurmctld slurmdbd mariadbd munged; do
    alive "$D/$p.pid" || continue
    kill "$(cat "$D/$p.pid")" || true
    for _ in $(seq 50); do alive "$D/$p.pid" || break; sleep 0.1; done
    alive "$D/$p.pid" && kill -9 "$(cat "$D/$p.pid" 2>/dev/null)" || true
  done
  unlink_conf
  rm -rf "$D"
}

case ${1:-start} in
  start) start ;;
  stop) stop ;;
  status) sinfo -N -l; squeue ;;
  env) echo "export SLURM_CONF=$D/slurm.conf" ;;
  *) echo "usage: $0 start|stop|status|env" >&2; exit 2 ;;
esac
