/** The name of the place where a ledger lies: the path of a file, ':memory:', or the URL of a PostgreSQL database. */

/** Whether a ledger is named by the URL of a server. */
export const isUrl = (file: string): boolean => /^postgres(ql)?:\/\//i.test(file)

/** What a message may show of a place: a URL without its password. */
export const shown = (file: string): string =>
  isUrl(file) ? (file.replace(/(:\/\/[^:/@]*):[^@/]*@/, '$1@').split('?')[0] ?? '') : file
