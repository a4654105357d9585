# revisit. `make demo` and `make test` do all the set-up; `make help` lists the rest.
#
# A build lives in $(BUILD) and never outside it. Other compilers and flags get
# a directory of their own (build-clang, build-O0, build-O2, build-asan,
# build-fuzz), made by this same file with another BUILD.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
OPT ?= -O3
CFLAGS ?= $(OPT) -g
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith

# SAN=asan, ubsan or fuzz: what the compiler checks at run time.
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
SAN_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# What makes a bug harder to use, where nothing else watches: sanitizers do more, and
# _FORTIFY_SOURCE wants an optimizer. tests/cli/install.test.mjs holds the program to it.
FORTIFY = $(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
CET := $(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full)
HARDEN = $(if $(SAN),,$(FORTIFY) -fstack-protector-strong -fstack-clash-protection $(CET) -fPIE)
HARDEN_LINK = $(if $(SAN),,-pie -Wl,-z,relro,-z,now,-z,noexecstack)

# The same bytes from any directory: no path of this one is in an object.
SAME := -ffile-prefix-map=$(CURDIR)=.

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -I$(BUILD) $(WARN) $(CFLAGS) $(HARDEN) $(SAME) $(SAN_$(SAN))
# libcurl and libmagic are loaded by the commands that use them (engine/live/curl_library.h).
LIBS := -ljansson -lzstd -lsodium -lyaml

# `make V=1` shows the commands.
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-5s %s\n')
# demo and test use every processor unless told otherwise.
GDB ?= gdb
DBG ?= build-O0/revisit
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

SRC := $(sort $(wildcard engine/*/*.c engine/cli/*/*.c recorder/*.c recorder/*/*.c))
OBJ := $(SRC:%.c=$(BUILD)/%.o) $(BUILD)/page_script.o $(BUILD)/report_parts.o $(BUILD)/phi_map_text.o
MAIN_OBJ := $(BUILD)/engine/cli/main.o
CLI_OBJ := $(filter-out $(MAIN_OBJ),$(filter $(BUILD)/engine/cli/%,$(OBJ)))
LIB := $(BUILD)/librevisit.a
CLI_LIB := $(BUILD)/libcli.a

##@ Use
all: $(BUILD)/revisit ## build/revisit

demo: ## install what building wants, build, replay the recorded day of 100 visits
	@tests/deps/install.sh build
	@$(MAKE) --no-print-directory $(JOBS) $(BUILD)/revisit
	$(BUILD)/revisit replay fixtures/clinic-100 --summary
	@printf '\nMore: %s\n' '$(BUILD)/revisit replay fixtures/clinic-100 | less      every event of that day, byte for byte'

clean: ## remove every build directory
	rm -rf build build-*

help: ## this list
	@awk -F ' *## *' '/^##@/ { print "\n" substr($$0, 5) } \
	    /^[a-z-]+:.*## / { split($$1, t, ":"); printf "  make %-12s %s\n", t[1], $$2 }' $(firstword $(MAKEFILE_LIST)) engine/cli/manual/build.mk $(INSTALL_DIR)/build.mk

# The program. All but main.c is a library, so that tests link what they name;
# those that include engine/cli/ have the commands too.
$(BUILD)/revisit: $(MAIN_OBJ) $(CLI_LIB) $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(filter-out $(MAIN_OBJ) $(CLI_OBJ),$(OBJ))
$(CLI_LIB): $(CLI_OBJ)
$(LIB) $(CLI_LIB) $(BUILD)/libtests.a:
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) $(BAN) $(ALLOW) -MMD -MP -c -o $@ $<

# Banned calls do not compile; these folders may make the ones named.
BANNED := -include engine/base/banned.h
$(BUILD)/engine/%.o $(BUILD)/recorder/%.o: BAN := $(BANNED)
$(BUILD)/engine/base/%.o: ALLOW := -DBANNED_ALLOW_SNPRINTF
$(BUILD)/engine/live/%.o $(BUILD)/engine/cli/%.o: ALLOW := -DBANNED_ALLOW_GETENV

# Other flags make other objects; another name of this directory does not.
FLAGS = $(filter-out $(SAME),$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(BANNED))
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
	@echo '$(LIBS)' > $(BUILD)/.libs

