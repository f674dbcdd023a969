load helpers

@test "every namespace that config.json lists is new, every other is the caller's" {
	program 'for n in pid mnt net uts ipc cgroup user; do readlink /proc/self/ns/$n; done'
	ok hoy run "$ID"
	for n in pid mnt net uts ipc cgroup; do
		own=$(readlink /proc/self/ns/$n)
		if jq -e --arg n "${n/mnt/mount}" '.linux.namespaces | map(.type | sub("network"; "net")) | index($n)' config.json > /dev/null; then
			hasnt "$own"
		else
			has "$own"
		fi
	done
	not_in rootless "an ordinary user needs a user namespace"
	update_config '.linux.namespaces = [{"type": "mount"}] | del(.hostname)'
	ok hoy run "$ID"
	for n in pid net uts ipc cgroup user; do has "$(readlink /proc/self/ns/$n)"; done
	hasnt "$(readlink /proc/self/ns/mnt)"
}

@test "namespaces joined by path: each kind alone, and all of them" {
	not_in rootless "joins as root"
	standing
	local first=$PID kind file
	ID=$ID-second
	for kind in network:net uts:uts ipc:ipc pid:pid cgroup:cgroup; do
		file=${kind#*:}
		template
		update_config 'del(.hostname) | .linux.namespaces |= map(if .type == $kind then .path = $path else . end)' \
			--arg kind "${kind%:*}" --arg path "/proc/$first/ns/$file"
		update_config '.linux.namespaces |= (if any(.type == $kind) then . else . + [{"type": $kind, "path": $path}] end)' \
			--arg kind "${kind%:*}" --arg path "/proc/$first/ns/$file"
		look "readlink /proc/self/ns/$file"
		is "$(readlink "/proc/$first/ns/$file")"
	done
	template
	update_config 'del(.hostname) | .linux.namespaces = [{"type": "mount"}] + [$kinds[] | {"type": ., "path": "/proc/\($pid)/ns/\(sub("network"; "net"))"}]' \
		--argjson kinds '["network", "uts", "ipc", "pid"]' --arg pid "$first"
	look 'for n in net uts ipc pid; do readlink /proc/self/ns/$n; done'
	for n in net uts ipc pid; do has "$(readlink "/proc/$first/ns/$n")"; done
}

@test "a joined PID namespace: the container is a process there, and dies with kill" {
	not_in rootless "joins as root"
	standing
	local first=$ID
	ID=$ID-second
	standing '.linux.namespaces |= map(if .type == "pid" then .path = $path else . end)' --arg path "/proc/$PID/ns/pid"
	ok hoy exec "$ID" readlink /proc/self/ns/pid
	is "$(readlink "/proc/$PID/ns/pid")"
	ok hoy kill "$ID" KILL
	until_is stopped
	ok hoy delete "$ID"
	same "$(status_of "$first")" running
}

@test "a namespace file of another kind, or none, is refused before anything is made" {
	update_config '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/uts" else . end)'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *"linux.namespaces["* ]]
	update_config '.linux.namespaces |= map(if .type == "ipc" then .path = "/etc/passwd" else . end)'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *"linux.namespaces["* ]]
	update_config '.linux.namespaces |= map(if .type == "ipc" then .path = "/no/such/file" else . end)'
	fails 1 "No such file or directory" hoy create "$ID"
	nothing_left
}

@test "the loopback device of a new network namespace is up" {
	look 'ip -o link show lo 2> /dev/null || cat /sys/class/net/lo/flags'
	[[ $output == *UP* || $output == 0x9 ]]
}

@test "time namespace: a new one, and one joined; offsets are refused by name" {
	[ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
	standing '.linux.namespaces += [{"type": "time"}]'
	ok hoy exec "$ID" readlink /proc/self/ns/time
	hasnt "$(readlink /proc/self/ns/time)"
	is "$(readlink "/proc/$PID/ns/time")"
	ok hoy delete --force "$ID"
	template
	update_config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 1000000, "nanosecs": 0}}'
	try hoy run "$ID"
	[ "$status" = 0 ] || [[ $stderr == *linux.timeOffsets* ]]
}

@test "without a mount namespace the specification's bundle is refused by name" {
	update_config '.linux.namespaces |= map(select(.type != "mount"))'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *namespace* ]]
	nothing_left
}

@test "hostname without a UTS namespace, mappings without a user namespace: refused" {
	update_config '.hostname = "x" | .linux.namespaces |= map(select(.type != "uts"))'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *hostname* ]]
	not_in rootless "has a user namespace"
	template
	update_config '.linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 1}]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *uidMappings* ]]
	nothing_left
}
