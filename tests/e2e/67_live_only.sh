#!/usr/bin/env bash
# Only while signed in: what may not wait is delivered from memory, and the disk learns nothing of it but a number.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
as ana "$OIMCTL" policy set Global AcceptOfflineIm=False
expect 0
as alice "$OIM" send bob "nobody is there" --timeout 20
expect 3 'does not accept offline messages'
claim "who accepts nothing that waits is not left anything"

OIM_HOME=$world/bob "$OIM" receive --follow --json </dev/null >"$world/bob.out" 2>&1 &
for ((n = 0; n < 40; n++)); do # until the server counts him as signed in
    as alice "$OIM" send bob "UNIQUE-LIVE-TEXT" --json --timeout 20
    [ "$code" = 0 ] && break
done
expect 0
id=$(field id)
await "$world/bob.out" 'UNIQUE-LIVE-TEXT'
claim "while he is signed in it reaches him"

# seen_on_disk: is the text, or the message's id as its 16 bytes, in the database or its log?
seen_on_disk()
{
    python3 - "$id" "$world"/data/oimd.db* <<'PY'
import sys
letters = "0123456789abcdefghjkmnpqrstvwxyz"
number = 0
for letter in sys.argv[1]:
    number = number * 32 + letters.index(letter)
ids = {((number >> shift) & (2**128 - 1)).to_bytes(16, "big") for shift in (0, 2)}
found = [(path, what) for path in sys.argv[2:] for what in [b"UNIQUE-LIVE-TEXT", *ids]
         if what in open(path, "rb").read()]
for path, what in found:
    print("#", path, "holds", what)
sys.exit(0 if found else 1)
PY
}
seen_on_disk && differs "found on the disk"
crash
seen_on_disk && differs "found on the disk after a kill"
serve
stop_server
seen_on_disk && differs "found on the disk after an orderly end"
serve
as ana "$OIMCTL" policy set Global AcceptOfflineIm=
as alice "$OIM" send bob "UNIQUE-LIVE-TEXT" --json --timeout 20
expect 0
id=$(field id)
seen_on_disk >/dev/null || differs "a stored message is not found: the search is wrong"
claim "neither text nor id is in the database or its log, running, killed or stopped; a stored one is"
