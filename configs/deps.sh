#!/bin/sh
# Sees to it that what Estafeta is built with is here, and writes what was found.
#
#   deps.sh build FILE   compiler, libraries, Node.js; writes FILE, a piece of makefile
#   deps.sh test         what the tests need beside that
#   deps.sh fuzz         clang with libFuzzer
#
# It looks for commands and libraries, not for packages: what came from elsewhere serves as well.
# Missing ones are installed with apt-get as root or through sudo; elsewhere it says what to install.
set -eu

missing=
want() { missing="$missing $*"; }
have() { command -v "$1" >/dev/null 2>&1; }
lib() { have pkg-config && pkg-config --exists "$1"; }

# The first of the named packages that this Debian has.
offered() {
	for name in "$@"; do
		if apt-cache show "$name" >/dev/null 2>&1; then
			echo "$name"
			return
		fi
	done
	echo "$1"
}

install() {
	[ -z "$missing" ] && return
	if ! have apt-get; then
		echo "Please install:$missing" >&2
		echo "(Debian package names; other systems name them a little differently)" >&2
		exit 1
	fi
	if [ "$(id -u)" = 0 ]; then
		as_root=
	elif have sudo; then
		as_root=sudo
	else
		echo "Please run as root: apt-get install$missing" >&2
		exit 1
	fi
	echo "Installing:$missing"
	# Of a server the tests want the program: its service is neither started nor left to start with the machine.
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get install -y --no-install-recommends $missing
	case "$missing" in
	*nginx*) ! have systemctl || $as_root env SYSTEMD_OFFLINE=1 systemctl --quiet disable nginx || true ;;
	esac
	missing=
}

update() {
	have apt-get || return 0
	if [ "$(id -u)" = 0 ]; then
		apt-get update
	elif have sudo; then
		sudo apt-get update
	fi
}

find_build() {
	have cc && echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1 || want gcc libc6-dev
	have pkg-config || want pkg-config
	lib libuv || want libuv1-dev
	lib lmdb || want liblmdb-dev
	lib msgpack || lib msgpack-c || want "$(offered libmsgpack-c-dev libmsgpack-dev)"
	lib libsodium || want libsodium-dev
	lib liboath || want liboath-dev
	lib jansson || want libjansson-dev
	lib inih || want libinih-dev
	lib icu-i18n || want libicu-dev
	lib libutf8proc || want libutf8proc-dev
	lib libzip || want libzip-dev
	lib libllhttp || [ -f /usr/share/llhttp/llhttp.c ] || want "$(offered libllhttp-dev node-llhttp)"
	have node || want nodejs
	have npm || want npm
}

find_test() {
	lib cmocka || want libcmocka-dev
	have chromium || have chromium-headless-shell || want chromium-headless-shell
	have nginx || [ -x /usr/sbin/nginx ] || want "$(offered nginx-light nginx)"
	have openssl || want openssl
}

find_fuzz() {
	have clang || want clang
	echo 'int LLVMFuzzerTestOneInput(const unsigned char*p,unsigned long n){(void)p;(void)n;return 0;}' >"${TMPDIR:-/tmp}/fuzz$$.c"
	have clang && clang -fsanitize=fuzzer,address -o /dev/null "${TMPDIR:-/tmp}/fuzz$$.c" 2>/dev/null || want "$(offered libclang-rt-dev libclang-rt-14-dev)"
	rm -f "${TMPDIR:-/tmp}/fuzz$$.c"
}

write_config() {
	mkdir -p "$(dirname "$1")"
	msgpack=msgpack
	lib msgpack || msgpack=msgpack-c
	{
		echo "PKG_CFLAGS := $(pkg-config --cflags libuv lmdb $msgpack libsodium liboath jansson inih libutf8proc libzip icu-i18n)"
		echo "PKG_CORE_LIBS := $(pkg-config --libs lmdb $msgpack libsodium liboath libutf8proc jansson)"
		echo "PKG_NODE_LIBS := $(pkg-config --libs libuv inih libzip icu-i18n icu-uc)"
		if lib libllhttp; then
			echo "LLHTTP_CFLAGS := $(pkg-config --cflags libllhttp)"
			echo "LLHTTP_LIBS := $(pkg-config --libs libllhttp)"
			echo "LLHTTP_DIR :="
		else
			# Debian 12 ships the C sources; built strict, since the default accepts smuggled requests.
			echo "LLHTTP_CFLAGS := -I/usr/share/include/llhttp"
			echo "LLHTTP_LIBS :="
			echo "LLHTTP_DIR := /usr/share/llhttp"
		fi
	} >"$1.new"
	mv "$1.new" "$1"
}

case "${1:-}" in
build)
	find_build
	if [ -n "$missing" ]; then
		update
		missing=
		find_build
		install
	fi
	write_config "$2"
	;;
test | fuzz)
	"find_$1"
	if [ -n "$missing" ]; then
		update
		missing=
		"find_$1"
		install
	fi
	;;
*)
	echo "usage: deps.sh build FILE | test | fuzz" >&2
	exit 64
	;;
esac
