# What redacts the corpus. Wants BUILD, CC and ALL_CFLAGS from the Makefile that includes it.
$(BUILD)/redact_pages: tests/canary/redact_pages.c $(LIB)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)
