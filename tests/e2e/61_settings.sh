#!/usr/bin/env bash
# Settings of a policy, one after the other: what the person whom it governs meets, from the next command on.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone" "carol:Carol Diaz"

# given SETTING VALUE: for everybody.
given()
{
    as ana "$OIMCTL" -c "Set-CsClientPolicy -Identity Global -$1 $2"
    expect 0
}

given EnableAppearOffline '$False'
as alice "$OIM" status invisible
expect 3
given EnableAppearOffline '$True'
as alice "$OIM" status invisible
expect 0
as bob "$OIM" people alice
expect 0 'signed out'
OIM_HOME=$world/alice "$OIM" receive --follow >"$world/alice.out" 2>&1 </dev/null &
follower=$!
as bob "$OIM" send alice "nobody knows that you are here"
expect 0 'Held'
await "$world/alice.out" 'nobody knows'
given EnableAppearOffline '$False'
await "$world/alice.out" 'You are no longer invisible: your policy \(Global\) does not allow it'
as alice "$OIM" status
expect 0 'invisible no longer: policy Global does not allow it'
as alice env LC_ALL=es_ES.UTF-8 "$OIM" status
expect 0 'ya no invisible: la directiva Global no lo permite'
as alice "$OIM" status --json
expect 0 '"presence":"auto".*"invisible_ended":true'
as bob "$OIM" people alice
expect 0 'inactive'
as bob "$OIM" send alice "and now they do" --wait delivered
expect 0
as bob "$OIM" why
expect 0 '[0-9]  delivered'
kill "$follower"
wait "$follower" 2>/dev/null
as alice "$OIM" status available
expect 0
expect_not 'invisible'
given EnableAppearOffline '$True'
as alice "$OIM" status
expect_not 'invisible'
claim "EnableAppearOffline: the server refuses invisible and takes it again, and ends it with the reason"

given MaximumNumberOfContacts 1
as alice "$OIM" contacts add bob
expect 0
as alice "$OIM" contacts add carol
expect 3 'Not added: your policy allows you 1 contact\. '
as alice env LC_ALL=es_ES.UTF-8 "$OIM" contacts add carol
expect 3 'No agregado: su directiva le permite 1 contacto\. '
given MaximumNumberOfContacts 0
as alice "$OIM" contacts add carol
expect 3 'allows you no contacts'
as alice "$OIM" contacts add carol --json
expect 3 '"limit":0'
as alice "$OIM" contacts list
expect 0 'Bob Stone'
given MaximumNumberOfContacts '$Null'
as alice "$OIM" contacts add carol
expect 0
claim "MaximumNumberOfContacts: one more is refused with the limit, nobody is lost, and unset is no limit"

given IMWarning "'Be kind: \$(x) is logged'"
as alice "$OIM" send bob "first"
expect 0 'Held'
expect_not 'Be kind'
as bob "$OIM" receive
expect 0 '^From your organisation: Be kind: \$\(x\) is logged$'
[ "$(grep -n 'From your organisation' <<<"$out" | cut -d: -f1)" -lt "$(grep -n 'first' <<<"$out" | tail -n 1 | cut -d: -f1)" ] ||
    differs "the warning stands behind the message: $out"
as bob "$OIM" receive
expect_not 'From your organisation'
as alice "$OIM" send bob "second"
as bob "$OIM" receive --json
expect 0 '"text":"Be kind'
code=0
out=$(OIM_HOME=$world/alice python3 "$(dirname "$0")/type.py" "$OIM" send bob "third" </dev/null) || code=$?
expect 0 'From your organisation: Be kind'
given IMWarning '$Null'
as bob "$OIM" receive
expect 0 'third'
expect_not 'From your organisation'
claim "IMWarning: shown once before what is read or sent at a terminal, never between a script's lines"

# Bob sees a message and answers: what he has told about it by then went before the answer.
seen_by_bob()
{
    as alice "$OIM" send bob "a question" --json
    id=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' <<<"$out")
    as bob "$OIM" receive --mark-read
    expect 0 'a question'
    as bob "$OIM" send alice "an answer"
    expect 0
    as alice "$OIM" receive
    expect 0 'an answer'
    as alice "$OIM" why "$id"
}

seen_by_bob
expect 0 '[0-9]  read'
given EnableReadReceipts '$False'
seen_by_bob
expect 0 '[0-9]  delivered'
expect_not '[0-9]  read'
claim "EnableReadReceipts: the sender hears that it was delivered, and not that it was read"

as ana "$OIMCTL" user set alice --team Sales
as ana "$OIMCTL" invite dora --display "Dora Lopez" --team Sales
expect 0
as ana "$OIMCTL" user list --team @sales
expect 0 'Alice Ng'
expect 0 'Dora Lopez'
expect_not 'Bob Stone'
as ana "$OIMCTL" user list --team ''
expect 0 'Bob Stone'
expect_not 'Alice Ng|Dora Lopez'
as ana "$OIMCTL" policy new site:Sales EnableOfflineIm=False
expect 0
as alice "$OIM" send carol "as a member"
expect 3 'site:Sales'
as ana "$OIMCTL" policy effective dora
expect 0 'site:Sales'
as ana "$OIMCTL" policy new Mild
as ana "$OIMCTL" policy grant Mild @sales
expect 0
as alice "$OIM" send carol "by the grant of the team"
expect 0 'Held'
as ana "$OIMCTL" policy effective dora
expect 0 'Tag:Mild, by team'
as ana "$OIMCTL" policy grant --none @sales
expect 0
as alice "$OIM" send carol "a member again"
expect 3 'site:Sales'
as ana "$OIMCTL" user set alice --team ''
expect 0
as alice "$OIM" send carol "in no team"
expect 0 'Held'
claim "a team: its policy holds for members and newcomers, its grant goes before, leaving it ends both"

