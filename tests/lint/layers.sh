#!/bin/bash
# Every #include "..." of the tree stays within what tests/lint/layers allows.
cd "$(dirname "$0")/../.." || exit 1
files=$(find include src -name '*.[ch]') || exit 1
# shellcheck disable=SC2086
[ -z "$files" ] || awk '
	FILENAME == "tests/lint/layers" {
		if (/^#/ || !NF) next
		layer = $1; sub(":", "", layer); known[layer] = 1; may[layer, layer] = 1
		for (i = 2; i <= NF; i++) {
			below = $i; sub("/.*", "", below)
			if (!known[below]) { print FILENAME ":" FNR ": " layer " names " $i ", which is not above it"; bad = 1 }
			may[layer, $i] = 1
		}
		next
	}
	FNR == 1 {
		layer = FILENAME; sub("^(src|include)/", "", layer); sub("(/.*|\\.c)$", "", layer)
		if (!known[layer]) { print FILENAME ": the layer " layer " is not in tests/lint/layers"; bad = 1 }
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		header = $0; sub("^[^\"]*\"", "", header); sub("\".*", "", header)
		if (header !~ "/") { print FILENAME ":" FNR ": write \"layer/" header "\""; bad = 1; next }
		below = header; sub("/.*", "", below)
		if (!may[layer, below] && !may[layer, header]) {
			print FILENAME ":" FNR ": " layer " may not use " header; bad = 1
		}
	}
	END { exit bad }' tests/lint/layers $files || exit 1

# A library is seen by one file (yajl by two), so that it can be replaced.
seen()
{
	pattern=$1
	shift
	for file in $(grep -lE "#[[:space:]]*include[[:space:]]*<($pattern)" -r include src); do
		[[ " $* " == *" $file "* ]] || { echo "$file: <$pattern> is for $* alone"; exit 1; }
	done
}
seen 'yajl/' src/json/parse.c src/json/write.c
seen 'seccomp\.h' src/plan/seccomp.c
seen 'sys/capability\.h' src/kernel/identity.c
seen 'libmount' src/kernel/mountinfo.c
