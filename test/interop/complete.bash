# complete.bash WORD...: what bash offers behind these words, by lic's script as bash itself would call it. One a line.
eval "$(lic completion bash)"
COMP_LINE="lic $*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
# As bash splits it: at blanks, and at = and : too.
split=${COMP_LINE//=/ = }
split=${split//:/ : }
read -ra COMP_WORDS <<<"$split"
[[ $COMP_LINE == *[[:space:]] ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_lic_complete
printf '%s\n' "${COMPREPLY[@]}"
