using Baichuan.Cli.Bench.Reporting;

namespace Baichuan.Cli.Tests.Bench.Reporting;

public sealed class ReportTests
{
    [Fact]
    public void A_report_is_a_stable_record_for_machines() => Assert.Equal(
        """
        {
          "version": 1,
          "started_at": "2026-11-25T12:00:00+00:00",
          "gateway": "http://127.0.0.1:5080",
          "model": "demo",
          "profile_id": "0123456789abcdef",
          "inputs": {
            "workload": "multi-turn",
            "seed": 1,
            "num_prompts": 20,
            "request_rate": 2.5,
            "burstiness": 1,
            "max_concurrency": 8,
            "input_len": "uniform:5..9",
            "output_len": "uniform:2..4",
            "num_prefixes": null,
            "prefix_len": null,
            "turns": 3,
            "think_time": "1.5",
            "warmup": 0,
            "slo": {
              "ttft_ms": 1000,
              "tpot_ms": 100,
              "e2e_ms": null
            }
          },
          "interrupted": true,
          "duration_s": 12.5,
          "requests": {
            "planned": 60,
            "completed": 20,
            "refused": 1,
            "failed": 2,
            "interrupted": 3,
            "not_sent": 34,
            "failures": [
              {
                "status": "UNAVAILABLE",
                "count": 2,
                "example": "No replica is ready."
              }
            ]
          },
          "tokens": {
            "input": 12345,
            "cached": 2345,
            "output": 678
          },
          "throughput": {
            "requests_per_second": 1.6,
            "output_tokens_per_second": 54.24,
            "total_tokens_per_second": 1041.84
          },
          "goodput": {
            "requests": 19,
            "requests_per_second": 1.52
          },
          "concurrency": {
            "mean": 2.25,
            "peak": 8
          },
          "latency_ms": {
            "ttft": {
              "mean": 100.5,
              "median": 90,
              "p90": 200,
              "p99": 1300.25
            },
            "tpot": {
              "mean": 10,
              "median": 9,
              "p90": 12,
              "p99": 14
            },
            "itl": null,
            "e2e": {
              "mean": 900,
              "median": 850,
              "p90": 1500,
              "p99": 2100
            },
            "client_queue": {
              "mean": 0.5,
              "median": 0.25,
              "p90": 1,
              "p99": 2
            }
          }
        }
        """,
        ReportJson.Write(Reports.Eventful));

    [Fact]
    public void A_report_is_a_page_for_people()
    {
        var output = new StringWriter { NewLine = "\n" };

        ReportView.Write(Reports.Eventful, new Terminal(TextReader.Null, output, TextWriter.Null, false, false).Display);

        Assert.Equal(
            """
            model                    demo, profile 0123456789abcdef
            workload                 multi-turn, 20 conversations of 3 turns, seed 1
            arrivals                 2.5 per second, burstiness 1, at most 8 in flight
            lengths                  input uniform:5..9, output uniform:2..4 tokens, think time 1.5 s
            duration                 12.50 s, interrupted
            requests                 20 of 60 completed
            other requests           1 refused (RESOURCE_EXHAUSTED), 2 failed, 3 interrupted, 34 not sent
            failed                   2 UNAVAILABLE, such as: No replica is ready.
            tokens                   12,345 in (2,345 cached), 678 out
            request throughput       1.60 req/s
            request goodput          1.52 req/s (19 of 60 met TTFT ≤ 1000 ms, TPOT ≤ 100 ms)
            output token throughput  54.2 tok/s
            total token throughput   1041.8 tok/s
            concurrency              2.25 mean, 8 peak
            ╭──────────────┬────────┬────────┬──────────┬──────────╮
            │ ms           │   mean │ median │      p90 │      p99 │
            ├──────────────┼────────┼────────┼──────────┼──────────┤
            │ TTFT         │ 100.50 │  90.00 │   200.00 │ 1,300.25 │
            │ TPOT         │  10.00 │   9.00 │    12.00 │    14.00 │
            │ ITL          │      - │      - │        - │        - │
            │ E2E          │ 900.00 │ 850.00 │ 1,500.00 │ 2,100.00 │
            │ client queue │   0.50 │   0.25 │     1.00 │     2.00 │
            ╰──────────────┴────────┴────────┴──────────┴──────────╯
            TTFT and E2E count from when a request was due; client queue is the part before it was sent.

            """,
            string.Join('\n', output.ToString().Split('\n').Select(line => line.TrimEnd())));
    }
}
