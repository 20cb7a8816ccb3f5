import { field, h } from '../dom.js';
import { t, time, won } from '../language.js';
import { doing, form, say } from '../notice.js';
import { api, mine } from '../store.js';

const suggestions = [10_000, 50_000, 100_000];
const smallest = 1_000;

export async function walletView({ signal, query, again }) {
  const rows = h('tbody', {});
  const more = h('button', { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) }, t('more'));

  async function load(cursor) {
    const { items, nextCursor } = await api.get(mine(`/balance/history?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`), signal);
    rows.append(...items.map(rowOf));
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  const [{ balance }] = await Promise.all([api.get(mine('/balance'), signal), load()]);
  return h('div', { class: 'page' },
    h('h1', { tabindex: -1 }, t('wallet')),
    h('div', { class: 'wallet' },
      h('p', { class: 'balance' }, h('span', {}, t('wallet.balance')), h('strong', { id: 'balance' }, won(balance))),
      chargeForm(query, again)),
    h('h2', { id: 'history' }, t('wallet.history')),
    rows.childElementCount === 0
      ? h('p', {}, t('wallet.none'))
      : h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-labelledby': 'history' }, h('table', {},
        h('thead', {}, h('tr', {}, ['when', 'what', 'change', 'after'].map((column, index) => h('th', { scope: 'col', class: index > 1 && 'number' }, t(`wallet.${column}`))))),
        rows)),
    more);
}

// What is short is suggested, rounded up to what may be charged.
function chargeForm(query, again) {
  const short = Math.ceil(Number(query.get('amount') ?? 0) / smallest) * smallest;
  const amount = h('input', { type: 'number', min: 1, step: 1, required: true, inputmode: 'numeric', value: short > 0 ? String(short) : '', autofocus: short > 0 });
  const charge = h('button', {}, t('wallet.charge'));
  const body = form({ amount }, charge, async () => {
    const charged = amount.valueAsNumber;
    await api.post(mine('/balance/charges'), { amount: charged });
    say(t('wallet.charged', { amount: won(charged) }));
    await again();
  });
  body.append(field(t('wallet.amount'), amount),
    h('div', { class: 'actions' }, suggestions.map((suggestion) =>
      h('button', { class: 'secondary', type: 'button', onclick: () => { amount.value = String(suggestion); amount.focus(); } }, won(suggestion)))),
    charge);
  return body;
}

const rowOf = ({ type, amount, balanceAfter, occurredAt }) => h('tr', {},
  h('td', {}, time(occurredAt)),
  h('td', {}, t(`wallet.${type}`)),
  h('td', { class: amount < 0 ? 'number' : 'number plus' }, `${amount > 0 ? '+' : ''}${won(amount)}`),
  h('td', { class: 'number' }, won(balanceAfter)));
