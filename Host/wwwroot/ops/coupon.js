import { discountText } from '../js/discount.js';
import { h } from '../js/dom.js';
import { t, time, won } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { codesPanel } from './codes.js';
import { newCoupon } from './coupon-form.js';
import { issuedOf } from './coupons.js';
import { editor } from './editor.js';
import { grantsPanel } from './grants.js';
import { moment, statusBadge, text, whole } from './inputs.js';
import { api } from './store.js';

/** `#/coupons/new` or `#/coupons/7`. */
export async function couponView({ id, signal, again }) {
  if (id === 'new') return newCoupon(signal);
  const tagged = await api.tagged(`/coupons/${id}`, signal);
  const coupon = tagged.body;
  const codes = ['ANY', 'CODE'].includes(coupon.issuance) ? await codesPanel(coupon, signal) : undefined;
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/coupons' }, t('ops.coupons')),
    h('div', { class: 'heading' },
      h('div', {}, h('h1', { tabindex: -1 }, coupon.name), h('p', { class: 'hint' }, `#${id}`)),
      h('div', { class: 'actions' }, statusBadge(coupon.status, (status) => t(`coupons.${status}`)),
        endIssuing(tagged, again), toggle(tagged, again))),
    h('div', { class: 'columns' },
      h('div', { class: 'part' }, factsOf(coupon), codes, grantsPanel(coupon, again)),
      changeForm(tagged, again)));
}

function factsOf(coupon) {
  const facts = [
    ['admin.discount', discountText(coupon.discount)],
    coupon.minimumOrderAmount !== null && ['coupons.minimum', won(coupon.minimumOrderAmount)],
    ['admin.issued', issuedOf(coupon)],
    ['coupons.issuance', t(`issuance.${coupon.issuance}`)],
    ['coupons.issue-window', `${time(coupon.issueFrom)} – ${time(coupon.issueUntil)}`],
    ['coupons.valid-window', `${time(coupon.validFrom)} – ${time(coupon.validUntil)}`],
    ['coupons.scope', scopeOf(coupon.scope)],
  ];
  return h('section', { class: 'panel' }, h('h2', {}, t('ops.about')), h('dl', { class: 'facts' },
    facts.filter(Boolean).map(([term, value]) => [h('dt', {}, t(term)), h('dd', {}, value)])));
}

function scopeOf(scope) {
  if (scope === null) return t('coupons.everything');
  const { productIds, categoryIds } = scope;
  return [
    productIds && t('coupons.some-products', { ids: productIds.join(', ') }),
    categoryIds && t('coupons.some-categories', { ids: categoryIds.join(', ') }),
  ].filter(Boolean).join(' · ');
}

const changeForm = (tagged, again) => editor({
  get: `/coupons/${tagged.body.couponId}`,
  patch: `/admin/coupons/${tagged.body.couponId}`,
  tagged,
  title: t('admin.edit'),
  inputs: {
    name: { ...text({ required: true, maxlength: 200 }), label: t('name') },
    quantity: { ...whole({ required: true, min: Math.max(1, tagged.body.issued), max: 10_000_000 }),
      label: t('admin.quantity'), hint: t('coupons.quantity-hint') },
    issueUntil: { ...moment({ required: true }), label: t('admin.issue-until') },
    validUntil: { ...moment({ required: true }), label: t('admin.valid-until'), hint: t('coupons.valid-hint') },
  },
  layout: (fields) => [fields.name, fields.quantity, fields.issueUntil, fields.validUntil],
  saved: async ({ name }) => {
    say(t('admin.saved', { name }));
    await again();
  },
});

/** Ends the window now, by the shop's clock. */
function endIssuing({ body: { couponId, name, issueUntil }, at }, again) {
  if (new Date(issueUntil) <= at) return h('span', { class: 'hint' }, t('admin.coupon-ended'));
  const button = h('button', { class: 'secondary', type: 'button', 'aria-label': t('admin.stop-named', { name }),
    onclick: () => doing(button, async () => {
      if (await ask(t('admin.stop-named', { name }), undefined, { confirm: t('admin.stop') }) === undefined) return;
      const now = await api.tagged(`/coupons/${couponId}`);
      await api.patch(`/admin/coupons/${couponId}`, { issueUntil: now.at.toISOString() }, now.tag);
      say(t('admin.stopped', { name }));
      await again();
    }) }, t('admin.stop'));
  return button;
}

/** Stops a coupon with those that are held, or takes that back. */
function toggle({ body: { couponId, name, status }, tag }, again) {
  const isActive = status === 'ACTIVE';
  const text = t(isActive ? 'coupons.stop' : 'coupons.start');
  const button = h('button', { class: 'secondary', type: 'button', onclick: () => doing(button, async () => {
    const [question, detail] = [t('coupons.stop-question', { name }), t('coupons.stop-detail')];
    if (isActive && await ask(question, detail, { confirm: text }) === undefined) return;
    try {
      await api.patch(`/admin/coupons/${couponId}`, { status: isActive ? 'STOPPED' : 'ACTIVE' }, tag);
      say(t(isActive ? 'coupons.was-stopped' : 'coupons.was-started', { name }));
    } finally {
      await again();
    }
  }) }, text);
  return button;
}
