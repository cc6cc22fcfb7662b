namespace Baichuan.Cli.Bench.Planning;

/// <summary>A piece of a prompt: so many random token ids, the same ones from the same seed. They are made when they are sent, so that a long plan is small.</summary>
internal readonly record struct TokenRun(ulong Seed, int Length)
{
    /// <param name="vocabularySize">Ids go from 0 to this less 1.</param>
    public void AppendTo(ICollection<int> tokens, int vocabularySize)
    {
        var random = new RandomStream(Seed);
        for (var i = 0; i < Length; i++)
            tokens.Add((int)(random.Next() % (ulong)vocabularySize));
    }
}
