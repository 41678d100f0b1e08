/** Pages on what lic works with: keys, formats, dates. Lines of at most 80 columns; every command named exists. */

export const KEYS = `Keys

\`lic init\` makes five key files in LIC_HOME/keys, each with a passphrase of its
own if you like:

  root       certifies the others. Take it off this machine after \`lic init\`.
  issuing    signs licenses; daily work needs it.
  list       signs revocation lists.
  audit      signs checkpoints of the ledger.
  emergency  a secret that emergency codes are made from; it signs nothing.

\`lic key list\` shows what each may sign, until when, and where its private half
is. A product embeds root public keys only: \`lic trust export --out root.pub\`.
The certificate of the issuing key travels in each license, so a new issuing key
needs no new release of the product.

Keys follow one another. \`lic key rotate issuing\` starts the next, issuing-2,
and says first what it touches: nothing that was signed loses its force, and
both are in use until \`lic key retire KID\`. A site that was answered by phone
knows the key of its license alone; typed answers go on under that one, and it
is not retired before. \`lic key rotate root\` makes the next root, which the old
one links to: products that embed the old one take what the new one certifies.
Build both into the next release, and let products that are out there know:
\`lic trust publish --out trust.lic\`. A key of fewer rights, as \`lic key create
--role issuing --name desk\` with --tiers makes it, signs when it is asked for:
--signer desk, or LIC_SIGNER.

An issuing key was stolen. The time is the last at which it was yours alone; the
emergency secret lay beside it:

  lic key compromise KID --at 2026-11-02T18:00Z
  lic key compromise emergency
  lic key rotate emergency
  lic key rotate issuing
  lic revocations publish --out list.lrl
  lic key compromise KID --at 2026-11-02T18:00Z --reissue --out-dir again

The list goes to every site, and what lies in again/ to whoever has not had the
license before that time. If the key was never out of your hands after all, the
root takes it back: \`lic trust publish --lift KID\`. When somebody leaves, their
key is retired; where a copy may have gone along, \`lic trust publish --end
KEY=2026-12-31\` lets nothing later count.

A key file is an age file with a passphrase (scrypt): \`age -d\` opens it. A file
that others can read is not used. The passphrase comes from a prompt,
--passphrase-file, --passphrase-fd or LIC_PASSPHRASE_FILE, never from a flag's
value. \`lic key passphrase KEY\` changes it; copies made before keep the old one.

ssh-agent (SSH_AUTH_SOCK): \`lic key unlock --for 15m\` puts the issuing key
there, \`lic key lock\` takes it out. A key that only the agent holds, on a token
or card, is certified by \`lic key import --agent\`; it must be ssh-ed25519. An
agent cannot hold the emergency secret: licenses and answers with emergency
codes still ask for its passphrase. A given passphrase goes before the agent.

Backups: \`lic key backup root --sheet root.html\` is a page to print, with a QR
code and three lines to type (--seal: ten, under a passphrase); --out FILE is a
copy of the file. \`lic key import FILE\` brings either back. Whoever has a page
without passphrase has the key. \`lic key ceremony\` makes a new authority, prints
both secrets, has the pages read back, and moves the root key away.

A machine that makes trials gets a key of its own: \`lic key delegate --name ci
--tiers trial --products editor --out ci.key\`. Its certificate says what it may
make: tiers as they stand now, for so many days, seats and devices. What is
more, every product refuses. \`lic trial\` takes it from

  --key FILE    only its owner may read the file (0600)
  --key-fd N    an open descriptor; it never lies on the disk of the runner
  LIC_KEY       the text of the file, or its base64 in one line. Easiest in a
                CI; but each program of the job can read it, and some logs
                print the environment: a short --expires bounds what it is worth

The ledger never sees what is made until \`lic ledger import FILE\` takes it in. A
new key is a new \`lic key delegate\`, under another name: ci-2. Licenses of the
old one stand until they end.

A license key such as EDIT-XXXXX-XXXXX-XXXXX-XXXXX is something else: the name
of a license. It opens nothing. Each group ends in a check symbol, so a mistyped
group is named. The beginning of a key will do where one is taken.`

export const FORMATS = `Formats

A license is one signed object (COSE_Sign1, RFC 9052, Ed25519) of 145 to 700
bytes. It is signed, not encrypted: everybody can read it, nobody can change it.
It comes as

  bytes    --out FILE.lic
  picture  --qr FILE.png, --qr FILE.svg; on the terminal with --qr -
  text     --armor: lines that survive an e-mail
  code     LIC1-..., printed by \`lic issue\` and \`lic show KEY\`

\`lic verify FILE\` and \`lic inspect FILE\` take any of them, and - for stdin; what
it is they see by its content, never by its name. A picture may be a PNG or a
JPEG, a photograph too. Parts of a long code are given together, in any order;
what a code or picture is at all, \`lic decode CODE\` tells.

A revocation list is one signed file for all licenses: \`lic revocations publish
--out revoked.lrl\`. A device takes it by \`lic install LIST\` and keeps
the newest: an older one is refused when it comes alone, and left aside where it
travels beside a license, an answer or a bundle. \`lic verify FILE\` remembers
none; of several lists that --revocations names the newest counts.

Tiers are TOML files: \`lic tier add FILE\`. Results are JSON with --json:
\`lic help json\`. Every byte is specified in src/core/FORMAT.md.`

export const DATES = `Dates and terms

Times are ISO 8601 and UTC, in and out. A date without a time ends with its day:
2027-01-31 is 2027-01-31T23:59:59Z.

A term is a number and a unit: 14d, 2w, 6mo, 1y; never has no end. A bare m is
refused: it could be minutes or months. Months and years follow the calendar: a
month after 31 January is the last day of February, a year after 29 February
is 28 February.

\`lic renew KEY --for 30d\` counts from the old end while the license runs or is
in grace: with 3 days left, 33 days follow. After that it counts from now;
--from counts from a time of your own. \`lic renew KEY --until 2028-01-31\` names
the end itself. After its end a license runs on for its grace: 48 hours, a
trial not at all, unless its tier says otherwise.

Nothing is signed while the clock is more than five minutes behind the newest
entry of the ledger; when it is 90 days ahead, lic asks first (--clock-ok).`
