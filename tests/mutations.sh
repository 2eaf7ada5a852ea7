#!/bin/sh
# mutations.sh [SEEDS]
#
# Proves that the simulator sees: seven plausible mistakes, each made in a copy of the tree, must each
# turn it red, and for the right reason. A mutation that stays green fails this script, and so does one
# that no longer applies.
set -eu
seeds=${1:-6}
cd "$(dirname "$0")/.."
[ -f build/config.mk ] || sh configs/deps.sh build build/config.mk
libs=$(sed -n 's/^PKG_CORE_LIBS := //p' build/config.mk)
flags="-std=c17 -D_GNU_SOURCE -O2 -I. $(sed -n 's/^PKG_CFLAGS := //p' build/config.mk)"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R proto core tests "$copy"
cd "$copy"
cp -R core core.sound

compile() { # FILE...: to objects beside the sources
	# shellcheck disable=SC2086
	printf '%s\n' "$@" | xargs -P 4 -I{} sh -c '"${CC:-cc}" '"$flags"' -c -o {}.o {}'
}
rm tests/lib/room.c tests/lib/rset.c # for what lies above core
compile proto/*.c core/*.c tests/lib/*.c tests/sim/*.c

# run: 0 if all held
run() {
	# shellcheck disable=SC2086
	"${CC:-cc}" -o sim proto/*.o core/*.o tests/lib/*.o tests/sim/*.o $libs -lpthread
	./sim --seeds "$seeds" --schools 6 >out 2>&1
}

# edit FILE SED-SCRIPT: must change the file
edit() {
	sed "$2" "$1" >edited
	if cmp -s edited "$1"; then
		echo "mutations: an edit no longer applies to $1: $2"
		exit 1
	fi
	mv edited "$1"
}

failed=0
# expect NAME REASON FILE...: the edits are made; REASON must stand in what the simulator says
expect() {
	name=$1 reason=$2
	shift 2
	compile "$@"
	if run; then
		echo "mutations: \"$name\" stays green"
		failed=1
	elif ! grep -qE "$reason" out; then
		echo "mutations: \"$name\" is red, but not because of \"$reason\":"
		grep -m 3 FAILED out || tail -n 3 out
		failed=1
	else
		echo "mutations: \"$name\" is seen: $(grep -m 1 -oE "$reason.*" out)"
	fi
	for file in "$@"; do
		cp "core.sound/${file#core/}" "$file"
	done
	compile "$@"
}

if ! run; then
	echo "mutations: the simulator is red without any"
	tail -n 3 out
	exit 1
fi

# Acknowledges what it has handed to the writer.
edit core/sync.c '/^static void submit(/,/^}/s/^\ts->submitted++;/&\
\ts->taken_bytes += x->out->submission->bytes.n;\
\tstruct message m = {.type = MESSAGE_ACK, .ack = {.cursor = s->tail_taken, .bytes = s->taken_bytes}};\
\tif (x->out->submission->count)\
\t\tstep_send(x, \&m);/; /^static void on_submitted(/,/^}/{s/^\t\ts->taken_bytes += p->bytes.n;//; s/^\t\tstep_send(x, &m);//; s/^\t\tstruct message m = .*ACK.*//; }'
expect "ack before commit" "acknowledged [0-9]+ bytes" core/sync.c

# Takes "the cursor has passed" for "it has the data".
edit core/sync_send.c '/^void send_whole(/,/^}/s/^\tstruct selection which.*/&\
\tif (step_last_lseq(x->t) <= s->tail)\
\t\treturn;/'
expect "skipped backfill" "(is not complete|roots of link|grants it|lacks a record|count [0-9]+ stayed zero)" core/sync_send.c

# Accepts as soon as the list itself can be read.
edit core/manifest.c 's/^\t\tif (p->have < p->total)$/\t\tif (p->have == 0)/'
expect "accepted partial manifest" "without [0-9]+ records of the manifest" core/manifest.c

# Refuses a record and does not say so.
edit core/sync.c '/^static void on_submitted(/,/^}/s/if (nacks++ < NACKS_MAX)/if (nacks++ == NACKS_MAX)/'
expect "swallowed NACK" "records refused" core/sync.c

# Names a wrapped key by the key itself.
edit core/batch.c 's/^\trecord_key_id(body.key, key);/\tmemcpy(body.key, key, KEY_BYTES);/'
edit core/transfer.c 's/^\t\trecord_key_id(id, key);/\t\tmemcpy(id, key, KEY_BYTES);/'
expect "forwarded key" "lies open at school" core/batch.c core/transfer.c

# Writes a piece of a file whatever its hash.
edit core/blob_link.c '/^static void on_piece(/,/^}/s/^\tif (e) {$/\tif (e \&\& l->got == 0) {/'
expect "file believed" "finished a file that is damaged" core/blob_link.c

# Keeps the file of an entry that was erased.
edit core/blob_rows.c 's/^\t    erasure_denies(t, rec.subject, rec.refs\[0\]) || /\t    /'
expect "erased file kept" "still has the file of an entry" core/blob_rows.c

[ $failed = 0 ] && echo "mutations: all seven are seen"
exit $failed
