using Baichuan.Gateway.Telemetry;

namespace Baichuan.Gateway.Tests.Telemetry;

public sealed class VllmAliasesTests
{
    [Fact]
    public void A_metric_appears_under_its_other_name_with_its_labels_renamed_and_the_rest_added_up()
    {
        const string Page = """
            # HELP baichuan_gateway_requests_total Requests that ended.
            # TYPE baichuan_gateway_requests_total counter
            baichuan_gateway_requests_total{method="Chat",outcome="stop"} 3
            baichuan_gateway_requests_total{method="Generate",outcome="stop"} 4
            baichuan_gateway_requests_total{method="Chat",outcome="cancelled"} 1
            baichuan_gateway_requests_total{method="Chat",outcome="deadline"} 2
            baichuan_gateway_requests_total{method="Tokenize",outcome="ok"} 9
            # TYPE baichuan_replica_requests_running gauge
            baichuan_replica_requests_running{replica="0"} 5
            baichuan_replica_requests_running{replica="1"} 6

            """;
        Assert.Equal(
            """
            # HELP vllm:num_requests_running Sequences in the running batch.
            # TYPE vllm:num_requests_running gauge
            vllm:num_requests_running{model_name="m",engine="0"} 5
            vllm:num_requests_running{model_name="m",engine="1"} 6
            # HELP vllm:request_success_total Requests that ended, by reason.
            # TYPE vllm:request_success_total counter
            vllm:request_success_total{model_name="m",finished_reason="stop"} 7
            vllm:request_success_total{model_name="m",finished_reason="abort"} 3

            """,
            VllmAliases.Of(Page, "m"));
    }

    [Fact]
    public void A_histogram_keeps_its_buckets()
    {
        const string Page = """
            # TYPE baichuan_gateway_request_duration_seconds histogram
            baichuan_gateway_request_duration_seconds_sum 1.5
            baichuan_gateway_request_duration_seconds_count 2
            baichuan_gateway_request_duration_seconds_bucket{le="0.5"} 1
            baichuan_gateway_request_duration_seconds_bucket{le="+Inf"} 2
            """;
        var lines = VllmAliases.Of(Page, "m").Split('\n');
        Assert.Contains("vllm:e2e_request_latency_seconds_sum{model_name=\"m\"} 1.5", lines);
        Assert.Contains("vllm:e2e_request_latency_seconds_bucket{model_name=\"m\",le=\"0.5\"} 1", lines);
        Assert.Contains("vllm:e2e_request_latency_seconds_bucket{model_name=\"m\",le=\"+Inf\"} 2", lines);
    }

    [Fact]
    public void The_use_of_the_kv_cache_is_that_of_the_fuller_pool()
    {
        const string Page = """
            # TYPE baichuan_replica_kv_blocks_used gauge
            baichuan_replica_kv_blocks_used{replica="0",pool="global"} 1
            baichuan_replica_kv_blocks_used{replica="0",pool="sliding"} 3
            # TYPE baichuan_replica_kv_blocks gauge
            baichuan_replica_kv_blocks{replica="0",pool="sliding"} 4
            baichuan_replica_kv_blocks{replica="0",pool="global"} 8
            """;
        Assert.EndsWith("vllm:kv_cache_usage_perc{model_name=\"m\",engine=\"0\"} 0.75\n", VllmAliases.Of(Page, "m"), StringComparison.Ordinal);
    }

    [Fact]
    public void Quotes_and_line_ends_in_labels_survive()
    {
        const string Page = "# TYPE baichuan_replica_requests_waiting gauge\nbaichuan_replica_requests_waiting{replica=\"a\\\"b\\\\c\\nd\"} 1\n";
        Assert.Contains("{model_name=\"x\\\"y\",engine=\"a\\\"b\\\\c\\nd\"} 1", VllmAliases.Of(Page, "x\"y"), StringComparison.Ordinal);
    }
}
