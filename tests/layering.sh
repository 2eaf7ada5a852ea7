#!/bin/sh
# layering.sh BUILD_DIR
#
# Proves the shape of the tree from what the compiler itself read (its dependency files), from the
# sources, and from the symbols that the objects want:
#
#   proto <- core <- node, never the other way round
#   one file knows LMDB, one msgpack, one the HTTP parser, one ZIP, and a few the event loop
#   proto and core have no clock, randomness, sockets, threads, output or environment
#   the top level holds what it should, and nothing else
#
# Says what broke, file by file.
set -u
LC_ALL=C
export LC_ALL

build=${1:?usage: layering.sh BUILD_DIR}
cd "$(dirname "$0")/.." || exit 1
broken=$(mktemp) || exit 1
trap 'rm -f "$broken"' EXIT

complain() { echo "$*" >>"$broken"; }

# header -> the files that may include it
lmdb=core/store.c
msgpack=proto/mp.c
llhttp=node/http.c
zip=node/archive.c
uv="node/hasher.c node/http_conn.c node/loop.c node/node.c node/peer_conn.c node/peers.c node/writer.c"
uv_max=9

top="Makefile README.md ARCHITECTURE.md LICENSE proto core node admin-ui tests configs build .ci .git"
top="$top .gitignore .gitattributes .editorconfig .clang-format .clang-tidy"

among() {
	word=$1
	shift
	for one in "$@"; do
		[ "$one" = "$word" ] && return 0
	done
	return 1
}

# --- what the compiler read ---------------------------------------------------------------------

# Every prerequisite of a dependency file's first rule, one a line.
prerequisites() { sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$1" | sed -n '1s/^[^:]*://p' | tr -s ' ' '\n' | sed '/^$/d; s|^\./||'; }

# Whether a header that only some may include stands in the list of one source.
guard() {
	source=$1 header=$2
	shift 2
	among "$source" "$@" || complain "$source: includes $header, which only $* may"
}

for source in proto/*.c core/*.c node/*.c; do
	deps=$build/${source%.c}.d
	if [ ! -f "$deps" ]; then
		# node/main.o is no part of a library and may not be built yet
		[ "$source" = node/main.c ] || complain "$source: no $deps; is it built?"
		continue
	fi
	for header in $(prerequisites "$deps"); do
		case $source:$header in
		proto/*:core/* | proto/*:node/*) complain "$source: proto includes $header" ;;
		core/*:node/*) complain "$source: core includes $header" ;;
		*:tests/*) complain "$source: includes $header" ;;
		esac
		# shellcheck disable=SC2086
		case $header in
		*/lmdb.h) guard "$source" lmdb.h $lmdb ;;
		*/msgpack.h) guard "$source" msgpack.h $msgpack ;;
		*/llhttp.h) guard "$source" llhttp.h $llhttp ;;
		*/zip.h) guard "$source" zip.h $zip ;;
		*/uv.h) guard "$source" uv.h $uv ;;
		esac
	done
done

# --- what the sources say, built or not ---------------------------------------------------------

included_by() { grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($1)[>\"]" "$2"/*.[ch] 2>/dev/null; }

for file in $(included_by '(core|node|tests)/.*' proto); do
	complain "$file: proto includes what lies above it"
done
for file in $(included_by '(node|tests)/.*' core); do
	complain "$file: core includes what lies above it"
done
for pair in lmdb:"$lmdb" msgpack:"$msgpack" llhttp:"$llhttp" zip:"$zip" uv:"$uv"; do
	for dir in proto core node; do
		for file in $(included_by "${pair%%:*}\.h" $dir); do
			# shellcheck disable=SC2086
			guard "$file" "${pair%%:*}.h" ${pair#*:}
		done
	done
done
# shellcheck disable=SC2086
set -- $uv
[ $# -le $uv_max ] || complain "tests/layering.sh: $# files on the list for uv.h, at most $uv_max"
for file in $lmdb $msgpack $llhttp $zip $uv; do
	[ -f "$file" ] || complain "tests/layering.sh: $file is on a list and does not exist"
done

# --- what the objects want ----------------------------------------------------------------------

clock='time|clock|clock_gettime|gettimeofday|ftime|nanosleep|usleep|sleep|localtime.*|gmtime.*|mktime|strftime'
random='rand|rand_r|srand|random|srandom|[dlm]rand48|arc4random.*|getrandom|getentropy|randombytes.*'
keys='crypto_box_seal|crypto_box_keypair|crypto_sign_keypair|crypto_sign_ed25519_keypair|crypto_kx_keypair|[a-z0-9_]*_keygen|crypto_pwhash_str.*'
sockets='socket|socketpair|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|poll|ppoll|select|epoll_.*|getaddrinfo|gethostby.*'
threads='pthread_.*|thrd_.*|mtx_.*|cnd_.*|fork|vfork|execv.*|system|popen|signal|sigaction|raise|kill'
output='(v?f?|vf|d|vd)printf|_?_?(v?f?|d)printf_chk|puts|fputs|fputc|putc|putchar|fwrite|write|perror|syslog|open(64)?|fopen(64)?|stdout|stderr|stdin|read|fread'
environment='getenv|secure_getenv|setenv|putenv|environ|getpid|gethostname|uv_.*|llhttp_.*'

for dir in proto core; do
	for object in "$build/$dir"/*.o; do
		[ -f "$object" ] || continue
		source=$dir/$(basename "$object" .o).c
		[ -f "$source" ] || continue # of a file that is gone
		nm -u "$object" | awk '{ sub(/@.*/, "", $NF); print $NF }' |
			grep -xE "$clock|$random|$keys|$sockets|$threads|$output|$environment" |
			while read -r symbol; do complain "$source: uses $symbol"; done
	done
done

# State that outlives a call: a name in a writable section. (.data.rel.ro is written by the loader only.)
for dir in proto core; do
	for object in "$build/$dir"/*.o; do
		source=$dir/$(basename "$object" .o).c
		[ -f "$source" ] || continue
		objdump -t "$object" |
			awk 'NF > 3 && $(NF - 2) ~ /^(\.t?bss|\.t?data|\*COM\*)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ { print $NF }' |
			grep -vE '^[.*]|^__' |
			while read -r symbol; do complain "$source: global state: $symbol"; done
	done
done

# --- the top level ------------------------------------------------------------------------------

for name in * .[!.]*; do
	[ -e "$name" ] || continue
	# shellcheck disable=SC2086
	among "$name" $top || complain "$name: does not belong at the top level"
done

if [ -s "$broken" ]; then
	sort -u "$broken"
	echo "layering: $(sort -u "$broken" | wc -l) broken"
	exit 1
fi
echo "layering: proto <- core <- node holds"
