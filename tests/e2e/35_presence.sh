#!/usr/bin/env bash
# States people choose: the server's word, not ours; others see them; Do Not Disturb delivers quietly.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

OIM_HOME=$world/bob "$OIM" receive --follow --json >"$world/bob.out" 2>&1 &
follow=$!
as bob "$OIM" status dnd --for 1h --note "in a meeting"
expect 0 'do not disturb.*in a meeting.*until'
as alice "$OIM" send bob "are you there?"
expect 0
await "$world/bob.out" 'are you there'
grep -q '"quiet":true' "$world/bob.out" || differs "not quiet: $(cat "$world/bob.out")"
as alice "$OIM" why
expect 0 'Delivered without alert: Bob Stone is in Do Not Disturb until'
as alice "$OIM" people bob
expect 0 'do not disturb'
as alice "$OIM" contacts
expect 0 'bob .*do not disturb.*in a meeting'
claim "Do Not Disturb is seen by others, and delivers without alert"

as alice "$OIM" contacts add bob
expect 0 'bob is a contact'
await "$world/bob.out" '"notice":"contact_added"'
claim "who is added is told, also when they were a contact from the start"

as alice "$OIM" people STÓN
expect 0 'Bob Stone'
claim "people are found by any word of their name, without case and accents"

as bob "$OIM" status away --until yesterday
expect 2 'over already'
as bob "$OIM" status away --for 0
expect 2
as bob "$OIM" status
expect 0 'do not disturb'
as bob "$OIM" status available
expect 0 'Bob Stone, available'
as alice "$OIM" contacts
expect 0 'bob .*available'
expect_not 'in a meeting'
claim "a state that would be over already is refused, and the old one stands"

as bob "$OIM" status auto
expect 0 '^Bob Stone, inactive · ' # the follower writes to a file: nobody is there
as bob "$OIM" status --json
expect 0 '"presence":"auto","shown":"inactive"'
as alice "$OIM" contacts
expect 0 'bob .*inactive'
as ana "$OIMCTL" policy new Seen EnableAppearOffline=False
as ana "$OIMCTL" policy grant Seen bob
expect 0
as bob "$OIM" status invisible
expect 3 'You are not invisible: your policy Seen does not allow it\.'
as bob "$OIM" status available
expect 0
claim "status says what others see, and whose policy refuses to be invisible"

await "$world/bob.out" '"what":"summary",.*"count":1,.*"quiet":1'
: >"$world/again"
OIM_HOME=$world/bob "$OIM" receive --follow </dev/null >"$world/again" 2>&1 &
again=$!
as alice "$OIM" send bob "before it" # the new follower listens now
expect 0 'Sent to Bob Stone, who is signed in'
await "$world/again" 'before it'
as bob "$OIM" status presenting --for 1h
expect 0
as alice "$OIM" send bob "a first one"
as alice "$OIM" send bob "a second one"
await "$world/again" 'a second one'
! grep -q 'during Do Not Disturb' "$world/again" || differs "too early: $(cat "$world/again")"
as bob "$OIM" status available
expect 0
await "$world/again" 'While you were away: 2 messages from 1 person \(2 during Do Not Disturb\)'
await "$world/again" '^ *Alice Ng .*2 messages'
as bob "$OIM" receive
expect_not 'While you were away'
claim "who listens is told what came without alert, when the state ends, once"

as bob "$OIM" status dnd --for 1h
expect 0
as alice "$OIM" send bob "a third one"
await "$world/again" 'a third one'
kill "$follow" "$again"
wait "$follow" "$again" 2>/dev/null
as bob "$OIM" receive
expect_not 'While you were away'
as bob "$OIM" status available
expect 0
as bob "$OIM" agent --stop
as bob "$OIM" receive
expect 0 'While you were away: 1 message from 1 person \(1 during Do Not Disturb\)'
as bob "$OIM" receive
expect_not 'While you were away'
claim "who has nothing running is told at the next receive, once, also after the agent ended"

as bob "$OIM" contacts block alice
expect 0
as alice "$OIM" send bob "hello?" --json
expect 3 '"reason":"recipient_offline_off"'
as bob "$OIM" contacts unblock alice
expect 0
as alice "$OIM" send bob "hello again"
expect 0
claim "who is blocked hears the same as of anybody who accepts no offline messages"

crash
as bob "$OIM" status busy
expect 5
serve
as bob "$OIM" status
expect 0 'Bob Stone, available'
claim "without the server a state is not set, and not claimed"
