import { h, updateChildren } from '../dom.js';
import { named, t, time, won } from '../language.js';
import { session } from '../store.js';

// A chosen coupon stays chosen, from one drawing of the cart to the next.
let wished = { userId: undefined, userCouponId: undefined };

/**
 * The choice of a coupon for the cart, the best one first, each with what it gives. One that can't be used says why
 * and is not applied; it is again once it can be.
 *
 * @param changed is called when another coupon is chosen.
 */
export function couponChoice(changed) {
  let quoted = [];
  let held = new Map();
  let known = false;
  const note = h('p', { class: 'hint few', role: 'status', hidden: true });
  const element = h('fieldset', { class: 'choices' });
  const chosen = () => quoted.find(({ userCouponId, applicable }) => applicable && userCouponId === wishedNow());

  const choice = {
    element,
    note,
    chosen,

    /** Takes the shop's quotes of the coupons for this cart, and their terms. */
    take(coupons, terms) {
      quoted = coupons;
      held = new Map(terms.map((coupon) => [coupon.userCouponId, coupon]));
      known = true;
      draw();
    },

    /** Nothing is known of them any more. */
    forget() {
      quoted = [];
      known = false;
      draw();
    },

    discount: () => chosen()?.discount ?? 0,

    /** Whether the total waits for what the shop says. */
    get matters() {
      return wishedNow() !== undefined;
    },
  };

  function draw() {
    element.hidden = quoted.length === 0;
    updateChildren(
      element,
      h('legend', {}, t('cart.coupon')),
      option(undefined, t('cart.no-coupon'), true),
      ...quoted.map((coupon) => option(coupon.userCouponId, named(coupon.name), coupon.applicable, coupon)),
    );
    const value = String(chosen()?.userCouponId ?? '');
    for (const input of element.querySelectorAll('input')) input.checked = input.value === value;
    const wish = wishedNow();
    const lost = known && wish !== undefined && !chosen();
    const refused = lost && quoted.find(({ userCouponId }) => userCouponId === wish);
    const why = !lost ? '' : refused ? notApplied(refused) : t('cart.coupon-gone');
    // Set where it differs alone: it is read out each time.
    if (note.textContent !== why) note.textContent = why;
    note.hidden = !why;
  }

  function option(id, name, applicable, coupon) {
    return h(
      'label',
      { class: 'choice', 'data-key': `coupon/${id ?? ''}` },
      h('input', {
        type: 'radio',
        name: 'coupon',
        value: String(id ?? ''),
        disabled: !applicable,
        'data-key': applicable ? 'can' : 'cannot',
        onchange: () => {
          wished = { userId: session.user.userId, userCouponId: id };
          draw();
          changed();
        },
      }),
      h('span', {}, name),
      coupon?.applicable && h('b', {}, won(-coupon.discount)),
      coupon && h('span', { class: 'hint' }, applicable ? termsOf(held.get(id)) : reasonOf(coupon)),
    );
  }

  function notApplied(coupon) {
    const terms = held.get(coupon.userCouponId);
    const name = named(coupon.name);
    if (codeOf(coupon) === 'coupons.minimum_order_amount' && terms)
      return t('cart.coupon-minimum', { name, minimum: won(terms.minimumOrderAmount) });
    return t('cart.coupon-not', { name, reason: reasonOf(coupon) });
  }

  function reasonOf(coupon) {
    const terms = held.get(coupon.userCouponId);
    const code = codeOf(coupon);
    if (code === 'coupons.minimum_order_amount' && terms)
      return t('coupon.minimum', { amount: won(terms.minimumOrderAmount) });
    if (code === 'coupons.not_yet_valid' && terms) return t('coupon.from', { time: time(terms.validFrom) });
    return t(`problem.${code}`);
  }

  return choice;
}

const termsOf = (coupon) => (coupon ? t('coupon.until', { time: time(coupon.validUntil) }) : '');

const codeOf = ({ reason }) => (reason.includes('.') ? reason : `coupons.${reason.toLowerCase()}`);

const wishedNow = () => (wished.userId === session.user?.userId ? wished.userCouponId : undefined);
