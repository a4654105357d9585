# The programs and fault layers of tests/torture, in $(BUILD)/torture.
TORTURE_LAYERS := $(BUILD)/torture/failing_malloc.so $(BUILD)/torture/failing_disk.so
TORTURE_OBJ := $(BUILD)/tests/torture/modelled_run.o $(BUILD)/tests/torture/charts.o
TORTURE_BINS := $(BUILD)/torture/modelled_run $(TORTURE_LAYERS)

$(BUILD)/torture/modelled_run: $(TORTURE_OBJ) $(CLI_LIB) $(LIB)
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Not the tests' sanitizers: a layer goes into programs of any build.
$(TORTURE_LAYERS): $(BUILD)/torture/%.so: tests/torture/%.c tests/torture/counts.h
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -I. $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl

test-bins: $(TORTURE_BINS)

-include $(TORTURE_OBJ:.o=.d)
