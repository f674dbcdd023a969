load helpers

@test "run: the output and the status are the program's" {
	look 'echo out; echo err >&2'
	is out
	same "$stderr" err
	program 'exit 42'
	try hoy run "$ID"
	[ "$status" = 42 ]
	program 'kill -TERM $$; sleep 10' '.linux.namespaces |= map(select(.type != "pid"))'
	try hoy run "$ID"
	[ "$status" = 143 ]
	nothing_left
}

@test "run: standard input reaches the program" {
	update_config '.process.args = ["cat"]'
	try hoy run "$ID" <<< "through the pipe"
	[ "$status" = 0 ]
	is "through the pipe"
}

@test "run: deletes the container at the end, with --keep it stays" {
	ok hoy run "$ID"
	fails 1 "container does not exist" hoy state "$ID"
	ok hoy run --keep "$ID"
	same "$(status_of "$ID")" stopped
	ok hoy delete "$ID"
}

@test "run --detach returns at once, and the container goes on" {
	standing
	same "$(status_of "$ID")" running
	same "$(hoy state "$ID" | jq .pid)" "$PID"
}

@test "run relays signals" {
	program 'trap "echo got it; exit 9" USR1; echo ready; while :; do sleep .1; done'
	"$HOY" --root "$STATE" run "$ID" > "$OUT" 2>&1 3>&- &
	local pid=$! result=0
	until_true grep -q ready "$OUT"
	kill -USR1 $pid
	wait $pid || result=$?
	cat "$OUT"
	[ $result = 9 ]
	grep -q 'got it' "$OUT"
}

@test "process: arguments, environment, folder, and PATH search" {
	mkdir -p rootfs/opt/my
	printf '#!/bin/sh\nprintf "[%%s]" "$0" "$@"; echo " $PWD $A $B"\n' > rootfs/opt/my/tool
	chmod 755 rootfs/opt/my/tool
	update_config '.process.args = ["tool", "", "a b", "c\"d", "-x"] | .process.env = ["PATH=/opt/my:/bin", "A=1=2", "B="]
		| .process.cwd = "/tmp"'
	ok hoy run "$ID"
	is '[/opt/my/tool][][a b][c"d][-x] /tmp 1=2 '
}

@test "process: HOME comes from the container's passwd, unless the environment names it" {
	look 'echo $HOME' '.process.env = ["PATH=/bin"]'
	is /root
	not_in rootless "an ordinary user has one ID"
	look 'echo $HOME' '.process.env = ["PATH=/bin"] | .process.user = {"uid": 1000, "gid": 1000}'
	is /home/user
	look 'echo $HOME' '.process.env = ["PATH=/bin"] | .process.user = {"uid": 77, "gid": 77}'
	is /
	look 'echo $HOME' '.process.env = ["PATH=/bin", "HOME=/somewhere"]'
	is /somewhere
}

@test "process: a missing cwd is made, one outside is not reached" {
	look pwd '.process.cwd = "/a/new/folder" | .root.readonly = false'
	is /a/new/folder
	ln -s / rootfs/etc/up
	look 'pwd; ls bin/busybox' '.process.cwd = "/etc/up" | .root.readonly = false'
	has bin/busybox
}

@test "process: user, groups and umask, exactly" {
	not_in rootless "an ordinary user has one ID"
	look 'id -u; id -g; id -G; umask; touch /tmp/f && stat -c %a:%u:%g /tmp/f' '.process.user =
		{"uid": 1000, "gid": 1001, "umask": 7, "additionalGids": [1234, 5]} | .root.readonly = false'
	is $'1000\n1001\n1001 5 1234\n0007\n660:1000:1001'
	look 'sed -n "s/^Groups:[[:space:]]*//p" /proc/self/status; umask' '.process.user = {"uid": 0, "gid": 0}'
	is $'\n0022' || is "0022"
}

@test "process: the capability sets are what config.json says" {
	not_in rootless "the sets of a user namespace have a test of their own"
	update_config '.process.capabilities = {"bounding": ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"], "permitted": ["CAP_KILL", "CAP_CHOWN"],
		"effective": ["CAP_KILL"], "inheritable": ["CAP_KILL", "CAP_CHOWN"], "ambient": ["CAP_CHOWN"]}
		| .process.args = ["grep", "^Cap", "/proc/self/status"] | .process.user = {"uid": 1000, "gid": 1000}'
	ok hoy run "$ID"
	# exec as an ordinary user: permitted and effective become the ambient set.
	is $'CapInh:\t0000000000000021\nCapPrm:\t0000000000000001\nCapEff:\t0000000000000001\nCapBnd:\t0000000000002021\nCapAmb:\t0000000000000001'
	update_config '.process.capabilities = {"bounding": ["CAP_KILL", "CAP_CHOWN"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"]}
		| .process.user = {"uid": 0, "gid": 0}'
	ok hoy run "$ID"
	has $'CapBnd:\t0000000000000021' $'CapAmb:\t0000000000000000' $'CapInh:\t0000000000000000'
	update_config 'del(.process.capabilities)'
	ok hoy run "$ID"
	has $'CapEff:\t0000000000000000' $'CapBnd:\t0000000000000000'
}

