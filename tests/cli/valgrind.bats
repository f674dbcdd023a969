load helpers

# The host's side of every command under valgrind; its clone3 says ENOSYS there, so this is that fallback's test too.
setup()
{
	[ -n "${VALGRIND-}" ] || skip "only for make check-long (VALGRIND=1)"
	command -v valgrind > /dev/null || skip "valgrind is not installed"
	export BATS_TEST_TIMEOUT=120
	begin
	# Valgrind keeps the hard limit of descriptors for itself.
	update_config 'del(.process.rlimits)'
}

@test "valgrind: create, start, state, list, ps, exec, pause, resume, kill, delete" {
	program 'trap "exit 0" TERM; while :; do sleep .1; done'
	quietly hoy create "$ID"
	ok hoy state "$ID"
	ok hoy start "$ID"
	ok hoy list
	ok hoy list --format json
	ok hoy ps --format json "$ID"
	ok hoy exec "$ID" true
	ok hoy pause "$ID"
	ok hoy resume "$ID"
	ok hoy kill "$ID" KILL
	until_true sh -c "'$HOY' --root '$STATE' state '$ID' | grep -q stopped"
	ok hoy delete "$ID"
}

@test "valgrind: run, with hooks, devices and mounts" {
	mkdir src
	# No seccomp: its system call is one that valgrind does not know.
	update_config '.hooks.createRuntime = [{"path": "/bin/true"}] | .mounts += [{"destination": "/m", "source": $src, "options": ["rbind", "ro"]}]
		| .linux.resources.devices = [{"allow": false, "access": "rwm"}]' --arg src "$BUNDLE/src"
	ok hoy run "$ID"
}

@test "valgrind: errors" {
	for what in "state nobody" "create nobody/x" "run --bundle /nowhere x" "exec nobody true" "nonsense"; do
		# shellcheck disable=SC2086
		try hoy $what
		[ "$status" = 1 ] || [ "$status" = 255 ] || { echo "$what: status $status: $stderr"; return 1; }
		[[ $stderr != *"=="*"=="* ]] || { echo "$stderr"; return 1; }
	done
	echo '{"ociVersion": 3, "process": {"args": [' > config.json
	try hoy create "$ID"
	[ "$status" = 1 ]
	ok hoy spec --bundle "$BATS_TEST_TMPDIR"
	ok hoy features
}

@test "valgrind: seccomp programs are made" {
	plan=${HELPERS%/cli}/golden/plan
	[ -x "$plan" ] || skip "$plan is not built"
	for config in "$BATS_TEST_DIRNAME"/../golden/plan/seccomp-*.json; do
		valgrind -q --error-exitcode=9 "$plan" "$config" > /dev/null 2> err || [ $? != 9 ] || { cat err; return 1; }
	done
}
