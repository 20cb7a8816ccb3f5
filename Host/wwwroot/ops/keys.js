import { h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { ask, doing, say } from '../js/notice.js';
import { controlsOf, fieldsOf, valuesOf } from './editor.js';
import { form } from './form.js';
import { boxes, moment, text } from './inputs.js';
import { list } from './list.js';
import { showSecret } from './secret.js';
import { api, intents, session } from './store.js';

const columns = ['name', 'keys.permissions', 'keys.created', 'keys.last-used', 'keys.expires', 'list.actions'];

export async function keysView({ signal }) {
  const keys = list({ name: t('ops.keys'), columns, signal, none: 'keys.none', cells: (key) => cells(key, keys.fill),
    path: () => '/admin/api-keys' });
  await keys.fill();
  return h('div', { class: 'page' }, h('h1', { tabindex: -1 }, t('ops.keys')),
    h('p', { class: 'hint' }, t('keys.about')),
    h('div', { class: 'columns' }, keys.element, newKey(keys.fill)));
}

const cells = (key, done) => [
  [key.name, h('p', { class: 'hint' }, t('keys.by', { who: nameOf(key.createdBy) }))],
  h('span', { class: 'permissions' }, key.permissions.join(' ')),
  time(key.createdAt),
  key.lastUsedAt === null ? '–' : time(key.lastUsedAt),
  key.expiresAt === null ? t('keys.never') : time(key.expiresAt),
  key.revokedAt === null ? revoke(key, done)
    : h('span', { class: 'badge stopped' }, t('keys.revoked-at', { time: time(key.revokedAt) })),
];

const nameOf = ({ type, id }) => `${t(`activity.${type}`)} ${id}`;

function revoke({ apiKeyId, name }, done) {
  const button = h('button', { class: 'secondary', type: 'button', 'aria-label': t('keys.revoke-named', { name }),
    onclick: () => doing(button, async () => {
      const sure = await ask(t('keys.revoke-named', { name }), t('keys.revoke-detail'), { confirm: t('keys.revoke') });
      if (sure === undefined) return;
      await api.delete(`/admin/api-keys/${apiKeyId}`);
      say(t('keys.revoked', { name }));
      await done();
    }) }, t('keys.revoke'));
  return button;
}

/** A new key has permissions of its maker alone. */
function newKey(done) {
  const inputs = {
    name: { ...text({ required: true, maxlength: 200, autocomplete: 'off' }), label: t('name') },
    permissions: { ...boxes(session.user.permissions, (name) => h('code', {}, name)), label: t('keys.permissions') },
    expiresAt: { ...moment(), label: t('keys.expires-optional') },
  };
  const submit = h('button', {}, t('admin.create'));
  const create = form(controlsOf(inputs), submit, async () => {
    const body = valuesOf(inputs);
    const { answer } = await intents.act('key', { name: body.name }, '/admin/api-keys', body);
    showSecret(t('keys.secret', { name: body.name }), answer.key);
    create.reset();
    await done();
  }, { class: 'panel' });
  const fields = fieldsOf(inputs);
  create.append(h('h2', {}, t('keys.new')), fields.name, fields.permissions, fields.expiresAt,
    h('div', { class: 'actions' }, submit));
  return create;
}
