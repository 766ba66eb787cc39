#!/usr/bin/env bash
# oimctl's own commands on an organisation of 30 in three teams: who may leave messages and why, what a change would
# do, whom a name means, how things stand, and erasing what waits.
. "$(dirname "$0")/lib.sh"

# line_of LOGIN: from the answer of `invite --json`.
line_of()
{
    grep "\"login\":\"$1\"" "$world/invites" | grep -o 'oim://[^"]*'
}

serve
people+=(ana)
as ana "$OIM" join "$(grep -o 'oim://[^ ]*' "$world/server.out" | head -n 1)" --login ana --display "Ana Ruiz" --no-passphrase
expect 0
{
    echo "login,display,team"
    printf '%s\n' "tony,Tony Smith,Sales" "tsmith,Tony Smith,Support" "bob,Bob Stone,Sales" "alice,Alice Ng,Support"
    for n in {1..8}; do echo "sales$n,Sam Sales $n,Sales"; done
    for n in {1..8}; do echo "support$n,Sue Support $n,Support"; done
    for n in {1..9}; do echo "works$n,Will Works $n,Works"; done
} >"$world/people.csv"
as ana "$OIMCTL" invite --file "$world/people.csv" --json
expect 0
echo "$out" >"$world/invites"
for login in tony bob alice; do
    people+=("$login")
    as "$login" "$OIM" join "$(line_of "$login")" --no-passphrase
    expect 0
done
as ana "$OIMCTL" user list
[ "$(wc -l <<<"$out")" = 31 ] || differs "an organisation of 30: $out"
claim "thirty people in three teams"

# ---- offline

as ana "$OIMCTL" offline off tony
expect 0 'Made policy "NoOffline" \(EnableOfflineIm False\) and granted it to tony\.'
as tony "$OIM" send bob "may I?"
expect 3 'policy (Tag:)?NoOffline'
as ana "$OIMCTL" policy new Support 'IMWarning=Calls are recorded'
as ana "$OIMCTL" policy grant Support @Support alice
expect 0 'Granted policy Support to '
as ana "$OIMCTL" offline off alice @Support
expect 0 '^@Support, alice have policy Support\. Made "Support\+NoOffline" from it'
expect_not 'alice has a policy'
expect 0 '^10 people can no longer'
as ana "$OIMCTL" policy effective alice
expect 0 'IMWarning +Calls are recorded'
claim "offline off says what it did, and drops nobody's other settings"

as ana "$OIMCTL" offline
expect 0 'Offline messages are on\. 19 of 30 people may leave them, 11 may not\.'
expect 0 'support8 .* policy Support\+NoOffline of team Support: EnableOfflineIm False'
as ana env LC_ALL=es_ES.UTF-8 "$OIMCTL" offline
expect 0 '19 de 30 personas pueden dejarlos, 11 no'
claim "offline alone says who may and why, in Spanish too"

as ana "$OIMCTL" offline on @Support alice tony
expect 0 'Removed policy NoOffline'
expect 0 'Removed policy Support\+NoOffline'
as ana "$OIMCTL" policy list
expect_not 'NoOffline'
as ana "$OIMCTL" policy effective support3
expect 0 'IMWarning +Calls are recorded'
claim "turning it back leaves no litter"

# ---- whom a name means

for command in "offline off" "policy grant Support" "user disable"; do
    as ana "$OIMCTL" $command "tony smith"
    expect 6 'tsmith +Tony Smith'
    expect 6 'Several match tony smith'
done
as ana "$OIMCTL" policy grant Suport tony
expect 6 'There is no policy Suport\. Did you mean Support\?'
as ana "$OIMCTL" offline off nobody
expect 6 'Nobody here is called nobody'
as ana "$OIMCTL" offline --json
expect 0
expect_not '"offline":"off"'
claim "two of one name are refused with their logins; what is not there is named"

as ana "$OIMCTL" offline off 'works*'
expect 2 'works\* asks first'
asked "" "$OIMCTL" offline off 'works*'
expect 3 "means the 9 people above"
expect 3 'Nothing was changed'
as ana "$OIMCTL" offline --json
expect_not '"offline":"off"'
asked "y" "$OIMCTL" offline off 'works*'
expect 0 'granted it to works1, .* and 3 more\.'
as ana "$OIMCTL" offline on 'Will W*' --force
expect 0 'Removed policy NoOffline'
as ana "$OIMCTL" policy remove Support
expect 2 'policy remove asks first'
asked "n" "$OIMCTL" policy remove Support
expect 3 '@Support'
expect 3 'Nothing was changed'
as ana "$OIMCTL" user show "bob stone"
expect 0 '^login +bob$'
claim "a pattern lists its people and asks, default No"

# ---- how things stand

