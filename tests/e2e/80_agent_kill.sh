#!/usr/bin/env bash
# kill -9 of agents, again and again, under `oim send` and `oim receive --follow`: nothing lost, nothing twice, and every
# command says what became of its message. Arguments: how many kills (20), how many people write (1), on how many
# devices Bob reads (1).
. "$(dirname "$0")/lib.sh"
kills=${1:-20}
crowd "${2:-1}" "${3:-1}"

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
    local pid inodes=() lock
    for lock in "$world"/*/lock "$world"/*/*/lock "$world"/*/*/*/lock; do
        [ -e "$lock" ] && inodes+=(":$(stat -c %i "$lock")")
    done
    while [ ! -e "$world/stop" ]; do
        # Who holds the lock of a profile is its agent.
        pid=$(awk -v wanted="${inodes[*]}" 'BEGIN { split(wanted, list, " "); for (i in list) is[list[i]] = 1 }
            /FLOCK/ { n = $6; sub(/.*:/, ":", n); if (n in is) print $5 }' /proc/locks | shuf -n 1)
        moment $((pid == 0 ? 20 : RANDOM % 500))
        [ -n "$pid" ] || continue
        kill -9 "$pid" 2>/dev/null && echo "$pid" >>"$world/kills"
    done
}
: >"$world/kills"

[ ${#readers[@]} -eq 1 ] || for reader in "${readers[@]}"; do
    follow "$reader" &
done
write_all
reap_agents &
reaper=$!
for ((n = 20; n < kills; n += 20)); do
    await "$world/kills" . "$n" # each its own minute
done
await "$world/kills" . "$kills"
touch "$world/stop"
wait "$reaper"
stop_writing
claim "every send says what became of its message, whatever happens to the agent"

check_read
echo "# $(wc -l <"$world/kills") agents killed; $(counted)"
claim "nothing lost, nothing twice, in order"
