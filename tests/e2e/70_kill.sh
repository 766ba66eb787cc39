#!/usr/bin/env bash
# kill -9 of the server under load: what was acknowledged is shown once, in order. Argument: how many kills (3).
. "$(dirname "$0")/lib.sh"
kills=${1:-3}
organisation "alice:Alice Ng" "carol:Carol Diaz" "dave:Dave Obi" "bob:Bob Stone"
senders=(alice carol dave)

# send_all WHO: send numbered messages one after the other until told to stop; WHO.acked lists what was acknowledged.
send_all()
{
    local who=$1 i=0
    : >"$world/$who.acked"
    while [ ! -e "$world/stop" ]; do
        i=$((i + 1))
        OIM_HOME=$world/$who "$OIM" send bob "$who $i" >"$world/$who.last" 2>&1
        case $? in
        0) echo "$i" >>"$world/$who.acked" ;;
        5 | 7) echo "$i" >>"$world/$who.kept" ;; # in the outbox: goes by itself
        *) echo "# $who $i: $(cat "$world/$who.last")" ;;
        esac
    done
    echo "$i" >"$world/$who.done"
}

for who in "${senders[@]}"; do
    send_all "$who" &
done
for ((kill = 1; kill <= kills; kill++)); do
    # Let some be acknowledged in this life of the server, by their own count, then cut it off in the middle.
    await "$world/alice.acked" . "$(($(wc -l <"$world/alice.acked") + 5 + RANDOM % 10))"
    crash
    serve
done
touch "$world/stop"
for who in "${senders[@]}"; do
    await "$world/$who.done" .
done
claim "the server was killed $kills times while three people were sending"

total=0
for who in "${senders[@]}"; do
    total=$((total + $(cat "$world/$who.done")))
done
OIM_HOME=$world/bob "$OIM" receive --follow --json >"$world/bob.out" 2>&1 &
await "$world/bob.out" '"(alice|carol|dave) [0-9]+"' "$total"
for who in "${senders[@]}"; do
    grep -oE "\"text\": ?\"$who [0-9]+\"" "$world/bob.out" | grep -oE '[0-9]+' >"$world/$who.got"
    sort -n "$world/$who.got" | uniq -d | grep -q . && differs "$who: twice: $(sort -n "$world/$who.got" | uniq -d | head -n 3)"
    comm -23 <(sort "$world/$who.acked") <(sort "$world/$who.got") | grep -q . &&
        differs "$who: acknowledged and lost: $(comm -23 <(sort "$world/$who.acked") <(sort "$world/$who.got") | head -n 3)"
    sort -n -c "$world/$who.got" 2>/dev/null || differs "$who: out of order"
    echo "# $who: $(wc -l <"$world/$who.acked") acknowledged at once, $(wc -l <"$world/$who.got") shown"
done
claim "0 lost, 0 twice, 0 out of order"
