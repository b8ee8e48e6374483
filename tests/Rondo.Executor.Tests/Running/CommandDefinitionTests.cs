using System.Text;
using Rondo.Executor.Running;

namespace Rondo.Executor.Tests.Running;

public sealed class CommandDefinitionTests
{
    [Fact]
    public void Definition_Written_HasTheStoredForm()
    {
        var definition = new CommandDefinition
        {
            Command = ["sh", "-c", "x"],
            Environment = new Dictionary<string, string> { ["A"] = "b" },
            WorkingDirectory = "/tmp",
        };

        Assert.Equal(
            """{"command":["sh","-c","x"],"env":{"A":"b"},"workingDirectory":"/tmp"}""",
            Encoding.UTF8.GetString(definition.ToUtf8())
        );
    }

    [Theory]
    [InlineData("""{"command":["true"]}""")]
    [InlineData("""{"command":["true"],"env":null,"workingDirectory":null}""")]
    [InlineData("""{"command":["true"],"env":{},"workingDirectory":"","ofANewerVersion":1}""")]
    public void Definition_WithMembersLeftOutOrUnknown_HasTheDefaults(string json)
    {
        Assert.True(CommandDefinition.TryParse(Encoding.UTF8.GetBytes(json), out var definition, out var problem), problem);

        Assert.Equal(["true"], definition.Command);
        Assert.Empty(definition.Environment);
        Assert.Equal("", definition.WorkingDirectory);
    }
}
