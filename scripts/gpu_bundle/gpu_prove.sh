#!/usr/bin/env bash
# ./gpu_prove.sh [--only STEP,...] [--limit SECONDS | --limit STEP=SECONDS]... [--seconds N] [--match TEXT]
#   [--python PROGRAM] [--rival-device DEVICE] [--json FILE]
# Proves the CUDA kernels on this machine's GPU. Steps, each in a process of its own with a time limit, the next one
# whatever became of the last: conformance, kernels (gpu_tests); ops, models, training, trainer, capture, faults (Node);
# memcheck, racecheck (where compute-sanitizer is on PATH); bench_ops (against the CPU) and the other bench_* (against
# PyTorch where PROGRAM has it). --seconds: for everything together. --match: only tests whose name contains the text,
# which pass in part and prove nothing.
# One JSON file holds it all, proof.json unless named; ends with 1 when a step failed. With GRIDSTRIDE_CUDA_BACKEND it
# runs on that library instead.
set -u
cd "$(dirname "$0")" || exit 1

STEPS="conformance kernels ops models training trainer capture faults memcheck racecheck bench_ops bench_attention
  bench_norm bench_adamw bench_gemm bench_bert bench_training"
CONFORMANCE="ptx tile sort"
declare -A limits=([conformance]=120 [kernels]=900 [ops]=900 [models]=300 [training]=300 [trainer]=300 [capture]=120
  [faults]=300 [memcheck]=900 [racecheck]=900 [bench_ops]=300 [bench_attention]=300
  [bench_norm]=120 [bench_adamw]=120 [bench_gemm]=200 [bench_bert]=300 [bench_training]=300)
only=$STEPS; seconds=86400; match=; json=proof.json; rival_device=cuda
python=$(command -v python3 || command -v python || echo python3)

die() { printf 'gpu_prove: %s\n' "$1" >&2; exit 2; }

set_limit() {
  if [[ $1 =~ ^[0-9]+$ ]]; then for step in $STEPS; do limits[$step]=$1; done
  elif [[ $1 =~ ^([a-z_]+)=([0-9]+)$ && -n ${limits[${BASH_REMATCH[1]}]:-} ]]; then limits[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
  else die "--limit must be SECONDS or STEP=SECONDS, got $1"; fi
}

while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || die "$1 needs a value"
  case $1 in
    --only) only=${2//,/ } ;;
    --limit) set_limit "$2" ;;
    --seconds) seconds=$2 ;;
    --match) match=$2 ;;
    --python) python=$2 ;;
    --rival-device) rival_device=$2 ;;
    --json) json=$2 ;;
    *) die "unknown option $1" ;;
  esac
  shift 2
done
for step in $only; do [ -n "${limits[$step]:-}" ] || die "--only must name steps of: $STEPS; got $step"; done
[[ $seconds =~ ^[0-9]+$ ]] || die "--seconds must be a whole number, got $seconds"

# Standard output of FILE.xz, with Python's lzma where there is no xz.
expand() {
  if command -v xz >/dev/null; then xz -dc "$1"
  else "$python" -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"; fi
}

unpack() {
  local program
  for program in gpu_tests node; do
    [ -e $program.xz ] && [ ! -e $program ] || continue
    expand $program.xz >$program.part && chmod +x $program.part && mv $program.part $program || die "$program.xz does not unpack"
  done
  if [ -e app.tar.xz ] && [ ! -e app/package.json ]; then
    mkdir -p app && expand app.tar.xz | tar -xf - -C app || die "app.tar.xz does not unpack"
  fi
}

started=$SECONDS
# Seconds that a step may take: its limit, or what is left of all.
budget() {
  local left=$((seconds - (SECONDS - started)))
  echo $((limits[$1] < left ? limits[$1] : left))
}

# What a step may take less what its program needs to end, but at least a second.
budget_less() {
  local left=$(($(budget "$1") - $2))
  echo $((left > 1 ? left : 1))
}

