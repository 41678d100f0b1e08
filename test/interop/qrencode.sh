#!/bin/sh
# Every kind of QR code that qrencode draws, read by lic: all versions, levels and modes, Micro QR, several sizes and colors.
# Usage: qrencode.sh LIC_JS, in a directory of one's own.
set -eu
lic=$1
rm -rf drawn
mkdir drawn
count=0
draw() { # draw TEXT OPTIONS...
  count=$((count + 1))
  name=$(printf 'drawn/%03d' "$count")
  text=$1
  shift
  printf '%s' "$text" >"$name.txt"
  qrencode -o "$name.png" "$@" -r "$name.txt"
}
for version in $(seq 1 40); do draw "VERSION $version" -v "$version"; done
for level in L M Q H; do
  draw "https://example.com/?level=$level" -l "$level"
  draw "$(printf '0123456789ABCDEFGHJKMNPQRSTVWXYZ%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)" -l "$level"
done
draw 0123456789012345678901234567890 -l M
draw 'größer, 日本, Ελλάδα' -8
draw 'mixed lower AND UPPER 12345678901234567890' -l Q
draw 'ignores case' -i
draw 'two pixels a module' -s 2
draw 'twelve pixels a module' -s 12
draw 'a border of one module' -m 1
draw 'blue on yellow' --foreground=000066 --background=ffffaa
draw 'light on dark' --foreground=ffffff --background=000000
for version in 2 3 4; do draw 1234 -M -v "$version" -l L; done
draw MICRO4 -M -v 4 -l M

# One run for all: pictures of others are exit 7, which is not what is asked here.
node "$lic" decode drawn/*.png --json >read.json 2>read.log || [ $? -eq 7 ]
node -e '
  const { readFileSync } = require("node:fs")
  const { codes } = JSON.parse(readFileSync("read.json", "utf8")).data
  const drawn = Number(process.argv[1])
  const wrong = codes.filter(({ source, text }) => {
    const wanted = readFileSync(source.replace(/png$/, "txt"), "utf8")
    return text !== wanted && text !== wanted.toUpperCase()
  })
  for (const { source, text } of wrong) console.log(`${source}: ${text}`)
  if (codes.length !== drawn) console.log(`${codes.length} read of ${drawn}`)
  process.exit(wrong.length > 0 || codes.length !== drawn ? 1 : 0)' "$count"
