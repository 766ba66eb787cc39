#!/usr/bin/env bash
# An older copy of the data folder is put back, and nobody says so: what is sent from then on arrives all the same.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

agents_stop()
{
    for who in ana alice bob; do
        as "$who" "$OIM" agent --stop
    done
}

# older_copy TAKEN NEW: bob takes TAKEN messages after the copy was made; once it is put back, he is sent NEW.
older_copy()
{
    local n
    agents_stop
    stop_server
    rm -rf "$world/copy"
    cp -a "$world/data" "$world/copy"
    serve
    for n in $(seq "$1"); do
        as alice "$OIM" send bob "taken $1 $2 $n"
        expect 0
    done
    as bob "$OIM" receive
    [ "$(grep -c "taken $1 $2 " <<<"$out")" = "$1" ] || differs "bob should have taken $1: $out $err"
    agents_stop
    crash
    rm -rf "$world/data"
    mv "$world/copy" "$world/data"
    serve
    for n in $(seq "$2"); do
        as alice "$OIM" send bob "new $1 $2 $n"
        expect 0 'Held'
    done
    as bob "$OIM" receive
    as bob "$OIM" history alice
    [ "$(grep -o "new $1 $2 [0-9]*" <<<"$out" | tr '\n' ' ')" = "$(printf "new $1 $2 %s " $(seq "$2"))" ] ||
        differs "bob should have $2 new ones, once and in order: $out"
    [ "$(grep -c "taken $1 $2 " <<<"$out")" = "$1" ] || differs "bob should have the old ones once: $out"
    as alice "$OIM" receive
    as alice "$OIM" why
    expect 0 'elivered'
}

as ana "$OIMCTL" status
expect 0
older_copy 1 1
older_copy 5 2
older_copy 2 5
older_copy 3 3
claim "new messages arrive once and in order under numbers that were used before, and only then are called delivered"

agents_stop
stop_server
cp -a "$world/data" "$world/copy"
serve
as alice "$OIM" send bob "one more"
as bob "$OIM" receive
agents_stop
crash
rm -rf "$world/data"
mv "$world/copy" "$world/data"
serve
as bob "$OIM" receive
as ana "$OIMCTL" status
expect 1 'LOOK: a computer of bob says that it knows of messages that this store does not'
claim "the administrator is told as soon as a device knows of more than the store"

agents_stop
stop_server
cp -a "$world/data" "$world/copy"
serve
as ana "$OIMCTL" invite carol --display 'Carol Diaz'
expect 0
as alice "$OIM" send bob "before the folders are exchanged"
expect 0 'Held'
as alice "$OIM" why # so that alice has seen that the list has grown
agents_stop
crash
mv "$world/data" "$world/newer"
mv "$world/copy" "$world/data"
serve
as alice "$OIM" send bob "while the older copy is there"
expect 4 'another list of devices than before. Nothing was sent'
as ana "$OIMCTL" status
expect 4 'another list of devices than before'
agents_stop
stop_server
rm -rf "$world/data"
mv "$world/newer" "$world/data"
serve
as alice "$OIM" receive
as bob "$OIM" receive
expect 0 'Alice Ng.*: before the folders are exchanged'
expect 0 'Alice Ng.*: while the older copy is there'
claim "a copy whose list of people and devices is older is refused; what was written meanwhile is kept, and sent to the right one"
