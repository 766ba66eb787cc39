#!/usr/bin/env bash
# HistoryFollowsArchiving: whose policy turns archiving off keeps no history; nothing unread is lost, nothing of before deleted.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

admin()
{
    as ana "$OIMCTL" -c "$1"
    expect 0 "${2:-}"
}

admin 'New-CsClientPolicy -Identity NoHistory -EnableIMAutoArchiving $False -EnableOfflineIm $True'
admin 'Grant-CsClientPolicy -Identity bob -PolicyName NoHistory'
as alice "$OIM" send bob "kept as ever"
expect 0
as bob "$OIM" receive --mark-read
expect 0 'kept as ever'
as bob "$OIM" history
expect 0 'kept as ever'
expect_not 'keeps no history'
claim "the original's switch alone leaves history as it is"

admin 'Set-CsImConfiguration -HistoryFollowsArchiving $True'
as ana "$OIMCTL" policy get NoHistory
as alice "$OIM" send bob "for your eyes only"
expect 0
as bob "$OIM" unread
expect 0 '^1$'
as bob "$OIM" agent --stop
as bob "$OIM" unread
expect 0 '^1$'
as bob "$OIM" receive
expect 0 'for your eyes only'
as bob "$OIM" unread
expect 0 '^0$'
as bob "$OIM" receive
expect_not 'for your eyes only'
as bob "$OIM" history
expect 0 'kept as ever'
expect_not 'for your eyes only'
expect 0 'keeps no history: your organisation lets it follow archiving, and policy (Tag:)?NoHistory turns that off\. 1 message was shown'
as bob "$OIM" search eyes
expect 0 'keeps no history'
expect_not 'for your eyes'
as bob env LC_ALL=es_ES.UTF-8 "$OIM" history
expect 0 'Este equipo no conserva historial'
as bob "$OIM" history --json
expect 0 '"gone":1,"keeps_history":false'
as bob "$OIM" agent --stop
! grep -qa 'for your eyes only' "$world"/bob/*/* "$world"/bob/* 2>/dev/null || differs "the text is still on bob's disk"
grep -qa 'kept as ever' -r "$world/bob" || differs "what was there before is gone from bob's disk"
claim "a message is kept until it was shown, and not longer; history says why, and what was there before stays"

# A reader that goes after the first message: the second is refused by the pipe, and must come again.
mkfifo "$world/pipe"
OIM_HOME=$world/bob "$OIM" receive --follow </dev/null >"$world/pipe" 2>"$world/gone" &
follow=$!
exec {reader}<"$world/pipe"
as alice "$OIM" send bob "before the reader went"
expect 0
read -r line <&"$reader"
while ! [[ $line == *'before the reader went' ]]; do
    read -r line <&"$reader" || break
done
exec {reader}<&-
as alice "$OIM" send bob "after the reader went"
expect 0
code=0
wait "$follow" || code=$?
[ "$code" = 1 ] || differs "a closed pipe: $code"
as bob "$OIM" unread
expect 0 '^1$'
as bob "$OIM" receive
expect 0 'after the reader went'
expect_not 'before the reader went'
claim "only what came out counts as shown: the rest is there although no history is kept"

as bob "$OIM" send alice "an answer" --json
expect 0 '"state":"held"'
id=$(field id | head -n 1)
as bob "$OIM" why "$id"
expect 0 'an answer'
as alice "$OIM" receive
expect 0 'an answer'
as alice "$OIM" history
expect 0 'an answer'
as bob "$OIM" why "$id"
expect 0 'the text was not kept'
expect 0 '[0-9]  delivered'
as bob "$OIM" why "$id" --json
expect 0 '"text_gone":true'
as bob "$OIM" send alice "the same" --once key
expect 0
as alice "$OIM" receive
as bob "$OIM" send alice "the same" --once key
expect 0
as alice "$OIM" receive
expect_not 'the same'
as bob "$OIM" why alice # learns of the delivery: the text goes
as bob "$OIM" send alice "another" --once key # nothing is kept to compare it with
expect 0
as alice "$OIM" receive
expect_not 'another'
as bob "$OIM" send --help
expect 0 'another text: exit 2, unless policy let the first go'
claim "one's own text goes when it was delivered; id, state and --once remain"

as ana "$OIMCTL" offline off bob
as bob "$OIM" send alice "not to be lost"
expect 3 'Kept as a draft'
as bob "$OIM" outbox --json
expect 0 'not to be lost'
id=$(field id | head -n 1)
as ana "$OIMCTL" offline on bob
as bob "$OIM" outbox retry "$id"
expect 0
as alice "$OIM" receive
expect 0 'not to be lost'
claim "what was refused stays as a draft"

admin 'Set-CsImConfiguration -HistoryFollowsArchiving $False'
as alice "$OIM" send bob "kept again"
as bob "$OIM" receive
expect 0 'kept again'
as bob "$OIM" history
expect 0 'kept again'
expect 0 'not here: when they came, policy kept no history'
claim "switched back, history is kept again"
