load helpers

# filter DEFAULT RULES: the profile.
filter() { update_config '.linux.seccomp = {"defaultAction": $default, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"], "syscalls": $rules}' --arg default "$1" --argjson rules "$2"; }

@test "seccomp: one call refused with its errno, the others work" {
	filter SCMP_ACT_ALLOW '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]'
	look 'mkdir /tmp/x; grep Seccomp: /proc/self/status; touch /tmp/y && echo touched' '.root.readonly = false'
	has $'Seccomp:\t2' touched
	[[ $stderr == *"No space left on device"* ]]
}

@test "seccomp: KILL kills, TRAP traps, LOG lets through, unknown names are passed over" {
	filter SCMP_ACT_ALLOW '[{"names": ["mkdir", "mkdirat", "no_such_call_at_all"], "action": "SCMP_ACT_KILL_PROCESS"}]'
	program 'sh -c "mkdir /tmp/x"; echo $?' '.root.readonly = false'
	try hoy run "$ID"
	is 159
	filter SCMP_ACT_ALLOW '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_TRAP"}]'
	try hoy run "$ID"
	is 159
	filter SCMP_ACT_ALLOW '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_LOG"}]'
	try hoy run "$ID"
	is 0
}

@test "seccomp: arguments are looked at" {
	# chmod to 0600 is refused, to 0644 not.
	filter SCMP_ACT_ALLOW '[{"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 384, "op": "SCMP_CMP_EQ"}]},
		{"names": ["fchmodat"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 2, "value": 384, "op": "SCMP_CMP_EQ"}]}]'
	look 'chmod 600 /etc/group 2> /dev/null || echo refused; chmod 644 /etc/group && echo done' '.root.readonly = false'
	is $'refused\ndone'
}

@test "seccomp: with and without noNewPrivileges, also for another user" {
	not_in rootless "an ordinary user has one ID"
	for nnp in true false; do
		template
		filter SCMP_ACT_ALLOW '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]'
		look 'mkdir /tmp/x 2> /dev/null || echo refused' ".process.noNewPrivileges = $nnp | .process.user = {\"uid\": 1000, \"gid\": 1000} | .root.readonly = false"
		is refused
	done
}

@test "seccomp: a profile that allows next to nothing: the wait for start and the start need no other call" {
	needs_helper still
	cp "$HELPERS/still" rootfs/bin/still
	for nnp in true false; do
		template
		filter SCMP_ACT_KILL_PROCESS '[{"names": ["read", "write", "close", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW"}]'
		update_config '.process.args = ["/bin/still"] | .process.noNewPrivileges = '$nnp
		if [ $nnp = false ]; then
			# Loaded before the identity changes: what that takes must be allowed, as with any runtime.
			update_config '.linux.seccomp.defaultAction = "SCMP_ACT_ALLOW" | .linux.seccomp.syscalls = [{"names": ["getppid"], "action": "SCMP_ACT_KILL_PROCESS"}]'
		fi
		quietly hoy create "$ID"
		same "$(status_of "$ID")" created
		ok hoy start "$ID"
		until_is stopped
		same "$(cat "$OUT")" "still here"
		ok hoy delete "$ID"
	done
}

@test "seccomp: exec is under the same filter" {
	filter SCMP_ACT_ALLOW '[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]'
	standing '.root.readonly = false'
	try hoy exec "$ID" mkdir /tmp/x
	[ "$status" = 1 ]
	[[ $stderr == *"Operation not permitted"* ]]
}

@test "seccomp: calls newer than the profile get ENOSYS, so that libc falls back; older ones the default" {
	needs_helper call
	cp "$HELPERS/call" rootfs/bin/call
	# A profile of old: nothing above openat2 is named. sysinfo, which is older than that, is refused.
	filter SCMP_ACT_ERRNO "$(jq -n -c '[{names: ("read write open openat openat2 close execve exit exit_group brk mmap munmap mprotect mremap arch_prctl fstat stat "
		+ "lstat newfstatat statx lseek ioctl fcntl dup dup2 dup3 pipe pipe2 getpid getppid getuid geteuid getgid getegid setuid setgid setgroups capset capget "
		+ "prctl rt_sigaction rt_sigprocmask rt_sigreturn wait4 clone fork vfork set_tid_address set_robust_list prlimit64 uname getcwd chdir fchdir readlink "
		+ "readlinkat access faccessat getdents64 kill getrandom futex umask close_range rseq setpgid getpgrp writev" | split(" ")), action: "SCMP_ACT_ALLOW"}]')"
	update_config '.linux.seccomp.syscalls[0].names -= ["close_range"] | .process.args = ["/bin/call", "99999", "460", "179"]'
	case $(uname -m) in
	# 179 is quotactl on x86_64.
	x86_64) ok hoy run "$ID" ;;
	*) skip "numbers of calls are written for x86_64" ;;
	esac
	is $'99999 38\n460 38\n179 1'
}

@test "seccomp: NOTIFY is refused by name until it is built; nonsense is refused" {
	filter SCMP_ACT_ALLOW '[{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *SCMP_ACT_NOTIFY* || $stderr == *seccomp* ]]
	filter SCMP_ACT_NONSENSE '[]'
	fails 1 SCMP_ACT_NONSENSE hoy create "$ID"
	[[ $stderr == *linux.seccomp.defaultAction* ]]
	nothing_left
}
