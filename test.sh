#!/usr/bin/env bash
# Runs every test. Installs what they need beside the Rust toolchain into .venv: pyx12, which judges the X12 we write.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust (rustup) first" >&2
    exit 3
fi
if [ ! -x .venv/bin/x12valid ]; then
    if python3 -m venv .venv 2>/dev/null && .venv/bin/pip install --quiet --disable-pip-version-check pyx12==4.0.0; then
        echo "installed pyx12 into .venv"
    else
        echo "note: python3 with venv and pip is missing, so tests that ask pyx12 will say they skip" >&2
    fi
fi
export PATH="$PWD/.venv/bin:$PATH"
# Other random cases with every commit, so that they are looked for for as long as there are changes; the same ones for one
# commit, so that what fails fails again. Without git, the same ones always. PROPTEST_CASES tries more; CLAIMFLOW_SEED throws other dice in the tests of docs/durability.md, which begin
# at the same number where it is not set.
commit=$(git rev-parse --short=7 HEAD 2>/dev/null || echo c)
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-$((16#$commit))}"
again="PROPTEST_RNG_SEED=$PROPTEST_RNG_SEED ${CLAIMFLOW_SEED:+CLAIMFLOW_SEED=$CLAIMFLOW_SEED }./test.sh${*:+ $*}"
echo "random cases begin at seed $PROPTEST_RNG_SEED; to have the same again: $again"
status=0
cargo test --workspace --locked --no-fail-fast "$@" || status=$?
if [ "$status" -ne 0 ]; then
    echo "tests failed; the same random cases again: $again" >&2
fi
exit "$status"
