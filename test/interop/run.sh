#!/bin/sh
# What lic makes, as other programs see it; and what the built lic does without its modules, its network, its driver.
# Prints `ok NAME` or `not ok NAME` a check. Needs: a build in dist/, python3 with cbor2 and cryptography, zbarimg, age, expect.
set -u
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Node would read its certificates at each start, and no check goes to a network.
unset NODE_EXTRA_CA_CERTS
export CI=true LIC_HOME="$work/home" LIC_ACTOR=interop
failed=0

lic() { node "$root/bin/lic.js" "$@"; }
# check NAME COMMAND...: its output is shown only when it fails.
check() {
  name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    echo "ok $name"
  else
    echo "not ok $name"
    sed 's/^/  /' "$work/log"
    failed=$((failed + 1))
  fi
}
skip() { echo "skipped: $1"; }
needs() { command -v "$1" >/dev/null 2>&1; }
field() { node -e 'let t="";process.stdin.on("data",(d)=>{t+=d}).on("end",()=>{console.log(JSON.parse(t).data[process.argv[1]])})' "$1"; }
fails() { ! "$@"; }
status_is() {
  wanted=$1
  shift
  "$@"
  [ $? -eq "$wanted" ]
}

cd "$work"
check 'lic makes an authority' lic init --name Acme --no-passphrase
check 'a product' lic product add editor --name Editor --prefix EDIT
check 'a customer' lic customer add --name 'Acme Ltd' --id acme --email it@acme.example
check 'root keys are exported' lic trust export --out root.pub
lic issue --customer acme --product editor --tier professional --expires 1y --out acme.lic --qr acme.png --json >issued.json 2>log ||
  { echo 'not ok a license is issued'; cat log; exit 1; }
echo 'ok a license is issued'
code=$(field code <issued.json)
key=$(field key <issued.json)

prove() {
  lic ledger checkpoint --out head.txt && lic ledger prove "$key" --out acme.tlog-proof &&
    lic product add viewer --name Viewer && lic ledger checkpoint --out later.txt &&
    lic ledger prove --from head.txt --out growth.txt
}
check 'the log is proved' prove

# Another language, with COSE and Ed25519 libraries of its own.
python=/usr/bin/python3
cp acme.lic forged.lic
printf '\377' | dd of=forged.lic bs=1 seek=$(($(wc -c <forged.lic) - 5)) conv=notrunc 2>/dev/null
if "$python" -c 'import cbor2, cryptography' 2>/dev/null; then
  check 'Python verifies license and certificate' sh -c "
    '$python' '$root/test/interop/verify_license.py' root.pub acme.lic >claims 2>signatures && [ \$(grep -c 'good signature' signatures) -eq 2 ]"
  check 'Python refuses a changed license' fails "$python" "$root/test/interop/verify_license.py" root.pub forged.lic
  proof="$root/test/interop/verify_proof.py"
  check 'Python checks the tree vectors' "$python" "$proof" vectors "$root/test/vectors/objects.json"
  check 'Python checks a proof of inclusion' "$python" "$proof" inclusion root.pub acme.lic acme.tlog-proof
  check 'Python refuses it for another license' fails "$python" "$proof" inclusion root.pub forged.lic acme.tlog-proof
  check 'Python checks a proof of growth' "$python" "$proof" consistency head.txt growth.txt
  check 'Python refuses it from another head' fails "$python" "$proof" consistency later.txt growth.txt
  check 'OpenSSL reads the root key' openssl pkey -pubin -in root.pub -noout
else
  skip 'no python3 with cbor2 and cryptography'
fi

# The verifiers that other languages embed; it prints checks of its own.
sh "$root/test/interop/verifiers.sh" root.pub acme.lic forged.lic || failed=$((failed + 1))

# The picture, by a reader that knows nothing of lic.
if needs zbarimg; then
  check 'zbarimg reads the code from the picture' sh -c "[ \"\$(zbarimg -q --raw acme.png)\" = '$code' ]"
else
  skip 'no zbarimg'
fi
if needs qrencode; then
  check 'lic reads every kind of code that qrencode draws' sh "$root/test/interop/qrencode.sh" "$root/bin/lic.js"
else
  skip 'no qrencode'
fi
check 'lic reads the picture' lic verify acme.png --root root.pub --product editor
check 'and the code on the command line' lic verify "$code" --root root.pub --product editor
check 'a forged license is refused' status_is 7 lic verify forged.lic --root root.pub

# Passphrases: what lic seals, stock age opens.
if needs age && needs expect && needs openssl; then
  printf 'correct horse battery\n' >pass
  sealed="$work/sealed"
  check 'keys are sealed' lic init --home "$sealed" --name Acme --passphrase-file pass
  cat >open.exp <<'EXPECT'
