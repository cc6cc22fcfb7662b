namespace Baichuan.Scheduling;

/// <summary>A step that the shards have and whose result has not come: which sequences it samples a token for.</summary>
internal sealed class InFlightStep(ulong number, int maxSequences)
{
    // [sequence number]. The sequence, and not only its number: when the result comes, it may have ended and its number be another's.
    private readonly Sequence?[] _sampling = new Sequence?[maxSequences];

    /// <summary>Its number in the epoch.</summary>
    public ulong Number { get; } = number;

    /// <summary>Tokens that the result must still bring.</summary>
    public int Awaited { get; private set; }

    public void Await(Sequence sequence)
    {
        _sampling[sequence.Number] = sequence;
        Awaited++;
    }

    /// <summary>The sequence that a sampled token belongs to; null where none is awaited under that number (any more).</summary>
    public Sequence? Take(int number)
    {
        if ((uint)number >= (uint)_sampling.Length || _sampling[number] is not { } sequence)
            return null;
        _sampling[number] = null;
        Awaited--;
        return sequence;
    }
}
