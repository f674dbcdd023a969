#!/bin/bash
# Starting hoy loads libc and nothing else, and the program is hardened as the Makefile says.
cd "$(dirname "$0")/../.." || exit 1
program=build/plain/hoy
needed=$(readelf -d $program | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so|ld-linux|libc\.musl)')
for archive in libseccomp.a libcap.a libyajl_s.a; do
	[[ $(gcc -print-file-name=$archive) == /* ]] || { echo "this system has no $archive"; exit 77; }
done
[ -z "$needed" ] || { echo "$program loads" $needed; exit 1; }
readelf -h $program | grep -q 'Type:.*DYN' || { echo "$program is not position-independent"; exit 1; }
readelf -d $program | grep -q 'BIND_NOW\|FLAGS.*NOW' || { echo "$program binds lazily"; exit 1; }
readelf -W -l $program | grep -q 'GNU_RELRO' || { echo "$program has no RELRO"; exit 1; }
! readelf -W -l $program | grep 'GNU_STACK' | grep -q 'RWE' || { echo "$program has an executable stack"; exit 1; }
