import { now } from './shop-clock.js';

/** A product is for sale, will be (`UPCOMING`), or is not (`STOPPED`): by its status and its window. */
export function saleOf({ status, sellFrom = null, sellUntil = null }) {
  if (status === 'STOPPED' || (sellUntil !== null && Date.parse(sellUntil) <= now())) return 'STOPPED';
  return sellFrom !== null && Date.parse(sellFrom) > now() ? 'UPCOMING' : 'SELLING';
}
