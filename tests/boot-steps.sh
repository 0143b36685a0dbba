#!/usr/bin/env bash
# Boot-time steps of 'tune apply' in a guest with a disk of its own: Debian, GRUB and systemd. Faults stand on its command line and in its initial RAM disk; a plan
# mends them by a real update-grub and update-initramfs, a reboot shows it, the undo puts every file back, and resets cut plans off in their middle.
# Writes a table (Markdown) to the file given, or to standard output. The image is made once (some minutes) and kept in the cache. As root, outside of CI.
#   tests/boot-steps.sh [reports/sample/boot-steps.md]
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/lib/packages.sh
[ "$(id -u)" = 0 ] || { echo "making the image needs root: sudo tests/boot-steps.sh" >&2; exit 3; }
need_packages qemu-system-x86 debootstrap e2fsprogs python3
[ -x artifacts/ptdiag/ptdiag ] || { need_packages "${BUILD_PACKAGES[@]}"; need_dotnet; publish; }

cache=${PTDIAG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ptdiag}/boot-steps
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -1)
packages=systemd-sysv,udev,kmod,pciutils,linux-image-amd64,grub2-common,grub-pc-bin,initramfs-tools,strace
# What the image is made of names it: another suite or list of packages is another image.
image=$cache/$(echo "$suite $packages" | sha256sum | cut -c1-16)
if [ ! -e "$image/root.tree.done" ]; then
  echo "making the image in $image" >&2
  rm -rf "$image"
  mkdir -p "$image"
  timed debootstrap debootstrap --variant=minbase --include="$packages" "$suite" "$image/tree" "$mirror" >"$image/log" 2>&1 || { tail -5 "$image/log" >&2; exit 3; }
  cp -r "$image/tree/usr/lib/grub/i386-pc" "$image/tree/boot/grub/i386-pc" 2>/dev/null || { mkdir -p "$image/tree/boot/grub"; cp -r "$image/tree/usr/lib/grub/i386-pc" "$image/tree/boot/grub/i386-pc"; }
  chroot "$image/tree" grub-mkimage -O i386-pc -p '(hd1)/boot/grub' -o /boot/core.img biosdisk ext2 normal linux configfile boot ls cat echo test search
  cat "$image/tree/usr/lib/grub/i386-pc/boot.img" "$image/tree/boot/core.img" >"$image/loader.img"
  truncate -s 1M "$image/loader.img"
  touch "$image/root.tree.done"
fi

work=$(mktemp -d "${TMPDIR:-/var/tmp}/ptdiag-boot-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/out"
tree=$image/tree
cp artifacts/ptdiag/ptdiag "$tree/usr/local/bin/ptdiag"
install -m 755 tests/boot/scenario.sh "$tree/usr/local/sbin/scenario"
mkdir -p "$tree/out" "$tree/var/lib/scenario" "$tree/etc/systemd/system/multi-user.target.wants"
rm -rf "$tree/var/lib/ptdiag"
echo a >"$tree/var/lib/scenario/stage"
# Where the plans of the last boots are cut off: the journal's second entry, the rename of an edited file, a program that is under way.
printf '%s\n' "fsync 2" "rename 1" "rename 2" "pwrite64 6" >"$tree/var/lib/scenario/cuts"
echo lab-boot >"$tree/etc/hostname"
echo '/dev/vdb / ext4 errors=remount-ro 0 1' >"$tree/etc/fstab"
printf '9pnet_virtio\n9p\n' >"$tree/etc/modules-load.d/share.conf"
# The faults: three tokens, and a network card that is meant for vfio-pci while its own driver is in the initial RAM disk.
cat >"$tree/etc/default/grub" <<'GRUB'
# Kept as it is, with a trailing blank: 
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR="lab"
GRUB_DISABLE_LINUX_UUID=true
GRUB_CMDLINE_LINUX_DEFAULT="quiet   intel_iommu=off iommu=off"
GRUB_CMDLINE_LINUX="console=ttyS0 root=/dev/vdb intremap=off panic=10"
GRUB_TERMINAL=console
GRUB
echo 'options vfio-pci ids=8086:10d3' >"$tree/etc/modprobe.d/vfio.conf"
# As few modules as boot this machine, and the least compression: emulated processors take minutes for the rest.
printf '# List of modules\nvirtio_pci\nvirtio_blk\next4\ne1000e\n' >"$tree/etc/initramfs-tools/modules"
printf 'MODULES=list\nCOMPRESS=gzip\nCOMPRESSLEVEL=1\n' >"$tree/etc/initramfs-tools/conf.d/small"
rm -f "$tree/etc/initramfs-tools/conf.d/most"
cat >"$tree/etc/systemd/system/scenario.service" <<'UNIT'
[Unit]
Description=Boot-time steps
After=multi-user.target systemd-modules-load.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/scenario
StandardOutput=journal+console
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
UNIT
ln -sf ../scenario.service "$tree/etc/systemd/system/multi-user.target.wants/scenario.service"
chroot "$tree" update-initramfs -u -k all >"$work/initramfs.log" 2>&1 || { tail -3 "$work/initramfs.log" >&2; exit 3; }
kernel=$(basename "$tree"/boot/vmlinuz-*)
cat >"$tree/boot/grub/grub.cfg" <<GRUB
linux (hd1)/boot/$kernel root=/dev/vdb console=ttyS0 intel_iommu=off iommu=off intremap=off panic=10 systemd.unit=multi-user.target
initrd (hd1)/boot/initrd.img-${kernel#vmlinuz-}
boot
GRUB
truncate -s 2000M "$work/root.img"
mkfs.ext4 -q -F -O ^metadata_csum_seed -d "$tree" "$work/root.img"

start=$SECONDS
timeout "${PTDIAG_BOOT_TIMEOUT:-2400}" qemu-system-x86_64 -machine q35,kernel-irqchip=split -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nodefaults -display none \
  -serial "file:$work/console" -device intel-iommu,intremap=on,caching-mode=on \
  -drive "file=$image/loader.img,format=raw,if=virtio,readonly=on" -drive "file=$work/root.img,format=raw,if=virtio,cache=writeback" \
  -device pcie-root-port,id=port0,chassis=1,slot=1 -device e1000e,bus=port0 \
  -virtfs "local,path=$work/out,mount_tag=out,security_model=none" || echo "the guest was ended after its time" >&2
took=$((SECONDS - start))
[ -n "${PTDIAG_BOOT_KEEP:-}" ] && { mkdir -p "$PTDIAG_BOOT_KEEP"; cp -r "$work/out/." "$work/console" "$PTDIAG_BOOT_KEEP/"; }
python3 tests/boot/table.py "$work/out" "$kernel" "$took" >"$work/table.md"
if [ $# -gt 0 ]; then cp "$work/table.md" "$1.tmp" && mv "$1.tmp" "$1"; else cat "$work/table.md"; fi
grep -q '^All of it as wanted' "$work/table.md"
