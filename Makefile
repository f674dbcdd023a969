# hoy's Makefile: plain GNU make, one file, no configure. `make help` lists what it can do.
#
# CFLAGS, CPPFLAGS, LDFLAGS and LDLIBS belong to whoever builds; what hoy itself needs is in BASE_*.
# Each flavour (compiler, sanitizer, coverage, fault switches) has its own folder, so that they never mix.
# Nothing here runs the compiler while the file is read: on a fresh machine it is installed by `make deps` first.

VERSION := 0.1.0
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

ifeq ($(origin CC),default)
CC := gcc
endif

# --- flavours --------------------------------------------------------------------------------------------------

comma := ,
space := $(subst ,, )
flavour_words := $(filter-out gcc cc,$(notdir $(firstword $(CC)))) $(subst $(comma), ,$(SANITIZE)) \
	$(if $(COVERAGE),coverage) $(if $(FAULTS),test)
FLAVOUR := $(or $(subst $(space),-,$(strip $(flavour_words))),plain)
B := build/$(FLAVOUR)
TEST_FLAVOUR := $(if $(filter plain,$(FLAVOUR)),test,$(FLAVOUR)-test)

# --- flags -----------------------------------------------------------------------------------------------------

# Asked of the compiler once, and only when something is built.
once = $(eval $(1) := $(2))$($(1))
MACHINE = $(call once,MACHINE,$(shell $(CC) -dumpmachine))
archive = $(or $(filter /%,$(shell $(CC) -print-file-name=$(1))),$(2))

WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wwrite-strings -Wundef \
	-Wformat=2 -Wpointer-arith $(if $(filter 1 true,$(CI) $(WERROR)),-Werror)

# -iquote and not -I: a folder of ours must never hide one of the system's.
BASE_CPPFLAGS := -D_GNU_SOURCE -iquote include -iquote src $(if $(FAULTS),-DTEST_FAULTS)
BASE_CFLAGS = -std=c11 -fPIE $(WARNINGS) $(hardening) $(instruments)
BASE_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(instruments)

hardening = -fstack-protector-strong $(fortify) \
	$(if $(filter x86_64% i%86% aarch64%,$(MACHINE)),-fstack-clash-protection) \
	$(if $(filter x86_64% i%86%,$(MACHINE)),-fcf-protection)
