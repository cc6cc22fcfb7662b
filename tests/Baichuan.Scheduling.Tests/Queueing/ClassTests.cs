using Baichuan.Model;
using Baichuan.Scheduling.Queueing;
using Baichuan.Scheduling.Tests.Toy;

namespace Baichuan.Scheduling.Tests.Queueing;

public sealed class ClassTests
{
    [Fact]
    public void The_most_urgent_class_is_next_and_in_it_the_oldest()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1 });
        replica.Enqueue(Requests.Of("batch", 5, 2, requestClass: RequestClass.Batch));
        replica.Enqueue(Requests.Of("one", 5, 2));
        replica.Enqueue(Requests.Of("two", 5, 2));
        replica.Enqueue(Requests.Of("urgent", 5, 2, requestClass: RequestClass.Emergency));
        Assert.Equal(new ClassCounts(1, 2, 1), replica.Counters.WaitingByClass);
        replica.RunToEnd();
        Assert.Equal(["urgent", "one", "two", "batch"], replica.Finished.Keys);
    }

    [Theory]
    [InlineData(RequestClass.Interactive)]
    [InlineData(RequestClass.Batch)]
    public void A_class_is_passed_over_sixteen_times_at_the_most_and_what_comes_then_is_not_pushed_aside(RequestClass patient)
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1 });
        var waits = replica.Enqueue(Requests.Of("waits", 5, 9, requestClass: patient));
        var urgent = 0;
        while (waits.Finish is null)
        {
            // There is always an emergency waiting.
            while (replica.Counters.WaitingByClass.Emergency < 2)
                replica.Enqueue(Requests.Of($"{urgent++}", 5, 2, requestClass: RequestClass.Emergency));
            replica.MustPlan();
            replica.Complete();
        }

        Assert.Equal(AdmissionQueue.MostPassedOver, replica.Finished.Count - 1);
        Assert.Equal(0, replica.Counters.Preemptions);
    }

    [Fact]
    public void A_class_of_many_gets_one_admission_in_seventeen()
    {
        var replica = new ToyReplica(Requests.Roomy with { MaxSequences = 1, MaxWaiting = 1000 });
        for (var i = 0; i < 5; i++)
            replica.Enqueue(Requests.Of($"batch {i}", 5, 1, requestClass: RequestClass.Batch));
        for (var i = 0; i < 100; i++)
            replica.Enqueue(Requests.Of($"{i}", 5, 1));
        replica.RunToEnd();
        var places = replica.Finished.Keys.Select((id, place) => (id, place)).Where(f => f.id.StartsWith("batch")).Select(f => f.place);
        Assert.Equal([16, 33, 50, 67, 84], places);
    }
}
