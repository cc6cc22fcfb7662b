using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Baichuan.Model.Execution;

namespace Baichuan.Scheduling;

public sealed partial class Scheduler
{
    private bool HasRows => _builder.Rows < _mostRows;

    /// <summary>An order is in flight until its last step has come back.</summary>
    private int OrdersInFlight
    {
        get
        {
            var orders = 0;
            for (var i = 0; i < _inFlight.Count; i++)
                orders += i == 0 || !_inFlight[i].IsOrderedWithPrevious ? 1 : 0;
            return orders;
        }
    }

    /// <summary>
    /// Plans the next step, the first of an order, if there is one to plan now; to be called until it says no. A step takes decode rows first, then prefill rows,
    /// up to <see cref="SchedulerOptions.MaxBatchRows"/> and <see cref="PrefillBudget"/>. Releases travel with the next step that has rows, and no step is spent
    /// on them alone: whatever takes a released number or its blocks again is in that step or a later one, and a step begins with its releases.
    /// </summary>
    public bool TryPlan([NotNullWhen(true)] out StepBatch? batch)
    {
        batch = null;
        _admitted.Clear();
        if (_epoch is null || OrdersInFlight >= _options.BatchesInFlight + (_options.PlansAhead ? 1 : 0))
            return false;

        var step = new InFlightStep(_nextStep, _options.MaxSequences);
        MakeRoomForMostUrgent();
        AddDecodeRows(step);
        AddPrefillRows(step);
        return TryBuild(step, out batch);
    }

    /// <summary>
    /// Plans one more step of the order that the step planned last belongs to: with <see cref="SchedulerOptions.PlansAhead"/>, where both have decode rows alone
    /// and nobody waits to run or to prefill. Nobody gives way to it. A request that comes meanwhile waits for the whole order: how many steps that has is for
    /// the caller, who knows what they take.
    /// </summary>
    public bool TryPlanMore([NotNullWhen(true)] out StepBatch? batch)
    {
        batch = null;
        if (!_options.PlansAhead || _inFlight is not [.., { PrefillRows: 0 }] || _prefilling.Count > 0 || _queue.Waiting.Total > 0)
            return false;

        var step = new InFlightStep(_nextStep, _options.MaxSequences) { IsOrderedWithPrevious = true };
        AddDecodeRows(step);
        return TryBuild(step, out batch);
    }

    private bool TryBuild(InFlightStep step, [NotNullWhen(true)] out StepBatch? batch)
    {
        batch = null;
        _ready.RemoveAll(static sequence => !sequence.IsReady);
        _goingOn.ForEach(MakeReady);
        _goingOn.Clear();
        if (_builder.ChunkCount == 0)
            return false;

        _numbers.WriteReleases(_builder);
        batch = _builder.Build(_epoch!.Value, _nextStep, _blocks.Lost);
        step.Fills.AddRange(batch.RestoredBlocks);
        step.Zeroes.AddRange(batch.ZeroedBlocks);
        step.Restores = !batch.RestoredBlocks.IsEmpty;
        _inFlight.Add(step);
        _nextStep++;
        _stepsPlanned++;
        return true;
    }

    /// <summary>Sequences that run for the first time in the step of the last <see cref="TryPlan"/>; valid until others than <see cref="TryPlanMore"/> are called.</summary>
    public ReadOnlySpan<Sequence> Admitted => CollectionsMarshal.AsSpan(_admitted);

    /// <summary>
    /// One row for each sequence whose last token is known, or with <see cref="SchedulerOptions.PlansAhead"/> is being sampled; those that have waited longest first. With P stages, P steps are to be in flight, so
    /// that every stage has work: no step takes more than its P-th part of the decoding sequences, rounded up, ready or not. That shares them
    /// out evenly from any state, and never holds a step back: one ready sequence is planned at once.
    /// </summary>
    private void AddDecodeRows(InFlightStep step)
    {
        var decoding = _numbers.InUse - _prefilling.Count;
        var share = (decoding + _options.BatchesInFlight - 1) / _options.BatchesInFlight;
        var most = Math.Min(share, _options.MaxBatchRows);
        for (var i = 0; i < _ready.Count && _builder.Rows < most; i++)
        {
            // Not ready any more: it gave way to one before it.
            if (_ready[i].IsReady && (step.IsOrderedWithPrevious ? _blocks.Room(_ready[i], 1) : TryCover(_ready[i], 1)) == 1)
                AddChunk(_ready[i], 1, step);
        }

        step.DecodeRows = _builder.Rows;
        _decodeRows += _builder.Rows;
    }

