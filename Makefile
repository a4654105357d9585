# revisit. `make demo` and `make test` do all the set-up; `make help` lists the rest.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
OPT ?= -O2
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith
CFLAGS ?= $(OPT) -g
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -I$(BUILD) $(WARN) -MMD -MP $(CFLAGS)

ENGINE_SRC := $(wildcard engine/base/*.c engine/policy/*.c engine/world/*.c engine/call/*.c engine/mdland/*.c \
                engine/batch/*.c engine/report/*.c engine/browser/*.c engine/live/*.c recorder/*.c)
CLI_SRC := $(wildcard engine/cli/*.c)
ENGINE_OBJ := $(ENGINE_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o)
LIBS := -lcurl -ljansson -lmagic -lzstd -lsodium -lseccomp

all: $(BUILD)/revisit

$(BUILD)/revisit: $(CLI_OBJ) $(BUILD)/librevisit.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJ) $(BUILD)/librevisit.a $(LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# page.js: the parts joined in the order of their names, as a C array.
PAGE_PARTS := $(sort $(wildcard engine/mdland/page/*.js))
$(BUILD)/page_script.c: $(PAGE_PARTS)
	@mkdir -p $(@D)
	cat $(PAGE_PARTS) > $(BUILD)/page.js
	( echo '#include "engine/mdland/operation.h"'; echo 'const char page_script[] = {'; \
	  od -An -v -tx1 $(BUILD)/page.js | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; echo '0};'; \
	  echo 'const size_t page_script_size = sizeof page_script - 1;' ) > $@
$(BUILD)/page_script.o: $(BUILD)/page_script.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
ENGINE_OBJ += $(BUILD)/page_script.o

$(BUILD)/librevisit.a: $(ENGINE_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

-include $(ENGINE_OBJ:.o=.d) $(CLI_OBJ:.o=.d)
-include tests/standin/build.mk

clean:
	rm -rf build build-*

.PHONY: all clean
