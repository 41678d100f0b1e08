/** Pages on working with lic: scripts, care, and what to do when it fails. Lines of at most 80 columns. */

export const JSON_OUTPUT = `JSON

With --json each command prints one line on stdout:

  {"schema":"lic.license/1","data":{...}}

\`lic schema\` lists every shape, \`lic schema license\` prints the JSON Schema of
one (2020-12). Within a number fields are only added; another meaning is another
number. Work on many rows prints one such line a row (NDJSON).

A failure leaves stdout empty and prints one line on stderr:

  {"error":{"code":"NOT_FOUND","message":"...","hint":"...","exit":3}}

Codes are a closed table with an exit status each: \`lic help exit-codes\`,
\`lic help NOT_FOUND\`. A genuine license that is refused is a result: the
verdict goes to stdout, the exit status is 7.`

export const ADMIN = `Looking after an authority

Everything lies in LIC_HOME: ledger.db, keys/, backups/. It must be on a disk of
this machine, not on a network drive. Several machines: \`lic help server\`.

  lic doctor                  looks over machine, keys and ledger
  lic key list                which keys are here, with a passphrase or without
  lic revocations publish --out revoked.lrl
                              after each revocation, and on a schedule
  lic ledger backup ledger.tar.age --with-keys --passphrase-file pass --verify
                              each day or week; more: \`lic help backup\`
  lic ledger checkpoint --every 1d --out head.txt
                              kept elsewhere, it shows later whether anything
                              before it was changed: \`lic help proofs\`

The root key is needed to certify keys only: move root.key to another medium.
The ledger is append-only: who did what, when and why (LIC_ACTOR, --reason)
stays. A newer lic brings the ledger up to date by itself, and keeps a copy in
backups/ first. Several people may work on one machine at once; each waits for
the other up to 15 seconds, then LEDGER_BUSY says so.`

/** Symptom, cause, and the command that mends it. */
export const TROUBLESHOOTING = `When something fails

Each error has a code, and each code a page: \`lic help CODE\`. \`lic doctor\` looks
for most of what follows.

NO_LEDGER: there is no ledger at ...
  Another user or another LIC_HOME than before: --home DIR, or \`lic init\`.
KEY_LOCKED: a passphrase is needed, and nobody can be asked
  No terminal, or CI is set: --passphrase-file FILE or LIC_PASSPHRASE_FILE.
KEY_LOCKED: the ssh-agent does not offer the key ...
  ssh-add FILE, or ssh-add -X for a locked agent. What it offers: ssh-add -l.
WRONG_PASSPHRASE
  Each key file may have its own: \`lic key list\` names the files.
KEY_FILE_EXPOSED: others can read the key file
  chmod 600 FILE
CLOCK_SUSPECT
  The clock is behind the ledger, or far ahead. Compare: date -u. If it is
  right, --clock-ok.
LEDGER_BUSY
  Another lic writes for longer than 15 seconds: try again.
LEDGER_READ_ONLY
  The file or its directory belongs to someone else, or the disk is mounted so.
LEDGER_UNREACHABLE
  The database server of the ledger is down or does not let you in: LIC_LEDGER.
LEDGER_DAMAGED
  Stop issuing. \`lic ledger verify --all\` says what is wrong. Where only tables
  are, \`lic ledger rebuild\` mends them; else \`lic ledger restore FILE\`.
PROOF_INVALID
  The proof is of another license, or leads to another head than the checkpoint:
  \`lic ledger prove --from CHECKPOINT\` at the vendor joins the two.
LEDGER_NEWER
  A newer lic wrote it: upgrade this one.
CODE_MISTYPED
  The message names the group: compare it with the original, type it again.
AMBIGUOUS
  Several keys or customers fit: type more, or give the id. \`lic list\`
UNKNOWN_KEY at the customer
  --root is not this vendor's: \`lic trust export --out root.pub\` at the vendor.
BAD_SIGNATURE
  The bytes were changed: \`lic show KEY --out FILE\` hands it over again.
KEY_COMPROMISED
  The key that signed it was stolen, and this device did not have it before:
  it needs the re-issued file: \`lic key compromise KID --at T --reissue\`
LICENSE_EXPIRED
  \`lic renew KEY --for 1y --out FILE\`
LICENSE_REVOKED although it was reinstated
  The device has an old list: \`lic revocations publish --out FILE\`
NOT_IN_LEDGER at the vendor
  Made by a CI: \`lic ledger import FILE\`. If nobody made it, a key is stolen.
RIGHTS_EXCEEDED: five typed lines cannot be signed
  The key that the site knows is retired or has ended: send QR code or file.
NOT_FOUND: no issuing key is in use
  It is retired or compromised: \`lic key rotate issuing\`
TEST_LICENSE
  Issued with --test: \`lic verify FILE --allow-test\` takes it, a release
  does not.
A command hangs in a script
  It never waits without a terminal; with one, --no-input makes it fail instead.`
