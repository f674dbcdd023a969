load helpers

readonly USERNS='.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
	| .linux.gidMappings = [{"containerID": 0, "hostID": 200000, "size": 65536}] | .root.readonly = false'

setup()
{
	not_in rootless "an ordinary user has one ID"
	begin
	chown -hR 100000:200000 rootfs
}

@test "user namespace: IDs are mapped, inside it is root, outside it is not" {
	look 'id -u; cat /proc/self/uid_map /proc/self/gid_map | tr -s " "; touch /made; hostname' "$USERNS"' | .hostname = "box"'
	is $'0\n 0 100000 65536\n 0 200000 65536\nbox'
	same "$(stat -c %u:%g rootfs/made)" 100000:200000
}

@test "user namespace: another user, groups, capabilities in it" {
	look 'id -u; id -G; grep CapEff /proc/self/status' "$USERNS"' | .process.user = {"uid": 5, "gid": 6, "additionalGids": [7]}
		| .process.capabilities.ambient = []'
	is $'5\n6 7\nCapEff:\t0000000000000000'
}

@test "user namespace: mounts, devices and /dev work; /proc and /sys too" {
	look 'ls /proc/self/status /sys/kernel /dev/pts > /dev/null; for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo no $d; done; echo x > /dev/null;
		mount | grep -c "^proc on /proc "' "$USERNS"
	is 1
}

@test "user namespace: bind sources below a folder that only host's root may enter" {
	mkdir -m 700 locked
	mkdir locked/src
	echo inside > locked/src/file
	look 'cat /m/file' "$USERNS"' | .mounts += [{"destination": "/m", "source": $src, "options": ["bind", "ro"]}]' --arg src "$BUNDLE/locked/src"
	is inside
}

@test "user namespace: limits, sysctl, oom score and host name work" {
	look 'cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward; hostname; ulimit -n' "$USERNS"' | .process.oomScoreAdj = 100
		| .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .hostname = "boxed" | .process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 77, "hard": 77}]'
	is $'100\n1\nboxed\n77'
}

@test "user namespace: create, exec, kill, delete" {
	standing "$USERNS"
	ok hoy exec "$ID" sh -c 'id -u; readlink /proc/self/ns/user'
	has 0 "$(readlink "/proc/$PID/ns/user")"
	same "$(stat -c %u "/proc/$PID")" 100000
	ok hoy exec --user 3:4 "$ID" id -u
	is 3
	ok hoy delete --force "$ID"
	nothing_left
}

@test "user namespace: one joined by path, with the rest new (a pod)" {
	standing "$USERNS"
	local first=$PID
	ID=$ID-second
	template
	look 'readlink /proc/self/ns/user; id -u; mount | grep -c "^proc on /proc "; hostname' '.linux.namespaces += [{"type": "user", "path": $path}]
		| .root.readonly = false | .hostname = "pod"' --arg path "/proc/$first/ns/user"
	is "$(readlink "/proc/$first/ns/user")"$'\n0\n1\npod'
}

@test "user namespace: a network namespace of the host is joined with it" {
	unshare --net sleep 30 3>&- &
	local net=$!
	until_true sh -c "[ \$(readlink /proc/$net/ns/net) != \$(readlink /proc/self/ns/net) ]"
	look 'readlink /proc/self/ns/net' "$USERNS"' | .linux.namespaces |= map(if .type == "network" then .path = $path else . end)' --arg path "/proc/$net/ns/net"
	is "$(readlink "/proc/$net/ns/net")"
	kill $net
}

@test "user namespace: mappings that overlap, or an unmapped user, are refused" {
	update_config "$USERNS"' | .linux.uidMappings += [{"containerID": 10, "hostID": 5000, "size": 5}]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	template
	update_config "$USERNS"' | .process.user.uid = 70000'
	try hoy create "$ID"
	[ "$status" = 1 ]
	nothing_left
}
