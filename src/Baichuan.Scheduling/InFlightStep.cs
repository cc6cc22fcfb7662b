using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

/// <summary>A step that the shards have and whose result has not come: which sequences it samples a token for.</summary>
internal sealed class InFlightStep(ulong number, int maxSequences)
{
    // [sequence number]. The sequence, and not only its number: when the result comes, it may have ended and its number be another's.
    private readonly AwaitedToken[] _sampling = new AwaitedToken[maxSequences];

    private List<AwaitedToken>? _scoring; // few steps have any

    /// <summary>Its number in the epoch.</summary>
    public ulong Number { get; } = number;

    /// <summary>The shards got it with the step before it, in one order, and answer both together.</summary>
    public bool IsOrderedWithPrevious { get; init; }

    public int DecodeRows { get; set; }

    public int PrefillRows { get; set; }

    /// <summary>Cached blocks that hold what they are cached for when the step has run.</summary>
    public List<KvBlock> Fills { get; } = [];

    public List<KvBlock> Zeroes { get; } = [];

    /// <summary>Some of its time went into restoring blocks.</summary>
    public bool Restores { get; set; }

    /// <summary>Prefill rows of the steps that were in flight when it was planned.</summary>
    public int PrefillRowsAhead { get; set; }

    /// <summary>Tokens that the result must still bring.</summary>
    public int Awaited { get; private set; }

    public void Await(Sequence sequence)
    {
        _sampling[sequence.Number] = new AwaitedToken(sequence, sequence.Admissions, sequence.Number);
        Awaited++;
    }

    /// <summary>The step says how likely the sequence's prompt tokens are.</summary>
    public void AwaitScores(Sequence sequence) => (_scoring ??= []).Add(new AwaitedToken(sequence, sequence.Admissions, sequence.Number));

    /// <summary>Whose prompt a scored token is of; null where no scores are awaited under that number.</summary>
    public AwaitedToken? ScoredBy(int number)
    {
        foreach (var awaited in _scoring ?? [])
        {
            if (awaited.Number == number)
                return awaited;
        }

        return null;
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
