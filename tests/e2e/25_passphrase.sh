#!/usr/bin/env bash
# A profile with a passphrase: locked it sends and keeps nothing, a wrong passphrase says so, the right one opens it.
. "$(dirname "$0")/lib.sh"
organisation "bob:Bob Stone"
as ana "$OIMCTL" invite pat --display "Pat Key"
expect 0
line=$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)
echo "correct horse" >"$world/right"
echo "wrong horse" >"$world/wrong"
people+=(pat)

as pat "$OIM" join "$line"
expect 2 'passphrase-file'
as pat "$OIM" join "$line" --passphrase-file "$world/right"
expect 0 'Pat Key is in'
as pat "$OIM" send bob "while open"
expect 0 '^Held'
claim "who joins with a passphrase is not asked again while the agent has the keys"

as pat "$OIM" lock
expect 0 '^Locked'
as pat "$OIM" send bob "while locked"
expect 1 'This profile is locked'
as pat "$OIM" send bob "while locked" --json
expect 1 '"state":"not_sent","reason":"locked","kept":false'
as pat "$OIM" receive
expect 1 'This profile is locked'
as pat "$OIM" unread
expect 1 'This profile is locked'
claim "locked and without a terminal, a command sends nothing, keeps nothing and ends with 1"

as pat "$OIM" unlock --passphrase-file "$world/wrong"
expect 1 'That is not the passphrase'
as pat "$OIM" outbox
expect 1 'This profile is locked'
claim "a wrong passphrase opens nothing, and is told so"

as pat "$OIM" unlock --passphrase-file "$world/right" --for 1h
expect 0 '^Unlocked for'
as pat "$OIM" outbox
expect 0
expect_not 'while locked'
as pat "$OIM" unlock --passphrase-file "$world/wrong"
expect 1 'That is not the passphrase'
as pat "$OIM" send bob "open again"
expect 0 '^Held'
claim "the right one opens it, and a wrong one does not pass for it later"

as pat "$OIM" agent --stop
expect 0
as pat "$OIM" send bob "after the agent ended"
expect 1 'This profile is locked'
as bob "$OIM" receive --wait 20
expect 0 'open again'
expect_not 'locked|after the agent'
claim "the keys go with the agent"

as bob "$OIM" lock
expect 0 'has no passphrase'
as bob "$OIM" unlock --passphrase-file "$world/right"
expect 0 'has no passphrase'
claim "a profile without a passphrase does not claim to be locked"
