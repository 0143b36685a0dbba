namespace Passthrough.Bench.Workloads.Gpu;

/// <summary>
/// The calls of NVIDIA's driver library that copying needs, replaced as a whole under test. Each answers a CUresult, 0 for
/// success; nothing here throws. Addresses are plain numbers. Source: the CUDA driver API reference; names with _v2 are
/// what cuda.h maps the plain names to.
/// </summary>
internal interface ICudaDriver : IDisposable
{
    /// <summary>cuInit(0): finds the driver and its devices.</summary>
    int Initialise();

    /// <summary>cuDeviceGetCount.</summary>
    int DeviceCount(out int count);

    /// <summary>cuDeviceGet: the handle of an ordinal.</summary>
    int Device(int ordinal, out int device);

    /// <summary>cuDeviceGetByPCIBusId: the handle of an address such as 0000:01:00.0.</summary>
    int DeviceAt(string address, out int device);

    /// <summary>cuDeviceGetPCIBusId.</summary>
    int AddressOf(int device, out string address);

    /// <summary>cuDevicePrimaryCtxRetain.</summary>
    int RetainContext(int device, out nint context);

    /// <summary>cuDevicePrimaryCtxRelease_v2.</summary>
    int ReleaseContext(int device);

    /// <summary>cuCtxSetCurrent for the calling thread; 0 for none.</summary>
    int MakeCurrent(nint context);

    /// <summary>cuMemAlloc_v2.</summary>
    int AllocateDevice(out ulong address, nint bytes);

    /// <summary>cuMemFree_v2.</summary>
    int FreeDevice(ulong address);

    /// <summary>cuMemHostAlloc with no flags: page-locked memory.</summary>
    int AllocateHost(out nint address, nint bytes);

    /// <summary>cuMemFreeHost.</summary>
    int FreeHost(nint address);

    /// <summary>cuMemHostRegister_v2 with no flags: locks memory that is there already.</summary>
    int RegisterHost(nint address, nint bytes);

    /// <summary>cuMemHostUnregister.</summary>
    int UnregisterHost(nint address);

    /// <summary>cuStreamCreate with CU_STREAM_NON_BLOCKING.</summary>
    int CreateStream(out nint stream);

    /// <summary>cuStreamDestroy_v2.</summary>
    int DestroyStream(nint stream);

    /// <summary>cuStreamSynchronize.</summary>
    int Synchronise(nint stream);

    /// <summary>cuEventCreate with CU_EVENT_DEFAULT, which keeps times.</summary>
    int CreateEvent(out nint handle);

    /// <summary>cuEventDestroy_v2.</summary>
    int DestroyEvent(nint handle);

    /// <summary>cuEventRecord.</summary>
    int Record(nint handle, nint stream);

    /// <summary>cuEventElapsedTime: milliseconds from one event to the other.</summary>
    int Elapsed(nint from, nint to, out float milliseconds);

    /// <summary>cuMemcpyHtoDAsync_v2.</summary>
    int CopyToDevice(ulong to, nint from, nint bytes, nint stream);

    /// <summary>cuMemcpyDtoHAsync_v2.</summary>
    int CopyToHost(nint to, ulong from, nint bytes, nint stream);

    /// <summary>cuMemsetD8_v2.</summary>
    int Fill(ulong address, byte value, nint bytes);

    /// <summary>cuGetErrorName, or null for a number the driver does not know.</summary>
    string? NameOf(int result);
}
