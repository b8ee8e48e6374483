using System.IO.Pipelines;
using System.Text;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

/// <summary>Lines of bounded length out of a stream.</summary>
public sealed class LineReaderTests
{
    [Fact]
    public async Task Lines_WithAndWithoutLastNewLine_AreReadAndTheTooLongMarked()
    {
        var text = "one\n\n" + new string('x', 20_000) + "\ntwo\r\nlast";
        var lines = new LineReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), lineMaxBytes: 10);
        var read = new List<string>();
        while (await lines.ReadAsync(TestContext.Current.CancellationToken) is { } line)
        {
            read.Add(line.IsTooLong ? "too long" : line.IsBlank ? "blank" : Encoding.UTF8.GetString(line.Bytes.Span));
        }

        Assert.Equal(["one", "blank", "too long", "two\r", "last"], read);
    }
}
