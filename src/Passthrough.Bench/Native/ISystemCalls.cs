namespace Passthrough.Bench.Native;

/// <summary>
/// Every system call of this project, replaced as a whole under test. A call that fails returns its errno negated, as the
/// kernel itself does; nothing here throws. Addresses are plain numbers: who passes one vouches that the memory lives through the call.
/// </summary>
internal partial interface ISystemCalls
{
    /// <summary>open(2) with O_CLOEXEC added: a descriptor, or -errno.</summary>
    int Open(string path, int flags);

    /// <summary>close(2).</summary>
    int Close(int descriptor);

    /// <summary>ioctl(2); <paramref name="argument"/> is a value or an address, as the request wants it.</summary>
    int Ioctl(int descriptor, int request, nint argument);

    /// <summary>mmap(2): the address, or -errno.</summary>
    nint Map(nint address, nint bytes, int protection, int flags, int descriptor, long offset);

    /// <summary>munmap(2).</summary>
    int Unmap(nint address, nint bytes);

    /// <summary>madvise(2).</summary>
    int Advise(nint address, nint bytes, int advice);

    /// <summary>read(2): bytes, or -errno.</summary>
    nint Read(int descriptor, Span<byte> buffer);

    /// <summary>read(2) of an event descriptor that blocks, inside a measured loop: 8 and the sum of what was signalled, or -errno.</summary>
    nint ReadEvent(int descriptor, out ulong count);

    /// <summary>The same for a descriptor that does not block (EFD_NONBLOCK).</summary>
    nint PollEvent(int descriptor, out ulong count);

    /// <summary>ioctl(2) of a request that returns within microseconds, inside a measured loop; a call that failed is made once more to learn why.</summary>
    int ShortIoctl(int descriptor, int request, nint argument);

    /// <summary>write(2); used for event descriptors only.</summary>
    nint Write(int descriptor, ReadOnlySpan<byte> buffer);

    /// <summary>pread(2).</summary>
    nint ReadAt(int descriptor, Span<byte> buffer, long offset);

    /// <summary>pwrite(2); used for the config space of a VFIO device only.</summary>
    nint WriteAt(int descriptor, ReadOnlySpan<byte> buffer, long offset);

    /// <summary>eventfd2(2) with EFD_CLOEXEC added.</summary>
    int EventDescriptor(int flags);

    /// <summary>io_uring_setup(2).</summary>
    int UringSetup(uint entries, nint parameters);

    /// <summary>io_uring_enter(2) without a signal mask.</summary>
    int UringEnter(int ring, uint toSubmit, uint minComplete, uint flags);

    /// <summary>io_uring_register(2).</summary>
    int UringRegister(int ring, uint operation, nint argument, uint count);

    /// <summary>sched_setaffinity(2) of the calling thread to one CPU.</summary>
    int PinThread(int cpu);

    /// <summary>mbind(2); the mask is one 64-bit word per 64 nodes.</summary>
    int BindMemory(nint address, nint bytes, int mode, ReadOnlySpan<ulong> nodes, uint flags);

    /// <summary>move_pages(2) of this process without target nodes: only asks where each page lies.</summary>
    int WherePagesLie(ReadOnlySpan<nint> pages, Span<int> nodes);

    /// <summary>readlink(2): 0 and the target, or -errno.</summary>
    int ReadLink(string path, out string target);

    /// <summary>The names in a folder, ordinal order: 0, or -errno.</summary>
    int List(string path, out IReadOnlyList<string> names);
}
