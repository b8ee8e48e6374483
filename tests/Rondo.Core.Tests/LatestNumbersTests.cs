namespace Rondo.Core.Tests;

/// <summary>What is remembered of jobs that are here no more, and for how long.</summary>
public sealed class LatestNumbersTests
{
    private readonly LatestNumbers _numbers = new();

    [Fact]
    public void Job_ThatWasNoted_IsKnownUnderItsNumberAndThoseBelow()
    {
        _numbers.Note(Id(1), new TransferNumber(3));
        _numbers.Note(Id(1), new TransferNumber(5));

        Assert.True(_numbers.Reaches(Id(1), new TransferNumber(5)));
        Assert.True(_numbers.Reaches(Id(1), new TransferNumber(4)));
        Assert.False(_numbers.Reaches(Id(1), new TransferNumber(6)));
        Assert.False(_numbers.Reaches(Id(2), new TransferNumber(0)));
        Assert.True(_numbers.Contains(Id(1)));
        Assert.False(_numbers.Contains(Id(2)));
    }

    [Fact]
    public void Jobs_BeyondThoseThatAreRemembered_AreForgottenInTheOrderInWhichTheyCame()
    {
        for (var number = 1; number <= LatestNumbers.Remembered; number++)
        {
            _numbers.Note(Id(number), new TransferNumber(1));
        }

        // One that is noted again takes no other one's place.
        _numbers.Note(Id(2), new TransferNumber(9));
        Assert.True(_numbers.Reaches(Id(1), new TransferNumber(1)));

        _numbers.Note(Id(LatestNumbers.Remembered + 1), new TransferNumber(1));
        Assert.False(_numbers.Contains(Id(1)));
        Assert.True(_numbers.Reaches(Id(2), new TransferNumber(9)));

        _numbers.Note(Id(LatestNumbers.Remembered + 2), new TransferNumber(1));
        Assert.False(_numbers.Contains(Id(2)));
        Assert.True(_numbers.Contains(Id(3)));
    }

    private static JobId Id(int number) => new(ExecutorId.Parse("a1"), number);
}
