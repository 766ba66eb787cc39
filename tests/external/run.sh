#!/usr/bin/env bash
# run.sh NAME: install the stranger's libraries into the build folder and run tests/external/NAME/test.mjs there.
# Skipped where node or npm is absent, too old, or the registry is not to be reached (in TAP's words: meson takes an exit
# of 77 from a TAP program for an error).
set -euo pipefail

: "${OIM_EXTERNAL_DIR:?folder in the build}" "${OIM_PROTO:?path of oim.proto}"
here=$(cd "$(dirname "$0")" && pwd)

skip()
{
    echo "1..0 # SKIP $1"
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || skip "node and npm are not installed"
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
    skip "node is older than 20.19"

mkdir -p "$OIM_EXTERNAL_DIR"
cd "$OIM_EXTERNAL_DIR"
(
    flock 9
    if ! cmp -s "$here/stranger/package.json" installed.json; then
        cp "$here/stranger/package.json" package.json
        npm install --no-audit --no-fund --no-package-lock --silent >npm.log 2>&1 || exit 1
        cp package.json installed.json
    fi
    ln -sfn "$here" source
) 9>lock || skip "npm could not install the libraries: $(tail -n 1 npm.log)"

exec node --preserve-symlinks --preserve-symlinks-main "source/$1/test.mjs"
