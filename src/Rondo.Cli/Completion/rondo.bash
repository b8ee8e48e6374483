# Completion of rondo for bash. Load it with: eval "$(rondo completion bash)"
_rondo() {
  local cur=${COMP_WORDS[COMP_CWORD]} i
  COMPREPLY=()
  # Behind -- stands another command: its name first, then whatever files there are.
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then
      if ((i == COMP_CWORD - 1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      fi
      return
    fi
  done
  # Without the program's own name, which may be a path or an alias.
  local before=${COMP_LINE:0:COMP_POINT}
  before=${before#"${COMP_WORDS[0]}"}
  before=${before# }
  local known
  known=$("${COMP_WORDS[0]}" "[suggest:${#before}]" "$before" 2>/dev/null)
  # Options only when a dash asks for them.
  [[ $cur == -* ]] || known=$(grep -v '^-' <<<"$known")
  mapfile -t COMPREPLY < <(compgen -W "$known" -- "$cur")
}
complete -o default -F _rondo rondo
