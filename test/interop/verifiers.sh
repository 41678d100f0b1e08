#!/bin/sh
# verifiers.sh ROOT.pub GOOD.lic FORGED.lic: the verifiers in other languages, each on all shared vectors, then as the README embeds
# it, on a license that lic made and one that was changed. A language whose toolchain is not here is skipped, and nothing is fetched.
# Prints `ok NAME`, `not ok NAME` or `skipped: WHY`; exit 1 when anything is not ok.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source=$here/verifiers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# language NAME NEED BUILD VECTORS APP: in a directory that holds the verifier, the README's program and what it embeds, BUILD makes
# what VECTORS and APP run. All languages at the same time, what they print one after the other.
language() {
  examine "$@" >"$work/$1.told" &
  told="$told $1.told"
}
told=
examine() {
  name=$1 needed=$2 build=$3 vectors=$4 app=$5
  if ! sh -c "$needed" >/dev/null 2>&1; then
    echo "skipped: no toolchain for $name"
    return
  fi
  if ! sh -c "$build" >log 2>&1; then
    echo "not ok $name: the verifier is built"
    sed 's/^/  /' log
    return
  fi
  # Words of one command, without quotes in them.
  node "$source/vectors.mjs" "$name" $vectors
  cp "$good" globex.lic
  $app >said 2>&1 && grep -q professional said
  tell "$name: the program of the README takes a license of lic"
  cp "$forged" globex.lic
  ! $app >said 2>&1 && grep -q BAD_SIGNATURE said
  tell "$name: and refuses a changed one"
}
tell() {
  if [ $? -eq 0 ]; then
    echo "ok $1"
  else
    echo "not ok $1"
    sed 's/^/  /' said
  fi
}
# program LANGUAGE FILE: the README's program in that language.
program() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$here/../../README.md" | sed '1d;$d' >"$2"; }
room() { mkdir -p "$work/$1" && cd "$work/$1" && cp "$root" root.pub; }

root=$(realpath "$1") good=$(realpath "$2") forged=$(realpath "$3")
cd "$source" && wc -l -- $(ls *.py *.java *.go *.cs | grep -iv '^vectors') | sed '$d' | sort -n >"$work/said" && cd "$work"
[ "$(wc -l <said)" -eq 4 ] && [ "$(tail -n 1 said | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -le 80 ]
tell 'a verifier is one file of at most 80 lines' | tee size.told

python=/usr/bin/python3
room python
cp "$source"/*.py "$source/rules.txt" .
program python app.py
language Python "$python -c 'import cryptography, nacl'" "$python -m py_compile *.py" "$python vectors.py" "$python app.py"

room java
program java App.java
bcprov=/usr/share/java/bcprov.jar # which names jars for mail that it does without: -path
language Java "javac --version && java --version && test -f $bcprov" \
  "javac -Xlint:all,-serial,-path -Werror -cp $bcprov -d classes '$source'/*.java App.java && cp '$source/rules.txt' classes/lic/ && cp root.pub classes/" \
  "java -cp classes:$bcprov lic.Vectors" "java -cp classes:$bcprov App"

room go
mkdir lic
cp "$source"/*.go "$source/rules.txt" lic/
sed 's/^module .*/module editor/' "$source/go.mod" >go.mod
program go main.go
export GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE="$work/go-cache"
language Go 'go version && test -d /usr/share/gocode/src/filippo.io/edwards25519' \
  'go test -c -o vectors ./lic && go build -o app .' ./vectors ./app

room csharp
program csharp App.cs
language 'C#' 'mcs --version && mono --version && test -f /usr/include/sodium.h' \
  "mcs -langversion:7 -warnaserror -main:Vectors -resource:'$source/rules.txt' -out:vectors.exe '$source'/*.cs &&
    mcs -langversion:7 -warnaserror -resource:'$source/rules.txt' -resource:root.pub -out:app.exe '$source/Verifier.cs' App.cs" \
  'mono vectors.exe' 'mono app.exe'

wait
cd "$work" && cat $told
! grep -q '^not ok' size.told $told
