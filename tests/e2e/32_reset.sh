#!/usr/bin/env bash
# Somebody has lost every device: an administrator resets the account, they begin anew, nothing is lost on the way.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

as alice "$OIM" send bob "before the loss"
expect 0
as bob "$OIM" receive --wait 20
expect 0 'before the loss'
as alice "$OIM" send bob "held for a device that is lost"
expect 0 'Held'
as ana "$OIM" send bob "and one from Ana"
expect 0 'Held'

as ana "$OIMCTL" user reset bob
expect 2 'user reset asks first, and nobody is here to answer; add --force'
expect 2 '1 device, for good, and 2 messages'
expect 2 'What stays: name, team, role'
code=0
err=
out=$(echo n | TERM=dumb OIM_HOME=$world/ana python3 "$(dirname "$0")/type.py" "$OIMCTL" user reset bob) || code=$?
expect 3 'Reset the account of Bob Stone\? \[y/N\]'
expect 3 'Nothing was changed'
code=0
out=$(echo n | LC_ALL=es_ES.UTF-8 TERM=dumb OIM_HOME=$world/ana python3 "$(dirname "$0")/type.py" \
    sh -c '"$0" user reset bob >/dev/null' "$OIMCTL") || code=$?
expect 3 '^Bob Stone \(bob\) empezaría de nuevo\. Se pierde: 1 dispositivo'
expect 3 '¿Restablecer la cuenta de Bob Stone\? \[s/N\]'
as bob "$OIM" whoami
expect 0 'connected|not reached'
expect_not 'reset'
claim "a reset asks first, and says what would go and what stays"

as ana "$OIMCTL" user reset ana --force
expect 2 'your own account'
as ana "$OIMCTL" user reset bob --force --valid 0
expect 2 'at least a second and at most 365 days'
as alice "$OIMCTL" user reset bob --force
expect 3
claim "nobody resets oneself, and only administrators reset others"

as ana "$OIMCTL" user reset "Bob Stone" --force --valid 2d
expect 0 'Bob Stone begins anew: 1 device is void, 2 messages were erased and will be sent again'
line=$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)
[ -n "$line" ] || differs "no line in: $out"
as ana "$OIMCTL" user show bob
expect 0 'state +invited'
as ana "$OIMCTL" audit
expect 0 'user.reset'
as ana "$OIMCTL" audit verify
expect 0
as ana "$OIMCTL" invite renew bob
expect 0
line=$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1) # as oimctl advises when the first was lost with the answer
as ana "$OIMCTL" invite dora --display "Dora Lind"
people+=(dora)
as dora "$OIM" join "$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)" --no-passphrase
expect 0
as ana "$OIMCTL" user reset dora --force --json
expect 0 '"what":"reset","login":"dora","display":"Dora Lind","devices":1,"erased":0,"generation":2'
expect 0 '"what":"invite","login":"dora","display":"Dora Lind","line":"oim://'
claim "the reset prints a new line, and stands in the audit log"

as bob "$OIM" send alice "from the old profile"
expect 1 'Your account was reset'
as bob "$OIM" receive
expect 1 'Your account was reset'
as bob "$OIM" history alice
expect 0 'before the loss'
as bob "$OIM" outbox
expect 0 'Not sent: your account was reset, so this device is no longer in use\. Ask your administrator'
as bob "$OIM" why --json
expect 0 '"state":"queued","reason":"account_reset_here"'
for command in people contacts devices policy "status busy"; do
    as bob "$OIM" $command
    expect 1 'Your account was reset'
done
as bob "$OIM" status
expect 0 'your account was reset'
as bob "$OIM" agent --stop
as bob "$OIM" whoami --json
expect 0 '"connected":false.*"because":"account_reset_here"'
as bob "$OIM" outbox drop "$(OIM_HOME=$world/bob "$OIM" outbox --json </dev/null | grep -oE '"id":"[a-z0-9]+' | cut -c7-)"
expect 0
claim "the old profile is refused in plain words, and its history stays readable"

as alice "$OIM" receive
expect 0 'Bob Stone begins anew'
as alice "$OIM" outbox
expect 0 'held for a device that is lost'
as alice "$OIM" status
expect 0 '1 message in the outbox'
as alice "$OIM" why bob
expect 0 'not joined yet'
expect 0 '^  [0-9:]+ +erased with the account of its recipient, which was reset$'
expect 0 '^  [0-9:]+ +waiting on this computer until they join$'
as alice "$OIM" send bob "written meanwhile"
expect 7
claim "a colleague is told, and what waited is queued again on the computer it was written on"

people+=(bob2)
as bob2 "$OIM" join "$line" --no-passphrase
expect 0 'Bob Stone'
as alice "$OIM" receive --wait 20 # learns of the join, and sends
as alice "$OIM" send bob "after the join" --wait held
expect 0
as bob2 "$OIM" receive --wait 20
expect 0 'held for a device that is lost'
expect 0 'written meanwhile'
expect 0 'after the join'
[ "$(grep -c 'held for a device' <<<"$out")" = 1 ] || differs "not once: $out"
expect_not 'before the loss'
claim "the new device gets what waited, once"

# Ana's computer was not there all the while; it sends hers when it next looks.
as ana "$OIM" receive --wait 5
as ana "$OIM" send bob "later still"
expect 0
as bob2 "$OIM" receive --wait 20
expect 0 'and one from Ana'
as bob2 "$OIM" send alice "from the new device"
expect 0
as alice "$OIM" receive --wait 20
expect 0 'from the new device'
as alice "$OIM" why "$(OIM_HOME=$world/alice "$OIM" history bob --json </dev/null | grep 'lost' | grep -oE '"id":"[a-z0-9]+' | cut -c7-)"
expect 0 '[Dd]elivered'
claim "both sides write to each other again, and the sender learns of the delivery"

as bob2 "$OIM" join "$line" --no-passphrase --profile other
expect 1 'used'
claim "the line works once"

as ana "$OIMCTL" user disable alice --say "Ask Ana"
expect 0
as alice "$OIM" send bob "too late"
expect 1 'Not sent: your account was closed'
as alice "$OIM" status
expect 0 'your account was closed'
as alice "$OIM" receive
expect 1 'Your account was closed\. Your administrator can say why\.'
expect_not 'revoked'
claim "whose account is closed is told so, and not that a device was revoked"
