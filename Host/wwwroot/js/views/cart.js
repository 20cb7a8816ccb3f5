import { discountFor, discountText } from '../discount.js';
import { field, h } from '../dom.js';
import { clock, sentence, t, won } from '../language.js';
import { ask, doing, say } from '../notice.js';
import { api, cart, mine, session } from '../store.js';

const most = 1000;

export async function cartView({ signal, again }) {
  const [contents, coupons, wallet] = await Promise.all([cart.load(signal), api.get(mine('/coupons?status=AVAILABLE&limit=50'), signal), api.get(mine('/balance'), signal)]);
  const page = h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('cart')));
  if (contents.items.length === 0) {
    page.append(h('p', {}, t('cart.empty')), h('a', { class: 'button', href: '#/' }, t('to-the-products')));
    return page;
  }

  const clear = h('button', { class: 'quiet', type: 'button', onclick: () => doing(clear, async () => {
    if (await ask(t('cart.clear'), undefined, {}) === undefined) return;
    await cart.clear();
    await again();
  }) }, t('cart.clear'));
  page.append(h('div', { class: 'cart' },
    h('div', {}, h('ul', { class: 'lines' }, contents.items.map((item) => lineOf(item, again))), clear),
    summary(contents, coupons.items, wallet.balance, again)));
  return page;
}

function lineOf(item, again) {
  const quantity = h('input', { type: 'number', min: 1, max: most, value: String(item.quantity), required: true, inputmode: 'numeric', 'aria-label': t('cart.quantity-named', { name: item.name }) });
  quantity.addEventListener('change', () => doing(quantity, async () => {
    if (!quantity.reportValidity()) return;
    try {
      await cart.set(item.productId, quantity.valueAsNumber);
    } finally {
      await again();
    }
  }));
  const remove = h('button', { class: 'quiet', type: 'button', 'aria-label': t('cart.remove-named', { name: item.name }), onclick: () => doing(remove, async () => {
    await cart.set(item.productId, 0);
    await again();
    document.querySelector('#main h1').focus();
  }) }, t('cart.remove'));
  return h('li', {},
    h('a', { href: `#/products/${item.productId}` }, item.name),
    h('span', { class: 'hint' }, won(item.price)),
    quantity,
    h('strong', {}, won(item.price * item.quantity)),
    remove,
    item.available < item.quantity && h('p', { class: 'field-error' }, t('cart.short', { available: item.available })));
}

function summary({ itemsAmount }, coupons, balance, again) {
  const coupon = h('select', {}, h('option', { value: '' }, t('cart.no-coupon')), coupons.map((held) =>
    h('option', { value: String(held.userCouponId), disabled: itemsAmount < (held.minimumOrderAmount ?? 0) || new Date(held.validFrom) > new Date() },
      `${held.name} (${discountText(held.discount)})`)));
  const chosen = () => coupons.find((held) => String(held.userCouponId) === coupon.value);
  const discount = h('dd', {});
  const total = h('dd', { class: 'total' });
  const problem = h('div', { role: 'alert' });
  const buy = h('button', { type: 'button', class: 'wide', onclick: () => doing(buy, () => order('/checkout', ({ order: bought }) => {
    say(t('cart.bought'));
    location.hash = `#/orders?of=${bought.orderId}`;
  }), refused) });
  const later = h('button', { type: 'button', class: 'secondary wide', onclick: () => doing(later, () => order('/orders', ({ orderId, expiresAt }) => {
    say(t('cart.ordered', { time: clock(expiresAt) }));
    location.hash = `#/orders?of=${orderId}`;
  }), refused) }, t('cart.order-only'));

  async function order(path, done) {
    problem.replaceChildren();
    const answer = await api.post(path, { userId: session.user.userId, fromCart: true, userCouponId: chosen()?.userCouponId ?? null });
    await cart.load();
    done(answer);
  }

  function refused(refusal) {
    if (refusal.code === undefined) return false;
    if (refusal.code.startsWith('catalog.')) {
      // The lines tell which; the page is drawn anew.
      again();
      return false;
    }
    problem.replaceChildren(h('p', { class: 'field-error' }, sentence(refusal)),
      ...refusal.code === 'payments.insufficient_balance'
        ? [h('a', { class: 'button secondary', href: `#/wallet?amount=${refusal.members.shortfall}` }, t('cart.charge'))] : []);
    return true;
  }

  function draw() {
    const off = discountFor(chosen()?.discount, itemsAmount);
    discount.textContent = won(-off);
    total.textContent = won(itemsAmount - off);
    buy.textContent = t('cart.checkout', { total: won(itemsAmount - off) });
  }

  coupon.addEventListener('change', draw);
  draw();
  return h('section', { class: 'summary', 'aria-label': t('cart.total') },
    field(t('cart.coupon'), coupon),
    h('dl', {},
      h('dt', {}, t('cart.items')), h('dd', {}, won(itemsAmount)),
      h('dt', {}, t('cart.discount')), discount,
      h('dt', {}, t('cart.total')), total,
      h('dt', {}, t('cart.balance')), h('dd', {}, won(balance))),
    problem, buy, later);
}
