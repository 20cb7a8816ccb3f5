import { h } from '../js/dom.js';
import { t, time, won } from '../js/language.js';
import { doing } from '../js/notice.js';
import { part } from '../js/part.js';
import { api, pageOf } from './store.js';

const statuses = ['CREATED', 'PAID', 'PAYMENT_FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED'];

export async function ordersView({ signal }) {
  const rows = h('tbody', {});
  const status = h(
    'select',
    { id: 'status' },
    h('option', { value: '' }, t('admin.ALL')),
    statuses.map((name) => h('option', { value: name }, t(`status.${name}`))),
  );
  const more = h(
    'button',
    { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) },
    t('more'),
  );

  async function load(cursor) {
    const { items, nextCursor } = await api.get(
      pageOf(`/admin/orders${status.value && `?status=${status.value}`}`, cursor),
      signal,
    );
    if (!cursor) rows.replaceChildren();
    rows.append(...items.map(rowOf));
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  const table = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('ops.orders') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['order', 'wallet.when', 'admin.user', 'products', 'admin.status', 'admin.total'].map((name) =>
            h('th', { scope: 'col', class: name === 'admin.total' && 'number' }, t(name)),
          ),
        ),
      ),
      rows,
    ),
  );
  const orders = part(t('ops.orders'), async () => {
    await load();
    return [table, more];
  });
  status.addEventListener('change', orders.fill);
  await orders.fill();
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('ops.orders')),
    h(
      'div',
      { class: 'toolbar' },
      h('div', { class: 'field' }, h('label', { htmlFor: 'status' }, t('admin.status')), status),
    ),
    orders.element,
  );
}

const rowOf = (order) =>
  h(
    'tr',
    {},
    h('td', {}, h('code', {}, order.orderId)),
    h('td', {}, time(order.createdAt)),
    h('td', {}, String(order.userId)),
    h('td', { class: 'text' }, order.items.map((item) => `${item.name} × ${item.quantity}`).join(', ')),
    h('td', {}, h('span', { class: `badge ${order.status.toLowerCase()}` }, t(`status.${order.status}`))),
    h('td', { class: 'number' }, won(order.totalAmount)),
  );