# What a page wants is in the program as C arrays. page.js: the parts joined in the order of their names.
BYTES_OF = od -An -v -tx1 $(1) | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
PAGE_PARTS := $(sort $(wildcard engine/mdland/page/*.js))
$(BUILD)/page_script.c: $(PAGE_PARTS)
	@mkdir -p $(@D)
	$(Q)cat $(PAGE_PARTS) /dev/null > $(BUILD)/page.js
	$(Q)( echo '#include "engine/mdland/operation.h"'; echo 'const char page_script[] = {'; \
	  $(call BYTES_OF,$(BUILD)/page.js); echo '0};'; \
	  echo 'const size_t page_script_size = sizeof page_script - 1;' ) > $@
REPORT_PARTS := $(sort $(wildcard engine/report/page/*))
$(BUILD)/report_parts.c: $(REPORT_PARTS)
	@mkdir -p $(@D)
	$(Q)( echo '#include "engine/report/report.h"'; for kind in html css js; do \
	  echo "const char report_$$kind[] = {"; \
	  cat engine/report/page/*.$$kind > $(BUILD)/report.$$kind; $(call BYTES_OF,$(BUILD)/report.$$kind); echo '0};'; \
	  echo "const size_t report_$${kind}_size = sizeof report_$$kind - 1;"; done ) > $@
# The rules of redaction, as people read them.
$(BUILD)/phi_map_text.c: recorder/redact/phi.map
	@mkdir -p $(@D)
	$(Q)( echo '#include "recorder/redact/phi_map.h"'; echo 'const char phi_map_text[] = {'; $(call BYTES_OF,$<); echo '0};'; \
	  echo 'const size_t phi_map_text_size = sizeof phi_map_text - 1;' ) > $@
$(BUILD)/page_script.o $(BUILD)/report_parts.o $(BUILD)/phi_map_text.o: %.o: %.c $(BUILD)/.flags
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The same program by other compilers and flags.
VARIANT_clang := CC=clang CFLAGS='$(OPT)'
VARIANT_O0 := OPT=-O0
VARIANT_O2 := OPT=-O2 CFLAGS=-O2
VARIANT_asan := SAN=asan
VARIANT_ubsan := SAN=ubsan
VARIANT_fuzz := CC=clang SAN=fuzz
build-%/revisit: FORCE
	@$(MAKE) --no-print-directory BUILD=build-$* $(VARIANT_$*) build-$*/revisit
asan: build-asan/revisit ## build-asan/revisit, with ASan and UBSan
# That of the fuzzers has ASan and UBSan, and is built anyway.
variants: $(addprefix build-,$(addsuffix /revisit,O0 fuzz))
more-variants: $(addprefix build-,$(addsuffix /revisit,clang O2))

##@ Tests
# tests/run runs programs and counts; what cannot be built counts as failed.
RUN := BUILD='$(BUILD)' tests/run
SEEDS ?= 10000
TEST_BINS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*_test.c tests/replay/*_test.c))
TEST_OBJ := $(TEST_BINS:%=%.o)
TEST_SUPPORT := $(filter-out %_test.c,$(wildcard tests/unit/*.c tests/replay/*.c))
TEST_SUPPORT_OBJ := $(TEST_SUPPORT:%.c=$(BUILD)/%.o)
TEST_LIB := $(BUILD)/libtests.a

test: ## everything; installs what is missing, ends with "N passed, N failed"
	@tests/deps/install.sh test
	+@$(RUN) all

unit: ## the unit tests
	+@$(RUN) build-unit unit
lint: ## layers, banned calls, budgets, headers
	+@$(RUN) build-objects lint
replay-test: ## every fixture replayed, by three builds
	+@$(RUN) build replay
cli: ## the program from outside: arguments, messages, exit statuses
	+@$(RUN) build cli
live: ## the stand-in's contract, and the engine on a real Chromium against it
	+@$(RUN) build standin live
hundred: ## 100 visits live, every tenth billing answer dropped: some minutes, not part of test
	+@$(RUN) build hundred
fuzz-short: ## each fuzz target for a few seconds
	+@$(RUN) build-fuzz fuzz
sweep: $(BUILD)/sweep $(BUILD)/revisit ## every fault, every cut, random batches over a model of the EHR, planted bugs; SEEDS=n for another count
	$(BUILD)/sweep single pairs cuts random --seeds 1..$(SEEDS)
	BUILD='$(BUILD)' sh tests/sweep/planted.sh
torture: $(BUILD)/sweep more-variants ## 400 kills, 10 of a live run; a bad disk and no memory at every place, all live cases, replay by five builds: an hour
	$(BUILD)/sweep killed --kills 200 --folder $(BUILD)
	+@SHOW=1 TORTURE=full $(RUN) build torture replay live-kills live-full
canary: ## identities planted everywhere in live runs, all good and bad ends; every byte written looked through
	+@SHOW=1 CANARY=full $(RUN) build canary
mutants: ## planted bugs that the tests must catch, as a table
	+@SHOW=1 MUTANTS=full $(RUN) build mutants

# What the suites need built. `unit-bins` wants no browser and no npm.
objects: $(OBJ)
unit-bins: $(TEST_BINS)
test-bins: unit-bins $(BUILD)/sweep $(BUILD)/redact_pages $(BUILD)/revisit $(BUILD)/standin variants tests/standin/node_modules/.stamp $(BUILD)/promtool
$(BUILD)/promtool:
	@mkdir -p $(@D)
	@sh tests/deps/promtool.sh $@
fuzz-bins:
	@$(MAKE) --no-print-directory BUILD=build-fuzz $(VARIANT_fuzz) \
	    $(patsubst %.c,build-fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

CLI_TESTS := $(shell grep -ls '"engine/cli/' tests/unit/*_test.c tests/replay/*_test.c)
$(CLI_TESTS:%.c=$(BUILD)/%): $(CLI_LIB)
$(TEST_BINS): %: %.o $(TEST_LIB) $(LIB)
	$(SAY) TEST $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(TEST_LIB) $(filter $(CLI_LIB),$^) $(LIB) -lcmocka $(LIBS)
$(TEST_LIB): $(TEST_SUPPORT_OBJ)

$(BUILD)/tests/fuzz/scenario_fuzz: $(CLI_LIB)
$(BUILD)/tests/fuzz/%_fuzz: tests/fuzz/%_fuzz.c $(LIB) $(BUILD)/.flags
	@mkdir -p $(@D)
	$(SAY) FUZZ $@
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(filter $(CLI_LIB),$^) $(LIB) $(LIBS)

standin: ## build/standin, the EHR to try a run against: tests/standin/README.md
	@tests/deps/install.sh test
	@$(MAKE) --no-print-directory $(BUILD)/standin tests/standin/node_modules/.stamp

dbg: $(DBG) ## gdb at a place in a replay: RECORDING=fixtures/hang-save UNTIL=p1.v1.a1.saveSOAP
	@command -v $(firstword $(GDB)) > /dev/null || { echo 'make dbg: there is no gdb here: install it (apt-get install gdb), or name one with GDB='; exit 9; }
	@[ -n '$(RECORDING)' ] && [ -n '$(UNTIL)' ] || { echo 'make dbg: name a recording and a place in it: make dbg RECORDING=fixtures/hang-save UNTIL=p1.v1.a1.saveSOAP'; exit 2; }
	$(GDB) -q -ex 'set breakpoint pending off' -ex 'break replay_at_mark' -ex 'run' -ex 'up' $(GDBFLAGS) --args $(DBG) replay '$(RECORDING)' --until '$(UNTIL)'

##@ Making anew
fixtures: $(BUILD)/revisit $(BUILD)/standin tests/standin/node_modules/.stamp ## record every fixture on a real Chromium (up to an hour)
	BUILD='$(BUILD)' node fixtures/record.mjs
screenshots: $(BUILD)/revisit tests/standin/node_modules/.stamp ## engine/report/pictures, the report in light and dark
	BUILD='$(BUILD)' node engine/report/screenshots.mjs
bench: $(BUILD)/revisit ## how fast, against the floor of this machine; BENCH='--visits N' for less
	BUILD='$(BUILD)' bench/run $(BENCH)
bench-browser: $(BUILD)/revisit $(BUILD)/standin tests/standin/node_modules/.stamp ## browser replay beside Playwright's routeFromHAR, on the same pages
	BUILD='$(BUILD)' node bench/browser.mjs $(BENCH)

-include $(OBJ:.o=.d) $(TEST_SUPPORT_OBJ:.o=.d) $(TEST_OBJ:.o=.d)
include engine/cli/manual/build.mk
INSTALL_DIR := engine/cli/install
include $(INSTALL_DIR)/build.mk
-include tests/standin/build.mk
-include tests/sweep/build.mk
-include bench/build.mk
-include tests/torture/build.mk
-include tests/canary/build.mk

FORCE:
.DELETE_ON_ERROR:
.PHONY: more-variants dbg hundred sweep torture standin all demo clean help asan variants test unit lint replay-test cli live fuzz-short canary mutants \
        objects unit-bins test-bins fuzz-bins fixtures screenshots bench bench-browser FORCE
