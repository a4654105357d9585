# What redacts the corpus. Wants BUILD, LIB and LIBS from the Makefile that includes it.
$(BUILD)/redact_pages: $(BUILD)/tests/canary/redact_pages.o $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
-include $(BUILD)/tests/canary/redact_pages.d
