#!/usr/bin/env bash
# The seven-step claim on claimflow, Restate and DBOS, one after another on this machine, three rounds in turn.
#
# Usage: bench/durable/run.sh [CLAIMS_FOR_THE_OTHERS]   (2,000 when not given)
#
# Fetches restate-server from npm and dbos from PyPI into a folder of its own (CLAIMFLOW_PEERS, or target/peers), and needs
# node, python3 and, for DBOS on Postgres, the programs of a Postgres 14 or newer. One line of JSON a measurement.
# SKIP_OWN=1 leaves claimflow out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
peers=${CLAIMFLOW_PEERS:-$root/target/peers}
claims=${1:-2000}
mkdir -p "$peers"
cd "$peers"

stop=()
trap 'for one in "${stop[@]}"; do eval "$one" || true; done' EXIT

say() { printf '{"engine": "%s", "result": %s}\n' "$1" "$2"; }

# --- what is needed
[ -d npm/node_modules/@restatedev ] ||
    npm install --silent --no-fund --no-audit --prefix npm @restatedev/restate-server@1.7.12
[ -x venv/bin/python ] || { python3 -m venv venv && venv/bin/pip -q install 'dbos==3.4.0'; }
cargo build --release --quiet --manifest-path "$here/restate/Cargo.toml" --target-dir target
[ -n "${SKIP_OWN:-}" ] || (cd "$root" && cargo bench -p claimflow-tests --bench lifecycle --bench steps --no-run) >/dev/null 2>&1

# --- Restate
server=(npm/node_modules/@restatedev/restate-server-linux-*/bin/restate-server)
rm -rf restate-data
"${server[0]}" --config-file "$here/restate/server.toml" --base-dir "$peers/restate-data" >restate.log 2>&1 &
stop+=("kill $!")
target/release/claimflow-bench-durable serve 127.0.0.1:9180 >service.log 2>&1 &
stop+=("kill $!")
for _ in $(seq 120); do curl -sf 127.0.0.1:19070/health >/dev/null && break; sleep 0.5; done
until curl -sf -X POST 127.0.0.1:19070/deployments -H 'content-type: application/json' \
    -d '{"uri": "http://127.0.0.1:9180"}' >/dev/null; do sleep 1; done
load() { target/release/claimflow-bench-durable load http://127.0.0.1:18080 "$@"; }
until load steps 50 8 >/dev/null 2>&1; do sleep 1; done # the partitions have leaders now

# --- Postgres, where it is installed
postgres=""
programs=$(pg_config --bindir 2>/dev/null || true)
[ -n "$programs" ] || programs=$(dirname "$(readlink -f "$(command -v pg_ctl || echo /none)")")
if [ -x "$programs/initdb" ]; then
    as=()
    rm -rf pg && mkdir pg
    # Postgres refuses to run as root.
    if [ "$(id -u)" = 0 ]; then chown postgres pg && as=(runuser -u postgres --); fi
    "${as[@]}" "$programs/initdb" -A trust -U postgres -D "$peers/pg/data" >pg.log
    "${as[@]}" "$programs/pg_ctl" -w -D "$peers/pg/data" -l "$peers/pg/log" \
        -o "-p 15432 -c listen_addresses=127.0.0.1 -c unix_socket_directories=" start >>pg.log
    stop+=("${as[*]} $programs/pg_ctl -D $peers/pg/data -m fast stop >/dev/null")
    postgres="postgresql://postgres@127.0.0.1:15432"
fi

for round in 1 2 3; do
    rm -f claims.sqlite*
    [ -n "${SKIP_OWN:-}" ] || say "claimflow" "$(cd "$root" && cargo bench -q -p claimflow-tests --bench lifecycle 2>/dev/null | tail -1)"
    [ -n "${SKIP_OWN:-}" ] || say "claimflow, seven steps that a plugin does" "$(cd "$root" && cargo bench -q -p claimflow-tests --bench steps 2>/dev/null | tail -1)"
    say "restate, a record a step" "$(load steps "$claims" 256)"
    say "restate, all steps as one act" "$(load batch "$claims" 256)"
    say "dbos on sqlite" "$(venv/bin/python "$here/dbos_claims.py" "sqlite:///$peers/claims.sqlite" "$((claims / 10))" 8 2>/dev/null)"
    [ -z "$postgres" ] ||
        say "dbos on postgres" "$(venv/bin/python "$here/dbos_claims.py" "$postgres/claims$round" "$((claims / 2))" 32 2>/dev/null)"
done
