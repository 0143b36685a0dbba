using System.Globalization;

namespace Passthrough.Bench.Native;

/// <summary>Error numbers with their names and what the C library says of them. Source: include/uapi/asm-generic/errno*.h.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int E2BIG = 7;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int EMFILE = 24;
    public const int ENOTTY = 25;
    public const int ETXTBSY = 26;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int EPIPE = 32;
    public const int ENOSYS = 38;
    public const int EOVERFLOW = 75;
    public const int EMSGSIZE = 90;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETUNREACH = 101;
    public const int ECONNRESET = 104;
    public const int ETIMEDOUT = 110;
    public const int ECONNREFUSED = 111;
    public const int EHOSTUNREACH = 113;

    /// <summary>The symbol, or "errno N" for one that is not listed here.</summary>
    public static string Name(int errno) => Find(errno)?.Name ?? string.Create(CultureInfo.InvariantCulture, $"errno {errno}");

    /// <summary>What it says in general, without knowing the call.</summary>
    public static string Meaning(int errno) => Find(errno)?.Meaning ?? "an error this tool has no words for";

    private static (string Name, string Meaning)? Find(int errno) => errno switch
    {
        EPERM => ("EPERM", "the operation is not permitted"),
        ENOENT => ("ENOENT", "it does not exist"),
        EINTR => ("EINTR", "a signal interrupted the call"),
        EIO => ("EIO", "input/output error"),
        ENXIO => ("ENXIO", "no such device or address"),
        E2BIG => ("E2BIG", "the argument is too big"),
        EBADF => ("EBADF", "bad file descriptor"),
        EAGAIN => ("EAGAIN", "the resource is not available now"),
        ENOMEM => ("ENOMEM", "not enough memory"),
        EACCES => ("EACCES", "permission denied"),
        EFAULT => ("EFAULT", "bad address"),
        EBUSY => ("EBUSY", "it is in use"),
        EEXIST => ("EEXIST", "it exists already"),
        ENODEV => ("ENODEV", "there is no such device"),
        EINVAL => ("EINVAL", "an argument is not valid"),
        EMFILE => ("EMFILE", "too many open files"),
        ENOTTY => ("ENOTTY", "the file does not know this request"),
        ENOSPC => ("ENOSPC", "no space is left"),
        ENOSYS => ("ENOSYS", "the kernel does not have this call"),
        ETXTBSY => ("ETXTBSY", "it is a program that is running"),
        EROFS => ("EROFS", "it is read-only"),
        EPIPE => ("EPIPE", "the other side closed the connection"),
        EOVERFLOW => ("EOVERFLOW", "a value does not fit"),
        EMSGSIZE => ("EMSGSIZE", "the message is too long"),
        EOPNOTSUPP => ("EOPNOTSUPP", "the operation is not supported"),
        EAFNOSUPPORT => ("EAFNOSUPPORT", "the kernel has no such address family"),
        EADDRINUSE => ("EADDRINUSE", "the address is in use"),
        EADDRNOTAVAIL => ("EADDRNOTAVAIL", "this machine does not have the address"),
        ENETUNREACH => ("ENETUNREACH", "no route leads to the network"),
        ECONNRESET => ("ECONNRESET", "the other side reset the connection"),
        ETIMEDOUT => ("ETIMEDOUT", "the other side did not answer in time"),
        ECONNREFUSED => ("ECONNREFUSED", "nothing listens there"),
        EHOSTUNREACH => ("EHOSTUNREACH", "the host cannot be reached"),
        _ => null,
    };
}
