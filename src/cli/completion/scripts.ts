/**
 * What a shell is told to do at the tab key: ask `lic complete` with the words so far. Invariant: nothing that was typed
 * and nothing that was answered is ever evaluated by the shell, so neither `--home $(...)` nor a customer's name runs.
 */

import type { SHELLS } from './sources.ts'

const BASH = `# bash completion for lic. Load it: eval "$(lic completion bash)"
_lic_complete() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() answer=() word trimmed line value i
  # bash also splits at = and :, so words without a space between them are put together again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    [[ $i -eq $COMP_CWORD ]] && word=$trimmed
    if [[ $i -gt 0 && $trimmed == "$rest" ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    rest=\${trimmed#"$word"}
  done
  for ((i = 0; i < \${#words[@]}; i++)); do words[i]=\${words[i]//[\\"\\'\\\\]/}; done
  local current=\${words[\${#words[@]}-1]} breaks=\${COMP_WORDBREAKS//[^=:]/} before=
  [[ -n $breaks ]] && before=\${current%"\${current##*[$breaks]}"}
  while IFS= read -r line; do answer+=("$line"); done < <(command lic complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  case \${answer[0]-} in
    files | directories)
      compopt -o filenames 2>/dev/null
      local only=-f
      [[ \${answer[0]} == directories ]] && only=-d
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen $only -- "\${current#"$before"}")
      ;;
    words)
      compopt -o nosort 2>/dev/null
      for line in "\${answer[@]:1}"; do
        value=\${line%%$'\\t'*}
        COMPREPLY+=("\${value#"$before"}")
      done
      # A list that is only shown tells what each one is.
      if [[ \${COMP_TYPE-} -eq 63 && \${#COMPREPLY[@]} -gt 1 ]]; then
        for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do
          line=\${answer[i + 1]#*$'\\t'}
          [[ -n $line ]] && printf -v "COMPREPLY[i]" '%s  (%s)' "\${COMPREPLY[i]}" "$line"
        done
      fi
      ;;
  esac
}
complete -F _lic_complete lic`

const ZSH = `#compdef lic
# zsh completion for lic. Load it: source <(lic completion zsh), or save it as _lic in a directory of $fpath.
_lic() {
  local -a before answer offered
  local line value meaning
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  answer=("\${(@f)$(command lic complete -- "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $answer[1] in
    files)
      [[ $PREFIX == --*=* ]] && compset -P '*='
      _files
      ;;
    directories)
      [[ $PREFIX == --*=* ]] && compset -P '*='
      _files -/
      ;;
    words)
      for line in "\${(@)answer[2,-1]}"; do
        value=\${line%%$'\\t'*} meaning=\${line#*$'\\t'}
        offered+=("\${value//:/\\\\:}\${meaning:+:$meaning}")
      done
      (( $#offered )) && _describe -V lic offered
      ;;
  esac
}
if [[ $funcstack[1] == _lic ]]; then
  _lic "$@"
else
  compdef _lic lic
fi`

const FISH = `# fish completion for lic. Load it: lic completion fish | source, or save it in ~/.config/fish/completions/lic.fish
function __lic_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l current (commandline -ct)
    set -l answer (command lic complete -- $before "$current" 2>/dev/null)
    set -l flag (string match -r -- '^--[^=]*=' $current)
    set -l path (string replace -r -- '^--[^=]*=' '' $current)
    switch "$answer[1]"
        case files
            string replace -r -- '^' "$flag" (__fish_complete_path "$path")
        case directories
            string replace -r -- '^' "$flag" (__fish_complete_directories "$path" '')
        case words
            set -e answer[1]
            string join \\n -- $answer
    end
end
complete -c lic -f -a '(__lic_complete)'`

export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = { bash: BASH, zsh: ZSH, fish: FISH }
