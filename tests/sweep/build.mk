# The sweep (tests/sweep/README.md): the engine over the model, under every invariant.
SWEEP_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/sweep/*.c))

$(BUILD)/sweep: $(SWEEP_OBJ) $(CLI_LIB) $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

-include $(SWEEP_OBJ:.o=.d)
