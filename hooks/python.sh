# Read by hooks/run and bin/agent-session: which Python runs the package. POSIX sh.
#
# The project is not trusted, so no Python is taken from inside of it or from a relative folder
# of PATH, and none is tried out there: what a version manager's shim starts depends on a file
# in the folder it is called in.

names='python3 python3.14 python3.13 python3.12 python3.11'
beside_path=/usr/bin:/usr/local/bin:/opt/homebrew/bin

# Sets `python` to the interpreter's own path, for a shim costs more than the hook; empty, with
# status 1, where there is none.
find_python() {
  project=$(cd -P "${CLAUDE_PROJECT_DIR:-.}" 2>/dev/null && pwd -P)
  # Whoever works in HOME itself still has their own programs there.
  case $(cd -P "$HOME" 2>/dev/null && pwd -P)/ in
    "$project"/*) project= ;;
  esac
  for name in $names; do
    rest=$PATH:$beside_path:
    while [ -n "$rest" ]; do
      folder=${rest%%:*}
      rest=${rest#*:}
      is_outside "$folder" && [ -f "$folder/$name" ] && [ -x "$folder/$name" ] || continue
      python=$(own_path "$folder/$name") && is_outside "${python%/*}" && return 0
    done
  done
  python=
  return 1
}

# True for an absolute folder that is not in the project, whatever links lead to it.
is_outside() {
  case $1 in
    /*) ;;
    *) return 1 ;;
  esac
  real=$(cd -P "$1" 2>/dev/null && pwd -P) || return 1
  case $real/ in
    "${project:-/nowhere}"/*) return 1 ;;
  esac
}

# The real path of an interpreter, if it is new enough.
own_path() {
  (cd / && exec "$1" -I -S -c '
import sys
if sys.version_info < (3, 11):
    sys.exit(1)
import os
print(os.path.realpath(sys.executable))' 2>/dev/null </dev/null)
}

# Sets `python` to what an earlier call has found, without starting any process.
recall_python() {
  python=
  is_ours "$CLAUDE_PLUGIN_DATA" && [ -f "$CLAUDE_PLUGIN_DATA/python" ] &&
    [ ! -L "$CLAUDE_PLUGIN_DATA/python" ] && [ -O "$CLAUDE_PLUGIN_DATA/python" ] &&
    IFS= read -r python <"$CLAUDE_PLUGIN_DATA/python" || return 1
  case $python in
    "${CLAUDE_PROJECT_DIR:-/nowhere}"/*) [ "$CLAUDE_PROJECT_DIR" = "$HOME" ] || return 1 ;;
    /*) ;;
    *) return 1 ;;
  esac
  [ -f "$python" ] && [ -x "$python" ]
}

remember_python() {
  [ -n "$CLAUDE_PLUGIN_DATA" ] || return 0
  [ -d "$CLAUDE_PLUGIN_DATA" ] || mkdir -p -m 700 "$CLAUDE_PLUGIN_DATA" 2>/dev/null || return 0
  is_ours "$CLAUDE_PLUGIN_DATA" || return 0
  # Written aside and renamed, so that nobody reads half a path.
  (
    umask 077
    set -C
    printf '%s\n' "$python" >"$CLAUDE_PLUGIN_DATA/python.$$" &&
      mv -f "$CLAUDE_PLUGIN_DATA/python.$$" "$CLAUDE_PLUGIN_DATA/python"
  ) 2>/dev/null
  return 0
}

is_ours() {
  case $1 in
    /*) [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] ;;
    *) return 1 ;;
  esac
}