given OfflineSenderShare 50
given OfflineQuotaMessages 4
as alice "$OIM" people bob
expect_not 'full'
as alice "$OIM" send bob "one"
as alice "$OIM" send bob "two"
as alice "$OIM" people bob
expect 0 'your part of the mailbox is full'
as ana "$OIMCTL" policy explain alice --to bob
expect 0 "refused. alice's part of Bob Stone's mailbox is full"
as alice "$OIM" send bob "three"
expect 3
as carol "$OIM" send bob "one"
as carol "$OIM" send bob "two"
as ana "$OIM" people bob
expect 0 'mailbox full'
as ana "$OIMCTL" policy explain ana --to bob
expect 0 "refused. Bob Stone's mailbox is full"
as ana "$OIM" send bob "one more"
expect 3
as bob "$OIM" receive
as ana "$OIM" people bob
expect_not 'full'
claim "OfflineQuotaMessages, OfflineSenderShare: people and explain say beforehand what a message would be told"

given OfflineQuotaMessages '$Null'
given OfflineSenderShare '$Null'
as bob "$OIM" receive
as bob "$OIM" status dnd
expect 0
OIM_HOME=$world/bob "$OIM" receive --follow >"$world/bob.out" 2>&1 </dev/null &
follower=$!
as alice "$OIM" send bob "are you there"
await "$world/bob.out" 'are you there'
as alice "$OIM" send bob "quietly" --wait delivered
expect 0 'without alert'
given TellSenderDnd '$False'
as alice "$OIM" send bob "as if nothing were" --wait delivered
expect 0 'Delivered'
expect_not 'without alert'
claim "TellSenderDnd: the sender is told of a delivery without alert, or is not"

given DndAction Refuse
as alice "$OIM" people bob
expect 0 'disturb'
as alice "$OIM" send bob "is it a good time?"
expect 3 'does not want to be disturbed'
as bob "$OIM" status available
expect 0
as alice "$OIM" send bob "and now?" --wait delivered
expect 0 'Delivered'
await "$world/bob.out" 'and now'
grep -q 'good time' "$world/bob.out" && differs "what was refused came: $(cat "$world/bob.out")"
given DndAction Hold
claim "DndAction Refuse: who does not want to be disturbed gets nothing, the sender hears it, and later it goes"

kill "$follower"
wait "$follower" 2>/dev/null
as bob "$OIM" agent --stop

mine=$("$OIM" --version | grep -oE '[0-9]+\.[0-9.]+' | head -n 1)
given MinimumClientVersion "'$mine'"
as alice "$OIM" send bob "new enough"
expect 0 'Held'
given MinimumClientVersion "'9.9'"
as carol "$OIM" people bob
expect 0 "your oim is $mine; leaving messages needs 9.9 or later"
as carol "$OIM" send bob "too old"
expect 3 "your oim is $mine; leaving messages needs 9.9 or later"
as carol "$OIM" why
expect 0 "your oim is $mine; leaving messages needs 9.9 or later"
as carol "$OIM" send bob "too old" --json
expect 3 "\"min_version\":\"9.9\",\"version\":\"$mine\""
as carol env LC_ALL=es_ES.UTF-8 "$OIM" people bob
expect 0 "su oim es $mine; para dejar mensajes se necesita la 9.9 o posterior"
as ana "$OIMCTL" policy explain carol --to bob
expect 0 "carol's oim is $mine; MinimumClientVersion is 9.9"
as carol "$OIM" agent --stop
crash
serve
as ana "$OIMCTL" policy explain carol --to bob
expect 0 'held' # nobody knows which oim carol has now
expect_not 'too old|is older'
given MinimumClientVersion '$Null'
as carol "$OIM" why
expect 0 "your oim is $mine; leaving messages needs 9.9 or later"
claim "MinimumClientVersion: both versions are named, before and after writing, and to the administrator"

given AcceptOfflineIm '$False'
given DndAction Refuse
OIM_HOME=$world/bob "$OIM" receive --follow >"$world/bob.out" 2>&1 </dev/null &
follower=$!
as bob "$OIM" status dnd
expect 0
as alice "$OIM" people bob
expect 0 'does not want to be disturbed; nothing may wait'
as alice "$OIM" send bob "now?"
expect 3 'does not want to be disturbed, and nothing may wait'
kill "$follower"
wait "$follower" 2>/dev/null
as alice "$OIM" contacts block bob
as alice "$OIM" people bob
expect 0 'you have blocked them'
claim "DndAction Refuse, and whom one has blocked: people says beforehand what a message would be told"
