/** The options that every command takes. Apart from the parser, so that help and completion load without commander. */

export const GLOBAL_FLAGS = {
  '--json': 'print the result as JSON, errors too',
  '--yes': 'confirm what would be asked',
  '--no-input': 'never ask; fail and name the missing flag (LIC_NO_INPUT=1, CI)',
  '--home <dir>': 'where the keys and the ledger lie (LIC_HOME)',
  '--plain': 'words only: no colour, no drawing, nothing repainted; for screen readers (LIC_PLAIN=1)',
  '--no-color': 'no colour (NO_COLOR)',
  '--debug': 'show where an error came from',
} as const
