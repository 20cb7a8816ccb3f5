import { discountText } from '../discount.js';
import { h } from '../dom.js';
import { named, t, time, won } from '../language.js';

/** A coupon's name, discount and terms. */
export function terms(coupon) {
  const parts = [
    coupon.minimumOrderAmount !== null && t('coupon.minimum', { amount: won(coupon.minimumOrderAmount) }),
    coupon.scope && t('coupon.scoped'),
    t('coupon.until', { time: time(coupon.validUntil) }),
  ];
  return [
    h('h3', {}, named(coupon.name)),
    h('p', { class: 'off' }, discountText(coupon.discount)),
    h('p', { class: 'hint' }, parts.filter(Boolean).join(' · ')),
  ];
}
