# Second half of a lab guest's first process: it runs in the guest's final root, loads the modules, binds the candidates,
# runs the command and switches the machine off. The host reads the exit code from control/rc.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
. /run/lab/control/settings
cd /out

# The override comes before the modules: no other driver takes a candidate first, and vfio-pci takes it when it is loaded.
for device in $CANDIDATES; do
    echo vfio-pci >"/sys/bus/pci/devices/$device/driver_override"
done

# KVM's modules are the largest: they load beside the others.
modprobe kvm-amd || echo "ptdiag lab: the module kvm-amd could not be loaded" &
[ -z "$MODULES" ] || modprobe -a $MODULES || echo "ptdiag lab: not every module of \"$MODULES\" could be loaded"

# Disks appear some time after their driver is loaded.
for path in $WAIT_FOR; do
    tries=0
    until [ -e "$path" ] || [ "$tries" -ge 100 ]; do
        /run/busybox usleep 50000
        tries=$((tries + 1))
    done
done

wait

# The fault of the machine's record, where it is one that is planted in a running guest.
[ -z "$PLANT" ] || /bin/sh -c "$PLANT" || echo "ptdiag lab: the fault could not be planted"

if [ "$INTERACTIVE" = 1 ]; then
    export TERM="$TERMINAL"
    /run/busybox setsid /run/busybox cttyhack /bin/sh /run/lab/control/command
else
    export TERM=dumb
    /bin/sh /run/lab/control/command </dev/null >/run/lab/control/stdout 2>/run/lab/control/stderr
fi
code=$?

# Renamed into place: a file called rc is always complete.
echo "$code" >/run/lab/control/rc.partial
mv /run/lab/control/rc.partial /run/lab/control/rc
sync
/run/busybox poweroff -f
/run/busybox sleep 60
