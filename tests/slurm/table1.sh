#!/usr/bin/env bash
# The default Table 1 through a real SLURM of one node: by the slurm profile without and with
# accounting, and by cluster-generic; each from a clean folder, and all three the same, byte for
# byte. Needs what run.sh needs. About fifteen minutes each on two cores.
#   tests/slurm/table1.sh [FOLDER]
# FOLDER keeps results and logs; what is finished there is not repeated.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] && command -v slurmctld mungekey slurmdbd mariadbd > /dev/null \
    || { echo "no SLURM here, or not root: tests/slurm/run.sh says what is needed"; exit 1; }
keep=$(realpath -m "${1:-$(mktemp -d)}") cluster=
trap '[ -z "$cluster" ] || "$here/cluster.sh" stop "$cluster"' EXIT

run() {  # run NAME PROFILE [accounting] [OPTIONS...]
    [ ! -e "$keep/$1/passed" ] || return 0  # in an earlier start with the same FOLDER
    name=$1 profile=$2 accounting=$3 cluster=$keep/cluster-$1
    mkdir -p "$keep/$name"
    "$here/cluster.sh" start "$cluster" "$accounting"
    echo "== $name"
    (cd "$keep/$name" && time snakemake --snakefile "$root/Snakefile" --directory . \
        --workflow-profile "$root/profiles/$profile" \
        results/table1.csv "${@:4}" > log 2>&1) || { tail -n 60 "$keep/$name/log"; exit 1; }
    python "$root/tests/workflow/check_table1.py" "$keep/$name/results/table1.csv"
    grep -c "submitted with\|external jobid" "$keep/$name/log"
    [ -z "$(squeue --noheader)" ] || { squeue; exit 1; }  # no job is left behind
    "$here/cluster.sh" stop "$cluster"
    touch "$keep/$1/passed"
    cluster=
}

run plain slurm ""
run accounting slurm accounting --slurm-status-command sacct \
    --default-resources mem_mb=2000 runtime=60 gpu=0 slurm_account=science
run generic cluster-generic ""
cmp "$keep/plain/results/table1.csv" "$keep/accounting/results/table1.csv"
cmp "$keep/plain/results/table1.csv" "$keep/generic/results/table1.csv"
echo "all three tables are the same"
