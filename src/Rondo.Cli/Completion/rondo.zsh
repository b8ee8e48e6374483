#compdef rondo
# Completion of rondo for zsh. Load it with: eval "$(rondo completion zsh)"
_rondo() {
  local dashes=${words[(i)--]}
  # Behind -- stands another command.
  if ((dashes < CURRENT)); then
    shift $dashes words
    ((CURRENT -= dashes))
    _normal
    return
  fi
  local program=${(Q)words[1]} before="${(j: :)words[2,CURRENT-1]}"
  [[ -n $before ]] && before+=" "
  before+=$PREFIX
  local -a known
  known=("${(@f)$($program "[suggest:${#before}]" "$before" 2>/dev/null)}")
  known=(${known:#})
  # Options only when a dash asks for them.
  [[ $PREFIX == -* ]] || known=(${known:#-*})
  if ((${#known})); then
    compadd -a known
  else
    _files
  fi
}
if [[ ${funcstack[1]} == _rondo ]]; then
  _rondo "$@"
else
  compdef _rondo rondo
fi
