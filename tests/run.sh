#!/usr/bin/env bash
# All tests: the fast ones, then the ones that boot guests. Ends with a line "N passed, N failed, N skipped".
# Usage: tests/run.sh [--fast]
set -uo pipefail
cd "$(dirname "$0")/.."
. ./tests/lib/packages.sh

fast=
[ "${1:-}" = --fast ] && fast=1
needs=("${BUILD_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}")
[ -n "$fast" ] || needs+=("${LAB_PACKAGES[@]}" "${GUEST_PACKAGES[@]}")
timed "packages" need_packages "${needs[@]}"
need_dotnet

passed=0 failed=0 skipped=0
# count FILE: adds the figures of a test run's closing lines.
count() {
  local line
  while read -r line; do
    [[ $line =~ Failed:\ *([0-9]+),\ *Passed:\ *([0-9]+),\ *Skipped:\ *([0-9]+) ]] || continue
    failed=$((failed + BASH_REMATCH[1])); passed=$((passed + BASH_REMATCH[2])); skipped=$((skipped + BASH_REMATCH[3]))
  done <"$1"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
broken=0
run() {
  local name=$1
  shift
  echo "== $name"
  timed "$name" "$@" >"$log" 2>&1 || broken=1
  grep -vE '^\s*$|Determining projects|All projects are|Restored |-> |Test run for|VSTest|Starting test|A total of' "$log" || true
  count "$log"
}

timed "restore" dotnet restore Diagnostics.sln --locked-mode -v q --nologo || { echo "the lock files do not match the projects"; echo "0 passed, 1 failed"; exit 1; }
timed "build" publish
timed "compile" dotnet build Diagnostics.sln --no-restore -v q --nologo -clp:ErrorsOnly || { echo "0 passed, 1 failed"; exit 1; }
run "fast tests" dotnet test tests/Passthrough.Tests --no-build --nologo -v q
[ -n "$fast" ] || run "lab tests" dotnet test tests/Passthrough.LabTests --no-build --nologo -v q
[ "$broken" = 1 ] && [ "$failed" = 0 ] && failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
