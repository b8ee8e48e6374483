namespace Rondo.Core.Tests;

/// <summary>What an executor can run, and what it says of what it cannot.</summary>
public sealed class MemberTests
{
    private static readonly Label Gpu = new("gpu", "yes");

    [Fact]
    public void Command_RunsWhereCommandsDo()
    {
        var terms = TestExecutor.Command();

        AssertCan(Able(commands: true), terms);
        AssertCannot(Able(commands: false, "resize"), terms, "it runs no commands");
    }

    [Fact]
    public void Handler_RunsWhereThereIsOneOfItsName()
    {
        var terms = TestExecutor.Handler("resize");

        AssertCan(Able(commands: false, "crop", "resize"), terms);
        AssertCannot(Able(commands: true, "crop"), terms, "it has no handler 'resize'");
        AssertCannot(Able(commands: true), terms with { Handler = null }, "it has no handler ''");
    }

    [Fact]
    public void Job_ThatAsksForLabels_RunsWhereAllAre()
    {
        var other = new Label("zone", "a");
        var terms = TestExecutor.Command() with { Requires = new EquatableList<Label>(Gpu, other) };

        AssertCan(Able(commands: true) with { Labels = new EquatableList<Label>(Gpu, new Label("os", "linux"), other) }, terms);
        AssertCannot(Able(commands: true) with { Labels = new EquatableList<Label>(other) }, terms, "it has no label gpu=yes");
        AssertCannot(Able(commands: true) with { Labels = new EquatableList<Label>(Gpu) }, terms, "it has no label zone=a");
        AssertCannot(
            Able(commands: true) with
            {
                Labels = new EquatableList<Label>(new Label("gpu", "no")),
            },
            terms,
            "it has no label gpu=yes"
        );
    }

    [Fact]
    public void Job_WhoseTermsAreNewer_DoesNotRunAtAnEarlierRelease()
    {
        var first = Able(commands: true) with { Protocol = 1 };
        var terms = TestExecutor.Command();

        AssertCan(first, terms);
        foreach (
            var newer in new[]
            {
                terms with
                {
                    TimeLimit = new TimeLimit(TimeSpan.FromSeconds(1), TimeSpan.Zero),
                },
                terms with
                {
                    Index = 3,
                },
            }
        )
        {
            AssertCan(Able(commands: true), newer);
            AssertCannot(first, newer, "it is of an earlier release, which would run the job without its time limit or its index");
        }
    }

    private static Capabilities Able(bool commands, params string[] handlers) => new(commands, new EquatableList<string>(handlers));

    private static void AssertCan(Capabilities capabilities, JobTerms terms)
    {
        Assert.True(capabilities.CanRun(terms));
        Assert.Null(capabilities.WhyNot(terms));
    }

    private static void AssertCannot(Capabilities capabilities, JobTerms terms, string why)
    {
        Assert.False(capabilities.CanRun(terms));
        Assert.Equal(why, capabilities.WhyNot(terms));
    }
}
