#!/bin/sh
# Installs the servers that the benchmark measures beside ours (docs/performance.md) into a folder, with npm and pip:
# scripts/bench-peers.sh [FOLDER]
set -eu
folder=${1:-target/peers}
own=$(cd "$(dirname "$0")/.." && pwd)/bench/peers
mkdir -p "$folder"
cp "$own"/* "$folder"
cd "$folder"
npm install --no-audit --no-fund --omit=dev
python3 -m venv venv
venv/bin/pip install --quiet --requirement requirements.txt
