#!/usr/bin/env bash
# Nobody is thrown out by his own second command: 100 parallel sends beside an open receive --follow.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

OIM_HOME=$world/alice "$OIM" receive --follow --json >"$world/alice.out" 2>&1 &
OIM_HOME=$world/bob "$OIM" receive --follow --json >"$world/bob.out" 2>&1 &
# An attending face makes its person signed in: ask until both are, by the server's own answer.
as alice "$OIM" send bob "first" --wait delivered
expect 0
as bob "$OIM" send alice "first" --wait delivered
expect 0
opened=$(grep -c 'session' "$world/server.log")

pids=()
for i in $(seq 1 100); do
    OIM_HOME=$world/alice "$OIM" send bob "parallel $i" >"$world/send.$i" 2>&1 &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || differs "a send ended with $?"
done
claim "100 parallel sends all end well"

await "$world/bob.out" '"parallel ' 100
got=$(grep -o '"parallel [0-9]*"' "$world/bob.out" | sort | uniq -c)
[ "$(wc -l <<<"$got")" = 100 ] || differs "$(wc -l <<<"$got") different messages"
! awk '$1 != 1' <<<"$got" | grep -q . || differs "twice: $(awk '$1 != 1' <<<"$got" | head -n 3)"
claim "nothing is lost, nothing arrives twice"

[ "$(grep -c 'session' "$world/server.log")" = "$opened" ] || differs "somebody reconnected: $(tail -n 3 "$world/server.log")"
claim "nobody reconnected"