set timeout 60
log_user 0
spawn age -d -o opened.pem [lindex $argv 0]
expect "passphrase"
send -- "correct horse battery\r"
expect eof
exit [lindex [wait] 3]
EXPECT
  check 'stock age opens a key file' sh -c "expect open.exp '$sealed/keys/issuing.key' && openssl pkey -in opened.pem -noout"
  check 'a backup is sealed to an age recipient' sh -c "age-keygen -o identity 2>/dev/null &&
    node '$root/bin/lic.js' ledger backup ledger.age --encrypt-to \"\$(age-keygen -y identity)\" --with-keys --identity identity --verify"
  check 'stock age and tar open it' sh -c "age -d -i identity ledger.age | tar tf - | grep -q '^ledger.db\$'"
  check 'age and the vault, both ways' sh "$root/test/interop/age.sh"
else
  skip 'no age, expect or openssl'
fi

# Private keys on paper and in the OpenSSH agent.
if needs zbarimg && needs age && needs expect && needs openssl; then
  check 'paper backups by other readers, and by age' sh "$root/test/interop/paper.sh" "$root/bin/lic.js"
else
  skip 'no zbarimg, age, expect or openssl'
fi
if needs ssh-agent && "$python" -c 'import cbor2, cryptography' 2>/dev/null; then
  check 'the OpenSSH agent signs' sh "$root/test/interop/agent.sh" "$root/bin/lic.js"
else
  skip 'no ssh-agent, or no python3 with cbor2 and cryptography'
fi

# The program by itself: no module beside it, so no driver either.
mkdir -p alone/src/core
cp -R "$root/bin" "$root/dist" "$root/templates" "$root/package.json" alone/
alone() { node "$work/alone/bin/lic.js" "$@"; }
check 'without modules: --version' alone --version
check 'without modules: verify' alone verify acme.lic --root root.pub --product editor
check 'without modules: a proof of the log' alone verify acme.lic --root root.pub --proof acme.tlog-proof --proof growth.txt --checkpoint later.txt
check 'without modules: inspect' alone inspect acme.lic
check 'without modules: help' alone help issue
check 'without the driver a vendor command says what is missing' sh -c "
  node '$work/alone/bin/lic.js' list 2>message; [ \$? -eq 1 ] && grep -q better-sqlite3 message"

# The tab key in real shells: a command, a name of the ledger, a closed set, a file; and nothing that is typed is run.
mkdir "$work/path"
printf '#!/bin/sh\nexec node "%s/bin/lic.js" "$@"\n' "$root" >"$work/path/lic"
chmod +x "$work/path/lic"
cp acme.lic other.lic
offers() { # offers SHELL LINE WANTED
  case $1 in
    bash) offered=$(PATH="$work/path:$PATH" bash "$root/test/interop/complete.bash" "$2") ;;
    zsh) offered=$(PATH="$work/path:$PATH" timeout 30 zsh -f "$root/test/interop/complete.zsh" "lic $2" </dev/null) ;;
    fish) offered=$(PATH="$work/path:$PATH" HOME="$work" fish -c 'source (lic completion fish | psub); complete -C "lic $argv[1]"' "$2") ;;
  esac
  echo "$offered"
  echo "$offered" | grep -q -- "$3"
}
for shell in bash zsh fish; do
  if needs "$shell"; then
    check "$shell completes commands" offers "$shell" 'custo' customer
    check "$shell completes customers" offers "$shell" 'issue --customer acm' acme
    check "$shell completes closed sets" offers "$shell" 'list --status=susp' suspended
    check "$shell completes keys" offers "$shell" "show EDIT-" 'EDIT-[A-Z0-9]*'
    check "$shell completes files" offers "$shell" 'verify othe' other.lic
    offers "$shell" '--home "$(touch typed)" show ' . >/dev/null 2>&1
    check "$shell runs nothing that is typed" fails test -e typed
  else
    skip "no $shell"
  fi
done

# At a real terminal: questions, a confirmation, progress, and Ctrl-C half-way through a batch.
if needs expect; then
  desk="$work/desk"
  LIC_HOME="$desk" lic init --name Acme --no-passphrase >/dev/null &&
    LIC_HOME="$desk" lic product add editor --name Editor >/dev/null &&
    LIC_HOME="$desk" lic customer add --id acme --name Acme >/dev/null
  { echo customer,product,tier,expires,order; seq -f 'acme,editor,free,1y,A-%.0f' 2500; } >orders.csv
  check 'the desk at a real terminal' expect "$root/test/interop/desk.exp" "$root/bin/lic.js" "$desk" "$work/orders.csv"
else
  skip 'no expect'
fi

# No network: not needed, and not asked for.
if unshare -n true 2>/dev/null; then
  quiet() { unshare -n node "$root/bin/lic.js" "$@"; }
  check 'without network: verify' quiet verify acme.lic --root root.pub
  check 'without network: issue' quiet issue --customer acme --product editor --tier basic --expires 1y --out second.lic
  check 'without network: renew' quiet renew "$key" --for 30d --out renewed.lic
else
  skip 'no right to take the network away'
fi
if needs strace; then
  check 'no socket is opened' sh -c "
    strace -f -qq -e trace=socket,connect -o calls node '$root/bin/lic.js' issue --customer acme --product editor --tier basic --expires 1y &&
    ! grep -E 'AF_INET' calls"
else
  skip 'no strace'
