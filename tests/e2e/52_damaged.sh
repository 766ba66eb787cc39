#!/usr/bin/env bash
# A database that was cut short, or of which one page is garbage: the server says so and touches nothing, wherever it is;
# and with the good file put back, everything is there.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
as alice "$OIM" send bob "waits"
expect 0
stop_server
good=$world/good
cp -a "$world/data" "$good"
pages=$(($(stat -c %s "$good/oimd.db") / 4096))

# try WHAT: neither `verify` nor a start may crash; at least one of them must say that something is wrong.
try()
{
    local verified=0 server ended
    "$OIMD" verify --data-dir "$world/data" --secret-file "$world/secret/oimd.key" >"$world/said" 2>&1 || verified=$?
    if [ "$verified" -eq 0 ]; then
        # What verify finds sound is served: the page held nothing.
        serve && stop_server
        return
    fi
    [ "$verified" -lt 100 ] || differs "$1: verify ended with $verified: $(tail -n 3 "$world/said")"
    [ -s "$world/said" ] || differs "$1: verify said nothing"
    timeout 20 "$OIMD" --data-dir "$world/data" --secret-file "$world/secret/oimd.key" --listen 127.0.0.1:0 \
        >"$world/said" 2>&1 &
    server=$!
    # Either it refuses by itself, or it serves what is not touched by the damage and ends when told to; it never crashes.
    await "$world/said" '.'
    kill -TERM "$server" 2>/dev/null
    wait "$server"
    ended=$?
    [ "$ended" -lt 100 ] || [ "$ended" -eq $((128 + 15)) ] ||
        differs "$1: it ended with $ended: $(tail -n 3 "$world/said")"
}

found=0
for ((page = 0; page < pages; page++)); do
    rm -rf "${world:?}/data"
    cp -a "$good" "$world/data"
    head -c 4096 /dev/zero | tr '\0' '\377' |
        dd of="$world/data/oimd.db" bs=4096 seek=$page conv=notrunc 2>/dev/null
    "$OIMD" verify --data-dir "$world/data" --secret-file "$world/secret/oimd.key" >/dev/null 2>&1 || found=$((found + 1))
    ((page % 4 == 0)) && try "page $page"
done
[ "$found" -ge $((pages - 2)) ] || differs "verify found $found of $pages damaged pages"
echo "# $pages pages damaged one at a time, $found found by verify"
claim "a garbage page is found, and crashes nothing"

for size in 1 100 4096 $((pages * 2048)) $((pages * 4096 - 512)); do
    rm -rf "${world:?}/data"
    cp -a "$good" "$world/data"
    truncate -s "$size" "$world/data/oimd.db"
    try "cut to $size bytes"
    [ "$(stat -c %s "$world/data/oimd.db")" -le $((pages * 4096)) ] || differs "cut to $size: it was written to"
done
claim "a database cut short is refused in words"

rm -rf "${world:?}/data"
cp -a "$good" "$world/data"
serve
as bob "$OIM" receive --wait 20
expect 0 'waits'
claim "with the good file back, what waited is there"
