#!/usr/bin/env bash
# programs.sh PROGRAM...: runs test programs, as many at a time as there are cores, and prints each one's output whole
# and its time. Fails when one fails, or when there is none.
set -euo pipefail
one() {
  local start=$SECONDS log status=0
  log=$(mktemp)
  "$1" >"$log" 2>&1 || status=$?
  printf -- '--- %s\n%s\n%d s%s\n' "${1#build/}" "$(cat "$log")" $((SECONDS - start)) \
    "$([ $status -eq 0 ] || echo ", exit status $status")"
  rm -f "$log"
  return $status
}
export -f one
[ $# -gt 0 ] || { echo "no test program"; exit 1; }
printf '%s\0' "$@" | xargs -0 -P "${JOBS:-$(nproc)}" -I{} bash -c 'one "$1"' one {}
echo "$# programs"
