#!/bin/bash
# docs/config.md is what the tables say.
cd "$(dirname "$0")/../.." || exit 1
program=${CONFIG:-build/${FLAVOUR:-plain}/tests/golden/config}
[ -x "$program" ] || { echo "$program is not built"; exit 77; }
"$program" --reference | diff -u docs/config.md - || { echo "make it anew: $program --reference > docs/config.md"; exit 1; }
