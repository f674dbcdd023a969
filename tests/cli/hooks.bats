load helpers

# hook NAME SCRIPT [FILTER]: add a hook of that kind that runs a host's shell script; $LOG is the file it may write to.
LOG=$BATS_TEST_TMPDIR/log
hook()
{
	jq --arg kind "$1" --arg script "$2" --arg log "$LOG" \
		'.hooks[$kind] += [{"path": "/bin/sh", "args": ["sh", "-c", $script], "env": ["LOG=\($log)", "PATH=/usr/bin:/bin"]}]' config.json > config.new
	mv config.new config.json
}

@test "hooks: all six, in order, each with the state on its stdin" {
	: > "$LOG"
	chmod 666 "$LOG"
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook $kind "printf '%s ' $kind >> \$LOG; cat >> \$LOG; echo >> \$LOG"
	done
	# In the container's root; a file system of its own, since the root may be anything.
	mkdir -m 777 inside
	update_config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "printf \"startContainer \" > /inside/log; cat >> /inside/log"]}]
		| .annotations = {"k": "v"} | .mounts += [{"destination": "/inside", "source": "inside", "options": ["bind"]}] | .root.readonly = false'
	program 'echo program'
	quietly hoy create "$ID"
	same "$(cut -d' ' -f1 "$LOG" | tr '\n' ' ')" "prestart createRuntime createContainer "
	pid=$(hoy state "$ID" | jq .pid)
	ok hoy start "$ID"
	until_is stopped
	ok hoy delete "$ID"
	same "$(cut -d' ' -f1 "$LOG" | tr '\n' ' ')" "prestart createRuntime createContainer poststart poststop "
	same "$(cat "$OUT")" program
	while read -r kind state; do
		case $kind in
		prestart|createRuntime|createContainer) wanted="creating $pid" ;;
		poststart) wanted="running $pid" ;;
		poststop) wanted="stopped 0" ;;
		esac
		found=$(jq -r '"\(.status) \(.pid // 0)"' <<< "$state")
		[ "$kind" != createContainer ] || found="${found% *} $pid"
		same "$kind $found" "$kind $wanted"
		same "$(jq -r '[.id, .bundle, .annotations.k] | join(" ")' <<< "$state")" "$ID $(readlink -f "$BUNDLE") v"
		jq -e .ociVersion <<< "$state"
	done < "$LOG"
	same "$(cut -d' ' -f1 inside/log)" startContainer
	same "$(cut -d' ' -f2- inside/log | jq -r '"\(.status) \(.pid)"')" "created 1"
}

@test "hooks: prestart and createRuntime run on the host, createContainer in the new mount namespace before the pivot" {
	hook createRuntime 'readlink /proc/self/ns/mnt >> $LOG; readlink /proc/$(sed "s/.*\"pid\":\([0-9]*\).*/\1/")/ns/mnt >> $LOG'
	hook createContainer 'readlink /proc/self/ns/mnt >> $LOG; ls -d '"$BUNDLE"'/config.json >> $LOG'
	: > "$LOG"; chmod 666 "$LOG"
	program 'readlink /proc/self/ns/mnt'
	ok hoy run "$ID"
	mapfile -t seen < "$LOG"
	same "${seen[0]}" "$(readlink /proc/self/ns/mnt)"
	same "${seen[1]}" "$output"
	same "${seen[2]}" "$output"
	same "${seen[3]}" "$BUNDLE/config.json"
}

@test "hooks: a failing one fails create, with its words and status, and nothing is left" {
	for kind in prestart createRuntime createContainer; do
		template
		hook $kind 'true'
		hook $kind 'echo complaint of the hook >&2; exit 42'
		try hoy create "$ID"
		[ "$status" = 1 ] || { echo "$kind: status $status"; return 1; }
		[[ $stderr == *"error running $kind hook #1"* && $stderr == *42* && $stderr == *"complaint of the hook"* ]] || { echo "$kind: $stderr"; return 1; }
		nothing_left
	done
}

@test "hooks: a failing startContainer hook is told by start, and the program does not run" {
	update_config '.hooks.startContainer = [{"path": "/bin/false"}]'
	program 'echo ran'
	quietly hoy create "$ID"
	try hoy start "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *startContainer* ]]
	! grep -q ran "$OUT"
	# runtime.md, Lifecycle: the container is stopped and destroyed.
	try hoy state "$ID"
	[[ $stderr == *"does not exist"* ]]
}

@test "hooks: a poststop that fails is a warning, and the others still run" {
	: > "$LOG"; chmod 666 "$LOG"
	hook poststop 'exit 3'
	hook poststop 'echo second >> $LOG'
	program 'echo ran'
	ok hoy run "$ID"
	is ran
	same "$(cat "$LOG")" second
	[[ $stderr == *poststop* ]]
}

@test "hooks: a poststart that fails is an error, and stops the container" {
	hook poststart 'echo complaint of the hook >&2; exit 4'
	program 'exec sleep 1000'
	quietly hoy create "$ID"
	try hoy start "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *"poststart hook #0"* && $stderr == *4* ]]
	until_is stopped 2> /dev/null || ! hoy state "$ID"
}

@test "hooks: a timeout ends one that hangs" {
	hook createRuntime 'sleep 100'
	update_config '.hooks.createRuntime[0].timeout = 1'
	start=$SECONDS
	try hoy create "$ID"
	[ "$status" = 1 ]
	[ $((SECONDS - start)) -lt 20 ]
	nothing_left
}

@test "hooks: one that does not read its stdin, or closes it, harms nobody" {
	update_config '.annotations = {"long": ("x" * 200000)}'
	hook createRuntime 'exec 0<&-; exit 0'
	hook createRuntime 'exit 0'
	ok hoy run "$ID"
}

@test "hooks: environment is theirs alone, and no descriptor leaks into them" {
	: > "$LOG"; chmod 666 "$LOG"
	hook createRuntime 'env | sort > $LOG; ls /proc/self/fd >> $LOG'
	export A_HOST_SECRET=1
	ok hoy run "$ID"
	! grep -q A_HOST_SECRET "$LOG"
	grep -q '^LOG=' "$LOG"
	! grep -qE '^([4-9]|[1-9][0-9])$' "$LOG"
}

@test "hooks: startContainer ones are confined like the program" {
	not_in rootless "an ordinary user has one ID"
	mkdir -m 777 inside
	update_config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "(id -u; grep -E \"NoNewPrivs|CapEff\" /proc/self/status) > /inside/log"]}]
		| .process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = true | .process.capabilities = {}
		| .mounts += [{"destination": "/inside", "source": "inside", "options": ["bind"]}] | .root.readonly = false'
	ok hoy run "$ID"
	output=$(< inside/log)
	is $'1000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1'
}

@test "hooks: a missing program is told with its path" {
	update_config '.hooks.createRuntime = [{"path": "/no/such/hook"}]'
	fails 1 /no/such/hook hoy create "$ID"
	update_config '.hooks.createRuntime = [{"path": "relative"}]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *hooks.createRuntime* ]]
	nothing_left
}
