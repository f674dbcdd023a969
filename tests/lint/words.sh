#!/bin/bash
# Things that must not be in the tree: paths of the machine it was written on, notes to oneself, stubs, C shortcuts.
cd "$(dirname "$0")/../.." || exit 1
bad=0
refuse()
{
	local what=$1 pattern=$2
	shift 2
	grep -nEI "$pattern" -r "$@" --exclude=words.sh --exclude=LICENSE && { echo "  ^ $what"; bad=1; }
}
tree=(Makefile README.md include src tests docs .ci)
for i in "${!tree[@]}"; do [ -e "${tree[i]}" ] || unset "tree[i]"; done
refuse "a path of somebody's machine" '(^|[^a-zA-Z0-9_.-])/(work|home/[a-z]+/src)/' "${tree[@]}"
refuse "a note to oneself: do it, or refuse it by name" '\b(TODO|FIXME|XXX|HACK)\b' "${tree[@]}"
refuse "a conflict marker" '^(<<<<<<<|>>>>>>>) ' "${tree[@]}"
refuse "white space at the end of a line" '[[:space:]]+$' include src Makefile
refuse "a call that cannot be used safely" '\b(strcpy|strcat|sprintf|gets|strtok|atoi|system|popen|tmpnam|mktemp)\(' include src
refuse "an unlocalised name lookup reads files of the container" '\b(getpwnam|getpwuid|getgrnam|getgrgid|initgroups)\(' src
refuse "a typedef: write struct" '^typedef ' include src
refuse "a path-based call where a descriptor belongs" '\bchroot\(' src
long=$(grep -nE '^.{121,}$' -r include src --include='*.[ch]' | head -n 5)
[ -z "$long" ] || { echo "$long"; echo "  ^ longer than 120 characters"; bad=1; }
exit $bad
