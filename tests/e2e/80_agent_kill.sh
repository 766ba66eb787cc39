#!/usr/bin/env bash
# kill -9 of agents, again and again, under `oim send` and `oim receive --follow`: nothing lost, nothing twice, and every
# command says what became of its message. Arguments: how many kills (20), how many people write (1), on how many
# devices Bob reads (1).
. "$(dirname "$0")/lib.sh"
kills=${1:-20}
sender_count=${2:-1}
device_count=${3:-1}
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
# Known by name before the first kill.
for who in "${senders[@]}"; do
    as "$who" "$OIM" send bob "hello"
    expect 0
done

# A moment of N milliseconds, or until told to stop: nobody writes to the pipe before that.
mkfifo "$world/never"
exec {never}<>"$world/never"
moment()
{
    read -r -t "0.$(printf '%03d' "$1")" -u "$never"
}

# Agents die a random moment after they were born: in every step of a send or of receiving, sooner or later.
reap_agents()
{
    local count=0 pid inodes=() lock
    for lock in "$world"/*/lock "$world"/*/*/lock "$world"/*/*/*/lock; do
        [ -e "$lock" ] && inodes+=(":$(stat -c %i "$lock")")
    done
    while [ ! -e "$world/stop" ]; do
        # Who holds the lock of a profile is its agent.
        pid=$(awk -v wanted="${inodes[*]}" 'BEGIN { split(wanted, list, " "); for (i in list) is[list[i]] = 1 }
            /FLOCK/ { n = $6; sub(/.*:/, ":", n); if (n in is) print $5 }' /proc/locks | shuf -n 1)
        moment $((pid == 0 ? 20 : RANDOM % 500))
        [ -n "$pid" ] || continue
        kill -9 "$pid" 2>/dev/null && count=$((count + 1))
        echo "$count" >>"$world/kills"
    done
}
: >"$world/kills"

# send_all WHO: WHO.sure lists what was said to be safe here or there.
send_all()
{
    local who=$1 i=0 answer code
    : >"$world/$who.sure"
    while [ ! -e "$world/stop" ]; do
        i=$((i + 1))
        code=0
        answer=$(OIM_HOME=$world/$who "$OIM" send bob "$who $i" --json --timeout 60 2>&1) || code=$?
        [ "$(grep -c '^{"id":' <<<"$answer")" = 1 ] || echo "$who $i: not one result line: exit $code: $answer" >>"$world/wrong"
        case $code:$answer in
        [057]:*'"kept":true'*) echo "$i" >>"$world/$who.sure" ;;
        1:*'"state":"unknown"'*) ;; # eight agents died under it: it says that it does not know
        *) echo "$who $i: exit $code: $answer" >>"$world/wrong" ;;
        esac
    done
    echo "$i" >"$world/$who.done"
}

# follow WHO: as somebody would who starts it again whenever it ended.
follow()
{
    while [ ! -e "$world/stop" ]; do
        OIM_HOME=$world/$1 "$OIM" receive --follow --json </dev/null >>"$world/$1.out" 2>/dev/null
    done
}

: >"$world/wrong"
for reader in "${readers[@]}"; do
    [ "$device_count" -eq 1 ] || follow "$reader" &
done
workers=()
for who in "${senders[@]}"; do
    send_all "$who" &
    workers+=($!)
done
reap_agents &
reaper=$!
await "$world/kills" . "$kills"
touch "$world/stop"
wait "$reaper" "${workers[@]}"
[ ! -s "$world/wrong" ] || differs "$(head -n 5 "$world/wrong")"
claim "every send says what became of its message, whatever happens to the agent"

sent=0
sure=0
for who in "${senders[@]}"; do
    sent=$((sent + $(cat "$world/$who.done")))
    sure=$((sure + $(wc -l <"$world/$who.sure")))
    as "$who" "$OIM" send bob "$who is done"
    expect 0
done
for reader in "${readers[@]}"; do
    # The end of one receive after the other ends them: those that follow have no work left when everything is here.
    OIM_HOME=$world/$reader "$OIM" receive --follow --json </dev/null >>"$world/$reader.out" 2>&1 &
    await "$world/$reader.out" '"text": ?"writer[0-9]+ is done"' "$sender_count"
    as "$reader" "$OIM" history --json --limit 100000
    expect 0
    for who in "${senders[@]}"; do
        grep -oE "\"text\": ?\"$who [0-9]+\"" <<<"$out" | grep -oE '[0-9]+"' | tr -d '"' >"$world/got"
        check_sequence "$reader: $who" "$world/$who.sure" "$world/got"
        grep -oE "\"text\": ?\"$who [0-9]+\"" "$world/$reader.out" | grep -oE '[0-9]+"' | tr -d '"' | sort -u >"$world/printed"
        [ -z "$(comm -23 <(sort "$world/got") "$world/printed")" ] ||
            differs "$reader: $who: never printed: $(comm -23 <(sort "$world/got") "$world/printed" | head -n 3)"
    done
done
echo "# $(tail -n 1 "$world/kills") agents killed on $((sender_count + device_count)) devices while $sent messages were" \
    "sent, $sure of them sure; each in the history of ${#readers[@]} devices"
claim "nothing lost, nothing twice, in order"
