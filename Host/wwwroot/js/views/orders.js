import { h } from '../dom.js';
import { clock, number, t, time, won } from '../language.js';
import { ask, doing, say } from '../notice.js';
import { part } from '../part.js';
import { api, cart, intents, mine } from '../store.js';

export async function ordersView({ signal, query, again }) {
  const list = h('ul', { class: 'orders' });
  const more = h(
    'button',
    { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) },
    t('more'),
  );

  async function load(cursor) {
    const { items, nextCursor } = await api.get(
      mine(`/orders?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`),
      signal,
    );
    if (!cursor) list.replaceChildren();
    list.append(...items.map((order) => orderOf(order, order.orderId === query.get('of'), again)));
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  const orders = part(t('orders'), async () => {
    await load();
    if (list.childElementCount === 0) list.append(h('li', { class: 'empty' }, t('orders.none')));
    return [list, more];
  });
  await orders.fill();
  intents.addEventListener('outcome', () => orders.fill(), { signal });
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('orders')), orders.element);
}

function orderOf(order, isNew, again) {
  const about = { orderId: order.orderId, time: order.createdAt, total: order.totalAmount };
  const pay = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        doing(pay, async () => {
          try {
            await intents.act('payment', about, '/payments', { orderId: order.orderId });
            say(t('order.paid'));
          } finally {
            await again();
          }
        }),
    },
    t('order.pay'),
  );
  const cancel = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      onclick: () =>
        doing(cancel, async () => {
          const detail =
            order.status === 'PAID' ? t('order.cancel-paid', { amount: won(order.totalAmount) }) : undefined;
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
  return h(
    'li',
    { class: isNew ? 'order new' : 'order', 'data-order': order.orderId },
    h(
      'div',
      { class: 'heading' },
      h('h2', {}, `${t('order')} ${time(order.createdAt)}`),
      h('p', { class: `badge ${order.status.toLowerCase()}` }, t(`status.${order.status}`)),
    ),
    h(
      'ul',
      { class: 'items' },
      order.items.map((item) =>
        h(
          'li',
          {},
          h('a', { href: `#/products/${item.productId}` }, item.name),
          h('span', {}, `${won(item.unitPrice)} × ${number(item.quantity)}`),
          h('span', {}, won(item.amount)),
        ),
      ),
    ),
    h(
      'p',
      { class: 'sum' },
      order.discountAmount > 0 && h('span', { class: 'hint' }, `${t('cart.discount')} ${won(-order.discountAmount)}`),
      h('strong', {}, won(order.totalAmount)),
    ),
    order.status === 'CREATED' && h('p', { class: 'hint' }, t('order.pay-by', { time: clock(order.expiresAt) })),
    h(
      'div',
      { class: 'actions' },
      order.status === 'CREATED' && pay,
      (order.status === 'CREATED' || order.status === 'PAID') && cancel,
    ),
  );
}
