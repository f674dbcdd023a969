load helpers

@test "create, start, kill, delete: the whole life, with its states" {
	program 'echo began; exec sleep 1000'
	quietly hoy create --bundle "$BUNDLE" --pid-file pid "$ID"
	[ "$(status_of "$ID")" = created ]
	# Nothing of the program ran yet.
	[ ! -s "$OUT" ]
	# The PID file: decimal, no newline behind it; that process is there.
	[[ $(od -An -c pid | tr -d ' \n') =~ ^[0-9]+$ ]]
	same "$(hoy state "$ID" | jq .pid)" "$(cat pid)"
	kill -0 "$(cat pid)"
	ok hoy start "$ID"
	until_is running
	until_true grep -q began "$OUT"
	ok hoy kill "$ID" KILL
	until_is stopped
	same "$(hoy state "$ID" | jq .pid)" 0
	ok hoy delete "$ID"
	fails 1 "container does not exist" hoy state "$ID"
}

@test "state: the keys and forms that engines parse" {
	update_config '.annotations = {"org.example.key": "a \"quoted\" value"} | .process.args = ["sleep", "1000"]'
	quietly hoy create "$ID"
	ok hoy state "$ID"
	has '  "ociVersion": "1.'
	same "$(jq -r 'keys_unsorted | join(" ")' <<< "$output")" "ociVersion id pid status bundle rootfs created annotations owner"
	same "$(jq -r .id <<< "$output")" "$ID"
	same "$(jq -r .bundle <<< "$output")" "$(readlink -f "$BUNDLE")"
	same "$(jq -r .rootfs <<< "$output")" "$(readlink -f "$BUNDLE")/rootfs"
	same "$(jq -r '.annotations["org.example.key"]' <<< "$output")" 'a "quoted" value'
	[[ $(jq -r .created <<< "$output") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z$ ]]
	[ -z "$stderr" ]
}

@test "a taken id is refused, and the first container is unharmed" {
	standing
	fails 1 "container with given ID already exists" hoy create "$ID"
	same "$(status_of "$ID")" running
}

@test "an id that is none is refused" {
	local long
	long=$(printf 'x%.0s' $(seq 1025))
	for id in . .. a/b '/a' 'a b' $'a\nb' 'ä' '*' "$long"; do
		try hoy create -- "$id"
		[ "$status" = 1 ] || { echo "'$id': status $status"; return 1; }
		[[ $stderr == *"invalid container ID format"* ]] || { echo "'$id': $stderr"; return 1; }
	done
	try hoy create ''
	[ "$status" = 1 ]
	nothing_left
}

@test "a second start is refused, and start of what runs" {
	quietly hoy create "$ID"
	ok hoy start "$ID"
	try hoy start "$ID"
	[ "$status" = 1 ]
}

@test "delete: of a created container kills it, of a running one is refused, with --force not" {
	program 'sleep 1000'
	quietly hoy create "$ID"
	ok hoy delete "$ID"
	nothing_left
	standing
	fails 1 "cannot delete container" hoy delete "$ID"
	has_running=$(status_of "$ID")
	same "$has_running" running
	ok hoy delete --force "$ID"
	nothing_left
}

@test "delete: an unknown id is an error, with --force none" {
	fails 1 "container does not exist" hoy delete nobody
	ok hoy delete --force nobody
	ok hoy delete -f nobody
}

@test "delete: of what a killed create left half made" {
	needs_faults
	local step
	for step in host-reserved host-cloned host-created; do
		try faulty HOY_TEST_KILL=$step create "$ID"
		[ "$status" != 0 ] || { echo "$step: create did not fail"; return 1; }
		try hoy delete --force "$ID"
		nothing_left || { echo "after step $step"; return 1; }
	done
}

