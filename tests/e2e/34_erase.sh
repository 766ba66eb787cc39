#!/usr/bin/env bash
# A person is erased: asked about, reported, gone from the server's files; and the login is free.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone" "carol:Carol Diaz"

as bob "$OIM" send alice "what Bob leaves for Alice"
expect 0
as alice "$OIM" send bob "a secret that waits for Bob"
expect 0 'Held'
as bob "$OIM" status busy --note "dentist until four"
as carol "$OIM" contacts remove bob
expect 0
as ana "$OIMCTL" user set bob --team harbour
expect 0
as bob "$OIM" agent --stop

as ana "$OIMCTL" user erase bob
expect 2 'user erase asks first, and nobody is here to answer; add --force'
expect 2 'Bob Stone \(bob\) would be erased, for good'
expect 2 'What must stay: the audit log'
as ana "$OIMCTL" user erase ana --force
expect 2 'your own account'
as alice "$OIMCTL" user erase bob --force
expect 3
as ana "$OIMCTL" user show bob
expect 0 'state +active'
claim "erasing asks first, and says what would go and what must stay"

# typed LINE: what comes of it at the question.
typed()
{
    code=0
    err=
    out=$(printf '%s\n' "$1" | TERM=dumb OIM_HOME=$world/ana python3 "$(dirname "$0")/type.py" "$OIMCTL" user erase dora) || code=$?
}
as ana "$OIMCTL" invite dora --display "Dora Lind"
expect 0
typed y
expect 3 'Nothing was changed'
typed bob
expect 3 'Nothing was changed'
as ana "$OIMCTL" user show dora
expect 0
typed dora
expect 0 'Erased: Dora Lind \(dora\), 0 devices'
expect 0 'What must stay'
as ana "$OIMCTL" user show dora
expect 6
claim "nothing but the login, typed once more, erases"

as ana "$OIMCTL" user erase bob --force --json
expect 0 '"what":"user_erased","login":"bob","display":"Bob Stone"'
expect 0 '"devices":1,"contacts":1,'
expect 0 '"erased":1,"finished":true,"stays":"audit_chain organisation_log backups other_peoples_computers"'
as ana "$OIMCTL" user show bob
expect 6
as ana "$OIMCTL" user erase bob --force
expect 6
as ana "$OIMCTL" audit
expect 0 'user.erase'
as ana "$OIMCTL" audit verify
expect 0
claim "the report says what went, nobody finds the person, and the audit log holds"

grep -c "a secret that waits for Bob" "$world"/data/oimd.db* | grep -v ':0$' && differs "the message is still in the files"
grep -c "dentist until four" "$world"/data/oimd.db* | grep -v ':0$' && differs "the note is still in the files"
grep -q "Bob Stone" "$world"/data/oimd.db || differs "the chains have lost what they must keep"
claim "what waited and what was noted is in no page of the database and not in its log"

as bob "$OIM" receive
expect 1
as alice "$OIM" receive
expect 0 'Bob Stone.*|what Bob leaves for Alice'
expect 0 'what Bob leaves for Alice'
as alice "$OIM" why bob
expect 0 'Erased by an administrator before Bob Stone had it'
as alice "$OIM" send bob "anybody there?"
[ "$code" = 3 ] || [ "$code" = 6 ] || differs "a message to nobody ended with $code: $out $err"
as alice "$OIM" contacts
expect_not 'Bob Stone'
as alice "$OIM" history bob
expect 0 'what Bob leaves for Alice'
claim "the sender is told, and what the person had left for others is theirs"

# left LOGIN TEXT...: somebody new writes to Alice, who never heard of them, and is erased.
left()
{
    local login=$1 text
    shift
    as ana "$OIMCTL" invite "$login" --display "Somebody New"
    expect 0
    people+=("$login")
    as "$login" "$OIM" join "$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)" --no-passphrase
    expect 0
    for text in "$@"; do
        as "$login" "$OIM" send alice "$text"
        expect 0
    done
    as "$login" "$OIM" agent --stop
    as ana "$OIMCTL" user erase "$login" --force
    expect 0
}
left erik "from somebody Alice never knew" "and once more"
OIM_HOME=$world/alice "$OIM" receive --follow >"$world/alice.out" 2>&1 &
follower=$!
await "$world/alice.out" 'and once more'
grep -qE '^ +somebody who is gone ' "$world/alice.out" || differs "the summary says: $(cat "$world/alice.out")"
# Alice's computer hears of nothing until the writer is gone: what they wrote is pushed all the same.
agent=$(awk -v inode=":$(stat -c %i "$world/alice/default/lock")$" '/FLOCK/ && $6 ~ inode { print $5 }' /proc/locks)
kill -STOP "$agent"
left fred "pushed while nobody listened"
kill -CONT "$agent"
await "$world/alice.out" '^Somebody who is gone, .*: pushed while nobody listened'
kill "$follower"
wait "$follower" || true
grep -q '^Somebody who is gone, .*: from somebody Alice never knew' "$world/alice.out" || differs "nobody is named so: $(cat "$world/alice.out")"
grep -qE '^ +somebody who is gone ' "$world/alice.out" || differs "the summary says: $(cat "$world/alice.out")"
claim "what somebody erased had left for a person who never knew them is shown, and says so"

crash
serve
as ana "$OIMCTL" invite bob --display "Bob Marsh"
expect 0
line=$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)
people+=(bob2)
as bob2 "$OIM" join "$line" --no-passphrase
expect 0 'Bob Marsh'
as alice "$OIM" people bob
expect 0 'Bob Marsh'
as alice "$OIM" send bob "welcome"
expect 0
as bob2 "$OIM" receive --wait 20
expect 0 'welcome'
expect_not 'secret'
claim "the login is free for somebody else, who gets nothing of what was"
