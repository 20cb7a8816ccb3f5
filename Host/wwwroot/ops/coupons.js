import { discountText } from '../js/discount.js';
import { field, h } from '../js/dom.js';
import { number, t, time } from '../js/language.js';
import { ask, doing, form, say } from '../js/notice.js';
import { part } from '../js/part.js';
import { api, intents, pageOf } from './store.js';

const day = 86_400_000;

export async function couponsView({ signal, again }) {
  const rows = h('tbody', {});
  const more = h(
    'button',
    { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) },
    t('more'),
  );

  async function load(cursor) {
    const { items, nextCursor } = await api.get(pageOf('/admin/coupons', cursor), signal);
    if (!cursor) rows.replaceChildren();
    rows.append(...items.map((coupon) => rowOf(coupon, again)));
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  const table = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('ops.coupons') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, t('name')),
          h('th', { scope: 'col' }, t('admin.discount')),
          h('th', { scope: 'col', class: 'number' }, t('admin.issued')),
          h('th', { scope: 'col' }, t('admin.issue-until')),
          h('td', {}),
        ),
      ),
      rows,
    ),
  );
  const coupons = part(t('ops.coupons'), async () => {
    await load();
    return [table, more];
  });
  await coupons.fill();
  intents.addEventListener('outcome', coupons.fill, { signal });
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('ops.coupons')),
    h('div', { class: 'columns' }, coupons.element, newCoupon(again)),
  );
}

function rowOf(coupon, again) {
  const { couponId, name } = coupon;
  const stop = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      'aria-label': t('admin.stop-named', { name }),
      onclick: () =>
        doing(stop, async () => {
          if ((await ask(t('admin.stop-named', { name }), undefined, { confirm: t('admin.stop') })) === undefined)
            return;
          await api.patch(`/admin/coupons/${couponId}`, { issueUntil: new Date().toISOString() });
          say(t('admin.stopped', { name }));
          await again();
        }),
    },
    t('admin.stop'),
  );
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, `${name} `, h('span', { class: 'hint' }, `#${couponId}`)),
    h('td', {}, discountText(coupon.discount)),
    h(
      'td',
      { class: 'number' },
      `${number(coupon.issued)} / ${number(coupon.quantity)}`,
      h('progress', { max: coupon.quantity, value: coupon.issued, 'aria-hidden': 'true' }),
    ),
    h('td', {}, time(coupon.issueUntil)),
    h(
      'td',
      {},
      new Date(coupon.issueUntil) > new Date() ? stop : h('span', { class: 'hint' }, t('admin.coupon-ended')),
    ),
  );
}

function newCoupon(again) {
  const whole = (attributes) => h('input', { type: 'number', min: 1, step: 1, ...attributes });
  const moment = (value) => h('input', { type: 'datetime-local', required: true, value: localText(value) });
  const name = h('input', { required: true, maxlength: 200 });
  const type = h(
    'select',
    {},
    ['FIXED', 'PERCENT'].map((value) => h('option', { value }, t(`admin.${value}`))),
  );
  const value = whole({ required: true });
  const maxDiscount = whole({});
  const minimumOrderAmount = whole({});
  const quantity = whole({ required: true, max: 10_000_000 });
  const issueFrom = moment(Date.now());
  const issueUntil = moment(Date.now() + 7 * day);
  const validUntil = moment(Date.now() + 30 * day);
  const submit = h('button', {}, t('admin.create'));
  const optional = (input) => (input.value === '' ? null : input.valueAsNumber);
  const instant = (input) => new Date(input.value).toISOString();

  const fields = {
    name,
    'discount.type': type,
    'discount.value': value,
    'discount.maxDiscount': maxDiscount,
    minimumOrderAmount,
    quantity,
    issueFrom,
    issueUntil,
    validUntil,
  };
  const create = form(
    fields,
    submit,
    async () => {
      await intents.act('campaign', { name: name.value }, '/admin/coupons', {
        name: name.value,
        discount: { type: type.value, value: value.valueAsNumber, maxDiscount: optional(maxDiscount) },
        minimumOrderAmount: optional(minimumOrderAmount),
        quantity: quantity.valueAsNumber,
        issueFrom: instant(issueFrom),
        issueUntil: instant(issueUntil),
        validUntil: instant(validUntil),
      });
      say(t('admin.created', { name: name.value }));
      await again();
    },
    { class: 'panel' },
  );
  create.append(
    h('h2', {}, t('admin.new-coupon')),
    field(t('name'), name),
    h('div', { class: 'pair' }, field(t('admin.discount'), type), field(t('admin.value'), value)),
    field(t('admin.max-discount'), maxDiscount),
    field(t('admin.minimum'), minimumOrderAmount),
    field(t('admin.quantity'), quantity),
    field(t('admin.issue-from'), issueFrom),
    field(t('admin.issue-until'), issueUntil),
    field(t('admin.valid-until'), validUntil),
    submit,
  );
  return create;
}

// What the control wants: local time without a zone.
const localText = (instant) =>
  new Date(instant - new Date(instant).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
