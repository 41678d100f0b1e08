#!/bin/sh
# Keys on paper as other programs see them: another reader of the code, another reader of the lines, and stock age.
# usage: paper.sh LIC.js    Needs: python3, zbarimg, age, expect, openssl.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1
lic() { node "$program" "$@"; }
python() { /usr/bin/python3 "$here/paper.py" "$@"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export LIC_HOME="$work/home" CI=true
umask 077
seed_of() { openssl pkey -in "$1" -outform DER 2>/dev/null | tail -c 32 | od -An -tx1 | tr -d ' \n'; }

lic init --name Acme --no-passphrase >/dev/null 2>&1
seed=$(seed_of home/keys/root.key)
lic key backup root --sheet root.html >/dev/null 2>&1
[ "$(python secret root.html)" = "$seed" ]

# What another reader sees in the code is what stands in the lines, and brings the key back.
python code root.html root.pgm
[ "$(zbarimg -q --raw root.pgm)" = "$(python symbols root.html)" ]
mv home/keys/root.key kept.key
zbarimg -q --raw root.pgm | lic key import - --no-passphrase >/dev/null 2>&1
cmp kept.key home/keys/root.key

# Sealed: put into an age file, stock age opens it.
echo 'correct horse battery' >pass
lic key backup root --sheet sealed.html --seal --new-passphrase-file pass >/dev/null 2>&1
python code sealed.html sealed.pgm
[ "$(zbarimg -q --raw sealed.pgm)" = "$(python symbols sealed.html)" ]
python age sealed.html sealed.age
expect -c '
  set timeout 60
  log_user 0
  spawn age -d -o sealed.body sealed.age
  expect "passphrase"
  send -- "correct horse battery\r"
  expect eof
  exit [lindex [wait] 3]
'
[ "$(python secret sealed.body)" = "$seed" ]
echo 'paper.sh: ok'
