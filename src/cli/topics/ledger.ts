/** The pages on the book of record: what proves it, and what brings it back. Lines of at most 80 columns. */

export const PROOFS = `Proofs

Every entry of the ledger is a leaf of one Merkle tree (RFC 6962). Its head, 32
bytes, stands for all entries up to there. Whoever keeps a signed head, where
nobody who can write to the ledger can write, can tell later whether anything
before it was changed.

  lic ledger checkpoint --out head.txt
                              signs the head with the audit key: five lines of
                              text (a C2SP signed note), or a QR code (--qr)
  lic ledger checkpoint --every 1d --out head.txt
                              for cron; nothing happens where nothing changed
  lic ledger verify --checkpoint head.txt
                              reads the whole ledger; exit 8 names the first row
                              that is wrong, its table and what is wrong
  lic ledger prove EDIT-7Q4MW --out license.tlog-proof
                              that this license was recorded
  lic ledger prove --from head.txt --out growth.txt
                              that the log still begins as it did

Anybody with the root public key checks a proof, without ledger or network:

  lic verify acme.lic --root root.pub --proof license.tlog-proof

With --checkpoint it must lead to that head; where the head is another one, a
proof of growth joins the two: --proof is given twice. A license that was signed
by a key before it was stolen stands with such a proof, and with none without;
on a device too, which keeps it:

  lic install acme.lic --proof license.tlog-proof

A proof shows ids, who acted, order references and price; no name or address of
a customer, and forgetting a customer changes none.

What is not found: entries that somebody with the ledger's own rights adds in
the ordinary way, and what was rewritten after the newest head kept elsewhere.
A signature without a row is: \`lic ledger audit FILE\` holds licenses that were
collected outside against the ledger.`

export const BACKUP = `Backup and restore

  lic ledger backup ledger.tar.age --with-keys --passphrase-file pass --verify

copies the ledger while others work, with the key files, into one file that
\`age -d ledger.tar.age | tar x\` opens too. --verify restores it into a place of
its own and looks it through: a backup that was never restored is a guess, and
\`lic doctor\` says so. Instead of a passphrase, --encrypt-to age1... takes the
recipient of somebody who keeps the identity elsewhere. Without either the file
holds names and addresses in clear, and keys that have no passphrase are asked
about. Keys stay sealed by their own passphrases inside: keep those elsewhere,
too. A ledger without its issuing, list, audit and emergency keys can be read,
and nothing more.

On an empty machine:

  lic ledger restore ledger.tar.age --passphrase-file pass --checkpoint head.txt
  lic ledger verify --root root.pub
  lic key list                which keys are there
  lic ledger audit ./sent     what was issued after the backup was made

What was recorded after the backup is gone from the ledger, not from the
customers: let the audit tell, and issue those licenses again. A ledger that is
there is never written over: --replace moves it into backups/ first. Where the
tables do not say what the entries say, \`lic ledger rebuild\` makes them anew.

For an auditor: \`lic ledger export --out log.ndjson\` (every byte of the log),
\`lic ledger export --format csv\`, or a page to print (.html).`

export const SERVER = `A ledger on a server

Where several machines issue, the ledger lies in a PostgreSQL database (14 or
later, encoding UTF8) that they share. Keys stay in files on each machine.

  lic init --name Acme --ledger postgres://lic@db.example/licenses
                              founds an authority; its home remembers the URL
  lic ledger copy --to postgres://lic@db.example/licenses
                              moves a ledger that is there, or back to a file;
                              the head is the same before and after
  LIC_LEDGER=postgres://...   where it lies, for a machine whose home does not
                              say so, or says otherwise

In the URL:
  ?sslmode=verify-full        the default beyond this machine: the server's
                              certificate is checked; sslrootcert=FILE names
                              who vouches for it, sslcert and sslkey are this
                              machine's own; no-verify and disable say so
  ?host=/var/run/postgresql   a socket: postgres://lic@/licenses?host=...
  ?options=-c%20search_path%3Dlic
                              a schema of its own
  ?pool=4                     connections of one process, 1 to 100
  ?connect_timeout=10         seconds
A password stands in the URL, in PGPASSWORD or ~/.pgpass; no message shows it.

One process writes at a time, and the others wait up to 15 seconds. Commits that
wait together share one flush of the server's disk. A command that the server
died under is run again with the same --idempotency-key: what was recorded is
answered, and never done twice.

LEDGER_UNREACHABLE: it is down, or does not let you in. LEDGER_UNSUITABLE: it is
too old. LEDGER_READ_ONLY: a standby, or a user without rights. \`lic doctor\`
looks at its version, durability, rights and connections.`
