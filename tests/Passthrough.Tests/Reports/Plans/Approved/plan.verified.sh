#!/bin/sh
# Made by 'ptdiag tune plan --format shell'. Read it before you run it, as root. Run the undo script that it writes to go back.
set -eu
undo=${1:-./ptdiag-undo.sh}
[ -e "$undo" ] && { echo "$undo is there already: an earlier run wrote it." >&2; exit 1; }
printf '#!/bin/sh\n# Takes back what the script changed, newest first.\n' >"$undo"
# The undo of a step stands above those of the steps before it.
back() { { head -n 2 "$undo"; printf '%s\n' "$1"; tail -n +3 "$undo"; } >"$undo.new" && mv "$undo.new" "$undo"; }
# The kernel writes masks of CPUs with leading zeros and commas.
shown() { case $1 in */rps_cpus) tr -d , <"$1" | sed 's/^0*\(.\)/\1/' ;; *) cat "$1" ;; esac; }
same() { [ "$(shown "$1")" = "$2" ] || { echo "$1 holds '$(cat "$1")' and not '$2': make a new plan." >&2; exit 1; }; }
took() { [ "$(shown "$1")" = "$2" ] || { echo "$1 shows '$(cat "$1")' and not '$2' after the write: run $undo." >&2; exit 1; }; }

# 1. Kernel command line (CMD-001): as it is -> as it should be
# Risk: None seen.
[ "$(cat /etc/default/grub)" = 'GRUB_CMDLINE_LINUX="intel_iommu=off {{ x }}"' ] || { echo '/etc/default/grub is not as the plan saw it: make a new plan, or make the change by hand.' >&2; exit 1; }
cp -p /etc/default/grub /etc/default/grub.ptdiag
back 'mv /etc/default/grub.ptdiag /etc/default/grub; grub-mkconfig -o /boot/grub/grub.cfg'
cp -p /etc/default/grub /etc/default/grub.ptdiag-new
printf '%s' 'GRUB_CMDLINE_LINUX="{{ x }} iommu=pt"
' >/etc/default/grub.ptdiag-new
mv /etc/default/grub.ptdiag-new /etc/default/grub
grub-mkconfig -o /boot/grub/grub.cfg

# 2. Mappings of a VFIO container (LIM-002): as it is -> as it should be
# Risk: None seen.
same /sys/module/vfio_iommu_type1/parameters/dma_entry_limit 512
back 'echo 512 >/sys/module/vfio_iommu_type1/parameters/dma_entry_limit'
echo 65535 >/sys/module/vfio_iommu_type1/parameters/dma_entry_limit
took /sys/module/vfio_iommu_type1/parameters/dma_entry_limit 65535

# 3. Permissions of /dev/vfio/vfio (MOD-002): as it is -> as it should be
# Risk: None seen.
back 'chmod 0400 /dev/vfio/vfio'
chmod 0606 /dev/vfio/vfio

# 4. Obsolete module (KRN-007): as it is -> as it should be
# Risk: None seen.
grep -qxF -e vfio_virqfd /etc/modules || { echo '/etc/modules is not as the plan saw it: make a new plan.' >&2; exit 1; }
cp -p /etc/modules /etc/modules.ptdiag-4-1
back 'mv /etc/modules.ptdiag-4-1 /etc/modules'
cp -p /etc/modules /etc/modules.ptdiag-new
old=vfio_virqfd new='# vfio_virqfd (gone)' awk '$0 == ENVIRON["old"] { print ENVIRON["new"]; next } { print }' /etc/modules >/etc/modules.ptdiag-new
mv /etc/modules.ptdiag-new /etc/modules
grep -qxF -e vfio-pci /etc/modules || {
cp -p /etc/modules /etc/modules.ptdiag-4-2
back 'mv /etc/modules.ptdiag-4-2 /etc/modules'
printf '%s\n' vfio-pci >>/etc/modules
}

# 5. Default domain of group 7 (IOM-005): as it is -> as it should be
# Risk: None seen.
same /sys/kernel/iommu_groups/7/type DMA-FQ
for member in /sys/kernel/iommu_groups/7/devices/*; do
  [ -e "$member/driver" ] || continue
  name=${member##*/} driver=$(basename "$(readlink "$member/driver")")
  back "echo $name >/sys/bus/pci/drivers/$driver/bind"
  bound="${bound:-} $driver/$name"
  echo "$name" >"/sys/bus/pci/drivers/$driver/unbind"
done
back 'echo DMA-FQ >/sys/kernel/iommu_groups/7/type'
echo identity >/sys/kernel/iommu_groups/7/type
took /sys/kernel/iommu_groups/7/type identity
for one in ${bound:-}; do
  back "echo ${one#*/} >/sys/bus/pci/drivers/${one%/*}/unbind"
  echo "${one#*/}" >"/sys/bus/pci/drivers/${one%/*}/bind"
done
bound=

# 6. Driver of 0000:01:00.0 (DEV-001): as it is -> as it should be
# Risk: None seen.
back 'echo 0000:01:00.0 >/sys/bus/pci/drivers/vfio-pci/unbind; echo '\'''\'' >/sys/bus/pci/devices/0000:01:00.0/driver_override; echo 0000:01:00.0 >/sys/bus/pci/drivers_probe; '
modprobe vfio-pci
echo vfio-pci >/sys/bus/pci/devices/0000:01:00.0/driver_override
echo 0000:01:00.0 >/sys/bus/pci/devices/0000:01:00.0/driver/unbind
echo 0000:01:00.0 >/sys/bus/pci/drivers_probe
[ "$(basename "$(readlink /sys/bus/pci/devices/0000:01:00.0/driver)")" = vfio-pci ] || { echo '0000:01:00.0 is not on vfio-pci: run the undo script.' >&2; exit 1; }
[ -e /etc/udev/rules.d/70.rules ] && { echo '/etc/udev/rules.d/70.rules is there already.' >&2; exit 1; }
mkdir -p /etc/udev/rules.d
back 'rm -f /etc/udev/rules.d/70.rules'
printf '%s' 'KERNEL=="0000:01:00.0"
' >/etc/udev/rules.d/70.rules

# 7. Kernel command line by grubby (CMD-003): as it is -> as it should be
# Risk: None seen.
back 'grubby --update-kernel=ALL '\''--remove-args=a b'\'''
grubby --update-kernel=ALL '--args=a b'

# Not planned: A note with "quotes" and two lines.
