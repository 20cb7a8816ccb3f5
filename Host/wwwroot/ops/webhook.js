import { field, h } from '../js/dom.js';
import { number, t, time } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { editor } from './editor.js';
import { statusBadge } from './inputs.js';
import { filters, list } from './list.js';
import { showSecret } from './secret.js';
import { api, intents, may } from './store.js';
import { addressInputs } from './webhooks.js';

export async function webhookView({ id, signal, again }) {
  const path = `/admin/webhooks/${id}`;
  const tagged = await api.tagged(path, signal);
  const webhook = tagged.body;
  const deliveries = await deliveriesPanel(path, signal);
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/webhooks' }, t('ops.webhooks')),
    h('div', { class: 'heading' },
      h('div', {}, h('h1', { tabindex: -1 }, webhook.name), h('p', { class: 'hint' }, webhook.url)),
      h('div', { class: 'actions' }, statusBadge(webhook.status, (status) => t(`webhooks.${status}`)),
        test(path, webhook, signal), pause(path, webhook, again), renew(path, webhook), remove(path, webhook))),
    h('div', { class: 'columns' }, deliveries, editor({
      get: path, patch: path, tagged, inputs: addressInputs(), title: t('admin.edit'),
      layout: (fields) => [fields.url, fields.types],
      saved: async () => {
        say(t('admin.saved', { name: webhook.name }));
        await again();
      },
    })));
}

async function deliveriesPanel(path, signal) {
  const status = h('select', {}, h('option', { value: '' }, t('admin.ALL')),
    ['PENDING', 'DELIVERED', 'DEAD', 'DISCARDED'].map((name) => h('option', { value: name }, t(`webhooks.${name}`))));
  const entered = filters({ status }, () => deliveries.fill(), signal);
  const deliveries = list({ name: t('webhooks.deliveries'), signal, none: 'webhooks.no-deliveries',
    columns: ['webhooks.type', 'admin.status', 'letters.attempts#', 'webhooks.answer', 'webhooks.next'],
    cells: (one) => [[h('code', {}, one.type), h('p', { class: 'hint' }, one.eventId)],
      statusBadge(one.status, (name) => t(`webhooks.${name}`)), number(one.attempts),
      [one.lastStatus, one.lastAnswer].filter(Boolean).join(' ') || '–',
      one.nextAttemptAt === null ? '–' : time(one.nextAttemptAt)],
    path: () => `${path}/deliveries?${entered()}` });
  await deliveries.fill();
  const reload = h('button', { class: 'secondary', type: 'button', onclick: () => doing(reload, deliveries.fill) },
    t('reload'));
  return h('section', { class: 'panel' }, h('h2', {}, t('webhooks.deliveries')),
    h('div', { class: 'toolbar' }, field(t('admin.status'), status), reload,
      may('operations:read') && h('a', { class: 'button secondary', href: '#/letters' }, t('letters'))),
    deliveries.element);
}

const button = (look, text, action) => {
  const made = h('button', { class: look, type: 'button', onclick: () => doing(made, action) }, text);
  return made;
};

const test = (path, { name }) => button('secondary', t('webhooks.test'), async () => {
  const { answer } = await intents.act('trial', { name }, `${path}/test`, {});
  const members = { status: answer.status, error: answer.error, time: number(answer.durationMs) };
  const isTaken = answer.status >= 200 && answer.status < 300;
  say(t(answer.status === null ? 'webhooks.test-failed' : 'webhooks.test-done', members), { error: !isTaken });
});

const pause = (path, { status, name }, again) => {
  const isActive = status === 'ACTIVE';
  return button('secondary', t(isActive ? 'webhooks.pause' : 'webhooks.resume'), async () => {
    await api.patch(path, { status: isActive ? 'PAUSED' : 'ACTIVE' });
    say(t(isActive ? 'webhooks.was-paused' : 'webhooks.was-resumed', { name }));
    await again();
  });
};

const renew = (path, { name }) => button('secondary', t('webhooks.renew'), async () => {
  const sure = await ask(t('webhooks.renew-question', { name }), t('webhooks.renew-detail'),
    { confirm: t('webhooks.renew'), look: 'primary' });
  if (sure === undefined) return;
  const { answer } = await intents.act('secret', { name }, `${path}/secret`, {});
  showSecret(t('webhooks.secret', { name }), answer.secret);
});

const remove = (path, { name }) => button('danger', t('webhooks.delete'), async () => {
  const sure = await ask(t('webhooks.delete-question', { name }), t('webhooks.delete-detail'),
    { confirm: t('webhooks.delete') });
  if (sure === undefined) return;
  await api.delete(path);
  say(t('webhooks.deleted', { name }));
  location.hash = '#/webhooks';
});
