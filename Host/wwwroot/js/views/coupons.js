import { field, h, icon } from '../dom.js';
import { form } from '../form.js';
import { named, number, t } from '../language.js';
import * as line from '../line.js';
import { nothing } from '../empty-state.js';
import { doing, say } from '../notice.js';
import { paged } from '../paged.js';
import { part } from '../part.js';
import { api, intents, mine, session } from '../store.js';
import { terms } from './coupon-terms.js';

const pageSize = 50;

export async function couponsView({ signal }) {
  const offer = h('ul', { class: 'coupons' });
  const held = h('ul', { class: 'coupons' });
  const had = new Set();
  let loadingOwn = Promise.resolve();

  const own = paged(held, {
    name: 'held',
    size: pageSize,
    each: heldCoupon,
    none: () => nothing('coupons', t('coupons.mine-none'), undefined, 'li'),
    get: async (parameters) => {
      const page = await api.get(mine(`/coupons?${parameters}`), signal);
      for (const { couponId } of page.items) had.add(couponId);
      return page;
    },
  });
  const offers = paged(offer, {
    name: 'offers',
    size: pageSize,
    none: () => nothing('coupons', t('coupons.none'), undefined, 'li'),
    get: (parameters) => api.get(`/coupons?${parameters}`, signal),
    each: (coupon) => offered(coupon, had.has(coupon.couponId), load),
  });

  const onOffer = part(t('coupons.offer'), async () => {
    // An offer shows that the visitor has the coupon once their own coupons are loaded.
    await loadingOwn.catch(() => undefined);
    await offers.load();
    return [offer, offers.more];
  });
  const mineHeld = part(t('coupons.mine'), async () => {
    loadingOwn = own.load();
    await loadingOwn;
    return [held, own.more];
  });

  const load = () => Promise.all([session.signedIn && mineHeld.fill(), onOffer.fill()]);
  await load();
  line.changes.addEventListener('settled', load, { signal });
  intents.addEventListener('outcome', load, { signal });
  return h(
    'div',
    { class: 'page' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('coupons')), session.signedIn && redeemForm(load)),
    h(
      'section',
      { 'aria-labelledby': 'offer' },
      h('h2', { id: 'offer' }, t('coupons.offer')),
      h('p', { class: 'hint' }, t('coupons.doors')),
      onOffer.element,
    ),
    session.signedIn &&
      h('section', { 'aria-labelledby': 'mine' }, h('h2', { id: 'mine' }, t('coupons.mine')), mineHeld.element),
  );
}

function redeemForm(reload) {
  const code = h('input', {
    required: true,
    minlength: 4,
    maxlength: 64,
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
  });
  const submit = h('button', { class: 'secondary' }, t('coupon.redeem'));
  const redeem = form(
    { code },
    submit,
    async () => {
      const wanted = { userId: session.user.userId, code: code.value };
      const { answer } = await intents.act('code', { code: code.value }, '/coupon-codes/redeem', wanted);
      code.value = '';
      say(t('coupon.got', { name: named(answer.name) }));
      await reload();
    },
    { class: 'redeem' },
  );
  redeem.append(field(t('coupon.code'), code), submit);
  return redeem;
}

function offered(coupon, had, reload) {
  const { couponId, quantity, remaining } = coupon;
  const name = named(coupon.name);
  const isInLine = line.standsFor(couponId);
  const body = { userId: session.user?.userId };
  const get = h(
    'button',
    {
      type: 'button',
      class: 'secondary',
      'aria-label': t('coupon.get-named', { name }),
      onclick: () =>
        signedIn() &&
        doing(get, async () => {
          try {
            await intents.act('coupon', { name: coupon.name }, `/coupons/${couponId}/issue`, body);
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
      type: 'button',
      class: 'secondary',
      'aria-label': t('coupon.queue-named', { name }),
      onclick: () =>
        signedIn() &&
        doing(queue, async () => {
          try {
            const { answer } = await intents.act('line', { name: coupon.name }, `/coupons/${couponId}/requests`, body);
            line.watch(answer, coupon.name);
          } catch (problem) {
            // Already in line, from another tab or before this one was closed: go on with that place.
            const requestId = problem.members?.requestId;
            if (!requestId) throw problem;
            line.watch({ ...body, couponId, requestId }, coupon.name);
          } finally {
            await reload();
          }
        }),
    },
    icon('line'),
    t('coupon.queue'),
  );
  const doors = [coupon.issuance !== 'LINE' && get, coupon.issuance !== 'DIRECT' && queue].filter(Boolean);
  doors[0].classList.remove('secondary');
  return h(
    'li',
    { class: 'coupon', 'data-key': `offer/${couponId}` },
    terms(coupon),
    h(
      'p',
      {},
      remaining > 0
        ? t('coupon.remaining', { quantity: number(quantity), remaining: number(remaining) })
        : t('coupon.sold-out'),
    ),
    h('progress', { max: quantity, value: quantity - remaining, 'aria-hidden': 'true' }),
    had && h('p', { class: 'badge' }, icon('check'), t('problem.coupons.already_issued')),
    isInLine && h('p', { class: 'badge created' }, t('coupon.in-line')),
    remaining > 0 && !had && !isInLine && h('div', { class: 'actions' }, doors),
  );
}

const heldCoupon = (coupon) =>
  h(
    'li',
    { class: `coupon ${coupon.status.toLowerCase()}`, 'data-key': `held/${coupon.userCouponId}` },
    terms(coupon),
    h('p', { class: `badge ${coupon.status.toLowerCase()}` }, t(`coupon.${coupon.status}`)),
  );

function signedIn() {
  if (session.signedIn) return true;
  say(t('sign-in.first'));
  location.hash = '#/sign-in?then=/coupons';
  return false;
}
