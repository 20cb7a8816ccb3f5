-- Who asked for a confirm whose answer is not known yet: its activity, which the settling transaction writes. Null for
-- a customer's own. It has no address.
alter table wallet.top_ups add column asked_by text;
