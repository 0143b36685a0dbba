using System.Globalization;
using System.Text;
using Passthrough.Guests;

namespace Passthrough.Study.Faults;

/// <summary>
/// Kills <c>ptdiag tune apply</c> in a guest at each of its system calls that change something or put something on disk (strace sends SIGKILL at the entry of the
/// nth), and looks whether <c>tune status</c> tells of it and <c>tune undo</c> leaves the machine as it was before the plan.
/// </summary>
/// <param name="lab">The lab.</param>
/// <param name="agentPath">The single file <c>ptdiag</c> that is copied into the guest.</param>
public sealed class KillRun(Lab lab, string agentPath)
{
    // Ten steps: values of modules, permissions, four files with an obsolete line, a driver, a limit of memory, huge pages.
    private const string Script = """
        set +e
        cd /out
        export PTDIAG_STATE=/run/state
        echo Y >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
        echo 512 >/sys/module/vfio_iommu_type1/parameters/dma_entry_limit
        chmod 600 /dev/vfio/vfio
        mkdir -p /etc/modules-load.d /etc/libvirt/qemu
        for name in a b c d; do printf '# kept\nvfio_virqfd\n\tloop' >/etc/modules-load.d/$name.conf; chmod 640 /etc/modules-load.d/$name.conf; done
        cat >/etc/libvirt/qemu/lab.xml <<'XML'
        <domain type='kvm'><name>lab</name><memory unit='MiB'>64</memory><memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking>
        <vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
        <devices><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev></devices></domain>
        XML
        # The limit of this shell is finite, so that raising it is a step.
        ulimit -l 65536
        options="--device 0000:02:00.0 --user daemon --now --yes"
        ptdiag tune plan --device 0000:02:00.0 --user daemon --format json >plan.json 2>plan.err
        /bin/sh /run/picture >before
        for call in $CALLS; do
            n=$FIRST
            while :; do
                strace -f -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n ptdiag tune apply $options >apply 2>apply.err
                code=$?
                ptdiag tune status >status 2>&1; told=$?
                left=$(grep -c '"state":"intent"' $PTDIAG_STATE/tuning.jsonl 2>/dev/null)
                kept=$(grep -c '"state":"kept"' $PTDIAG_STATE/tuning.jsonl 2>/dev/null)
                ptdiag tune undo >undo 2>&1; undone=$?
                /bin/sh /run/picture >after
                cmp -s before after && same=1 || same=0
                [ $same = 1 ] || diff before after | sed "s/^/$call $n /" >>traces
                echo "$call $n $code $told $undone $same ${left:-0} ${kept:-0}" >>kills
                rm -f $PTDIAG_STATE/tuning.jsonl
                [ $code = 137 ] || break
                n=$((n + STEP))
            done
        done
        exit 0
        """;

    /// <summary>Every system call that the run is killed at.</summary>
    public static IReadOnlyList<string> Calls { get; } = ["pwrite64", "fsync", "write", "rename", "chmod", "unlink"];

    /// <summary>Runs it in one guest.</summary>
    /// <param name="calls">Which of <see cref="Calls"/>.</param>
    /// <param name="step">1 to kill at every one, 3 at every third.</param>
    /// <param name="cancel">Ends the guest.</param>
    /// <exception cref="LabException">The guest did not boot, or ended before the run was over.</exception>
    public async Task<KillTable> RunAsync(IReadOnlyList<string> calls, int step, CancellationToken cancel)
    {
        LabRun run = await lab.RunAsync(LabCatalog.Find("intel-healthy")!, new LabCommand
        {
            Arguments = ["/bin/sh", "kills.sh"],
            Files = new Dictionary<string, byte[]>
            {
                ["kills.sh"] = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                    $"CALLS='{string.Join(' ', calls)}' FIRST=1 STEP={step}\ncat >/run/picture <<'END_OF_PICTURE'\n{MendRun.PictureScript}\nEND_OF_PICTURE\n{Script}\n")),
            },
            AgentPath = agentPath,
            Timeout = TimeSpan.FromMinutes(25),
        }, cancel).ConfigureAwait(false);
        string Text(string name) => run.Files.TryGetValue(name, out byte[]? content) ? Encoding.UTF8.GetString(content).Trim() : "";
        string[][] lines = [.. Text("kills").Split('\n').Select(line => line.Split(' ')).Where(words => words.Length == 8)];
        return lines.Length == 0
            ? throw new LabException($"The guest left no record of a killed run: {run.Error.Trim()} {Text("plan.err")} {Text("apply.err")}")
            : new KillTable([.. lines.Select(KillCase.Of)], Text("traces"), Steps(Text("plan.json")));
    }

    private static int Steps(string plan) => plan.Split("\"takesEffect\": \"now\"").Length - 1;
}

