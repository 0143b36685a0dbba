using Passthrough.Host.Pci;

namespace Passthrough.Diagnosis.Placement;

/// <summary>What a guest asks of the host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Vcpus">Virtual CPUs, at least one.</param>
/// <param name="MemoryBytes">Memory in bytes.</param>
/// <param name="Devices">Functions it is to be given.</param>
/// <param name="HugePageBytes">Size of the pages its memory is made of, 0 for ordinary pages.</param>
/// <param name="Iothreads">Threads of its disks.</param>
public sealed record GuestRequest(string Name, int Vcpus, long MemoryBytes, IReadOnlyList<PciAddress> Devices, long HugePageBytes = 0, int Iothreads = 0);
