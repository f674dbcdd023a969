load helpers

setup()
{
	needs_helper recvtty
	begin
	update_config '.process.terminal = true'
	SOCKET=$BATS_TEST_TMPDIR/s
}

# receive [OPTION...]: an engine's end of the console socket; what the terminal says goes to $TTY.
receive()
{
	TTY=$BATS_TEST_TMPDIR/tty
	"$HELPERS/recvtty" "$@" "$SOCKET" < /dev/null > "$TTY" 2>&1 3>&- &
	until_true grep -q ready "$TTY"
}

@test "console socket: create sends the terminal, the program has it as its own" {
	receive
	program 'tty; test -t 0 && test -t 1 && test -t 2 && echo all three; echo job $(ps -o pid,tty | sed -n "s/^ *1 //p"); stat -c %F /dev/console'
	quietly hoy create --console-socket "$SOCKET" "$ID"
	grep -q '^name=' "$TTY"
	ok hoy start "$ID"
	until_is stopped
	until_true grep -q special "$TTY"
	output=$(< "$TTY")
	has "all three" "character special file"
	grep -qE '^/dev/(pts/0|console)' "$TTY"
	# Lines end in newline alone: runc clears ONLCR.
	! grep -q $'\r' "$TTY"
	ok hoy delete "$ID"
}

@test "console socket: what is typed reaches the program, and Ctrl-C is a signal" {
	mkfifo in
	"$HELPERS/recvtty" "$SOCKET" < in > "$BATS_TEST_TMPDIR/tty" 2>&1 3>&- &
	exec 9> in
	TTY=$BATS_TEST_TMPDIR/tty
	until_true grep -q ready "$TTY"
	program 'trap "echo interrupted; exit 5" INT; read line; echo "got <$line>"; echo waiting; while :; do sleep .1; done'
	quietly hoy run --detach --console-socket "$SOCKET" "$ID"
	echo "some words" >&9
	until_true grep -q 'got <some words>' "$TTY"
	printf '\003' >&9
	until_true grep -q interrupted "$TTY"
	exec 9>&-
	until_is stopped || true
}

@test "console size" {
	receive
	program 'stty size' '.process.consoleSize = {"height": 31, "width": 97}'
	quietly hoy run --detach --console-socket "$SOCKET" "$ID"
	until_true grep -q '31 97' "$TTY"
}

@test "a terminal without a socket for create, a socket without a terminal: refused" {
	fails 1 "" hoy create "$ID"
	[[ $stderr == *console-socket* ]]
	try hoy run --detach "$ID"
	[ "$status" = 1 ]
	update_config '.process.terminal = false'
	try hoy create --console-socket "$SOCKET" "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "a socket that is not there, or is none" {
	fails 1 "No such file or directory" hoy create --console-socket "$BATS_TEST_TMPDIR/nothing" "$ID"
	: > file
	try hoy create --console-socket "$BUNDLE/file" "$ID"
	[ "$status" = 1 ]
	nothing_left
}

@test "exec --tty with a console socket; relative to the caller's folder" {
	program 'exec sleep 1000' '.process.terminal = false'
	quietly hoy run --detach "$ID"
	receive
	cd "$BATS_TEST_TMPDIR"
	quietly hoy exec --tty --detach --console-socket s "$ID" sh -c 'tty; echo done'
	until_true grep -q 'done' "$TTY"
	grep -q '^/dev/pts/' "$TTY"
}

@test "run in the foreground: the terminal is relayed, with its size" {
	command -v script > /dev/null || skip "script(1) is not installed"
	program 'stty size; tty; exit 6'
	result=0
	script -qec "stty rows 33 cols 99; '$HOY' --root '$STATE' run '$ID'" /dev/null < /dev/null > "$OUT" 2>&1 3>&- || result=$?
	cat "$OUT"
	[ $result = 6 ]
	grep -q '33 99' "$OUT"
	grep -q '/dev/' "$OUT"
}
