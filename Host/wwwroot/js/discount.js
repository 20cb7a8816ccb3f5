import { t, won } from './language.js';

export function discountText({ type, value, maxDiscount }) {
  const off = type === 'PERCENT' ? t('coupon.percent', { value }) : t('coupon.fixed', { amount: won(value) });
  return maxDiscount === null ? off : `${off}, ${t('coupon.up-to', { amount: won(maxDiscount) })}`;
}
