namespace Baichuan.Cluster.Telemetry;

/// <summary>Where the time of a step went, from the begin of its planning to its tokens at hand for the gateways. The parts follow one another and add up
/// to the whole.</summary>
/// <param name="Plan">Planning it and sending the orders.</param>
/// <param name="Transfer">On the way: the order to the shard that answers and its answer back, and waiting for the coordinator's turn. Both ways together, for
/// the clocks of two machines cannot be compared.</param>
/// <param name="Handover">At that shard, but not run: until its thread had the order, behind earlier steps too, and until its grain had the result.</param>
/// <param name="Compute">Computed there.</param>
/// <param name="Wait">Waited there for peers.</param>
/// <param name="Commit">Taking the tokens up and handing them to the streams.</param>
internal readonly record struct StepTimes(TimeSpan Plan, TimeSpan Transfer, TimeSpan Handover, TimeSpan Compute, TimeSpan Wait, TimeSpan Commit)
{
    public TimeSpan Total => Plan + Transfer + Handover + Compute + Wait + Commit;

    /// <param name="away">From the orders, which are the end of planning, to the answer.</param>
    /// <param name="onShard">As the shard's grain measured it: handover, compute and wait.</param>
    public static StepTimes Of(TimeSpan plan, TimeSpan away, TimeSpan onShard, TimeSpan compute, TimeSpan wait, TimeSpan commit) =>
        new(plan, away - onShard, onShard - compute - wait, compute, wait, commit);

    public static StepTimes operator +(in StepTimes a, in StepTimes b) =>
        new(a.Plan + b.Plan, a.Transfer + b.Transfer, a.Handover + b.Handover, a.Compute + b.Compute, a.Wait + b.Wait, a.Commit + b.Commit);

    public static StepTimes operator -(in StepTimes a, in StepTimes b) =>
        new(a.Plan - b.Plan, a.Transfer - b.Transfer, a.Handover - b.Handover, a.Compute - b.Compute, a.Wait - b.Wait, a.Commit - b.Commit);
}
