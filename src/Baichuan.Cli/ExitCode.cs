namespace Baichuan.Cli;

/// <summary>Exit codes of every verb; <c>baichuan --help</c> lists them.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>An answer that ended early (also one of a bench), or a demo that did not come up, answer or stop.</summary>
    public const int Failed = 1;

    /// <summary>A command line or a request that has to be changed.</summary>
    public const int Refused = 2;

    /// <summary>No gateway at the address, or one that cannot serve now; the same command may succeed later.</summary>
    public const int Unavailable = 3;

    /// <summary>Ctrl-C, SIGTERM or SIGHUP; shells use the same number for Ctrl-C.</summary>
    public const int Interrupted = 130;
}
