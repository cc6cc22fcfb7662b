using System.CommandLine;
using Baichuan.Model.Plan;

namespace Baichuan.Benchmarks.Serving;

/// <summary>The options that every verb with a cluster has.</summary>
internal sealed class ServingOptions
{
    private readonly Option<string> _model = new("--model") { Description = "Folder of the checkpoint.", Required = true };

    private readonly Option<WeightType> _weights = new("--weights") { Description = "Type of the matrices in memory.", DefaultValueFactory = _ => WeightType.INT8 };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "File for the figures." };

    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        command.Options.Add(_weights);
        command.Options.Add(_json);
    }

    public ClusterShape ShapeOf(ParseResult arguments) => new(arguments.GetRequiredValue(_model), arguments.GetValue(_weights));

    public FileInfo? JsonOf(ParseResult arguments) => arguments.GetValue(_json);
}
