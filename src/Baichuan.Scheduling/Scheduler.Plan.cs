using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    /// <summary>
    /// Plans the next step, if there is one to plan now; to be called until it says no. A step takes decode rows first, then prefill rows, up to
    /// <see cref="SchedulerOptions.MaxBatchRows"/>. Releases travel with the next step that has rows, and no step is spent on them alone: whatever
    /// takes a released number or its blocks again is in that step or a later one, and a step begins with its releases.
    /// </summary>
    public bool TryPlan([NotNullWhen(true)] out StepBatch? batch)
    {
        batch = null;
        if (_epoch is not { } epoch || _inFlight.Count == _options.BatchesInFlight)
            return false;

        var step = new InFlightStep(_nextStep, _options.MaxSequences);
        AddDecodeRows(step);
        AddPrefillRows(step);
        if (_builder.ChunkCount == 0)
            return false;

        _numbers.WriteReleases(_builder);
        batch = _builder.Build(epoch, _nextStep);
        _inFlight.Add(step);
        _nextStep++;
        _stepsPlanned++;
        return true;
    }

    /// <summary>
    /// One row for each sequence whose last token is known, those that have waited longest first. With P stages, P steps are to be in flight, so
    /// that every stage has work: no step takes more than its P-th part of the decoding sequences, rounded up, ready or not. That shares them
    /// out evenly from any state, and never holds a step back: one ready sequence is planned at once.
    /// </summary>
    private void AddDecodeRows(InFlightStep step)
    {
        var decoding = _numbers.InUse - (_prefilling is null ? 0 : 1);
        var share = (decoding + _options.BatchesInFlight - 1) / _options.BatchesInFlight;
        var rows = Math.Min(Math.Min(share, _ready.Count), _options.MaxBatchRows);
        foreach (var sequence in CollectionsMarshal.AsSpan(_ready)[..rows])
            AddChunk(sequence, 1, step);
        _ready.RemoveRange(0, rows);
        _decodeRows += rows;
    }

    /// <summary>Fills the step with the known tokens of the oldest sequence, then of the next. Chunks of one prompt may be in consecutive steps in
    /// flight: they wait for nothing that is not known.</summary>
    private void AddPrefillRows(InFlightStep step)
    {
        while (_builder.Rows < _options.MaxBatchRows && (_prefilling ??= AdmitMostUrgent()) is { } sequence)
        {
            var rows = Math.Min(sequence.PendingRows, _options.MaxBatchRows - _builder.Rows);
            AddChunk(sequence, rows, step);
            if (sequence.PendingRows == 0)
                _prefilling = null;
            _prefillRows += rows;
        }
    }

    /// <summary>Moves the most urgent waiting sequence to the running ones, if it fits. Strictly in order: were a short sequence to overtake a long
    /// one that waits for blocks, the long one might wait for ever.</summary>
    private Sequence? AdmitMostUrgent()
    {
        if (_waiting.Min is not { } sequence || !_numbers.AnyFree || !_blocks.TryReserve(sequence))
            return null;
        _waiting.Remove(sequence);
        sequence.Start(_numbers.Take());
        var request = sequence.Request;
        _builder.Admit(sequence.Number, sequence.PromptLength, sequence.MaxLength, request.Sampling, sequence.Tokens, request.StopTokens.Span, request.Biases.Span);
        return sequence;
    }

    private void AddChunk(Sequence sequence, int rows, InFlightStep step)
    {
        _blocks.Cover(sequence, rows, _builder);
        var samples = rows == sequence.PendingRows;
        _builder.Add(sequence.Number, sequence.NextPosition, rows, samples ? ChunkFlags.Sample : ChunkFlags.None, sequence.Announce());
        sequence.Advance(rows);
        if (samples)
            step.Await(sequence);
    }
}
