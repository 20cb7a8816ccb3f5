import { field, h } from '../js/dom.js';
import { number, t, time, won } from '../js/language.js';
import { say } from '../js/notice.js';
import { part } from '../js/part.js';
import { form } from './form.js';
import { statusBadge } from './inputs.js';
import { list } from './list.js';
import { api, intents, may } from './store.js';

export function walletPart({ userId }, signal) {
  const balance = part(t('wallet.balance'), async () => {
    const wallet = await api.get(`/users/${userId}/balance`, signal);
    return [h('p', { class: 'figure' }, won(wallet.balance))];
  });
  const history = list({ name: t('wallet.history'), signal, none: 'wallet.none',
    columns: ['wallet.when', 'wallet.what', 'wallet.change#', 'wallet.after#', 'customers.reference'],
    cells: (line) => [time(line.occurredAt), t(`wallet.${line.type}`), signed(line.amount), won(line.balanceAfter),
      line.reference ?? '–'],
    path: () => `/users/${userId}/balance/history` });
  const topUps = list({ name: t('customers.top-ups'), signal, none: 'customers.no-top-ups',
    columns: ['wallet.when', 'wallet.change#', 'admin.status', 'admin.reason', 'customers.reference'],
    cells: (one) => [time(one.createdAt), won(one.amount), statusBadge(one.status, (name) => t(`top-up.${name}`)),
      one.reason ?? '–', h('code', {}, one.topUpId)],
    path: () => `/users/${userId}/top-ups` });
  const fill = async () => { await Promise.all([balance.fill(), history.fill(), topUps.fill()]); };
  const element = h('div', { class: 'part' }, h('div', { class: 'columns' }, balance.element,
    may('wallet:adjust') && adjuster(userId, fill)), h('details', {},
    h('summary', {}, t('wallet.history')), history.element),
    h('details', {}, h('summary', {}, t('customers.top-ups')), topUps.element));
  return { key: 'wallet', element, fill };
}

const signed = (amount) =>
  h('span', { class: amount > 0 && 'plus' }, `${amount > 0 ? '+' : ''}${won(amount)}`);

function adjuster(userId, done) {
  const amount = h('input', { type: 'number', step: 1, required: true });
  const reason = h('input', { required: true, maxlength: 500 });
  const submit = h('button', { class: 'secondary' }, t('customers.adjust'));
  const adjust = form({ amount, reason }, submit, async () => {
    const wanted = { amount: amount.valueAsNumber, reason: reason.value };
    const { answer } = await intents.act('adjustment', { user: number(userId), amount: wanted.amount },
      `/admin/users/${userId}/balance/adjustments`, wanted);
    say(t('customers.adjusted', { balance: won(answer.balance) }));
    adjust.reset();
    await done();
  });
  adjust.append(h('div', { class: 'pair' }, field(t('customers.adjust-amount'), amount),
    field(t('admin.reason'), reason)), h('div', { class: 'actions' }, submit));
  return adjust;
}
