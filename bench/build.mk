# The programs of `make bench`, in $(BUILD)/bench.
BENCH_PROGRAMS := floor process repeat replay_bench
BENCH_BINS := $(BENCH_PROGRAMS:%=$(BUILD)/bench/%)
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/*.c))
BENCH_SUPPORT := $(filter-out $(BENCH_BINS:%=%.o),$(BENCH_OBJ))

$(BENCH_BINS): %: %.o $(BENCH_SUPPORT) $(CLI_LIB) $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

bench: $(BENCH_BINS) $(BUILD)/standin

-include $(BENCH_OBJ:.o=.d)