fortify := $(if $(SANITIZE)$(filter -O0,$(CFLAGS))$(findstring FORTIFY_SOURCE,$(CFLAGS) $(CPPFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
instruments := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(COVERAGE),--coverage)

# Static archives, so that starting hoy loads libc alone; where a system has none, its shared library.
# libmount is opened at run time by the few that need it; only its headers are used here.
BASE_LDLIBS = $(call once,BASE_LDLIBS,$(call archive,libseccomp.a,-lseccomp) $(call archive,libcap.a,-lcap) \
	$(call archive,libyajl_s.a,-lyajl))
CHILD_LDLIBS = $(call archive,libcap.a,-lcap)

COMPILE = $(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS)
LINK = $(CC) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS)
COMMIT = $(call once,COMMIT,$(shell git describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null || echo unknown))
VERSION_FLAGS = -DHOY_VERSION='"$(VERSION)"' -DHOY_COMMIT='"$(COMMIT)"'

# One short line a file; V=1 shows the commands whole.
say = $(if $(V),,@echo '  $(1)' $@; )

# --- files -----------------------------------------------------------------------------------------------------

# From the top down: a library may use those to the right of it (tests/lint/layers is the full list).
LAYERS := cmd host child cgroup state link plan spec kernel json base
layer_objects = $(patsubst %.c,$(B)/%.o,$(wildcard src/$(1)/*.c))
ARCHIVES := $(foreach l,$(LAYERS),$(if $(wildcard src/$(l)/*.c),$(B)/$(l).a))
CHILD_ARCHIVES := $(filter $(B)/child.a $(B)/link.a $(B)/kernel.a $(B)/base.a,$(ARCHIVES))
OBJECTS := $(foreach l,$(LAYERS),$(call layer_objects,$(l))) $(B)/src/main.o
UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c tests/golden/*.c))
HELPERS := $(patsubst %.c,$(B)/%,$(wildcard tests/cli/*.c tests/bundles/*.c))
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/*.c))
VERSIONED := $(B)/src/main.o $(B)/src/cmd/features.o $(B)/src/cmd/options.o

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PRECIOUS: $(B)/%.o
MAKEFLAGS += --no-builtin-rules

.PHONY: all
all: build/hoy  ## build/hoy, the program

ifneq ($(FLAVOUR),plain)
all: $(B)/hoy
build/hoy: FORCE
	@+$(MAKE) --no-print-directory CC=gcc SANITIZE= COVERAGE= FAULTS= build/hoy
else
build/hoy: $(B)/hoy
	@ln -f $< $@
endif

$(B)/hoy: $(B)/src/main.o $(ARCHIVES) $(B)/flags
	$(call say,LINK)$(LINK) -o $@ $< $(ARCHIVES) $(BASE_LDLIBS) $(LDLIBS)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -MMD -MP $(if $(filter $@,$(VERSIONED)),$(VERSION_FLAGS)) -c -o $@ $<

$(VERSIONED): $(B)/version

define layer_rule
$(B)/$(1).a: $(call layer_objects,$(1)) $(B)/flags
	@rm -f $$@
	@$(AR) rcs $$@ $$(filter %.o,$$^)
endef
AR ?= ar
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

$(UNIT): %: %.o $(ARCHIVES)
	$(call say,LINK)$(LINK) -o $@ $< $(ARCHIVES) $(BASE_LDLIBS) $(LDLIBS)

# What the tests run beside and inside containers: small, static, and with no sanitizer or fault switch in it.
$(HELPERS): $(B)/%: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -static $$(sed -n 's|^/\* flags: \(.*\) \*/$$|\1|p' $<) -o $@ $<

# These two change when what they hold changes, and so does whatever was made with it.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS) $(BASE_LDFLAGS) $(LDFLAGS) $(LDLIBS)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/version: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(VERSION) $(COMMIT)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

.PHONY: FORCE
FORCE:

-include $(OBJECTS:.o=.d) $(UNIT:=.d) $(FUZZERS:=.d)

# --- try it ----------------------------------------------------------------------------------------------------

# deps comes first and the rest in a make of its own, because a fresh machine has no compiler yet.
.PHONY: deps demo demo-run
deps:  ## install the Debian packages that building, the demo and the tests need
	@tests/deps build demo check

demo:  ## build hoy, make a bundle with busybox, and show what a program sees inside
	@tests/deps build demo
	@+$(MAKE) --no-print-directory -j $(JOBS) demo-run

demo-run: build/hoy
	@tests/demo build/hoy build/demo

# --- tests -----------------------------------------------------------------------------------------------------

.PHONY: check check-fast check-long check-programs lint
check:  ## every test this machine can run: unit, golden, lint, the binary natively, as a user, in User Mode Linux
	@tests/deps build demo check
	@+$(MAKE) --no-print-directory -j $(JOBS) all check-programs
	@+$(MAKE) --no-print-directory -j $(JOBS) FAULTS=1 build/$(TEST_FLAVOUR)/hoy
	@FLAVOUR=$(FLAVOUR) HOY_FAULTS=$(CURDIR)/build/$(TEST_FLAVOUR)/hoy tests/run lint unit golden native rootless uml

check-fast:  ## unit tests, golden cases, lint: no root, under a minute
	@tests/deps build check
	@+$(MAKE) --no-print-directory -j $(JOBS) all check-programs
	@FLAVOUR=$(FLAVOUR) tests/run lint unit golden

check-long:  ## check, and the same under clang, the sanitizers and valgrind
	@tests/deps build demo check check-long
	@tests/run-long

check-programs: $(UNIT) $(HELPERS) $(addsuffix .replay,$(FUZZERS)) $(B)/tests/uml-xstate.so

# Lets an older User Mode Linux run on a newer x86; the file says how. Empty elsewhere.
$(B)/tests/uml-xstate.so: tests/uml-xstate.c
	@mkdir -p $(@D)
	$(call say,CC)$(if $(filter x86_64%,$(MACHINE)),$(CC) -D_GNU_SOURCE $(WARNINGS) -O2 -shared -fPIC -o $@ $<,: > $@)

lint: all  ## layers, headers, what the child links, what the binary loads, shell syntax
	@tests/run lint

# What `make lint` links to see that the child needs nothing of the host's.
$(B)/child-alone: tests/lint/child-alone.c $(CHILD_ARCHIVES)
	$(call say,LINK)$(COMPILE) $(BASE_LDFLAGS) $(LDFLAGS) -Wl,--no-undefined -o $@ $< $(CHILD_ARCHIVES) $(CHILD_LDLIBS)

# Each fuzz target twice: with a main that replays the corpus, and (clang) with libFuzzer.
$(addsuffix .replay,$(FUZZERS)): %.replay: %.o $(B)/tests/run-corpus.o $(ARCHIVES)
	$(call say,LINK)$(LINK) -o $@ $(filter %.o,$^) $(ARCHIVES) $(BASE_LDLIBS) $(LDLIBS)

$(FUZZERS): %: %.o $(ARCHIVES)
	$(call say,LINK)$(LINK) -fsanitize=fuzzer -o $@ $< $(ARCHIVES) $(BASE_LDLIBS) $(LDLIBS)

.PHONY: fuzz fuzz-run
fuzz:  ## fuzz every target with clang for FUZZ_SECONDS each
	@tests/deps build check-long
	@+$(MAKE) --no-print-directory -j $(JOBS) CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-run

# The golden cases are where it begins, besides the corpus; what it finds stays in build/fuzz.
fuzz-run: $(FUZZERS) $(B)/tests/golden/config
	@mkdir -p build/fuzz && $(B)/tests/golden/config --dictionary > build/fuzz/dictionary
	@set -e; for f in $(FUZZERS); do n=$$(basename $$f); mkdir -p build/fuzz/$$n; echo "# fuzz $$n"; \
		seeds=; for d in tests/fuzz/corpus/$$n tests/golden/$$n; do [ ! -d $$d ] || seeds="$$seeds $$d"; done; \
		$$f -max_total_time=$(FUZZ_SECONDS) -dict=build/fuzz/dictionary -artifact_prefix=build/fuzz/$$n- build/fuzz/$$n $$seeds; done

# --- install, documents, release -------------------------------------------------------------------------------

.PHONY: docs install uninstall dist clean help
docs: all $(B)/tests/golden/config  ## make the generated pages anew: docs/config.md, docs/hoy.bash
	$(B)/tests/golden/config --reference > docs/config.md
	build/hoy completion bash > docs/hoy.bash

install: all  ## install the program, its man page and its completion (DESTDIR, PREFIX)
	install -D -m 755 build/hoy $(DESTDIR)$(BINDIR)/hoy
	install -D -m 644 docs/hoy.8 $(DESTDIR)$(MANDIR)/man8/hoy.8
	install -D -m 644 docs/hoy.bash $(DESTDIR)$(COMPLETIONDIR)/hoy

uninstall:  ## remove what install put there
	rm -f $(DESTDIR)$(BINDIR)/hoy $(DESTDIR)$(MANDIR)/man8/hoy.8 $(DESTDIR)$(COMPLETIONDIR)/hoy

dist:  ## a source archive of the last commit in build/
	@mkdir -p build
	git archive --prefix=hoy-$(VERSION)/ -o build/hoy-$(VERSION).tar.gz HEAD

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r t d; do printf '  make %-12s %s\n' "$$t" "$$d"; done
	@printf '\n  CC=clang  SANITIZE=address,undefined  COVERAGE=1  FAULTS=1 (fault switches for tests)  WERROR=1  V=1  CFLAGS=...  JOBS=n\n'
