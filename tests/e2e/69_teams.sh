#!/usr/bin/env bash
# @TEAM wherever people are named: for everybody in it, or said that one person is meant.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone" "carol:Carol Diaz"

as ana "$OIMCTL" user set alice --team Sales
as ana "$OIMCTL" user set bob --team sales
as ana "$OIMCTL" user list @SALES
expect 0 'alice .*Alice Ng'
expect 0 'bob .*Bob Stone'
expect_not 'carol|ana'
as ana "$OIMCTL" user list @Nobody
expect 0 'Nobody found\.'
as ana "$OIMCTL" user list zzz
expect 0 'Nobody found\.'
as ana "$OIMCTL" user list zzz --json
expect 0
expect_not .
as ana "$OIMCTL" user show @sales
expect 0 'login +alice'
expect 0 'login +bob'
as ana "$OIMCTL" user show @nobody
expect 6 'Nobody is in @nobody'
claim "user list and show: the members of a team, or that there are none"

as ana "$OIMCTL" user set @sales --team Support
expect 2 '@sales asks first'
asked n "$OIMCTL" user set @sales --team Support
expect 3 "'@sales' means the 2 people above\. Go on\?"
as ana "$OIMCTL" user set @sales --team Support --force
expect 0
as ana "$OIMCTL" user list @support --json
[ "$(grep -c '"login"' <<<"$out")" = 2 ] || differs "not both: $out"
asked y "$OIMCTL" user disable @support --say "Moved"
expect 0
as ana "$OIMCTL" user list @support
expect 0 'alice .*closed'
as ana "$OIMCTL" user enable @support --force
expect 0
as ana "$OIMCTL" user disable @nobody --force
expect 6 'Nobody is in @nobody'
claim "a change of a team's people lists them and asks, default No"

as carol "$OIM" send bob "waits"
expect 0
as ana "$OIMCTL" queue @support
expect 0 'bob .* 1 '
expect 0 'alice .* 0 '
expect_not 'carol'
as ana "$OIMCTL" queue @support --erase --force
expect 2 'for one person at a time'
as ana "$OIMCTL" policy effective @support
expect 0 'alice'
expect 0 'bob'
as ana "$OIMCTL" policy explain @support --to carol
expect 0 'alice \(Alice Ng\)'
expect 0 'bob \(Bob Stone\)'
as ana "$OIMCTL" -c 'Get-CsUser @support | Select-Object DisplayName'
expect 0 'Alice Ng'
expect_not 'Carol'
as ana "$OIMCTL" -c 'Get-CsUser -Identity "@support" | Select-Object DisplayName'
expect 0 'Bob Stone'
as ana "$OIMCTL" -c 'Get-CsEffectivePolicy "@support"'
expect 0 'alice'
expect 0 'bob'
as ana "$OIMCTL" -c 'Get-CsUser "@nobody"'
expect 6 "nobody is in '@nobody'"
claim "queue, effective, explain and the cmdlets tell of everybody in the team"

as ana "$OIMCTL" trace --from @support --to carol
expect 6 '@support is a team, and one person is meant here\. oimctl user list @support lists'
as ana "$OIMCTL" user reset @support --force
expect 6 '@support is a team'
as ana "$OIMCTL" policy explain ana --to @support
expect 6 '@support is a team'
claim "where one person is meant, it says that this is a team"
