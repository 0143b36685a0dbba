using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// From a register write of QEMU's edu device to the return of the eventfd read that its message-signalled interrupt wakes.
/// The write leaves the guest synchronously, so its cost is part of the figure.
/// </summary>
internal sealed class EduInterruptWorkload : IWorkload, IHasInterrupt, IRunsOnCpu, IJudgesRun
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly bool _spins;
    private readonly AnsweredEvents _answered;
    private VfioDevice? _vfio;
    private MmioRegion? _registers;
    private EventWait? _event;
    private StuckReadGuard? _guard;
    private double? _interrupts;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public EduInterruptWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _answered = new AnsweredEvents(system);
        _spins = parameters.Choice("wait", "block", "spin") == "spin";
        Cpu = parameters.OptionalNumber("threadCpu");
    }

    /// <inheritdoc />
    public int? Cpu { get; }

    /// <inheritdoc />
    public string? Interrupt { get; private set; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Parameters => _parameters.Values;

    /// <inheritdoc />
    public void Prepare()
    {
        _vfio = VfioDevice.Open(_system, _device);
        _registers = EduRegisters.Map(_vfio, _device, VfioDevice.CommandMemoryAndMaster);
        _event = new EventWait(_system, _spins);
        _vfio.RouteMsi(_event.Number);
        _guard = new StuckReadGuard(_system, _event.Number);
        Interrupt = InterruptCounts.Read(_system)?.NumberOf($"vfio-msi[0]({_device})");
        // One interrupt before anything is measured: the sentence about a silent device comes from here.
        Execute(new Stage(TimeSpan.FromSeconds(10), 1));
    }

    /// <inheritdoc />
    public void MarkWitness() => _answered.Mark();

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        MmioRegion registers = _registers!;
        EventWait wait = _event!;
        StuckReadGuard guard = _guard!;
        guard.Waiting = true;
        try
        {
            while (stage.Goes)
            {
                long startNs = Clock.NowNs;
                registers.Write(EduRegisters.Raise, 1);
                ulong count = wait.Wait();
                long endNs = Clock.NowNs;
                registers.Write(EduRegisters.Acknowledge, 1);
                guard.Beat();
                if (count >= StuckReadGuard.Freed)
                {
                    throw new BenchException($"{_device} raised no interrupt that reached this process within two seconds of being asked.");
                }

                // Two interrupts answered by one read have no latency of their own.
                if (_answered.Add(count))
                {
                    stage.Record(endNs - startNs);
                }
            }
        }
        finally
        {
            guard.Waiting = false;
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Witness()
    {
        Dictionary<string, double> witness = _answered.Witness(Interrupt, Cpu);
        _interrupts = witness.TryGetValue("interrupts", out double counted) ? counted : null;
        return witness;
    }

    /// <inheritdoc />
    public string? Objection() => _answered.Objection(_interrupts);

    /// <inheritdoc />
    public void Dispose()
    {
        _guard?.Dispose();
        _vfio?.UnrouteMsi();
        _vfio?.Dispose();
        _event?.Dispose();
    }
}
