using Baichuan.Cluster.Telemetry;
using Baichuan.Model;
using Microsoft.Extensions.Time.Testing;

namespace Baichuan.Cluster.Tests.Telemetry;

public sealed class RequestPhasesTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Queue_prefill_and_decode_follow_one_another_and_a_second_admission_changes_nothing()
    {
        var phases = new RequestPhases(new RequestMetrics(711), RequestClass.Batch, _time, new StepMetrics(711));
        Wait(7);
        phases.OnAdmitted();
        Wait(2);
        phases.OnToken();
        Wait(1);
        phases.OnAdmitted();
        Wait(3);
        phases.OnToken();
        Wait(60);
        phases.OnEnded();

        Assert.Equal(7, await Samples.ReadAsync("baichuan_replica_request_queue_seconds_sum{replica=\"711\",class=\"batch\"}"));
        Assert.Equal(1, await Samples.ReadAsync("baichuan_replica_request_queue_seconds_count{replica=\"711\",class=\"batch\"}"));
        Assert.Equal(2, await Samples.ReadAsync("baichuan_replica_request_prefill_seconds_sum{replica=\"711\"}"));
        Assert.Equal(4, await Samples.ReadAsync("baichuan_replica_request_decode_seconds_sum{replica=\"711\"}"));
        Assert.Equal(6, await Samples.ReadAsync("baichuan_replica_request_inference_seconds_sum{replica=\"711\"}"));
    }

    [Fact]
    public async Task A_request_that_ends_in_the_queue_has_no_phase_after_it()
    {
        var phases = new RequestPhases(new RequestMetrics(712), RequestClass.Interactive, _time, new StepMetrics(712));
        phases.OnEnded();
        Assert.Equal(0, await Samples.ReadAsync("baichuan_replica_request_queue_seconds_count{replica=\"712\",class=\"interactive\"}"));
        Assert.Equal(0, await Samples.ReadAsync("baichuan_replica_request_inference_seconds_count{replica=\"712\"}"));
    }

    private void Wait(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