fi

# The kit: one file on a machine that has Node and nothing else, as a user without rights, without network; then the same state
# on another machine. Only what is read out goes between the two.
if unshare -n true 2>/dev/null && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  kit=$(mktemp -d)
  chmod 0755 "$kit"
  lic issue --customer acme --product editor --tier professional --expires 1y --activation required --json >kit.json 2>>log
  kitted=$(field key <kit.json)
  check 'a kit is written' lic kit --product editor --key "$kitted" --out made
  cp made/lic.cjs made/root.pub made/*.lic "$kit/"
  chown -R 65534:65534 "$kit"
  sealed() { (cd "$kit" && unshare -n setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH="$PATH" HOME="$kit" CI=true node lic.cjs "$@"); }
  check 'kit: help' sealed help
  check 'kit: a vendor command is unknown' status_is 2 sealed issue
  check 'kit: verify asks for the root keys' status_is 2 sealed verify "$(basename "$kit"/*.lic)"
  check 'kit: verify' sealed verify "$(basename "$kit"/*.lic)" --root root.pub --product editor
  check 'kit: nothing is installed' status_is 7 sealed status
  check 'kit: install' sealed install "$(basename "$kit"/*.lic)" --root root.pub
  check 'kit: it must be activated' status_is 7 sealed status
  # A machine that shows too little of itself is named; the rest is the same.
  bound=machine
  sealed request >asked 2>>log || { bound=id=press-4 && sealed request --bind "$bound" >asked 2>>log; }
  check 'kit: request' grep -qE '^2\. ([0-9A-Z]{5} ){4}[0-9A-Z]{5}$' asked
  check 'kit: the vendor answers' sh -c "node '$root/bin/lic.js' respond - --typed <asked >answered"
  check 'kit: activate' sealed activate - <answered
  check 'kit: the product may run' sealed status
  cp acme.png "$kit/" && chmod 0644 "$kit/acme.png"
  check 'kit: a picture is read' sealed verify acme.png --root root.pub --product editor
  if [ "$bound" = machine ] && [ -f /etc/machine-id ]; then
    echo 0123456789abcdef0123456789abcdef >machine-id
    # Another machine-id, and a network device of its own; the real ones are out of sight.
    elsewhere() {
      unshare -mn sh -c "
        mount --bind '$work/machine-id' /etc/machine-id && mount -t sysfs sysfs /sys && cd '$kit' &&
        { ip link add lic0 address 02:00:00:00:00:99 type veth || true; } 2>/dev/null
        exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH='$PATH' HOME='$kit' CI=true node lic.cjs status --json"
    }
    if unshare -mn sh -c "mount --bind '$work/machine-id' /etc/machine-id && mount -t sysfs sysfs /sys" 2>/dev/null; then
      elsewhere >moved 2>>log
      check 'kit: on another machine it is refused' grep -q DEVICE_MISMATCH moved
      check 'kit: and still runs on its own' sealed status
    else
      skip 'no right to be another machine'
    fi
  fi
  # The clock of the machine itself: a year on, and turned back. The vendor's word alone sets that right.
  if needs faketime; then
    later() {
      when=$1
      shift
      (cd "$kit" && unshare -n setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH="$PATH" HOME="$kit" CI=true \
        faketime --exclude-monotonic -f "$when" node lic.cjs "$@")
    }
    check 'kit: after a year it may not run' status_is 7 later +400d status
    later +400d status --json >aged 2>>log
    check 'kit: for it has expired' grep -q LICENSE_EXPIRED aged
    sealed status --json >turned 2>>log
    check 'kit: a clock that is turned back is refused' grep -q CLOCK_ROLLED_BACK turned
    sealed request --bind "$bound" >asked 2>>log
    check 'kit: the vendor is asked to look at it' status_is 2 sh -c "node '$root/bin/lic.js' respond - --typed <asked"
    check 'kit: and confirms what it shows' sh -c "node '$root/bin/lic.js' respond - --typed --clock-confirmed <asked >answered"
    check 'kit: the clock is believed again' sealed activate - <answered
    check 'kit: and the product runs' sealed status
  else
    skip 'no faketime'
  fi
  check 'kit: deactivate' sealed deactivate --yes
  check 'kit: the product may not run' status_is 7 sealed status
  rm -rf "$kit"
else
  skip 'no right to take the network or the user away'
fi

# The library as a dependency: the built door, by the package's own name.
cat >"$root/dist/.door.mjs" <<'JS'
import { readFileSync } from 'node:fs'
import { publicKeysFromPem, verify } from 'lic'
const roots = publicKeysFromPem(readFileSync(process.argv[2], 'utf8'))
const verdict = verify(readFileSync(process.argv[3]), { roots, product: 'editor', now: Math.floor(Date.now() / 1000) })
if (!verdict.ok || verdict.line.tier !== 'professional') throw new Error(JSON.stringify(verdict))
JS
check 'the library verifies, by its name' node "$root/dist/.door.mjs" root.pub acme.lic
rm -f "$root/dist/.door.mjs"

exit "$failed"
