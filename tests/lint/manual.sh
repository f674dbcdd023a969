#!/bin/bash
# The man page has every option that the program has, under the same command, with the same letter and argument, and
# no other; docs/hoy.bash is what the program prints; and neither has mistakes that can be found without reading.
cd "$(dirname "$0")/../.." || exit 1
hoy=${HOY:-build/plain/hoy}
bad=0
complain() { echo "$*"; bad=1; }

# command, option, letter, argument, state -> "command: -b, --bundle DIR"
program()
{
	"$hoy" completion table | awk -F '\t' '
		$2 == "-" { print "refused: " $1; next }
		$1 != "-" && $2 == "help" { next }
		{
			if ($5 == "refused") $1 = "refused"
			print $1 ": " ($3 == "-" ? "" : "-" $3 ", ") "--" $2 ($4 == "-" ? "" : " " $4)
		}' | sort -u
}

# The same of the page: .SH OPTIONS is before the command, .SS NAME in .SH COMMANDS is a command.
page()
{
	sed 's/\\f[BIRP]//g; s/\\-/-/g' docs/hoy.8 | awk '
		/^\.SH / { part = substr($0, 5); command = part == "OPTIONS" ? "-" : part == "NOT SUPPORTED YET" ? "refused" : ""; next }
		/^\.SS / { command = $2; next }
		/^\.TP/ { tag = 1; next }
		tag && command == "refused" && !/--/ { n = split($0, names, /, */); for (i = 1; i <= n; i++) print "refused: " names[i] }
		tag && command != "" && /--/ { print command ": " $0 }
		{ tag = 0 }' | sort -u
}

table=$(program) && [ -n "$table" ] || { echo "$hoy does not print its table"; exit 1; }
difference=$(diff <(echo "$table") <(page) | sed -n 's/^</only in the program: /p; s/^>/only in docs\/hoy.8:   /p')
[ -z "$difference" ] || complain "$difference"

# Each command of --help has its part in the page, in the same words for its operands, and the reverse.
commands=$("$hoy" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  .*/\1/p' | sort)
parts=$(sed -n 's/^\.SS \([a-z]*\).*/\1/p' docs/hoy.8 | sort)
[ "$commands" = "$parts" ] || complain "commands of the program and of docs/hoy.8 differ:" \
	"$(diff <(echo "$commands") <(echo "$parts") | grep '^[<>]')"
for command in $commands; do
	usage=$("$hoy" "$command" --help | sed -n 's/^Usage: hoy \[OPTION\.\.\.\] \(.*\)/\1/p' | sed 's/ \[OPTION\.\.\.\]//')
	grep -qxF ".SS $usage" <(sed 's/\\f[BIRP]//g; s/\\-/-/g' docs/hoy.8) || complain "docs/hoy.8 has no '.SS $usage'"
done

"$hoy" completion bash | diff - docs/hoy.bash > /dev/null ||
	complain "docs/hoy.bash is not what 'hoy completion bash' prints: write it anew"
bash -n docs/hoy.bash || bad=1
if command -v man > /dev/null; then
	mistakes=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z docs/hoy.8 2>&1 > /dev/null)
	[ -z "$mistakes" ] || complain "$mistakes"
fi
exit $bad
