import { field, h } from '../js/dom.js';
import { number, t, time } from '../js/language.js';
import { say } from '../js/notice.js';
import { part } from '../js/part.js';
import { form } from './form.js';
import { list } from './list.js';
import { api, intents } from './store.js';

/** The stock of a product, its adjustment and its movements. */
export async function stockPanel(product, { signal, isFirst }) {
  const { productId, name } = product;
  const movements = list({ name: t('admin.movements'), signal,
    columns: ['wallet.when', 'wallet.what', 'admin.delta-column#', 'admin.after#', 'admin.reason'],
    cells: (one) => [time(one.occurredAt), t(`admin.${one.type}`), `${one.delta > 0 ? '+' : ''}${number(one.delta)}`,
      number(one.onHandAfter), one.orderId === null ? (one.reason ?? '–')
        : h('a', { href: `#/orders/${one.orderId}` }, t('order'))],
    path: () => `/admin/products/${productId}/stock-movements` });
  const stock = part(t('admin.stock'), async () => {
    const now = await api.get(`/products/${productId}`, signal);
    return [h('p', { class: 'figure' }, number(now.stock))];
  });
  const fill = async () => { await Promise.all([stock.fill(), movements.fill()]); };
  await fill();
  intents.addEventListener('outcome', fill, { signal });
  const delta = h('input', { type: 'number', step: 1, required: true, autofocus: isFirst });
  const reason = h('input', { required: true, maxlength: 200 });
  const submit = h('button', { class: 'secondary' }, t('admin.adjust'));
  const adjust = form({ delta, reason }, submit, async () => {
    const wanted = { delta: delta.valueAsNumber, reason: reason.value };
    const { answer, earlier } = await intents.act('stock', { name, delta: wanted.delta },
      `/admin/products/${productId}/stock-adjustments`, wanted);
    say(t(earlier ? 'admin.adjusted-earlier' : 'admin.adjusted', { name, stock: number(answer.stock) }));
    adjust.reset();
    await fill();
  });
  adjust.append(field(t('admin.delta'), delta), field(t('admin.reason'), reason),
    h('div', { class: 'actions' }, submit));
  return h('section', { class: 'panel' }, h('h2', {}, t('admin.stock')), stock.element,
    h('p', { class: 'hint' }, t('admin.stock-hint')), adjust,
    h('details', { open: isFirst }, h('summary', {}, t('admin.movements')), movements.element));
}
