load helpers

# What an image, a config or a bad moment may try. Each of these was a hole or a hang once: here, or in a runtime before us.

setup() { begin; }
teardown() { sweep; }

# image: a root filesystem of the test's own, writable and to be spoilt.
image()
{
	cp -a "$ROOTFS" "$BUNDLE/image"
	update_config '.root = {"path": "image", "readonly": false}'
}

@test "an image whose /proc or /sys is a symbolic link is refused (CVE-2019-19921, CVE-2023-27561)" {
	for name in proc sys; do
		rm -rf "$BUNDLE/image"; image
		rm -rf "$BUNDLE/image/$name"; ln -s tmp "$BUNDLE/image/$name"
		fails 1 "must be an ordinary directory" hoy run "$ID"
	done
	nothing_left
}

@test "a mount cannot reach into /proc by way of a link in the image" {
	image
	ln -s proc/sys "$BUNDLE/image/way"
	update_config '.mounts += [{"destination": "/way", "type": "tmpfs", "source": "tmpfs"}]'
	fails 1 "leads into a procfs" hoy run "$ID"
}

@test "what is bound on /proc must be a procfs (CVE-2019-16884)" {
	mkdir fake
	update_config '.mounts |= map(if .destination == "/proc" then {"destination": "/proc", "type": "bind", "source": $src, "options": ["bind"]} else . end)' \
		--arg src "$PWD/fake"
	fails 1 "is not a procfs" hoy run "$ID"
}

@test "an image whose /dev leads elsewhere makes no node on the host (CVE-2026-41579)" {
	image
	mkdir outside
	rm -rf "$BUNDLE/image/dev"; ln -s "$PWD/outside" "$BUNDLE/image/dev"
	update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	try hoy run "$ID"
	same "$(ls outside)" ""
}

@test "a /dev/null that is none masks nothing (CVE-2025-31133)" {
	image
	mkdir devices; ln -s /proc/sys/kernel/core_pattern devices/null
	update_config '.mounts |= (map(select(.destination | startswith("/dev") | not)) + [{"destination": "/dev", "type": "bind", "source": $src, "options": ["bind"]}])' \
		--arg src "$PWD/devices"
	try hoy run "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *linux.maskedPaths* ]]
}

@test "a working folder by way of a descriptor is refused (CVE-2024-21626)" {
	for n in 3 5 7 9 11; do
		update_config ".process.cwd = \"/proc/self/fd/$n\""
		try hoy run "$ID"
		[ "$status" = 1 ]
		[[ $stderr == *process.cwd* ]]
	done
	update_config '.process.cwd = "/"'
	standing
	for n in 3 5 7 9 11; do
		try hoy exec --cwd "/proc/self/fd/$n" "$ID" true
		[ "$status" = 255 ]
	done
}

@test "a number is a number, whatever the image's passwd calls it (CVE-2016-3697)" {
	image
	printf 'root:x:0:0:root:/root:/bin/sh\n1000:x:0:0:trap:/trap:/bin/sh\n' > "$BUNDLE/image/etc/passwd"
	look 'id -u; echo $HOME' '.process.user = {"uid": 1000, "gid": 1000}'
	is $'1000\n/'
}

@test "hoy's binary cannot be written from inside, also when it is the program (CVE-2019-5736)" {
	not_in uml "the binary lies on a read-only file system here"
	before=$(sha256sum < "$HOY")
	# The container's root is root of the host here, and looks for every link to what runs it.
	look 'for i in 1 2 3; do for exe in /proc/*/exe; do (echo x >> $exe) 2> /dev/null; done; done; echo done'
	is done
	update_config '.process.args = ["/proc/self/exe", "--version"]'
	try hoy run "$ID"
	same "$(sha256sum < "$HOY")" "$before"
	standing
	try hoy exec "$ID" sh -c 'for exe in /proc/[0-9]*/exe; do (echo x >> $exe) 2> /dev/null; done'
	same "$(sha256sum < "$HOY")" "$before"
}

