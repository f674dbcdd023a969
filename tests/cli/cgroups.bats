load helpers

setup()
{
	not_in rootless "needs a cgroup"
	begin
}

# inside FILE: what the container's cgroup says in that file.
group_file() { cat "$(cgroup_of_init)/$1"; }

@test "cgroupsPath: absolute, made with its parents, removed with them" {
	standing '.linux.cgroupsPath = "/a-test/deeper/box"'
	same "$(cgroup_of_init)" /sys/fs/cgroup/a-test/deeper/box
	grep -qx "$PID" /sys/fs/cgroup/a-test/deeper/box/cgroup.procs
	ok hoy delete --force "$ID"
	[ ! -e /sys/fs/cgroup/a-test ]
}

@test "cgroupsPath: a parent that was there stays" {
	mkdir /sys/fs/cgroup/mine
	standing '.linux.cgroupsPath = "/mine/box"'
	ok hoy delete --force "$ID"
	[ -d /sys/fs/cgroup/mine ]
	rmdir /sys/fs/cgroup/mine
}

@test "cgroupsPath: dots do not lead out, a group with processes or a frozen one is refused" {
	update_config '.linux.cgroupsPath = "/../../../etc/x"'
	try hoy run "$ID"
	[ ! -e /etc/x ]
	mkdir -p /sys/fs/cgroup/taken
	sleep 30 3>&- &
	local sleeper=$!
	echo $sleeper > /sys/fs/cgroup/taken/cgroup.procs
	template
	update_config '.linux.cgroupsPath = "/taken"'
	try hoy create "$ID"
	[ "$status" = 1 ] || { kill $sleeper; return 1; }
	[[ $stderr == */taken* ]]
	kill -0 $sleeper
	kill $sleeper
	wait $sleeper || true
	echo 1 > /sys/fs/cgroup/taken/cgroup.freeze
	try hoy create "$ID"
	[ "$status" = 1 ]
	[[ $stderr == *frozen* ]]
	rmdir /sys/fs/cgroup/taken
}

@test "without cgroupsPath each container has its own group, and no process stays behind" {
	standing
	local first=$(cgroup_of_init)
	ID=$ID-second
	standing
	[ "$first" != "$(cgroup_of_init)" ]
	[[ $(cgroup_of_init) == *"$ID"* ]]
}

@test "--cgroup-manager disabled: no group is made" {
	program 'exec sleep 1000'
	quietly hoy --cgroup-manager disabled run --detach "$ID"
	same "$(sed -n 's/^0:://p' "/proc/$(hoy state "$ID" | jq .pid)/cgroup")" "$(sed -n 's/^0:://p' /proc/self/cgroup)"
	ok hoy delete --force "$ID"
	nothing_left
}

@test "a limit whose controller is not here: the error names both, and nothing is left" {
	lacks_controller memory
	update_config '.linux.resources.memory = {"limit": 33554432}'
	fails 1 memory hoy create "$ID"
	[[ $stderr == *linux.resources.memory.limit* ]]
	nothing_left
	# What asks for nothing is no error.
	update_config '.linux.resources.memory = {"limit": -1}'
	ok hoy run "$ID"
}

@test "memory: limit, reservation, swap" {
	needs_controller memory
	standing '.linux.resources.memory = {"limit": 67108864, "reservation": 33554432, "swap": 134217728}'
	same "$(group_file memory.max)" 67108864
	same "$(group_file memory.low)" 33554432
	[ ! -e "$(cgroup_of_init)/memory.swap.max" ] || same "$(group_file memory.swap.max)" 67108864
	ok hoy delete --force "$ID"
	template
	standing '.linux.resources.memory = {"limit": -1}'
	same "$(group_file memory.max)" max
}

@test "memory: what takes too much is killed, and the status says so" {
	needs_controller memory
	program 'x=$(dd if=/dev/zero bs=1M count=200 2> /dev/null | tr "\0" x); echo survived' '.linux.resources.memory = {"limit": 16777216, "swap": 16777216}'
	try timeout 60 "$HOY" --root "$STATE" run "$ID"
	[ "$status" != 0 ]
	hasnt survived
}

