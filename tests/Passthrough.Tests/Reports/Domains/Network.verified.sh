# The functions must be on vfio-pci, and the guest needs UEFI firmware (-drive if=pflash for code and variables; the path is the distribution's).
# Threads are pinned after the start: each "CPU n/KVM" thread of the process to its CPU, all others to 0,12.
# 0→1 1→13 2→2 3→14 4→3 5→15 6→4 7→16 8→6 9→18 10→7 11→19 12→8 13→20 14→9 15→21
qemu-system-x86_64 \
  -name guest=router,debug-threads=on \
  -machine q35,accel=kvm \
  -cpu host,migratable=off,host-phys-bits=on \
  -smp 16,sockets=2,cores=4,threads=2 \
  -m 4096M \
  -object memory-backend-ram,id=ram0,size=2048M,merge=off,host-nodes=0,policy=bind \
  -numa node,nodeid=0,cpus=0-7,memdev=ram0 \
  -object memory-backend-ram,id=ram1,size=2048M,merge=off,host-nodes=1,policy=bind \
  -numa node,nodeid=1,cpus=8-15,memdev=ram1 \
  -device pcie-root-port,id=port1,chassis=1,slot=1 \
  -device vfio-pci,host=0000:42:10.0,bus=port1,addr=0x0.0x0
