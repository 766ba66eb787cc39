#!/usr/bin/env bash
# kill -9 of the sender's agent, again and again, under `oim send`: nothing lost, nothing twice, and every command
# says what became of its message. Argument: how many kills (20).
. "$(dirname "$0")/lib.sh"
kills=${1:-20}
organisation "alice:Alice Ng" "bob:Bob Stone"
# Known by name before the first kill.
as alice "$OIM" send bob "first"
expect 0

# agent_pid WHO: who holds the lock of that profile; nothing when nobody does.
agent_pid()
{
    local lock inode
    lock=$(find "$world/$1" -name lock -o -name '*.lock' | head -n 1)
    inode=$(stat -c %i "$lock" 2>/dev/null) || return
    awk -v inode=":$inode\$" '/FLOCK/ && $6 ~ inode { print $5 }' /proc/locks | head -n 1
}

# Agents die a random moment after they were born: in every step of a send, sooner or later.
reap_agents()
{
    local count=0 pid
    while [ ! -e "$world/stop" ]; do
        pid=$(agent_pid alice)
        [ -n "$pid" ] || continue
        read -r -t "0.$(printf '%03d' $((RANDOM % 500)))" <>"$world/never"
        kill -9 "$pid" 2>/dev/null && count=$((count + 1))
        echo "$count" >>"$world/kills"
    done
}
mkfifo "$world/never"
: >"$world/kills"
reap_agents &
reaper=$!

i=0
: >"$world/sure"
while [ "$(wc -l <"$world/kills")" -lt "$kills" ]; do
    i=$((i + 1))
    as alice "$OIM" send bob "number $i" --json --timeout 60
    [ "$(field state | wc -l)" = 1 ] || differs "not one result line: exit $code: $out $err"
    case $code:$(field kept) in
    0:True | 5:True | 7:True) echo "$i" >>"$world/sure" ;;
    1:) echo "# $i: $out" ;; # eight agents died under it: it says that it does not know
    *) differs "exit $code: $out $err" ;;
    esac
done
touch "$world/stop"
wait "$reaper"
echo "# $(tail -n 1 "$world/kills") agents killed while $i messages were sent, $(wc -l <"$world/sure") of them sure"
claim "every send says what became of its message, whatever happens to the agent"

as alice "$OIM" send bob "last"
expect 0
OIM_HOME=$world/bob "$OIM" receive --follow --json >"$world/bob.out" 2>&1 &
await "$world/bob.out" '"last"'
grep -oE '"text": ?"number [0-9]+"' "$world/bob.out" | grep -oE '[0-9]+' >"$world/got"
[ -z "$(sort "$world/got" | uniq -d)" ] || differs "twice: $(sort "$world/got" | uniq -d | head -n 3)"
[ -z "$(comm -23 <(sort "$world/sure") <(sort "$world/got"))" ] ||
    differs "lost: $(comm -23 <(sort "$world/sure") <(sort "$world/got") | head -n 3)"
sort -n -c "$world/got" 2>/dev/null || differs "out of order"
claim "nothing lost, nothing twice, in order"
