using System.Net;
using Baichuan.Cluster.State.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Baichuan.Cluster.Tests.State.Sqlite;

public sealed class SqliteMembershipTableTests : IDisposable
{
    private static readonly DateTime s_start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly StateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_fresh_table_is_empty_and_at_version_zero()
    {
        var data = await (await Table()).ReadAllAsync();

        Assert.Empty(data.Members);
        Assert.Equal(0, data.Version.Version);
    }

    [Fact]
    public async Task Initialising_again_keeps_version_and_silos()
    {
        var table = await Table();
        await Insert(table, Silo(1));
        var before = (await table.ReadAllAsync()).Version;

        await (await Table()).InitializeMembershipTableAsync(true);

        Assert.Equal(before, (await table.ReadAllAsync()).Version);
        Assert.Single((await table.ReadAllAsync()).Members);
    }

    [Fact]
    public async Task An_inserted_silo_is_read_back_in_full()
    {
        var table = await Table();
        var written = Silo(1);
        written.Status = SiloStatus.Joining;
        written.RoleName = null;
        written.AddSuspector(Silo(2).SiloAddress, s_start.AddTicks(7));

        Assert.True(await Insert(table, written));

        var (read, etag) = Assert.Single((await table.ReadRowAsync(written.SiloAddress)).Members);
        Assert.NotEmpty(etag);
        Assert.Equivalent(written, read, strict: true);
        Assert.Equal(DateTimeKind.Utc, read.StartTime.Kind);
        Assert.Equal(1, (await table.ReadAllAsync()).Version.Version);
    }

    [Fact]
    public async Task Reading_one_silo_leaves_the_others_out()
    {
        var table = await Table();
        await Insert(table, Silo(1));
        await Insert(table, Silo(2));

        var row = await table.ReadRowAsync(Silo(2).SiloAddress);
        var missing = await table.ReadRowAsync(Silo(3).SiloAddress);

        Assert.Equal(Silo(2).SiloAddress, Assert.Single(row.Members).Item1.SiloAddress);
        Assert.Empty(missing.Members);
        Assert.Equal(2, missing.Version.Version);
    }

    [Fact]
    public async Task A_silo_that_is_there_already_cannot_be_inserted()
    {
        var table = await Table();
        await Insert(table, Silo(1));
        var before = await table.ReadAllAsync();

        Assert.False(await table.InsertRowAsync(Silo(1), before.Version.Next()));

        Assert.Equal(before.Version, (await table.ReadAllAsync()).Version);
    }

    [Fact]
    public async Task An_insert_on_a_stale_version_is_refused_and_changes_nothing()
    {
        var table = await Table();
        var stale = (await table.ReadAllAsync()).Version;
        await Insert(table, Silo(1));
        var before = await table.ReadAllAsync();

        Assert.False(await table.InsertRowAsync(Silo(2), stale.Next()));

        var after = await table.ReadAllAsync();
        Assert.Equal(before.Version, after.Version);
        Assert.Single(after.Members);
    }