@test "hoy's own mount namespace as the container's is refused: its root would be the host's" {
	update_config '.linux.namespaces |= map(if .type == "mount" then .path = "/proc/self/ns/mnt" else . end)'
	fails 1 "that hoy itself is in" hoy run "$ID"
	[ -d /proc/self/ns ]
	nothing_left
}

@test "delete --force empties no folder that is no container" {
	mkdir -p "$STATE/home/letters"
	try hoy delete --force home
	[ -d "$STATE/home/letters" ]
	rm -r "$STATE/home"
}

@test "a child that is killed during a hook is told as such, and nothing is left" {
	update_config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "kill -9 $(sed \"s/.*\\\"pid\\\":\\([0-9]*\\).*/\\1/\"); sleep .2"]}]'
	fails 1 "killed by signal 9" hoy run "$ID"
	nothing_left
}

@test "a caller that ignores SIGCHLD still learns the program's status" {
	program 'exit 3'
	try sh -c 'trap "" CHLD; exec "$0" "$@"' "$HOY" --root "$STATE" run "$ID"
	[ "$status" = 3 ]
}

@test "Ctrl-C while the container is being made undoes what was begun" {
	update_config '.hooks.createContainer = [{"path": "/bin/sleep", "args": ["sleep", "60"]}]'
	for command in create run; do
		"$HOY" --root "$STATE" "$command" "$ID" > out 2> err 3>&- &
		maker=$!
		until_true test -e "$STATE/$ID/state.json"
		sleep .2
		kill -TERM $maker
		wait $maker || result=$?
		[ "$result" = 1 ]
		grep -q "interrupted by signal 15" err
		until_true nothing_left
	done
}

@test "a program that dies in its execve is no success" {
	not_in native "the memory controller is not cgroup v2's here"
	needs_controller memory
	update_config '.linux.resources.memory = {"limit": 4096}'
	try hoy run --detach "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *memory* ]] || { echo "$stderr"; return 1; }
}

@test "options of one mount: a remount changes them, rro on a new one is ro" {
	look 'grep " /m " /proc/mounts; grep " /r " /proc/mounts; touch /r/x 2> /dev/null || echo no' \
		'.mounts += [{"destination": "/m", "type": "tmpfs", "options": ["size=1m"]}, {"destination": "/m", "options": ["remount", "size=2m"]},
			{"destination": "/r", "type": "tmpfs", "options": ["rro"]}]'
	has size=2048k "tmpfs ro" no
	update_config '.mounts = [.mounts[] | select(.destination != "/m" and .destination != "/r")] + [{"destination": "/tmp", "options": ["remount"]}]'
	fails 1 "nothing is mounted there" hoy run "$ID"
}

@test "exec where the clone cannot enter the cgroup, nor pidfds be had" {
	needs_faults
	standing
	for calls in clone3 pidfd_open clone3,pidfd_open,pidfd_send_signal; do
		try faulty "HOY_TEST_ENOSYS=$calls" exec "$ID" sh -c 'echo inside'
		[ "$status" = 0 ] || { echo "$calls: $stderr"; return 1; }
		same "$output" inside
	done
}

@test "who enters a container shows it nothing of the host, not even to CAP_SYS_PTRACE (CVE-2016-9962)" {
	needs_helper peek
	image
	cp "$HELPERS/peek" "$BUNDLE/image/bin/peek"
	secret=$BATS_TEST_TMPDIR/secret; echo secret > "$secret"
	update_config '.process.args = ["peek", $file] | .process.capabilities |= map_values(["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"])' --arg file "$secret"
	quietly hoy run --detach "$ID"
	for _ in $(seq 40); do hoy exec "$ID" true > /dev/null 2>&1 3>&- || { cat "$OUT"; return 1; }; done
	same "$(status_of "$ID")" running
	same "$(cat "$OUT")" ""
}
