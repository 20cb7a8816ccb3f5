import { h, icon } from '../dom.js';
import { named, number, t, time, won } from '../language.js';
import { numberOf } from '../order-number.js';
import { part } from '../part.js';
import { api, intents } from '../store.js';
import { actionsOf, badgeOf, balanceFor, itemsOf, onExpiry, payBy, statusOf } from './order-card.js';

export async function orderView({ signal, parameter }) {
  let shown = new AbortController();
  const body = part(t('order'), async () => {
    const order = await api.get(`/orders/${parameter}`, signal);
    const [payment, { items: refunds }, balance] = await Promise.all([
      order.paymentId && api.get(`/payments/${order.paymentId}`, signal),
      api.get(`/orders/${parameter}/refunds?limit=100`, signal),
      balanceFor([order], signal),
    ]);
    document.title = `${t('order.number', { number: numberOf(order.orderId) })} · ${t('shop')}`;
    shown.abort();
    shown = new AbortController();
    onExpiry([order], AbortSignal.any([signal, shown.signal]), again);
    return drawn(order, payment, refunds, balance);
  });
  const again = () => body.fill();

  function drawn(order, payment, refunds, balance) {
    // A key of what it does: buttons of another state are others.
    return h(
      'div',
      { class: 'two', 'data-key': `${statusOf(order)}/${balance}` },
      h(
        'div',
        {},
        h(
          'div',
          { class: 'heading' },
          h('p', { class: 'hint' }, t('order.number', { number: numberOf(order.orderId) })),
          badgeOf(order),
        ),
        payBy(order),
        h('section', { class: 'panel order', 'aria-label': t('cart.items') }, itemsOf(order), amountsOf(order)),
        actionsOf(order, { balance, again }),
      ),
      h(
        'section',
        { class: 'panel', 'aria-labelledby': 'timeline' },
        h('h2', { id: 'timeline' }, t('order.timeline')),
        h(
          'ol',
          { class: 'timeline' },
          eventsOf(order, payment, refunds).map(({ at, look, text, note, bad, open }) =>
            h(
              'li',
              { class: bad ? 'bad' : open && 'open' },
              icon(look),
              h('span', {}, text),
              h('span', { class: 'hint' }, [time(at), note].filter(Boolean).join(' · ')),
            ),
          ),
        ),
      ),
    );
  }

  await again();
  intents.addEventListener('outcome', again, { signal });
  return h(
    'div',
    { class: 'page' },
    h('p', { class: 'crumbs' }, h('a', { href: '#/orders' }, icon('back'), ' ', t('orders'))),
    h('h1', { tabindex: -1 }, t('order')),
    body.element,
  );
}

function amountsOf(order) {
  const row = (name, amount, look) => [h('dt', {}, name), h('dd', { class: look }, won(amount))];
  return h(
    'dl',
    {},
    order.discountAmount > 0 && [
      row(t('cart.items'), order.itemsAmount),
      row(t('cart.discount'), -order.discountAmount),
    ],
    row(t('cart.total'), order.totalAmount, 'total'),
    order.refundedAmount > 0 && row(t('order.refunds'), -order.refundedAmount),
  );
}

/** An order's events, the first first. */
function eventsOf(order, payment, refunds) {
  const status = statusOf(order);
  const names = new Map(order.items.map(({ productId, name }) => [productId, named(name)]));
  const events = [{ at: order.createdAt, look: 'orders', text: t('order.was-placed') }];
  if (payment?.paidAt) events.push({ at: payment.paidAt, look: 'paid', text: t('order.was-paid') });
  for (const { refundedAt, amount, items, reason } of refunds) {
    const what = items.map(({ productId, quantity }) => `${names.get(productId) ?? productId} × ${number(quantity)}`);
    events.push({
      at: refundedAt,
      look: 'refund',
      text: t('order.was-refunded', { amount: won(amount) }),
      note: [what.join(', '), named(reason)].filter(Boolean).join(' · '),
    });
  }
  if (order.fulfilledAt)
    events.push({ at: order.fulfilledAt, look: 'truck', text: t('order.was-sent'), note: order.fulfilmentReference });
  if (status === 'CREATED') events.push({ at: order.expiresAt, look: 'clock', text: t('order.is-open'), open: true });
  if (status === 'EXPIRED')
    events.push({ at: order.closedAt ?? order.expiresAt, look: 'alert', text: t('order.has-expired'), bad: true });
  if (status === 'PAYMENT_FAILED')
    events.push({ at: order.closedAt, look: 'alert', text: t('order.has-failed'), bad: true });
  if (status === 'CANCELLED' || (status === 'REFUNDED' && refunds.length === 0))
    events.push({
      at: order.closedAt,
      look: 'close',
      text: t('order.was-cancelled'),
      note: named(order.cancelReason),
      bad: true,
    });
  return events.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}
