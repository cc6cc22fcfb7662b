using System.CommandLine;
using Baichuan.Cluster.Hosting;
using Baichuan.Cluster.State.Postgres;
using Baichuan.Server.Hosting;

namespace Baichuan.Server.Commands;

/// <summary><c>baichuan-server postgres-schema</c>: the tables of a cluster's state, printed or made.</summary>
internal static class PostgresSchemaCommand
{
    private const string Variable = "Silo__StoreConnection";

    public static Command Create()
    {
        var apply = new Option<bool>("--apply") { Description = $"Make them, where {Variable} of the environment says." };
        var command = new Command("postgres-schema", "Prints the SQL of the tables that a cluster with --store postgres needs, or makes them; what is there stays.") { apply };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            if (!arguments.GetValue(apply))
            {
                Console.WriteLine(PostgresSchema.Sql);
                return 0;
            }

            try
            {
                var connection = Environment.GetEnvironmentVariable(Variable)
                    ?? throw new ArgumentException($"{Variable} is not set in the environment; it says where the database is.");
                await StateHosting.MakePostgresTablesAsync(connection, cancellationToken);
                return 0;
            }
            catch (Exception e) when (ServerHost.Sentence(e) is { } sentence)
            {
                await Console.Error.WriteLineAsync(sentence);
                return ServerHost.Failed;
            }
        });
        return command;
    }
}