    /// <summary>Fills the step with the known tokens of the most urgent sequence, then of the next; only when all that run have got theirs, others are
    /// admitted, unless one of a more urgent class waits. Chunks of one prompt may be in consecutive steps in flight: they wait for nothing that is not
    /// known.</summary>
    private void AddPrefillRows(InFlightStep step)
    {
        var streaming = step.DecodeRows > 0;
        foreach (var ahead in _inFlight)
        {
            step.PrefillRowsAhead += _options.PlansAhead ? 0 : ahead.PrefillRows; // steps of one stage come one after the other, and are timed so
            streaming |= ahead.DecodeRows > 0;
        }

        // While others stand still after a failure, those that stream again already wait for them.
        streaming &= !(_prefilling.Exists(static sequence => sequence.StandsStill) || _queue.Next is { StandsStill: true });
        var prompts = Math.Max(1, _prefilling.Count + Math.Min(_queue.Waiting.Total, _options.MaxSequences - _numbers.InUse));
        _mostRows = streaming ? (int)Math.Min(_options.MaxBatchRows, (long)_builder.Rows + _budget.Rows(step.PrefillRowsAhead, prompts)) : _options.MaxBatchRows;
        var goesOn = true;
        if (_prefilling.Count > 0 && _queue.Next is { } waiting && waiting.Class < _prefilling[0].Class && HasRows && TryAdmit() is { } urgent)
            goesOn = TryPrefill(urgent, step);
        for (var i = 0; i < _prefilling.Count && goesOn; i++)
            goesOn = _prefilling[i].LatestStep == step.Number || TryPrefill(_prefilling[i], step);
        while (goesOn && HasRows && _builder.Restored < _options.MaxBatchRows && TryAdmit() is { } admitted)
            goesOn = TryPrefill(admitted, step);
        _prefilling.RemoveAll(static sequence => sequence.PendingRows == 0);
        step.PrefillRows = _builder.Rows - step.DecodeRows;
        if (streaming && _builder.Rows > 0)
            _budget.OnPlanned(step.PrefillRows);
    }

    /// <summary>Adds as many rows of a sequence as there is room for. False: rows or blocks are used up, and whoever is less urgent gets none either.</summary>
    private bool TryPrefill(Sequence sequence, InFlightStep step)
    {
        if (!HasRows)
            return false;
        var rows = TryCover(sequence, Math.Min(sequence.PendingRows, _mostRows - _builder.Rows));
        if (rows == 0)
            return false;
        AddChunk(sequence, rows, step);
        _prefillRows += rows;
        return true;
    }

    private void AddChunk(Sequence sequence, int rows, InFlightStep step)
    {
        var isAhead = sequence.PendingRows <= 0;
        var flags = (isAhead ? ChunkFlags.TakesSampled | ChunkFlags.Sample : rows == sequence.PendingRows ? ChunkFlags.Sample : ChunkFlags.None) | (sequence.Replays ? ChunkFlags.ReplayFirst : ChunkFlags.None);
        if (sequence.Request.SkipsPrefixCache && sequence.NextPosition < sequence.PromptLength - 1)
        {
            flags |= ChunkFlags.Score;
            step.AwaitScores(sequence);
        }

        _blocks.Cover(sequence, rows, _builder);
        _builder.Add(sequence.Number, sequence.NextPosition, rows, flags, isAhead ? sequence.AnnounceSampled() : sequence.Announce());
        sequence.Advance(rows, step.Number);
        _blocks.Index(sequence, step, _inFlight, _builder);
        if (!flags.HasFlag(ChunkFlags.Sample))
            return;
        step.Await(sequence);
        if (_options.PlansAhead && sequence.NextPosition + 1 < sequence.MaxLength)
            _goingOn.Add(sequence);
    }
}
