#!/bin/busybox sh
# First process of a lab guest. It builds the guest's root from the host's own "/" (9p, read-only) under an overlay in
# memory, gives the guest its own /proc, /sys, /dev, /run, /tmp and logs, and hands over to guest-run.sh.
/bin/busybox --install -s /bin
export PATH=/bin

fail() {
    echo "ptdiag lab: $*" >/dev/console
    poweroff -f
    # Not reached: the machine is off. Without this a shell that lost the race would go on.
    sleep 60
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

case " $(cat /proc/cmdline) " in
    *" lab.probe=1 "*)
        echo "PTDIAG-LAB-GUEST-STARTED" >/dev/console
        poweroff -f
        sleep 60
        ;;
esac

# The list is in dependency order.
while read -r module; do
    insmod "/modules/$module" || fail "the module $module could not be loaded"
done </modules/list

OPTIONS=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "ro,$OPTIONS,cache=loose" root /lower || fail "the host's root could not be mounted"
mount -t tmpfs upper /upper
mkdir /upper/files /upper/work
mount -t overlay root -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work /new || fail "the overlay could not be mounted"

for folder in proc sys dev run tmp out var/log; do mkdir -p "/new/$folder"; done
mount -t proc proc /new/proc
mount -t sysfs sysfs /new/sys
mount -t devtmpfs devtmpfs /new/dev
mount -t tmpfs -o mode=755 tmpfs /new/run
mount -t tmpfs -o mode=1777 tmpfs /new/tmp
# What the host logged is not what happened in this machine.
mount -t tmpfs -o mode=755 tmpfs /new/var/log
mkdir -p /new/run/lock /new/dev/pts /new/dev/shm /new/dev/hugepages
mount -t devpts -o mode=620,ptmxmode=666 devpts /new/dev/pts
mount -t tmpfs -o mode=1777 tmpfs /new/dev/shm
mount -t securityfs securityfs /new/sys/kernel/security
mount -t debugfs debugfs /new/sys/kernel/debug
mount -t cgroup2 cgroup2 /new/sys/fs/cgroup
mount -t hugetlbfs hugetlbfs /new/dev/hugepages

# Written through at once (cache=none), so that the host can follow the output while the command runs.
mkdir -p -m 700 /new/run/lab
mount -t 9p -o "$OPTIONS,cache=none" share /new/run/lab || fail "the result folder could not be mounted"
mount -o bind /new/run/lab/out /new/out
. /new/run/lab/control/settings

# The modules and the configuration of the kernel that runs here, in place of the host's.
RELEASE=$(uname -r)
mkdir -p /new/lib/modules /new/boot
mount -t tmpfs -o mode=755 tmpfs /new/boot
mount -o bind "/lower$MODULES_FOLDER" /new/lib/modules || fail "the folder of the kernel's modules could not be mounted"
cp "/lower$KERNEL_FOLDER/boot/config-$RELEASE" /new/boot/

# The host's choices for its own devices and guests would speak about this machine as if they were its own.
for folder in etc/modprobe.d etc/modules-load.d etc/libvirt/qemu etc/default/grub.d etc/kernel etc/pve; do
    if [ -d "/new/$folder" ]; then mount -t tmpfs -o mode=755 tmpfs "/new/$folder"; fi
done
rm -f /new/etc/default/grub /new/etc/modules

hostname "$NAME"
rm -f /new/etc/hostname /new/etc/hosts
echo "$NAME" >/new/etc/hostname
echo "127.0.0.1 localhost $NAME" >/new/etc/hosts
ifconfig lo 127.0.0.1 up

if [ "$AGENT" = 1 ]; then
    mkdir -p /new/usr/local/bin
    rm -f /new/usr/local/bin/ptdiag
    cp /new/run/lab/control/agent /new/usr/local/bin/ptdiag
    chmod 755 /new/usr/local/bin/ptdiag
fi

# switch_root, not chroot: the kernel starts its own helpers (modprobe) in the root of the first process.
cp /bin/busybox /new/run/busybox
cp /guest-run.sh /new/run/guest-run.sh
exec switch_root -c /dev/console /new /run/busybox sh /run/guest-run.sh
