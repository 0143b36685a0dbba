#!/usr/bin/env bash
# The main job: builds ptdiag, audits this machine, measures lab guests untuned and tuned, and writes reports/latest/.
# Usage: ./run-bench.sh [--quick|--full|--here|--nested|--build] [--seed N]
set -euo pipefail
cd "$(dirname "$0")"
. ./tests/lib/packages.sh

mode=--quick
rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --quick|--full|--here|--nested|--build) mode=$1 ;;
    --seed) rest+=("$1" "${2:?--seed takes a number}"); shift ;;
    -h|--help) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
    *) echo "run-bench.sh: unknown option $1 (--quick, --full, --here, --nested, --build, --seed N)" >&2; exit 2 ;;
  esac
  shift
done

needs=("${BUILD_PACKAGES[@]}")
[ "$mode" = --build ] || [ "$mode" = --here ] || needs+=("${LAB_PACKAGES[@]}")
timed "packages" need_packages "${needs[@]}"
need_dotnet
timed "build" publish
[ "$mode" = --build ] && { echo "built: $PWD/artifacts/ptdiag/ptdiag"; exit 0; }
exec artifacts/ptdiag/ptdiag study run "$mode" "${rest[@]}" --output reports