@test "process: rlimits, noNewPrivileges, oomScoreAdj" {
	look 'ulimit -n; ulimit -Hn; ulimit -c; grep NoNewPrivs /proc/self/status; cat /proc/self/oom_score_adj' \
		'.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 128}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]
		| .process.noNewPrivileges = true | .process.oomScoreAdj = 321'
	is $'64\n128\n0\nNoNewPrivs:\t1\n321'
	look 'grep NoNewPrivs /proc/self/status' '.process.noNewPrivileges = false | del(.process.oomScoreAdj)'
	is $'NoNewPrivs:\t0'
}

@test "signals that the caller ignores or blocks are not ignored inside" {
	update_config '.process.args = ["grep", "^Sig[BI]", "/proc/self/status"]'
	try env HOY="$HOY" STATE="$STATE" ID="$ID" bash -c 'trap "" PIPE HUP TERM USR2; exec "$HOY" --root "$STATE" run "$ID"'
	[ "$status" = 0 ]
	is $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
}

@test "host name and domain name, in a UTS namespace" {
	look 'hostname; cat /proc/sys/kernel/domainname' '.hostname = "inside-1" | .domainname = "example.net"'
	is $'inside-1\nexample.net'
}

@test "sysctl: written, in the container's namespaces alone" {
	not_in rootless "its network namespace is tested elsewhere"
	look 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax' '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "16384"}'
	is $'1\n16384'
	update_config '.linux.sysctl = {"vm.swappiness": "1"}'
	try hoy run "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *'sysctl["vm.swappiness"]'* ]] || [[ $stderr == *vm.swappiness* ]]
	nothing_left
}

@test "masked paths hide, read-only paths refuse, also when listed twice or below each other" {
	echo secret > rootfs/etc/secret
	mkdir -p rootfs/var/hidden/deep && echo secret > rootfs/var/hidden/deep/file
	look 'cat /etc/secret; ls -A /var/hidden; (echo x > /var/ro/file) 2> /dev/null || echo refused; cat /proc/kcore | head -c 1' \
		'.linux.maskedPaths += ["/etc/secret", "/etc/secret", "/var/hidden", "/var/hidden/deep", "/no/such/path"]
		| .linux.readonlyPaths += ["/var/ro", "/var/ro", "/var", "/no/such/path"] | .root.readonly = false'
	is refused
	nothing_left
}

@test "the root: read-only refuses, else it can be written" {
	look '(echo x > /file) 2> /dev/null || echo refused' '.root.readonly = true'
	is refused
	look 'echo x > /file && cat /file' '.root.readonly = false'
	is x
	[ -e rootfs/file ]
}

@test "root.path may be absolute, or a symbolic link of the host" {
	look 'echo fine' '.root.path = $path' --arg path "$BUNDLE/rootfs"
	is fine
	ln -s rootfs link
	look 'echo fine' '.root.path = "link"'
	is fine
}

@test "devices: the default ones and the links" {
	look 'for d in null zero full random urandom tty; do stat -c "%n %F %a" /dev/$d; done
		for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink /dev/$l)"; done; echo x > /dev/null; head -c 4 /dev/zero | wc -c'
	for d in null zero full random urandom tty; do has "/dev/$d character special file 666"; done
	has "fd /proc/self/fd" "stdin /proc/self/fd/0" "stdout /proc/self/fd/1" "stderr /proc/self/fd/2" "ptmx pts/ptmx"
	has $'\n4'
}

@test "devices: those that config.json lists, with mode and owner" {
	not_in rootless "an ordinary user makes no device nodes"
	look 'stat -c "%n %F %a %u:%g %t:%T" /dev/mine /dev/sub/fifo' '.linux.devices = [
		{"path": "/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 432, "uid": 7, "gid": 8},
		{"path": "/dev/sub/fifo", "type": "p", "fileMode": 384}]'
	has "/dev/mine character special file 660 7:8 1:3" "/dev/sub/fifo fifo 600 0:0"
}

@test "annotations and unknown properties disturb nobody" {
	look 'echo fine' '.annotations = {"a": "b"} | .unknown = {"x": [1, 2]} | .process.surprise = true'
	is fine
	[ -z "$stderr" ]
}

@test "standard streams belong to the container's user, who can open them again" {
	not_in rootless "an ordinary user has one ID"
	look 'stat -L -c %u /proc/self/fd/1; echo again >> /proc/self/fd/1; echo and again >> /dev/stderr' '.process.user = {"uid": 1000, "gid": 1000}'
	is $'1000\nagain'
	same "$stderr" "and again"
	# But never the host's /dev/null.
	same "$(stat -c %u /dev/null)" 0
}
