#!/usr/bin/env bash
# The cluster profiles on a real SLURM of one node, first without accounting, then with it.
# Needs root and Debian's packages, which it installs where apt-get can; says so and leaves where
# not. About three minutes.   tests/slurm/run.sh [PYTEST ARGUMENTS]
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
here=$(cd "$(dirname "$0")" && pwd)

skip() { echo "SLURM tests skipped: $1"; exit 0; }

[ "$(id -u)" = 0 ] || skip "not root"
packages="slurm-wlm munge slurmdbd mariadb-server"
if [ "$(command -v slurmctld mungekey slurmdbd mariadbd | wc -l)" != 4 ]; then
    command -v apt-get > /dev/null || skip "no apt-get to install $packages"
    # shellcheck disable=SC2086
    { apt-get update && apt-get install -y --no-install-recommends $packages; } \
        > /dev/null 2>&1 || skip "cannot install $packages"
fi

folder=$(mktemp -d)
trap '"$here/cluster.sh" stop "$folder/$kind"; rm -rf "$folder"' EXIT
for kind in plain accounting; do
    "$here/cluster.sh" start "$folder/$kind" "${kind/plain/}" \
        || skip "it does not start on this machine"
    processes=$([ "$kind" = plain ] && echo 7 || echo 0)
    RNNFV_SLURM=$kind pytest -m slow -n "$processes" --dist worksteal --noconftest "$here" "$@" \
        || { tail -n 40 "$folder/$kind"/log/slurm*.log; exit 1; }
    "$here/cluster.sh" stop "$folder/$kind"
done
