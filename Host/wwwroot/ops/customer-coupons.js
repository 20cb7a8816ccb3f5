import { discountText } from '../js/discount.js';
import { h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { statusBadge } from './inputs.js';
import { list } from './list.js';
import { intents, may } from './store.js';

export function couponsPart({ userId }, signal) {
  const coupons = list({ name: t('ops.coupons'), signal, none: 'customers.no-coupons',
    columns: ['name', 'admin.discount', 'admin.status', 'admin.valid-until', 'list.actions'],
    cells: (coupon) => [
      coupon.name, discountText(coupon.discount), statusBadge(coupon.status, (status) => t(`coupon.${status}`)),
      time(coupon.validUntil),
      may('coupons:write') && coupon.status === 'AVAILABLE' ? revoke(coupon, coupons.fill) : '',
    ],
    path: () => `/users/${userId}/coupons` });
  return { key: 'coupons', ...coupons };
}

function revoke({ userCouponId, name }, done) {
  const button = h('button', { class: 'secondary', type: 'button', 'aria-label': t('customers.revoke-named', { name }),
    onclick: () => doing(button, async () => {
      const reason = await ask(t('customers.revoke-named', { name }), t('customers.revoke-detail'),
        { reason: t('admin.reason'), required: true, confirm: t('customers.revoke') });
      if (!reason) return;
      try {
        await intents.act('revocation', { name }, `/admin/user-coupons/${userCouponId}/revocation`, { reason });
        say(t('customers.revoked', { name }));
      } finally {
        await done();
      }
    }) }, t('customers.revoke'));
  return button;
}
