#!/usr/bin/env bash
# A SLURM of one node for tests, with every file in one folder; needs root.
# Debian's packages: slurm-wlm munge; for accounting slurmdbd mariadb-server.
#   cluster.sh start FOLDER [accounting]
#   cluster.sh stop FOLDER
# /etc/slurm/slurm.conf becomes a link into FOLDER until `stop`; a machine that has a SLURM of its
# own is left alone. Memory limits are enforced by polling (no cgroups), the node has eight CPUs
# whatever the machine has, and one pretended GPU.
set -euo pipefail

action=$1 home=$(realpath -m "$2") accounting=${3:-}
host=$(hostname -s)
conf=$home/etc/slurm.conf
# not $SLURM_CONF: the executor takes SLURM's variables away before it calls srun
installed=/etc/slurm/slurm.conf

wait_for() {  # wait_for SECONDS COMMAND...: until it succeeds
    for _ in $(seq $(($1 * 10))); do
        timeout 5 "${@:2}" > "$home/log/waiting" 2>&1 && return
        sleep 0.1
    done
    echo "gave up waiting for: ${*:2}" >&2
    tail -n 5 "$home"/log/* >&2
    return 1
}

start_munge() {
    mungekey --create --keyfile="$home/munge/key"
    munged --force --socket="$home/munge/socket" --key-file="$home/munge/key" \
        --pid-file="$home/run/munged.pid" --log-file="$home/log/munged.log" \
        --seed-file="$home/munge/seed"
}

start_accounting() {
    local database=(--no-defaults --user=root --datadir="$home/db")
    mariadb-install-db "${database[@]}" --auth-root-authentication-method=normal \
        > "$home/log/install-db" 2>&1
    mariadbd "${database[@]}" --socket="$home/run/db.socket" --skip-networking \
        --pid-file="$home/run/mariadbd.pid" --innodb-lock-wait-timeout=900 \
        < /dev/null > "$home/log/mariadbd.log" 2>&1 &
    wait_for 30 mariadb --no-defaults -u root -S "$home/run/db.socket" -e "select 1"
    mariadb --no-defaults -u root -S "$home/run/db.socket" -e "create database slurm_test;
        create user slurm@localhost identified by 'test';
        grant all on slurm_test.* to slurm@localhost"
    install -m 600 /dev/null "$home/etc/slurmdbd.conf"
    cat > "$home/etc/slurmdbd.conf" << CONF
AuthType=auth/munge
AuthInfo=socket=$home/munge/socket
DbdHost=$host
DbdAddr=127.0.0.1
DbdPort=26819
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageLoc=slurm_test
StorageUser=slurm
StoragePass=test
LogFile=$home/log/slurmdbd.log
PidFile=$home/run/slurmdbd.pid
CONF
    ln -s "$home/etc/slurmdbd.conf" "$(dirname "$installed")/slurmdbd.conf"
    MYSQL_UNIX_PORT=$home/run/db.socket slurmdbd
    wait_for 30 sacctmgr -n show cluster
    sacctmgr -i add cluster test > "$home/log/sacctmgr"
    sacctmgr -i add account science >> "$home/log/sacctmgr"
    sacctmgr -i add user root account=science >> "$home/log/sacctmgr"
}

start() {
    if [ -e "$installed" ] || [ -L "$installed" ]; then
        echo "$installed is there: this machine has a SLURM, or a test left it" >&2
        echo "(then: cluster.sh stop FOLDER)" >&2
        return 1
    fi
    mkdir -p "$home"/{etc,log,run,munge,state,spool}
    chmod 700 "$home/munge"
    chmod 755 "$home"
    local storage=AccountingStorageType=accounting_storage/none
    if [ -n "$accounting" ]; then
        storage="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=26819
AccountingStoragePass=$home/munge/socket"
    fi
    local memory
    memory=$(awk '/MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)  # MB
    cat > "$conf" << CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$home/munge/socket
SlurmctldPort=26817
SlurmdPort=26818
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/run/slurmctld.pid
SlurmdPidFile=$home/run/slurmd.pid
SlurmctldLogFile=$home/log/slurmctld.log
SlurmdLogFile=$home/log/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
TaskProlog=$home/etc/prolog.sh
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
KillWait=2
GresTypes=gpu
$storage
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 RealMemory=$memory Gres=gpu:1
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    echo "NodeName=$host Name=gpu File=/dev/null" > "$home/etc/gres.conf"
    # As many sites do: a temporary folder for every job, named by a script that runs on the node.
    local scratch="$home/scratch/\$SLURM_JOB_ID"
    printf '%s\n' '#!/bin/sh' "mkdir -p $scratch" "echo export TMPDIR=$scratch" \
        > "$home/etc/prolog.sh"
    chmod +x "$home/etc/prolog.sh"
    mkdir -p "$(dirname "$installed")"
    for file in slurm gres; do
        ln -s "$home/etc/$file.conf" "$(dirname "$installed")/$file.conf"
    done
    start_munge
    [ -z "$accounting" ] || start_accounting
    slurmctld
    slurmd -N "$host"
    wait_for 30 bash -c '[ "$(sinfo -h -o %T -p main)" = idle ]'
    sinfo
}

stop() {
    if [ -s "$home/run/slurmctld.pid" ] && [ -n "$(timeout 5 squeue --noheader)" ]; then
        # a job's own supervisor would outlive the daemons
        timeout 5 scancel --user="$(id -un)" && sleep 4
    fi
    for daemon in slurmd slurmctld slurmdbd mariadbd munged; do
        [ ! -s "$home/run/$daemon.pid" ] || kill "$(cat "$home/run/$daemon.pid")" || true
        sleep 0.5
    done
    for file in slurm gres slurmdbd; do
        link=$(dirname "$installed")/$file.conf
        [ "$(readlink "$link")" != "$home/etc/$file.conf" ] || rm "$link"
    done
}

"$action"
