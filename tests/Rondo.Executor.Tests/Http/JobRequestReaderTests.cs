using System.Text;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

/// <summary>Jobs as JSON: what is right becomes a job, what is wrong is told with its place.</summary>
public sealed class JobRequestReaderTests
{
    [Fact]
    public void Command_WithEverything_BecomesTermsAndContent()
    {
        var request = Read(
            """
            {"command":["sh","-c","echo hi"],"env":{"LANG":"C"},"workingDirectory":"/tmp","stdin":"text ü","name":"n","group":"g",
             "priority":-3,"onExecutorLoss":"fail"}
            """
        );

        var terms = request.ToTerms();
        Assert.Equal(
            new JobTerms
            {
                Kind = JobKind.Command,
                Summary = "sh -c echo hi",
                Name = "n",
                Group = "g",
                Priority = -3,
                FailOnExecutorLoss = true,
            },
            terms
        );
        var content = request.ToContent();
        Assert.Equal(
            """{"command":["sh","-c","echo hi"],"env":{"LANG":"C"},"workingDirectory":"/tmp"}""",
            Encoding.UTF8.GetString(content.Definition.Span)
        );
        Assert.Equal("text ü", Encoding.UTF8.GetString(content.Input.Span));
    }

    [Fact]
    public void Handler_WithPayload_KeepsThePayloadByteForByte()
    {
        var request = Read("""{"handler":"resize","payload": { "a" : [1, 2.50] } , "onExecutorLoss":"rerun"}""");

        Assert.Equal(
            new JobTerms
            {
                Kind = JobKind.Handler,
                Handler = "resize",
                Summary = "resize",
            },
            request.ToTerms()
        );
        Assert.Equal("""{ "a" : [1, 2.50] }""", Encoding.UTF8.GetString(request.ToContent().Input.Span));
    }

    [Fact]
    public void Fields_NullOrTwice_CountAsAbsentOrTheLastTime()
    {
        var request = Read("""{"command":["a"],"command":["b"],"env":null,"name":null,"handler":null,"stdinBase64":"AAE="}""");

        Assert.Equal("b", request.ToTerms().Summary);
        Assert.Null(request.ToTerms().Name);
        Assert.Equal([0, 1], request.ToContent().Input.ToArray());
    }

    [Fact]
    public void LongCommand_Summary_IsCut()
    {
        var summary = Read($$"""{"command":["echo","{{new string('x', 500)}}"]}""").ToTerms().Summary;

        Assert.Equal(JobRequest.SummaryMaxLength, summary.Length);
        Assert.EndsWith("…", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("[]", "line 1, column 1: expected an object")]
    [InlineData("{}", "either \"command\"")]
    [InlineData("{\"command\":[\"a\"],\n  \"comand\":1}", "line 2, column 3: unknown field \"comand\"; the fields are command, env")]
    [InlineData(
        "{\"command\":\"ls\"}",
        "line 1, column 12: \"command\" has to be a list of strings such as [\"echo\",\"hi\"], got a string"
    )]
    [InlineData("{\"command\":[]}", "\"command\" has to name a program first")]
    [InlineData("{\"command\":[\"\"]}", "\"command\" has to name a program first")]
    [InlineData("{\"command\":[\"a\",7]}", "\"command[1]\" has to be a string, got a number")]
    [InlineData("{\"command\":[\"a\\u0000\"]}", "NUL")]
    [InlineData("{\"command\":[\"a\"],\"env\":{\"A=B\":\"\"}}", "cannot be the name of an environment variable")]
    [InlineData("{\"command\":[\"a\"],\"env\":{\"A\":1}}", "\"env.A\" has to be a string, got a number")]
    [InlineData("{\"command\":[\"a\"],\"env\":[]}", "got a list")]
    [InlineData("{\"command\":[\"a\"],\"priority\":1.5}", "whole number")]
    [InlineData("{\"command\":[\"a\"],\"priority\":\"1\"}", "\"priority\" has to be a whole number, got a string")]
    [InlineData("{\"command\":[\"a\"],\"onExecutorLoss\":\"retry\"}", "expected \"rerun\" or \"fail\"")]
    [InlineData("{\"command\":[\"a\"],\"stdinBase64\":\"?\"}", "not Base64")]
    [InlineData("{\"command\":[\"a\"],\"name\":\"\"}", "\"name\" is empty")]
    [InlineData("{\"command\":[\"a\"],\"handler\":\"b\"}", "exclude each other")]
    [InlineData("{\"command\":[\"a\"],\"payload\":1}", "\"payload\" goes with \"handler\"")]
    [InlineData("{\"handler\":\"a\",\"stdin\":\"\"}", "a handler takes \"payload\"")]
    [InlineData("{\"command\":[\"a\"]\n", "line 2, column 1: this is not JSON")]
    [InlineData("{\"command\":[\"a\"]} x", "line 1, column 19: this is not JSON")]
    [InlineData("{\"command\":[\"\\ud800\"]}", "this is not text")]
    public void Wrong_Request_IsRefusedWithPlaceAndReason(string json, string expected)
    {
        var problem = Assert.Throws<HttpProblem>(() => Read(json));

        Assert.Equal(400, problem.Status);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem.Message, StringComparison.Ordinal);
    }

    private static JobRequest Read(string json) => JobRequestReader.Read(Encoding.UTF8.GetBytes(json));
}
