load helpers

@test "--version: the lines that engines take apart" {
	ok "$HOY" --version
	[[ ${lines[0]} =~ ^hoy\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	grep -q '^commit: ' <<< "$output"
	grep -qE '^spec: 1\.[0-9]+\.[0-9]+' <<< "$output"
	grep -q '^libseccomp: ' <<< "$output"
	same "$(grep -ci version <<< "$output")" 1
	first=$output
	ok "$HOY" -v
	is "$first"
}

@test "help: on stdout with status 0, for every command" {
	ok "$HOY" --help
	has create start run exec state list ps kill pause resume delete spec features
	for command in create start run exec state list ps kill pause resume delete spec features; do
		ok "$HOY" $command --help
		[[ $output == *hoy*$command* ]]
		[ -z "$stderr" ]
	done
	ok "$HOY" -h
	ok "$HOY" help
	ok "$HOY" help create
	has --bundle --pid-file --console-socket
}

@test "an unknown command or option: status 1, a hint on stderr, nothing on stdout" {
	try "$HOY" nonsense
	[ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *nonsense* && $stderr == *help* ]]
	try "$HOY" create --nonsense x
	[ "$status" = 1 ] && [ -z "$output" ] && [[ $stderr == *nonsense* ]]
	try "$HOY" --nonsense list
	[ "$status" = 1 ]
	try "$HOY" state
	[ "$status" = 1 ] && [ -z "$output" ]
	try "$HOY" state a b
	[ "$status" = 1 ]
	try "$HOY" create --pid-file
	[ "$status" = 1 ]
	[[ $stderr == *"requires an argument"* || $stderr == *"needs an argument"* ]]
	try "$HOY"
	[[ $output$stderr == *create* ]]
}

@test "options known but not built yet are refused by name" {
	for option in "--systemd-cgroup list" "create --pidfd-socket x y" "exec --apparmor p x true" "exec --process-label l x true" "update x" "events x" "checkpoint x" "restore x"; do
		# shellcheck disable=SC2086
		try hoy $option
		[ "$status" = 1 ] || [ "$status" = 255 ] || { echo "$option: $status"; return 1; }
		word=${option##*--}
		[[ $option == *--* ]] && word=${word%% *} || word=${option%% *}
		[[ $stderr == *"$word"* ]] || { echo "$option: $stderr"; return 1; }
	done
}

@test "long options with one dash, with = and with a word, anywhere before the id" {
	program 'echo fine'
	ok "$HOY" -root "$STATE" run -bundle "$BUNDLE" "$ID"
	is fine
	ok "$HOY" --root="$STATE" run --bundle="$BUNDLE" "$ID"
	ok "$HOY" --root "$STATE" --rootless auto run -b "$BUNDLE" -no-subreaper "$ID"
}

@test "the log: JSON is one object on failure, with level, msg and time; the error is on stderr too" {
	try hoy --log log.json --log-format json state nobody
	[ "$status" = 1 ]
	same "$(wc -l < log.json)" 1
	same "$(jq -r .level log.json)" error
	[[ $(jq -r .msg log.json) == *"container does not exist"* ]]
	jq -r .time log.json | grep -qE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9:]{5})$'
	[[ $stderr == *"container does not exist"* ]]
	same "$(stat -c %a log.json)" 644
	# It is appended to.
	try hoy --log log.json --log-format json state nobody
	same "$(wc -l < log.json)" 2
}

@test "the log: text lines; --debug tells the child's steps" {
	try hoy --log log.txt state nobody
	grep -qE '^time="20[^"]*" level=error msg=".*container does not exist' log.txt
	program 'exit 0'
	try hoy --log debug.txt --debug run "$ID"
	[ "$status" = 0 ]
	grep -q 'level=debug' debug.txt
	grep -q 'pivot' debug.txt
	[ -z "$stderr" ]
}

@test "the log: what went wrong in the container's side is in it" {
	update_config '.process.args = ["/no/such/program"]'
	try hoy --log log.json --log-format json create "$ID"
	[ "$status" = 1 ]
	same "$(jq -s length log.json)" 1
	jq -r .msg log.json | grep -qiE 'no such file or directory|executable file not found'
}

@test "a success says nothing on stderr, and leaves no log" {
	ok hoy --log log.json --log-format json run "$ID"
	[ -z "$stderr" ]
	[ ! -s log.json ]
}

@test "features: JSON on stdout alone, with what engines look for" {
	ok "$HOY" features
	[ -z "$stderr" ]
	jq -e '.ociVersionMin and .ociVersionMax' <<< "$output"
	jq -e '.mountOptions | index("rro") and index("bind") and index("ro")' <<< "$output"
	jq -e '.linux.namespaces | index("user") and index("cgroup")' <<< "$output"
	jq -e '.linux.capabilities | index("CAP_CHOWN")' <<< "$output"
	jq -e '.linux.cgroup.v2 == true and (.linux.cgroup.v1 | not)' <<< "$output"
	jq -e '.linux.seccomp.enabled and (.linux.seccomp.actions | index("SCMP_ACT_ERRNO"))' <<< "$output"
	jq -e '.hooks | index("createRuntime")' <<< "$output"
}

@test "spec: writes config.json, refuses to overwrite; it is the example" {
	mkdir fresh
	ok hoy spec --bundle fresh
	jq -e '.ociVersion and .process.args and .root.path' fresh/config.json
	fails 1 config.json hoy spec --bundle fresh
	(cd fresh && rm config.json && "$HOY" spec)
	[ -s fresh/config.json ]
	example=$BATS_TEST_DIRNAME/../../config.json.example
	[ ! -e "$example" ] || cmp fresh/config.json "$example"
}

@test "--root: a long path, a relative one, one whose parents are missing; / is refused" {
	long=$BATS_TEST_TMPDIR/$(printf 'a%.0s' $(seq 100))/$(printf 'b%.0s' $(seq 100))
	program 'sleep 1000'
	quietly "$HOY" --root "$long" create "$ID"
	ok "$HOY" --root "$long" start "$ID"
	ok "$HOY" --root "$long" delete --force "$ID"
	quietly "$HOY" --root here/there create "$ID"
	ok "$HOY" --root here/there delete --force "$ID"
	try "$HOY" --root / list
	[ "$status" = 1 ]
	ok "$HOY" --root "$BATS_TEST_TMPDIR/nothing" list -q
	is ''
	[ ! -e "$BATS_TEST_TMPDIR/nothing" ]
}

@test "the environment of hoy does not reach the program" {
	export A_HOST_SECRET=1
	look env
	hasnt A_HOST_SECRET
}

@test "completion: bash can read it" {
	"$HOY" completion bash > completion.bash
	bash -n completion.bash
	grep -q -- --bundle completion.bash
}

@test "hoy's own binary cannot be written to through the process that waits in a container (CVE-2019-5736)" {
	program 'exec sleep 1000'
	for hoy in "$HOY" "$HOY_BUILT"; do
		quietly "$hoy" --root "$STATE" create "$ID"
		pid=$(hoy state "$ID" | jq .pid)
		# Not only "Text file busy", which ends with the process.
		try bash -c ": > /proc/$pid/exe"
		[ "$status" != 0 ]
		[[ $stderr == *"Read-only file system"* || $stderr == *"Operation not permitted"* ]] || { echo "$hoy: $stderr"; return 1; }
		ok hoy delete --force "$ID"
	done
}
