import { sayRefused } from '../cart-refusals.js';
import { h, icon } from '../dom.js';
import { clock, named, number, span, t, time, won } from '../language.js';
import { ask, doing, say } from '../notice.js';
import { numberOf } from '../order-number.js';
import { now } from '../shop-clock.js';
import { chargeFor } from '../shortfall.js';
import { api, cart, intents, mine } from '../store.js';

const closed = new Set(['PAYMENT_FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED']);

/** The order's state now: it expires by the shop's clock, whether the shop has come by yet or not. */
export const statusOf = ({ status, expiresAt }) =>
  status === 'CREATED' && now() >= Date.parse(expiresAt) ? 'EXPIRED' : status;

export const badgeOf = (order) =>
  h('p', { class: `badge ${statusOf(order).toLowerCase()}` }, t(`status.${statusOf(order)}`));

/** The wallet's balance, where it decides how an order is paid. */
export const balanceFor = async (orders, signal) =>
  orders.some((order) => statusOf(order) === 'CREATED')
    ? (await api.get(mine('/balance'), signal).catch(() => ({}))).balance
    : undefined;

/** Draws anew once the first of the orders expires. */
export function onExpiry(orders, signal, again) {
  const next = Math.min(
    ...orders.filter((order) => statusOf(order) === 'CREATED').map(({ expiresAt }) => Date.parse(expiresAt)),
  );
  if (!Number.isFinite(next)) return;
  if (signal.aborted) return;
  // A timer of more than 24 days would end at once.
  const timer = setTimeout(again, Math.min(next - now() + 100, 2 ** 31 - 1));
  signal.addEventListener('abort', () => clearTimeout(timer));
}

export const itemsOf = ({ items }) =>
  h(
    'ul',
    { class: 'items' },
    items.map((item) =>
      h(
        'li',
        {},
        h('a', { href: `#/products/${item.productId}` }, named(item.name)),
        h('span', {}, `${won(item.unitPrice)} × ${number(item.quantity)}`),
        h('span', {}, won(item.amount)),
      ),
    ),
  );

/** An order of the list. */
export function orderCard(order, { isNew, balance, again }) {
  return h(
    'li',
    { class: isNew ? 'order new' : 'order', 'data-order': order.orderId, 'data-key': keyOf(order, balance) },
    h(
      'div',
      { class: 'heading' },
      h(
        'h2',
        {},
        h('a', { href: `#/orders/${order.orderId}` }, t('order.number', { number: numberOf(order.orderId) })),
        ' ',
        h('span', { class: 'hint' }, time(order.createdAt)),
      ),
      badgeOf(order),
    ),
    itemsOf(order),
    h(
      'p',
      { class: 'sum' },
      order.discountAmount > 0 && h('span', { class: 'hint' }, `${t('cart.discount')} ${won(-order.discountAmount)}`),
      h('strong', {}, won(order.totalAmount)),
    ),
    payBy(order),
    actionsOf(order, { balance, again }),
  );
}

// The buttons do something else where one of these differs.
const keyOf = (order, balance) => `${order.orderId}/${statusOf(order)}/${balance}`;

export const payBy = (order) =>
  statusOf(order) === 'CREATED' &&
  h(
    'p',
    { class: 'few' },
    icon('clock'),
    ' ',
    t('order.pay-by', { time: clock(order.expiresAt), left: span(Date.parse(order.expiresAt) - now()) }),
  );

/** Puts the order's lines into the cart. A line that the shop refuses keeps none of the others from it. */
async function orderAgain({ items }) {
  const refused = [];
  for (const { productId, name, quantity } of items) {
    try {
      await cart.add({ productId, name }, quantity);
    } catch (problem) {
      const isRefusal = problem.status === 404 || problem.status === 409;
      if (!isRefusal || problem.code === 'intent.unsure') throw problem;
      refused.push({ name, problem });
    }
  }
  return refused;
}

/** The buttons for what can be done with an order. */
export function actionsOf(order, { balance, again }) {
  const status = statusOf(order);
  const about = { orderId: order.orderId, time: order.createdAt, total: order.totalAmount };
  const charge = chargeFor(order.totalAmount, balance);

  const pay = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        doing(pay, async () => {
          try {
            const wanted = { amount: charge };
            if (charge > 0) await intents.act('charge', wanted, mine('/balance/charges'), wanted);
            await intents.act('payment', about, '/payments', { orderId: order.orderId });
            say(t('order.paid'));
          } finally {
            await again();
          }
        }),
    },
    charge > 0 ? t('order.charge-and-pay', { amount: won(charge) }) : t('order.pay'),
  );

  const cancel = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      onclick: () =>
        doing(cancel, async () => {
          const back = order.totalAmount - order.refundedAmount;
          const detail = status === 'PAID' ? t('order.cancel-paid', { amount: won(back) }) : undefined;
          const reason = await ask(t('order.cancel-question'), detail, {
            reason: t('order.reason'),
            confirm: t('order.cancel'),
          });
          if (reason === undefined) return;
          try {
            const { answer } = await intents.act('cancel', about, `/orders/${order.orderId}/cancel`, {
              reason: reason || null,
            });
            say(t(answer.status === 'REFUNDED' ? 'order.refunded' : 'order.cancelled'));
          } finally {
            await Promise.all([again(), cart.load()]);
          }
        }),
    },
    t('order.cancel'),
  );

  const repeat = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      onclick: () =>
        doing(repeat, async () => {
          const refused = await orderAgain(order);
          if (refused.length < order.items.length) location.hash = '#/cart';
          if (refused.length > 0) sayRefused(refused);
        }),
    },
    icon('again'),
    t('order.again'),
  );

  return h(
    'div',
    { class: 'actions' },
    status === 'CREATED' && pay,
    (status === 'CREATED' || status === 'PAID') && cancel,
    (closed.has(status) || status === 'PAID') && repeat,
  );
}
