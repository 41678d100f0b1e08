# node, program, an empty directory, a directory for results, size. Fills a file system of that size in many ways.
node=$1 bin=$2 place=$3 results=$4 size=$5
mount -t tmpfs -o "size=$size" none "$place"
run() {
  name=$1
  shift
  status=0
  "$node" "$bin" "$@" --json > "$results/$name.out" 2> "$results/$name.err" || status=$?
  echo "$status" > "$results/$name.status"
}
fill() { dd if=/dev/zero of="$place/fill" bs=1k 2> /dev/null || true; }
issue() { run "$1" issue --customer acme --product editor --tier "$2" --expires 1y; }

run init init --name Acme --no-passphrase
if [ "$(cat "$results/init.status")" != 0 ]; then
  ls -A "$place" > "$results/left"
  exit 0
fi
mv "$results/init.status" "$results/ok-init.status"
mv "$results/init.out" "$results/ok-init.out"
mv "$results/init.err" "$results/ok-init.err"
run ok-product product add editor --name Editor
run ok-customer customer add --id acme --name Acme
issue ok-issue-first basic
for free in 0 4 16 32 36 40 48 64; do
  fill
  truncate -s "-${free}K" "$place/fill"
  issue "full-$free" enterprise
  rm "$place/fill"
done
fill
run full-renew customer add --name Other
run full-out revocations publish --out "$place/list.lrl"
rm "$place/fill"
issue ok-issue-after basic
run ok-list list