@test "create that fails in a step leaves nothing, and the message names it" {
	needs_faults
	local step
	for step in join ids cgroup root mounts devices host-hooks create-hooks pivot console cwd settle cover keyring descriptors \
		filter-early become program filter created host-reserved host-cloned host-created; do
		try faulty HOY_TEST_FAIL=$step create "$ID" 3>&-
		[ "$status" = 1 ] || { echo "$step: status $status"; return 1; }
		[[ $stderr == *"$step"* ]] || { echo "$step is not in: $stderr"; return 1; }
		nothing_left || { echo "after step $step"; return 1; }
	done
}

@test "--bundle, --config, and a relative PID file belong to the caller's folder" {
	program 'sleep 1000'
	mkdir ../elsewhere
	mv config.json ../elsewhere/other.json
	cd ../elsewhere
	quietly hoy create --bundle ../bundle --config other.json --pid-file here "$ID"
	[ -s here ]
	[ ! -e ../bundle/here ]
}

@test "the program's descriptors: 0 to 2, and those of --preserve-fds" {
	local script='for i in /proc/self/fd/*; do [ ! -e "$i" ] || echo "${i##*/}"; done'
	mkdir leak
	program "$script"
	output=$("$HOY" --root "$STATE" run "$ID" 3< / 5< config.json 6< leak 7< rootfs 8< /)
	# The shell's own folder, while it looks.
	is $'0\n1\n2' || is $'0\n1\n2\n3'
	output=$("$HOY" --root "$STATE" run --preserve-fds 2 "$ID" 3< config.json 4< config.json 5< config.json 6< /)
	has $'\n3\n4'
	hasnt $'\n6'
	update_config '.process.args = ["sh", "-c", "cat <&4 | head -c 1"]'
	output=$("$HOY" --root "$STATE" run --preserve-fds 2 "$ID" 3< leak 4< config.json 5< config.json)
	is '{'
}

@test "the waiting child holds nothing that leads to the host, and cannot be written to" {
	not_in rootless "needs to look into the child as root"
	program 'sleep 1000'
	exec 9< /
	quietly hoy create "$ID"
	exec 9<&-
	pid=$(hoy state "$ID" | jq .pid)
	for fd in /proc/"$pid"/fd/*; do
		to=$(readlink "$fd")
		case $to in
		/dev/null|"$OUT"|"$ERR"|pipe:*|socket:*|*/start|*/report|/start|/report) ;;
		*) echo "$fd -> $to"; return 1 ;;
		esac
		[ ! -d "$fd/" ] || { echo "a directory: $fd -> $to"; return 1; }
	done
	ok hoy start "$ID"
	ok hoy delete --force "$ID"
}

@test "a program that is missing or cannot be run fails create" {
	update_config '.process.args = ["/no/such/program"]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	grep -qiE 'no such file or directory|executable file not found in' <<< "$stderr"
	update_config '.process.args = ["no-such-program"]'
	fails 1 'executable file not found in $PATH' hoy create "$ID"
	update_config '.process.args = ["/etc/passwd"]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	grep -qi 'permission denied' <<< "$stderr"
	update_config '.process.args = ["/etc"]'
	try hoy create "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "a program that cannot be executed is told by start" {
	echo "not a program" > rootfs/bin/nonsense
	chmod 755 rootfs/bin/nonsense
	update_config '.process.args = ["/bin/nonsense"]'
	try hoy create "$ID" 3>&-
	if [ "$status" = 0 ]; then
		fails 1 "xec format error" hoy start "$ID"
	else
		[ "$status" = 1 ]
		[[ $stderr == *"xec format error"* ]]
	fi
	try hoy delete --force "$ID"
	printf '#!/no/interpreter\n' > rootfs/bin/nonsense
	fails 1 "o such file or directory" hoy run "$ID"
}

@test "--no-pivot and --no-new-keyring still run a program" {
	not_in rootless "--no-pivot needs a root that is not shared"
	look 'ls /' .
	program 'ls /bin/busybox && [ ! -e /sys/fs/cgroup/runner/cgroup.procs ]'
	ok hoy run --no-pivot --no-new-keyring "$ID"
	is /bin/busybox
}
