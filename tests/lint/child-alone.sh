#!/bin/bash
# The code that runs between clone and exec links with base, kernel, link, child, libc and libcap alone:
# no parser, no state, no host code, no libseccomp can be reached from there.
cd "$(dirname "$0")/../.." || exit 1
[ -e include/child/child.h ] || { echo "there is no include/child/child.h"; exit 1; }
exec env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory build/plain/child-alone
