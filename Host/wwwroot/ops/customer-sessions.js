import { h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { list } from './list.js';
import { api } from './store.js';

export function sessionsPart({ userId, name }, signal) {
  const path = `/users/${userId}/sessions`;
  const sessions = list({ name: t('customers.sessions'), signal, none: 'customers.no-sessions',
    columns: ['customers.last-used', 'customers.device', 'activity.from', 'customers.signed-in', 'list.actions'],
    cells: (one) => [time(one.lastUsedAt), one.userAgent ?? '–', one.address ?? '–', time(one.createdAt), end(one)],
    path: () => path });
  const endAll = h('button', { class: 'secondary', type: 'button', onclick: () => doing(endAll, async () => {
    const sure = await ask(t('customers.end-all-question', { name }), t('customers.end-detail'),
      { confirm: t('customers.end-all') });
    if (sure === undefined) return;
    await api.delete(path);
    say(t('customers.ended-all'));
    await sessions.fill();
  }) }, t('customers.end-all'));

  function end({ sessionId, lastUsedAt }) {
    const button = h('button', { class: 'secondary', type: 'button',
      'aria-label': t('customers.end-named', { time: time(lastUsedAt) }),
      onclick: () => doing(button, async () => {
        try {
          await api.delete(`${path}/${sessionId}`);
          say(t('customers.ended'));
        } finally {
          await sessions.fill();
        }
      }) }, t('customers.end'));
    return button;
  }

  return { key: 'sessions', ...sessions, aside: h('div', { class: 'actions' }, endAll) };
}
