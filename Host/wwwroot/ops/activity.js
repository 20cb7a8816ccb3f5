import { field, h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { doing, form } from '../js/notice.js';
import { part } from '../js/part.js';
import { api, pageOf } from './store.js';

const columns = [
  'wallet.when',
  'activity.actor',
  'activity.action',
  'activity.target',
  'activity.change',
  'activity.from',
];

export async function activityView({ signal }) {
  const list = h('tbody', {});
  const filters = {
    actorId: h('input', { maxlength: 100 }),
    action: h('input', { maxlength: 100 }),
    targetId: h('input', { maxlength: 100 }),
  };
  const more = h(
    'button',
    { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) },
    t('more'),
  );

  async function load(cursor) {
    const query = new URLSearchParams();
    for (const [name, input] of Object.entries(filters)) if (input.value.trim()) query.set(name, input.value.trim());
    const { items, nextCursor } = await api.get(
      pageOf(`/admin/activity${query.size > 0 ? `?${query}` : ''}`, cursor),
      signal,
    );
    if (!cursor) list.replaceChildren();
    list.append(...items.map(rowOf));
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  const table = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('ops.activity') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((name) => h('th', { scope: 'col' }, t(name))),
        ),
      ),
      list,
    ),
  );
  const rows = part(t('ops.activity'), async () => {
    await load();
    return [table, more];
  });
  await rows.fill();
  const submit = h('button', {}, t('activity.filter'));
  const filter = form(filters, submit, rows.fill, { class: 'toolbar' });
  filter.append(
    field(t('activity.actor-id'), filters.actorId),
    field(t('activity.action'), filters.action),
    field(t('activity.target-id'), filters.targetId),
    submit,
  );
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('ops.activity')), filter, rows.element);
}

const nameOf = ({ type, id }) => (id === null ? type : `${type} ${id}`);

const rowOf = ({ occurredAt, actor, onBehalfOf, action, target, before, after, address, traceId }) =>
  h(
    'tr',
    {},
    h('td', {}, time(occurredAt)),
    h(
      'th',
      { scope: 'row' },
      actor.name === null ? t(`activity.${actor.type}`) : `${actor.name} `,
      actor.id !== null && h('span', { class: 'hint' }, nameOf(actor)),
      onBehalfOf !== null && h('p', { class: 'hint' }, t('activity.on-behalf-of', { user: onBehalfOf })),
    ),
    h('td', {}, action),
    h('td', {}, h('code', {}, nameOf(target))),
    h(
      'td',
      { class: 'text' },
      before && h('p', {}, h('del', {}, JSON.stringify(before))),
      after && h('p', {}, h('code', {}, JSON.stringify(after))),
    ),
    h('td', {}, address ?? '–', traceId !== null && h('p', { class: 'hint' }, traceId)),
  );
