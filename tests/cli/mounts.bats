load helpers

# mount_line TARGET: the options of what is mounted there, as the container sees it.
readonly MOUNT_LINE='mount_line() { sed -n "s|^[^ ]* [^ ]* [^ ]* [^ ]* $1 \([^ ]*\) .*|\1|p" /proc/self/mountinfo | tail -n 1; }; '

# mounts JSON: add to what is mounted.
mounts() { update_config '.mounts += $more' --argjson more "$1"; }

@test "the default mounts are there, with their flags" {
	look "$MOUNT_LINE"' for m in /proc /dev /dev/pts /dev/shm /dev/mqueue /sys /sys/fs/cgroup; do echo "$m $(mount_line $m)"; done'
	has "/proc rw" "/dev rw,nosuid" "/dev/pts rw,nosuid,noexec" "/dev/shm rw,nosuid,nodev,noexec" "/dev/mqueue rw,nosuid,nodev,noexec" "/sys ro,nosuid,nodev,noexec"
	[ "$PLACE" = rootless ] || has "/sys/fs/cgroup ro,nosuid,nodev,noexec"
}

@test "bind mounts: folder, file, relative source, missing mount points are made" {
	mkdir src && echo inside > src/file && echo one > single
	mounts "[
		{\"destination\": \"/new/folder\", \"type\": \"none\", \"source\": \"$BUNDLE/src\", \"options\": [\"bind\"]},
		{\"destination\": \"/new/file\", \"source\": \"single\", \"options\": [\"rbind\", \"ro\"]},
		{\"destination\": \"/etc/passwd\", \"type\": \"bind\", \"source\": \"./single\"}]"
	look 'cat /new/folder/file /new/file /etc/passwd; echo changed > /new/folder/file; (echo x > /new/file) 2> /dev/null || echo refused' '.root.readonly = false'
	is $'inside\none\none\nrefused'
	same "$(cat src/file)" changed
	same "$(stat -c '%F %a' rootfs/new/folder)" "directory 755"
	same "$(stat -c '%F %a' rootfs/new/file)" "regular empty file 644"
}

@test "every flag of a mount is what config.json says" {
	mkdir src
	update_config '.mounts += [
		{"destination": "/m/a", "type": "tmpfs", "source": "tmpfs", "options": ["ro", "nosuid", "nodev", "noexec", "noatime", "size=64k", "mode=750"]},
		{"destination": "/m/b", "source": $src, "options": ["bind", "nosuid", "nodev", "noexec", "ro", "nodiratime"]},
		{"destination": "/m/c", "type": "tmpfs", "source": "x", "options": ["noexec", "exec", "nosuid", "suid", "ro", "rw", "strictatime"]},
		{"destination": "/m/d", "type": "tmpfs", "source": "x", "options": ["nosymfollow", "relatime"]}]' --arg src "$BUNDLE/src"
	look "$MOUNT_LINE"' for m in /m/a /m/b /m/c /m/d; do echo "$m $(mount_line $m)"; done; stat -c %a /m/a; df -k /m/a | awk "END {print \$2}"' '.root.readonly = false'
	has "/m/a ro,nosuid,nodev,noexec,noatime" "/m/b ro,nosuid,nodev,noexec" nosymfollow $'\n750\n64'
	[[ $output == *"/m/c rw"* && $output != *"/m/c rw,no"* ]]
}

@test "tmpcopyup: what the root has there is in the tmpfs, owners and modes too" {
	mkdir -p rootfs/var/seed/sub && echo data > rootfs/var/seed/sub/file && chmod 640 rootfs/var/seed/sub/file && ln -s sub/file rootfs/var/seed/link
	mounts '[{"destination": "/var/seed", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "nodev"]}]'
	look 'cat /var/seed/link; stat -c %a /var/seed/sub/file; echo new > /var/seed/new && cat /var/seed/new' '.root.readonly = true'
	is $'data\n640\nnew'
	[ ! -e rootfs/var/seed/new ]
}

@test "recursive read-only reaches mounts below, plain read-only does not" {
	not_in rootless "needs a mount on the host"
	mkdir -p src/below
	mount -t tmpfs tmpfs src/below
	for option in ro rro; do
		template
		mounts "[{\"destination\": \"/m\", \"source\": \"$BUNDLE/src\", \"options\": [\"rbind\", \"$option\"]}]"
		look '(echo x > /m/file) 2> /dev/null || echo refused; (echo x > /m/below/file) 2> /dev/null || echo refused below' '.root.readonly = false'
		if [ $option = ro ]; then is refused; else is $'refused\nrefused below'; fi
	done
	umount src/below
}

@test "propagation: rprivate, rslave and rshared are what the mount says; rootfsPropagation what the root says" {
	not_in rootless "needs mounts on the host"
	mkdir src
	mount --bind src src
	mount --make-shared src
	for word in private slave shared; do
		template
		mounts "[{\"destination\": \"/m\", \"source\": \"$BUNDLE/src\", \"options\": [\"rbind\", \"r$word\"]}]"
		look 'grep " /m " /proc/self/mountinfo' '.linux.rootfsPropagation = "rshared" | .root.readonly = false'
		case $word in
		private) hasnt shared: && hasnt master: ;;
		slave) has master: ;;
		shared) has shared: ;;
		esac
	done
	look 'grep " / / " /proc/self/mountinfo || grep " / " /proc/self/mountinfo | head -n 1' '.linux.rootfsPropagation = "private"'
	hasnt shared:
	umount src
}

