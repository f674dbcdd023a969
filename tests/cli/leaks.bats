load helpers

@test "200 runs of /bin/true leave nothing behind" {
	BATS_TEST_TIMEOUT=120
	for i in $(seq 200); do "$HOY" --root "$STATE" run "leak-$i" 3>&- || return 1; done
	nothing_left
}

@test "50 containers standing at once: created, started, listed, killed, deleted" {
	program 'exec sleep 1000'
	for i in $(seq 50); do "$HOY" --root "$STATE" create "stand-$i" < /dev/null > /dev/null 2>&1 3>&- || return 1; done
	same "$(hoy list -q | wc -l)" 50
	for i in $(seq 50); do hoy start "stand-$i" || return 1; done
	same "$(hoy list --format json | jq 'map(select(.status == "running")) | length')" 50
	for i in $(seq 50); do hoy kill "stand-$i" KILL || return 1; done
	for i in $(seq 50); do
		until_is stopped "stand-$i"
		hoy delete "stand-$i" || return 1
	done
	nothing_left
}
