# The functions must be on vfio-pci, and the guest needs UEFI firmware (-drive if=pflash for code and variables; the path is the distribution's).
# Threads are pinned after the start: each "CPU n/KVM" thread of the process to its CPU, all others to 0,12.
# 0→6 1→18 2→7 3→19 4→8 5→20 6→9 7→21
qemu-system-x86_64 \
  -name guest=win11,debug-threads=on \
  -machine q35,accel=kvm,memory-backend=ram0 \
  -cpu host,migratable=off,host-phys-bits=on \
  -smp 8,sockets=1,cores=4,threads=2 \
  -m 16384M \
  -object memory-backend-memfd,id=ram0,size=16384M,hugetlb=on,hugetlbsize=2048K,prealloc=on,host-nodes=1,policy=bind \
  -global q35-pcihost.pci-hole64-size=68719476736 \
  -device pcie-root-port,id=port1,chassis=1,slot=1 \
  -device vfio-pci,host=0000:41:00.0,bus=port1,addr=0x0.0x0,multifunction=on \
  -device vfio-pci,host=0000:41:00.1,bus=port1,addr=0x0.0x1 \
  -drive if=virtio,format=raw,cache=none,aio=native,file=/var/lib/libvirt/images/win11.raw
