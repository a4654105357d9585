# What is installed, and the tarball to install from. Wants BUILD, Q and SAY from the
# Makefile that includes it, and the man pages of engine/cli/manual/build.mk. DESTDIR stands in front of every path, for packagers.
PREFIX ?= /usr/local
DESTDIR ?=
BIN_DIR ?= $(PREFIX)/bin
UNIT_DIR ?= $(PREFIX)/lib/systemd/system
USERS_DIR ?= $(PREFIX)/lib/sysusers.d
MAN_DIR ?= $(PREFIX)/share/man
BASH_DIR ?= $(PREFIX)/share/bash-completion/completions
ZSH_DIR ?= $(PREFIX)/share/zsh/site-functions
FISH_DIR ?= $(PREFIX)/share/fish/vendor_completions.d
VERSION := $(shell sed -n 's/.*REVISIT_VERSION "\(.*\)".*/\1/p' engine/cli/command.h)
DIST := revisit-$(VERSION)

# FROM:TO:MODE of every file; `install` copies them, `uninstall` removes the same.
INSTALLED = \
	$(BUILD)/revisit:$(BIN_DIR)/revisit:755 \
	$(BUILD)/revisit@.service:$(UNIT_DIR)/revisit@.service:644 \
	$(INSTALL_DIR)/revisit.sysusers:$(USERS_DIR)/revisit.conf:644 \
	$(foreach page,$(MAN_PAGES),$(page):$(MAN_DIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)):644) \
	$(BUILD)/completions/revisit.bash:$(BASH_DIR)/revisit:644 \
	$(BUILD)/completions/_revisit:$(ZSH_DIR)/_revisit:644 \
	$(BUILD)/completions/revisit.fish:$(FISH_DIR)/revisit.fish:644
INSTALLED_FROM = $(foreach one,$(INSTALLED),$(word 1,$(subst :, ,$(one))))
INSTALLED_TO = $(foreach one,$(INSTALLED),$(DESTDIR)$(word 2,$(subst :, ,$(one))))

##@ Install
install: $(INSTALLED_FROM) ## program, manual, completions and systemd unit into $(DESTDIR)$(PREFIX)
	$(foreach one,$(INSTALLED),install -D -m $(word 3,$(subst :, ,$(one))) $(word 1,$(subst :, ,$(one))) '$(DESTDIR)$(word 2,$(subst :, ,$(one)))'$(NEWLINE))

uninstall: ## remove what install put there, and nothing else
	rm -f $(patsubst %,'%',$(INSTALLED_TO))

# The path of the program is PREFIX's, and so may change from one call to the next.
$(BUILD)/revisit@.service: $(INSTALL_DIR)/revisit@.service.in FORCE
	@mkdir -p $(@D)
	@sed 's|@BIN_DIR@|$(BIN_DIR)|g' $< | cmp -s - $@ || sed 's|@BIN_DIR@|$(BIN_DIR)|g' $< > $@

# Of the last commit: names, modes, owners and times come from it, so the same commit
# gives the same bytes. gzip keeps neither name nor time; zstd has none to keep.
dist: ## build/revisit-VERSION.tar.gz and .tar.zst of the last commit, and their SHA256SUMS
	@git rev-parse --verify --quiet HEAD > /dev/null || { echo 'make dist: this is no git checkout: the tarball is made of a commit'; exit 9; }
	@[ -z "$$(git status --porcelain)" ] || echo 'make dist: there are changes that are not committed, and they are left out' >&2
	@mkdir -p $(BUILD)
	$(SAY) DIST $(BUILD)/$(DIST).tar.gz
	$(Q)git archive --format=tar --prefix=$(DIST)/ HEAD > $(BUILD)/$(DIST).tar
	$(Q)gzip -9 -n -k -f $(BUILD)/$(DIST).tar
	$(SAY) DIST $(BUILD)/$(DIST).tar.zst
	$(Q)zstd -q -T1 -9 -f --rm $(BUILD)/$(DIST).tar -o $(BUILD)/$(DIST).tar.zst
	$(Q)cd $(BUILD) && sha256sum $(DIST).tar.gz $(DIST).tar.zst > $(DIST).SHA256SUMS

dist-check: dist ## the tarball, built in two directories of other names, is one program, and replays
	BUILD='$(BUILD)' sh tests/cli/dist_check.sh $(BUILD)/$(DIST).tar.zst

define NEWLINE


endef
.PHONY: install uninstall dist dist-check
