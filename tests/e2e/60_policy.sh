#!/usr/bin/env bash
# The administrator's lines: policies, grants, who is covered, and what the shell does to $False.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone" "tony:Tony Smith"
as ana "$OIMCTL" invite list
expect 0 '^Nothing found\.$'
as ana "$OIMCTL" invite list --json
expect 0
expect_not .
claim "a list of nothing says so, and to scripts says nothing"

as ana "$OIMCTL" -c 'New-CsClientPolicy -Identity OfflineIM'
expect 0
as ana "$OIMCTL" -c 'Set-CsClientPolicy -Identity OfflineIM -EnableIMAutoArchiving $False'
expect 0
as ana "$OIMCTL" -c 'Grant-CsClientPolicy -Identity "Tony Smith" -PolicyName OfflineIM'
expect 0
as tony "$OIM" send bob "may I?"
expect 3 'Not sent'
as alice "$OIM" send bob "I may"
expect 0 'Held'
claim "a granted policy covers its person and nobody else"

as ana bash -c "\"$OIMCTL\" Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving \$False"
expect 2 'no value'
as alice "$OIM" send bob "still I may"
expect 0 'Held'
claim "a value eaten by the shell is an error, never True, and changes nothing"

as ana "$OIMCTL" -c 'Grant -CsClientPolicy -Identity "Tony Smith" - PolicyName OfflineIM'
expect 2 'Grant-CsClientPolicy'
claim "the mistyped line of the seed is refused with the corrected one"

as ana "$OIMCTL" offline off
expect 0
as alice "$OIM" send bob "now?"
expect 3
as ana "$OIMCTL" offline on
expect 0
as alice "$OIM" send bob "again"
expect 0 'Held'
claim "offline off and on, for everybody"

as tony "$OIM" status --json
expect 0 '"may_leave":false'
as tony "$OIM" agent --stop
as ana "$OIMCTL" policy set OfflineIM EnableOfflineIm=True
expect 0
as tony "$OIM" policy
expect 0 'What applies to you: policy OfflineIM, given to you\.'
expect 0 'You may leave messages for people who are signed out: yes \(EnableOfflineIm in policy OfflineIM\)'
[ "$(grep -c EnableOfflineIm <<<"$out")" = 1 ] || differs "EnableOfflineIm more than once: $out"
expect 0 'Messages wait for you at most 14 days \(default\)'
expect 0 'No notice is shown before messages$'
expect 0 'People are told when you have read their message: yes \(default\)'
as tony env LC_ALL=es_ES.UTF-8 "$OIM" policy
expect 0 'sin conexión: sí \(EnableOfflineIm en la directiva OfflineIM\)'
as tony "$OIM" policy --json
expect 0 '"name":"EnableOfflineIm","value":"True","origin":"Tag:OfflineIM"'
expect 0 '"policy":"Tag:OfflineIM","via":"own","may_leave":true,"rule":"EnableOfflineIm"'
as alice "$OIM" policy
expect 0 'signed out: yes'
as ana "$OIMCTL" Set-CsImConfiguration -EnableOfflineIm False
expect 0
as tony "$OIM" policy
expect 0 'signed out: no \(your organisation has turned that off for everybody\)'
as ana "$OIMCTL" Set-CsImConfiguration -EnableOfflineIm True
expect 0
claim "oim policy says in sentences what one may do, and what decides it"

as tony "$OIM" status --json
expect 0 '"may_leave":true'
as tony "$OIM" send bob "now I may"
expect 0 'Held'
claim "status says what the server does where EnableOfflineIm overrides EnableIMAutoArchiving"

printf '%s\n' '# a file of lines' 'Get-CsClientPolicy -Identity OfflineIM' >"$world/lines.ps1"
as ana "$OIMCTL" run "$world/lines.ps1"
expect 0 'Tag:OfflineIM'
expect 0 'EnableIMAutoArchiving +: False'
claim "lines run from a file; Get prints as the original did"

as ana "$OIMCTL" policy effective tony
expect 0 'OfflineIM'
as alice "$OIMCTL" policy set Global EnableOfflineIm=False
[ "$code" != 0 ] || differs "a user changed policy"
claim "effective names the policy; somebody without the role is refused"

as ana "$OIMCTL" audit
expect 0 'policy'
expect 0 'ana'
claim "every change is in the audit log with its author"

as tony "$OIM" agent --stop
as ana "$OIMCTL" policy set OfflineIM EnableOfflineIm=False
expect 0
as tony "$OIM" policy
expect 0 'You may leave messages for people who are signed out: no '
expect_not 'As of'
stop_server
as tony "$OIM" agent --stop
as tony "$OIM" policy
expect 5 'You may leave messages for people who are signed out: no '
expect 5 '^As of [0-9][0-9]:[0-9][0-9]; whether it has changed since is not known here\.'
expect 5 'is not reached'
as tony "$OIM" policy --json
expect 5 '"what":"policy","policy":"Tag:OfflineIM",.*"told":"20'
claim "oim policy is what the server says now, or says of when it is"
