-- The wallet of an erased user: nothing is charged to it or ordered from it. Refunds still come back to it.
alter table wallet.wallets add column closed_at timestamptz;
