# complete.zsh LINE: the line as zsh leaves it after a tab, in a terminal of its own with lic's completion loaded.
zmodload zsh/zpty
export TERM=dumb
zpty shell zsh -f -i
zpty -w shell 'PS1= PS2=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source <(lic completion zsh)'
zpty -w shell 'show() { print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^X" show; echo be""gin'
zpty -r shell seen '*begin*'
zpty -w -n shell "$1"$'\t\x18'
zpty -r shell seen '*<<*>>*'
print -r -- "${${seen#*<<}%>>*}"
zpty -d shell
