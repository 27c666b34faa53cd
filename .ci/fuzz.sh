#!/usr/bin/env bash
# fuzz.sh RUNS: each libFuzzer target for that many inputs, under ASan and UBSan.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang++ >/dev/null || { echo "skipped: clang is not installed"; exit 77; }
build=$(bash .ci/sanitized_build.sh address,undefined fuzz_targets)
ran=0
for program in "$build"/fuzz_*; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  echo "--- $(basename "$program")"
  corpus=$(mktemp -d)
  "$program" -runs="$1" -max_len=2048 -seed=1 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "$corpus" 2>&1 | tail -n 8
  rm -rf "$corpus"
  ran=$((ran + 1))
done
echo "$ran targets, $1 inputs each"
[ $ran -gt 0 ]
