namespace Baichuan.Scheduling;

/// <summary>A step that the shards have and whose result has not come: which sequences it samples a token for.</summary>
internal sealed class InFlightStep(ulong number, int maxSequences)
{
    // [sequence number]. The sequence, and not only its number: when the result comes, it may have ended and its number be another's.
    private readonly AwaitedToken[] _sampling = new AwaitedToken[maxSequences];

    /// <summary>Its number in the epoch.</summary>
    public ulong Number { get; } = number;

    /// <summary>Tokens that the result must still bring.</summary>
    public int Awaited { get; private set; }

    public void Await(Sequence sequence)
    {
        _sampling[sequence.Number] = new AwaitedToken(sequence, sequence.Admissions);
        Awaited++;
    }

    /// <summary>Whose token a sampled one is; null where none is awaited under that number (any more).</summary>
    public AwaitedToken? Take(int number)
    {
        if ((uint)number >= (uint)_sampling.Length || _sampling[number].Sequence is null)
            return null;
        var awaited = _sampling[number];
        _sampling[number] = default;
        Awaited--;
        return awaited;
    }
}
