using System.Globalization;
using System.Text;
using Passthrough.Guests;

namespace Passthrough.Study.Faults;

/// <summary>
/// Plants the lab's faults one after another and asks <c>ptdiag check</c> and <c>virt-host-validate qemu</c> about each, in the same guest at
/// the same moment. Faults that need the same machine share a boot: each is planted, judged and taken back.
/// </summary>
/// <param name="lab">The lab.</param>
/// <param name="agentPath">The single file <c>ptdiag</c> that is copied into the guests.</param>
public sealed class FaultRun(Lab lab, string agentPath)
{
    // One case: plant, the audit and the peer each timed by the guest's own clock, take back.
    private const string CaseScript = """
        set +e
        plant=$1 undo=$2 folder=$3 prefix=$4 arguments=$5
        mkdir -p "$folder"
        [ -z "$plant" ] || /bin/sh -c "$plant" >"$folder/plant" 2>&1 || echo failed >"$folder/plant-failed"
        start=$(date +%s%N)
        $prefix ptdiag check $arguments --format json >"$folder/check.json" 2>"$folder/check.err"
        echo $? >"$folder/code"
        middle=$(date +%s%N)
        [ "$PEER" != 1 ] || virt-host-validate qemu >"$folder/peer" 2>&1
        end=$(date +%s%N)
        echo "$((middle - start)) $((end - middle))" >"$folder/times"
        [ "$6" != 1 ] || $prefix ptdiag bundle create "$folder/machine.tar.zst" >/dev/null 2>"$folder/bundle.err"
        [ -z "$undo" ] || /bin/sh -c "$undo" >>"$folder/plant" 2>&1
        exit 0
        """;

    /// <summary>
    /// Runs the cases; a bundle is made of those that <paramref name="keep"/> chooses, and without <paramref name="peer"/> the audit is asked alone. A guest that does not come up makes its cases fail with what it said,
    /// and the others go on.
    /// </summary>
    public async Task<IReadOnlyList<FaultCase>> RunAsync(IReadOnlyList<LabMachine> machines, Func<LabMachine, bool> keep, bool peer, IProgress<string>? progress, CancellationToken cancel)
    {
        var results = new Dictionary<string, FaultCase>(StringComparer.Ordinal);
        LabMachine[][] boots = [.. machines.GroupBy(Hardware).Select(group => group.ToArray())];
        for (int boot = 0; boot < boots.Length; boot++)
        {
            progress?.Report(string.Create(CultureInfo.InvariantCulture,
                $"Guest {boot + 1} of {boots.Length}: {string.Join(", ", boots[boot].Select(machine => machine.Name))}"));
            foreach (FaultCase result in await BootAsync(boots[boot], keep, peer, cancel).ConfigureAwait(false))
            {
                results.Add(result.Machine.Name, result);
            }
        }

        return [.. machines.Select(machine => results[machine.Name])];
    }

    /// <summary>What makes two machines the same guest: all but what is said about them and planted in them.</summary>
    internal static string Hardware(LabMachine machine) => string.Join('\n',
    [
        machine.Iommu.ToString(), machine.IommuOptions, machine.CpuModel, machine.KernelSeries, $"{machine.Cpus} {machine.Nodes} {machine.MemoryMebibytes} {machine.HasVfioModules}",
        string.Join('\t', machine.Devices), string.Join(' ', machine.KernelArguments), string.Join(' ', machine.Candidates),
        string.Join(' ', machine.HostDrivers), Convert.ToHexString(machine.DmarOverride ?? []),
    ]);

    private async Task<IEnumerable<FaultCase>> BootAsync(LabMachine[] machines, Func<LabMachine, bool> keep, bool peer, CancellationToken cancel)
    {
        var script = new StringBuilder($"export PEER={(peer ? 1 : 0)}\ncd /out\ncat >/run/case <<'END_OF_CASE'\n{CaseScript}\nEND_OF_CASE\n");
        foreach (LabMachine machine in machines)
        {
            script.Append("/bin/sh /run/case ")
                .AppendJoin(' ', new[] { machine.Plant, machine.Undo, machine.Name, machine.CheckPrefix, machine.CheckArguments, keep(machine) ? "1" : "0" }.Select(Quoted))
                .Append('\n');
        }

        try
        {
            LabRun run = await lab.RunAsync(machines[0] with { Plant = "" }, new LabCommand
            {
                Arguments = ["/bin/sh", "cases.sh"],
                Files = new Dictionary<string, byte[]> { ["cases.sh"] = Encoding.UTF8.GetBytes(script.ToString()) },
                AgentPath = agentPath,
                Timeout = TimeSpan.FromMinutes(2 + machines.Length),
            }, cancel).ConfigureAwait(false);
            return machines.Select(machine => FaultCase.Read(machine, run));
        }
        catch (LabException error)
        {
            return machines.Select(machine => new FaultCase { Machine = machine, Trouble = error.Message });
        }
    }

    internal static string Quoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
