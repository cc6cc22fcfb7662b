using System.Runtime.InteropServices;
using Baichuan.Cluster.Abstractions;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Cluster.Abstractions.Topology;
using Baichuan.Cluster.Grains;
using Baichuan.Cluster.Replica;
using Baichuan.Model.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace Baichuan.Cluster.Tests.Replica;

/// <summary>The tiny model at T = 2 x P = 2 on four slots, some of which go and come again.</summary>
public sealed class LayoutChangeTests : IDisposable
{
    private const int Tokens = 400;
    private const int Replica = 1; // metrics are the process's, and other tests count those of replica 0
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(60);

    private readonly TaskScheduler _grain = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
    private readonly CancellationTokenSource _stop = new();
    private readonly LiveSilo[] _silos;
    private readonly LiveGrains _grains;
    private readonly Coordinator _coordinator;
    private readonly Task _run;

    public LayoutChangeTests()
    {
        var deployment = new DeploymentOptions
        {
            ModelFolder = Path.Combine(AppContext.BaseDirectory, "data", "golden", "tiny"),
            Model = "tiny",
            TensorParallel = 2,
            PipelineParallel = 2,
            MaxSequences = 4,
        };
        _silos = [.. Enumerable.Range(0, 6).Select(number => new LiveSilo(number, deployment))];
        _grains = new LiveGrains(deployment, _silos[0]);
        _coordinator = new Coordinator(new ReplicaKey("tiny", Replica), _silos[0].Address, deployment, _grains.Factory, TimeProvider.System, NullLogger.Instance);
        _run = On(() => _coordinator.RunAsync(_stop.Token));
    }

    [Fact]
    public async Task Slots_that_are_lost_and_come_again_change_no_token_and_end_no_stream()
    {
        await On(() => _grains.Join(_silos[..3]));
        await On(() => _grains.Pass(TimeSpan.FromSeconds(40)));
        Assert.Contains("4 slots", (await StatusAsync(status => status.Note is not null)).Note, StringComparison.Ordinal); // three are not enough to begin with
        await On(() => _grains.Join(_silos[3]));
        await StatusAsync(status => status.State == ReplicaState.Ready);
        var undisturbed = await StreamAsync(_ => Task.CompletedTask);

        var seen = new List<(int, int)>();
        var disturbed = await StreamAsync(async count =>
        {
            switch (count)
            {
                case 20: // one of four
                    await On(() => _grains.Kill(_silos[2].Address));
                    break;
                case 80: // and another
                    seen.Add(await LayoutAsync(shards: 3));
                    await On(() => _grains.Kill(_silos[3].Address));
                    break;
                case 140: // two come
                    seen.Add(await LayoutAsync(shards: 2));
                    await On(() =>
                    {
                        _grains.Pass(SlotOffers.Lifetime + TimeSpan.FromSeconds(1));
                        _grains.Join(_silos[4], _silos[5]);
                        _grains.Pass(SlotOffers.SettlingTime - TimeSpan.FromSeconds(1));
                    });
                    Assert.False(await GrowsAsync());
                    break;
                case 200: // and stay
                    seen.Add(await LayoutAsync(shards: 2));
                    await On(() => _grains.Pass(TimeSpan.FromSeconds(1)));
                    Assert.True(await GrowsAsync());
                    break;
                case 260:
                    seen.Add(await LayoutAsync(shards: 4));
                    Assert.Null((await StatusAsync(_ => true)).Note);
                    Assert.False(await GrowsAsync());
                    break;
                default:
                    break;
            }
        });

        Assert.Equal([(1, 3), (2, 1), (2, 1), (2, 2)], seen);
        Assert.Equal(undisturbed, disturbed);
    }

    [Fact]
    public async Task A_replica_that_another_silo_joins_goes_on_undisturbed_while_it_has_all_its_slots()
    {
        await On(() => _grains.Join(_silos));
        await On(() => _grains.Pass(SlotOffers.SettlingTime));
        await StatusAsync(status => status.State == ReplicaState.Ready);

        Assert.False(await GrowsAsync());
        Assert.Equal((2, 2), await LayoutAsync(shards: 4));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _coordinator.Wake();
        _run.Wait(SafetyNet);
        foreach (var silo in _silos)
            silo.Dispose();
        _stop.Dispose();
    }

    /// <summary>What the model's grain does every second.</summary>
    private async Task<bool> GrowsAsync()
    {
        var status = await StatusAsync(_ => true);
        var grows = await On(() => Task.FromResult(_grains.Model.CouldGrow(status)));
        if (grows)
            await On(() => _coordinator.Regroup(status.Epoch));
        return grows;
    }

    private async Task<(int Ranks, int Stages)> LayoutAsync(int shards)
    {
        var places = (await StatusAsync(status => status.State == ReplicaState.Ready && status.Shards.Count == shards)).Shards;
        return (places[^1].Rank + 1, places[^1].Stage + 1);
    }

    private async Task<ReplicaStatus> StatusAsync(Func<ReplicaStatus, bool> isSo)
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
    private async Task<List<int>> StreamAsync(Func<int, Task> at)
    {
        var submitted = await On(() => Task.FromResult(_coordinator.Submit(new SubmitRequest
        {
            RequestId = Guid.NewGuid().ToString("N"),
            Gateway = "gateway",
            Prompt = MemoryMarshal.AsBytes<int>(Enumerable.Range(5, 30).ToArray()).ToArray(),
            MaxTokens = Tokens,
            Sampling = MemoryMarshal.AsBytes<SamplingSettings>([SamplingSettings.Greedy with { Temperature = 1, Seed = 3 }]).ToArray(),
            StopTokens = [],
        })));
        Assert.Equal(SubmitRefusal.None, submitted.Refusal);
        List<int> tokens = [];
        using var most = new CancellationTokenSource(SafetyNet);
        while (true)
        {
            most.Token.ThrowIfCancellationRequested();
            StreamCursor[] cursors = [new(submitted.Stream, tokens.Count)];
            var updates = await On(() => _coordinator.NextAsync(new NextRequest
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

    private Task<T> On<T>(Func<Task<T>> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain).Unwrap();

    private Task On(Func<Task> work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain).Unwrap();

    private Task On(Action work) => Task.Factory.StartNew(work, default, TaskCreationOptions.None, _grain);
}
