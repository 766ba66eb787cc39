#!/usr/bin/env bash
# A server moves to another port, and is found there by people who joined at the old one.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
old=$port
new=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

as bob "$OIM" agent --stop
as ana "$OIMCTL" address list
expect 0 "^127\.0\.0\.1:$old +direct$"
as ana "$OIMCTL" address remove "127.0.0.1:$old"
expect 2 'is the only address'
as ana "$OIMCTL" address add "127.0.0.1:$new"
expect 0
as ana "$OIMCTL" address add "127.0.0.1:$new"
expect 2 'already'
as ana "$OIMCTL" address add 'not an address'
expect 2 'is not HOST or HOST:PORT'
as alice "$OIM" receive
expect 0
as alice "$OIM" agent --stop # what it knows from here on is what it stored
as ana "$OIMCTL" address remove "127.0.0.1:$old"
expect 2 'asks first, and nobody is here to answer'
expect 2 '^  bob  Bob Stone$'
expect_not 'alice'
claim "an address is added; who does not know it yet is named before the old one may go"

stop_server
port=$new
serve
as alice "$OIM" send bob "we moved"
expect 0 'Held for Bob Stone'
as ana "$OIMCTL" address list
expect 0
claim "people who were told find the server in its new place"

as bob "$OIM" send alice "where are you?" --timeout 1
expect 5
stop_server
port=$old
serve
as bob "$OIM" receive --wait 20
expect 0 'we moved'
as bob "$OIM" agent --stop
stop_server
port=$new
serve
as bob "$OIM" send alice "found you" --wait held
expect 0
as alice "$OIM" receive --wait 20
expect 0 'where are you\?'
expect 0 'found you'
claim "somebody who was away loses nothing, is told at the old place and then finds the new one"

as ana "$OIMCTL" address remove "127.0.0.1:$old"
expect 0
as ana "$OIMCTL" address list
expect_not ":$old"
as ana "$OIMCTL" invite carol --display "Carol Díaz"
expect 0 "oim://127\.0\.0\.1:$new/"
as ana "$OIMCTL" audit
expect 0 'address .*127\.0\.0\.1:'
claim "the old address goes, and invites name the new one"
