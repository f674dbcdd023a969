#!/bin/bash
# Every header compiles alone: it includes what it needs, and nothing has to come before it.
cd "$(dirname "$0")/../.." || exit 1
bad=0
for header in $(find include src -name '*.h' | sort); do
	grep -q '^#pragma once' "$header" || { echo "$header: no #pragma once"; bad=1; }
	# Written like any other include, for a header may not know that it is the main file.
	echo "#include \"${header#*/}\"" | ${CC:-gcc} -std=c11 -D_GNU_SOURCE -iquote include -iquote src -Wall -Wextra -Werror \
		-fsyntax-only -x c - || { echo "$header: does not compile alone"; bad=1; }
done
exit $bad
