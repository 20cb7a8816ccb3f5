import { h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { doing } from '../js/notice.js';
import { changeOf } from './activity.js';
import { accountEditor } from './customer-account.js';
import { couponsPart } from './customer-coupons.js';
import { sessionsPart } from './customer-sessions.js';
import { walletPart } from './customer-wallet.js';
import { statusBadge } from './inputs.js';
import { list } from './list.js';
import { cells as orderCells } from './orders.js';
import { showSecret } from './secret.js';
import { api, intents, may } from './store.js';

/** Everything about one customer that the user may read. */
export async function customerView({ id, signal, again }) {
  const tagged = await api.tagged(`/users/${id}`, signal);
  const user = tagged.body;
  const parts = [
    walletPart(user, signal),
    may('orders:read') && ordersPart(user, signal),
    couponsPart(user, signal),
    may('users:write') && sessionsPart(user, signal),
    may('activity:read') && activityPart(user, signal),
  ].filter(Boolean);
  const fill = async () => { await Promise.all(parts.map((part) => part.fill())); };
  await fill();
  intents.addEventListener('outcome', fill, { signal });
  const name = user.name ?? t('ops.erased');
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/customers' }, t('ops.customers')),
    h('div', { class: 'heading' },
      h('div', {},
        h('h1', { tabindex: -1 }, name),
        h('p', { class: 'hint' }, [`#${user.userId}`, user.email, t(`role.${user.role}`),
          t('customers.since-time', { time: time(user.createdAt) })].filter(Boolean).join(' · '))),
      h('div', { class: 'actions' }, statusBadge(user.status, (status) => t(`customers.${status}`)),
        may('users:write') && user.status === 'ACTIVE' && resetButton(user))),
    h('nav', { class: 'jump', 'aria-label': t('customers.sections') },
      parts.map(({ key }) => h('a', { href: `#${key}`, onclick: jump }, t(`customers.${key}`)))),
    parts.map(({ key, element, aside }) => h('section', { class: 'panel', id: key, tabindex: -1 },
      h('h2', {}, t(`customers.${key}`)), aside, element)),
    may('users:roles') && user.status !== 'ERASED' && accountEditor(tagged, again));
}

// The part behind the # is the page's address.
function jump(event) {
  event.preventDefault();
  document.getElementById(event.currentTarget.getAttribute('href').slice(1)).focus();
}

function ordersPart(user, signal) {
  const columns = ['order', 'wallet.when', 'ops.customer-column', 'products', 'admin.status', 'admin.total#'];
  const orders = list({ name: t('ops.orders'), signal, size: 5, none: 'ops.orders-none',
    columns: columns.filter((name) => name !== 'ops.customer-column'),
    cells: (order) => orderCells(order).filter((_, index) => index !== 2),
    path: () => `/admin/orders?userId=${user.userId}` });
  return { key: 'orders', ...orders };
}

function activityPart(user, signal) {
  const activity = list({ name: t('ops.activity'), signal, size: 5, none: 'customers.no-activity',
    columns: ['wallet.when', 'activity.action', 'activity.actor', 'activity.change'],
    cells: (row) =>
      [time(row.occurredAt), row.action, row.actor.name ?? t(`activity.${row.actor.type}`), changeOf(row)],
    path: () => `/admin/activity?targetType=USER&targetId=${user.userId}` });
  return { key: 'activity', ...activity };
}

function resetButton(user) {
  const button = h('button', { class: 'secondary', type: 'button', onclick: () => doing(button, async () => {
    const { answer } = await intents.act('reset', { name: user.name },
      `/admin/users/${user.userId}/password-resets`, {});
    showSecret(t('customers.reset-token', { name: user.name }), answer.token,
      t('customers.reset-until', { time: time(answer.expiresAt) }));
  }) }, t('customers.reset'));
  return button;
}
