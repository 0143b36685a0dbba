"""Writes the table of boot-time steps from what the guest left: table.py OUT KERNEL SECONDS."""
import json
import pathlib
import re
import sys

CHECKS = ["CMD-001", "CMD-003", "CMD-011", "MOD-006", "IOM-001", "IOM-002", "IRQ-001"]

# A check of a token that is gone has nothing to judge any more.
MENDED = ("pass", "notApplicable")
RANK = ["notApplicable", "pass", "note", "unknown", "warn", "fail"]


def verdicts(path):
    worst = {}
    if path.exists():
        for finding in json.loads(path.read_text())["findings"]:
            known = worst.get(finding["id"], "notApplicable")
            worst[finding["id"]] = max(known, finding["verdict"], key=RANK.index)
    return worst


def main():
    out, kernel, seconds = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    a, b, c = (verdicts(out / f"{name}.json") for name in "abc")
    log = (out / "log").read_text() if (out / "log").exists() else ""
    rows, right = [], []
    for check in CHECKS:
        before, after, again = (boot.get(check, "not judged") for boot in (a, b, c))
        if before not in ("fail", "warn"):
            continue
        right.append(after in MENDED and again == before)
        rows.append(f"| {check} | {before} | {after} | {again} |")
    confirmed = "confirmed" in (out / "status-b").read_text() if (out / "status-b").exists() else False
    undone = bool(re.search(r"^b: undo ended with 0$", log, re.M)) and bool(re.search(r"^b: as before$", log, re.M))
    resets = []
    stages = ["c"] + [f"r {n}" for n in range(1, 20)]
    for n, stage in enumerate(stages, 1):
        cut = re.search(rf"^{stage}: reset at (.*)$", log, re.M)
        if not cut:
            break
        status = re.search(rf"^r {n}: status ended with (\d+)$", log, re.M)
        undo = re.search(rf"^r {n}: undo ended with (\d+)$", log, re.M)
        same = re.search(rf"^r {n}: as before$", log, re.M)
        right.append(bool(undo) and undo[1] == "0" and bool(same))
        resets.append(f"| {cut[1]} | {status[1] if status else 'none'} | {undo[1] if undo else 'none'} | {'as before' if same else 'differs'} |")
    whole = len(rows) >= 4 and len(resets) >= 3 and confirmed and undone and all(right)
    print(f"""# Boot-time steps

A QEMU guest (Intel VT-d, emulated) with a disk of its own: Debian, GRUB and systemd, kernel {kernel.removeprefix('vmlinuz-')}. Faults stand on its command line and in its initial RAM
disk; `ptdiag tune apply` mends them by a real `update-grub` and `update-initramfs`; each column is a boot. Made by `tests/boot-steps.sh` in {seconds // 60} min {seconds % 60} s.

| check | boot with the faults | boot after the plan | boot after the undo |
|---|---|---|---|
""" + "\n".join(rows) + f"""

The first four are faults of their own, the others follow from them. notApplicable: the token is gone, and with it what the check judges.

`tune status` after the reboot says that the command line is as wanted: {'yes' if confirmed else 'no'}. The undo put every file below /etc and /boot/grub back byte for byte, with owner
and permissions: {'yes' if undone else 'no'}.

Plans cut off by a reset without sync (what was not on the disk is lost), and what the next boot found:

| reset at the entry of | exit code of status | exit code of undo | files below /etc and /boot/grub |
|---|--:|--:|---|
""" + "\n".join(resets) + f"""

{'All of it as wanted.' if whole else 'Not all of it is as wanted:'}""")
    if not whole:
        print("\n```\n" + log + "```")


main()
