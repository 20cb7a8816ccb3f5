using Microsoft.AspNetCore.DataProtection;

namespace Shop.Identity.Keys;

/// <summary>
/// Makes the first key where there is none, under the migration lock: hosts that start together would otherwise each
/// make one and refuse each other's tokens. Later keys are announced two days ahead, so those need no lock.
/// </summary>
internal sealed class FirstKey(IDataProtectionProvider protection) : IStartupStep
{
    public Task RunAsync(CancellationToken ct)
    {
        // Protecting anything loads the keys, and makes one if need be.
        protection.CreateProtector("Shop.FirstKey").Protect([]);
        return Task.CompletedTask;
    }
}