@test "cpu: shares, quota and period, also with no quota; idle" {
	needs_controller cpu
	standing '.linux.resources.cpu = {"shares": 2048, "quota": 20000, "period": 100000}'
	same "$(group_file cpu.max)" "20000 100000"
	weight=$(group_file cpu.weight)
	[ "$weight" -gt 39 ]
	ok hoy delete --force "$ID"
	template
	standing '.linux.resources.cpu = {"quota": -1, "period": 50000, "shares": 2}'
	same "$(group_file cpu.max)" "max 50000"
	same "$(group_file cpu.weight)" 1
}

@test "pids: the limit holds" {
	needs_controller pids
	standing '.linux.resources.pids = {"limit": 20}'
	same "$(group_file pids.max)" 20
	ok hoy delete --force "$ID"
	template
	program 'for i in 1 2 3 4 5 6 7 8 9; do sleep 2 & done; wait' '.linux.resources.pids = {"limit": 4}'
	try hoy run "$ID"
	[[ $stderr == *fork* ]]
	template
	standing '.linux.resources.pids = {"limit": -1}'
	same "$(group_file pids.max)" max
}

@test "unified: files by name; an unknown one is an error that names it" {
	needs_controller memory
	standing '.linux.resources.unified = {"memory.high": "50331648", "memory.max": "67108864"}'
	same "$(group_file memory.high)" 50331648
	ok hoy delete --force "$ID"
	template
	update_config '.linux.resources.unified = {"memory.nonsense": "1"}'
	fails 1 'memory.nonsense' hoy create "$ID"
	template
	update_config '.linux.resources.unified = {"../../escape": "1"}'
	try hoy create "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "device rules: the default denies, what is allowed works, the last match counts" {
	program 'head -c 4 /dev/myzero 2> /dev/null | wc -c; (: < /dev/mylog) 2> /dev/null || echo no log; mknod /dev/other c 1 8 && echo made' \
		'.linux.devices = [{"path": "/dev/myzero", "type": "c", "major": 1, "minor": 5}, {"path": "/dev/mylog", "type": "c", "major": 1, "minor": 11}]
		| .process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYSLOG"] | unique)
		| .linux.resources.devices = [{"allow": false, "access": "rwm"}]'
	ok hoy run "$ID"
	# The specification's default devices can always be opened, /dev/zero by whatever name; and nodes be made, as runc has it.
	has 4 "no log" made
	update_config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "r"}]'
	ok hoy run "$ID"
	hasnt "no log"
	update_config '.linux.resources.devices += [{"allow": false, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]'
	ok hoy run "$ID"
	has "no log"
	update_config '.linux.resources.devices += [{"allow": true, "access": "rwm"}]'
	ok hoy run "$ID"
	hasnt "no log"
}

@test "pause stops what runs, also its children" {
	program 'sh -c "while :; do echo tick; sleep .02; done"'
	quietly hoy run --detach "$ID"
	until_true test -s "$OUT"
	ok hoy pause "$ID"
	same "$(cat "$(cgroup_of_init)/cgroup.freeze")" 1
	size=$(stat -c %s "$OUT")
	sleep .3
	same "$(stat -c %s "$OUT")" "$size"
	ok hoy resume "$ID"
	same "$(cat "$(cgroup_of_init)/cgroup.freeze")" 0
}

@test "a container that made groups of its own is deleted with them" {
	standing '.mounts |= map(if .type == "cgroup" then .options |= map(select(. != "ro")) else . end)'
	ok hoy exec "$ID" mkdir -p /sys/fs/cgroup/one/two /sys/fs/cgroup/three
	ok hoy exec "$ID" sh -c 'sleep 1000 & echo $! > /sys/fs/cgroup/one/two/cgroup.procs'
	ok hoy delete --force "$ID"
	nothing_left
}

@test "a tight memory limit: /bin/true starts in 2 MiB" {
	needs_controller memory
	update_config '.linux.resources.memory = {"limit": 2097152}'
	ok timeout 30 "$HOY" --root "$STATE" run "$ID"
}
