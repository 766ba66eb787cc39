#!/usr/bin/env bash
# kill -9 of the server under load: what was acknowledged is shown once on every device of the recipient, in order.
# Arguments: how many kills (3), how many people write (3), on how many devices Bob reads (2).
. "$(dirname "$0")/lib.sh"
kills=${1:-3}
sender_count=${2:-3}
device_count=${3:-2}
senders=()
for ((n = 1; n <= sender_count; n++)); do
    senders+=("writer$n")
done
organisation "bob:Bob Stone" "${senders[@]/%/:A Writer}"
readers=(bob)
for ((n = 2; n <= device_count; n++)); do
    link_device bob "bob$n"
    readers+=("bob$n")
done

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

for reader in "${readers[@]}"; do
    OIM_HOME=$world/$reader "$OIM" receive --follow --json >"$world/$reader.out" 2>&1 &
done
for who in "${senders[@]}"; do
    send_all "$who" &
done
for ((kill = 1; kill <= kills; kill++)); do
    # Let some be acknowledged in this life of the server, by their own count, then cut it off in the middle.
    first=${senders[RANDOM % sender_count]}
    await "$world/$first.acked" . "$(($(wc -l <"$world/$first.acked") + 1 + RANDOM % 5))"
    crash
    serve
done
touch "$world/stop"
for who in "${senders[@]}"; do
    await "$world/$who.done" .
done
claim "the server was killed $kills times while $sender_count people were writing to somebody with $device_count devices"

sent=0
acked=0
for who in "${senders[@]}"; do
    sent=$((sent + $(cat "$world/$who.done")))
    acked=$((acked + $(wc -l <"$world/$who.acked")))
done
for reader in "${readers[@]}"; do
    await "$world/$reader.out" '"text": ?"writer[0-9]+ [0-9]+"' "$sent"
    for who in "${senders[@]}"; do
        grep -oE "\"text\": ?\"$who [0-9]+\"" "$world/$reader.out" | grep -oE '[0-9]+"' | tr -d '"' >"$world/got"
        check_sequence "$reader: $who" "$world/$who.acked" "$world/got"
    done
done
echo "# $kills kills, $((sender_count + device_count)) devices besides the owner's: $acked of $sent acknowledged at once," \
    "each shown on ${#readers[@]} devices"
claim "0 lost, 0 twice, 0 out of order"
