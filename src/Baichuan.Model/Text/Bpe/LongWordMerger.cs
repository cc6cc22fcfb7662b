using System.Buffers;

namespace Baichuan.Model.Text.Bpe;

/// <summary>
/// Byte-pair merging of one word in O(n log n): tokens are a linked list over the word's bytes, and a heap holds the pairs that may merge, by rank and
/// then from the left. A pair whose tokens have changed since it was queued is recognised by its rank and dropped. The ids are those of the plain
/// algorithm (Sennrich et al. 2016: merge the leftmost pair of the lowest rank, again and again). Thread-safe.
/// </summary>
/// <param name="byteIds">[256]: the token of each single byte.</param>
internal sealed class LongWordMerger(int[] byteIds, MergeTable merges)
{
    private const int None = -1;

    /// <summary>Appends the tokens of a word, given as UTF-8.</summary>
    public void Append(ReadOnlySpan<byte> word, List<int> ids)
    {
        // One array, three parts, each [word.Length]: the token that starts at a byte (None: swallowed by one before), and where its neighbours start.
        var buffer = ArrayPool<int>.Shared.Rent(3 * word.Length);
        var tokens = buffer.AsSpan(0, word.Length);
        var previous = buffer.AsSpan(word.Length, word.Length);
        var next = buffer.AsSpan(2 * word.Length, word.Length);
        for (var i = 0; i < word.Length; i++)
        {
            tokens[i] = byteIds[word[i]];
            previous[i] = i - 1;
            next[i] = i + 1;
        }

        MergeAll(tokens, previous, next);
        for (var i = 0; i < word.Length; i = next[i])
            ids.Add(tokens[i]);
        ArrayPool<int>.Shared.Return(buffer);
    }

    private void MergeAll(Span<int> tokens, Span<int> previous, Span<int> next)
    {
        var queue = new PriorityQueue<int, long>(tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
            Enqueue(queue, tokens, next, i);

        while (queue.TryDequeue(out var at, out var priority))
        {
            if (!TryPair(tokens, next, at, out var rank, out var merged) || Priority(rank, at) != priority)
                continue;
            var swallowed = next[at];
            tokens[at] = merged;
            tokens[swallowed] = None;
            next[at] = next[swallowed];
            if (next[at] < tokens.Length)
                previous[next[at]] = at;
            Enqueue(queue, tokens, next, at);
            if (previous[at] != None)
                Enqueue(queue, tokens, next, previous[at]);
        }
    }

    private void Enqueue(PriorityQueue<int, long> queue, ReadOnlySpan<int> tokens, ReadOnlySpan<int> next, int at)
    {
        if (TryPair(tokens, next, at, out var rank, out _))
            queue.Enqueue(at, Priority(rank, at));
    }

    private bool TryPair(ReadOnlySpan<int> tokens, ReadOnlySpan<int> next, int at, out int rank, out int merged)
    {
        (rank, merged) = (0, 0);
        return tokens[at] != None && next[at] < tokens.Length && merges.TryGet(tokens[at], tokens[next[at]], out rank, out merged);
    }

    private static long Priority(int rank, int at) => ((long)rank << 32) | (uint)at;
}
