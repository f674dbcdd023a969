# Readiness as systemd has it: NOTIFY_SOCKET, READY=1 and MAINPID (sd_notify(3)).
load helpers

setup()
{
	needs_helper notify
	begin
	cp "$HELPERS/notify" rootfs/bin/notify
	update_config '.mounts += [{"destination": "/run", "type": "tmpfs", "source": "tmpfs"}]'
	HEARD=$BATS_TEST_TMPDIR/heard MANAGER= STARTER=
	manager "$BATS_TEST_TMPDIR/n"
}

teardown()
{
	[ -z "$MANAGER" ] || kill "$MANAGER" 2> /dev/null || true
	[ -z "$STARTER" ] || kill "$STARTER" 2> /dev/null || true
	sweep
}

# manager ADDRESS: a service manager that listens there; what it is told goes to $HEARD.
manager()
{
	[ -z "$MANAGER" ] || kill "$MANAGER"
	NOTIFY_SOCKET=$1
	"$HELPERS/notify" receive "$NOTIFY_SOCKET" < /dev/null > "$HEARD" 2>&1 3>&- &
	MANAGER=$!
	until_true grep -q ready "$HEARD"
}

# told: wait for the datagram about readiness; $MAINPID is its word, which stands in the same one.
told()
{
	until_true grep -q '^MAINPID=' "$HEARD"
	same "$(sed -n '/^READY=1$/,/^--$/p' "$HEARD" | sed 's/=[0-9]*$/=/')" $'READY=\nMAINPID=\n--'
	MAINPID=$(sed -n 's/^MAINPID=//p' "$HEARD")
}
# told_to CMD...: with our NOTIFY_SOCKET in its environment.
told_to() { NOTIFY_SOCKET=$NOTIFY_SOCKET "$@"; }

# begun CMD...: the same in the background, as $STARTER.
begun()
{
	NOTIFY_SOCKET=$NOTIFY_SOCKET "$HOY" --root "$STATE" "$@" < /dev/null > "$OUT" 2> "$ERR" 3>&- &
	STARTER=$!
}
waits() { kill -0 "$STARTER" || { echo "it has ended"; return 1; }; }
never_said() { ! grep -qi "$1" "$2" || { cat "$2"; return 1; }; }

# A service that says TEXT when the file /go is there, and then stays.
service()
{
	program 'echo $NOTIFY_SOCKET; until [ -e /go ]; do sleep .05; done; notify send "STATUS=warming" "$0"; sleep 1000' \
		".root.readonly = false | .process.args += [\$text] | ${2-.}" --arg text "$1"
}

@test "notify: start returns when the program is ready, and passes that on with its PID" {
	service $'STATUS=up\nREADY=1'
	told_to quietly hoy create --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
	same "$(stat -c %a "$STATE/$ID/notify")" 755
	begun start "$ID"
	until_is running
	same "$(stat -c '%a %F' "$STATE/$ID/notify/notify.sock")" "777 socket"
	sleep .3
	waits
	never_said MAINPID "$HEARD"
	touch rootfs/go
	told
	same "$MAINPID" "$(< "$BATS_TEST_TMPDIR/pid")"
	wait "$STARTER"
	[ ! -s "$ERR" ]
	# Of all that the program says, this alone.
	never_said STATUS "$HEARD"
	grep -q '^BARRIER=1' "$HEARD"
}

@test "notify: run --detach" {
	service READY=1
	touch rootfs/go
	told_to quietly hoy run --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
	same "$(< "$OUT")" /run/notify/notify.sock
	told
	same "$MAINPID" "$(< "$BATS_TEST_TMPDIR/pid")"
}

@test "notify: run in the foreground goes on, and is the main process itself" {
	service READY=1
	begun run "$ID"
	until_is running
	touch rootfs/go
	told
	same "$MAINPID" "$STARTER"
	waits
	hoy kill "$ID" KILL
	wait "$STARTER" || status=$?
	same "$status" 137
	[ ! -e "$STATE/$ID" ]
}

