import { discountText } from '../discount.js';
import { h, updateChildren } from '../dom.js';
import { number, t, time, won } from '../language.js';
import * as line from '../line.js';
import { doing, say } from '../notice.js';
import { part } from '../part.js';
import { api, intents, mine, session } from '../store.js';

const pageSize = 50;

export async function couponsView({ signal }) {
  const offer = h('ul', { class: 'coupons' });
  const held = h('ul', { class: 'coupons' });
  let loadingOwn;

  // In place: a place in a line that comes to its end takes nobody's focus.
  const onOffer = part(t('coupons.offer'), async () => {
    const [{ items }, own] = await Promise.all([
      api.get(`/coupons?limit=${pageSize}`, signal),
      // Which of them somebody has already is told where it is known.
      loadingOwn.catch(() => []),
    ]);
    const had = new Set(own.map((coupon) => coupon.couponId));
    const cards = items.map((coupon) => offered(coupon, had.has(coupon.couponId), load));
    updateChildren(offer, ...orNone(cards, 'coupons.none'));
    return offer;
  });
  const mineHeld = part(t('coupons.mine'), async () => {
    loadingOwn = own();
    updateChildren(held, ...orNone((await loadingOwn).map(heldCoupon), 'coupons.mine-none'));
    return held;
  });

  const load = () => Promise.all([mineHeld.fill(), onOffer.fill()]);
  const own = async () => (session.signedIn ? (await api.get(mine(`/coupons?limit=${pageSize}`), signal)).items : []);

  await load();
  line.changes.addEventListener('settled', load, { signal });
  intents.addEventListener('outcome', load, { signal });
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('coupons')),
    h('section', { 'aria-labelledby': 'offer' }, h('h2', { id: 'offer' }, t('coupons.offer')), onOffer.element),
    session.signedIn &&
      h('section', { 'aria-labelledby': 'mine' }, h('h2', { id: 'mine' }, t('coupons.mine')), mineHeld.element),
  );
}

function about(coupon) {
  const terms = [
    coupon.minimumOrderAmount !== null && t('coupon.minimum', { amount: won(coupon.minimumOrderAmount) }),
    t('coupon.until', { time: time(coupon.validUntil) }),
  ];
  return [
    h('h3', {}, coupon.name),
    h('p', { class: 'off' }, discountText(coupon.discount)),
    h('p', { class: 'hint' }, terms.filter(Boolean).join(' · ')),
  ];
}

function offered(coupon, had, reload) {
  const { couponId, name, quantity, remaining } = coupon;
  const body = { userId: session.user?.userId };
  const get = h(
    'button',
    {
      type: 'button',
      'aria-label': t('coupon.get-named', { name }),
      onclick: () =>
        signedIn() &&
        doing(get, async () => {
          try {
            await intents.act('coupon', { name }, `/coupons/${couponId}/issue`, body);
            say(t('coupon.got', { name }));
          } finally {
            await reload();
          }
        }),
    },
    t('coupon.get'),
  );
  const queue = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      'aria-label': t('coupon.queue-named', { name }),
      onclick: () =>
        signedIn() &&
        doing(queue, async () => {
          try {
            const { answer } = await intents.act('line', { name }, `/coupons/${couponId}/requests`, body);
            line.watch(answer, name);
          } catch (problem) {
            // Already in line, from another tab or before this one was closed: go on with that place.
            const requestId = problem.members?.requestId;
            if (!requestId) throw problem;
            line.watch({ ...body, couponId, requestId }, name);
          } finally {
            await reload();
          }
        }),
    },
    t('coupon.queue'),
  );
  return h(
    'li',
    { class: 'coupon', 'data-key': `offer/${couponId}` },
    about(coupon),
    h(
      'p',
      {},
      remaining > 0
        ? t('coupon.remaining', { quantity: number(quantity), remaining: number(remaining) })
        : t('coupon.sold-out'),
    ),
    h('progress', { max: quantity, value: quantity - remaining, 'aria-hidden': 'true' }),
    had && h('p', { class: 'badge' }, t('problem.coupons.already_issued')),
    line.standsFor(couponId) && h('p', { class: 'badge created' }, t('coupon.in-line')),
    remaining > 0 && !had && !line.standsFor(couponId) && h('div', { class: 'actions' }, get, queue),
  );
}

const heldCoupon = (coupon) =>
  h(
    'li',
    { class: `coupon ${coupon.status.toLowerCase()}`, 'data-key': `held/${coupon.userCouponId}` },
    about(coupon),
    h('p', { class: 'badge' }, t(`coupon.${coupon.status}`)),
  );

const orNone = (items, text) => (items.length > 0 ? items : [h('li', { class: 'empty' }, t(text))]);

function signedIn() {
  if (session.signedIn) return true;
  say(t('sign-in.first'));
  location.hash = '#/sign-in?then=/coupons';
  return false;
}
