# shellcheck shell=bash
# What every test of the binary shares. tests/run-bats sets HOY, HOY_FAULTS, HELPERS, PLACE, ROOTFS and TMPDIR.
#
# A test gets a bundle in $BUNDLE (its current folder) with a busybox root of its own, an id in $ID, and a state directory in $STATE.
# After it everything must be as before: no mount, no cgroup, no process, no state; the teardown says what is left.
# Bats copies its own descriptor 3 to whatever a test starts: what stays behind (create, run --detach) goes through `quietly`.

STATE=$BATS_TEST_TMPDIR/state BUNDLE=$BATS_TEST_TMPDIR/bundle
OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err

setup() { begin; }
teardown() { sweep; }

begin()
{
	local file=${BATS_TEST_FILENAME##*/}
	ID=${file%.bats}-$BATS_TEST_NUMBER
	mkdir "$BUNDLE"
	cd "$BUNDLE" || return
	cp -a "$ROOTFS" rootfs
	template
	snapshot > "$BATS_TEST_TMPDIR/before"
}

# The config that every test begins with: what `hoy spec` writes, without a terminal. Made once a file.
template()
{
	local made=$BATS_FILE_TMPDIR/config.json rootless=
	[ "$PLACE" != rootless ] || rootless=--rootless
	if [ ! -e "$made" ]; then
		# shellcheck disable=SC2086
		(cd "$BATS_FILE_TMPDIR" && "$HOY" spec $rootless --bundle . && jq '.process.terminal = false | .process.args = ["true"]' \
			config.json > config.new && mv config.new config.json) || return
	fi
	cp "$made" config.json
}

# valgrind: only by tests/run-long, for the host's side; without the protected copy of hoy, which this valgrind cannot execute.
hoy()
{
	if [ -n "${VALGRIND-}" ]; then
		HOY_TEST_ENOSYS=seal valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
			--errors-for-leak-kinds=definite,indirect --trace-children=no --child-silent-after-fork=yes "$HOY_FAULTS" --root "$STATE" "$@"
	else
		"$HOY" --root "$STATE" "$@"
	fi
}
# The same with the fault switches of include/base/fault.h: faulty HOY_TEST_ENOSYS=openat2 run x
faulty() { env "$1" "$HOY_FAULTS" --root "$STATE" "${@:2}"; }

# mounts, cgroups and processes that a test could leave behind.
snapshot()
{
	local pid
	while read -r _ _ _ _ target _; do echo "mount $target"; done < /proc/self/mountinfo
	if [ "$PLACE" != rootless ]; then
		find /sys/fs/cgroup -mindepth 1 -type d -printf 'cgroup %p\n' | sort
		for pid in /proc/[0-9]*; do
			# A program of ours, or a process in another root: only of our own cgroup namespace.
			if [ "$pid/exe" -ef "$HOY" ] || ! [ "$pid/root" -ef / ]; then
				[ -e "$pid/exe" ] || continue
				read -r cgroup < <(grep '^0::' "$pid/cgroup" 2> /dev/null) || continue
				[[ $cgroup == *..* ]] || echo "process $pid $(tr '\0' ' ' < "$pid/cmdline" 2> /dev/null)"
			fi
		done
	else
		# No cgroup tells them apart: what this user runs with our program, or in another root.
		for pid in $(pgrep -U "$(id -u)"); do
			[ -e "/proc/$pid/exe" ] || continue
			if [ "/proc/$pid/exe" -ef "$HOY" ] || ! [ "/proc/$pid/root" -ef / ]; then echo "process $pid"; fi
		done
	fi
	[ ! -d "$STATE" ] || for entry in "$STATE"/*; do [ ! -e "$entry" ] || echo "state $entry"; done
}

sweep()
{
	local id i
	# Skipped before anything was made.
	[ -e "$BATS_TEST_TMPDIR/before" ] || return 0
	[ ! -d "$STATE" ] || for id in "$STATE"/*; do
		[ ! -e "$id" ] || "$HOY" --root "$STATE" delete --force "${id##*/}" || { echo "delete --force ${id##*/} failed"; return 1; }
	done
	# What was killed is gone a moment later.
	for i in 1 2 3 4 5 6 7 8 9 10; do
		snapshot > "$BATS_TEST_TMPDIR/after"
		cmp -s "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after" && return
		sleep .1
	done
	echo "left behind (>) or gone (<):"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	# A failing test may not have come to its own umount.
	while read -r _ _ _ _ target _; do
		[[ $target != "$BATS_TEST_TMPDIR"/* ]] || umount -l "$target"
	done < /proc/self/mountinfo
	return 1
}

# Nothing must be there but what was before; for the middle of a test.
nothing_left()
{
	snapshot > "$BATS_TEST_TMPDIR/now"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/now" || { echo "something was left behind"; return 1; }
}

# --- asking -----------------------------------------------------------------------------------------------------

# try CMD...: like bats's own run, but by way of files: what a failing test leaves running must not hold a pipe open.
# Sets $status, $output (standard output), $stderr and $lines.
try()
{
	status=0
	"$@" > "$BATS_TEST_TMPDIR/tried" 2> "$BATS_TEST_TMPDIR/tried2" 3>&- || status=$?
	output=$(< "$BATS_TEST_TMPDIR/tried") stderr=$(< "$BATS_TEST_TMPDIR/tried2")
	mapfile -t lines <<< "$output"
}

# ok CMD...: must succeed. $output is its standard output, $stderr the other.
ok()
{
	try "$@"
	[ "$status" = 0 ] && return
	echo "status $status: $*"
	echo "stdout: $output"
	echo "stderr: ${stderr-}"
	return 1
}

# fails STATUS TEXT CMD...: must fail with that status, one line on stderr with TEXT in it, and nothing on stdout.
fails()
{
	local wanted=$1 text=$2
	shift 2
	try "$@"
	if [ "$status" != "$wanted" ] || [[ $stderr != *"$text"* ]] || [[ $stderr == *$'\n'* ]] || [ -n "$output" ]; then
		echo "wanted: status $wanted, one line with: $text"
		echo "status $status: $*"
		echo "stdout: $output"
		echo "stderr: $stderr"
		return 1
	fi
}

has()
{
	local text
	for text; do [[ $output == *"$text"* ]] || { echo "no '$text' in:"; echo "$output"; return 1; }; done
}
hasnt() { [[ $output != *"$1"* ]] || { echo "'$1' in:"; echo "$output"; return 1; }; }
is() { [ "$output" = "$1" ] || { echo "wanted: $1"; echo "found:  $output"; return 1; }; }
same() { [ "$1" = "$2" ] || { echo "wanted: $2"; echo "found:  $1"; return 1; }; }

# quietly CMD...: for what leaves a process behind. Its output goes to $OUT and $ERR, where the container's will be too.
quietly()
{
	local result=0
	"$@" < /dev/null > "$OUT" 2> "$ERR" 3>&- || result=$?
	[ $result = 0 ] || { echo "status $result: $*"; cat "$OUT" "$ERR"; }
	return $result
}

# --- making -----------------------------------------------------------------------------------------------------

# update_config FILTER [JQ-ARG...]: change config.json.
update_config()
{
	jq "${@:2}" "$1" config.json > config.new && mv config.new config.json
}

# program SCRIPT [FILTER [JQ-ARG...]]: the container's program is this shell script.
program()
{
	local script=$1 filter=${2:-.}
	shift
	[ $# = 0 ] || shift
	update_config '.process.args = ["sh", "-c", $script] | '"$filter" --arg script "$script" "$@"
}

# look SCRIPT [FILTER [JQ-ARG...]]: run it to its end; $output is what it printed.
look()
{
	program "$@"
	ok hoy run "$ID"
}

# standing [FILTER [JQ-ARG...]]: a container that runs until it is killed.
standing()
{
	program 'trap "exit 7" TERM; while :; do sleep 1000 & wait $!; done' "$@"
	quietly hoy run --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
	PID=$(cat "$BATS_TEST_TMPDIR/pid")
}

status_of() { hoy state "$1" | jq -r .status; }

# until_is WORD [ID]: wait for a status.
until_is()
{
	local i
	for i in $(seq 100); do
		[ "$(status_of "${2:-$ID}" 2> /dev/null)" = "$1" ] && return
		sleep .05
	done
	echo "status is $(status_of "${2:-$ID}"), not $1"
	return 1
}

# until_true CMD...: within 10 seconds.
until_true()
{
	local i
	for i in $(seq 100); do "$@" > /dev/null 2>&1 && return; sleep .1; done
	echo "never true: $*"
	return 1
}

# --- where we are -----------------------------------------------------------------------------------------------

needs_controller()
{
	local controllers
	controllers=$(cat /sys/fs/cgroup/cgroup.subtree_control 2> /dev/null)
	for controller; do
		[[ " $controllers " == *" $controller "* ]] || skip "this place's cgroup v2 has no $controller controller"
	done
}
lacks_controller()
{
	[[ " $(cat /sys/fs/cgroup/cgroup.controllers 2> /dev/null) " != *" $1 "* ]] || skip "this place has the $1 controller"
}
not_in() { [ "$PLACE" != "$1" ] || skip "$2"; }
needs_faults() { [ -x "$HOY_FAULTS" ] || skip "no build with the fault switches ($HOY_FAULTS)"; }
needs_helper() { [ -x "$HELPERS/$1" ] || skip "$1 was not built"; }
cgroup_of_init() { sed -n 's|^0::|/sys/fs/cgroup|p' "/proc/$(hoy state "$ID" | jq .pid)/cgroup"; }