/// <summary>One killed run.</summary>
/// <param name="Call">The system call at whose entry it was killed.</param>
/// <param name="Nth">The how manieth of them.</param>
/// <param name="ExitCode">137 when it was killed; 0 when it came to its end before.</param>
/// <param name="StatusCode">Exit code of tune status: 1 when it tells of a killed run.</param>
/// <param name="UndoCode">Exit code of tune undo.</param>
/// <param name="IsSame">The machine was then as it was before the plan.</param>
/// <param name="Recorded">Changes on record when it died.</param>
/// <param name="IsWhole">The plan was on record as applied whole: it died on its last words.</param>
public sealed record KillCase(string Call, int Nth, int ExitCode, int StatusCode, int UndoCode, bool IsSame, int Recorded, bool IsWhole)
{
    /// <summary>What status had to end with: 1 for a plan that was cut off with a change on record.</summary>
    public int ExpectedStatus => Recorded > 0 && !IsWhole ? 1 : 0;

    /// <summary>It was killed, or came to its end; status told of what was on record; undo worked and left no trace.</summary>
    public bool IsRight => ExitCode is 0 or 137 && UndoCode == 0 && IsSame && StatusCode == ExpectedStatus;

    internal static KillCase Of(string[] words)
    {
        int Number(int at) => int.TryParse(words[at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : -1;
        return new KillCase(words[0], Number(1), Number(2), Number(3), Number(4), words[5] == "1", Math.Max(0, Number(6)), words[7] != "0");
    }
}

/// <summary>The table of killed runs.</summary>
/// <param name="Cases">All runs.</param>
/// <param name="Traces">What differed afterwards.</param>
/// <param name="Steps">Steps of the plan.</param>
public sealed record KillTable(IReadOnlyList<KillCase> Cases, string Traces, int Steps)
{
    /// <summary>The page in Markdown.</summary>
    public string ToMarkdown(string command)
    {
        KillCase[] killed = [.. Cases.Where(item => item.ExitCode == 137)];
        var text = new StringBuilder("# Killed plans\n\n");
        text.Append(CultureInfo.InvariantCulture, $"""
            A plan of {Steps} steps is applied in a QEMU guest (Intel VT-d) and killed by SIGKILL at the entry of each of its system calls that change something or put something on
            disk. Afterwards `ptdiag tune status` must tell of it (exit code 1) where a plan was cut off with a change on record, `ptdiag tune undo` must end with 0, and the machine must be as before the plan:
            every file below /etc byte for byte with its owner and permissions, and the values, drivers and modules that a plan may touch.
            Made by `{command}`: {Cases.Count(item => item.IsRight)} of {Cases.Count} right, {killed.Length} of them killed.

            | killed at | times | changes on record when it died | status told | undo ended with 0 | as before |
            |---|--:|---|--:|--:|--:|

            """);
        foreach (IGrouping<string, KillCase> group in killed.GroupBy(item => item.Call))
        {
            int count = group.Count();
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key} | {count} | {group.Min(item => item.Recorded)} to {group.Max(item => item.Recorded)} | ")
                .Append(CultureInfo.InvariantCulture, $"{group.Count(item => item.StatusCode == item.ExpectedStatus)} | {group.Count(item => item.UndoCode == 0)} | {group.Count(item => item.IsSame)} |\n");
        }

        foreach (KillCase item in Cases.Where(item => !item.IsRight))
        {
            text.Append(CultureInfo.InvariantCulture, $"\nWrong: killed at {item.Call} {item.Nth} (exit {item.ExitCode}, {item.Recorded} on record): status {item.StatusCode}, undo {item.UndoCode}, {(item.IsSame ? "as before" : "differs")}.\n");
        }

        return Traces.Length == 0 ? text.ToString() : text.Append("\n```\n").Append(Traces).Append("\n```\n").ToString();
    }
}