@test "order: a later mount lies on an earlier one" {
	mounts '[{"destination": "/m", "type": "tmpfs", "source": "tmpfs"}, {"destination": "/m/deep", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]},
		{"destination": "/m/deep/../side", "type": "tmpfs", "source": "tmpfs"}]'
	look 'grep -c " /m/deep " /proc/mounts; grep -c " /m/side " /proc/mounts; echo x > /m/side/file' '.root.readonly = false'
	is $'1\n1'
}

@test "a symbolic link as target is followed inside the root, a dangling one too, never outside" {
	mkdir -p outside
	ln -s /real rootfs/link
	ln -s "$BUNDLE/outside" rootfs/escape
	ln -s ../../../../../../etc rootfs/dots
	mounts '[{"destination": "/link", "type": "tmpfs", "source": "a"}, {"destination": "/escape/x", "type": "tmpfs", "source": "b"},
		{"destination": "/dots/y", "type": "tmpfs", "source": "c"}]'
	look 'grep -E "^[abc] " /proc/mounts | cut -d" " -f2' '.root.readonly = false'
	is "/real
$BUNDLE/outside/x
/etc/y"
	[ -z "$(ls outside)" ]
	[ -d "rootfs$BUNDLE/outside/x" ]
}

@test "a missing source, a filesystem nobody knows, a bad option: the error names the mount" {
	mounts '[{"destination": "/m", "source": "/no/such/source", "options": ["bind"]}]'
	n=$(jq '.mounts | length - 1' config.json)
	fails 1 "mounts[$n]" hoy create "$ID"
	[[ $stderr == *"No such file or directory"* ]]
	template
	mounts '[{"destination": "/m", "type": "nosuchfs", "source": "x"}]'
	fails 1 "mounts[$n]" hoy create "$ID"
	template
	mounts '[{"destination": "/m", "type": "tmpfs", "source": "x", "options": ["size=nonsense"]}]'
	fails 1 "mounts[$n]" hoy create "$ID"
	nothing_left
}

@test "mounts over /proc other than the known ones are refused" {
	mounts '[{"destination": "/proc/self/attr", "type": "tmpfs", "source": "tmpfs"}]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "what is mounted inside is not seen on the host, and goes with the container" {
	mounts '[{"destination": "/m", "type": "tmpfs", "source": "tmpfs"}]'
	standing '.root.readonly = false'
	! grep -q "$BUNDLE/rootfs" /proc/self/mountinfo
	ok hoy delete --force "$ID"
	nothing_left
}

@test "the fallbacks for kernels without openat2, the new mount calls or close_range" {
	needs_faults
	mkdir src && echo inside > src/file
	mounts "[{\"destination\": \"/new/folder\", \"source\": \"$BUNDLE/src\", \"options\": [\"rbind\", \"ro\"]},
		{\"destination\": \"/t\", \"type\": \"tmpfs\", \"source\": \"t\", \"options\": [\"size=64k\", \"nosuid\"]}]"
	program 'cat /new/folder/file; (echo x > /new/folder/y) 2> /dev/null || echo refused; grep -c "^t /t tmpfs rw,nosuid" /proc/mounts' '.root.readonly = false'
	for calls in openat2 close_range fsopen clone3 openat2,close_range,fsopen,clone3; do
		try faulty HOY_TEST_ENOSYS=$calls run "$ID"
		[ "$status" = 0 ] || { echo "without $calls: $stderr"; return 1; }
		is $'inside\nrefused\n1'
	done
}

@test "a cgroup mount shows the container's own group as its root" {
	not_in rootless "needs a cgroup"
	look 'cat /proc/self/cgroup | grep ^0::; ls /sys/fs/cgroup/cgroup.procs; [ ! -e /sys/fs/cgroup/runner ] && echo alone'
	is $'0::/\n/sys/fs/cgroup/cgroup.procs\nalone'
	# Without a cgroup namespace: the caller's whole tree, as with engines' --cgroupns=host.
	look 'ls /sys/fs/cgroup/cgroup.controllers' '.linux.namespaces |= map(select(.type != "cgroup"))'
}
