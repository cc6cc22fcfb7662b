using Npgsql;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Baichuan.Cluster.State.Postgres;

/// <summary>Grain state in PostgreSQL, keyed by service, state name and grain; written by compare-and-set of its etag.</summary>
internal sealed class PostgresGrainStorage(PostgresState state, string serviceId, IGrainStorageSerializer serializer, IActivatorProvider activators) : IGrainStorage
{
    private const string Key = "service_id = $1 AND state_name = $2 AND grain_id = $3";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var rows = await state.RunAsync(transaction => transaction.QueryAsync(
            $"SELECT etag, payload FROM baichuan.grain_state WHERE {Key}",
            row => (Etag: row.GetString(0), Payload: row.GetFieldValue<byte[]>(1)),
            serviceId, stateName, grainId.ToString()));
        if (rows is [var stored])
        {
            grainState.State = serializer.Deserialize<T>(BinaryData.FromBytes(stored.Payload));
            (grainState.ETag, grainState.RecordExists) = (stored.Etag, true);
        }
        else
        {
            Forget(grainState);
        }
    }

    /// <exception cref="InconsistentStateException">The stored state is not the one that was read: nothing was written.</exception>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = serializer.Serialize(grainState.State).ToArray();
        var etag = Guid.NewGuid().ToString("N"); // not a counter: after a clear it would begin again
        await ChangeAsync(stateName, grainId, grainState.ETag, transaction => grainState.ETag is { } expected
            ? transaction.ExecuteAsync(
                $"UPDATE baichuan.grain_state SET etag = $5, payload = $6 WHERE {Key} AND etag = $4", serviceId, stateName, grainId.ToString(), expected, etag, payload)
            : transaction.ExecuteAsync(
                "INSERT INTO baichuan.grain_state VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", serviceId, stateName, grainId.ToString(), etag, payload));
        (grainState.ETag, grainState.RecordExists) = (etag, true);
    }

    /// <exception cref="InconsistentStateException">The stored state is not the one that was read: nothing was cleared.</exception>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is { } expected)
            await ChangeAsync(stateName, grainId, expected, transaction => transaction.ExecuteAsync(
                $"DELETE FROM baichuan.grain_state WHERE {Key} AND etag = $4", serviceId, stateName, grainId.ToString(), expected));
        Forget(grainState);
    }

    private async Task ChangeAsync(string stateName, GrainId grainId, string? expected, Func<NpgsqlTransaction, Task<int>> change)
    {
        if (await state.RunAsync(change) == 1)
            return;
        throw new InconsistentStateException(
            $"State '{stateName}' of grain {grainId} has changed since it was read: its etag is no longer {expected ?? "none"}. Another activation wrote or cleared it; read it again before writing.",
            "another", expected);
    }

    private void Forget<T>(IGrainState<T> grainState)
    {
        grainState.State = activators.GetActivator<T>().Create();
        (grainState.ETag, grainState.RecordExists) = (null, false);
    }
}
