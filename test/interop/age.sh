#!/bin/sh
# Key files are age files: stock age opens what the vault writes, and the vault opens what stock age writes.
# age reads a passphrase from a terminal only, so expect gives it one. Needs: age, expect, openssl, a build in dist/.
set -eu
cd "$(dirname "$0")/../.."
for tool in age expect openssl; do
  command -v "$tool" >/dev/null || { echo "age.sh: skipped, no $tool" >&2; exit 77; }
done
dist=${LIC_DIST:-$PWD/dist}
[ -f "$dist/authority/vault.js" ] || { echo 'age.sh: run npm run build first' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work dist PASSPHRASE='correct horse battery'

node --input-type=module -e '
  const { Secret } = await import(`${process.env.dist}/authority/secret.js`)
  const { writeKeyFile } = await import(`${process.env.dist}/authority/vault.js`)
  const seed = new Secret(Uint8Array.from({ length: 32 }, (_, i) => i))
  const emergency = { epoch: 7, secret: new Secret(new Uint8Array(32).fill(9)) }
  await writeKeyFile(`${process.env.work}/issuing.key`, { seed, emergency }, { passphrase: process.env.PASSPHRASE })
'

# ours -> age
expect -c '
  set timeout 60
  log_user 0
  spawn age -d -o $env(work)/issuing.pem $env(work)/issuing.key
  expect "passphrase"
  send -- "$env(PASSPHRASE)\r"
  expect eof
  exit [lindex [wait] 3]
'
openssl pkey -in "$work/issuing.pem" -text -noout | tr -d ' \n' | grep -q '00:01:02:03:04:05:06:07:08'
grep -q 'BEGIN LIC EMERGENCY SECRET' "$work/issuing.pem"

# age -> ours, binary and armored
for form in '' '-a'; do
  rm -f "$work/back.key"
  form="$form" expect -c '
    set timeout 60
    log_user 0
    spawn sh -c "umask 077; age -p $env(form) -o $env(work)/back.key $env(work)/issuing.pem"
    expect "passphrase"
    send -- "$env(PASSPHRASE)\r"
    expect "onfirm"
    send -- "$env(PASSPHRASE)\r"
    expect eof
    exit [lindex [wait] 3]
  '
  node --input-type=module -e '
    const { readKeyFile } = await import(`${process.env.dist}/authority/vault.js`)
    const { seed, emergency } = await readKeyFile(`${process.env.work}/back.key`, async () => process.env.PASSPHRASE)
    if (seed.reveal().join() !== [...Array(32).keys()].join()) throw new Error("another seed")
    if (emergency.epoch !== 7 || emergency.secret.reveal()[31] !== 9) throw new Error("another emergency secret")
  '
done
echo 'age.sh: ok'
