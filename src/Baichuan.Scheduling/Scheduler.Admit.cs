namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Moves the most urgent waiting sequence to the running ones that prefill, if there is room for all that is known of it. Its first rows belong in the
    /// step being planned. Strictly in order: were a short sequence to overtake a long one that waits for blocks, the long one might wait for ever.
    /// </summary>
    private Sequence? TryAdmit()
    {
        if (_queue.Next is not { } sequence || !_numbers.AnyFree || _blocked == (sequence, _blocks.Releases))
            return null;
        var hit = _blocks.Match(sequence);
        if (!_blocks.HasRoom(sequence, hit, spare: _numbers.InUse))
        {
            _blocked = (sequence, _blocks.Releases);
            return null;
        }

        var first = sequence.Admissions == 0;
        _queue.Admit(sequence, charged: first ? Math.Max(0, sequence.PromptLength - hit.Positions) : 0);
        if (first)
        {
            _prefixQueries += sequence.Length;
            _prefixHits += hit.Positions;
            _admitted.Add(sequence);
        }

        sequence.Start(_numbers.Take(), hit);
        _running[sequence.Number] = sequence;
        _builder.Admit(
            sequence.Number,
            sequence.PromptLength,
            sequence.MaxLength,
            sequence.Request.Sampling,
            sequence.Tokens,
            sequence.Request.StopTokens.Span,
            sequence.Request.Biases.Span);
        _blocks.Adopt(sequence, hit, _builder);
        _prefilling.Insert(~_prefilling.BinarySearch(sequence, Urgency.Order), sequence);
        return sequence;
    }
}
