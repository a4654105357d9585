# The stand-in EHR: a test server, and what npm brings for its pages and its
# contract test. Wants BUILD, CC and CFLAGS from the Makefile that includes it.
STANDIN_DIR := tests/standin
STANDIN_SOURCES := $(wildcard $(STANDIN_DIR)/*.c)
STANDIN_HEADERS := $(wildcard $(STANDIN_DIR)/*.h $(STANDIN_DIR)/*.def)

$(BUILD)/standin: $(STANDIN_SOURCES) $(STANDIN_HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(CFLAGS) -D_GNU_SOURCE -I. -o $@ $(STANDIN_SOURCES) \
	    $$(pkg-config --cflags --libs libmicrohttpd jansson) -pthread $(LDFLAGS)

$(STANDIN_DIR)/node_modules/.stamp: $(STANDIN_DIR)/package.json $(STANDIN_DIR)/package-lock.json
	cd $(STANDIN_DIR) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
