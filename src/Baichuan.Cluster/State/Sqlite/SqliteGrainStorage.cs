using Baichuan.Cluster.Abstractions.State.Sqlite;
using Microsoft.Data.Sqlite;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Baichuan.Cluster.State.Sqlite;

/// <summary>
/// Grain state in the state file, keyed by service, state name and grain. Called on the grain's scheduler: the state object is read and set there only,
/// what crosses to the thread pool is bytes.
/// </summary>
internal sealed class SqliteGrainStorage(SqliteStateFile file, string serviceId, IGrainStorageSerializer serializer, IActivatorProvider activators)
    : IGrainStorage
{
    private const string Key = "service_id = $service AND state_name = $state AND grain_id = $grain";

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var rows = await file.ReadAsync(transaction => transaction.Query(
            $"SELECT etag, payload FROM grain_state WHERE {Key}",
            row => (Etag: row.GetString(0), Payload: row.GetFieldValue<byte[]>(1)),
            KeyOf(stateName, grainId)));
        if (rows is [var stored])
        {
            grainState.State = serializer.Deserialize<T>(BinaryData.FromBytes(stored.Payload));
            grainState.ETag = stored.Etag;
            grainState.RecordExists = true;
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
        var expected = grainState.ETag;
        // Not a counter: after a clear it would begin again, and take a writer from before the clear for an up-to-date one.
        var etag = Guid.NewGuid().ToString("N");
        await file.WriteAsync(transaction =>
        {
            RequireEtag(transaction, stateName, grainId, expected);
            transaction.Execute(
                "INSERT OR REPLACE INTO grain_state (service_id, state_name, grain_id, etag, payload) VALUES ($service, $state, $grain, $etag, $payload)",
                [.. KeyOf(stateName, grainId), ("$etag", etag), ("$payload", payload)]);
        });
        grainState.ETag = etag;
        grainState.RecordExists = true;
    }

    /// <exception cref="InconsistentStateException">The stored state is not the one that was read: nothing was cleared.</exception>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var expected = grainState.ETag;
        await file.WriteAsync(transaction =>
        {
            RequireEtag(transaction, stateName, grainId, expected);
            transaction.Execute($"DELETE FROM grain_state WHERE {Key}", KeyOf(stateName, grainId));
        });
        Forget(grainState);
    }

    private void RequireEtag(SqliteTransaction transaction, string stateName, GrainId grainId, string? expected)
    {
        var stored = transaction.Text($"SELECT etag FROM grain_state WHERE {Key}", KeyOf(stateName, grainId));
        if (stored != expected)
        {
            throw new InconsistentStateException(
                $"State '{stateName}' of grain {grainId} has changed since it was read: its etag is {stored ?? "none"}, expected {expected ?? "none"}. "
                + "Another activation wrote or cleared it; read it again before writing.",
                stored, expected);
        }
    }

    private void Forget<T>(IGrainState<T> grainState)
    {
        grainState.State = activators.GetActivator<T>().Create();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private (string Name, object? Value)[] KeyOf(string stateName, GrainId grainId) =>
        [("$service", serviceId), ("$state", stateName), ("$grain", grainId.ToString())];
}
