#!/bin/sh
# Trial licenses from any shell, one a call: sh trial.sh PRODUCT EMAIL [ORDER]
#
# LIC_KEY_FILE names the delegated key (lic key delegate ... --out ci.key), readable by its owner alone; or LIC_KEY holds it.
# JOURNAL collects what was made, one line a license; the vendor takes it in: lic ledger import trials.ndjson
# ORDER is whatever makes this trial one: the same again gives the same license id. The license goes to stdout.
set -eu

product=$1
email=$2
order=${3:-$email}
journal=${JOURNAL:-trials.ndjson}

made=$(lic trial ${LIC_KEY_FILE:+--key "$LIC_KEY_FILE"} --product "$product" --email "$email" --idempotency-key "$order" --json)
printf '%s\n' "$made" >>"$journal"
# What was made is in the journal; this only takes the code out of it.
printf '%s\n' "$made" | sed -n 's/.*"code":"\(LIC1-[0-9A-Z]*\)".*/\1/p'
