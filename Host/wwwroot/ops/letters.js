import { h } from '../js/dom.js';
import { number, t, time } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { part } from '../js/part.js';
import { pagesOf } from './list.js';
import { intents, may } from './store.js';

export async function lettersView({ signal, again }) {
  const list = h('ul', { class: 'letters' });
  const add = (items) => list.append(...items.map((letter) => letterOf(letter, again)));
  const { first, more } = pagesOf({ path: () => '/admin/outbox/dead-letters', add, signal });

  // The letters that were seen are a part of the intent: those that came later are retried by another press.
  const seen = () => [...list.children].map((letter) => letter.dataset.letter);
  const retryAll = h(
    'button',
    {
      type: 'button',
      disabled: true,
      onclick: () =>
        doing(retryAll, async () => {
          const { answer, earlier } = await intents.act(
            'letters',
            { seen: seen() },
            '/admin/outbox/dead-letters/retry',
          );
          say(t(earlier ? 'letters.retried-all-earlier' : 'letters.retried-all', { count: number(answer.retried) }));
          await again();
        }),
    },
    t('letters.retry-all'),
  );
  const letters = part(t('letters'), async () => {
    const items = await first();
    list.replaceChildren();
    add(items);
    retryAll.disabled = items.length === 0;
    return list.childElementCount === 0 ? h('p', { class: 'empty' }, t('letters.none')) : [list, more];
  });
  await letters.fill();
  const reload = h('button', { class: 'secondary', type: 'button', onclick: () => doing(reload, again) }, t('reload'));
  return h(
    'div',
    { class: 'page' },
    h(
      'div',
      { class: 'heading' },
      h('h1', { tabindex: -1 }, t('letters')),
      h('div', { class: 'actions' }, reload, may('operations:write') && retryAll),
    ),
    letters.element,
  );
}

function letterOf(letter, again) {
  const { id } = letter;
  const retry = h(
    'button',
    {
      type: 'button',
      'aria-label': t('letters.retry-named', { id }),
      onclick: () =>
        doing(retry, async () => {
          try {
            await intents.act('letter', { id }, `/admin/outbox/dead-letters/${encodeURIComponent(id)}/retry`);
            say(t('letters.retried', { id }));
          } finally {
            await again();
          }
        }),
    },
    t('letters.retry'),
  );
  const discard = h(
    'button',
    {
      class: 'secondary',
      type: 'button',
      'aria-label': t('letters.discard-named', { id }),
      onclick: () =>
        doing(discard, async () => {
          const reason = await ask(t('letters.discard-question', { id }), t('letters.discard-detail'), {
            reason: t('letters.reason'),
            required: true,
            confirm: t('letters.discard'),
          });
          if (!reason) return;
          try {
            await intents.act('letter', { id }, `/admin/outbox/dead-letters/${encodeURIComponent(id)}/discard`, {
              reason,
            });
            say(t('letters.discarded', { id }));
          } finally {
            await again();
          }
        }),
    },
    t('letters.discard'),
  );
  const orderId = may('orders:read') && (letter.payload?.order?.orderId ?? letter.payload?.orderId);
  const terms = [
    ['letters.handler', letter.handler],
    ['letters.event', letter.eventId],
    ['letters.attempts', number(letter.attempts)],
    ['letters.failed-at', time(letter.failedAt)],
    orderId && ['order', h('a', { href: `#/orders/${orderId}` }, orderId)],
  ];
  return h(
    'li',
    { class: 'letter', 'data-letter': id },
    h(
      'div',
      { class: 'heading' },
      h('h2', {}, `${letter.type} `, h('span', { class: 'hint' }, id)),
      may('operations:write') && h('div', { class: 'actions' }, retry, discard),
    ),
    h(
      'dl',
      {},
      terms.filter(Boolean).map(([name, value]) => [h('dt', {}, t(name)), h('dd', {}, value)]),
    ),
    letter.lastError && h('p', { class: 'field-error' }, `${t('letters.error')}: ${letter.lastError}`),
    h('details', {}, h('summary', {}, t('letters.payload')), h('pre', {}, JSON.stringify(letter.payload, null, 2))),
  );
}
