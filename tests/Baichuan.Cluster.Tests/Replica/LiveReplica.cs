using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Replica;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>The tiny model at T = 2 x P = 2: real slots, and a coordinator in a context like its grain's; another one may take over.</summary>
internal sealed class LiveReplica : IDisposable
{
    public const int Tokens = 400;
    private const int Replica = 1; // metrics are the process's, and other tests count those of replica 0
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(60);

    private readonly TaskScheduler _grain = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly DeploymentOptions _deployment = new()
    {
        ModelFolder = Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"),
        Model = "tiny",
        TensorParallel = 2,
        PipelineParallel = 2,
        MaxSequences = 4,
    };

    private CancellationTokenSource _stop = new();
    private Coordinator _coordinator;
    private Task _run;

    public LiveReplica()
    {
        Silos = [.. Enumerable.Range(0, 6).Select(number => new LiveSilo(number, _deployment))];
        Grains = new LiveGrains(_deployment, Silos[0]);
        (_coordinator, _run) = Begin();
    }

    public LiveSilo[] Silos { get; }

    public LiveGrains Grains { get; }

    /// <summary>The coordinator is gone, and another one takes over, which knows nothing. Open streams are submitted again.</summary>
    public async Task ReplaceCoordinatorAsync()
    {
        await EndAsync();
        _stop = new CancellationTokenSource();
        (_coordinator, _run) = Begin();
    }

    public Task RegroupAsync(ulong epoch) => On(() => _coordinator.Regroup(epoch));

    public async Task<ReplicaStatus> StatusAsync(Func<ReplicaStatus, bool> isSo)
    {
        using var most = new CancellationTokenSource(SafetyNet);
        while (true)
        {
            most.Token.ThrowIfCancellationRequested();
            if (await On(() => Task.FromResult(_coordinator.Status)) is var status && isSo(status))
                return status;
        }
    }

    /// <param name="at">Is told of every count of tokens, once.</param>
    public async Task<List<int>> StreamAsync(Func<int, Task> at)
    {
        var (coordinator, stream) = (_coordinator, await SubmitAsync([]));
        List<int> tokens = [];
        using var most = new CancellationTokenSource(SafetyNet);
        while (true)
        {
            most.Token.ThrowIfCancellationRequested();
            if (coordinator != _coordinator)
                (coordinator, stream) = (_coordinator, await SubmitAsync(tokens));
            StreamCursor[] cursors = [new(stream, tokens.Count)];
            var updates = await On(() => coordinator.NextAsync(new NextRequest
            {
                Gateway = "gateway",
                Cursors = MemoryMarshal.AsBytes<StreamCursor>(cursors).ToArray(),
                MaxWait = TimeSpan.FromMilliseconds(100),
            }));
            var (had, end) = (tokens.Count, Take(updates, tokens));
            for (var count = had + 1; count <= tokens.Count; count++)
                await at(count);
            if (end == StreamEnd.None)
                continue;
            Assert.Equal((StreamEnd.Length, Tokens), (end, tokens.Count));
            return tokens;
        }
    }

    private async Task<ulong> SubmitAsync(List<int> tokens)
    {
        await StatusAsync(status => status.State == ReplicaState.Ready);
        var submitted = await On(() => Task.FromResult(_coordinator.Submit(new SubmitRequest
        {
            RequestId = Guid.NewGuid().ToString("N"),
            Gateway = "gateway",
            Prompt = MemoryMarshal.AsBytes<int>(Enumerable.Range(5, 30).ToArray()).ToArray(),
            Generated = MemoryMarshal.AsBytes<int>(tokens.ToArray()).ToArray(),
            MaxTokens = Tokens,
            Sampling = MemoryMarshal.AsBytes<SamplingSettings>([SamplingSettings.Greedy with { Temperature = 1, Seed = 3 }]).ToArray(),
            StopTokens = [],
        })));
        Assert.Equal(SubmitRefusal.None, submitted.Refusal);
        return submitted.Stream;
    }

    private static StreamEnd Take(StreamUpdates updates, List<int> tokens)
    {
        var end = StreamEnd.None;
        foreach (ref readonly var update in updates.Updates)
        {
            Assert.Equal(tokens.Count, update.FirstIndex);
            foreach (ref readonly var token in updates.Tokens(update))
                tokens.Add(token.Token);
            end = update.End;
        }

        return end;
    }

    public Task<T> On<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain).Unwrap();

    public Task On(Func<Task> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain).Unwrap();

    public Task On(Action work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain);

    public void Dispose()
    {
        EndAsync().Wait(SafetyNet);
        foreach (var silo in Silos)
            silo.Dispose();
    }

    private (Coordinator Coordinator, Task Run) Begin()
    {
        var coordinator = new Coordinator(new ReplicaKey("tiny", Replica), Silos[0].Address, null, _deployment, Grains.Factory, TimeProvider.System, NullLogger.Instance);
        var stop = _stop.Token;
        return (coordinator, On(() => coordinator.RunAsync(stop)));
    }

    private async Task EndAsync()
    {
        await _stop.CancelAsync();
        await On(_coordinator.Wake);
        await _run;
        _stop.Dispose();
    }
}
