#!/usr/bin/env bash
# kill -9 of the sender's agent, again and again, under `oim send`: nothing lost, nothing twice, and every command
# says what became of its message. Argument: how many kills (20).
. "$(dirname "$0")/lib.sh"
kills=${1:-20}
organisation "alice:Alice Ng" "bob:Bob Stone"
# Known by name before the first kill.
as alice "$OIM" send bob "first"
expect 0

# A moment of N milliseconds, or until told to stop: nobody writes to the pipe before that.
mkfifo "$world/never"
exec {never}<>"$world/never"
moment()
{
    read -r -t "0.$(printf '%03d' "$1")" -u "$never"
}

# Agents die a random moment after they were born: in every step of a send, sooner or later.
reap_agents()
{
    local count=0 pid lock inode
    lock=$(find "$world/alice" -name lock)
    inode=$(stat -c %i "$lock")
    while [ ! -e "$world/stop" ]; do
        # Who holds the lock of the profile is its agent.
        pid=$(awk -v inode=":$inode\$" '/FLOCK/ && $6 ~ inode { print $5 }' /proc/locks | head -n 1)
        moment $((pid == 0 ? 20 : RANDOM % 500))
        [ -n "$pid" ] || continue
        kill -9 "$pid" 2>/dev/null && count=$((count + 1))
        echo "$count" >>"$world/kills"
    done
}
: >"$world/kills"
reap_agents &
reaper=$!

i=0
: >"$world/sure"
while [ "$(wc -l <"$world/kills")" -lt "$kills" ]; do
    i=$((i + 1))
    as alice "$OIM" send bob "number $i" --json --timeout 60
    [ "$(grep -c '^{"id":' <<<"$out")" = 1 ] || differs "not one result line: exit $code: $out $err"
    case $code:$out in
    [057]:*'"kept":true'*) echo "$i" >>"$world/sure" ;;
    1:*'"state":"unknown"'*) echo "# $i: $out" ;; # eight agents died under it: it says that it does not know
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