# run_step NAME COMMAND...: its output goes to results/NAME.log, what it measured to results/NAME.json. 77: it cannot run
# here. A step that ends early keeps what it had written.
run_step() {
  local name=$1 limit begin=$SECONDS status word
  limit=$(budget "$name")
  shift
  rm -f "results/$name.json"
  if [ "$limit" -lt 2 ]; then word='no time left'
  else
    printf '=== %s (at most %d s)\n' "$name" "$limit"
    timeout -k 10 "$limit" "$@" >"results/$name.log" 2>&1
    status=$?
    case $status in
      0) word=$passed ;;
      77) word=skipped ;;
      124 | 137) word='timed out' ;;
      *) word=failed; worst=1; tail -n 15 "results/$name.log" ;;
    esac
    tail -n 1 "results/$name.log" | cut -c1-200
  fi
  printf '%s: %s (%d s)\n' "$name" "$word" $((SECONDS - begin))
  steps+="${steps:+,}\"$name\":{\"status\":\"$word\",\"seconds\":$((SECONDS - begin)),\"detail\":$(detail "$name")}"
  write_proof
}

detail() { if [ -s "results/$1.json" ]; then tr -d '\n' <"results/$1.json"; else printf null; fi; }

# Whole after each step, so that nothing proven is lost.
write_proof() {
  printf '{"bundle":%s,"started":"%s","kernel":"%s","gpu":"%s","steps":{%s}}\n' \
    "$(tr -d '\n' <bundle.json)" "$date" "$(uname -sr)" "$gpu" "$steps" >"$json.part" && mv "$json.part" "$json"
}

# The names that gpu_tests knows, those of the conformance suite left out.
other_tests() { ./gpu_tests --list | grep -vxF "$(printf '%s\n' $CONFORMANCE)"; }

missing() { printf '%s\n' "$1"; exit 77; }
export -f missing

sanitize() {
  local tool=$1
  if ! command -v compute-sanitizer >/dev/null; then run_step "$tool" bash -c 'missing "compute-sanitizer is not on PATH"'
  else run_step "$tool" compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 9 \
    ./gpu_tests --limit "${limits[$tool]}" --json "results/$tool.json"; fi
}

needs_runner() { [ -x gpu_tests ] || { run_step "$1" bash -c 'missing "gpu_tests is not here"'; return 1; }; }
needs_node() { ./node --version >/dev/null 2>&1 || { run_step "$1" bash -c 'missing "node does not start here"'; return 1; }; }

prove() {
  local passed=passed options=(--json "results/$1.json" --seconds "$(budget_less "$1" 5)")
  [ -z "$match" ] || { options+=(--match "$match"); passed='passed in part'; }
  needs_node "$1" && run_step "$1" ./node app/dist/test/gpu/prove.js "$1" "${options[@]}"
}

unpack
mkdir -p results
gpu=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -n 1)
date=$(date -u +%Y-%m-%dT%H:%M:%SZ)
[ -n "${GRIDSTRIDE_CUDA_BACKEND:-}" ] || export REQUIRE_CUDA=1
worst=0; steps=; passed=passed  # what a step is that ends with 0
for step in $only; do
  case $step in
    conformance) needs_runner $step && run_step $step ./gpu_tests --json results/$step.json $CONFORMANCE ;;
    kernels) needs_runner $step && run_step $step ./gpu_tests --json results/$step.json $(other_tests) ;;
    memcheck | racecheck) needs_runner $step && sanitize $step ;;
    bench_ops) needs_node $step && run_step $step ./node app/dist/lib/cli/main.js bench ops ${match:+"$match"} --device cuda \
      --dtype bf16 --json results/$step.json ;;
    bench_*) needs_node $step && run_step $step ./node app/dist/bench/gpu/main.js --only "${step#bench_}" \
      --json results/$step.json --seconds "$(budget_less $step 15)" --python "$python" --rival-device "$rival_device" ;;
    *) prove "$step" ;;
  esac
done
printf '%s\n' "$json"
exit $worst
