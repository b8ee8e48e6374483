using System.Buffers;
using System.CommandLine;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary><c>--stdin FILE</c>: what the job reads from its standard input.</summary>
internal sealed class StdinOption
{
    /// <summary>So much of it is read at once, and sent with many jobs in one request. What is larger is read as it is sent.</summary>
    private const int SmallMaxBytes = 1 << 20;

    private readonly Option<string?> _option = OptionKinds.Text(
        "--stdin",
        "FILE",
        "The command's standard input, read from FILE; - for this command's own"
    );

    public void AddTo(Command command) => command.Options.Add(_option);

    public bool IsGiven(ParseResult parse) => parse.GetValue(_option) is not null;

    /// <summary>The job with its standard input.</summary>
    /// <param name="isWhole">True for an input that has to be there as a whole.</param>
    public async Task<JobRequest> GiveAsync(JobRequest job, Session session, ParseResult parse, bool isWhole = false)
    {
        if (parse.GetValue(_option) is not { } path)
        {
            return job;
        }

        if (path != "-")
        {
            await using var file = NamedFile.OpenRead("--stdin", path);
            return !isWhole && IsLargeFile(file)
                ? job with
                {
                    OpenStdin = () => new UploadedFile(File.OpenRead(path), session),
                }
                : await ReadAsync(job, file, isWhole, session.Interrupted);
        }

        return !isWhole && session.Surroundings.InputFile() is { } own && IsLargeFile(own)
            ? job with
            {
                OpenStdin = Again(own, session),
            }
            : await ReadAsync(job, session.Surroundings.Input, isWhole, session.Interrupted);
    }

    private static bool IsLargeFile(FileStream file) => file.CanSeek && file.Length - file.Position > SmallMaxBytes;

    private static Func<Stream> Again(FileStream file, Session session)
    {
        var start = file.Position;
        return () =>
            new UploadedFile(
                new FileStream(
                    new SafeFileHandle(file.SafeFileHandle.DangerousGetHandle(), ownsHandle: false),
                    FileAccess.Read,
                    bufferSize: 0
                )
                {
                    Position = start,
                },
                session
            );
    }

    /// <summary>What can be read but once is in memory once, in the blocks that it came in.</summary>
    private static async Task<JobRequest> ReadAsync(JobRequest job, Stream input, bool isWhole, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: SmallMaxBytes, leaveOpen: true));
        ReadResult read;
        while (!(read = await reader.ReadAsync(cancellationToken)).IsCompleted)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        var blocks = read.Buffer;
        return isWhole || blocks.Length <= SmallMaxBytes
            ? job with
            {
                StdinBytes = blocks.ToArray(),
            }
            : job with
            {
                OpenStdin = () => PipeReader.Create(blocks).AsStream(),
            };
    }
}
