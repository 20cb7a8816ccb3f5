import { h } from '../dom.js';
import { t } from '../language.js';
import { nothing } from '../empty-state.js';
import { paged } from '../paged.js';
import { part } from '../part.js';
import { api, intents, mine } from '../store.js';
import { balanceFor, onExpiry, orderCard } from './order-card.js';

export async function ordersView({ signal, query }) {
  const element = h('ul', { class: 'orders' });
  let balance;
  const list = paged(element, {
    name: 'orders',
    size: 20,
    async get(parameters, asked) {
      const page = await api.get(mine(`/orders?${parameters}`), signal);
      balance ??= await balanceFor(page.items, signal);
      // A list that begins anew has timers of its own.
      onExpiry(page.items, AbortSignal.any([signal, asked]), again);
      return page;
    },
    each: (order) => orderCard(order, { isNew: order.orderId === query.get('of'), balance, again }),
    none: () => nothing('orders', t('orders.none'), { href: '#/', text: t('to-the-products'), class: 'button' }, 'li'),
  });
  const orders = part(t('orders'), async () => {
    balance = undefined;
    await list.load();
    return [element, list.more];
  });
  const again = () => orders.fill();
  await again();
  intents.addEventListener('outcome', again, { signal });
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('orders')), orders.element);
}
