#!/bin/bash
# config.json.example is what `hoy spec` writes.
cd "$(dirname "$0")/../.." || exit 1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
build/hoy spec --bundle "$folder" || exit 1
diff -u config.json.example "$folder/config.json" || { echo "make it anew: build/hoy spec"; exit 1; }
