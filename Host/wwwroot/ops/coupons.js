import { discountText } from '../js/discount.js';
import { h } from '../js/dom.js';
import { number, t, time } from '../js/language.js';
import { statusBadge } from './inputs.js';
import { list } from './list.js';
import { intents } from './store.js';

const columns = ['name', 'admin.discount', 'admin.issued#', 'admin.issue-until', 'coupons.issuance', 'admin.status'];

export async function couponsView({ signal }) {
  const coupons = list({ name: t('ops.coupons'), columns, cells, signal, none: 'coupons.nothing',
    path: () => '/admin/coupons' });
  await coupons.fill();
  intents.addEventListener('outcome', coupons.fill, { signal });
  return h('div', { class: 'page' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('ops.coupons')),
      h('a', { class: 'button', href: '#/coupons/new' }, t('admin.new-coupon'))),
    coupons.element);
}

const cells = (coupon) => [
  [h('a', { href: `#/coupons/${coupon.couponId}` }, coupon.name), ' ',
    h('span', { class: 'hint' }, `#${coupon.couponId}`)],
  discountText(coupon.discount),
  issuedOf(coupon),
  time(coupon.issueUntil),
  t(`issuance.${coupon.issuance}`),
  statusBadge(coupon.status, (status) => t(`coupons.${status}`)),
];

/** How many of a coupon have been issued, as text and for the eye. */
export const issuedOf = ({ issued, quantity }) => [
  `${number(issued)} / ${number(quantity)}`,
  h('progress', { max: quantity, value: issued, 'aria-hidden': 'true' }),
];
