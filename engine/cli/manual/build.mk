# The man pages and the completions: printed by the program itself. Wants BUILD, Q and SAY from
# the Makefile that includes it.
MAN_PAGES := $(BUILD)/man/revisit.1 $(BUILD)/man/revisit-recording.5 $(BUILD)/man/revisit-events.7
COMPLETIONS := $(BUILD)/completions/revisit.bash $(BUILD)/completions/_revisit $(BUILD)/completions/revisit.fish

man: $(MAN_PAGES) ## build/man: revisit(1), revisit-recording(5), revisit-events(7)
completions: $(COMPLETIONS) ## build/completions: for bash, zsh and fish

$(MAN_PAGES): $(BUILD)/revisit
	@mkdir -p $(@D)
	$(SAY) MAN $@
	$(Q)$(BUILD)/revisit help --man $(subst .,,$(suffix $@)) > $@

COMPLETION_revisit.bash := bash
COMPLETION__revisit := zsh
COMPLETION_revisit.fish := fish
$(COMPLETIONS): $(BUILD)/revisit
	@mkdir -p $(@D)
	$(SAY) SHELL $@
	$(Q)$(BUILD)/revisit completion $(COMPLETION_$(@F)) > $@

.PHONY: man completions
