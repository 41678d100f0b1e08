/** `lic completion bash|zsh|fish`: the script that makes a shell complete lic. */

import { LicError } from '../../core/errors.ts'
import { closeMatches } from '../../ledger/close-matches.ts'
import { SCRIPTS } from '../completion/scripts.ts'
import { SHELLS } from '../completion/sources.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'

interface CompletionOptions {
  readonly shell: string
}

const LOADS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: 'put into ~/.bashrc: eval "$(lic completion bash)"',
  zsh: 'put into ~/.zshrc, behind compinit: source <(lic completion zsh)',
  fish: 'once: lic completion fish > ~/.config/fish/completions/lic.fish',
}

export const completion = async ({ io }: Context, { shell: asked }: CompletionOptions): Promise<Outcome> => {
  const shell = SHELLS.find((known) => known === asked)
  if (shell === undefined) {
    const [meant] = closeMatches(asked, SHELLS)
    throw new LicError('INVALID_INPUT', `no completion for the shell ${asked}`, {
      hint: meant === undefined ? `one of: ${SHELLS.join(', ')}` : `did you mean ${meant}?`,
    })
  }
  return {
    schema: 'completion',
    data: { shell, script: SCRIPTS[shell] },
    show: { text: SCRIPTS[shell] },
    // Whoever sees it on a terminal has not loaded it.
    notes: io.stdout.isTTY ? [LOADS[shell]] : [],
  }
}
