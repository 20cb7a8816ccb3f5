using Shop.Coupons.Campaigns;
using Shop.Coupons.IssuedCoupons;
using Xunit;

namespace Shop.Tests.Coupons;

public sealed class CouponStateTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = From.AddDays(1);
    private static readonly DateTimeOffset Open = From.AddHours(1);

    [Fact]
    public void Nothing_stands_between_a_user_and_a_coupon_whose_window_is_open() =>
        Assert.Null(State().Check(Issuance.Direct, Open));

    [Fact]
    public void The_window_holds_its_first_moment_and_not_its_last()
    {
        var tick = TimeSpan.FromMicroseconds(1);
        Assert.Equal("coupons.issue_not_started", State().Check(Issuance.Direct, From - tick)?.Code);
        Assert.Null(State().Check(Issuance.Direct, From));
        Assert.Null(State().Check(Issuance.Direct, Until - tick));
        Assert.Equal("coupons.issue_ended", State().Check(Issuance.Direct, Until)?.Code);
    }

    [Fact]
    public void The_window_wins_over_already_issued_then_already_requested_then_sold_out()
    {
        var all = State(soldOut: true, alreadyIssued: true, alreadyRequested: true);
        Assert.Equal("coupons.issue_not_started", all.Check(Issuance.Direct, From.AddSeconds(-1))?.Code);
        Assert.Equal("coupons.issue_ended", all.Check(Issuance.Direct, Until.AddSeconds(1))?.Code);
        Assert.Equal("coupons.already_issued", all.Check(Issuance.Direct, Open)?.Code);
        var waiting = State(soldOut: true, alreadyRequested: true);
        Assert.Equal("coupons.already_requested", waiting.Check(Issuance.Direct, Open)?.Code);
        Assert.Equal("coupons.sold_out", State(soldOut: true).Check(Issuance.Direct, Open)?.Code);
    }

    [Fact]
    public void Stopped_wins_over_the_other_way_and_both_over_the_window()
    {
        var stopped = State(soldOut: true) with { Status = "STOPPED", Issuance = "GRANT" };
        Assert.Equal("coupons.stopped", stopped.Check(Issuance.Direct, Until)?.Code);
        var other = stopped with { Status = "ACTIVE" };
        Assert.Equal("coupons.other_issuance", other.Check(Issuance.Direct, Until)?.Code);
        Assert.Equal("coupons.issue_ended", other.Check(Issuance.Grant, Until)?.Code);
    }

    [Fact]
    public void Every_refusal_is_a_conflict()
    {
        CouponState[] states = [State(soldOut: true), State(alreadyIssued: true), State(alreadyRequested: true)];
        foreach (var state in states)
            Assert.Equal(409, state.Check(Issuance.Direct, Open)?.Status);
        Assert.Equal(409, State().Check(Issuance.Direct, Until)?.Status);
    }

    private static CouponState State(bool soldOut = false, bool alreadyIssued = false, bool alreadyRequested = false) =>
        new("ACTIVE", "ANY", From, Until, soldOut, alreadyIssued, alreadyRequested ? Guid.NewGuid() : null);
}
