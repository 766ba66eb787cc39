#!/usr/bin/env bash
# Why did my message not arrive? What an administrator can find out, and that looking leaves a trace of its own.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
as alice "$OIM" send bob "first"
expect 0
id=$(grep -oE '[0-9a-z]{6}$' <<<"$out")
as ana "$OIMCTL" trace "$id"
expect 0 "^$id  Alice Ng to Bob Stone$"
expect 0 'accepted and on disk; Bob Stone was signed out'
as bob "$OIM" receive
expect 0
as ana "$OIMCTL" offline off alice
as alice "$OIM" send bob "second"
expect 3
as ana "$OIMCTL" trace --from alice --to bob
expect 0 'that device stored it: delivered'
expect 0 'refused: sender_offline_off'
expect 0 'Nothing waits for Bob Stone now'
as ana "$OIMCTL" trace --from alice --to bob --json
expect 0 '"code": ?"taken"'
claim "a message is followed from its verdict to the device that has it"

as ana "$OIMCTL" trace zzzzzz
expect 6 'Nothing is known of it any more: the server remembers 24 hours'
as ana "$OIMCTL" trace zzzzzz --json
expect 6
as ana "$OIMCTL" trace abc
expect 2 'at least 4 letters'
as ana "$OIMCTL" trace
expect 2 "a message's id, or --from and --to"
as ana "$OIMCTL" trace --from alice
expect 2
as alice "$OIMCTL" trace --from alice --to bob
expect 3
as ana "$OIMCTL" audit
expect 0 "trace +msg= from=alice to=bob"
expect 0 "trace +msg=$id from= to="
claim "what is not known is said; only auditors and administrators may look, and every look is in the audit log"

crash
serve
as ana "$OIMCTL" trace "$id"
expect 6 'and not beyond its start'
claim "it is remembered in memory only"
