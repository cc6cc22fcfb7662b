using Baichuan.Model;

namespace Baichuan.Scheduling.Queueing;

/// <summary>
/// The waiting sequences of a replica, and whose turn it is: the most urgent class first, inside a class those that have run before, then tenants by their
/// shares. Bounded by requests and by prompt tokens, for the replica and for each tenant; a request is refused for what it would wait behind, so that less
/// urgent classes never fill the queue for more urgent ones.
/// <para>Nobody starves: when <see cref="MostPassedOver"/> sequences of more urgent classes were admitted while a class had somebody waiting, the next of
/// that class becomes an emergency itself, older than those to come.</para>
/// </summary>
internal sealed class AdmissionQueue
{
    public const int MostPassedOver = 16;

    private readonly SchedulerOptions _options;
    private readonly ClassQueue[] _classes; // by urgency
    private readonly QueueLoad _load = new();
    private readonly QueueLoad _new = new(); // those of it that never ran: others are let in again at once where they had room before
    private readonly Dictionary<string, QueueLoad> _tenants = [];
    private readonly DrainRate _drain = new();
    private long _left;
    private long _leftTokens;

    public AdmissionQueue(SchedulerOptions options)
    {
        _options = options;
        _classes = [.. Enum.GetValues<RequestClass>().Select(_ => new ClassQueue(options.TenantWeights))];
    }

    /// <summary>Steps are planned. How fast the queue empties shows only then.</summary>
    public bool IsServed { get; set; }

    /// <summary>Waiting sequences, by the class that they asked for.</summary>
    public ClassCounts Waiting => _load.Requests;

    public Sequence? Next
    {
        get
        {
            foreach (var queue in _classes)
            {
                if (queue.Next is { } sequence)
                    return sequence;
            }

            return null;
        }
    }

    /// <summary>Why there is no room for a request now; null: there is.</summary>
    public Refusal? Refuse(SequenceRequest request, DateTimeOffset now)
    {
        var all = _load.Before(request.Class);
        var own = LoadOf(request.Tenant).Before(request.Class);
        var (options, length) = (_options, request.Prompt.Length);
        Observe(now);
        var reason =
            Exceeds(all.Requests, 1, options.MaxWaiting, "requests", nameof(options.MaxWaiting))
            ?? Exceeds(all.Tokens, length, options.MaxWaitingTokens, "prompt tokens", nameof(options.MaxWaitingTokens))
            ?? Exceeds(own.Requests, 1, options.MaxWaitingPerTenant, "requests of this tenant", nameof(options.MaxWaitingPerTenant))
            ?? Exceeds(own.Tokens, length, options.MaxWaitingTokensPerTenant, "prompt tokens of this tenant", nameof(options.MaxWaitingTokensPerTenant))
            ?? LastsTooLong(request.Class, _new.Before(request.Class).Requests);
        return reason is null
            ? null
            : new Refusal(RefusalReason.QueueFull, reason, _drain.RetryAfter(all.Requests, all.Tokens));
    }

    /// <summary>Takes a request that never ran.</summary>
    public void Add(Sequence sequence)
    {
        _classes[(int)sequence.Class].Add(sequence);
        Count(sequence);
    }

    /// <summary>Takes a sequence that has run before.</summary>
    public void Resume(Sequence sequence)
    {
        _classes[(int)sequence.Class].Resume(sequence);
        Count(sequence);
    }

    /// <summary>Lets a waiting sequence go.</summary>
    public void Remove(Sequence sequence)
    {
        _classes[(int)sequence.Class].Remove(sequence);
        _load.Remove(sequence.Request);
        if (IsNew(sequence))
            _new.Remove(sequence.Request);
        LoadOf(sequence.Request.Tenant).Remove(sequence.Request);
        _left++;
        _leftTokens += sequence.PromptLength;
    }

    /// <summary>Lets a sequence go that is admitted.</summary>
    /// <param name="charged">Tokens of its prompt that are computed on its tenant's account.</param>
    public void Admit(Sequence sequence, int charged)
    {
        Remove(sequence);
        Account(sequence).OnAdmitted(sequence, charged);
        var own = _classes[(int)sequence.Request.Class];
        own.PassedOver = 0;
        for (var i = (int)sequence.Class + 1; i < _classes.Length; i++)
        {
            if (_classes[i] != own)
                PassOver(_classes[i]);
        }
    }

    /// <summary>A token of a sequence was sampled.</summary>
    public void OnToken(Sequence sequence) => Account(sequence).OnToken(sequence);

    /// <summary>Time passes.</summary>
    public void Observe(DateTimeOffset now) => _drain.Observe(now, _left, _leftTokens, IsServed && _load.Requests.Total > 0);

    private void PassOver(ClassQueue queue)
    {
        if (queue.Next is not { } sequence)
            return;
        if (++queue.PassedOver < MostPassedOver)
            return;
        queue.PassedOver = 0;
        queue.Remove(sequence);
        sequence.Promote();
        _classes[(int)sequence.Class].Resume(sequence);
    }

    private static string? Exceeds(long there, int more, int limit, string what, string option) =>
        there > 0 && there + more > limit ? $"The queue is full: {there} {what} wait, and {option} is {limit}." : null;

    // Nobody waits for batch work: it may lie in the queue for as long as there is room.
    private string? LastsTooLong(RequestClass requestClass, int ahead) =>
        requestClass != RequestClass.Batch && _drain.Wait(ahead) is var wait && wait > _options.MaxQueueTime
            ? $"The queue is too long: {ahead} requests wait, which takes about {wait.TotalSeconds:F0} s, and {nameof(_options.MaxQueueTime)} is {_options.MaxQueueTime.TotalSeconds:F0} s."
            : null;

    private void Count(Sequence sequence)
    {
        _load.Add(sequence.Request);
        if (IsNew(sequence))
            _new.Add(sequence.Request);
        LoadOf(sequence.Request.Tenant).Add(sequence.Request);
    }

    private static bool IsNew(Sequence sequence) => sequence.Admissions == 0 && sequence.Request.Generated.IsEmpty;

    // On whatever class it has been promoted to, it counts for the one that it asked for.
    private TenantShares Account(Sequence sequence) => _classes[(int)sequence.Request.Class].Shares;

    private QueueLoad LoadOf(string tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var load))
            _tenants.Add(tenant, load = new QueueLoad());
        return load;
    }
}
