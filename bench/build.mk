# The programs of `make bench`, in $(BUILD)/bench.
BENCH_PROGRAMS := floor process repeat replay_bench seal_bench shrink_runs whatif_runs
BENCH_BINS := $(BENCH_PROGRAMS:%=$(BUILD)/bench/%)
# Over no recording: it wants nothing of the others but the clock.
BENCH_MODEL := $(BUILD)/bench/model_batches
BENCH_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/*.c))
BENCH_SUPPORT := $(filter-out $(BENCH_BINS:%=%.o) $(BENCH_MODEL).o,$(BENCH_OBJ))

$(BENCH_BINS): %: %.o $(BENCH_SUPPORT) $(CLI_LIB) $(LIB)
$(BENCH_MODEL): %: %.o $(BUILD)/bench/clock.o $(LIB)
$(BENCH_BINS) $(BENCH_MODEL):
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

bench: $(BENCH_BINS) $(BENCH_MODEL) $(BUILD)/standin

-include $(BENCH_OBJ:.o=.d)
