#!/usr/bin/env bash
# kill -9 of the server under load: what was acknowledged is shown once on every device of the recipient, in order.
# Arguments: how many kills (3), how many people write (3), on how many devices Bob reads (2).
. "$(dirname "$0")/lib.sh"
kills=${1:-3}
crowd "${2:-3}" "${3:-2}"
for reader in "${readers[@]}"; do
    follow "$reader" &
done
write_all
for ((kill = 1; kill <= kills; kill++)); do
    # Let some be acknowledged in this life of the server, by their own count, then cut it off in the middle.
    watched=$world/${writers[RANDOM % ${#writers[@]}]}.acked
    await "$watched" . "$(($(wc -l <"$watched") + 1 + RANDOM % 5))"
    crash
    serve
done
stop_writing
claim "the server was killed $kills times while people were writing"

check_read
echo "# $(counted)"
claim "0 lost, 0 twice, 0 out of order"
