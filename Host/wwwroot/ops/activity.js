import { field, h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { filters, list } from './list.js';
import { withInstants } from './zone.js';

const columns = [
  'wallet.when', 'activity.actor', 'activity.action', 'activity.target', 'activity.change', 'activity.from',
];

export async function activityView({ signal }) {
  const controls = {
    actorId: h('input', { maxlength: 100 }),
    action: h('input', { maxlength: 100 }),
    targetType: h('input', { maxlength: 100 }),
    targetId: h('input', { maxlength: 100 }),
    from: h('input', { type: 'date' }),
    to: h('input', { type: 'date' }),
  };
  const entered = filters(controls, () => rows.fill(), signal);
  const rows = list({ name: t('ops.activity'), columns, cells, signal,
    path: () => `/admin/activity?${withInstants(entered())}` });
  await rows.fill();
  return h('div', { class: 'page' },
    h('h1', { tabindex: -1 }, t('ops.activity')),
    h('div', { class: 'toolbar' },
      field(t('activity.actor-id'), controls.actorId), field(t('activity.action'), controls.action),
      field(t('activity.target-type'), controls.targetType), field(t('activity.target-id'), controls.targetId),
      field(t('ops.from'), controls.from), field(t('ops.to'), controls.to)),
    rows.element);
}

const nameOf = ({ type, id }) => (id === null ? type : `${type} ${id}`);

/** The members that a row of the activity changed. */
export const changeOf = ({ before, after }) => h('div', { class: 'change' },
  before && h('p', {}, h('del', {}, JSON.stringify(before))),
  after && h('p', {}, h('code', {}, JSON.stringify(after))));

const cells = ({ occurredAt, actor, onBehalfOf, action, target, before, after, address, traceId }) => [
  time(occurredAt),
  [
    actor.name === null ? t(`activity.${actor.type}`) : `${actor.name} `,
    actor.id !== null && h('span', { class: 'hint' }, nameOf(actor)),
    onBehalfOf !== null && h('p', { class: 'hint' }, t('activity.on-behalf-of', { user: onBehalfOf })),
  ],
  action,
  h('code', {}, nameOf(target)),
  changeOf({ before, after }),
  [address ?? '–', traceId !== null && h('p', { class: 'hint' }, traceId)],
];