@test "notify: last words count, and a container that never was ready is no error" {
	program 'notify send READY=1' '.root.readonly = false'
	told_to quietly hoy run --detach "$ID"
	told
	hoy delete "$ID"
	manager "$BATS_TEST_TMPDIR/second"
	program 'notify send READY=10 STATUS=READY=1; exit 3'
	told_to quietly hoy run --detach "$ID"
	hoy delete "$ID"
	told_to quietly hoy create "$ID"
	told_to quietly hoy start "$ID"
	hoy delete "$ID"
	told_to try hoy run "$ID"
	same "$status" 3
	never_said MAINPID "$HEARD"
}

@test "notify: kill, exec and delete need not wait for a start that waits" {
	service READY=1
	told_to quietly hoy create "$ID"
	begun start "$ID"
	until_is running
	ok hoy exec "$ID" sh -c 'echo ${NOTIFY_SOCKET-none}'
	ok timeout 5 "$HOY" --root "$STATE" kill "$ID" KILL
	wait "$STARTER"
	ok hoy delete "$ID"
	never_said MAINPID "$HEARD"
	# Nor does the container of a run that is interrupted go with it.
	begun run --detach "$ID"
	until_is running
	kill -TERM "$STARTER"
	wait "$STARTER" || status=$?
	same "$status" 143
	same "$(status_of "$ID")" running
	ok timeout 5 "$HOY" --root "$STATE" delete --force "$ID"
}

@test "notify: an abstract address, an ordinary user in the container, the config's own word" {
	not_in rootless "this user has no second ID"
	manager "@hoy-test-$$-$BATS_TEST_NUMBER"
	service READY=1 '.process.env += ["NOTIFY_SOCKET=/elsewhere"] | .process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = true'
	touch rootfs/go
	told_to quietly hoy run --detach "$ID"
	told
	ok grep -cz '^NOTIFY_SOCKET=' "/proc/$MAINPID/environ"
	is 1
	ok grep ' /run/notify ' "/proc/$MAINPID/mountinfo"
	has ro,nosuid,nodev,noexec
}

@test "notify: in a user namespace" {
	not_in rootless "it is always in one there"
	chmod 755 "$BUNDLE" "$BATS_TEST_TMPDIR"
	service READY=1 '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	touch rootfs/go
	told_to quietly hoy run --detach "$ID"
	told
}

@test "notify: nobody at the other end is a warning" {
	service READY=1
	touch rootfs/go
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/nobody
	told_to quietly hoy run --detach "$ID"
	grep -q "NOTIFY_SOCKET: connect to .*nobody" "$ERR"
	same "$(status_of "$ID")" running
}

@test "notify: a long --root, and a umask that forbids everything" {
	local long
	long=$BATS_TEST_TMPDIR/$(printf 'l%.0s' $(seq 120))
	service READY=1
	touch rootfs/go
	(umask 077 && told_to quietly "$HOY" --root "$long" run --detach "$ID")
	told
	same "$(stat -c %a "$long/$ID/notify" "$long/$ID/notify/notify.sock")" $'755\n777'
	"$HOY" --root "$long" delete --force "$ID"
}

@test "notify: without NOTIFY_SOCKET nothing of it is there" {
	unset NOTIFY_SOCKET
	program 'env; ls /run; sleep 1000' '.root.readonly = false'
	quietly hoy create "$ID"
	[ ! -e "$STATE/$ID/notify" ]
	# Nor does a start wait for a program that was not told.
	NOTIFY_SOCKET=$BATS_TEST_TMPDIR/n quietly hoy start "$ID"
	until_true grep -q PATH= "$OUT"
	never_said notify "$OUT"
	hoy delete --force "$ID"
	# A kind of address that is none of sd_notify's.
	NOTIFY_SOCKET=vsock:2:1234 quietly hoy run --detach "$ID"
	[ ! -e "$STATE/$ID/notify" ]
}
