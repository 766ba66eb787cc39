#!/usr/bin/env bash
# Words that no message, name or note may hold: each is said to be wrong, and by what, before anything is done.
. "$(dirname "$0")/lib.sh"

organisation "bob:Bob Stone"
latin=$'caf\xe9'
as bob "$OIM" send ana "$latin"
expect 2 'not valid UTF-8'
as bob "$OIM" send "$latin" hello
expect 2 'not valid UTF-8'
for command in "people" "search" "contacts add" "history"; do
    as bob "$OIM" $command "$latin"
    expect 2 '"caf.*" is not valid UTF-8'
done
as bob "$OIM" status busy --note "$latin"
expect 2 'not valid UTF-8'
as bob "$OIM" status
expect 0
expect_not 'busy'
claim "what is not UTF-8 is refused, shown, and harms neither agent nor state"

for note in $'a\e[2Jb' $'a\nb' $'a\x7fb' $'a\xc2\x9bb'; do
    as bob "$OIM" status busy --note "$note"
    expect 2 'note holds a line break or another control character'
done
as bob "$OIM" status busy --note 'naïve: ünïcode'
expect 0
as bob "$OIM" status
expect 0 'naïve: ünïcode'
claim "a note with control characters is refused by name, and the server is not called unreachable"

for command in people history "send --json" "why" "contacts add" "receive --from"; do
    as bob "$OIM" $command $'zed\r' hello
    [ "$code" != 0 ] && [ "$code" != 5 ] && [ "$code" != 1 ] || [ "$command" = people ] || differs "$command: $code $out $err"
    expect_not 'not reached|will be sent'
done
as bob "$OIM" people ana
expect 0 'Ana Ruiz'
claim "nobody is called by control characters, and asking for them costs no connection"

as ana "$OIMCTL" user disable bob --say "$latin"
expect 2 'not valid UTF-8'
as ana "$OIMCTL" user disable bob --say $'a\e[2J'
expect 2 'holds a control character'
as ana "$OIMCTL" user set bob --team "$latin"
expect 2 'not valid UTF-8'
as ana "$OIMCTL" offline off "$latin"
expect 2 'not valid UTF-8'
as ana "$OIMCTL" -c $'Get-CsUser "to\nny"'
expect_not 'administrative request'
as bob "$OIM" send ana "still here"
expect 0 'Held|Delivered'
claim "an administrator's words are refused as exactly, and nothing was changed"
