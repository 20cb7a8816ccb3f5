import { h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { say } from '../js/notice.js';
import { controlsOf, fieldsOf, valuesOf } from './editor.js';
import { form } from './form.js';
import { boxes, statusBadge, text } from './inputs.js';
import { list } from './list.js';
import { showSecret } from './secret.js';
import { intents } from './store.js';

const types = ['order.*', 'order.paid', 'order.payment_failed', 'order.cancelled', 'order.expired', 'order.refunded',
  'order.partially_refunded', 'catalog.low_stock'];
const columns = ['name', 'webhooks.url', 'webhooks.types', 'admin.status', 'webhooks.tested'];

export async function webhooksView({ signal }) {
  const webhooks = list({ name: t('ops.webhooks'), columns, cells, signal, none: 'webhooks.none',
    path: () => '/admin/webhooks' });
  await webhooks.fill();
  intents.addEventListener('outcome', webhooks.fill, { signal });
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('ops.webhooks')),
    h('p', { class: 'hint' }, t('webhooks.about')),
    h('div', { class: 'columns' }, webhooks.element, newWebhook()));
}

const cells = (webhook) => [
  h('a', { href: `#/webhooks/${webhook.webhookId}` }, webhook.name),
  webhook.url,
  h('code', {}, webhook.types.join(', ')),
  statusBadge(webhook.status, (status) => t(`webhooks.${status}`)),
  webhook.lastTestedAt === null ? '–' : time(webhook.lastTestedAt),
];

/** Where a webhook goes, and what it hears of. */
export const addressInputs = () => ({
  url: { ...text({ type: 'url', required: true, maxlength: 2_000, placeholder: 'https://' }),
    label: t('webhooks.url') },
  types: { ...boxes(types, (type) => h('code', {}, type)), label: t('webhooks.types') },
});

function newWebhook() {
  const inputs = { name: { ...text({ required: true, maxlength: 200 }), label: t('name') }, ...addressInputs() };
  const submit = h('button', {}, t('admin.create'));
  const create = form(controlsOf(inputs), submit, async () => {
    const body = valuesOf(inputs);
    const { answer } = await intents.act('webhook', { name: body.name }, '/admin/webhooks', body);
    say(t('admin.created', { name: body.name }));
    showSecret(t('webhooks.secret', { name: body.name }), answer.secret);
    location.hash = `#/webhooks/${answer.webhookId}`;
  }, { class: 'panel' });
  const fields = fieldsOf(inputs);
  create.append(h('h2', {}, t('webhooks.new')), fields.name, fields.url, fields.types,
    h('div', { class: 'actions' }, submit));
  return create;
}
