# The stand-in EHR: a test server, and what npm brings for its pages and its
# contract test. Wants BUILD, CC and CFLAGS (or ALL_CFLAGS) from the Makefile
# that includes it.
STANDIN_DIR := tests/standin
STANDIN_SOURCES := $(wildcard $(STANDIN_DIR)/*.c)
STANDIN_HEADERS := $(wildcard $(STANDIN_DIR)/*.h $(STANDIN_DIR)/*.def)
STANDIN_CFLAGS = $(or $(ALL_CFLAGS),-std=gnu11 -D_GNU_SOURCE -I. $(CFLAGS))
STANDIN_LIBS := -lmicrohttpd -ljansson -pthread

$(BUILD)/standin: $(STANDIN_SOURCES) $(STANDIN_HEADERS)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(STANDIN_CFLAGS) $(LDFLAGS) -o $@ $(STANDIN_SOURCES) $(STANDIN_LIBS)

$(STANDIN_DIR)/node_modules/.stamp: $(STANDIN_DIR)/package.json $(STANDIN_DIR)/package-lock.json
	$(SAY) NPM $(STANDIN_DIR)/node_modules
	$(Q)cd $(STANDIN_DIR) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
