# bash completion for hoy, printed by `hoy completion bash`
_hoy() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	local scope='' kind='' offer='' root=() i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root) root=(--root "${COMP_WORDS[++i]}") ;;
		--log) ((++i)) ;;
		--log-format) ((++i)) ;;
		--log-level) ((++i)) ;;
		--cgroup-manager) ((++i)) ;;
		--rootless) ((++i)) ;;
		-*) ;;
		*) scope=${COMP_WORDS[i]}; break ;;
		esac
	done
	case $scope:$before in
	:--root) kind=-d ;;
	:--log) kind=-f ;;
	:--log-format) offer='text json' ;;
	:--log-level) offer='error warning debug' ;;
	:--cgroup-manager) offer='cgroupfs disabled' ;;
	:--rootless) offer='true false auto' ;;
	create:--bundle|create:-b) kind=-d ;;
	create:--config|create:-f) kind=-f ;;
	create:--console-socket) kind=-f ;;
	create:--pid-file) kind=-f ;;
	create:--preserve-fds) kind=none ;;
	run:--bundle|run:-b) kind=-d ;;
	run:--config|run:-f) kind=-f ;;
	run:--console-socket) kind=-f ;;
	run:--pid-file) kind=-f ;;
	run:--preserve-fds) kind=none ;;
	exec:--process|exec:-p) kind=-f ;;
	exec:--cwd) kind=-d ;;
	exec:--env|exec:-e) kind=none ;;
	exec:--user|exec:-u) kind=none ;;
	exec:--additional-gids|exec:-g) kind=none ;;
	exec:--cap|exec:-c) kind=none ;;
	exec:--cgroup) kind=none ;;
	exec:--console-socket) kind=-f ;;
	exec:--pid-file) kind=-f ;;
	exec:--preserve-fds) kind=none ;;
	list:--format|list:-f) offer='table json' ;;
	ps:--format|ps:-f) offer='table json' ;;
	spec:--bundle|spec:-b) kind=-d ;;
	esac
	if [ "$kind" = none ]; then
		COMPREPLY=()
		return
	elif [ -n "$kind" ]; then
		compopt -o filenames 2> /dev/null
		mapfile -t COMPREPLY < <(compgen "$kind" -- "$word")
		return
	elif [ -z "$offer" ]; then
		case $scope in
		'') offer='create start run exec state list ps kill pause resume delete spec features help --root --log --log-format --log-level --debug --cgroup-manager --rootless --version --help ' ;;
		create) offer='--bundle --config --console-socket --pid-file --preserve-fds --no-pivot --no-new-keyring --no-subreaper --help ' ;;
		start) offer='--help ' ;;
		run) offer='--bundle --config --console-socket --pid-file --preserve-fds --detach --keep --no-pivot --no-new-keyring --no-subreaper --help ' ;;
		exec) offer='--process --cwd --env --tty --user --additional-gids --cap --no-new-privs --cgroup --ignore-paused --console-socket --pid-file --preserve-fds --detach --help ' ;;
		state) offer='--help ' ;;
		list) offer='--format --quiet --help ' ;;
		ps) offer='--format --help ' ;;
		kill) offer='--all --help ' ;;
		pause) offer='--help ' ;;
		resume) offer='--help ' ;;
		delete) offer='--force --help ' ;;
		spec) offer='--bundle --rootless --help ' ;;
		features) offer='--help ' ;;
		help) offer='create start run exec state list ps kill pause resume delete spec features help --help ' ;;
		esac
		if [[ $word != -* && ' start exec state ps kill pause resume delete ' == *" $scope "* ]]; then
			offer="$offer $(hoy "${root[@]}" list -q 2> /dev/null)"
		fi
	fi
	mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$word")
}
complete -F _hoy hoy