as alice "$OIM" send bob "one"
expect 0 'Held'
as ana "$OIMCTL" offline off @Sales
as tony "$OIM" send bob "two"
expect 3
as ana "$OIMCTL" status
expect 0 'oimd .*: well'
expect 0 'people +30 \(4 joined, 26 invited: .* and 23 more\)'
expect 0 'waiting +1 message for 1 person, the oldest of .* \(bob\); fullest mailbox 0 % \(bob\)'
expect 0 'off for 10 people \(team Sales\)'
expect 0 'store +[0-9.]+ [KM]B, disk [0-9.]+ [KMGT]B free, last commit .* ago, slowest of a day [0-9]+ ms'
expect 0 'today +1 accepted \(1 held .*\), 0 delivered, 2 refused \(2 by policy\), 0 expired, 0 lost'
as bob "$OIM" receive
expect 0 'one'
as ana "$OIMCTL" status --json
expect 0 '"today_delivered":1'
expect 0 '"state":"well"'
as ana "$OIMCTL" offline on @Sales
claim "status is one screen: people, waiting, policy, store, the day; exit 0 when all is well"

as ana "$OIMCTL" user set alice --role admin
as alice "$OIMCTL" user list
expect 0
as ana "$OIMCTL" user set alice --role user
as alice "$OIMCTL" user list
expect 3 'You may not do that as user'
claim "a refusal names the role that somebody has now"

as ana "$OIMCTL" policy new Tiny OfflineQuotaMessages=1
expect 0
as ana "$OIMCTL" policy grant Tiny bob
expect 0
as alice "$OIM" send bob "three"
expect 0 'Held'
as alice "$OIM" send bob "four"
expect 3 'full'
as ana "$OIMCTL" status
expect 1 ': look, see below'
expect 1 'fullest mailbox 100 % \(bob\)'
expect 1 'LOOK: the mailbox of bob is full: messages for bob are refused\.'
as ana "$OIMCTL" queue
expect 0 '^bob +Bob Stone +1 .* 100 '
expect_not '^alice'
as bob "$OIM" receive
expect 0 'three'
as ana "$OIMCTL" policy remove Tiny --force
expect 0
as ana "$OIMCTL" status
expect 0 'oimd .*: well'
claim "status says whose mailbox is full, by that person's own limits"

# ---- why it is so, and what a change would do

as ana "$OIMCTL" policy new site:Works EnableOfflineIm=False 'IMWarning=Site rules'
expect 0
as ana "$OIMCTL" policy explain works1 --to bob
expect 0 'works1 \(Will Works 1\): policy site:Works, in force for everybody in team Works'
expect 0 'May not leave messages: EnableOfflineIm is False in site:Works, set by ana, [0-9]+:[0-9]+'
expect 0 'No message can come from works1 now'
expect 0 '^IMWarning +Site rules +site:Works +ana '
expect_not 'OfflineRetentionDays'
as ana "$OIMCTL" policy explain alice --to bob
expect 0 'alice \(Alice Ng\): policy Tag:Support, granted to team Support by ana, '
expect 0 'A message to Bob Stone now: held until Bob Stone signs in'
as ana "$OIMCTL" user disable works9 --say "Ask Ana Ruiz instead."
expect 0
as ana "$OIMCTL" policy explain works9
expect 0 'works9 \(Will Works 9\): the account is closed since '
as ana "$OIMCTL" policy explain alice --to works9
expect 0 "A message to Will Works 9 now: refused. Will Works 9's account is closed"
as alice "$OIM" send works9 "what I wrote"
expect 3 'account of Will Works 9 was closed on .*: “Ask Ana Ruiz instead.”'
for command in why outbox "--json history works9"; do
    as alice "$OIM" $command
    expect 0 'Ask Ana Ruiz instead'
done
expect 0 '"closed": ?"[0-9]{4}-'
as ana "$OIMCTL" user enable works9
expect 0
claim "explain names the rule, who set what when, and what a message would meet"

as ana "$OIMCTL" policy what-if grant Support @Works
expect 0 'It would change something for 9 people'
expect 0 'For 9 people, then under Tag:Support: works1, works2, '
expect 0 '^  works8, works9$'
expect 0 '^  IMWarning +Site rules +Calls are recorded'
expect 0 'Until now site:Works turned offline messages off .*set EnableOfflineIm=False in this policy too'
as ana "$OIMCTL" policy what-if set Global EnableOfflineIm=False
expect 0 'For 11 people, then under Global: ana, tony, '
expect 0 "Global turns offline messages off and Support leaves it unset.*oimctl policy set 'Support' EnableOfflineIm=False"
as ana "$OIMCTL" policy what-if offline off @Support bob
expect 0 'then under Tag:Support\+NoOffline: '
as ana "$OIMCTL" policy what-if offline off '*'
expect 0 'then under Tag:NoOffline: '
as ana "$OIMCTL" policy what-if new Polite
expect 0 'would change nothing for anybody'
as ana "$OIMCTL" policy list
expect_not 'NoOffline|Polite'
claim "what-if takes the words of the real command, lists whom it would change, and changes nothing"

