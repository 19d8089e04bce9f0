# How a terminal begins whose user follows a page: a bash reads this, and then one file after the other with a block of
# commands, as a shell does into which they are pasted. Variables and jobs stay from block to block.
#
#   WALK_FAILED  a file that gets a line for each command that failed
set -m     # So that Ctrl-C meets what runs in the foreground, and jobs have numbers.
trap : INT # What Ctrl-C ends does not take the terminal along.
WALK_LINE_BREAK=$'\n'
trap 'printf "%s: exit code %s\n" "${BASH_COMMAND//$WALK_LINE_BREAK/ }" "$?" >>"$WALK_FAILED"' ERR
