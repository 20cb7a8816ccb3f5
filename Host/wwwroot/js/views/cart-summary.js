import { h } from '../dom.js';
import { clock, sentence, t, won } from '../language.js';
import { doing, say } from '../notice.js';
import { part } from '../part.js';
import { chargeFor } from '../shortfall.js';
import { api, cart, intents, mine, session } from '../store.js';
import { couponChoice } from './cart-coupon.js';

/**
 * The cart's amounts, and the buttons that buy it: a button buys as it says, or nothing.
 *
 * @param unsaved tells why the cart that is shown is not the one that the shop has: `saving`, `wrong`, or undefined.
 * @param lock holds the lines still while an order is under way.
 */
export function cartSummary({ signal, unsaved, lock }) {
  let balance;
  let quoting;
  const items = h('dd', {});
  const discountName = h('dt', {}, t('cart.discount'));
  const discount = h('dd', {});
  const total = h('dd', { class: 'total' });
  const wallet = h('dd', {});
  const amounts = h('dl', {},
    h('dt', {}, t('cart.items')), items,
    discountName, discount,
    h('dt', {}, t('cart.total')), total,
    session.signedIn && [h('dt', {}, t('cart.balance')), wallet]);
  const problem = h('div', { role: 'alert' });
  const short = h('p', { class: 'hint', hidden: true });
  const buy = h('button', { type: 'button', class: 'wide',
    onclick: () => press(buy, '/checkout', ({ order }, earlier) => {
      say(t(earlier ? 'cart.bought-earlier' : 'cart.bought'));
      return order.orderId;
    }, { pays: true }) });
  const later = h('button', { type: 'button', class: 'quiet wide',
    onclick: () => press(later, '/orders', ({ orderId, expiresAt }, earlier) => {
      say(earlier ? t('cart.ordered-earlier') : t('cart.ordered', { time: clock(expiresAt) }));
      return orderId;
    }) }, t('cart.order-only'));

  const choice = couponChoice(draw);
  const coupons = part(t('cart.coupon'), async () => {
    try {
      await quote();
    } catch (refusal) {
      if (refusal.name === 'AbortError') throw refusal;
      choice.forget();
      // A cart that can't be ordered as it is says so at its lines.
      if (refusal.status !== 409 && refusal.status !== 404) throw refusal;
    } finally {
      draw();
    }
    return [choice.element, choice.note];
  });
  const balances = part(t('cart.balance'), async () => {
    ({ balance } = await api.get(mine('/balance'), signal));
    draw();
  });

  // The newest wins.
  async function quote() {
    quoting?.abort();
    if (!session.signedIn || cart.contents.items.length === 0) return;
    const current = new AbortController();
    quoting = current;
    draw();
    const here = AbortSignal.any([signal, current.signal]);
    try {
      const [quoted, { items: held }] = await Promise.all([
        api.ask('/orders/quote', { userId: session.user.userId, fromCart: true }, here),
        api.get(mine('/coupons?status=AVAILABLE&limit=50'), here),
      ]);
      choice.take(quoted.coupons, held);
    } finally {
      if (quoting === current) quoting = undefined;
    }
  }

  const why = () => unsaved() ?? (quoting && choice.matters ? 'saving' : undefined);

  async function press(button, path, done, { pays = false } = {}) {
    if (why()) return;
    await doing(button, () => order(path, done, pays), refused);
  }

  async function order(path, done, pays) {
    problem.replaceChildren();
    lock(true);
    choice.element.disabled = true;
    try {
      const userCouponId = choice.chosen()?.userCouponId ?? null;
      const { total: expectedTotal, charge } = amountsNow();
      const body = { userId: session.user.userId, fromCart: true, userCouponId, expectedTotal };
      const bought = cart.contents.items.map(({ productId, name, quantity, price }) =>
        ({ productId, name, quantity, price }));
      const what = { items: bought, total: expectedTotal };
      if (pays && charge > 0) {
        const wanted = { amount: charge };
        await intents.act('charge', wanted, mine('/balance/charges'), wanted);
        await balances.fill();
      }
      const { answer, earlier } = await intents.act('purchase', what, path, body);
      location.hash = `#/orders?of=${done(answer, earlier)}`;
    } finally {
      lock(false);
      choice.element.disabled = false;
      // Also after a refusal: the lines tell why, and what was bought by an earlier attempt is no longer there.
      cart.load().catch(() => undefined);
    }
  }

  function refused(refusal) {
    if (refusal.code === undefined) return false;
    if (refusal.code.startsWith('coupons.')) coupons.fill();
    problem.replaceChildren(h('p', { class: 'field-error' }, sentence(refusal)));
    const { charge } = amountsNow();
    if (refusal.code === 'payments.insufficient_balance' || (refusal.code === 'auth.forbidden' && charge > 0)) {
      const amount = refusal.members.shortfall ?? charge;
      problem.append(h('a', { class: 'button secondary', href: `#/wallet?amount=${amount}` }, t('cart.charge')));
      balances.fill();
    }
    return true;
  }

  function amountsNow() {
    const { itemsAmount } = cart.contents;
    const off = choice.discount();
    return { itemsAmount, off, total: itemsAmount - off, charge: chargeFor(itemsAmount - off, balance) };
  }

  function draw() {
    const now = amountsNow();
    items.textContent = won(now.itemsAmount);
    discount.textContent = now.off > 0 ? won(-now.off) : '';
    discount.hidden = discountName.hidden = now.off === 0;
    total.textContent = won(now.total);
    wallet.textContent = balance === undefined ? '–' : won(balance);
    const reason = why();
    buy.textContent = reason === 'saving' ? t('cart.saving') : reason === 'wrong' ? t('cart.check-quantity')
      : now.charge > 0 ? t('cart.charge-and-buy', { amount: won(now.charge), total: won(now.total) })
      : t('cart.checkout', { total: won(now.total) });
    short.hidden = now.charge === 0;
    short.textContent = now.charge > 0 ? t('cart.short-of', { amount: won(now.total - balance) }) : '';
    amounts.toggleAttribute('data-stale', reason !== undefined);
    for (const button of [buy, later]) {
      // Not `disabled`: the Tab key would find no button after a quantity.
      if (reason) button.setAttribute('aria-disabled', 'true');
      else button.removeAttribute('aria-disabled');
    }
  }

  // A problem that may be over is not said any more.
  intents.addEventListener('outcome', () => problem.replaceChildren(), { signal });
  const guest = [amounts, h('p', { class: 'hint' }, t('cart.guest')),
    h('a', { class: 'button wide', href: '#/sign-in?then=/cart' }, t('cart.sign-in'))];
  return {
    element: h('section', { class: 'summary', 'aria-label': t('cart.total') },
      session.signedIn ? [coupons.element, amounts, balances.element, short, problem, buy, later] : guest),
    load: () => session.signedIn ? Promise.all([coupons.fill(), balances.fill()]) : undefined,
    changed: () => session.signedIn ? coupons.fill() : draw(),
    draw,
  };
}
