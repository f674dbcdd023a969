#!/bin/bash
# plan.sh [--bless] [CASE...]: hold what hoy plans for tests/golden/plan/CASE.json against CASE.txt beside it.
# The plan as the program `plan` of this folder prints it, or the complaint. Needs no root and changes nothing.
# CASE.facts, where there is one, says what is different about the caller (plan.c).
# --bless writes the files instead. PLAN is that program; else the one of the build folder.
set -u

cd "$(dirname "$0")" || exit 1
program=${PLAN:-$PWD/../../build/${FLAVOUR:-plain}/tests/golden/plan}
cd plan || exit 1
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
		echo "not ok - $case: another plan"
		sed 's/^/# /' <<< "$difference"
	fi
done
