#!/usr/bin/env bash
# A second device is added by the first; both get everything once, own sent messages included.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

link_device bob bob2
grep -q 'Bob Stone' <<<"$out" || differs "joined as: $out"
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
as bob2 "$OIM" why alice
expect 0 '^  [0-9:]+ +written on another device of yours$'
expect_not 'on this computer'
claim "what one device sent is in the history of the other"

as alice "$OIM" send bob "read on one"
expect 0
as bob2 "$OIM" status --json # fetches, as unread does
expect 0 '"unread":1,'
as bob2 "$OIM" unread
expect 0 '^1$'
as bob "$OIM" receive --mark-read
expect 0 'read on one'
as bob2 "$OIM" unread
expect 0 '^0$'
as bob2 "$OIM" receive
expect_not 'read on one'
claim "what is read on one is not unread on the other"

as alice "$OIM" send bob "to both"
as bob2 "$OIM" agent --stop
as bob "$OIM" unread
expect 0 '^1$'
as bob2 "$OIM" receive
expect 0 'While you were away: 1 message'
expect 0 'to both'
expect_not 'read on your other' # it may have gone there first, which is said where the server knew it by then
as bob2 "$OIM" receive
expect_not 'other device'
as bob "$OIM" receive
claim "what only went to the other device is shown here, not called read there, and not told again"

id=$(OIM_HOME=$world/bob "$OIM" devices --json </dev/null | grep '"label":"bob2"' | grep -oE '"id":"[a-z0-9]+' | cut -c7-12)
as bob "$OIM" devices revoke bob
expect 6 # no beginning of a name
as bob "$OIM" devices revoke "$id"
expect 0 'revoked'
link_device bob bob3
as bob "$OIM" devices revoke BOB3
expect 0 'revoked'
as bob "$OIM" devices
expect_not 'bob2|bob3'
as bob2 "$OIM" send alice "from a revoked device"
expect 1 'This device was revoked'
as bob2 "$OIM" receive
expect 1 'This device was revoked'
as bob2 "$OIM" status
expect 0 'this device was revoked'
as alice "$OIM" send bob "for the one that is left"
expect 0
as bob "$OIM" receive --wait 20
expect 0 'for the one that is left'
claim "a revoked device is shut out and told why, and the other goes on"
