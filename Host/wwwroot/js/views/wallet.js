import { field, h, icon } from '../dom.js';
import { form } from '../form.js';
import { newKey } from '../intents.js';
import { named, t, time, won } from '../language.js';
import { nothing } from '../empty-state.js';
import { doing, say, sayProblem } from '../notice.js';
import { paged } from '../paged.js';
import { part } from '../part.js';
import { rename } from '../place.js';
import { chargeFor } from '../shortfall.js';
import { api, intents, mine, session } from '../store.js';

const suggestions = [10_000, 50_000, 100_000];
const columns = ['when', 'what', 'change', 'after'];

// Refusals to ask the provider, which say nothing of the top-up.
const undecided = new Set(
  ['auth.unauthenticated', 'rate_limited', 'request_timeout', 'wallet.top_up_in_progress'],
);

export async function walletView({ signal, query }) {
  const rows = h('tbody', {});
  const table = h(
    'div',
    { class: 'scroll', 'data-key': 'table', tabindex: 0, role: 'region', 'aria-labelledby': 'history' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((column, index) =>
            h('th', { scope: 'col', class: index > 1 && 'number' }, t(`wallet.${column}`)),
          ),
        ),
      ),
      rows,
    ),
  );
  const list = paged(rows, {
    name: 'history',
    size: 20,
    each: rowOf,
    none: () => h('tr', {}),
    get: (parameters) => api.get(mine(`/balance/history?${parameters}`), signal),
  });

  const balance = part(t('wallet.balance'), async () => {
    const now = await api.get(mine('/balance'), signal);
    return [h('span', {}, t('wallet.balance')), h('strong', { id: 'balance' }, won(now.balance))];
  });
  const history = part(t('wallet.history'), async () =>
    (await list.load()) === 0 ? nothing('wallet', t('wallet.none')) : [table, list.more],
  );
  const fill = () => Promise.all([balance.fill(), history.fill()]);

  if (query.has('topUpId')) await confirmTopUp(query.get('topUpId'), query.get('providerPaymentId'), signal);
  await fill();
  intents.addEventListener('outcome', fill, { signal });
  balance.element.classList.add('balance');
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('wallet')),
    h('div', { class: 'wallet' }, balance.element, chargeForm(query, fill)),
    h('h2', { id: 'history' }, t('wallet.history')),
    history.element,
  );
}

// The shortfall is suggested, rounded up to a sum that may be charged.
function chargeForm(query, charged) {
  const short = chargeFor(Number(query.get('amount') ?? 0), 0);
  const amount = h('input', {
    type: 'number',
    min: 1,
    step: 1,
    required: true,
    inputmode: 'numeric',
    value: short > 0 ? String(short) : '',
    autofocus: short > 0,
  });
  const charge = h('button', {}, t('wallet.charge'));
  const body = form({ amount }, charge, async () => {
    const wanted = { amount: amount.valueAsNumber };
    const { earlier } = await intents.act('charge', wanted, mine('/balance/charges'), wanted);
    say(t(earlier ? 'wallet.charged-earlier' : 'wallet.charged', { amount: won(wanted.amount) }));
    if (amount.valueAsNumber === wanted.amount) amount.value = '';
    await charged();
  });
  body.append(
    field(t('wallet.amount'), amount),
    h(
      'div',
      { class: 'actions' },
      suggestions.map((suggestion) =>
        h(
          'button',
          {
            class: 'secondary',
            type: 'button',
            onclick: () => {
              amount.value = String(suggestion);
              amount.focus();
            },
          },
          won(suggestion),
        ),
      ),
    ),
    h('div', { class: 'actions' }, charge, topUpButton(amount)),
    h('p', { class: 'hint' }, t('wallet.ways')),
  );
  return body;
}

// The key of the attempt, so that a lost answer makes no second top-up.
const once = (key, path, body) => api.once({ key, userId: session.user.userId }, path, body);

function topUpButton(amount) {
  const button = h('button', { class: 'secondary', type: 'button', id: 'top-up' }, icon('paid'), t('wallet.top-up'));
  button.addEventListener('click', () =>
    doing(
      button,
      async () => {
        if (!amount.reportValidity()) return;
        const { body } = await once(newKey(), mine('/top-ups'), { amount: amount.valueAsNumber });
        if (body.checkout.url) location.assign(body.checkout.url);
        else say(t('wallet.top-up-elsewhere'), { error: true });
      },
      (problem) => {
        if (problem.code !== 'not_found') return false;
        say(t('wallet.no-provider'), { error: true });
        return true;
      },
    ),
  );
  return button;
}

// The shop asks the provider and does not trust the address. The address stays until the answer comes: a reload or a
// sign-in asks again.
async function confirmTopUp(topUpId, providerPaymentId, signal) {
  try {
    const path = `/top-ups/${encodeURIComponent(topUpId)}/confirm`;
    const { body } = await once(newKey(), path, { providerPaymentId });
    if (!signal.aborted) rename('#/wallet');
    if (body.status === 'COMPLETED') say(t('wallet.charged', { amount: won(body.amount) }));
    else say(t('wallet.top-up-failed'), { error: true });
  } catch (problem) {
    const isKnown = problem.code !== undefined && !problem.unanswered && !undecided.has(problem.code);
    if (isKnown && !signal.aborted) rename('#/wallet');
    sayProblem(problem);
  }
}

const rowOf = ({ transactionId, type, amount, balanceAfter, occurredAt, reference }) =>
  h(
    'tr',
    { 'data-key': `transaction/${transactionId}` },
    h('td', {}, time(occurredAt)),
    h('td', {}, t(`wallet.${type}`), type === 'ADJUSTMENT' && h('span', { class: 'hint' }, ` ${named(reference)}`)),
    h('td', { class: amount < 0 ? 'number' : 'number plus' }, `${amount > 0 ? '+' : ''}${won(amount)}`),
    h('td', { class: 'number' }, won(balanceAfter)),
  );
