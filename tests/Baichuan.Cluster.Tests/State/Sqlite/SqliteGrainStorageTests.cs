using Baichuan.Cluster.State.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Baichuan.Cluster.Tests.State.Sqlite;

public sealed class SqliteGrainStorageTests : IDisposable
{
    private static readonly GrainId s_grain = GrainId.Create("counter", "one");

    private readonly StateFolder _folder = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task State_that_was_never_written_does_not_exist()
    {
        var state = await Read(Storage());

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Equal(0, state.State!.Count);
    }

    [Fact]
    public async Task Written_state_is_read_by_another_process()
    {
        var written = Fresh(7);
        await Storage().WriteStateAsync("main", s_grain, written);

        var read = await Read(Storage());

        Assert.True(read.RecordExists && written.RecordExists);
        Assert.Equal(7, read.State!.Count);
        Assert.Equal(written.ETag, read.ETag);
    }

    [Fact]
    public async Task Every_write_renews_the_etag()
    {
        var storage = Storage();
        var state = Fresh(1);
        await storage.WriteStateAsync("main", s_grain, state);
        var first = state.ETag;
        await storage.WriteStateAsync("main", s_grain, state);

        Assert.NotEqual(first, state.ETag);
    }

    [Fact]
    public async Task A_write_over_state_that_somebody_else_wrote_is_refused()
    {
        var (mine, theirs) = (Storage(), Storage());
        await mine.WriteStateAsync("main", s_grain, Fresh(1));
        var (myView, theirView) = (await Read(mine), await Read(theirs));
        theirView.State!.Count = 2;
        await theirs.WriteStateAsync("main", s_grain, theirView);
        var stale = myView.ETag;

        var refusal = await Assert.ThrowsAsync<InconsistentStateException>(() => mine.WriteStateAsync("main", s_grain, myView));

        Assert.Equal(theirView.ETag, refusal.StoredEtag);
        Assert.Equal(stale, refusal.CurrentEtag);
        Assert.Contains("State 'main' of grain counter/one has changed since it was read", refusal.Message);
        Assert.Equal(stale, myView.ETag);
        Assert.Equal(2, (await Read(mine)).State!.Count);
    }

    [Fact]
    public async Task A_first_write_over_state_that_exists_is_refused()
    {
        var storage = Storage();
        await storage.WriteStateAsync("main", s_grain, Fresh(1));

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("main", s_grain, Fresh(2)));
    }

    [Fact]
    public async Task Cleared_state_is_gone_and_the_etag_of_its_former_life_is_refused()
    {
        var storage = Storage();
        var state = Fresh(1);
        await storage.WriteStateAsync("main", s_grain, state);
        var formerLife = await Read(storage);

        await storage.ClearStateAsync("main", s_grain, state);

        Assert.False(state.RecordExists);
        Assert.Null(state.ETag);
        Assert.Equal(0, state.State!.Count);
        Assert.False((await Read(storage)).RecordExists);
        await storage.WriteStateAsync("main", s_grain, Fresh(2));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("main", s_grain, formerLife));
    }

    [Fact]
    public async Task Clearing_with_a_stale_etag_is_refused()
    {
        var storage = Storage();
        var state = Fresh(1);
        await storage.WriteStateAsync("main", s_grain, state);
        var stale = await Read(storage);
        await storage.WriteStateAsync("main", s_grain, state);

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("main", s_grain, stale));

        Assert.True((await Read(storage)).RecordExists);
    }

    [Fact]
    public async Task Services_state_names_and_grains_are_kept_apart()
    {
        var storage = Storage();
        await storage.WriteStateAsync("main", s_grain, Fresh(1));

        Assert.False((await Read(storage, stateName: "other")).RecordExists);
        Assert.False((await Read(storage, grain: GrainId.Create("counter", "two"))).RecordExists);
        Assert.False((await Read(Storage(service: "other"))).RecordExists);
    }

    private SqliteGrainStorage Storage(string service = "service") => new(
        _folder.Open(),
        service,
        new OrleansGrainStorageSerializer(_services.GetRequiredService<Serializer>()),
        _services.GetRequiredService<IActivatorProvider>());

    private static GrainState<CounterState> Fresh(int count) => new(new CounterState { Count = count });

    private static async Task<GrainState<CounterState>> Read(SqliteGrainStorage storage, string stateName = "main", GrainId? grain = null)
    {
        var state = Fresh(-1);
        await storage.ReadStateAsync(stateName, grain ?? s_grain, state);
        return state;
    }
}
