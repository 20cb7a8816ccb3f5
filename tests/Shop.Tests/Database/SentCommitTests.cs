using System.Net.Sockets;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.Tests.Database;

public sealed class SentCommitTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_wait_that_ends_while_the_answer_comes_has_the_answer_or_a_doubt()
    {
        for (var race = 0; race < 5_000; race++)
        {
            using var leaving = new CancellationTokenSource();
            using var both = new Barrier(2);
            var sent = new TaskCompletionSource();
            var waiting = SentCommit.WaitAsync(sent.Task, Long, leaving.Token);
            var left = Task.Run(() =>
            {
                both.SignalAndWait();
                leaving.Cancel();
            });
            both.SignalAndWait();
            sent.SetResult();

            var error = await Record.ExceptionAsync(() => waiting);
            await left;
            Assert.True(error is null or CommitUnknownException { Doubt: CommitDoubt.CallerLeft }, $"{error}");
        }
    }

    [Fact]
    public async Task An_answer_that_is_there_counts_though_the_caller_has_left()
    {
        await SentCommit.WaitAsync(Task.CompletedTask, Long, new CancellationToken(canceled: true));
        var problem = new PostgresException("deferred", "ERROR", "ERROR", PostgresErrorCodes.CheckViolation);
        Assert.Same(problem, await ErrorOfAsync(problem));
    }

    [Fact]
    public async Task What_PostgreSQL_has_not_refused_is_not_known()
    {
        var ending = new PostgresException("bye", "FATAL", "FATAL", PostgresErrorCodes.AdminShutdown);
        foreach (var lost in (Exception[])[ending, new IOException(), new NpgsqlException("", new SocketException())])
        {
            var unknown = Assert.IsType<CommitUnknownException>(await ErrorOfAsync(lost));
            Assert.Equal((CommitDoubt.ConnectionLost, lost), (unknown.Doubt, unknown.InnerException));
        }

        var unanswered = await Assert.ThrowsAsync<CommitUnknownException>(() =>
            SentCommit.WaitAsync(new TaskCompletionSource().Task, TimeSpan.Zero, CancellationToken.None));
        Assert.Equal(CommitDoubt.TimedOut, unanswered.Doubt);
    }

    private static Task<Exception?> ErrorOfAsync(Exception sent) => Record.ExceptionAsync(
        () => SentCommit.WaitAsync(Task.FromException(sent), Long, new CancellationToken(canceled: true)));
}
