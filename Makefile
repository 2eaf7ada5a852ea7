# Estafeta. `make` builds build/estafeta; `make demo` shows it at work; `make test` proves it.
# SAN=1 builds everything with address and undefined-behaviour sanitizers.

.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ifdef SAN
B := build/san
SANF := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT := -O1 -g
else
B := build/rel
OPT := -O2 -g
endif

CC := $(if $(filter default,$(origin CC)),cc,$(CC))
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla $(if $(WERROR),-Werror)
CFLAGS ?= $(OPT)
HARDEN := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
COMPILE = $(CC) -std=c17 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(HARDEN) $(SANF) -I. $(PKG_CFLAGS) $(LLHTTP_CFLAGS) -MD -MP
LINK = $(CC) $(CFLAGS) $(SANF) -pie -Wl,-z,relro,-z,now

ifeq ($(filter clean,$(MAKECMDGOALS)),)
include build/config.mk
endif

build/config.mk: configs/deps.sh
	sh configs/deps.sh build $@

objects = $(patsubst %.c,$B/%.o,$(wildcard $1/*.c))
NODE_OBJECTS = $(filter-out $B/node/main.o,$(call objects,node)) $B/assets.o \
	$(if $(LLHTTP_DIR),$(addprefix $B/llhttp/,llhttp.o api.o http.o))
LIBS := $B/libnode.a $B/libcore.a $B/libproto.a
LINK_ALL = $(LIBS) $(PKG_NODE_LIBS) $(LLHTTP_LIBS) $(PKG_CORE_LIBS) -lpthread
# Without libuv: a unit test that crosses into the event loop does not link.
LINK_PURE = $(LIBS) $(filter-out -luv,$(PKG_NODE_LIBS)) $(LLHTTP_LIBS) $(PKG_CORE_LIBS) -lpthread

all: build/estafeta

build/estafeta: $B/estafeta
	ln -sf $(patsubst build/%,%,$<) $@

ifdef SAN
.PHONY: build/estafeta
else
.PHONY: $(if $(filter rel/estafeta,$(shell readlink build/estafeta 2>/dev/null)),,build/estafeta)
endif

$B/estafeta: $B/node/main.o $(LIBS)
	$(LINK) -o $@ $< $(LINK_ALL)

$B/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$B/llhttp/%.o: $(LLHTTP_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) -std=c17 $(CFLAGS) $(HARDEN) $(SANF) $(LLHTTP_CFLAGS) -DLLHTTP_STRICT_MODE=1 -c -o $@ $<

$B/node/node_catalogue.o: $(wildcard configs/catalogue/*.json)
$B/node/passwords.o: configs/passwords.txt

$B/assets.o: build/assets.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$B/libproto.a: $(call objects,proto)
$B/libcore.a: $(call objects,core)
$B/libnode.a: $(NODE_OBJECTS)
$B/lib%.a:
	@rm -f $@
	ar rcs $@ $^

# --- the interface -----------------------------------------------------------------------------

UI_SOURCES := $(shell find admin-ui -type f -not -path '*/node_modules/*' 2>/dev/null)

build/ui/.modules: admin-ui/package-lock.json
	@mkdir -p build/ui
	cd admin-ui && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/assets.c: build/ui/.modules $(UI_SOURCES) node/openapi.yaml
	cd admin-ui && node build.mjs ../build/ui ../$@

# --- proof -------------------------------------------------------------------------------------

UNIT := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(addprefix $B/tests/fuzz/,$(FUZZ))
T_HELP := $(patsubst %.c,$B/%.o,$(wildcard tests/lib/*.c))

$B/tests/unit/%: $B/tests/unit/%.o $(T_HELP) $(LIBS)
	$(LINK) -o $@ $< $(T_HELP) $(LINK_PURE) -lcmocka

$B/tests/fuzz/fuzz_%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/replay.o $(LIBS)
	$(LINK) -o $@ $< $B/tests/fuzz/replay.o $(LINK_PURE)

$B/tests/sim/sim: $(patsubst %.c,$B/%.o,$(wildcard tests/sim/*.c)) $(T_HELP) $(LIBS)
	$(LINK) -o $@ $(filter %.o,$^) $(LINK_PURE)

$B/tests/bench/bench: $(patsubst %.c,$B/%.o,$(wildcard tests/bench/*.c)) $(T_HELP) $(LIBS)
	$(LINK) -o $@ $(filter %.o,$^) $(LINK_ALL)

deps-test: build/config.mk
	@sh configs/deps.sh test

build/ui/.test-modules: tests/e2e/package-lock.json
	@mkdir -p build/ui
	cd tests/e2e && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test: deps-test
	@$(MAKE) --no-print-directory WERROR=1 run-tests

E2E = ESTAFETA=$(CURDIR)/build/estafeta SAN=$(SAN) node --test
# It measures, and must be alone.
ALONE = speed.test.mjs
# The longest go first, so that none is left to run by itself at the end.
LONG = $(addsuffix .test.mjs,screens cabinets keyboard office)
BESIDE = $(LONG) $(filter-out $(ALONE) $(LONG),$(notdir $(wildcard tests/e2e/*.test.mjs)))

run-tests: build/estafeta unit ui layering replay build/ui/.test-modules
	@$(MAKE) --no-print-directory sim SEEDS=$(or $(SEEDS),20)
	cd tests/e2e && $(E2E) --test-concurrency=2 $(BESIDE)
	cd tests/e2e && $(E2E) $(ALONE)

unit: $(UNIT)
	@set -e; for t in $(UNIT); do echo "== $${t##*/}"; timeout 300 $$t; done

# What of the interface needs no browser.
ui: build/ui/.modules build/ui/.test-modules
	cd tests/ui && node --test

layering: $(LIBS)
	@sh tests/layering.sh $B

replay: $(REPLAY)
	@set -e; for t in $(REPLAY); do $$t tests/fuzz/corpus/$${t##*/fuzz_}; done

sim: $B/tests/sim/sim
	$< --seeds $(or $(SEEDS),200)

# A school year through the API, by six classes of twenty.
year: build/estafeta build/ui/.test-modules
	cd tests/e2e && YEAR_CLASSES=6 YEAR_STUDENTS=20 ESTAFETA=$(CURDIR)/build/estafeta node --test year.test.mjs

# Seven bugs put into a copy of the tree, each of which the simulator must see.
mutations: build/config.mk
	sh tests/mutations.sh

# All four pictures of every screen, into build/screens: light and dark, telephone and desk. PART= of a name draws only those.
screens: build/estafeta deps-test build/ui/.test-modules
	cd tests/e2e && ESTAFETA=$(CURDIR)/build/estafeta node screens.mjs $(CURDIR)/build/screens $(PART)

bench: build/estafeta $B/tests/bench/bench
	@$B/tests/bench/bench --estafeta build/estafeta

demo: build/estafeta
	@build/estafeta demo $(if $(ONCE),--once)

# Each fuzzer runs for SECONDS_EACH; new inputs land in build/fuzz/corpus.
SECONDS_EACH ?= 60
FUZZ_SOURCES = build/assets.c $(wildcard proto/*.c core/*.c) $(filter-out node/main.c,$(shell grep -L '<uv.h>' node/*.c))

deps-fuzz: build/config.mk
	@sh configs/deps.sh fuzz

fuzz: deps-fuzz
	@$(MAKE) --no-print-directory $(addprefix fuzz-,$(FUZZ))

fuzz-%: build/fuzz/%
	@mkdir -p build/fuzz/corpus/$*
	build/fuzz/$* -max_total_time=$(SECONDS_EACH) -timeout=5 build/fuzz/corpus/$* tests/fuzz/corpus/$(patsubst fuzz_%,%,$*)

FUZZ_CC = clang -std=c17 -D_GNU_SOURCE -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -I. \
	$(PKG_CFLAGS) $(LLHTTP_CFLAGS) -DLLHTTP_STRICT_MODE=1 -MD -MP
FUZZ_OBJECTS = $(patsubst %.c,build/fuzz/%.o,$(FUZZ_SOURCES)) \
	$(if $(LLHTTP_DIR),$(addprefix build/fuzz/llhttp/,llhttp.o api.o http.o))

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer-no-link -c -o $@ $<

build/fuzz/llhttp/%.o: $(LLHTTP_DIR)/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer-no-link -c -o $@ $<

# An archive: what a target does not reach may want what only the event loop has.
build/fuzz/libfuzz.a: $(FUZZ_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c build/fuzz/libfuzz.a
	$(FUZZ_CC) -fsanitize=fuzzer -o $@ $< build/fuzz/libfuzz.a \
		$(filter-out -luv,$(PKG_NODE_LIBS)) $(LLHTTP_LIBS) $(PKG_CORE_LIBS)

# --- installation ------------------------------------------------------------------------------

PREFIX ?= /usr/local
install: build/estafeta
	install -D -m 755 $B/estafeta $(DESTDIR)$(PREFIX)/bin/estafeta
	install -D -m 644 configs/estafeta.1 $(DESTDIR)$(PREFIX)/share/man/man1/estafeta.1
	sed 's|/usr/local/bin|$(PREFIX)/bin|' configs/estafeta.service >build/estafeta.service
	install -D -m 644 build/estafeta.service $(DESTDIR)$(PREFIX)/lib/systemd/system/estafeta.service
	install -D -m 644 configs/estafeta.conf $(DESTDIR)$(PREFIX)/share/doc/estafeta/estafeta.conf

clean:
	rm -rf build admin-ui/node_modules tests/e2e/node_modules

.PHONY: all test year run-tests deps-test deps-fuzz unit ui layering replay sim mutations screens bench demo fuzz install clean

-include $(shell find $B build/fuzz -name '*.d' 2>/dev/null)
