import { discountText } from '../discount.js';
import { h } from '../dom.js';
import { number, t, time, won } from '../language.js';
import * as line from '../line.js';
import { doing, say, sayProblem } from '../notice.js';
import { api, mine, session } from '../store.js';

const pageSize = 50;

export async function couponsView({ signal }) {
  const offer = h('ul', { class: 'coupons' });
  const held = h('ul', { class: 'coupons' });

  async function load() {
    const [onOffer, own] = await Promise.all([
      api.get(`/coupons?limit=${pageSize}`, signal),
      session.signedIn ? api.get(mine(`/coupons?limit=${pageSize}`), signal) : { items: [] },
    ]);
    const had = new Set(own.items.map((coupon) => coupon.couponId));
    offer.replaceChildren(...orNone(onOffer.items.map((coupon) => offered(coupon, had.has(coupon.couponId), load)), 'coupons.none'));
    held.replaceChildren(...orNone(own.items.map(heldCoupon), 'coupons.mine-none'));
  }

  await load();
  line.changes.addEventListener('settled', () => load().catch(sayProblem), { signal });
  return h('div', { class: 'page' },
    h('h1', { tabindex: -1 }, t('coupons')),
    h('section', { 'aria-labelledby': 'offer' }, h('h2', { id: 'offer' }, t('coupons.offer')), offer),
    session.signedIn && h('section', { 'aria-labelledby': 'mine' }, h('h2', { id: 'mine' }, t('coupons.mine')), held));
}

function about(coupon) {
  const terms = [
    coupon.minimumOrderAmount !== null && t('coupon.minimum', { amount: won(coupon.minimumOrderAmount) }),
    t('coupon.until', { time: time(coupon.validUntil) }),
  ];
  return [h('h3', {}, coupon.name), h('p', { class: 'off' }, discountText(coupon.discount)), h('p', { class: 'hint' }, terms.filter(Boolean).join(' · '))];
}

function offered(coupon, had, reload) {
  const { couponId, name, quantity, remaining } = coupon;
  const body = { userId: session.user?.userId };
  const get = h('button', { type: 'button', 'aria-label': t('coupon.get-named', { name }), onclick: () => signedIn() && doing(get, async () => {
    try {
      await api.post(`/coupons/${couponId}/issue`, body);
      say(t('coupon.got', { name }));
    } finally {
      await reload();
    }
  }) }, t('coupon.get'));
  const queue = h('button', { class: 'secondary', type: 'button', 'aria-label': t('coupon.queue-named', { name }), onclick: () => signedIn() && doing(queue, async () => {
    try {
      line.watch(await api.post(`/coupons/${couponId}/requests`, body), name);
    } catch (problem) {
      // Already in line, from another tab or before this one was closed: go on with that place.
      const requestId = problem.members?.requestId;
      if (!requestId) throw problem;
      line.watch({ ...body, couponId, requestId }, name);
    } finally {
      await reload();
    }
  }) }, t('coupon.queue'));
  return h('li', { class: 'coupon' }, about(coupon),
    h('p', {}, remaining > 0 ? t('coupon.remaining', { quantity: number(quantity), remaining: number(remaining) }) : t('coupon.sold-out')),
    h('progress', { max: quantity, value: quantity - remaining, 'aria-hidden': 'true' }),
    had && h('p', { class: 'badge' }, t('problem.coupons.already_issued')),
    line.standsFor(couponId) && h('p', { class: 'badge created' }, t('coupon.in-line')),
    remaining > 0 && !had && !line.standsFor(couponId) && h('div', { class: 'actions' }, get, queue));
}

const heldCoupon = (coupon) => h('li', { class: `coupon ${coupon.status.toLowerCase()}` }, about(coupon), h('p', { class: 'badge' }, t(`coupon.${coupon.status}`)));

const orNone = (items, text) => items.length > 0 ? items : [h('li', { class: 'empty' }, t(text))];

function signedIn() {
  if (session.signedIn) return true;
  say(t('sign-in.first'));
  location.hash = '#/sign-in?then=/coupons';
  return false;
}
