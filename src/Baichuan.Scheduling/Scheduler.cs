using Baichuan.Model.Execution;
using Baichuan.Scheduling.Blocks;
using Baichuan.Scheduling.Prefix;
using Baichuan.Scheduling.Queueing;

namespace Baichuan.Scheduling;

/// <summary>
/// The engine of one replica without its machinery: which sequences there are, and what the shards do next. Called by one thread at a time, the
/// replica's own; it reads no clock and waits for nothing.
/// <code>
/// OpenEpoch(epoch)
/// repeat:  while (TryPlan(out batch))  send batch to every shard, perhaps with what TryPlanMore(out batch) adds
///          Complete(result, elapsed)   when the last stage answers; hand the outcomes on
/// beside:  TryEnqueue, Cancel, Expire  at any time
/// failure: FailEpoch(), then OpenEpoch of a higher number: what was running goes on from what is cached, and is replayed from its tokens beyond that
/// </code>
/// One verb per file.
/// </summary>
public sealed partial class Scheduler
{
    private SchedulerOptions _options;

    private readonly Dictionary<string, Sequence> _live = []; // by request id: waiting and running
    private readonly AdmissionQueue _queue;
    private readonly SortedSet<Sequence> _deadlines = new(new DeadlineOrder());
    private readonly Sequence?[] _running; // by sequence number
    private readonly List<Sequence> _prefilling = []; // running, known tokens still to be planned; the most urgent first
    private readonly List<Sequence> _ready; // running, next token to be planned; the one that has waited longest first
    private readonly List<Sequence> _goingOn = []; // of the step being planned: ready for the next one without waiting for its tokens
    private (Sequence? Sequence, long Releases) _blocked; // the sequence that found no room, and when

    private readonly SequenceNumbers _numbers;
    private readonly PrefixHasher? _hasher; // null: nothing is cached
    private KvBlocks _blocks;
    private readonly List<InFlightStep> _inFlight = []; // oldest first
    private readonly PrefillBudget _budget = new();
    private readonly StepBatchBuilder _builder = new();
    private readonly List<SequenceOutcome> _outcomes = [];
    private readonly List<PromptScore> _scores = [];
    private readonly List<Sequence> _admitted = [];

    private ulong? _epoch; // null: none is open
    private ulong _nextStep;
    private long _nextArrival;
    private long _stepsPlanned;
    private long _decodeRows;
    private long _prefillRows;
    private int _mostRows; // of the step being planned
    private long _preemptions;
    private long _prefixQueries;
    private long _prefixHits;
    private long _evictions; // of pools that are gone

    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    public Scheduler(SchedulerOptions options)
    {
        options.Check();
        _options = options;
        _queue = new AdmissionQueue(options);
        _running = new Sequence?[options.MaxSequences];
        _ready = new List<Sequence>(options.MaxSequences);
        _hasher = options.PrefixCache ? new PrefixHasher(options.PrefixSecret.Span) : null;
        _numbers = new SequenceNumbers(options.MaxSequences);
        _blocks = new KvBlocks(options);
        LongestSequence = _blocks.Fit.LongestSequence(options.MaxContext);
    }

    /// <summary>Most tokens of a sequence that this replica can run: <see cref="SchedulerOptions.MaxContext"/>, or what the empty pools hold.</summary>
    public int LongestSequence { get; private set; }

    /// <summary>The epoch that was opened last; null: none was, and what shards have cached is not known.</summary>
    public ulong? LastEpoch { get; private set; }

    /// <summary>The epoch of the last step that was completed. Shards that ran their last step in it, or in <see cref="LastEpoch"/>, have what is cached. Null: no step was.</summary>
    public ulong? ComputedIn { get; private set; }

    /// <summary>Request ids of the running sequences.</summary>
    public IReadOnlyList<string> RunningRequests =>
        [.. _live.Values.Where(sequence => sequence.State == SequenceState.Running).Select(sequence => sequence.RequestId)];

    public SchedulerCounters Counters => new(
        _queue.Waiting,
        _numbers.InUse,
        _inFlight.Count,
        _blocks.Held,
        _blocks.Cached,
        _options.Blocks,
        _stepsPlanned,
        _decodeRows,
        _prefillRows,
        _preemptions,
        _prefixQueries,
        _prefixHits,
        _evictions + _blocks.Evictions);
}
