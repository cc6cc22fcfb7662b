namespace Baichuan.Cluster.State.Postgres;

/// <summary>The tables of a cluster's state in PostgreSQL. Silos need to read and write them, not to make them: somebody with that right does, once.</summary>
public static class PostgresSchema
{
    internal const int Version = 1;

    /// <summary>Makes what is missing; to be run as often as one likes. The lock lets one of several that run it at once go first.</summary>
    public const string Sql =
        """
        BEGIN;
        SELECT pg_advisory_xact_lock(7020251125);
        CREATE SCHEMA IF NOT EXISTS baichuan;

        CREATE TABLE IF NOT EXISTS baichuan.layout (version integer NOT NULL);
        INSERT INTO baichuan.layout SELECT 1 WHERE NOT EXISTS (SELECT FROM baichuan.layout);

        -- A cluster's membership changes by compare-and-set of this etag.
        CREATE TABLE IF NOT EXISTS baichuan.cluster (
            cluster_id text PRIMARY KEY,
            version    integer NOT NULL,
            etag       text NOT NULL
        );

        CREATE TABLE IF NOT EXISTS baichuan.silo (
            cluster_id text NOT NULL,
            address    text NOT NULL,
            etag       text NOT NULL,
            i_am_alive timestamptz NOT NULL,
            entry      jsonb NOT NULL,
            PRIMARY KEY (cluster_id, address)
        );

        CREATE TABLE IF NOT EXISTS baichuan.grain_state (
            service_id text NOT NULL,
            state_name text NOT NULL,
            grain_id   text NOT NULL,
            etag       text NOT NULL,
            payload    bytea NOT NULL,
            PRIMARY KEY (service_id, state_name, grain_id)
        );
        COMMIT;
        """;
}
