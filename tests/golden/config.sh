#!/bin/bash
# config.sh [--bless] [CASE...]: hold what hoy says about tests/golden/config/CASE.json against CASE.txt beside it.
# All complaints, as the program `config` of this folder prints them, or "sound". Needs no root and changes nothing.
# --bless writes the files instead. CONFIG is that program; else the one of the build folder.
set -u

cd "$(dirname "$0")" || exit 1
program=${CONFIG:-$PWD/../../build/${FLAVOUR:-plain}/tests/golden/config}
cd config || exit 1
bless=
[ "${1-}" != --bless ] || { bless=1; shift; }
cases=("$@")
[ ${#cases[@]} != 0 ] || { cases=(*.json); cases=("${cases[@]%.json}"); }

echo "1..${#cases[@]}"
for case in "${cases[@]}"; do
	found=$("$program" "$case.json" 2>&1)
	status=$?
	[ -z "$bless" ] || printf '%s\n' "$found" > "$case.txt"
	if [ $status != 0 ]; then
		echo "not ok - $case: exit status $status"
		sed 's/^/# /' <<< "$found"
	elif difference=$(diff -u "$case.txt" - <<< "$found" 2>&1); then
		echo "ok - $case"
	else
		echo "not ok - $case: another complaint"
		sed 's/^/# /' <<< "$difference"
	fi
done
