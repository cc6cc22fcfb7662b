using System.Diagnostics.Metrics;
using Prometheus;

namespace Baichuan.Cluster.Telemetry;

/// <summary>How many grains a silo holds, as Orleans counts them: requests add none, so a number that grows with them is a leak.</summary>
internal static class GrainMetrics
{
    private const string Instrument = "orleans-catalog-activations";

    private static readonly Gauge Grains = Metrics.CreateGauge("baichuan_silo_grains", "Grains that are active on this silo, Orleans' own among them.");

    /// <summary>Once a process; asked whenever /metrics is read.</summary>
    public static void Publish()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == Instrument)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, count, _, _) => Grains.Set(count));
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Grains.Set(count));
        listener.Start();
        Metrics.DefaultRegistry.AddBeforeCollectCallback(listener.RecordObservableInstruments);
    }
}
