#!/usr/bin/env bash
# A proxy ends TLS in front of the server. While its certificate is none to be trusted, people are told why and
# what they write waits; with a good one everything goes on.
. "$(dirname "$0")/lib.sh"
command -v openssl >/dev/null || {
    claim "TLS ends in a proxy # SKIP needs openssl"
    exit 0
}

# make NAME ALTERNATIVE: key and certificate for that name, in $world/NAME.pem.
make()
{
    local name=$1 alternative=$2
    openssl req -newkey ed25519 -nodes -x509 -subj "/CN=$name" -addext "subjectAltName=$alternative" \
        -days 30 -keyout "$world/$name.key" -out "$world/$name.crt" 2>"$world/openssl.log" ||
        differs "$(cat "$world/openssl.log")"
    cat "$world/$name.crt" "$world/$name.key" >"$world/$name.pem"
}
# present NAME: what the proxy shows from now on.
present()
{
    cp "$world/$1.pem" "$world/shown.new"
    mv "$world/shown.new" "$world/shown.pem"
}
# "0.0.0.0" is this computer, and no name that is taken for loopback, where proxy mode speaks plain.
make good IP:0.0.0.0
make unknown IP:0.0.0.0
make misnamed DNS:chat.example.org
cat "$world/good.crt" "$world/misnamed.crt" >"$world/trusted.crt"
export SSL_CERT_FILE=$world/trusted.crt
present good

inside=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
port=$inside
: >"$world/proxy.out"
python3 "$(dirname "$0")/tls_proxy.py" "$world/shown.pem" "$inside" >"$world/proxy.out" 2>"$world/proxy.log" &
proxy_pid=$!
trap 'kill "$proxy_pid" 2>/dev/null; _finish' EXIT
await "$world/proxy.out" '^listening '
outside=$(sed -n 's/^listening //p' "$world/proxy.out")
printf 'mode = proxy\naddress = 0.0.0.0:%s\n' "$outside" >"$world/oimd.conf"
cat >"$world/behind" <<SH
#!/usr/bin/env bash
exec "$OIMD" --config "$world/oimd.conf" "\$@"
SH
chmod +x "$world/behind"
OIMD=$world/behind
organisation "alice:Alice Ng" "bob:Bob Stone"
as alice "$OIM" send bob "one"
expect 0 'Held|Delivered'
as alice "$OIM" agent --stop
claim "people join and write through a proxy whose certificate is trusted"

present unknown
as alice "$OIM" send bob "two" --timeout 5
expect 5 "^Queued on this computer; will be sent when 0\.0\.0\.0:$outside answers"
expect 5 "0\.0\.0\.0:$outside is not reached: nobody that this computer trusts vouches for its"
as alice "$OIM" whoami
expect 0 'nobody that this computer trusts vouches'
as alice "$OIM" send bob "lost on purpose" --no-queue --timeout 5
expect 5 'nothing was kept'
present misnamed
as alice "$OIM" send bob "three" --timeout 5
expect 5 'its certificate is for another name'
as alice "$OIM" send bob "four" --timeout 5 --json
expect 5 '"state":"queued","reason":"not_reached"'
as alice env LC_ALL=es_ES.UTF-8 "$OIM" receive
expect 5 'su certificado es para otro nombre'
as dora "$OIM" join "$(grep -o 'oim://[^ ]*' "$world/server.out" | head -n 1)" --login dora \
    --display "Dora Lee" --no-passphrase
expect 5 'its certificate is for another name'
claim "with one that is not, each is told what is wrong with it, and what is written waits"

present good
as alice "$OIM" send bob "five"
expect 0 'Held|Delivered'
as bob "$OIM" receive --wait 20 --json
expect 0
[ "$(grep -oE '"text": ?"(one|two|three|four|five|lost on purpose)"' <<<"$out" | tr -d '\n')" = \
    '"text":"one""text":"two""text":"three""text":"four""text":"five"' ] || differs "bob got: $out"
claim "with a good one again everything arrives once, in order"

# One that answers everything with "404".
stop_server
python3 -u -m http.server --bind 127.0.0.1 "$inside" >"$world/http.out" 2>&1 &
server_pid=$!
await "$world/http.out" '^Serving'
as bob "$OIM" send alice "anybody?" --timeout 5
expect 5 "0\.0\.0\.0:$outside answers, but it is no oim server"
claim "what is no oim server behind it is named as that"
