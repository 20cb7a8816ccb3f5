import { field, h } from '../js/dom.js';
import { number, t, time, won } from '../js/language.js';
import { say } from '../js/notice.js';
import { numberOf } from '../js/order-number.js';
import { csvButton } from './csv.js';
import { form } from './form.js';
import { statusBadge } from './inputs.js';
import { filters, list } from './list.js';
import { withInstants } from './zone.js';

const statuses = ['CREATED', 'PAID', 'PAYMENT_FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED'];
const columns = ['order', 'wallet.when', 'ops.customer-column', 'products', 'admin.status', 'admin.total#'];
const orderId = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

export async function ordersView({ signal }) {
  const controls = {
    status: h('select', {}, h('option', { value: '' }, t('admin.ALL')),
      statuses.map((name) => h('option', { value: name }, t(`status.${name}`)))),
    userId: h('input', { inputmode: 'numeric', pattern: '[0-9]*', maxlength: 19 }),
    from: h('input', { type: 'date' }),
    to: h('input', { type: 'date' }),
  };
  const entered = filters(controls, () => orders.fill(), signal);
  const orders = list({ name: t('ops.orders'), columns, cells, signal, none: 'ops.orders-none',
    path: () => `/admin/orders?${withInstants(entered())}` });
  await orders.fill();
  return h('div', { class: 'page' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('ops.orders')),
      csvButton('orders', (span) => `/admin/exports/orders?${span}`)),
    h('div', { class: 'toolbar' }, findOrder(),
      field(t('admin.status'), controls.status), field(t('ops.customer-number'), controls.userId),
      field(t('ops.from'), controls.from), field(t('ops.to'), controls.to)),
    orders.element);
}

function findOrder() {
  const id = h('input', { type: 'search', required: true, autocomplete: 'off', spellcheck: 'false' });
  const find = h('button', { class: 'secondary' }, t('ops.find'));
  const search = form({ id }, find, async () => {
    const [found] = id.value.match(orderId) ?? [];
    if (found) location.hash = `#/orders/${found.toLowerCase()}`;
    else say(t('ops.no-order-id'), { error: true });
  }, { class: 'find', role: 'search' });
  search.append(field(t('ops.order-id'), id), find);
  return search;
}

/** The cells of an order in a list of orders. */
export const cells = (order) => [
  h('a', { class: 'nowrap', href: `#/orders/${order.orderId}`, title: order.orderId }, numberOf(order.orderId)),
  time(order.createdAt),
  h('a', { href: `#/customers/${order.userId}` }, `#${order.userId}`),
  order.items.map((item) => `${item.name} × ${number(item.quantity)}`).join(', '),
  statusBadge(order.status),
  won(order.totalAmount),
];
