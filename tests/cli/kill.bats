load helpers

@test "kill: SIGTERM unless told otherwise; names and numbers" {
	standing
	ok hoy kill "$ID"
	until_is stopped 2> /dev/null || true
	try hoy state "$ID"
	[ "$status" != 0 ] || same "$(jq -r .status <<< "$output")" stopped
	try hoy delete --force "$ID"
	for signal in KILL SIGKILL kill 9; do
		standing
		ok hoy kill "$ID" $signal
		until_is stopped
		ok hoy delete "$ID"
	done
}

@test "kill: a word that is no signal, an unknown id" {
	standing
	for signal in NOTHING 0x9 99 -1 '' SIGSIG; do
		try hoy kill -- "$ID" "$signal"
		[ "$status" = 1 ] || { echo "'$signal': status $status"; return 1; }
	done
	fails 1 "container does not exist" hoy kill nobody KILL
	same "$(status_of "$ID")" running
}

@test "kill: of what has stopped says the words engines look for; with --all it is no error" {
	program 'exit 0'
	quietly hoy run --detach "$ID"
	until_is stopped
	fails 1 "container not running" hoy kill "$ID" TERM
	ok hoy kill --all "$ID" KILL
}

@test "kill: a created container can be killed before it starts" {
	program 'sleep 1000'
	quietly hoy create "$ID"
	ok hoy kill "$ID" KILL
	until_is stopped
	ok hoy delete "$ID"
}

@test "kill --all: every process, also without a PID namespace" {
	not_in rootless "needs a cgroup"
	program 'sleep 1001 & setsid sleep 1002 & wait' '.linux.namespaces |= map(select(.type != "pid"))'
	quietly hoy run --detach "$ID"
	until_true sh -c "[ \$('$HOY' --root '$STATE' ps --format json '$ID' | jq length) -ge 3 ]"
	mapfile -t pids < <(hoy ps --format json "$ID" | jq '.[]')
	ok hoy kill --all "$ID" KILL
	until_is stopped
	for pid in "${pids[@]}"; do [ ! -e "/proc/$pid/exe" ] || [ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status")" = Z ]; done
	ok hoy delete "$ID"
}

@test "delete --force: a container without a PID namespace leaves no process behind" {
	not_in rootless "needs a cgroup"
	program 'sleep 1001 & setsid sleep 1002 & wait' '.linux.namespaces |= map(select(.type != "pid"))'
	quietly hoy run --detach "$ID"
	until_true sh -c "[ \$('$HOY' --root '$STATE' ps --format json '$ID' | jq length) -ge 3 ]"
	ok hoy delete --force "$ID"
	nothing_left
}

@test "list: table, JSON, quiet; empty too" {
	ok hoy list
	[[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER\ *$ ]]
	ok hoy list --format json
	is '[]'
	ok hoy list -q
	is ''
	standing
	ok hoy list
	[[ ${lines[1]} =~ ^$ID\ +$PID\ +running\ +$BUNDLE\ +20.*Z\ +[^\ ]+\ *$ ]]
	ok hoy list --format=json
	same "$(jq -r '.[0] | [.id, .status, .bundle, (.pid | tostring)] | join(" ")' <<< "$output")" "$ID running $BUNDLE $PID"
	ok hoy list --quiet
	is "$ID"
}

@test "ps: a table with the caller's options, or PIDs as JSON" {
	not_in rootless "needs a cgroup"
	standing
	ok hoy ps --format json "$ID"
	[[ $output =~ ^\[[0-9,\ ]+\]$ ]]
	same "$(jq 'index('"$PID"') != null' <<< "$output")" true
	fails 1 "container does not exist" hoy ps nobody
	not_in uml "ps(1) does not work on this kernel (no boot time)"
	ok hoy ps "$ID"
	[[ ${lines[0]} == *PID* ]]
	has "$PID"
	hasnt " $$ "
	ok hoy ps "$ID" -o pid,args
	[[ ${lines[0]} == *PID*COMMAND* ]]
}

@test "pause and resume, with the states and the words for what cannot be" {
	not_in rootless "needs a cgroup"
	program 'while :; do echo tick; sleep .05; done'
	quietly hoy run --detach "$ID"
	fails 1 "container not paused" hoy resume "$ID"
	ok hoy pause "$ID"
	same "$(status_of "$ID")" paused
	size=$(stat -c %s "$OUT")
	sleep .5
	same "$(stat -c %s "$OUT")" "$size"
	try hoy pause "$ID"
	[ "$status" = 1 ]
	ok hoy resume "$ID"
	same "$(status_of "$ID")" running
	until_true sh -c "[ \$(stat -c %s '$OUT') -gt $size ]"
	# What is paused can be killed and deleted.
	ok hoy pause "$ID"
	ok timeout 20 "$HOY" --root "$STATE" delete --force "$ID"
	nothing_left
	fails 1 "container does not exist" hoy pause nobody
}

@test "kill of a paused container takes effect" {
	not_in rootless "needs a cgroup"
	standing
	ok hoy pause "$ID"
	ok hoy kill "$ID" KILL
	until_is stopped
}
