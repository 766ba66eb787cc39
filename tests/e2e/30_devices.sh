#!/usr/bin/env bash
# A second device is added by the first; both get everything once, own sent messages included.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

OIM_HOME=$world/bob "$OIM" devices link >"$world/link.out" 2>&1 &
link_pid=$!
await "$world/link.out" 'oim://'
people+=(bob2)
as bob2 "$OIM" join "$(grep -o 'oim://[^ ]*' "$world/link.out")" --device-name laptop --no-passphrase
expect 0 'Bob Stone'
wait "$link_pid" || differs "link: $(cat "$world/link.out")"
claim "a second device joins with the line of the first"

as alice "$OIM" send bob "for both devices"
expect 0
as bob "$OIM" receive --wait 20
expect 0 'for both devices'
as bob2 "$OIM" receive --wait 20
expect 0 'for both devices'
as bob "$OIM" receive
expect_not 'for both devices'
as bob2 "$OIM" receive
expect_not 'for both devices'
claim "both devices get the message, each once"

as bob "$OIM" send alice "sent from the first"
expect 0
as bob2 "$OIM" receive
as bob2 "$OIM" history alice
expect 0 'sent from the first'
claim "what one device sent is in the history of the other"
