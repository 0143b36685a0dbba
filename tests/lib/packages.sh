# What the scripts need and how it is installed. Sourced, not run.

# The linker and zlib of Native AOT.
BUILD_PACKAGES=(clang zlib1g-dev)
# The lab: emulator, initramfs tools, kernel unpacking, lspci and virt-host-validate for comparisons, libvirt's schema check, strace to kill plans with.
LAB_PACKAGES=(qemu-system-x86 busybox-static cpio kmod zstd xz-utils binutils pciutils libvirt-clients libxml2-utils strace)
# Run inside lab guests by their tests, never on this machine.
GUEST_PACKAGES=(openssh-client openssh-server qemu-guest-agent)
# Tests of the finished page.
BROWSER_PACKAGES=(chromium)

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# timed NAME COMMAND...: runs it and prints how long it took.
timed() {
  local name=$1 start=$SECONDS
  shift
  "$@"
  echo "$name: $((SECONDS - start)) s"
}

# need_packages NAME...: installs what is missing when root on Debian, otherwise prints the command to run and ends.
need_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: ${missing[*]}"
    local log policy=/usr/sbin/policy-rc.d
    log=$(mktemp)
    # What is installed for the guests' sake is not to start here: 101 forbids it (policy-rc.d in Debian's invoke-rc.d).
    if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; fi
    if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
      tail -20 "$log" >&2
      echo "the packages could not be installed; run: apt-get update && apt-get install ${missing[*]}" >&2
      rm -f "$log" ${policy:+"$policy"}
      exit 3
    fi
    rm -f "$log" ${policy:+"$policy"}
    for name in "${missing[@]}"; do
      case $name in openssh-server) systemctl disable ssh.service ;; qemu-guest-agent) systemctl disable qemu-guest-agent.service ;; esac >/dev/null 2>&1 || true
    done
  else
    echo "missing packages; run: sudo apt-get update && sudo apt-get install ${missing[*]}" >&2
    exit 3
  fi
}

# need_dotnet: the SDK is not in every release of Debian, so it is asked for in words.
need_dotnet() {
  command -v dotnet >/dev/null && dotnet --version >/dev/null 2>&1 && return 0
  echo "the .NET 10 SDK is missing (or another version than global.json asks for): install dotnet-sdk-10.0, then run this again" >&2
  exit 3
}

# publish: the one file ptdiag and the two libraries that charts need, in artifacts/ptdiag/. Style is for the tests to judge: analyzers would
# run here a second time.
publish() {
  local log
  log=$(mktemp)
  if ! dotnet publish src/Passthrough.Cli -c Release -r linux-x64 -o artifacts/ptdiag --nologo -v q -p:RunAnalyzers=false >"$log" 2>&1; then
    grep -E 'error|warn' "$log" | sort -u | head -30 >&2 || tail -30 "$log" >&2
    rm -f "$log"
    echo "the build failed" >&2
    exit 1
  fi
  rm -f "$log" artifacts/ptdiag/*.dbg artifacts/ptdiag/*.pdb artifacts/ptdiag/*.xml
}
