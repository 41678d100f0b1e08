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
longest=$(cd "$source" && wc -l -- *.py *.java *.go *.rs | sed '$d' | sort -n | tail -n 1)
set -- $longest
cd "$work" && echo "$longest" >said
[ "$1" -le 80 ]
tell 'no file of a verifier is above 80 lines' | tee size.told

python=/usr/bin/python3
room python
cp "$source"/*.py "$source/fields.txt" .
program python app.py
language Python "$python -c 'import cryptography'" "$python -m py_compile *.py" "$python vectors.py" "$python app.py"

room java
program java App.java
language Java 'javac --version && java --version' \
  "javac -Xlint:all,-serial -Werror -d classes '$source'/*.java App.java && cp '$source/fields.txt' classes/lic/ && cp root.pub classes/" \
  'java -cp classes lic.Vectors' 'java -cp classes App'

room go
mkdir lic
cp "$source"/*.go "$source/fields.txt" lic/
sed 's/^module .*/module editor/' "$source/go.mod" >go.mod
program go main.go
export GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE="$work/go-cache"
language Go 'go version && test -d /usr/share/gocode/src/filippo.io/edwards25519' \
  'go test -c -o vectors ./lic && go build -o app .' ./vectors ./app

room rust
crates=/usr/share/cargo/registry
program rust main.rs
cat >build.sh <<'BUILD'
set -e
crate() { # crate NAME EDITION FILE...
  name=$1 edition=$2
  shift 2
  rustc -C opt-level=1 --edition "$edition" --crate-name "$name" -L . --out-dir . "$@"
}
crate regex_syntax 2018 --cap-lints allow --crate-type rlib "$2"/regex-syntax-0.6.*/src/lib.rs
crate regex 2018 --cap-lints allow --crate-type rlib --cfg 'feature="std"' --extern regex_syntax=libregex_syntax.rlib "$2"/regex-1.*/src/lib.rs
crate lic 2021 -D warnings --crate-type rlib --extern regex=libregex.rlib "$1/verifier.rs"
crate vectors 2021 -D warnings --extern lic=liblic.rlib "$1/vectors.rs"
crate app 2021 -D warnings --extern lic=liblic.rlib main.rs
BUILD
language Rust "rustc --version && test -d $crates/regex-1.7.1 && test -d $crates/regex-syntax-0.6.* && test -f /usr/include/sodium.h" "sh build.sh '$source' $crates" ./vectors ./app

wait
cd "$work" && cat $told
! grep -q '^not ok' size.told $told
