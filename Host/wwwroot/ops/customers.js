import { field, h } from '../js/dom.js';
import { t, time } from '../js/language.js';
import { say } from '../js/notice.js';
import { csvButton } from './csv.js';
import { form } from './form.js';
import { statusBadge } from './inputs.js';
import { filters, list } from './list.js';
import { intents, may } from './store.js';

const columns = ['name', 'email', 'customers.role', 'admin.status', 'customers.since'];

export async function customersView({ signal }) {
  const controls = { email: h('input', { type: 'search', maxlength: 254, autocomplete: 'off', autofocus: true }) };
  const entered = filters(controls, () => customers.fill(), signal);
  const customers = list({ name: t('ops.customers'), columns, cells, signal, none: 'customers.none',
    path: () => `/admin/users?${entered()}` });
  await customers.fill();
  return h('div', { class: 'page' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, t('ops.customers')),
      may('wallet:adjust') && csvButton('ledger', (span) => `/admin/exports/ledger?${span}`)),
    h('div', { class: 'toolbar' }, field(t('customers.by-email'), controls.email)),
    customers.element,
    may('users:write') && newCustomer());
}

const cells = (user) => [
  h('a', { href: `#/customers/${user.userId}` }, user.name ?? t('ops.erased')),
  user.email ?? '–',
  t(`role.${user.role}`),
  statusBadge(user.status, (status) => t(`customers.${status}`)),
  time(user.createdAt),
];

/** A customer without a password, who sets one with a token. */
function newCustomer() {
  const email = h('input', { type: 'email', required: true, maxlength: 254, autocomplete: 'off' });
  const name = h('input', { required: true, maxlength: 100, autocomplete: 'off' });
  const submit = h('button', { class: 'secondary' }, t('admin.create'));
  const create = form({ email, name }, submit, async () => {
    const { answer } = await intents.act('customer', { name: name.value }, '/admin/users',
      { email: email.value, name: name.value });
    say(t('admin.created', { name: name.value }));
    location.hash = `#/customers/${answer.userId}`;
  });
  create.append(h('div', { class: 'pair' }, field(t('email'), email), field(t('name'), name)),
    h('div', { class: 'actions' }, submit));
  return h('details', { class: 'panel' }, h('summary', {}, t('customers.new')), create);
}
