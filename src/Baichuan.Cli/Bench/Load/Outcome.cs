namespace Baichuan.Cli.Bench.Load;

internal enum Outcome
{
    /// <summary>A whole answer.</summary>
    Completed,

    /// <summary>RESOURCE_EXHAUSTED: the cluster said early that it has too much to do.</summary>
    Refused,

    /// <summary>Any other status, a stream that broke off, or one that finished with an error.</summary>
    Failed,

    /// <summary>In flight when the run was interrupted.</summary>
    Interrupted,
}
