import { discountFor, discountText } from '../discount.js';
import { h } from '../dom.js';
import { t, time, won } from '../language.js';
import { session } from '../store.js';

// What somebody chose stays chosen, from one drawing of the cart to the next.
let wished = { userId: undefined, userCouponId: undefined };

/**
 * The choice of a coupon for the cart. One that can't be used for it is not applied, which is said; it is again once
 * it can be.
 *
 * @param changed is called when another coupon is chosen.
 */
export function couponChoice(changed) {
  let coupons;
  const note = h('p', { class: 'hint few', role: 'status', hidden: true });
  const select = h('select', { onchange: () => {
    wish(select.value);
    changed();
  } });
  const find = (id) => coupons?.find(({ userCouponId }) => String(userCouponId) === id);

  const choice = {
    select,
    note,

    /** The coupons that there are to choose from. */
    take(available) {
      coupons = available;
      select.replaceChildren(h('option', { value: '' }, t('cart.no-coupon')),
        ...coupons.map((held) => h('option', { value: String(held.userCouponId) })));
      changed();
    },

    chosen: () => find(select.value),

    discount: (itemsAmount) => discountFor(choice.chosen()?.discount, itemsAmount),

    draw(itemsAmount) {
      for (const option of select.options) {
        const held = find(option.value);
        if (!held) continue;
        option.disabled = obstacleOf(held, itemsAmount) !== undefined;
        const minimum = held.minimumOrderAmount && t('coupon.minimum', { amount: won(held.minimumOrderAmount) });
        option.textContent = `${held.name} (${[discountText(held.discount), minimum].filter(Boolean).join(', ')})`;
      }

      const held = find(wishedNow());
      const obstacle = wishedNow() && coupons && (held ? obstacleOf(held, itemsAmount) : t('cart.coupon-gone'));
      select.value = held && !obstacle ? wishedNow() : '';
      // Set where it differs alone: it is read out each time.
      if (note.textContent !== (obstacle || '')) note.textContent = obstacle || '';
      note.hidden = !obstacle;
    },
  };
  return choice;
}

/** Why a coupon can't be used for this cart, as a sentence; undefined where it can. */
function obstacleOf({ name, minimumOrderAmount, validFrom, discount }, itemsAmount) {
  if (itemsAmount < (minimumOrderAmount ?? 0))
    return t('cart.coupon-minimum', { name, minimum: won(minimumOrderAmount) });
  if (new Date(validFrom) > new Date()) return t('cart.coupon-not-yet', { name, time: time(validFrom) });
  if (discountFor(discount, itemsAmount) === 0) return t('cart.coupon-nothing', { name });
  return undefined;
}

const wish = (userCouponId) => { wished = { userId: session.user.userId, userCouponId }; };

const wishedNow = () => wished.userId === session.user?.userId ? wished.userCouponId : '';
