#!/usr/bin/env bash
# Loses every answer of every fixture in every way, one at a time, and prints how many; the fast tests lose one answer of each kind.
# With the captured machines beside the checkout it loses one of each kind of theirs too. Takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
PTDIAG_FULL_PRODUCT=1 exec dotnet test tests/Passthrough.Tests -c Release --nologo \
  --filter "FullyQualifiedName~Robustness" --logger "console;verbosity=detailed"
