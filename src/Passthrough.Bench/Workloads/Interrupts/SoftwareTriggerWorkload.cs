using Passthrough.Bench.Engine;
using Passthrough.Bench.Native;
using Passthrough.Bench.Vfio;
using Passthrough.Host.Pci;

namespace Passthrough.Bench.Workloads.Interrupts;

/// <summary>
/// VFIO's software loopback: one VFIO_DEVICE_SET_IRQS that fires the vector, and the eventfd read that answers it. No device and no
/// interrupt takes part. The kernel signals the descriptor inside the call (vfio_pci_set_msi_trigger), so the read finds it set
/// and does not sleep; the counter "sleeps" shows it.
/// </summary>
internal sealed class SoftwareTriggerWorkload : IWorkload, IRunsOnCpu, IJudgesRun
{
    private readonly ISystemCalls _system;
    private readonly ParameterSet _parameters;
    private readonly PciAddress _device;
    private readonly bool _spins;
    private readonly AnsweredEvents _answered;
    private VfioDevice? _vfio;
    private MessageInterrupt? _kind;
    private EventWait? _event;
    private StuckReadGuard? _guard;

    /// <summary>Checks the parameters; nothing is opened.</summary>
    public SoftwareTriggerWorkload(ISystemCalls system, ParameterSet parameters, PciAddress device)
    {
        _system = system;
        _parameters = parameters;
        _device = device;
        _answered = new AnsweredEvents(system);
        _spins = parameters.Choice("wait", "block", "spin") == "spin";
        _ = parameters.Choice("vector", ParameterSet.Any, "msi", "msix");
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
        MessageInterrupt kind = _parameters.Text("vector") switch
        {
            "msi" => MessageInterrupt.Msi,
            "msix" => MessageInterrupt.MsiX,
            _ => _vfio.OfferedInterrupt() ?? throw new BenchException($"{_device} offers neither MSI nor MSI-X through VFIO, so there is no vector to fire."),
        };
        if (!_vfio.Offers(kind))
        {
            throw new BenchException($"{_device} offers no {(kind == MessageInterrupt.Msi ? "MSI" : "MSI-X")} vector through VFIO.");
        }

        _parameters.Resolve("vector", kind == MessageInterrupt.Msi ? "msi" : "msix");
        _event = new EventWait(_system, _spins);
        _vfio.Route(kind, _event.Number);
        _kind = kind;
        _guard = new StuckReadGuard(_system, _event.Number);
    }

    /// <inheritdoc />
    public void MarkWitness() => _answered.Mark();

    /// <inheritdoc />
    public void Execute(Stage stage)
    {
        SoftwareTrigger trigger = _vfio!.TriggerOf(_kind!.Value);
        EventWait wait = _event!;
        StuckReadGuard guard = _guard!;
        guard.Waiting = true;
        try
        {
            while (stage.Goes)
            {
                long startNs = Clock.NowNs;
                int fired = trigger.Fire();
                ulong count = fired >= 0 ? wait.Wait() : 0;
                long endNs = Clock.NowNs;
                guard.Beat();
                if (fired < 0)
                {
                    throw Failure.Of("VFIO_DEVICE_SET_IRQS", _device.ToString(), fired, VfioErrors.SetIrqs(-fired));
                }

                if (count >= StuckReadGuard.Freed)
                {
                    throw new BenchException($"firing the vector of {_device} by software reached no event descriptor within two seconds.");
                }

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
    public IReadOnlyDictionary<string, double> Witness() => _answered.Witness(interrupt: null, Cpu);

    /// <inheritdoc />
    public string? Objection() => _answered.Objection(interrupts: null);

    /// <inheritdoc />
    public void Dispose()
    {
        _guard?.Dispose();
        if (_kind is { } kind)
        {
            _vfio?.Unroute(kind);
        }

        _vfio?.Dispose();
        _event?.Dispose();
    }
}
