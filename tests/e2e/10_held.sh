#!/usr/bin/env bash
# A message for somebody signed out is held over a kill -9, delivered once at the sign-in, and refused after the switch.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

as alice "$OIM" send bob "The contract is signed."
expect 0 '^Held for Bob Stone until he|^Held for Bob Stone'
as alice "$OIM" why
expect 0 'accepted and on disk; Bob Stone was signed out: it may wait until .* \(default\)$'
as alice "$OIM" why --json
expect 0 '"what":"step",.*"until":"20[0-9-]*T[0-9:.]*Z","policy":"default","step":"held"'
expect 0 '"step":"queued"'
claim "a message for somebody signed out is held; why says until when, and by whose policy"

crash
serve
grep -q '1 waiting' <<<"$first_line" || differs "first line: $first_line"
claim "after kill -9 the server says what waits"

as bob "$OIM" receive --wait 20
expect 0 'While you were away: 1 message from 1 person'
expect 0 'Alice Ng.*The contract is signed\.'
claim "at the sign-in the person is told, and gets it"

as bob "$OIM" receive
expect 0
expect_not 'The contract is signed'
claim "it is shown once"

as alice "$OIM" why
expect 0 '[Dd]elivered'
expect 0 'delivered to 1 of 1 device$'
expect 0 'it may wait until .* \(default\)$'
as alice env LC_ALL=es_ES.UTF-8 "$OIM" why
expect 0 'no estaba conectado: puede esperar hasta el .* \(predeterminado\)$'
expect 0 'entregado a 1 de 1 dispositivo$'
as alice "$OIM" why --json
expect 0 '"k":1,"n":1,.*"step":"delivered"'
claim "the sender sees that it was delivered, and on how many devices"

as alice "$OIM" send bob $'\e[31mred\e[0m\a and a line\r'
expect 0
as bob "$OIM" receive --wait 20
expect 0 'red'
[[ $out != *$'\e'* && $out != *$'\a'* ]] || differs "a control byte reached the terminal"
claim "control characters arrive, and none reaches the terminal as a command"

as ana "$OIMCTL" -c 'Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False'
expect 0
as alice "$OIM" send bob "And one more thing" --json
expect 3
[ "$(field state)" = refused ] || differs "state: $out"
[ "$(field reason)" = sender_offline_off ] || differs "reason: $out"
claim "after the administrator's switch the next message is refused with the reason, exit 3"

as alice "$OIM" why
expect 0 'you may not leave messages \(policy Global\)'
expect 0 'refused; your policy Global decided$'
as alice "$OIM" why --json
expect 0 '"who":"sender_policy","policy":"Global",.*"step":"refused","at":"20'
[ "$(field policy | uniq)" = Global ] || differs "policy: $out"
claim "why says later too which policy decided"

as alice "$OIM" history bob
expect 0 'And one more thing'
claim "the refused text is kept"
