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
# The same cases in every run, so that a failure is of the change and not of chance; another number looks elsewhere.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-12}"
exec cargo test --workspace --locked "$@"
