namespace Baichuan.Chaos.Faults;

/// <summary>A fault that was made.</summary>
/// <param name="Fault">What was done.</param>
/// <param name="Victim">Who it hit, and what that had to do with the streams.</param>
/// <param name="Seconds">When, in the history's time.</param>
/// <param name="HadAPart">Whether the victim held a shard, the coordinator or a gateway of live streams.</param>
internal sealed record Injection(FaultKind Fault, string Victim, double Seconds, bool HadAPart)
{
    /// <summary>Until when streams may meet it: until it is mended, where they are not to stand still at all; else only those that it met are looked at.</summary>
    public double Until { get; set; } = Seconds;

    /// <summary>Whether calls of streams broke through it, which went on at another gateway.</summary>
    public bool BrokeCalls { get; set; }
}
