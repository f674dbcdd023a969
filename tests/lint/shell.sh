#!/bin/bash
# Every script parses; shellcheck looks at them too where it is installed.
cd "$(dirname "$0")/../.." || exit 1
bad=0 scripts=()
while read -r file; do
	case $file in
	*.bats) bats --count "$file" > /dev/null || { echo "$file: bats cannot read it"; bad=1; } ;;
	*)
		head -n 1 "$file" | grep -qE '^#!/bin/(ba)?sh|^# shellcheck shell' || continue
		bash -n "$file" || bad=1
		scripts+=("$file")
		;;
	esac
done < <(find tests .ci docs -type f | sort)
if command -v shellcheck > /dev/null; then
	shellcheck -S error "${scripts[@]}" || bad=1
fi
exit $bad
