load helpers

# Bad input: one clear line, the right status, and nothing left behind.

@test "config.json: missing, a folder, empty, broken, huge, too deep" {
	rm config.json
	fails 1 config.json hoy create "$ID"
	[[ $stderr == *"No such file or directory"* ]]
	mkdir config.json
	try hoy create "$ID"
	[ "$status" = 1 ]
	rmdir config.json
	: > config.json
	fails 1 config.json hoy create "$ID"
	echo '{"ociVersion": "1.0.2",' > config.json
	fails 1 config.json: hoy create "$ID"
	echo '[]' > config.json
	fails 1 config.json:1:1: hoy create "$ID"
	printf '{"a":"\001"}' > config.json
	fails 1 config.json hoy create "$ID"
	printf '%0.s[' $(seq 100) > config.json
	fails 1 config.json hoy create "$ID"
	truncate -s 17M config.json
	fails 1 config.json hoy create "$ID"
	nothing_left
}

@test "wrong types: every complaint at once, with line, column and path" {
	update_config '.process.user.uid = "0" | .root.readonly = 1'
	fails 1 'process.user.uid' hoy create "$ID"
	[[ $stderr =~ config.json:[0-9]+:[0-9]+:\ process\.user\.uid ]]
	[[ $stderr == *root.readonly* ]]
	nothing_left
}

@test "a misspelt word is told with the near one" {
	update_config '.process.rlimits[0].type = "RLIMIT_NOFILES"'
	fails 1 RLIMIT_NOFILE hoy create "$ID"
	[[ $stderr == *'did you mean "RLIMIT_NOFILE"'* ]]
}

@test "the bundle: missing, a file; the root filesystem: missing, a file" {
	fails 1 /no/such/bundle hoy create --bundle /no/such/bundle "$ID"
	: > file
	try hoy create --bundle file "$ID"
	[ "$status" = 1 ]
	update_config '.root.path = "nowhere"'
	fails 1 nowhere hoy create "$ID"
	[[ $stderr == *"No such file or directory"* ]]
	update_config '.root.path = "file"'
	fails 1 "ot a directory" hoy create "$ID"
	nothing_left
}

@test "properties of a later version of hoy are refused by name" {
	for filter in '.linux.intelRdt = {"closID": "x"}' '.linux.resources.blockIO = {"weight": 100}' '.linux.resources.hugepageLimits = [{"pageSize": "2MB", "limit": 1}]'; do
		template
		update_config "$filter"
		try hoy create "$ID"
		[ "$status" = 1 ] || { echo "accepted: $filter"; return 1; }
		word=${filter#.linux.}
		word=${word#resources.}
		[[ $stderr == *"${word%% *}"* ]] || { echo "$filter: $stderr"; return 1; }
	done
	nothing_left
}

@test "unknown ids, for every command" {
	for command in start state kill pause resume delete ps; do
		fails 1 "container does not exist" hoy $command nobody
	done
	fails 255 "container does not exist" hoy exec nobody true
}

@test "a full disk in the state directory" {
	not_in rootless "mounts a tiny file system"
	mkdir small
	mount -t tmpfs -o size=16k,nr_inodes=20 tmpfs small
	head -c 20000 /dev/zero > small/fill 2> /dev/null || true
	try "$HOY" --root "$BUNDLE/small/state" create "$ID"
	[ "$status" = 1 ] || { umount small; return 1; }
	[[ $stderr == *"No space left on device"* ]]
	[ -z "$(ls small/state 2> /dev/null)" ]
	umount small
	nothing_left
}

@test "a PID file that cannot be written fails create, and nothing is left" {
	fails 1 /no/such/folder hoy create --pid-file /no/such/folder/pid "$ID"
	nothing_left
}

@test "a state directory that cannot be written" {
	: > file
	try "$HOY" --root "$BUNDLE/file" create "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "a broken state file: told, and delete --force removes it" {
	standing
	cp "$STATE/$ID/state.json" saved
	echo '{"broken' > "$STATE/$ID/state.json"
	try hoy state "$ID"
	[ "$status" = 1 ]
	try hoy list
	cp saved "$STATE/$ID/state.json"
	ok hoy delete --force "$ID"
	mkdir -p "$STATE/other" && echo '{"broken' > "$STATE/other/state.json"
	ok hoy delete --force other
	[ ! -e "$STATE/other" ]
}

@test "--preserve-fds beyond what is open" {
	try hoy run --preserve-fds 3 "$ID"
	[ "$status" = 1 ]
	try hoy run --preserve-fds -1 "$ID"
	[ "$status" = 1 ]
	try hoy run --preserve-fds x "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "closed standard streams do not confuse descriptors" {
	program 'echo fine > /dev/null; exit 4'
	status=0
	"$HOY" --root "$STATE" run "$ID" <&- >&- 2>&- 3>&- || status=$?
	[ "$status" = 4 ]
	nothing_left
}
