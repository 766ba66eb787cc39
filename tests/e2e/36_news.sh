#!/usr/bin/env bash
# What no message shows (room again, an account that begins anew) is told once, whoever looked when it came.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone" "carol:Carol Diaz"

as ana "$OIMCTL" -c 'New-CsClientPolicy -Identity Small -OfflineQuotaMessages 2 -OfflineSenderShare 100'
expect 0
as ana "$OIMCTL" policy grant Small bob
expect 0
as alice "$OIM" send bob "one"
expect 0
as alice "$OIM" send bob "two"
expect 0
as alice "$OIM" send bob "three"
expect 3 'the mailbox of Bob Stone is full\. You will be told when there is room\. Kept as a draft\.'
as bob "$OIM" receive --wait 20
expect 0 'two'
expect 0 'your mailbox was full, and people could leave you nothing more'
expect_not '95 %'
claim "a full mailbox refuses, and promises to tell when there is room"

as alice "$OIM" unread # takes the notice in, and has no place to say it
expect 0 '^0$'
as alice "$OIM" agent --stop
as alice "$OIM" receive --exec true # hands messages to a command, and prints nothing
expect 0
: >"$world/full"
code=0
OIM_HOME=$world/alice "$OIM" receive </dev/null >/dev/full 2>"$world/full" || code=$?
[ "$code" = 1 ] || differs "a full device: $code"
as alice "$OIM" receive --json
expect 0 '"what":"notice",.*"notice":"room_again","peer":"bob"'
as alice "$OIM" receive
expect 0
expect_not 'room'
as alice "$OIM" why
expect 0 'the mailbox of Bob Stone is full\.$' # and no more: it has been told
claim "it is told at the next receive that could say it, once, also after the agent ended"

: >"$world/follow"
OIM_HOME=$world/carol "$OIM" receive --follow </dev/null >"$world/follow" 2>&1 &
follow=$!
as alice "$OIM" contacts add carol # the follower listens now
await "$world/follow" 'Alice Ng added you'
as ana "$OIMCTL" user reset bob --force
expect 0
await "$world/follow" 'Bob Stone begins anew'
as alice "$OIM" unread
expect 0
as alice "$OIM" receive
expect 0 'Bob Stone begins anew'
as alice "$OIM" receive
expect_not 'anew'
kill "$follow"
wait "$follow" 2>/dev/null
as carol "$OIM" receive
expect 0
expect_not 'anew|added'
claim "who listens is told at once and not again; who does not is told later"