as ana "$OIMCTL" policy set Global EnableOfflineIm=False
expect 0 'Global turns offline messages off and Support leaves it unset'
as ana "$OIMCTL" policy new Polite 'IMWarning=Be polite'
expect 0 'Global turns offline messages off and Polite leaves it unset'
as ana "$OIMCTL" -c 'Grant-CsClientPolicy -Identity tony -PolicyName Polite'
expect 0 'Global turns offline messages off and Polite leaves it unset'
as tony "$OIM" send bob "on again by saying nothing"
expect 0 'Held'
as ana "$OIMCTL" -c 'Set-CsClientPolicy -Identity Global -EnableOfflineIm $Null'
expect 0
expect_not 'leaves it unset'
claim "a policy that switches offline messages on by saying nothing is told at new, set and grant"

as ana "$OIMCTL" -c 'Grant-CsClientPolicy works3 Polite -WhatIf'
expect 0 'Until now site:Works turned offline messages off'
as ana "$OIMCTL" -c 'Grant-CsClientPolicy works3 Polite'
expect 0 'Until now site:Works turned offline messages off'
as ana "$OIMCTL" policy grant Support works2 works4
expect 0 'Until now site:Works turned offline messages off'
[ "$(grep -c 'Until now' <<<"$out")" = 1 ] || differs "said more than once: $out"
as ana env LC_ALL=es_ES.UTF-8 "$OIMCTL" policy grant Polite @Works
expect 0 'Hasta ahora site:Works desactivaba los mensajes sin conexión'
as ana "$OIMCTL" policy grant Polite works5 --json
expect 0
expect_not 'undoes'
as ana "$OIMCTL" policy grant --none @Works works2 works3 works4 works5
expect 0
claim "a grant that undoes the policy of the team is told, natively, in the dialect and by what-if"

# ---- erasing what waits

as alice "$OIM" send bob "one" --json
expect 0
id=$(field id)
as alice "$OIM" send bob "two"
as ana "$OIMCTL" queue bob --erase
expect 2 '--erase asks first'
asked "n" "$OIMCTL" queue bob --erase
expect 3 'Erase 3 messages that wait for Bob Stone\? Both sides are told'
asked "y" "$OIMCTL" queue bob --erase
expect 0 'Erased 3 messages that waited for Bob Stone'
as alice "$OIM" receive
as alice "$OIM" why "$id"
expect 0 'erased by an administrator'
as bob "$OIM" receive
expect 0 '3 messages were erased by an administrator'
expect_not 'one|two'
as ana "$OIMCTL" audit
expect 0 'queue .*bob: 3 waiting when it was asked for +bob: what waits up to [0-9]+ is erased'
as ana "$OIMCTL" queue bob --erase
expect 0 'Nothing waits for bob'
as alice "$OIMCTL" queue tony --erase --force
expect 3
claim "queue --erase asks, erases what was shown, and both sides are told"

# ---- the shell

kill -STOP "$server_pid"
code=0
out=$(printf '%s\n' 'Get-CsUser\r\x03' '"still here"' 'exit' |
    TERM=dumb OIM_HOME=$world/ana python3 "$here/type.py" "$OIMCTL" shell) || code=$?
kill -CONT "$server_pid"
expect 0 'Interrupted\.'
expect 0 '^still here$'
out=$(printf '%s\n' 'Grant-CsClientPolicy work* Support' '\x03' '(Get-CsUser works1).Policy' 'exit' |
    TERM=dumb OIM_HOME=$world/ana python3 "$here/type.py" "$OIMCTL" shell) || code=$?
expect 0 '^site:Works$'
claim "Ctrl-C gives up a request that hangs, and a question, and never ends the shell"

stop_server
[ "$stop_code" = 0 ] || differs "oimd ended with $stop_code"
serve
as ana "$OIMCTL" status --json
expect 0 '"today_erased":3'
expect 0 '"submitted":0'
claim "a server that was stopped remembers the day"

as ana "$OIMCTL" audit --count 33
expect 0 'entries; the chain is whole'
[ "$(wc -l <<<"$out")" -eq 35 ] || differs "33 entries, a heading and a sentence were asked for: $(wc -l <<<"$out")"
length=$(grep -oE '^[0-9]+ entries' <<<"$out" | grep -oE '[0-9]+')
expect 0 "^ *$length "
expect_not "^ *$((length - 33)) "
as ana "$OIMCTL" audit --from 2 --count 34 --json
expect 0
[ "$(grep -c '"n":' <<<"$out")" -eq 34 ] || differs "34 entries were asked for"
expect 0 '"n":35'
claim "audit shows as many entries as asked for, the last ones unless it is said where to begin"
