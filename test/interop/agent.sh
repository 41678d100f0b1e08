#!/bin/sh
# The built program and the OpenSSH agent: a key that only the agent holds signs, and what others make of it.
# usage: agent.sh LIC.js    Needs: ssh-agent, ssh-add, ssh-keygen, python3 with cbor2 and cryptography.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1
lic() { node "$program" "$@"; }
work=$(mktemp -d)
agent=
trap '[ -z "$agent" ] || kill "$agent"; rm -rf "$work"' EXIT
cd "$work"
export LIC_HOME="$work/home" CI=true SSH_AUTH_SOCK="$work/agent.sock"
umask 077
ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null &
agent=$!
until [ -S "$SSH_AUTH_SOCK" ]; do kill -0 "$agent"; done
ssh-keygen -q -t ed25519 -N '' -C token@desk -f token
ssh-add -q token
echo 'correct horse battery' >pass
lic init --name Acme --no-passphrase
lic key passphrase list --new-passphrase-file pass
lic product add editor --name Editor --prefix EDIT
lic customer add --name 'Acme Ltd' --id acme
lic key import --agent
lic issue --customer acme --product editor --tier basic --expires 1y --out a.lic
lic trust export --out root.pub
lic verify a.lic --root root.pub --product editor
/usr/bin/python3 "$here/verify_license.py" root.pub a.lic 2>signatures >/dev/null
[ "$(grep -c 'good signature' signatures)" -eq 2 ]
# The public half is the one that OpenSSH has.
lic key export issuing --format openssh --out issuing.pub
[ "$(cut -d' ' -f1,2 issuing.pub)" = "$(cut -d' ' -f1,2 token.pub)" ]
[ "$(ssh-keygen -l -f issuing.pub | cut -d' ' -f2)" = "$(ssh-add -l | cut -d' ' -f2)" ]
# Unlocked for a while, and locked again.
lic key unlock list --for 5m --passphrase-file pass
ssh-add -l | grep -q 'lic list'
lic revocations publish --out list.lrl
lic key lock list
! ssh-add -l | grep -q 'lic list'
# An agent that does not answer: Ctrl-C ends the command at once.
kill -STOP "$agent"
timeout -s INT 2 node "$program" issue --customer acme --product editor --tier basic --expires 1y && status=0 || status=$?
kill -CONT "$agent"
[ "$status" -eq 124 ] || [ "$status" -eq 130 ]
echo 'agent.sh: ok'
