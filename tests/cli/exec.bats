load helpers

@test "exec: output, status and standard input are the process's" {
	standing
	ok hoy exec "$ID" echo hello
	is hello
	try hoy exec "$ID" sh -c 'exit 33'
	[ "$status" = 33 ]
	try hoy exec "$ID" cat <<< "through the pipe"
	is "through the pipe"
	try hoy exec "$ID" sh -c 'kill -KILL $$'
	[ "$status" = 137 ]
}

@test "exec: same namespaces, root and limits as the container" {
	standing '.hostname = "the-box" | .process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 55, "hard": 66}] | .process.noNewPrivileges = true'
	ok hoy exec "$ID" sh -c 'hostname; ls /bin/busybox; ulimit -n; ulimit -Hn; grep NoNewPrivs /proc/self/status; cat /proc/1/comm'
	is $'the-box\n/bin/busybox\n55\n66\nNoNewPrivs:\t1\nsh'
	for ns in pid mnt net uts ipc cgroup user; do
		same "$(hoy exec "$ID" readlink /proc/self/ns/$ns)" "$(readlink "/proc/$PID/ns/$ns")"
	done
	if [ "$PLACE" != rootless ]; then
		same "$(hoy exec "$ID" cat /proc/self/cgroup | grep '^0::')" "$(hoy exec "$ID" cat /proc/1/cgroup | grep '^0::')"
	fi
}

@test "exec --cwd, --env, --user, --additional-gids, --cap, --no-new-privs" {
	not_in rootless "an ordinary user has one ID"
	standing '.process.noNewPrivileges = false'
	ok hoy exec --cwd /tmp -e A=1 --env B=2 "$ID" sh -c 'echo $PWD $A $B'
	is "/tmp 1 2"
	ok hoy exec --user 1000:1001 --additional-gids 7 -g 8 "$ID" sh -c 'id -u; id -G'
	is $'1000\n1001 7 8'
	ok hoy exec -u 1000 "$ID" sh -c 'id -u; echo $HOME'
	has 1000
	ok hoy exec --cap CAP_KILL --no-new-privs --user 0:0 "$ID" grep -E 'CapEff|NoNewPrivs' /proc/self/status
	has $'NoNewPrivs:\t1'
	bits=$(sed -n 's/CapEff:\t//p' <<< "$output")
	[ $((0x$bits >> 5 & 1)) = 1 ]
	# Forms that are no user (CVE-2026-30892's kind).
	for user in -1 0x10 99999999999 1: :1 '1 ' a 1:b 1:2:3 ''; do
		try hoy exec --user "$user" "$ID" id
		[ "$status" = 255 ] || { echo "'$user': $status $output"; return 1; }
	done
}

@test "exec --process: a whole process.json" {
	standing
	jq -n '{cwd: "/tmp", args: ["sh", "-c", "echo $PWD $A; id -u"], env: ["PATH=/bin", "A=x"], user: {uid: 0, gid: 0}}' > process.json
	ok hoy exec --process process.json "$ID"
	is $'/tmp x\n0'
	echo '{"cwd": "/", "args": 3}' > process.json
	try hoy exec --process process.json "$ID"
	[ "$status" = 255 ]
	[[ $stderr == *"process.json:1:22"*args* ]]
}

@test "exec --detach: with a PID file, and the process goes on" {
	standing
	quietly hoy exec --detach --pid-file pid "$ID" sleep 999
	[[ $(od -An -c pid | tr -d ' \n') =~ ^[0-9]+$ ]]
	until_true sh -c "hoy=1; tr '\\0' ' ' < /proc/$(cat pid)/cmdline | grep 'sleep 999'"
	ok hoy ps --format json "$ID"
	jq -e --argjson pid "$(cat pid)" 'index($pid)' <<< "$output"
}

@test "exec: a missing program is 255, with the words that engines look for" {
	standing
	fails 255 'executable file not found in $PATH' hoy exec "$ID" nothing-like-it
	fails 255 'o such file or directory' hoy exec "$ID" /nothing/like/it
	try hoy exec "$ID" /etc/passwd
	[ "$status" = 255 ]
	grep -qi 'permission denied' <<< "$stderr"
}

@test "exec: into what is not running, or does not exist" {
	fails 255 "container does not exist" hoy exec nobody true
	program 'exit 0'
	quietly hoy run --detach --keep "$ID"
	until_is stopped
	fails 255 "cannot exec in a stopped container" hoy exec "$ID" true
}

@test "exec: into a paused container is refused at once, unless --ignore-paused" {
	not_in rootless "needs a cgroup"
	standing
	ok hoy pause "$ID"
	fails 255 "cannot exec in a paused container (use --ignore-paused to override)" timeout 10 "$HOY" --root "$STATE" exec "$ID" true
	"$HOY" --root "$STATE" exec --ignore-paused "$ID" echo late > "$OUT" 2>&1 3>&- &
	sleep .5
	[ ! -s "$OUT" ]
	ok hoy resume "$ID"
	wait $!
	same "$(cat "$OUT")" late
}

@test "exec: relays signals" {
	standing
	"$HOY" --root "$STATE" exec "$ID" sh -c 'trap "echo got it; exit 9" USR1; echo ready; while :; do sleep .1; done' > "$OUT" 2>&1 3>&- &
	local pid=$! result=0
	until_true grep -q ready "$OUT"
	kill -USR1 $pid
	wait $pid || result=$?
	[ $result = 9 ]
}

@test "exec: options end at the id, so the command's own are left alone" {
	standing
	ok hoy exec "$ID" ls -d --color=never /bin
	is /bin
	ok hoy exec -- "$ID" echo -e --env
	has --env
}

@test "exec: no descriptor of the host in what it runs, --preserve-fds ones are" {
	standing
	output=$("$HOY" --root "$STATE" exec "$ID" sh -c 'for i in /proc/self/fd/*; do [ ! -e "$i" ] || echo "${i##*/}"; done' 3< / 5< / 7< / 8< config.json)
	is $'0\n1\n2' || is $'0\n1\n2\n3'
	output=$("$HOY" --root "$STATE" exec --preserve-fds 1 "$ID" sh -c 'cat <&3 | head -c 1' 3< config.json)
	is '{'
}

@test "exec --cgroup: a group below the container's" {
	not_in rootless "needs a cgroup"
	standing
	group=$(cgroup_of_init)
	mkdir "$group/below"
	ok hoy exec --cgroup below "$ID" cat /proc/self/cgroup
	[[ $(grep '^0::' <<< "$output") == */below ]]
}

@test "exec: many at once" {
	standing
	local pids=() pid
	for i in 1 2 3 4 5 6 7 8; do
		"$HOY" --root "$STATE" exec "$ID" sh -c "exit $i" 3>&- &
		pids+=($!)
	done
	for i in 1 2 3 4 5 6 7 8; do
		pid=0
		wait "${pids[i - 1]}" || pid=$?
		[ "$pid" = $i ]
	done
}