    [Fact]
    public async Task An_update_replaces_the_silo_and_renews_both_etags()
    {
        var table = await Table();
        await Insert(table, Silo(1));
        var before = await table.ReadAllAsync();
        var (entry, etag) = before.Members[0];
        entry.Status = SiloStatus.ShuttingDown;

        Assert.True(await table.UpdateRowAsync(entry, etag, before.Version.Next()));

        var after = await table.ReadAllAsync();
        Assert.Equal(SiloStatus.ShuttingDown, after.Members[0].Item1.Status);
        Assert.NotEqual(etag, after.Members[0].Item2);
        Assert.NotEqual(before.Version.VersionEtag, after.Version.VersionEtag);
        Assert.Equal(2, after.Version.Version);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_update_with_a_stale_etag_is_refused_and_changes_nothing(bool staleRow, bool staleVersion)
    {
        var table = await Table();
        await Insert(table, Silo(1));
        var old = await table.ReadAllAsync();
        await table.UpdateRowAsync(old.Members[0].Item1, old.Members[0].Item2, old.Version.Next());
        var current = await table.ReadAllAsync();
        var entry = Silo(1);
        entry.Status = SiloStatus.Dead;

        Assert.False(await table.UpdateRowAsync(
            entry, (staleRow ? old : current).Members[0].Item2, (staleVersion ? old : current).Version.Next()));

        var after = await table.ReadAllAsync();
        Assert.Equal(SiloStatus.Active, after.Members[0].Item1.Status);
        Assert.Equal(current.Version, after.Version);
    }

    [Fact]
    public async Task A_silo_that_is_not_there_cannot_be_updated()
    {
        var table = await Table();
        var version = (await table.ReadAllAsync()).Version;

        Assert.False(await table.UpdateRowAsync(Silo(1), "any", version.Next()));

        Assert.Equal(version, (await table.ReadAllAsync()).Version);
    }

    [Fact]
    public async Task A_heartbeat_changes_the_time_and_no_etag()
    {
        var table = await Table();
        await Insert(table, Silo(1));
        var before = await table.ReadAllAsync();
        var beat = new MembershipEntry { SiloAddress = Silo(1).SiloAddress, IAmAliveTime = s_start.AddHours(1) };

        await table.UpdateIAmAliveAsync(beat);

        var after = await table.ReadAllAsync();
        Assert.Equal(s_start.AddHours(1), after.Members[0].Item1.IAmAliveTime);
        Assert.Equal("silo-1", after.Members[0].Item1.SiloName);
        Assert.Equal(before.Members[0].Item2, after.Members[0].Item2);
        Assert.Equal(before.Version, after.Version);
    }

    [Fact]
    public async Task Racing_processes_lose_no_update_of_the_version()
    {
        const int processes = 8, updates = 25;
        await Insert(await Table(), Silo(1));

        await Task.WhenAll(Enumerable.Range(0, processes).Select(_ => Task.Run(async () =>
        {
            var table = await Table();
            for (var done = 0; done < updates;)
            {
                var data = await table.ReadAllAsync();
                var (entry, etag) = data.Members[0];
                entry.UpdateZone++;
                if (await table.UpdateRowAsync(entry, etag, data.Version.Next()))
                    done++;
            }
        })));

        var final = await (await Table()).ReadAllAsync();
        Assert.Equal(1 + processes * updates, final.Version.Version);
        Assert.Equal(processes * updates, final.Members[0].Item1.UpdateZone);
    }

    [Fact]
    public async Task Clusters_in_one_file_do_not_see_each_other()
    {
        var (ours, theirs) = (await Table("ours"), await Table("theirs"));
        await Insert(ours, Silo(1));

        Assert.Empty((await theirs.ReadAllAsync()).Members);
        Assert.True(await Insert(theirs, Silo(1)));

        await ours.DeleteMembershipTableEntriesAsync("ours");

        Assert.Empty((await ours.ReadAllAsync()).Members);
        Assert.Single((await theirs.ReadAllAsync()).Members);
    }

    [Fact]
    public async Task A_deleted_cluster_accepts_no_insert_until_it_is_initialised_again()
    {
        var table = await Table();
        await table.DeleteMembershipTableEntriesAsync("cluster");
        Assert.False(await Insert(table, Silo(1)));

        await table.InitializeMembershipTableAsync(true);

        Assert.True(await Insert(table, Silo(1)));
    }

    [Fact]
    public async Task Cleaning_up_removes_only_silos_that_have_been_dead_for_long()
    {
        var table = await Table();
        var (longDead, justDeclaredDead, silentButActive) = (Silo(1), Silo(2), Silo(3));
        longDead.Status = justDeclaredDead.Status = SiloStatus.Dead;
        justDeclaredDead.AddSuspector(silentButActive.SiloAddress, s_start.AddDays(2));
        foreach (var silo in new[] { longDead, justDeclaredDead, silentButActive })
            await Insert(table, silo);

        await table.CleanupDefunctSiloEntriesAsync(s_start.AddDays(1));

        var left = (await table.ReadAllAsync()).Members.Select(member => member.Item1.SiloAddress);
        Assert.Equivalent(new[] { justDeclaredDead.SiloAddress, silentButActive.SiloAddress }, left, strict: true);
    }

    private async Task<IMembershipTable> Table(string cluster = "cluster")
    {
        IMembershipTable table = new SqliteMembershipTable(_folder.Open(), Options.Create(new ClusterOptions { ClusterId = cluster }));
        await table.InitializeMembershipTableAsync(true);
        return table;
    }

    private static async Task<bool> Insert(IMembershipTable table, MembershipEntry entry) =>
        await table.InsertRowAsync(entry, (await table.ReadAllAsync()).Version.Next());

    private static MembershipEntry Silo(int number) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 11000 + number, 1234),
        Status = SiloStatus.Active,
        ProxyPort = 30000 + number,
        HostName = "localhost",
        SiloName = $"silo-{number}",
        RoleName = "test",
        SuspectTimes = [],
        StartTime = s_start,
        IAmAliveTime = s_start,
    };
}
