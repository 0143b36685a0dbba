using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// From a register write of QEMU's edu device until its interrupt status register shows it, read over and over, with MSI off and
/// the interrupt line disabled: what irq.edu.msi would cost without an interrupt.
/// </summary>
internal sealed class EduPollWorkload : IWorkload, IRunsOnCpu
{
    private const uint Bit = 1;

    // The clock is looked at this seldom, so that it is no part of the polling.
    private const int PollsPerLook = 4096;
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly long _patienceNs;
    private VfioDevice? _vfio;
    private MmioRegion? _registers;
    private long _polls;
    private long _completions;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public EduPollWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device, long patienceNs = 2_000_000_000)
    {
        _patienceNs = patienceNs;
        _system = system;
        _parameters = parameters;
        _device = device;
        Cpu = parameters.OptionalNumber("threadCpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _vfio = VfioDevice.Open(_system, _device);
        // Without MSI the device would pull its line, which no handler of ours serves and other devices may share.
        _registers = EduRegisters.Map(_vfio, _device, VfioDevice.CommandMemory | VfioDevice.CommandNoLineInterrupt);
        _registers.Write(EduRegisters.Acknowledge, Bit);
    }

    /// <inheritdoc />
    public void MarkWitness() => (_polls, _completions) = (0, 0);

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        MmioRegion registers = _registers!;
        while (stage.Goes)
        {
            long startNs = Clock.NowNs;
            registers.Write(EduRegisters.Raise, Bit);
            int polls = 1;
            while ((registers.Read(EduRegisters.Status) & Bit) == 0)
            {
                if (++polls % PollsPerLook == 0 && Clock.NowNs - startNs > _patienceNs)
                {
                    throw new BenchException($"{_device} did not show a raised interrupt in its status register within {_patienceNs / 1_000_000} ms.");
                }
            }

            long endNs = Clock.NowNs;
            registers.Write(EduRegisters.Acknowledge, Bit);
            _polls += polls;
            _completions++;
            stage.Record(endNs - startNs);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness() =>
        new Dictionary<string, double> { ["polls"] = _polls, ["completions"] = _completions };

    /// <inheritdoc />
    public void Dispose() => _vfio?.Dispose();
}
