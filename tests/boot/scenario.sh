#!/bin/bash
# Runs once in each boot of the disk-image guest and leaves what it saw in /out. The machine's state is one word in /var/lib/scenario/stage.
# Boots: a (faults stand; plan applied) b (plan in effect; taken back) c (faults again; apply cut off by a reset) d.. (each reset looked at).
mount -t 9p -o trans=virtio,version=9p2000.L,msize=131072 out /out || { echo "no share"; poweroff -f; }
state=/var/lib/scenario
stage=$(cat $state/stage)
log() { echo "$stage: $*" | tee -a /out/log; }
picture() {
  find /etc /boot/grub -type f ! -name mtab ! -name machine-id ! -name ld.so.cache ! -name random-seed -exec sha256sum {} + | sort
  find /etc /boot/grub -type f -exec stat -c '%n %a %u %g' {} + | sort
  find /etc -type d | sort
}
verdicts() {
  ptdiag check --all --format json >"/out/$1.json" 2>"/out/$1.err"
}
go() {
  echo "$1" >$state/stage
  sync
  log "done; uptime $(cut -d' ' -f1 /proc/uptime) s"
  systemctl reboot --force
  exit 0
}
# Cut off at the entry of the nth call of one kind, by a reset without any sync: what was not on the disk is lost.
cut_off() {
  strace -f -o /run/trace -e "trace=$1" -e "inject=$1:delay_enter=60000000:when=$2" ptdiag tune apply --yes --only CMD-001 CMD-011 MOD-006 >/run/apply 2>&1 &
  for _ in $(seq 600); do
    if [ "$(grep -c "$1(" /run/trace 2>/dev/null)" -ge "$2" ]; then
      log "reset at $1 $2 with $(wc -l </var/lib/ptdiag/tuning.jsonl) lines in the journal"
      echo b >/proc/sysrq-trigger
      sleep 60
    fi
    kill -0 $! 2>/dev/null || break
    sleep 0.05
  done
  log "the plan came to its end before $1 $2"
}
case $stage in
a)
  # The image's own grub.cfg was written by hand; from here on it is what update-grub makes.
  update-grub >/out/update-grub 2>&1
  verdicts a
  picture >$state/picture
  cp $state/picture /out/picture-a
  ptdiag tune plan >/out/plan 2>&1
  ptdiag tune apply --yes --only CMD-001 CMD-011 CMD-003 MOD-006 >/out/apply 2>&1
  log "apply ended with $?"
  ptdiag tune status >/out/status-a 2>&1
  log "status ended with $?"
  go b
  ;;
b)
  verdicts b
  ptdiag tune status >/out/status-b 2>&1
  log "status ended with $?"
  ptdiag tune undo >/out/undo-b 2>&1
  log "undo ended with $?"
  picture >/out/picture-b
  cmp -s $state/picture /out/picture-b && log "as before" || log "differs: $(diff $state/picture /out/picture-b | head -5 | tr '\n' ' ')"
  go c
  ;;
c)
  verdicts c
  echo "r 1" >$state/stage
  sync
  log "done; uptime $(cut -d' ' -f1 /proc/uptime) s"
  # shellcheck disable=SC2046
  cut_off $(sed -n 1p $state/cuts)
  poweroff -f
  ;;
"r "*)
  n=${stage#r }
  ptdiag tune status >/out/status-r$n 2>&1
  log "status ended with $?"
  ptdiag tune undo >/out/undo-r$n 2>&1
  log "undo ended with $?"
  picture >/out/picture-r$n
  cmp -s $state/picture /out/picture-r$n && log "as before" || log "differs: $(diff $state/picture /out/picture-r$n | head -5 | tr '\n' ' ')"
  next=$(sed -n "$((n + 1))p" $state/cuts)
  if [ -z "$next" ]; then
    echo end >$state/stage
    sync
    log "done"
    poweroff -f
    exit 0
  fi
  rm -f /var/lib/ptdiag/tuning.jsonl
  echo "r $((n + 1))" >$state/stage
  sync
  # shellcheck disable=SC2086
  cut_off $next
  poweroff -f
  ;;
*)
  log "unknown stage"
  poweroff -f
  ;;
esac
