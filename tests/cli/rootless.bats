load helpers

# An ordinary user, with the bundle of `hoy spec --rootless`.

@test "rootless: run, with the output and the status of the program" {
	look 'id -u; hostname; cat /proc/self/uid_map | tr -s " "'
	[ "${lines[0]}" = 0 ]
	program 'exit 42'
	try hoy run "$ID"
	[ "$status" = 42 ]
	nothing_left
}

@test "rootless: the default mounts and devices are usable" {
	look 'ls /proc/self/status /dev/pts > /dev/null && ls /sys > /dev/null && echo x > /dev/null && head -c 3 /dev/zero | wc -c
		for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; grep -c " /dev/shm tmpfs" /proc/mounts'
	is $'3\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n1'
}

@test "rootless: create, start, state, list, exec, kill, delete" {
	program 'trap "exit 7" TERM; while :; do sleep .1; done'
	quietly hoy create --pid-file pid "$ID"
	same "$(status_of "$ID")" created
	ok hoy start "$ID"
	same "$(status_of "$ID")" running
	ok hoy list -q
	is "$ID"
	ok hoy exec "$ID" sh -c 'echo in; id -u'
	is $'in\n0'
	fails 255 'executable file not found in $PATH' hoy exec "$ID" nothing-like-it
	ok hoy kill "$ID" TERM
	until_is stopped
	ok hoy delete "$ID"
	nothing_left
}

@test "rootless: bind mounts and tmpfs; what is made outside is ours" {
	mkdir src && echo inside > src/file
	look 'cat /m/file; echo made > /m/made; (echo x > /r/x) 2> /dev/null || echo refused; mount -t tmpfs | grep -c " /t "' '.root.readonly = false
		| .mounts += [{"destination": "/m", "source": $src, "options": ["bind"]}, {"destination": "/r", "source": $src, "options": ["rbind", "ro"]},
		{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k", "nosuid"]}]' --arg src "$BUNDLE/src"
	has inside refused
	same "$(stat -c %u src/made)" "$(id -u)"
}

@test "rootless: capabilities and read-only and masked paths count inside" {
	look 'grep CapBnd /proc/self/status; (echo x > /file) 2> /dev/null || echo refused; head -c 1 /proc/kcore 2> /dev/null; ls /proc/acpi 2> /dev/null' \
		'.root.readonly = true | .process.capabilities = {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]}'
	is $'CapBnd:\t0000000000000020\nrefused'
}

@test "rootless: additional groups where setgroups is denied are an error that says so" {
	update_config '.process.user.additionalGids = [0, 5]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *additionalGids* || $stderr == *setgroups* ]]
	nothing_left
}

@test "rootless: limits that need a cgroup are an error, where there is none" {
	[ ! -w "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)" ] || skip "this user has a cgroup"
	update_config '.linux.resources = {"pids": {"limit": 10}}'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *cgroup* ]]
	nothing_left
}

@test "rootless: mapping an ID that is not ours is refused" {
	update_config '.linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 1}]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "rootless: a terminal" {
	needs_helper recvtty
	"$HELPERS/recvtty" "$BATS_TEST_TMPDIR/s" < /dev/null > "$BATS_TEST_TMPDIR/tty" 2>&1 3>&- &
	until_true grep -q ready "$BATS_TEST_TMPDIR/tty"
	program 'tty; echo done' '.process.terminal = true'
	quietly hoy run --detach --console-socket "$BATS_TEST_TMPDIR/s" "$ID"
	until_true grep -q '^done' "$BATS_TEST_TMPDIR/tty"
}

@test "rootless: hooks and seccomp" {
	update_config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "cat > '"$BATS_TEST_TMPDIR"'/state.json"]}]
		| .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
	look 'mkdir /tmp/x 2> /dev/null || echo refused' '.root.readonly = false'
	is refused
	same "$(jq -r .status "$BATS_TEST_TMPDIR/state.json")" creating
}

@test "rootless: the state directory is \$XDG_RUNTIME_DIR/hoy" {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/xdg
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	program 'exec sleep 1000'
	quietly "$HOY" create "$ID"
	[ -d "$XDG_RUNTIME_DIR/hoy/$ID" ]
	ok "$HOY" delete --force "$ID"
	[ ! -d "$XDG_RUNTIME_DIR/hoy/$ID" ]
}

@test "rootless: 20 runs leave nothing behind" {
	for i in $(seq 20); do "$HOY" --root "$STATE" run "leak-$i" 3>&- || return 1; done
	nothing_left
}
