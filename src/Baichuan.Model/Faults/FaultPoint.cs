using System.Runtime.CompilerServices;

namespace Baichuan.Model.Faults;

/// <summary>
/// Places where fault tests let a process die: between two things that must not come apart. Off unless the environment names a file (<see cref="Variable"/>); then, on SIGUSR2, the process reads a
/// point's name from it and kills itself with SIGKILL when it next passes there. A point that is off costs a null check. Any thread.
/// </summary>
public static class FaultPoint
{
    /// <summary>Names the file that is read on SIGUSR2.</summary>
    public const string Variable = "BAICHUAN_FAULT_POINT_FILE";

    public const string BeforeKvAppend = "before-kv-append";
    public const string AfterKvAppend = "after-kv-append";
    public const string BeforeAllReduce = "before-all-reduce";
    public const string AfterAllReduce = "after-all-reduce";
    public const string BeforeTokenCommit = "before-token-commit";
    public const string AfterTokenCommit = "after-token-commit";
    public const string BeforeGatewayWrite = "before-gateway-write";
    public const string AfterGatewayWrite = "after-gateway-write";
    public const string Load = "load";

    private static readonly ArmedPoint? Armed = Environment.GetEnvironmentVariable(Variable) is { } file ? new ArmedPoint(file) : null;

    /// <summary>Takes the signal from now on, if the environment says so; before, it would end the process.</summary>
    public static void Listen() => RuntimeHelpers.RunClassConstructor(typeof(FaultPoint).TypeHandle);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pass(string name)
    {
        if (Armed is { } armed)
            armed.Pass(name);
    }
}
