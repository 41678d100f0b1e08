/** The page on files of rows. Lines of at most 80 columns. */

export const BULK = `Many at once

A file of rows is CSV (with a first line that names the columns) or NDJSON, in
UTF-8; - is stdin. Columns are named like flags; a flag holds for every row, and
a cell goes before it. An empty cell was not given. A list stands in one cell,
with blanks between. A column of another name is refused: --ignore-column NAME
skips it.

lic issue --from FILE
  customer email customer_name company country product bundle tier expires
  starts seats devices kind metric feature limit activation maintenance versions
  restrict emergency test licensee grace fresh label tag note order invoice
  subscription reason idempotency_key out
lic renew --from FILE
  key product for until from reason idempotency_key out
lic revoke --from FILE, lic suspend, lic reinstate, lic cancel
  key product reason idempotency_key
lic customer import FILE
  name email id company country tag notes
lic trial --from FILE
  product tier days email customer licensee seats devices test idempotency_key
  out

A row that cannot be understood costs no other: it is named, and the exit status
is 10. It ends at the next line end outside of quoted cells. Where its end is
not known (a quote that is never closed, a line without end), reading stops, and
that nothing after that row was read is said.

The same command again goes on where it was: a row that was done gives the first
answer again. A row that was changed since is a new row: correct what was issued
with \`lic change KEY\`. The same rows for another purchase:
--idempotency-key PREFIX. \`lic trial\` remembers nothing: a row gives the same
license id again, and the same license where --out-dir has it.`
