import { t, won } from './language.js';

export function discountText({ type, value, maxDiscount }) {
  const off = type === 'PERCENT' ? t('coupon.percent', { value }) : t('coupon.fixed', { amount: won(value) });
  return maxDiscount === null ? off : `${off}, ${t('coupon.up-to', { amount: won(maxDiscount) })}`;
}

/** As the shop computes it, to show a total before it is asked; what the shop computes is what counts. */
export function discountFor(discount, items) {
  if (!discount) return 0;
  const off = discount.type === 'PERCENT' ? Math.floor(items * discount.value / 100) : discount.value;
  return Math.min(off, discount.maxDiscount ?? off, items);
}
