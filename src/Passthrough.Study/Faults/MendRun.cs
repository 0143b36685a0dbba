using System.Globalization;
using System.Text;
using Passthrough.Guests;

namespace Passthrough.Study.Faults;

/// <summary>
/// Plants the faults that a live setting mends, has <c>ptdiag tune apply</c> mend each and <c>ptdiag tune undo</c> take the change back: the audit before and
/// after, and whether the machine is then as it was before.
/// </summary>
/// <param name="lab">The lab.</param>
/// <param name="agentPath">The single file <c>ptdiag</c> that is copied into the guests.</param>
public sealed class MendRun(Lab lab, string agentPath)
{
    // Everything that a plan may touch, so that one text tells whether an undo left a trace.
    internal const string PictureScript = """
        find /etc -type f ! -name mtab -exec sha256sum {} + | sort
        find /etc -type f -exec stat -c '%n %a %u %g' {} + | sort
        find /etc -type d | sort
        stat -c '%n %a' /dev/vfio/*
        ls /sys/module | grep vfio
        grep -sH '' /sys/module/vfio*/parameters/* /sys/kernel/mm/hugepages/*/nr_hugepages /sys/devices/system/node/node*/hugepages/*/nr_hugepages \
            /sys/kernel/iommu_groups/*/type /sys/bus/pci/devices/*/driver_override /sys/bus/pci/devices/*/sriov_* /sys/class/net/*/queues/rx-*/rps_cpus \
            /proc/irq/*/smp_affinity_list
        ls -l /sys/bus/pci/devices/*/driver | awk '{ print $9, $11 }'
        """;

    private const string CaseScript = """
        set +e
        export PTDIAG_STATE=/run/state
        plant=$1 undo=$2 folder=$3 prefix=$4 arguments=$5 mend=$6
        mkdir -p "$folder"
        [ -z "$plant" ] || /bin/sh -c "$plant" >"$folder/plant" 2>&1
        $prefix ptdiag check $arguments --all --format json >"$folder/before.json" 2>"$folder/check.err"
        /bin/sh /run/picture >"$folder/picture-before"
        ptdiag tune apply --yes --now $mend >"$folder/apply" 2>"$folder/apply.err"
        echo $? >"$folder/apply-code"
        $prefix ptdiag check $arguments --all --format json >"$folder/after.json" 2>>"$folder/check.err"
        ptdiag tune undo >"$folder/undo" 2>&1
        echo $? >"$folder/undo-code"
        /bin/sh /run/picture >"$folder/picture-after"
        [ -z "$undo" ] || /bin/sh -c "$undo" >>"$folder/plant" 2>&1
        exit 0
        """;

    /// <summary>Runs the cases, those of one machine in one boot. A guest that does not come up makes its cases fail with what it said.</summary>
    public async Task<IReadOnlyList<MendCase>> RunAsync(IReadOnlyList<LabMachine> machines, IProgress<string>? progress, CancellationToken cancel)
    {
        var results = new List<MendCase>();
        LabMachine[][] boots = [.. machines.GroupBy(FaultRun.Hardware).Select(group => group.ToArray())];
        for (int boot = 0; boot < boots.Length; boot++)
        {
            progress?.Report(string.Create(CultureInfo.InvariantCulture, $"Guest {boot + 1} of {boots.Length}: {string.Join(", ", boots[boot].Select(machine => machine.Name))}"));
            results.AddRange(await BootAsync(boots[boot], cancel).ConfigureAwait(false));
        }

        return [.. machines.Select(machine => results.First(result => result.Machine.Name == machine.Name))];
    }

    private async Task<IEnumerable<MendCase>> BootAsync(LabMachine[] machines, CancellationToken cancel)
    {
        var script = new StringBuilder($"cd /out\ncat >/run/picture <<'END_OF_PICTURE'\n{PictureScript}\nEND_OF_PICTURE\ncat >/run/case <<'END_OF_CASE'\n{CaseScript}\nEND_OF_CASE\n");
        foreach (LabMachine machine in machines)
        {
            script.Append("/bin/sh /run/case ")
                .AppendJoin(' ', new[] { machine.Plant, machine.Undo, machine.Name, machine.CheckPrefix, machine.CheckArguments, machine.Mend ?? "" }.Select(FaultRun.Quoted))
                .Append('\n');
        }

        try
        {
            LabRun run = await lab.RunAsync(machines[0] with { Plant = "" }, new LabCommand
            {
                Arguments = ["/bin/sh", "cases.sh"],
                Files = new Dictionary<string, byte[]> { ["cases.sh"] = Encoding.UTF8.GetBytes(script.ToString()) },
                AgentPath = agentPath,
                Timeout = TimeSpan.FromMinutes(2 + (2 * machines.Length)),
            }, cancel).ConfigureAwait(false);
            return machines.Select(machine => MendCase.Read(machine, run));
        }
        catch (LabException error)
        {
            return machines.Select(machine => new MendCase { Machine = machine, Trouble = error.Message });
        }
    }
}
