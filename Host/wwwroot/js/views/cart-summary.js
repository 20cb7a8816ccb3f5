import { field, h } from '../dom.js';
import { clock, sentence, t, won } from '../language.js';
import { doing, say } from '../notice.js';
import { part } from '../part.js';
import { api, cart, intents, mine, session } from '../store.js';
import { couponChoice } from './cart-coupon.js';

/**
 * What the cart costs, and the buttons that buy it: what a button says is what is bought, or nothing.
 *
 * @param unsaved tells why the cart that is shown is not the one that the shop has: `saving`, `wrong`, or undefined.
 * @param lock holds the lines still while an order is under way.
 */
export function cartSummary({ signal, unsaved, lock }) {
  let balance;
  const items = h('dd', {});
  const discountName = h('dt', {}, t('cart.discount'));
  const discount = h('dd', {});
  const total = h('dd', { class: 'total' });
  const wallet = h('dd', {});
  const amounts = h('dl', {},
    h('dt', {}, t('cart.items')), items,
    discountName, discount,
    h('dt', {}, t('cart.total')), total,
    h('dt', {}, t('cart.balance')), wallet);
  const problem = h('div', { role: 'alert' });
  const buy = h('button', { type: 'button', class: 'wide',
    onclick: () => press(buy, '/checkout', ({ order }, earlier) => {
      say(t(earlier ? 'cart.bought-earlier' : 'cart.bought'));
      return order.orderId;
    }) });
  const later = h('button', { type: 'button', class: 'secondary wide',
    onclick: () => press(later, '/orders', ({ orderId, expiresAt }, earlier) => {
      say(earlier ? t('cart.ordered-earlier') : t('cart.ordered', { time: clock(expiresAt) }));
      return orderId;
    }) }, t('cart.order-only'));

  const choice = couponChoice(draw);
  const chooser = field(t('cart.coupon'), choice.select);
  const coupons = part(t('cart.coupon'), async () => {
    choice.take((await api.get(mine('/coupons?status=AVAILABLE&limit=50'), signal)).items);
    return [chooser, choice.note];
  });
  const balances = part(t('cart.balance'), async () => {
    ({ balance } = await api.get(mine('/balance'), signal));
    draw();
  });

  async function press(button, path, done) {
    if (unsaved()) return;
    await doing(button, () => order(path, done), refused);
  }

  async function order(path, done) {
    problem.replaceChildren();
    lock(true);
    choice.select.disabled = true;
    try {
      const userCouponId = choice.chosen()?.userCouponId ?? null;
      const { total: expectedTotal } = amountsNow();
      const body = { userId: session.user.userId, fromCart: true, userCouponId, expectedTotal };
      const bought = cart.contents.items.map(({ productId, name, quantity, price }) =>
        ({ productId, name, quantity, price }));
      const what = { items: bought, total: expectedTotal };
      const { answer, earlier } = await intents.act('purchase', what, path, body);
      location.hash = `#/orders?of=${done(answer, earlier)}`;
    } finally {
      lock(false);
      choice.select.disabled = false;
      // Also after a refusal: the lines tell why, and what was bought by an earlier attempt is no longer there.
      cart.load().catch(() => undefined);
    }
  }

  function refused(refusal) {
    if (refusal.code === undefined) return false;
    if (refusal.code.startsWith('coupons.')) coupons.fill();
    problem.replaceChildren(h('p', { class: 'field-error' }, sentence(refusal)));
    if (refusal.code === 'payments.insufficient_balance')
      problem.append(h('a', { class: 'button secondary', href: `#/wallet?amount=${refusal.members.shortfall}` },
        t('cart.charge')));
    return true;
  }

  function amountsNow() {
    const { itemsAmount } = cart.contents;
    const off = choice.discount(itemsAmount);
    return { itemsAmount, off, total: itemsAmount - off };
  }

  function draw() {
    choice.draw(cart.contents.itemsAmount);
    const now = amountsNow();
    items.textContent = won(now.itemsAmount);
    discount.textContent = now.off > 0 ? won(-now.off) : '';
    discount.hidden = discountName.hidden = now.off === 0;
    total.textContent = won(now.total);
    wallet.textContent = balance === undefined ? '–' : won(balance);
    const why = unsaved();
    buy.textContent = why === 'saving' ? t('cart.saving') : why === 'wrong' ? t('cart.check-quantity')
      : t('cart.checkout', { total: won(now.total) });
    amounts.toggleAttribute('data-stale', why !== undefined);
    for (const button of [buy, later]) {
      // Not `disabled`: whoever leaves a quantity with the Tab key would find no button.
      if (why) button.setAttribute('aria-disabled', 'true');
      else button.removeAttribute('aria-disabled');
    }
  }

  // What is not known any more is not said any more.
  intents.addEventListener('outcome', () => problem.replaceChildren(), { signal });
  return {
    element: h('section', { class: 'summary', 'aria-label': t('cart.total') },
      coupons.element, amounts, balances.element, problem, buy, later),
    load: () => Promise.all([coupons.fill(), balances.fill()]),
    draw,
  };
}
