using System.Globalization;

namespace Passthrough.Host.Evidence;

/// <summary>Error numbers of Linux (asm-generic, the same on x86 and Arm) as names and as outcomes.</summary>
internal static class Errno
{
    public const int Eperm = 1;
    public const int Enoent = 2;
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int Eacces = 13;
    public const int Enodev = 19;
    public const int Enotdir = 20;
    public const int Einval = 22;
    public const int Epipe = 32;
    public const int Enosys = 38;
    public const int Eloop = 40;

    /// <summary>The name, or "errno N" for one that no read is known to return.</summary>
    public static string Name(int number) => number switch
    {
        Eperm => "EPERM",
        Enoent => "ENOENT",
        3 => "ESRCH",
        Eintr => "EINTR",
        5 => "EIO",
        6 => "ENXIO",
        7 => "E2BIG",
        9 => "EBADF",
        Eagain => "EAGAIN",
        12 => "ENOMEM",
        Eacces => "EACCES",
        14 => "EFAULT",
        16 => "EBUSY",
        17 => "EEXIST",
        Enodev => "ENODEV",
        Enotdir => "ENOTDIR",
        21 => "EISDIR",
        Einval => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        25 => "ENOTTY",
        27 => "EFBIG",
        28 => "ENOSPC",
        30 => "EROFS",
        Epipe => "EPIPE",
        34 => "ERANGE",
        36 => "ENAMETOOLONG",
        Enosys => "ENOSYS",
        Eloop => "ELOOP",
        61 => "ENODATA",
        71 => "EPROTO",
        75 => "EOVERFLOW",
        95 => "EOPNOTSUPP",
        100 => "ENETDOWN",
        110 => "ETIMEDOUT",
        112 => "EHOSTDOWN",
        116 => "ESTALE",
        121 => "EREMOTEIO",
        _ => "errno " + number.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>What a failed call on a path means: no such path, refused, or a failure with its name.</summary>
    public static Answer ToAnswer(int number) => number switch
    {
        Enoent or Enotdir => Answer.Absent,
        Eacces or Eperm => Answer.Denied,
        _ => Answer.Failed(Name(number)),
    };
}
