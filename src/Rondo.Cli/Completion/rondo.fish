# Completion of rondo for fish. Load it with: rondo completion fish | source
function __rondo_behind_dashes
    contains -- -- (commandline -opc)
end
function __rondo_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -l before (string join ' ' -- $words[2..-1] (commandline -ct))
    set -l known ($program "[suggest:"(string length -- "$before")"]" "$before" 2>/dev/null)
    # Options only when a dash asks for them.
    string match -q -- '-*' (commandline -ct); or set known (string match -v -- '-*' $known)
    printf '%s\n' $known
end
function __rondo_complete_command
    set -l words (commandline -opc)
    set -l dashes (contains -i -- -- $words)
    complete -C (string join ' ' -- $words[(math $dashes + 1)..-1] (commandline -ct))
end
complete -c rondo -n 'not __rondo_behind_dashes' -f -a '(__rondo_complete)'
complete -c rondo -n __rondo_behind_dashes -f -a '(__rondo_complete_command)'
