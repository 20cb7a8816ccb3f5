import { h } from '../js/dom.js';
import { number, t, time, won } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { numberOf } from '../js/order-number.js';
import { statusBadge } from './inputs.js';
import { refundForm } from './refund.js';
import { api, intents, may } from './store.js';

export async function orderView({ id, signal, again }) {
  const order = await api.get(`/orders/${id}`, signal);
  const [{ items: refunds }, payment, customer] = await Promise.all([
    api.get(`/orders/${id}/refunds?limit=100`, signal),
    order.paymentId === null ? undefined : api.get(`/payments/${order.paymentId}`, signal),
    may('users:read') ? api.get(`/users/${order.userId}`, signal) : undefined,
  ]);
  intents.addEventListener('outcome', again, { signal });
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/orders' }, t('ops.orders')),
    h('div', { class: 'heading' },
      h('div', {},
        h('h1', { tabindex: -1 }, t('ops.order-number', { number: numberOf(id) })),
        h('p', { class: 'hint' }, h('code', {}, id))),
      h('div', { class: 'actions' }, fulfil(order, again), cancel(order, again))),
    h('div', { class: 'columns' },
      h('div', { class: 'part' }, linesOf(order), order.status === 'PAID' && may('orders:refund')
        && refundForm(order, again)),
      h('div', { class: 'part' }, factsOf(order, payment, customer), timelineOf(order, payment, refunds))));
}

const linesOf = (order) => h('section', { class: 'panel' },
  h('h2', {}, t('products')),
  h('ul', { class: 'lines-of' }, order.items.map((item) => h('li', {},
    h('div', {},
      may('catalog:write') ? h('a', { href: `#/products?q=${encodeURIComponent(item.name)}` }, item.name) : item.name,
      h('p', { class: 'hint' }, `${won(item.unitPrice)} × ${number(item.quantity)}`,
        item.refundedQuantity > 0
          && h('span', { class: 'few' }, ` · ${t('ops.refunded-pieces', { count: number(item.refundedQuantity) })}`))),
    h('strong', {}, won(item.amount))))),
  h('dl', {},
    h('dt', {}, t('cart.items')), h('dd', {}, won(order.itemsAmount)),
    order.discountAmount > 0 && [h('dt', {}, t('cart.discount')), h('dd', {}, won(-order.discountAmount))],
    h('dt', { class: 'total' }, t('cart.total')), h('dd', { class: 'total' }, won(order.totalAmount)),
    order.refundedAmount > 0 && [h('dt', {}, t('ops.refunded')), h('dd', {}, won(-order.refundedAmount))]));

function factsOf(order, payment, customer) {
  const name = customer ? (customer.name ?? t('ops.erased')) : `#${order.userId}`;
  const facts = [
    ['admin.status', statusBadge(order.status)],
    ['ops.customer-column', may('users:read') ? h('a', { href: `#/customers/${order.userId}` }, name) : name],
    customer?.email && ['email', customer.email],
    ['ops.placed-by', placedBy(order.placedBy)],
    payment && ['ops.payment', t(`live.${payment.status}`)],
    order.userCouponId !== null && ['admin.coupon', `#${order.userCouponId}`],
    order.fulfilmentReference && ['ops.parcel', order.fulfilmentReference],
    order.cancelReason && ['admin.reason', order.cancelReason],
  ];
  return h('section', { class: 'panel' }, h('h2', {}, t('ops.about')), h('dl', { class: 'facts' },
    facts.filter(Boolean).map(([term, value]) => [h('dt', {}, t(term)), h('dd', {}, value)])));
}

const placedBy = (actor) => actor === null ? t('ops.placed-by-customer') : `${t(`activity.${actor.type}`)} ${actor.id}`;

function timelineOf(order, payment, refunds) {
  const steps = [
    [order.createdAt, t('ops.step-CREATED')],
    payment?.status === 'COMPLETED' && [payment.paidAt, t('ops.step-PAID')],
    order.fulfilledAt && [order.fulfilledAt, t('ops.step-fulfilled'), order.fulfilmentReference],
    ...refunds.map((refund) => [refund.refundedAt, t('ops.step-refund', { amount: won(refund.amount) }),
      [piecesOf(order, refund), refund.reason, refund.restock ? undefined : t('ops.not-restocked')]
        .filter(Boolean).join(' · ')]),
    order.status !== 'CREATED' && order.status !== 'PAID' && [order.closedAt, t(`ops.step-${order.status}`),
      order.cancelReason],
  ].filter(Boolean).sort(([one], [other]) => Date.parse(one) - Date.parse(other));
  if (order.status === 'CREATED') steps.push([order.expiresAt, t('ops.step-expires')]);
  return h('section', { class: 'panel' }, h('h2', {}, t('ops.timeline')), h('ol', { class: 'timeline' },
    steps.map(([at, what, detail]) => h('li', {}, h('strong', {}, what), h('span', { class: 'hint' }, time(at)),
      detail && h('p', { class: 'hint' }, detail)))));
}

function piecesOf(order, { items }) {
  const names = new Map(order.items.map(({ productId, name }) => [productId, name]));
  return items
    .map(({ productId, quantity }) => `${names.get(productId) ?? productId} × ${number(quantity)}`)
    .join(', ');
}

function fulfil(order, again) {
  if (order.status !== 'PAID' || order.fulfilledAt !== null || !may('orders:fulfil')) return undefined;
  const button = h('button', { type: 'button', onclick: () => doing(button, async () => {
    const reference = await ask(t('ops.fulfil-question'), undefined,
      { reason: t('ops.parcel-optional'), confirm: t('ops.fulfil'), look: 'primary' });
    if (reference === undefined) return;
    const body = reference ? { reference } : {};
    await intents.act('fulfilment', { number: numberOf(order.orderId) },
      `/admin/orders/${order.orderId}/fulfilment`, body);
    say(t('ops.fulfilled'));
    await again();
  }) }, t('ops.fulfil'));
  return button;
}

function cancel(order, again) {
  if (!['CREATED', 'PAID'].includes(order.status) || !may('orders:refund')) return undefined;
  const isPaid = order.status === 'PAID';
  const text = t(isPaid ? 'ops.refund-rest' : 'order.cancel');
  const back = { amount: won(order.totalAmount - order.refundedAmount) };
  const button = h('button', { class: 'secondary', type: 'button', onclick: () => doing(button, async () => {
    const reason = await ask(t('order.cancel-question'), isPaid ? t('ops.cancel-paid', back) : undefined,
      { reason: t('order.reason'), confirm: text });
    if (reason === undefined) return;
    try {
      await intents.act('cancel', { time: order.createdAt, total: order.totalAmount },
        `/orders/${order.orderId}/cancel`, reason ? { reason } : {});
      say(t(isPaid ? 'order.refunded' : 'order.cancelled'));
    } finally {
      await again();
    }
  }) }, text);
  return button;
}
