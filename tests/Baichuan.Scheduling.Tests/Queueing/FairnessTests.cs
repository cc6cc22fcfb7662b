using Baichuan.Scheduling.Queueing;
using Baichuan.Scheduling.Tests.Toy;
using CsCheck;

namespace Baichuan.Scheduling.Tests.Queueing;

/// <summary>Tenants share a class by what they have been served: prompt tokens when they are admitted, twice the sampled tokens.</summary>
public sealed class FairnessTests
{
    /// <summary>The bound of arXiv 2401.00588: the services W of two clients f and g that are backlogged from t1 to t2 have |W_f(t1, t2) - W_g(t1, t2)| &lt;= 2 U with
    /// U = max(w_p L_input, w_q M). L_input: the longest prompt; M: the most tokens of a running batch. Services are by weight here, hence U by the smaller one.</summary>
    [Fact]
    public void Backlogged_tenants_are_served_alike_within_the_bound_of_the_paper() =>
        Gen.Select(
            Gen.Int[1, 8],
            Gen.Int[4, 64],
            Gen.Select(Gen.Int[1, 60], Gen.Int[1, 40]),
            Gen.Select(Gen.Int[1, 60], Gen.Int[1, 40]),
            Gen.Int[1, 6].Select(halves => halves / 2.0)).Sample(
            (sequences, rows, a, b, weight) =>
            {
                var replica = new ToyReplica(Requests.Roomy with
                {
                    MaxSequences = sequences,
                    MaxBatchRows = rows,
                    PrefixCache = false,
                    TenantWeights = new Dictionary<string, double> { ["a"] = weight },
                });
                var (wp, wq) = (TenantShares.InputWeight, TenantShares.OutputWeight);
                var longestInput = Math.Max(a.Item1, b.Item1);
                var m = sequences * Math.Max(a.Item1 + a.Item2, b.Item1 + b.Item2); // the pools hold more
                var u = Math.Max(wp * longestInput, wq * m) / Math.Min(1, weight);
                var (least, most, ids) = (0d, 0d, 0);
                for (var step = 0; step < 300; step++)
                {
                    foreach (var (tenant, (prompt, tokens)) in new[] { ("a", a), ("b", b) })
                    {
                        while (replica.Live.Count(s => s.State == SequenceState.Waiting && s.Request.Tenant == tenant) <= sequences)
                            replica.Enqueue(Requests.Of($"{tenant} {ids++}", prompt, tokens, tenant: tenant));
                    }

                    replica.MustPlan();
                    replica.Complete();
                    var difference = (Served(replica, "a") / weight) - Served(replica, "b");
                    // The difference from any t1 to this t2 is that of two values of the running one.
                    (least, most) = (Math.Min(least, difference), Math.Max(most, difference));
                    Assert.InRange(most - least, 0, 2 * u);
                }
            },
            iter: 60);

    [Fact]
    public void Weights_are_shares()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, MaxWaiting = 1000, TenantWeights = new Dictionary<string, double> { ["a"] = 3 } });
        for (var i = 0; i < 100; i++)
        {
            replica.Enqueue(Requests.Of($"a {i}", 10, 5, tenant: "a"));
            replica.Enqueue(Requests.Of($"b {i}", 10, 5, tenant: "b"));
        }

        while (replica.Finished.Count < 80)
        {
            replica.MustPlan();
            replica.Complete();
        }

        Assert.Equal(60, replica.Finished.Keys.Count(id => id.StartsWith('a')));
    }

    [Fact]
    public void A_tenant_that_comes_back_has_no_credit_for_the_time_that_it_was_away()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, MaxWaiting = 1000 });
        for (var i = 0; i < 60; i++)
            replica.Enqueue(Requests.Of($"a {i}", 10, 5, tenant: "a"));
        while (replica.Finished.Count < 30)
        {
            replica.MustPlan();
            replica.Complete();
        }

        for (var i = 0; i < 30; i++)
            replica.Enqueue(Requests.Of($"b {i}", 10, 5, tenant: "b"));
        while (replica.Finished.Count < 50)
        {
            replica.MustPlan();
            replica.Complete();
        }

        Assert.InRange(replica.Finished.Keys.Count(id => id.StartsWith('b')), 9, 11);
    }

    [Fact]
    public void Nobody_is_held_back_while_there_is_room()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxBatchRows = 256 });
        for (var i = 0; i < 16; i++)
            replica.Enqueue(Requests.Of($"{i}", 10, 5, tenant: i < 15 ? "a" : "b"));
        Assert.Equal(16, replica.MustPlan().Admissions.Length);
    }

    private static double Served(ToyReplica replica, string tenant) => replica.Accepted
        .Where(s => s.Request.Tenant == tenant && s.Admissions > 0)
        .Sum(s => (TenantShares.InputWeight * s.PromptLength) + (TenantShares.OutputWeight * s.CompletionTokens));
}
